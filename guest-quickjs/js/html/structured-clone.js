// `structuredClone`, and what messages need of it: HTML (WHATWG).
// https://html.spec.whatwg.org/multipage/structured-data.html
//
// The engine writes plain values as bytes; here is what it asks of all others.

import { classOf, read, write } from "outwit:engine/clone";
import { require } from "outwit:engine/modules";
import {
  Array, ArrayBuffer, BigInt, Boolean, DataView, Date, Error, Map, Number, Object, Promise, Proxy, RangeError, RegExp, Set, String, SyntaxError,
  TypeError, TypedArray, Uint8Array, bufferByteLength, bufferDetached, bufferMaxByteLength, bufferResizable, bufferTransfer, dataViewBuffer,
  dataViewByteLength, dataViewByteOffset, dateGetTime, defineProperty, getOwnPropertyDescriptor, getter, indexOf, indexOfText, mapForEach, mapGet, mapSet,
  push, setAdd, setBytes, setForEach, sharedByteLength, sliceText, typedArrayBuffer, typedArrayByteLength, typedArrayByteOffset, typedArrayLength, typedArrayName, uncurry,
} from "outwit:webidl/primordials.js";
import {
  dictionary, domString, isArrayBuffer, isBufferSource, isSharedArrayBuffer, isView, object, sequence,
} from "outwit:webidl/convert.js";
import { defineFunctions, required } from "outwit:webidl/interface.js";
import { DOMException } from "outwit:dom/exception.js";
import { platformByTag, platformOf } from "outwit:webidl/platform.js";

const { EvalError, ReferenceError, SharedArrayBuffer, URIError } = globalThis;
const at = uncurry(TypedArray.prototype.at);
const booleanValue = uncurry(Boolean.prototype.valueOf);
const numberValue = uncurry(Number.prototype.valueOf);
const stringValue = uncurry(String.prototype.valueOf);
const bigIntValue = uncurry(BigInt.prototype.valueOf);
const regExpSource = getter(RegExp.prototype, "source");
const regExpFlags = getter(RegExp.prototype, "flags");
const sharedMaxByteLength = getter(SharedArrayBuffer.prototype, "maxByteLength");

const VIEWS = { __proto__: null, DataView };
for (const name of [
  "Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array", "BigInt64Array", "BigUint64Array",
  "Float16Array", "Float32Array", "Float64Array",
]) {
  if (name in globalThis) VIEWS[name] = globalThis[name];
}
const ERRORS = { __proto__: null, Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

/** The kinds of objects; the engine uses the first two itself. */
const RESIZABLE = 0;
const BIGINT = 1;
const DATE = 2;
const REGEXP = 3;
const WRAPPER = 4;
const MAP = 5;
const SET = 6;
const ERROR = 7;
const VIEW = 8;
const SHARED = 9;
const PLATFORM = 10;

const PLAIN = classOf({});
const KINDS = new Map();
mapSet(KINDS, classOf(new Date(0)), DATE);
mapSet(KINDS, classOf(/x/), REGEXP);
for (const value of [true, 0, "", 0n]) mapSet(KINDS, classOf(Object(value)), WRAPPER);
mapSet(KINDS, classOf(new Map()), MAP);
mapSet(KINDS, classOf(new Set()), SET);
mapSet(KINDS, classOf(new Error()), ERROR);
mapSet(KINDS, classOf(new SharedArrayBuffer(0)), SHARED);
for (const name in VIEWS) mapSet(KINDS, classOf(new VIEWS[name](new ArrayBuffer(0))), VIEW);
/** Those with nothing of their own beside properties. */
const ARGUMENTS = [classOf((function () { return arguments; })()), classOf((function (a) { "use strict"; return arguments; })(1))];
const WRAPPED = {
  __proto__: null,
  [classOf(Object(true))]: booleanValue,
  [classOf(Object(0))]: numberValue,
  [classOf(Object(""))]: stringValue,
  [classOf(Object(0n))]: bigIntValue,
};

const refused = (what) => new DOMException(`${what} cannot be cloned`, "DataCloneError");

/** How a view says that it ends where its buffer does, however long that becomes. */
const isTracking = (view, buffer, offset, length) => {
  if (!(isSharedArrayBuffer(buffer) ? sharedMaxByteLength(buffer) !== bufferLength(buffer) : bufferResizable(buffer))) return false;
  // only such a view grows with its buffer, so it has no length of its own
  return offset + length === bufferLength(buffer) && growsWith(view, buffer);
};
const bufferLength = (buffer) => (isSharedArrayBuffer(buffer) ? sharedByteLength(buffer) : bufferByteLength(buffer));
const resize = uncurry(ArrayBuffer.prototype.resize);
const byteLength = (view) => (typedArrayName(view) === undefined ? dataViewByteLength(view) : typedArrayByteLength(view));

/** Tries it: there is no other way to ask. */
function growsWith(view, buffer) {
  if (isSharedArrayBuffer(buffer)) return false;
  const before = bufferByteLength(buffer);
  const most = bufferMaxByteLength(buffer);
  const lengthBefore = byteLength(view);
  if (before + 8 <= most) {
    resize(buffer, before + 8);
    const grows = byteLength(view) > lengthBefore;
    resize(buffer, before);
    return grows;
  }
  if (lengthBefore < 8) return false;
  // there is no room, so it is made shorter and long again
  const bytes = new Uint8Array(8);
  setBytes(bytes, new Uint8Array(buffer, before - 8, 8));
  resize(buffer, before - 8);
  let shrinks = false;
  try {
    shrinks = byteLength(view) > 0 || lengthBefore === 8;
  } catch {
    // a DataView that is out of bounds
  }
  resize(buffer, before);
  setBytes(new Uint8Array(buffer, before - 8, 8), bytes);
  return shrinks;
}

function describeView(view) {
  const name = typedArrayName(view);
  if (name === undefined) {
    const buffer = dataViewBuffer(view);
    let offset;
    let length;
    try {
      offset = dataViewByteOffset(view);
      length = dataViewByteLength(view);
    } catch {
      throw refused("A DataView that is out of bounds of its buffer");
    }
    return [VIEW, ["DataView", buffer, offset, isTracking(view, buffer, offset, length) ? undefined : length]];
  }
  const buffer = typedArrayBuffer(view);
  if (!isSharedArrayBuffer(buffer) && bufferDetached(buffer)) throw refused(`A ${name} without its memory`);
  try {
    at(view, 0);
  } catch {
    throw refused(`A ${name} that is out of bounds of its buffer`);
  }
  const offset = typedArrayByteOffset(view);
  const length = typedArrayLength(view);
  return [VIEW, [name, buffer, offset, isTracking(view, buffer, offset, typedArrayByteLength(view)) ? undefined : length]];
}

function describeError(error) {
  let name = error.name;
  name = name === undefined ? "Error" : String(name);
  if (ERRORS[name] === undefined) name = "Error";
  const text = (key) => {
    const descriptor = getOwnPropertyDescriptor(error, key);
    return descriptor !== undefined && "value" in descriptor ? String(descriptor.value) : undefined;
  };
  const cause = getOwnPropertyDescriptor(error, "cause");
  const hasCause = cause !== undefined && "value" in cause;
  const { stack } = error;
  return [ERROR, [name, text("message"), typeof stack === "string" ? stack : undefined], hasCause ? [cause.value] : undefined];
}

/** What an object of some class of the language or the platform consists of: see `write` of the engine. */
function describer(held, options) {
  return (value, type) => {
    if (typeof value === "symbol") throw refused("A symbol");
    if (typeof value === "function") throw refused("A function");
    const kind = mapGet(KINDS, type);
    if (type === PLAIN || kind === ERROR) {
      const platform = platformOf(value);
      if (platform !== undefined && (platform.is === undefined ? type === PLAIN : platform.is(value))) {
        if (platform.write === undefined) throw refused(`A ${platform.Class.name}`);
        return [PLATFORM, [platform.tag, platform.write(value, held, options)]];
      }
    }
    switch (kind) {
      case DATE:
        return [DATE, dateGetTime(value)];
      case REGEXP:
        return [REGEXP, [regExpSource(value), regExpFlags(value)]];
      case WRAPPER:
        return [WRAPPER, WRAPPED[type](value)];
      case MAP: {
        const entries = [];
        mapForEach(value, (item, key) => push(entries, key, item));
        return [MAP, undefined, entries];
      }
      case SET: {
        const items = [];
        setForEach(value, (item) => push(items, item));
        return [SET, undefined, items];
      }
      case ERROR:
        return describeError(value);
      case VIEW:
        return describeView(value);
      case SHARED:
        if (held === undefined) throw refused("A SharedArrayBuffer");
        return [SHARED, push(held, value) - 1];
      default:
        if (type === PLAIN || indexOf(ARGUMENTS, type) >= 0) return undefined;
        throw refused("An object of this class");
    }
  };
}

function lengthLimit(buffer) {
  if (bufferDetached(buffer)) throw refused("An ArrayBuffer without its memory");
  return bufferResizable(buffer) ? bufferMaxByteLength(buffer) : -1;
}

const maker = (held) => (kind, head, limit) => {
  switch (kind) {
    case RESIZABLE: {
      const made = new ArrayBuffer(bufferByteLength(head), { maxByteLength: limit });
      setBytes(new Uint8Array(made), new Uint8Array(head));
      return made;
    }
    case BIGINT:
      return BigInt(head);
    case DATE:
      return new Date(head);
    case REGEXP:
      return new RegExp(head[0], head[1]);
    case WRAPPER:
      return Object(head);
    case MAP:
      return new Map();
    case SET:
      return new Set();
    case ERROR: {
      const error = new ERRORS[head[0]]();
      const define = (key, value) =>
        defineProperty(error, key, { __proto__: null, value, writable: true, enumerable: false, configurable: true });
      if (head[1] !== undefined) define("message", head[1]);
      if (head[2] !== undefined) define("stack", head[2]);
      return error;
    }
    case VIEW:
      return new VIEWS[head[0]](head[1], head[2], head[3]);
    case SHARED:
      return held[head];
    case PLATFORM: {
      const tag = head[0];
      let platform = platformByTag(tag);
      if (platform === undefined) {
        require(sliceText(tag, 0, indexOfText(tag, "#")));
        platform = platformByTag(tag);
      }
      if (platform === undefined) throw refused("What has come");
      return platform.read(head[1], held);
    }
    default:
      throw refused("What has come");
  }
};

function fill(target, kind, rest) {
  switch (kind) {
    case MAP:
      for (let i = 0; i < rest.length; i += 2) mapSet(target, rest[i], rest[i + 1]);
      break;
    case SET:
      for (let i = 0; i < rest.length; i++) setAdd(target, rest[i]);
      break;
    case ERROR:
      defineProperty(target, "cause", { __proto__: null, value: rest[0], writable: true, enumerable: false, configurable: true });
  }
}

// ---------------------------------------------------------------------------------------------
// What others use

/** A value as bytes alone, which another plugin can read: an ArrayBuffer. */
export const serializeToBytes = (value) => write(value, undefined, describer(undefined), lengthLimit);
/** The value of such bytes. */
export const deserializeFromBytes = (bytes) => read(bytes, [], maker([]), fill);

/**
 * Writes a value, and detaches what is to be transferred: `StructuredSerializeWithTransfer`. The result stays in this plugin: it may
 * hold objects.
 */
export function serialize(value, transfer = []) {
  const held = [];
  const senders = [];
  for (let i = 0; i < transfer.length; i++) {
    const item = transfer[i];
    if (indexOf(transfer, item) !== i) throw new DOMException("An object is to be transferred twice", "DataCloneError");
    if (isArrayBuffer(item)) {
      push(senders, undefined);
      continue;
    }
    const platform = platformOf(item);
    if (platform?.send === undefined || !platform.is(item)) {
      throw new DOMException("An object that cannot be transferred is to be", "DataCloneError");
    }
    push(senders, platform);
  }
  const bytes = write(value, transfer, describer(held), lengthLimit);
  const sent = [];
  for (let i = 0; i < transfer.length; i++) {
    const item = transfer[i];
    if (senders[i] === undefined ? bufferDetached(item) : senders[i].isDetached(item)) {
      throw new DOMException("An object to be transferred has been already", "DataCloneError");
    }
  }
  for (let i = 0; i < transfer.length; i++) {
    const item = transfer[i];
    if (senders[i] === undefined) push(sent, { value: bufferTransfer(item), receive: undefined });
    else push(sent, { value: senders[i].send(item), receive: senders[i].receive });
  }
  return { bytes, held, sent };
}

/** The value that `serialize` wrote, and what was transferred with it: `{ value, transferred }`. */
export function deserialize({ bytes, held, sent }) {
  const transferred = [];
  for (let i = 0; i < sent.length; i++) {
    push(transferred, sent[i].receive === undefined ? sent[i].value : sent[i].receive(sent[i].value));
  }
  return { value: read(bytes, transferred, maker(held), fill), transferred };
}

/** `StructuredSerializeOptions` */
export const cloneOptions = dictionary("StructuredSerializeOptions", { transfer: { type: sequence(object), make: () => [] } });

const functions = {
  structuredClone(value, options = undefined) {
    if (arguments.length === 0) required(0, 1, "structuredClone");
    const { transfer } = cloneOptions(options, "structuredClone: options");
    return deserialize(serialize(value, transfer)).value;
  },
};
defineFunctions(functions);

export const { structuredClone } = functions;
