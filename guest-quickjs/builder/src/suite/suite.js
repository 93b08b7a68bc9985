// Suites and tests: how they are written down, and how one is run.

import { AssertionError, assertions, expectation } from 'outwit:test.expect.js';
import { format } from 'outwit:test.format.js';

const newSuite = (name, parent, mode) => ({
  name, parent, mode, beforeAll: [], afterAll: [], beforeEach: [], afterEach: [], isEntered: false, failed: undefined,
});

const root = newSuite('', undefined, 'run');
let current = root;
const tests = [];

const optionsOf = (a, b) => {
  if (typeof a === 'function') return [a, typeof b === 'object' ? b : {}];
  if (typeof b === 'function') return [b, a ?? {}];
  return [undefined, a ?? {}];
};

function describeAs(mode) {
  return (name, a, b) => {
    const [body] = optionsOf(a, b);
    const suite = newSuite(nameOf(name), current, mode);
    const before = current;
    current = suite;
    try {
      const result = body?.();
      if (result !== null && typeof result === 'object' && typeof result.then === 'function') {
        throw new TypeError(`describe('${suite.name}') must not be async: tests are written down before any of them runs`);
      }
    } finally {
      current = before;
    }
  };
}

function testAs(mode) {
  return (name, a, b) => {
    const [body, options] = optionsOf(a, b);
    const kind = body === undefined && mode !== 'skip' ? 'todo' : options.skip ? 'skip' : options.only ? 'only' : options.todo ? 'todo' : mode;
    tests.push({ name: nameOf(name), suite: current, mode: kind, fails: mode === 'fails' || options.fails === true, body });
  };
}

const nameOf = (name) => (typeof name === 'function' ? name.name : String(name));

/** `it.each([[1, 2], …])('%i and %i', …)`, `it.each([{ a: 1 }])('a is $a', …)`, and as a template. */
function each(define) {
  return (first, ...values) => {
    const rows = first?.raw === undefined ? [...first] : table(first, values);
    return (name, a, b) => {
      rows.forEach((row, index) => {
        const args = Array.isArray(row) ? row : [row];
        const [body, options] = optionsOf(a, b);
        define(title(String(name), args, index), body === undefined ? undefined : () => body(...args), options);
      });
    };
  };
}

function table(strings, values) {
  const names = strings[0].split('|').map((name) => name.trim());
  const rows = [];
  for (let at = 0; at < values.length; at += names.length) {
    rows.push(Object.fromEntries(names.map((name, index) => [name, values[at + index]])));
  }
  return rows;
}

function title(name, args, index) {
  let next = 0;
  return name
    .replace(/%([sdifjoO#%])/g, (all, kind) => {
      if (kind === '%') return '%';
      if (kind === '#') return String(index);
      if (next >= args.length) return all;
      const value = args[next++];
      switch (kind) {
        case 's': return typeof value === 'string' ? value : format(value);
        case 'd': case 'f': return String(Number(value));
        case 'i': return String(Math.trunc(Number(value)));
        case 'j': return JSON.stringify(value);
        default: return format(value);
      }
    })
    .replace(/\$([\w.]+)/g, (all, path) => {
      let value = args[0];
      for (const name of path.split('.')) value = value?.[name];
      return value === undefined ? all : typeof value === 'string' ? value : format(value);
    });
}

function withModes(make) {
  const define = make('run');
  define.skip = make('skip');
  define.only = make('only');
  define.todo = make('todo');
  define.concurrent = define.sequential = define;
  define.skipIf = (condition) => (condition ? define.skip : define);
  define.runIf = (condition) => (condition ? define : define.skip);
  define.each = define.for = each(define);
  for (const mode of ['skip', 'only', 'todo']) define[mode].each = each(define[mode]);
  return define;
}

export const describe = withModes(describeAs);
export const it = withModes(testAs);
it.fails = testAs('fails');
export const test = it;
export const beforeAll = (hook) => void current.beforeAll.push(hook);
export const afterAll = (hook) => void current.afterAll.push(hook);
export const beforeEach = (hook) => void current.beforeEach.push(hook);
export const afterEach = (hook) => void current.afterEach.push(hook);

const suitesOf = (test) => {
  const suites = [];
  for (let suite = test.suite; suite !== undefined; suite = suite.parent) suites.unshift(suite);
  return suites;
};

/** What becomes of a test by what it and its suites say. */
function modeOf(test, isOnly) {
  const suites = suitesOf(test);
  const has = (mode) => test.mode === mode || suites.some((suite) => suite.mode === mode);
  if (has('todo')) return 'todo';
  if (has('skip')) return 'skip';
  return isOnly && !has('only') ? 'skip' : 'run';
}

function all() {
  const isOnly = tests.some((test) => test.mode === 'only' || suitesOf(test).some((suite) => suite.mode === 'only'));
  return tests.map((test) => ({
    path: [...suitesOf(test).slice(1).map((suite) => suite.name), test.name],
    mode: modeOf(test, isOnly),
  }));
}

const described = (error) => {
  if (!(error instanceof Error)) return { message: `thrown: ${format(error)}`, stack: '' };
  const { expected, actual } = error;
  const diff = error instanceof AssertionError && error.hasDiff ? { expected: format(expected, true), actual: format(actual, true) } : {};
  const causes = [];
  for (let cause = error.cause; cause !== undefined && causes.length < 8; cause = cause?.cause) {
    causes.push(cause instanceof Error ? `${cause.name}: ${cause.message}` : format(cause));
  }
  return { message: `${error.name}: ${error.message}`, stack: error.stack ?? '', causes, ...diff };
};

async function run(number, selected) {
  const test = tests[number];
  const errors = [];
  const attempt = async (body, ...args) => {
    try {
      await body(...args);
      return true;
    } catch (error) {
      errors.push(error);
      return false;
    }
  };
  const suites = suitesOf(test);
  for (const suite of suites) {
    if (!suite.isEntered) {
      suite.isEntered = true;
      for (const hook of suite.beforeAll) {
        const isDone = await attempt(async () => {
          const undo = await hook();
          if (typeof undo === 'function') suite.afterAll.push(undo);
        });
        if (!isDone) suite.failed = errors.at(-1);
      }
    }
  }
  const broken = suites.find((suite) => suite.failed !== undefined);
  if (broken !== undefined) {
    if (errors.length === 0) errors.push(broken.failed);
  } else {
    const undone = [];
    let isReady = true;
    for (const hook of suites.flatMap((suite) => suite.beforeEach)) {
      isReady &&= await attempt(async () => {
        const undo = await hook();
        if (typeof undo === 'function') undone.push(undo);
      });
    }
    if (isReady) {
      assertions.begin();
      const before = errors.length;
      await attempt(test.body, { expect: expectation, task: { name: test.name } });
      if (errors.length === before) await attempt(() => assertions.end());
      if (test.fails) {
        const failed = errors.splice(before).length > 0;
        if (!failed) errors.push(new Error('the test was expected to fail, and passed'));
      }
    }
    for (const undo of undone.reverse()) await attempt(undo);
    for (const suite of suites.toReversed()) for (const hook of suite.afterEach.toReversed()) await attempt(hook);
  }
  const left = selected.slice(selected.indexOf(number) + 1);
  for (const suite of suites.toReversed()) {
    if (left.some((other) => suitesOf(tests[other]).includes(suite))) break;
    for (const hook of suite.afterAll.toReversed()) await attempt(hook);
  }
  return { errors: errors.map(described) };
}

export const suite = {
  all: () => JSON.stringify(all()),
  run: async (number, selected) => JSON.stringify(await run(number, [...selected])),
};
