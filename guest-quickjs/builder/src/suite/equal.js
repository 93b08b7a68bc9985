// Equality as `toEqual`, `toStrictEqual` and `toMatchObject` mean it.

const isObject = (value) => value !== null && typeof value === 'object';
const keysOf = (value, isStrict) =>
  Reflect.ownKeys(value).filter(
    (key) => Object.getOwnPropertyDescriptor(value, key).enumerable && (isStrict || value[key] !== undefined),
  );

/** Whether two values are the same, as far as one can see. */
export function equal(a, b, isStrict = false, pairs = []) {
  if (isMatcher(b)) return b.asymmetricMatch(a);
  if (isMatcher(a)) return a.asymmetricMatch(b);
  if (Object.is(a, b)) return true;
  if (!isObject(a) || !isObject(b)) return false;
  if (pairs.some(([x, y]) => x === a && y === b)) return true;
  const inside = [...pairs, [a, b]];
  const same = (x, y) => equal(x, y, isStrict, inside);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (isStrict && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (a instanceof Date || b instanceof Date) {
    return a instanceof Date && b instanceof Date && Object.is(a.getTime(), b.getTime());
  }
  if (a instanceof RegExp || b instanceof RegExp) return a instanceof RegExp && b instanceof RegExp && String(a) === String(b);
  if (a instanceof Error || b instanceof Error) {
    return a instanceof Error && b instanceof Error && a.name === b.name && a.message === b.message
      && same(a.cause, b.cause) && same(a.payload, b.payload);
  }
  if (a instanceof Map || b instanceof Map) {
    return a instanceof Map && b instanceof Map && a.size === b.size && [...a].every(([key, value]) =>
      b.has(key) ? same(value, b.get(key)) : [...b].some(([other, item]) => same(key, other) && same(value, item)));
  }
  if (a instanceof Set || b instanceof Set) {
    return a instanceof Set && b instanceof Set && a.size === b.size
      && [...a].every((value) => b.has(value) || [...b].some((other) => same(value, other)));
  }
  if (a instanceof ArrayBuffer || b instanceof ArrayBuffer) {
    return a instanceof ArrayBuffer && b instanceof ArrayBuffer && same(new Uint8Array(a), new Uint8Array(b));
  }
  if (ArrayBuffer.isView(a) || ArrayBuffer.isView(b)) {
    return a.constructor === b.constructor && a.length === b.length && Array.prototype.every.call(a, (x, i) => Object.is(x, b[i]));
  }
  if (Array.isArray(a) && a.length !== b.length) return false;
  const [keys, others] = [keysOf(a, isStrict), keysOf(b, isStrict)];
  return keys.length === others.length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
}

/** Whether a value has all that `subset` has. */
export function matches(value, subset) {
  if (isMatcher(subset)) return subset.asymmetricMatch(value);
  if (!isObject(subset) || !isObject(value)) return equal(value, subset);
  if (Array.isArray(subset)) {
    return Array.isArray(value) && value.length === subset.length && subset.every((item, i) => matches(value[i], item));
  }
  const isPlain = [Object.prototype, null].includes(Object.getPrototypeOf(subset));
  if (!isPlain && (subset instanceof Date || subset instanceof RegExp || subset instanceof Map || subset instanceof Set || subset instanceof Error)) {
    return equal(value, subset);
  }
  return keysOf(subset, true).every((key) => key in value && matches(value[key], subset[key]));
}

export const isMatcher = (value) => isObject(value) && typeof value.asymmetricMatch === 'function';
