// The built-in functions that web APIs use, as they were before any code of the plugin could replace them.
//
// `push(array, value)` is `array.push(value)`, whatever the plugin has made of `Array.prototype.push`. Built-in classes are here as well. A web API takes
// from here all that it uses of the language's library, and walks arrays by index: `for … of` calls what the plugin may have replaced.

import { uncurry } from "outwit:engine/functions";

export { uncurry };

const {
  Array, ArrayBuffer, BigInt, Boolean, DataView, Date, Error, Function, JSON, Map, Math, Number, Object, Promise, Proxy, RangeError,
  Reflect, RegExp, Set, String, Symbol, SyntaxError, TypeError, Uint8Array, WeakMap, WeakRef, WeakSet, FinalizationRegistry,
} = globalThis;
export {
  Array, ArrayBuffer, BigInt, Boolean, DataView, Date, Error, Function, JSON, Map, Math, Number, Object, Promise, Proxy, RangeError,
  Reflect, RegExp, Set, String, Symbol, SyntaxError, TypeError, Uint8Array, WeakMap, WeakRef, WeakSet, FinalizationRegistry,
};

export const {
  assign, create, defineProperties, defineProperty, freeze, getOwnPropertyDescriptor, getOwnPropertyNames, getPrototypeOf, is, isFrozen, keys,
  setPrototypeOf,
} = Object;
export const { apply, construct, ownKeys } = Reflect;
export const { isArray } = Array;
export const { isView } = ArrayBuffer;
export const { fromCharCode, fromCodePoint } = String;
export const { encodeURIComponent } = globalThis;
export const { isInteger, isNaN, isFinite } = Number;
export const { abs, ceil, floor, max, min, round, trunc } = Math;
export const { asyncIterator, hasInstance, iterator, toStringTag } = Symbol;

/** The getter of an accessor, as a function of the object. */
export const getter = (prototype, name) => uncurry(getOwnPropertyDescriptor(prototype, name).get);

/** Whether an object has an own property of this name. */
export const hasOwn = uncurry(Object.prototype.hasOwnProperty);

export const concat = uncurry(Array.prototype.concat);
export const fill = uncurry(Array.prototype.fill);
export const findIndex = uncurry(Array.prototype.findIndex);
export const filter = uncurry(Array.prototype.filter);
export const indexOf = uncurry(Array.prototype.indexOf);
export const join = uncurry(Array.prototype.join);
export const map = uncurry(Array.prototype.map);
export const pop = uncurry(Array.prototype.pop);
export const push = uncurry(Array.prototype.push);
export const reverse = uncurry(Array.prototype.reverse);
export const shift = uncurry(Array.prototype.shift);
export const slice = uncurry(Array.prototype.slice);
export const some = uncurry(Array.prototype.some);
export const sort = uncurry(Array.prototype.sort);
export const splice = uncurry(Array.prototype.splice);
export const unshift = uncurry(Array.prototype.unshift);

export const charCodeAt = uncurry(String.prototype.charCodeAt);
export const codePointAt = uncurry(String.prototype.codePointAt);
export const endsWith = uncurry(String.prototype.endsWith);
export const includesText = uncurry(String.prototype.includes);
export const indexOfText = uncurry(String.prototype.indexOf);
export const isWellFormed = uncurry(String.prototype.isWellFormed);
export const lastIndexOfText = uncurry(String.prototype.lastIndexOf);
export const padEnd = uncurry(String.prototype.padEnd);
export const padStart = uncurry(String.prototype.padStart);
export const replace = uncurry(String.prototype.replace);
export const repeat = uncurry(String.prototype.repeat);
export const sliceText = uncurry(String.prototype.slice);
export const split = uncurry(String.prototype.split);
export const startsWith = uncurry(String.prototype.startsWith);
export const toLowerCase = uncurry(String.prototype.toLowerCase);
export const toUpperCase = uncurry(String.prototype.toUpperCase);
export const toWellFormed = uncurry(String.prototype.toWellFormed);
export const trim = uncurry(String.prototype.trim);

export const exec = uncurry(RegExp.prototype.exec);
export const test = uncurry(RegExp.prototype.test);

export const mapClear = uncurry(Map.prototype.clear);
export const mapDelete = uncurry(Map.prototype.delete);
export const mapForEach = uncurry(Map.prototype.forEach);
export const mapGet = uncurry(Map.prototype.get);
export const mapHas = uncurry(Map.prototype.has);
export const mapSet = uncurry(Map.prototype.set);
export const mapSize = getter(Map.prototype, "size");
export const setAdd = uncurry(Set.prototype.add);
export const setClear = uncurry(Set.prototype.clear);
export const setDelete = uncurry(Set.prototype.delete);
export const setForEach = uncurry(Set.prototype.forEach);
export const setHas = uncurry(Set.prototype.has);
export const setSize = getter(Set.prototype, "size");
export const weakDelete = uncurry(WeakMap.prototype.delete);
export const weakGet = uncurry(WeakMap.prototype.get);
export const weakHas = uncurry(WeakMap.prototype.has);
export const weakSet = uncurry(WeakMap.prototype.set);
export const deref = uncurry(WeakRef.prototype.deref);

export const then = uncurry(Promise.prototype.then);
const { resolve, reject, withResolvers } = Promise;
/** `Promise.resolve(value)` */
export const resolved = (value) => apply(resolve, Promise, [value]);
/** `Promise.reject(reason)` */
export const rejected = (reason) => apply(reject, Promise, [reason]);
/** `{ promise, resolve, reject }` */
export const deferred = () => apply(withResolvers, Promise, []);

export const TypedArray = getPrototypeOf(Uint8Array);
/** "Uint8Array", or `undefined` for what is no typed array. */
export const typedArrayName = getter(TypedArray.prototype, toStringTag);
export const typedArrayBuffer = getter(TypedArray.prototype, "buffer");
export const typedArrayByteLength = getter(TypedArray.prototype, "byteLength");
export const typedArrayByteOffset = getter(TypedArray.prototype, "byteOffset");
export const typedArrayLength = getter(TypedArray.prototype, "length");
export const setBytes = uncurry(TypedArray.prototype.set);
export const subarray = uncurry(TypedArray.prototype.subarray);
export const sliceBytes = uncurry(TypedArray.prototype.slice);
export const fillBytes = uncurry(TypedArray.prototype.fill);
export const dataViewBuffer = getter(DataView.prototype, "buffer");
export const dataViewByteLength = getter(DataView.prototype, "byteLength");
export const dataViewByteOffset = getter(DataView.prototype, "byteOffset");
export const bufferByteLength = getter(ArrayBuffer.prototype, "byteLength");
export const bufferDetached = getter(ArrayBuffer.prototype, "detached");
export const bufferResizable = getter(ArrayBuffer.prototype, "resizable");
export const bufferMaxByteLength = getter(ArrayBuffer.prototype, "maxByteLength");
export const bufferSlice = uncurry(ArrayBuffer.prototype.slice);
export const bufferTransfer = uncurry(ArrayBuffer.prototype.transfer);
export const bufferTransferToFixedLength = uncurry(ArrayBuffer.prototype.transferToFixedLength);
export const sharedByteLength = getter(globalThis.SharedArrayBuffer.prototype, "byteLength");

export const dateGetTime = uncurry(Date.prototype.getTime);
export const dateNow = Date.now;
export const functionToString = uncurry(Function.prototype.toString);
export const numberToString = uncurry(Number.prototype.toString);
export const symbolToString = uncurry(Symbol.prototype.toString);

export const IteratorPrototype = getPrototypeOf(getPrototypeOf([][iterator]()));
export const AsyncIteratorPrototype = getPrototypeOf(getPrototypeOf(async function* () {}.prototype));

/** What evaluates text in the global scope. */
export const globalEval = globalThis.eval;
