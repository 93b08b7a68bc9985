// Suites and tests: how they are written down, and how one is run.

import { AssertionError, assertions, expect } from 'outwit:test.expect.js';
import { format } from 'outwit:test.format.js';

const newSuite = (name, parent, mode) => ({
  name, parent, mode, beforeAll: [], afterAll: [], beforeEach: [], afterEach: [], isEntered: false, failed: undefined,
});

const root = newSuite('', undefined, 'run');
let current = root;
const tests = [];

const optionsOf = (a, b) => {
  const options = (given) => (typeof given === 'number' ? { timeout: given } : given ?? {});
  if (typeof a === 'function') return [a, options(b)];
  if (typeof b === 'function') return [b, options(a)];
  return [undefined, options(a)];
};

function describeAs(mode) {
  return (name, a, b) => {
    const [body, options] = optionsOf(a, b);
    const suite = newSuite(nameOf(name), current, kindOf(mode, options, body));
    suite.options = { ...current.options, ...options };
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
    const [body, own] = optionsOf(a, b);
    const options = { ...current.options, ...own };
    const kind = kindOf(mode, own, body);
    tests.push({ name: nameOf(name), suite: current, mode: kind, fails: mode === 'fails' || own.fails === true, body, options });
  };
}

const kindOf = (mode, options, body) => {
  if (body === undefined && mode !== 'skip') return 'todo';
  return options.skip ? 'skip' : options.only ? 'only' : options.todo ? 'todo' : mode;
};

const nameOf = (name) => (typeof name === 'function' ? name.name : String(name));

/**
 * `it.each([[1, 2], …])('%i and %i', …)`, `it.each([{ a: 1 }])('a is $a', …)`, and as a template. With `it.for`, a row is one argument and the
 * context of the test another.
 */
function each(define, isFor = false) {
  return (first, ...values) => {
    const rows = first?.raw === undefined ? [...first] : table(first, values);
    return (name, a, b) => {
      rows.forEach((row, index) => {
        const args = Array.isArray(row) ? row : [row];
        const [body, options] = optionsOf(a, b);
        const run = isFor ? (context) => body(row, context) : () => body(...args);
        define(title(nameOf(name), args, index), body === undefined ? undefined : run, options);
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
    .replace(/%([sdifjoOc#$%])/g, (all, kind) => {
      if (kind === '%') return '%';
      if (kind === '#') return String(index);
      if (kind === '$') return String(index + 1);
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
  // One test after the other is right for those that may run at the same time, too.
  const modes = { skip: make('skip'), only: make('only'), todo: make('todo'), fails: make('fails') };
  for (const one of [define, ...Object.values(modes)]) {
    Object.assign(one, modes);
    one.concurrent = one.sequential = one.shuffle = one;
    one.skipIf = (condition) => (condition ? modes.skip : one);
    one.runIf = (condition) => (condition ? one : modes.skip);
    one.each = each(one);
    one.for = each(one, true);
  }
  return define;
}

export const describe = withModes(describeAs);
export const it = withModes(testAs);
export const test = it;
export const suite = describe;
export const beforeAll = (hook) => void current.beforeAll.push(hook);
export const afterAll = (hook) => void current.afterAll.push(hook);
export const beforeEach = (hook) => void current.beforeEach.push(hook);
export const afterEach = (hook) => void current.afterEach.push(hook);

/** What is to be undone after the test that is running. */
let endings = { finished: [], failed: [] };
export const onTestFinished = (hook) => void endings.finished.push(hook);
export const onTestFailed = (hook) => void endings.failed.push(hook);

/** A test that says while it runs that it is not to be run. */
class Skipped extends Error {}

const suitesOf = (test) => {
  const suites = [];
  for (let suite = test.suite; suite !== undefined; suite = suite.parent) suites.unshift(suite);
  return suites;
};

const pathOf = (test) => [...suitesOf(test).slice(1).map((suite) => suite.name), test.name];

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
    path: pathOf(test),
    mode: modeOf(test, isOnly),
    timeout: test.options.timeout,
  }));
}

const described = (error) => {
  if (!(error instanceof Error)) return { message: `thrown: ${format(error)}`, stack: '' };
  const { expected, actual } = error;
  const side = (value) => (error.isText ? value : format(value, true));
  const diff = error instanceof AssertionError && error.hasDiff ? { expected: side(expected), actual: side(actual) } : {};
  const causes = [];
  for (let cause = error.cause; cause !== undefined && causes.length < 8; cause = cause?.cause) {
    causes.push(cause instanceof Error ? `${cause.name}: ${cause.message}` : format(cause));
  }
  return { message: `${error.name}: ${error.message}`, stack: error.stack ?? '', causes, ...diff };
};

/** What a test is given. */
const contextOf = (test, signal) => ({
  expect,
  signal,
  task: { name: test.name, suite: { name: test.suite.name } },
  skip(condition, note) {
    if (condition === false) return;
    throw new Skipped(typeof condition === 'string' ? condition : note ?? '');
  },
  onTestFinished,
  onTestFailed,
});

async function run(number, selected) {
  const test = tests[number];
  const attempts = 1 + (test.options.retry ?? 0);
  const repeats = test.options.repeats ?? 0;
  let outcome;
  for (let round = 0; round <= repeats; round++) {
    for (let attempt = 0; attempt < attempts; attempt++) {
      outcome = await once(number);
      if (outcome.errors.length === 0) break;
    }
    if (outcome.errors.length > 0) break;
  }
  await leave(number, selected, outcome.errors);
  return { errors: outcome.errors.map(described), skipped: outcome.skipped };
}

async function once(number) {
  const test = tests[number];
  const errors = [];
  let skipped = false;
  const attempt = attempting(errors);
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
    const context = contextOf(test, new AbortController().signal);
    for (const hook of suites.flatMap((suite) => suite.beforeEach)) {
      isReady &&= await attempt(async () => {
        const undo = await hook(context);
        if (typeof undo === 'function') undone.push(undo);
      });
    }
    endings = { finished: [], failed: [] };
    if (isReady) {
      assertions.begin(pathOf(test));
      const before = errors.length;
      await attempt(test.body, context);
      errors.push(...assertions.soft);
      if (errors.length === before) await attempt(() => assertions.end());
      if (errors[before] instanceof Skipped) {
        skipped = true;
        errors.splice(before);
      } else if (test.fails) {
        const failed = errors.splice(before).length > 0;
        if (!failed) errors.push(new Error('the test was expected to fail, and passed'));
      }
    }
    for (const undo of undone.reverse()) await attempt(undo);
    for (const suite of suites.toReversed()) for (const hook of suite.afterEach.toReversed()) await attempt(hook, context);
    if (errors.length > 0) for (const hook of endings.failed) await attempt(hook, context);
    for (const hook of endings.finished.toReversed()) await attempt(hook, context);
  }
  return { errors, skipped };
}

/** Runs what is after all tests of a suite, if this was the last of those that are selected. */
async function leave(number, selected, errors) {
  const attempt = attempting(errors);
  const left = selected.slice(selected.indexOf(number) + 1);
  for (const suite of suitesOf(tests[number]).toReversed()) {
    if (left.some((other) => suitesOf(tests[other]).includes(suite))) break;
    for (const hook of suite.afterAll.toReversed()) await attempt(hook);
  }
}

const attempting = (errors) => async (body, ...args) => {
  try {
    await body(...args);
    return true;
  } catch (error) {
    errors.push(error);
    return false;
  }
};

/** For the runner. */
export const runner = {
  all: () => JSON.stringify(all()),
  run: async (number, selected) => JSON.stringify(await run(number, [...selected])),
};
