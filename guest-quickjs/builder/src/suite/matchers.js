// The matchers that users of vitest and jest know. Each gives whether it holds, what was expected of the value, and maybe the other side of a
// difference.

import { equal, isMatcher, matches } from 'outwit:test.equal.js';
import { format } from 'outwit:test.format.js';

const mockOf = (value) => {
  if (typeof value !== 'function' || value.mock === undefined) throw new TypeError(`${format(value)} is not a mock: make it with vi.fn or vi.spyOn`);
  return value.mock;
};

const returnsOf = (value) => mockOf(value).results.filter(({ type }) => type === 'return');
/** When it was called first: never, if it was not. */
const firstOf = (value) => mockOf(value).invocationCallOrder[0] ?? Infinity;

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

export const matchers = {
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
  toHaveReturnedTimes: (a, n) => [returnsOf(a).length === n, `to have returned ${n} times, it returned ${returnsOf(a).length} times`],
  toHaveLastReturnedWith: (a, value) => [equal(returnsOf(a).at(-1)?.value, value), `to have returned ${format(value)} at last; that was ${format(returnsOf(a).at(-1)?.value)}`],
  toHaveNthReturnedWith: (a, n, value) => [equal(mockOf(a).results[n - 1]?.value, value), `to have returned ${format(value)} at ${n}; that was ${format(mockOf(a).results[n - 1]?.value)}`],
  toHaveResolved: (a) => [mockOf(a).settledResults.some(({ type }) => type === 'fulfilled'), 'to have resolved'],
  toHaveResolvedTimes: (a, n) => [mockOf(a).settledResults.filter(({ type }) => type === 'fulfilled').length === n, `to have resolved ${n} times`],
  toHaveResolvedWith: (a, value) => [mockOf(a).settledResults.some((result) => result.type === 'fulfilled' && equal(result.value, value)), `to have resolved with ${format(value)}`],
  toHaveBeenCalledExactlyOnceWith: (a, ...args) => [mockOf(a).calls.length === 1 && equal(mockOf(a).calls[0], args), `to have been called exactly once, with ${format(args)}; the calls were ${format(mockOf(a).calls)}`],
  toHaveBeenCalledBefore: (a, b) => [firstOf(a) < firstOf(b), `to have been called before ${format(b)}`],
  toHaveBeenCalledAfter: (a, b) => [firstOf(a) > firstOf(b), `to have been called after ${format(b)}`],
  toHaveReturnedWith: (a, value) => [mockOf(a).results.some((result) => result.type === 'return' && equal(result.value, value)), `to have returned ${format(value)}`],
};

/** Other names for the same. */
const ALIASES = {
  toThrowError: 'toThrow',
  toBeCalled: 'toHaveBeenCalled',
  toBeCalledTimes: 'toHaveBeenCalledTimes',
  toBeCalledWith: 'toHaveBeenCalledWith',
  lastCalledWith: 'toHaveBeenLastCalledWith',
  nthCalledWith: 'toHaveBeenNthCalledWith',
  toReturn: 'toHaveReturned',
  toReturnTimes: 'toHaveReturnedTimes',
  toReturnWith: 'toHaveReturnedWith',
  lastReturnedWith: 'toHaveLastReturnedWith',
  nthReturnedWith: 'toHaveNthReturnedWith',
};
for (const [alias, name] of Object.entries(ALIASES)) matchers[alias] = matchers[name];
