// `crypto`: Web Cryptography Level 2 (W3C). https://w3c.github.io/webcrypto/
//
// `getRandomValues` and `randomUUID` are there if the world imports outwit:crypto/entropy, `subtle` if it imports outwit:subtle/keys.
// The seed of `Math.random` comes from the former, too, in the engine.

import { hasInterface, require } from "outwit:engine/modules";
import { DOMException, QuotaExceededError } from "outwit:dom/exception.js";
import {
  Uint8Array, numberToString, setBytes, sliceText, typedArrayBuffer, typedArrayByteLength,
  typedArrayByteOffset, typedArrayName,
} from "outwit:webidl/primordials.js";
import { view } from "outwit:webidl/convert.js";
import { INTERNAL, defineAttribute, defineInterface, illegalInvocation, internalOnly, required } from "outwit:webidl/interface.js";

const isRandom = hasInterface("outwit:crypto/entropy");
const isSubtle = hasInterface("outwit:subtle/keys");
const randomBytes = isRandom ? require("outwit:crypto/entropy.js").randomBytes : undefined;

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
for (let byte = 0; byte < 256; byte++) HEX[byte] = sliceText(numberToString(byte + 256, 16), 1);

function hex(bytes, from, to) {
  let text = "";
  for (let i = from; i < to; i++) text += HEX[bytes[i]];
  return text;
}

class Crypto {
  #brand;

  constructor(key = undefined) {
    internalOnly(key);
  }

  get subtle() {
    if (!(#brand in this)) throw illegalInvocation();
    return require("outwit:crypto/subtle.js").subtle;
  }

  getRandomValues(array) {
    if (!(#brand in this)) throw illegalInvocation();
    required(arguments.length, 1, "Crypto.getRandomValues");
    view(array, "Crypto.getRandomValues: array");
    const kind = typedArrayName(array);
    if (INTEGER_KINDS[kind] === undefined) {
      throw new DOMException(
        `Crypto.getRandomValues: ${kind ?? "DataView"} is not a typed array of integers`,
        "TypeMismatchError",
      );
    }
    const length = typedArrayByteLength(array);
    if (length > QUOTA) {
      throw new QuotaExceededError(`Crypto.getRandomValues: ${length} bytes are more than the ${QUOTA} a call gives`);
    }
    if (length > 0) {
      const bytes = new Uint8Array(typedArrayBuffer(array), typedArrayByteOffset(array), length);
      setBytes(bytes, randomBytes(length));
    }
    return array;
  }

  randomUUID() {
    if (!(#brand in this)) throw illegalInvocation();
    const b = randomBytes(16);
    b[6] = (b[6] & 0x0f) | 0x40;
    b[8] = (b[8] & 0x3f) | 0x80;
    return `${hex(b, 0, 4)}-${hex(b, 4, 6)}-${hex(b, 6, 8)}-${hex(b, 8, 10)}-${hex(b, 10, 16)}`;
  }
}
if (!isSubtle) delete Crypto.prototype.subtle;
if (!isRandom) {
  delete Crypto.prototype.getRandomValues;
  delete Crypto.prototype.randomUUID;
}
defineInterface(Crypto);

const crypto = new Crypto(INTERNAL);
defineAttribute("crypto", () => crypto);

export { Crypto, crypto };
