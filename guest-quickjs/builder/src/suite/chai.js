// What suites of vitest use of chai, and what is for types alone.

import { Expectation, expect } from 'outwit:test.expect.js';

/** `assert.equal(a, b)`, as chai has it. */
export function assert(value, message) {
  expect(Boolean(value), message).toBe(true);
}

const same = (name) => (a, b, message) => expect(a, message)[name](b);
const not = (name) => (a, b, message) => expect(a, message).not[name](b);
Object.assign(assert, {
  ok: (value, message) => expect(value, message).toBeTruthy(),
  notOk: (value, message) => expect(value, message).toBeFalsy(),
  isOk: (value, message) => expect(value, message).toBeTruthy(),
  // With ==, as everywhere in chai.
  equal: (a, b, message) => expect(a == b || Object.is(a, b), message ?? `${String(a)} == ${String(b)}`).toBe(true),
  notEqual: (a, b, message) => expect(a == b, message ?? `${String(a)} != ${String(b)}`).toBe(false),
  strictEqual: same('toBe'),
  notStrictEqual: not('toBe'),
  deepEqual: same('toEqual'),
  deepStrictEqual: same('toStrictEqual'),
  notDeepEqual: not('toEqual'),
  isTrue: (value, message) => expect(value, message).toBe(true),
  isFalse: (value, message) => expect(value, message).toBe(false),
  isNull: (value, message) => expect(value, message).toBeNull(),
  isNotNull: (value, message) => expect(value, message).not.toBeNull(),
  isUndefined: (value, message) => expect(value, message).toBeUndefined(),
  isDefined: (value, message) => expect(value, message).toBeDefined(),
  exists: (value, message) => expect(value, message).not.toBeNullish(),
  isArray: (value, message) => expect(Array.isArray(value), message).toBe(true),
  isFunction: (value, message) => expect(value, message).toBeTypeOf('function'),
  isString: (value, message) => expect(value, message).toBeTypeOf('string'),
  isNumber: (value, message) => expect(value, message).toBeTypeOf('number'),
  instanceOf: same('toBeInstanceOf'),
  include: same('toContain'),
  notInclude: not('toContain'),
  match: same('toMatch'),
  lengthOf: same('toHaveLength'),
  property: same('toHaveProperty'),
  throws: (body, ...expected) => expect(body).toThrow(...expected.slice(0, 1)),
  doesNotThrow: (body, message) => expect(body, message).not.toThrow(),
  fail: (message) => expect.unreachable(message),
});
assert.throw = assert.throws;

// `expect(x).to.be.a('string')`
const words = ['to', 'be', 'been', 'is', 'that', 'which', 'and', 'has', 'have', 'with', 'at', 'of', 'same', 'but', 'does', 'still', 'also'];
for (const word of words) Object.defineProperty(Expectation.prototype, word, { get() { return this; }, configurable: true });
const types = (expectation, type) => (['array', 'null', 'date', 'regexp', 'error', 'map', 'set', 'promise'].includes(type)
  ? expectation.toSatisfy((value) => Object.prototype.toString.call(value).slice(8, -1).toLowerCase() === type)
  : expectation.toBeTypeOf(type));
const methods = {
  equal: 'toBe', equals: 'toBe', eq: 'toBe', eql: 'toEqual', include: 'toContain', includes: 'toContain', contain: 'toContain', contains: 'toContain',
  lengthOf: 'toHaveLength', property: 'toHaveProperty', match: 'toMatch', matches: 'toMatch', throw: 'toThrow', throws: 'toThrow',
  instanceOf: 'toBeInstanceOf', instanceof: 'toBeInstanceOf', above: 'toBeGreaterThan', gt: 'toBeGreaterThan', greaterThan: 'toBeGreaterThan',
  below: 'toBeLessThan', lt: 'toBeLessThan', lessThan: 'toBeLessThan', least: 'toBeGreaterThanOrEqual', gte: 'toBeGreaterThanOrEqual',
  most: 'toBeLessThanOrEqual', lte: 'toBeLessThanOrEqual', oneOf: 'toBeOneOf', satisfy: 'toSatisfy',
};
const facts = {
  ok: ['toBeTruthy'], true: ['toBe', true], false: ['toBe', false], null: ['toBeNull'], undefined: ['toBeUndefined'], NaN: ['toBeNaN'],
  exist: ['toSatisfy', (value) => value !== null && value !== undefined],
  empty: ['toSatisfy', (value) => (value?.length ?? value?.size ?? Object.keys(value).length) === 0],
};
for (const [name, matcher] of Object.entries(methods)) {
  const value = function (...args) { return this[matcher](...args) ?? this; };
  Object.defineProperty(Expectation.prototype, name, { value, configurable: true });
}
for (const [name, [matcher, ...args]] of Object.entries(facts)) {
  Object.defineProperty(Expectation.prototype, name, { get() { return this[matcher](...args) ?? this; }, configurable: true });
}
for (const name of ['a', 'an']) {
  Object.defineProperty(Expectation.prototype, name, { value(type) { return types(this, type) ?? this; }, configurable: true });
}
// `expect(x).to.deep.equal(y)`
Object.defineProperty(Expectation.prototype, 'deep', {
  get() { return { equal: (value) => this.toEqual(value), equals: (value) => this.toEqual(value), eq: (value) => this.toEqual(value), include: (value) => this.toMatchObject(value) }; },
  configurable: true,
});

export const chai = { assert, expect };

/** Types are checked by TypeScript, and not when tests run. */
const anything = new Proxy(() => anything, { get: () => anything });
export const expectTypeOf = () => anything;
export const assertType = () => {};
