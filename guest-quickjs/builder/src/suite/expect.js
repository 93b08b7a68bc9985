// `expect`: how a value is held against a matcher, and what is said if it does not hold.

import { equal, matches } from 'outwit:test.equal.js';
import { turn } from 'outwit:test.fakes.js';
import { format } from 'outwit:test.format.js';
import { matchers } from 'outwit:test.matchers.js';
import { snapshots } from 'outwit:test.snapshot.js';

export class AssertionError extends Error {
  constructor(message, expected, actual, hasDiff) {
    super(message);
    this.expected = expected;
    this.actual = actual;
    this.hasDiff = hasDiff;
  }
}
Object.defineProperty(AssertionError.prototype, 'name', { value: 'AssertionError', writable: true, configurable: true });

/** How many expectations a test has, and should have. */
export const assertions = {
  count: 0,
  wanted: undefined,
  hasSome: false,
  /** What did not hold, and did not end the test. */
  soft: [],
  /** The names of the test and of what is around it. */
  path: [],
  begin(path) {
    this.path = path;
    this.soft = [];
    snapshots.begin(path);
    this.count = 0;
    this.wanted = undefined;
    this.hasSome = false;
  },
  end() {
    if (this.wanted !== undefined && this.count !== this.wanted) {
      throw new AssertionError(`expected ${this.wanted} assertions, there were ${this.count}`);
    }
    if (this.hasSome && this.count === 0) throw new AssertionError('expected assertions, there were none');
  },
};

/** Says that something does not hold. */
function fail(state, text, diff, isWithDiff) {
  const { message, actual } = state;
  const error = new AssertionError(message === undefined ? text : `${message}: ${text}`, diff[0], actual, isWithDiff);
  if (!state.isSoft) throw error;
  assertions.soft.push(error);
}

function decide(state, name, actual, [holds, what, ...diff]) {
  if (Boolean(holds) !== state.isNot) return;
  const subject = typeof actual === 'function' && name.startsWith('toThrow') ? 'the function' : format(actual);
  const text = `expected ${subject} ${state.isNot ? 'not ' : ''}${what}${state.isNot ? '' : diff[1] ?? ''}`;
  fail({ ...state, actual }, text, diff, diff.length > 0 && !state.isNot);
}

/** What `expect.extend` was given says it in another way. */
function decideOwn(state, { pass, message, actual, expected }) {
  if (Boolean(pass) !== state.isNot) return;
  const isWithDiff = actual !== undefined || expected !== undefined;
  fail({ ...state, actual }, message?.() ?? 'it does not hold', [expected], isWithDiff);
}

function judge(state, name, actual, args) {
  assertions.count++;
  if (own.has(name)) {
    const outcome = own.get(name).call({ ...tools, isNot: state.isNot }, actual, ...args);
    return typeof outcome?.then === 'function' ? outcome.then((it) => decideOwn(state, it)) : decideOwn(state, outcome);
  }
  return decide(state, name, actual, matchers[name](actual, ...args));
}

/** What `expect.extend` was given. */
const own = new Map();
const tools = {
  equals: (a, b) => equal(a, b),
  utils: {
    stringify: (value) => format(value),
    printReceived: (value) => format(value),
    printExpected: (value) => format(value),
    matcherHint: (name) => `expect(received).${name}(expected)`,
    diff: () => '',
  },
};

/** Again and again, until it holds. */
async function polled(state, name, args) {
  const { timeout = 1000, interval = 50 } = state.poll;
  for (let left = timeout; ; left -= interval) {
    try {
      return await judge(state, name, await state.actual(), args);
    } catch (error) {
      if (left <= 0) throw error;
    }
    await turn(interval);
  }
}

const resolved = async (promise) => {
  try {
    return await (typeof promise === 'function' ? promise() : promise);
  } catch (error) {
    throw new AssertionError(`expected the promise to resolve, it was rejected with ${format(error)}`);
  }
};

const rejected = async (promise) => {
  let value;
  try {
    value = await (typeof promise === 'function' ? promise() : promise);
  } catch (error) {
    return error;
  }
  throw new AssertionError(`expected the promise to be rejected, it resolved with ${format(value)}`);
};


/** A value of which something is expected. */
export class Expectation {
  #state;
  constructor(state) {
    this.#state = state;
  }
  get not() {
    return new Expectation({ ...this.#state, isNot: !this.#state.isNot });
  }
  get resolves() {
    return new Expectation({ ...this.#state, settle: resolved });
  }
  get rejects() {
    return new Expectation({ ...this.#state, settle: rejected });
  }
  toMatchSnapshot(...args) {
    return this.#snapshot((actual) => snapshots.file(actual, args));
  }
  toMatchInlineSnapshot(...args) {
    // where the call is, to write it there
    const { stack } = new Error();
    return this.#snapshot((actual) => snapshots.inline(actual, args, stack));
  }
  toThrowErrorMatchingSnapshot(...args) {
    return this.#snapshot((actual) => snapshots.file(thrown(actual), args));
  }
  toThrowErrorMatchingInlineSnapshot(...args) {
    const { stack } = new Error();
    return this.#snapshot((actual) => snapshots.inline(thrown(actual), args, stack));
  }
  #snapshot(compare) {
    const state = this.#state;
    const judged = (actual) => {
      assertions.count++;
      const { isSame, expected, text, why } = compare(actual);
      if (isSame) return;
      const error = new AssertionError(why ?? 'expected the value to match its snapshot', expected, text, expected !== undefined);
      error.isText = true;
      if (!state.isSoft) throw error;
      assertions.soft.push(error);
    };
    if (state.isNot) throw new TypeError('a snapshot is something to match: there is no `not` for it');
    return state.settle === undefined ? judged(state.actual) : state.settle(state.actual).then(judged);
  }
  static run(expectation, name, args) {
    const state = expectation.#state;
    if (state.poll !== undefined) return polled(state, name, args);
    if (state.settle === undefined) return judge(state, name, state.actual, args);
    return (async () => judge(state, name, await state.settle(state.actual), args))();
  }
}

function define(name) {
  const value = function (...args) { return Expectation.run(this, name, args); };
  Object.defineProperty(Expectation.prototype, name, { value, configurable: true, writable: true });
}
for (const name of Object.keys(matchers)) define(name);

/** The error of a snapshot: what a function throws, or what a promise was rejected with. */
function thrown(value) {
  if (typeof value !== 'function') return value;
  try {
    value();
  } catch (error) {
    return error;
  }
  throw new AssertionError('expected the function to throw, it did not');
}

export const expect = (actual, message) => new Expectation({ actual, message, isNot: false });

/** A value that stands for all that fit. */
const matcher = (text, fits) => ({ asymmetricMatch: fits, toString: () => text });

const CLASSES = new Map([[String, 'string'], [Number, 'number'], [Boolean, 'boolean'], [BigInt, 'bigint'], [Symbol, 'symbol'], [Function, 'function']]);

const asymmetric = {
  any: (Class) => matcher(`Any<${Class.name}>`, (value) =>
    typeof value === CLASSES.get(Class) || value instanceof Class || (Class === Object && value !== null && typeof value === 'object')),
  anything: () => matcher('Anything', (value) => value !== undefined && value !== null),
  objectContaining: (subset) => matcher(`ObjectContaining ${format(subset)}`, (value) =>
    value !== null && typeof value === 'object' && Reflect.ownKeys(subset).every((key) => key in value && equal(value[key], subset[key]))),
  arrayContaining: (items) => matcher(`ArrayContaining ${format(items)}`, (value) =>
    Array.isArray(value) && items.every((item) => value.some((one) => equal(one, item)))),
  stringContaining: (text) => matcher(`StringContaining ${format(text)}`, (value) => typeof value === 'string' && value.includes(text)),
  stringMatching: (pattern) => matcher(`StringMatching ${format(pattern)}`, (value) =>
    typeof value === 'string' && (typeof pattern === 'string' ? value.includes(pattern) : pattern.test(value))),
  closeTo: (number, digits = 2) => matcher(`CloseTo ${number}`, (value) =>
    typeof value === 'number' && Math.abs(value - number) < 10 ** -digits / 2),
};
const negated = Object.fromEntries(Object.entries(asymmetric).map(([name, make]) => [name, (...args) => {
  const inner = make(...args);
  return matcher(`Not${inner}`, (value) => !inner.asymmetricMatch(value));
}]));

Object.assign(expect, asymmetric, {
  not: negated,
  assertions: (count) => { assertions.wanted = count; },
  hasAssertions: () => { assertions.hasSome = true; },
  unreachable(message = 'this was not to be reached') { throw new AssertionError(message); },
  soft: (actual, message) => new Expectation({ actual, message, isNot: false, isSoft: true }),
  poll: (actual, poll = {}) => new Expectation({ actual, message: poll.message, isNot: false, poll }),
  getState: () => ({ currentTestName: assertions.path.join(' > '), assertionCalls: assertions.count }),
  addSnapshotSerializer: (serializer) => snapshots.add(serializer),
  extend(more) {
    for (const [name, custom] of Object.entries(more)) {
      own.set(name, custom);
      define(name);
      asymmetric[name] = expect[name] = (...args) => matcher(name, (value) => Boolean(custom.call({ ...tools, isNot: false }, value, ...args).pass));
      negated[name] = (...args) => matcher(`Not${name}`, (value) => !custom.call({ ...tools, isNot: true }, value, ...args).pass);
    }
  },
});

