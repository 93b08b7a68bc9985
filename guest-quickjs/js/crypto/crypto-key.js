// `CryptoKey`: https://w3c.github.io/webcrypto/#cryptokey-interface
//
// The key itself stays in the host; here are its handle and what is known of it.

import { DOMException } from "outwit:dom/exception.js";
import { isObject } from "outwit:webidl/convert.js";
import { INTERNAL, defineInterface, illegalInvocation, internalOnly } from "outwit:webidl/interface.js";
import { defineSerializable } from "outwit:webidl/platform.js";
import { push } from "outwit:webidl/primordials.js";

/** The usages, in the order in which they are listed. */
export const USAGES = [
  "encrypt",
  "decrypt",
  "sign",
  "verify",
  "deriveKey",
  "deriveBits",
  "wrapKey",
  "unwrapKey",
  "encapsulateKey",
  "encapsulateBits",
  "decapsulateKey",
  "decapsulateBits",
];

let slots;
let isCryptoKey;

class CryptoKey {
  #slots;

  constructor(key = undefined, handle = undefined, describe = undefined) {
    internalOnly(key);
    const { kind, extractable, algorithm, usages } = handle.info();
    const list = [];
    for (let i = 0; i < USAGES.length; i++) if (usages[USAGES[i]]) list[list.length] = USAGES[i];
    const described = describe(algorithm);
    const { name } = described;
    this.#slots = { __proto__: null, handle, type: kind, extractable, algorithm: described, usages: list, name, describe };
  }

  get type() {
    return slots(this).type;
  }

  get extractable() {
    return slots(this).extractable;
  }

  get algorithm() {
    return slots(this).algorithm;
  }

  get usages() {
    return slots(this).usages;
  }

  static {
    isCryptoKey = (value) => isObject(value) && #slots in value;
    slots = (value) => {
      if (!isCryptoKey(value)) throw illegalInvocation();
      return value.#slots;
    };
  }
}
defineInterface(CryptoKey);

// A copy is the same key of the host, so one goes no further than this plugin.
defineSerializable(CryptoKey, "outwit:crypto/crypto-key.js#CryptoKey", {
  is: isCryptoKey,
  write: (key, held) => {
    if (held === undefined) throw new DOMException("A CryptoKey cannot leave the plugin", "DataCloneError");
    const { handle, describe } = slots(key);
    return push(held, { handle, describe }) - 1;
  },
  read: (place, held) => new CryptoKey(INTERNAL, held[place].handle, held[place].describe),
});

/** A key of the host as an object; `describe` makes its `algorithm`. */
export const wrapped = (handle, describe) => new CryptoKey(INTERNAL, handle, describe);
/** The key in the host. */
export const handleOf = (key) => slots(key).handle;
/** The name of the algorithm, whatever the plugin has done to the object that says it. */
export const nameOf = (key) => slots(key).name;
export { CryptoKey, isCryptoKey };
