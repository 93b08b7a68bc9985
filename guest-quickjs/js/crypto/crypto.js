// `crypto.getRandomValues` and `crypto.randomUUID`: Web Cryptography Level 2 (W3C), over
// outwit:crypto/entropy. https://w3c.github.io/webcrypto/
//
// The seed of `Math.random` comes from the same import, in the engine.

import { getRandomBytes } from "outwit:crypto/entropy";
import { define, defineAccessor } from "outwit:engine/globals";
import { DOMException, QuotaExceededError } from "outwit:dom/exception.js";

const { TypeError, Uint8Array } = globalThis;
const { set: copyInto } = Uint8Array.prototype;
const typedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype);
const uncurry = (f) => Function.prototype.call.bind(f);
const getter = (prototype, name) =>
  uncurry(Object.getOwnPropertyDescriptor(prototype, name).get);
const kindOf = getter(typedArrayPrototype, Symbol.toStringTag);
const bufferOf = getter(typedArrayPrototype, "buffer");
const byteOffsetOf = getter(typedArrayPrototype, "byteOffset");
const byteLengthOf = getter(typedArrayPrototype, "byteLength");
const copy = uncurry(copyInto);
const isView = ArrayBuffer.isView;
const toString = uncurry(Number.prototype.toString);

/** The most bytes that one call gives. */
const QUOTA = 65536;

const INTEGER_KINDS = {
  __proto__: null,
  Int8Array: true,
  Uint8Array: true,
  Uint8ClampedArray: true,
  Int16Array: true,
  Uint16Array: true,
  Int32Array: true,
  Uint32Array: true,
  BigInt64Array: true,
  BigUint64Array: true,
};

const HEX = [];
for (let byte = 0; byte < 256; byte++) HEX[byte] = toString(byte + 256, 16).slice(1);

/** The one object that may be `this`; there is no way to make another. */
let crypto;

function check(receiver) {
  if (receiver !== crypto) throw new TypeError("Illegal invocation");
}

/** Asks the host, and turns its errors into those of the specification. */
function randomBytes(length) {
  try {
    return getRandomBytes(length);
  } catch (error) {
    const payload = error?.payload;
    switch (payload?.tag) {
      case "quota-exceeded":
        throw new QuotaExceededError(`The host gives at most ${payload.val} random bytes a call`);
      case "not-allowed":
        throw new DOMException("The plugin may not have randomness", "NotAllowedError");
      case "other":
        throw new DOMException(payload.val, "OperationError");
      default:
        throw error;
    }
  }
}

class Crypto {
  constructor() {
    throw new TypeError("Illegal constructor");
  }

  getRandomValues(array) {
    check(this);
    if (!isView(array)) {
      throw new TypeError("crypto.getRandomValues: the argument is not an ArrayBufferView");
    }
    const kind = kindOf(array);
    if (INTEGER_KINDS[kind] === undefined) {
      throw new DOMException(
        `crypto.getRandomValues: ${kind ?? "DataView"} is not a typed array of integers`,
        "TypeMismatchError",
      );
    }
    const length = byteLengthOf(array);
    if (length > QUOTA) {
      throw new QuotaExceededError(
        `crypto.getRandomValues: ${length} bytes are more than the ${QUOTA} a call gives`,
        { quota: QUOTA, requested: length },
      );
    }
    if (length > 0) {
      const bytes = new Uint8Array(bufferOf(array), byteOffsetOf(array), length);
      copy(bytes, randomBytes(length));
    }
    return array;
  }

  randomUUID() {
    check(this);
    const b = randomBytes(16);
    b[6] = (b[6] & 0x0f) | 0x40;
    b[8] = (b[8] & 0x3f) | 0x80;
    const hex = (from, to) => {
      let text = "";
      for (let i = from; i < to; i++) text += HEX[b[i]];
      return text;
    };
    return `${hex(0, 4)}-${hex(4, 6)}-${hex(6, 8)}-${hex(8, 10)}-${hex(10, 16)}`;
  }
}

for (const name of ["getRandomValues", "randomUUID"]) {
  Object.defineProperty(Crypto.prototype, name, { enumerable: true });
}
Object.defineProperty(Crypto.prototype, Symbol.toStringTag, { value: "Crypto", configurable: true });

crypto = Object.create(Crypto.prototype);

define("Crypto", Crypto);
defineAccessor("crypto", Object.getOwnPropertyDescriptor({ get crypto() { return crypto; } }, "crypto").get);

export { Crypto, crypto };
