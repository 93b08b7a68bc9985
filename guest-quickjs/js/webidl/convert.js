// Conversions of JavaScript values to the types of Web IDL.
// https://webidl.spec.whatwg.org/#js-type-mapping
//
// A conversion is a function of the value and of what the value is, for messages: `byteString(value, "Headers.append: name")`. Those of compound types are
// made once, from the conversions of their parts: `const names = sequence(domString)`.

import {
  Promise, String, TypeError, abs, apply, asyncIterator, bufferByteLength, bufferDetached, bufferResizable, charCodeAt,
  create, dataViewBuffer, floor, getOwnPropertyDescriptor, isNaN, isView, isWellFormed, iterator, keys, ownKeys, push, resolved, sharedByteLength, sort,
  toWellFormed, trunc, typedArrayBuffer, typedArrayName, isFinite, setHas, Set,
} from "outwit:webidl/primordials.js";
import { wrongType } from "outwit:webidl/errors.js";

// ---------------------------------------------------------------------------------------------
// Scalars

/** `any`, which is the value. */
export const any = (value) => value;

/** `undefined` */
export const nothing = () => undefined;

/** `boolean` */
export const boolean = (value) => !!value;

/** Every kind of number: with this `mode`, what is out of range throws a TypeError; */
export const ENFORCE_RANGE = 1;
/** with this one, it is the nearest that is in range; without one, it wraps. */
export const CLAMP = 2;

function number(value, what) {
  if (typeof value === "number") return value;
  if (typeof value === "symbol" || typeof value === "bigint") {
    throw wrongType(what, `a ${typeof value} cannot be converted to a number`);
  }
  return +value;
}

function clamp(x, lower, upper) {
  if (isNaN(x)) return 0;
  if (x <= lower) return lower;
  if (x >= upper) return upper;
  // halves go to the even neighbour
  const below = floor(x);
  const part = x - below;
  if (part < 0.5) return below + 0;
  if (part > 0.5) return below + 1;
  return below % 2 === 0 ? below + 0 : below + 1;
}

function integer(lower, upper, wrap) {
  return (value, what, mode) => {
    let x = number(value, what);
    if (mode === CLAMP) return clamp(x, lower, upper);
    if (mode === ENFORCE_RANGE) {
      if (!isFinite(x)) throw wrongType(what, `${x} is not an integer`);
      x = trunc(x);
      if (x < lower || x > upper) throw wrongType(what, `${x} is not between ${lower} and ${upper}`);
      return x + 0;
    }
    return wrap(x);
  };
}

/** Modulo 2⁶⁴; -0 is 0. */
function wrapLong(x) {
  if (!isFinite(x)) return 0;
  x = trunc(x) % 2 ** 64;
  return (x < 0 ? x + 2 ** 64 : x) + 0;
}

export const byte = integer(-128, 127, (x) => (x << 24) >> 24);
export const octet = integer(0, 255, (x) => x & 255);
export const short = integer(-32768, 32767, (x) => (x << 16) >> 16);
export const unsignedShort = integer(0, 65535, (x) => x & 65535);
export const long = integer(-(2 ** 31), 2 ** 31 - 1, (x) => x | 0);
export const unsignedLong = integer(0, 2 ** 32 - 1, (x) => x >>> 0);
export const longLong = integer(1 - 2 ** 53, 2 ** 53 - 1, (x) => {
  x = wrapLong(x);
  return x >= 2 ** 63 ? x - 2 ** 64 : x;
});
export const unsignedLongLong = integer(0, 2 ** 53 - 1, wrapLong);

/** `double` */
export function double(value, what) {
  const x = number(value, what);
  if (!isFinite(x)) throw wrongType(what, `${x} is not a finite number`);
  return x;
}

/** `unrestricted double` */
export const unrestrictedDouble = number;

/** `DOMString` */
export function domString(value, what) {
  if (typeof value === "string") return value;
  if (typeof value === "symbol") throw wrongType(what, "a symbol cannot be converted to a string");
  return String(value);
}

/** `[LegacyNullToEmptyString] DOMString` */
export const domStringOrEmpty = (value, what) => (value === null ? "" : domString(value, what));

/** `USVString`: a surrogate without its other half becomes U+FFFD. */
export function usvString(value, what) {
  const text = domString(value, what);
  return isWellFormed(text) ? text : toWellFormed(text);
}

/** `ByteString`: no character is above U+00FF. */
export function byteString(value, what) {
  const text = domString(value, what);
  for (let i = 0; i < text.length; i++) {
    if (charCodeAt(text, i) > 255) throw wrongType(what, `the character at index ${i} is above U+00FF`);
  }
  return text;
}

// ---------------------------------------------------------------------------------------------
// Objects

/** Whether this is an object, functions included. */
export const isObject = (value) => (typeof value === "object" && value !== null) || typeof value === "function";

/** `object` */
export function object(value, what) {
  if (!isObject(value)) throw wrongType(what, "not an object");
  return value;
}

/** A callback function type. */
export function callback(value, what) {
  if (typeof value !== "function") throw wrongType(what, "not a function");
  return value;
}

/** A nullable type. */
export const nullable = (convert) => (value, what) =>
  value === null || value === undefined ? null : convert(value, what);

/** An interface type: `is` tells its objects. */
export const instance = (is, name) => (value, what) => {
  if (!is(value)) throw wrongType(what, `not of type ${name}`);
  return value;
};

/** `Promise<any>` */
export const promise = (value) => resolved(value);

/** An enumeration: `enumeration("EndingType", ["transparent", "native"])`. */
export function enumeration(name, values) {
  const known = new Set(values);
  return (value, what) => {
    const text = domString(value, what);
    if (!setHas(known, text)) throw wrongType(what, `'${text}' is not a value of ${name}`);
    return text;
  };
}

/**
 * A dictionary: `dictionary("EventInit", { bubbles: { type: boolean, default: false } }, Parent)`.
 *
 * Each member has a `type`, and may have a `default`, `make` (a function that makes the default), or be `required`. The result is an object without a
 * prototype; a member that is neither given nor has a default is not in it.
 */
export function dictionary(name, members, parent) {
  const names = sort(keys(members));
  const read = (value, what, into) => {
    if (parent !== undefined) parent.read(value, what, into);
    const isGiven = value !== undefined && value !== null;
    for (let i = 0; i < names.length; i++) {
      const key = names[i];
      const member = members[key];
      const given = isGiven ? value[key] : undefined;
      if (given !== undefined) into[key] = member.type(given, `${what}.${key}`, member.mode);
      else if (member.required) throw wrongType(what, `${name} needs a member '${key}'`);
      else if (member.make !== undefined) into[key] = member.make();
      else if ("default" in member) into[key] = member.default;
    }
    return into;
  };
  const convert = (value, what) => {
    if (value !== undefined && value !== null && !isObject(value)) throw wrongType(what, `not an object, so not ${name}`);
    return read(value, what, { __proto__: null });
  };
  convert.read = read;
  return convert;
}

/** Calls `use` with each value of an iterable, given the method that makes its iterator. */
export function iterate(iterable, method, use, what) {
  const iterator = apply(method, iterable, []);
  if (!isObject(iterator)) throw wrongType(what, "its iterator is not an object");
  const { next } = iterator;
  for (;;) {
    const result = apply(next, iterator, []);
    if (!isObject(result)) throw wrongType(what, "what its iterator gives is not an object");
    if (result.done) return;
    use(result.value);
  }
}

/** The method that makes an object's iterator, or `undefined`. */
export function iteratorMethod(value, what) {
  const method = value[iterator];
  if (method === undefined || method === null) return undefined;
  if (typeof method !== "function") throw wrongType(what, "its Symbol.iterator is not a function");
  return method;
}

/** `sequence<T>`: a new array. A union that has found the iterator's method passes it. */
export const sequence = (convert) => (value, what, method) => {
  if (!isObject(value)) throw wrongType(what, "not an object that can be iterated over");
  method ??= iteratorMethod(value, what);
  if (method === undefined) throw wrongType(what, "cannot be iterated over");
  const result = [];
  iterate(value, method, (item) => {
    result[result.length] = convert(item, `${what}[${result.length}]`);
  }, what);
  return result;
};

/** `record<K, V>`: an array of its `[key, value]` pairs, in order, each key once. */
export const record = (convertKey, convertValue) => (value, what) => {
  if (!isObject(value)) throw wrongType(what, "not an object");
  const result = [];
  const places = { __proto__: null };
  const all = ownKeys(value);
  for (let i = 0; i < all.length; i++) {
    const descriptor = getOwnPropertyDescriptor(value, all[i]);
    if (descriptor === undefined || !descriptor.enumerable) continue;
    const key = convertKey(all[i], what);
    const item = convertValue(value[all[i]], what);
    if (key in places) result[places[key]][1] = item;
    else places[key] = push(result, [key, item]) - 1;
  }
  return result;
};

// ---------------------------------------------------------------------------------------------
// Bytes

/** With this `mode` a buffer may be shared, resizable. */
export const ALLOW_SHARED = 1;
export const ALLOW_RESIZABLE = 2;

function probe(getLength, value) {
  try {
    getLength(value);
    return true;
  } catch {
    return false;
  }
}

/** Whether this is an ArrayBuffer. */
export const isArrayBuffer = (value) => typeof value === "object" && value !== null && probe(bufferByteLength, value);
/** Whether this is a SharedArrayBuffer. */
export const isSharedArrayBuffer = (value) =>
  typeof value === "object" && value !== null && probe(sharedByteLength, value);
/** Whether this is a typed array or a DataView. */
export { isView };

/** The buffer of a view. */
export const bufferOf = (view) =>
  typedArrayName(view) === undefined ? dataViewBuffer(view) : typedArrayBuffer(view);

function checkBuffer(buffer, what, mode = 0) {
  if (isSharedArrayBuffer(buffer)) {
    if ((mode & ALLOW_SHARED) === 0) throw wrongType(what, "its buffer is shared");
  } else if ((mode & ALLOW_RESIZABLE) === 0 && bufferResizable(buffer)) {
    throw wrongType(what, "its buffer is resizable");
  }
}

/** `ArrayBufferView` */
export function view(value, what, mode) {
  if (!isView(value)) throw wrongType(what, "not a typed array or DataView");
  checkBuffer(bufferOf(value), what, mode);
  return value;
}

/** `Uint8Array` */
export function uint8Array(value, what, mode) {
  if (!isView(value) || typedArrayName(value) !== "Uint8Array") throw wrongType(what, "not a Uint8Array");
  checkBuffer(typedArrayBuffer(value), what, mode);
  return value;
}

/** `ArrayBuffer` */
export function arrayBuffer(value, what, mode) {
  if (!isArrayBuffer(value)) throw wrongType(what, "not an ArrayBuffer");
  checkBuffer(value, what, mode);
  return value;
}

/** `BufferSource`: an ArrayBuffer or a view of one. With `ALLOW_SHARED`, `AllowSharedBufferSource`. */
export function bufferSource(value, what, mode = 0) {
  if (isView(value)) return view(value, what, mode);
  if (!isArrayBuffer(value) && !((mode & ALLOW_SHARED) !== 0 && isSharedArrayBuffer(value))) {
    throw wrongType(what, "not an ArrayBuffer, typed array or DataView");
  }
  checkBuffer(value, what, mode);
  return value;
}

/** Whether a union should treat this as `BufferSource`. */
export const isBufferSource = (value) => isView(value) || isArrayBuffer(value);
/** Whether a buffer's memory has been transferred away. */
export const isDetached = (buffer) => !isSharedArrayBuffer(buffer) && bufferDetached(buffer);
