// `expect`, with the matchers that users of vitest and jest know.

import { equal, isMatcher, matches } from 'outwit:test.equal.js';
import { format } from 'outwit:test.format.js';

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
  begin() {
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

const mockOf = (value) => {
  if (typeof value !== 'function' || value.mock === undefined) throw new TypeError(`${format(value)} is not a mock: make it with vi.fn or vi.spyOn`);
  return value.mock;
};

const pathOf = (path) => (Array.isArray(path) ? path : String(path).replace(/\[(\w+)\]/g, '.$1').split('.'));

function property(object, path) {
  let value = object;
  for (const key of pathOf(path)) {
    if (value === null || value === undefined || !(key in Object(value))) return { isThere: false };
    value = value[key];
  }
  return { isThere: true, value };
}

function thrownMatches(error, expected) {
  if (expected === undefined) return true;
  const message = error instanceof Error ? error.message : typeof error === 'string' ? error : String(error?.message ?? error);
  if (typeof expected === 'string') return message.includes(expected);
  if (expected instanceof RegExp) return expected.test(message);
  if (typeof expected === 'function') return error instanceof expected;
  if (isMatcher(expected)) return expected.asymmetricMatch(error);
  if (expected instanceof Error) return message === expected.message;
  return matches(error, expected);
}

/** Each gives whether it holds, what was expected of the value, and maybe the two sides of a difference. */
const matchers = {
  toBe: (a, b) => [Object.is(a, b), `to be ${format(b)}`, b, equal(a, b) ? ' (they are equal, but not the same: use toEqual)' : ''],
  toEqual: (a, b) => [equal(a, b), `to equal ${format(b)}`, b],
  toStrictEqual: (a, b) => [equal(a, b, true), `to strictly equal ${format(b)}`, b],
  toMatchObject: (a, b) => [matches(a, b), `to match ${format(b)}`, b],
  toBeUndefined: (a) => [a === undefined, 'to be undefined'],
  toBeDefined: (a) => [a !== undefined, 'to be defined'],
  toBeNull: (a) => [a === null, 'to be null'],
  toBeNullish: (a) => [a === null || a === undefined, 'to be null or undefined'],
  toBeTruthy: (a) => [Boolean(a), 'to be truthy'],
  toBeFalsy: (a) => [!a, 'to be falsy'],
  toBeNaN: (a) => [Number.isNaN(a), 'to be NaN'],
  toBeTypeOf: (a, type) => [typeof a === type, `to be of type ${type}`],
  toBeInstanceOf: (a, Class) => [a instanceof Class, `to be an instance of ${Class.name}`],
  toBeGreaterThan: (a, b) => [a > b, `to be greater than ${format(b)}`],
  toBeGreaterThanOrEqual: (a, b) => [a >= b, `to be greater than or equal to ${format(b)}`],
  toBeLessThan: (a, b) => [a < b, `to be less than ${format(b)}`],
  toBeLessThanOrEqual: (a, b) => [a <= b, `to be less than or equal to ${format(b)}`],
  toBeCloseTo: (a, b, digits = 2) => [a === b || Math.abs(a - b) < 10 ** -digits / 2, `to be close to ${format(b)}`],
  toBeOneOf: (a, list) => [[...list].some((item) => equal(a, item)), `to be one of ${format(list)}`],
  toSatisfy: (a, predicate) => [Boolean(predicate(a)), `to satisfy ${format(predicate)}`],
  toMatch: (a, b) => [typeof b === 'string' ? String(a).includes(b) : b.test(a), `to match ${format(b)}`],
  toContain: (a, item) => [typeof a === 'string' ? a.includes(item) : [...a].includes(item), `to contain ${format(item)}`],
  toContainEqual: (a, item) => [[...a].some((one) => equal(one, item)), `to contain an equal of ${format(item)}`],
  toHaveLength: (a, length) => [a?.length === length, `to have length ${length}, which is ${format(a?.length)}`],
  toHaveProperty(a, path, ...value) {
    const found = property(a, path);
    const holds = found.isThere && (value.length === 0 || equal(found.value, value[0]));
    return [holds, `to have the property ${format(path)}${value.length > 0 ? ` with ${format(value[0])}` : ''}`];
  },
  toThrow(a, expected) {
    let [didThrow, error] = [true, a];
    if (typeof a === 'function' && !(a instanceof Error)) {
      didThrow = false;
      try {
        a();
      } catch (thrown) {
        [didThrow, error] = [true, thrown];
      }
    }
    const what = expected === undefined ? 'to throw' : `to throw ${format(expected)}`;
    return [didThrow && thrownMatches(error, expected), didThrow ? `${what}, it threw ${format(error)}` : what];
  },
  toHaveBeenCalled: (a) => [mockOf(a).calls.length > 0, 'to have been called'],
  toHaveBeenCalledOnce: (a) => [mockOf(a).calls.length === 1, `to have been called once, it was called ${mockOf(a).calls.length} times`],
  toHaveBeenCalledTimes: (a, n) => [mockOf(a).calls.length === n, `to have been called ${n} times, it was called ${mockOf(a).calls.length} times`],
  toHaveBeenCalledWith: (a, ...args) => [mockOf(a).calls.some((call) => equal(call, args)), `to have been called with ${format(args)}; it was called with ${format(mockOf(a).calls)}`],
  toHaveBeenLastCalledWith: (a, ...args) => [equal(mockOf(a).calls.at(-1), args), `to have been called with ${format(args)} at last; that was ${format(mockOf(a).calls.at(-1))}`],
  toHaveBeenNthCalledWith: (a, n, ...args) => [equal(mockOf(a).calls[n - 1], args), `to have been called with ${format(args)} at ${n}; that was ${format(mockOf(a).calls[n - 1])}`],
  toHaveReturned: (a) => [mockOf(a).results.some(({ type }) => type === 'return'), 'to have returned'],
  toHaveReturnedWith: (a, value) => [mockOf(a).results.some((result) => result.type === 'return' && equal(result.value, value)), `to have returned ${format(value)}`],
};
matchers.toThrowError = matchers.toThrow;

function check(name, isNot, actual, args, message) {
  assertions.count++;
  const [holds, what, ...diff] = matchers[name](actual, ...args);
  if (holds !== isNot) return;
  const subject = typeof actual === 'function' && name.startsWith('toThrow') ? 'the function' : format(actual);
  const text = `expected ${subject} ${isNot ? 'not ' : ''}${what}${isNot ? '' : diff[1] ?? ''}`;
  throw new AssertionError(message === undefined ? text : `${message}: ${text}`, diff[0], actual, diff.length > 0 && !isNot);
}

function expectationOf(actual, message, isNot, settle) {
  const expectation = {};
  for (const name of Object.keys(matchers)) {
    expectation[name] = settle === undefined
      ? (...args) => check(name, isNot, actual, args, message)
      : async (...args) => check(name, isNot, await settle(actual), args, message);
  }
  return expectation;
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

export function expect(actual, message) {
  const expectation = expectationOf(actual, message, false);
  const lazily = (name, make) => Object.defineProperty(expectation, name, { get: make });
  lazily('not', () => expectationOf(actual, message, true));
  const settled = (settle) => () => {
    const both = expectationOf(actual, message, false, settle);
    both.not = expectationOf(actual, message, true, settle);
    return both;
  };
  lazily('resolves', settled(resolved));
  lazily('rejects', settled(rejected));
  return expectation;
}

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
  extend(more) {
    for (const [name, custom] of Object.entries(more)) {
      matchers[name] = (actual, ...args) => {
        const { pass, message } = custom(actual, ...args);
        return [pass, `${name}: ${message?.() ?? ''}`];
      };
    }
  },
});

export const expectation = expect;
