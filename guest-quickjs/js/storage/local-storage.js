// `localStorage`: Web Storage in HTML (WHATWG), over outwit:storage/local-storage.
// https://html.spec.whatwg.org/multipage/webstorage.html
//
// A storage object is a proxy, for its keys are its properties ("legacy platform object" in Web IDL).

import * as area from "outwit:storage/local-storage";
import { define, defineAccessor } from "outwit:engine/globals";
import { DOMException, QuotaExceededError } from "outwit:dom/exception.js";

const { Proxy, Reflect, String, TypeError } = globalThis;
const { getOwnPropertyDescriptor } = Object;

/** Calls the host, and turns its errors into those of the specification. */
function ask(operation, a, b) {
  try {
    return operation(a, b);
  } catch (error) {
    const payload = error?.payload;
    switch (payload?.tag) {
      case "quota-exceeded":
        throw new QuotaExceededError(`The storage area is full: it holds ${payload.val} bytes`);
      case "not-allowed":
        throw new DOMException("The plugin may not use its storage area", "SecurityError");
      case "other":
        throw new DOMException(payload.val, "UnknownError");
      default:
        throw error;
    }
  }
}

function required(method, given, wanted) {
  if (given < wanted) {
    throw new TypeError(`Storage.${method}: ${wanted} argument${wanted > 1 ? "s" : ""} required, ${given} given`);
  }
}

/** `ToString` of Web IDL: symbols throw. */
function string(value) {
  if (typeof value === "symbol") throw new TypeError("a symbol cannot be converted to a string");
  return String(value);
}

/** The one object that may be `this`; there is no way to make another. */
let localStorage;

function check(receiver) {
  if (receiver !== localStorage) throw new TypeError("Illegal invocation");
}

class Storage {
  constructor() {
    throw new TypeError("Illegal constructor");
  }

  get length() {
    check(this);
    return ask(area.length);
  }

  key(index) {
    check(this);
    required("key", arguments.length, 1);
    return ask(area.key, index >>> 0) ?? null;
  }

  getItem(key) {
    check(this);
    required("getItem", arguments.length, 1);
    return ask(area.getItem, string(key)) ?? null;
  }

  setItem(key, value) {
    check(this);
    required("setItem", arguments.length, 2);
    ask(area.setItem, string(key), string(value));
  }

  removeItem(key) {
    check(this);
    required("removeItem", arguments.length, 1);
    ask(area.removeItem, string(key));
  }

  clear() {
    check(this);
    ask(area.clear);
  }
}

const prototype = Storage.prototype;
for (const name of ["length", "key", "getItem", "setItem", "removeItem", "clear"]) {
  Object.defineProperty(prototype, name, { enumerable: true });
}
Object.defineProperty(prototype, Symbol.toStringTag, { value: "Storage", configurable: true });

/** Whether this is a name that a key can show under: not one of the interface's own. */
const isKey = (target, name) => typeof name === "string" && !(name in target);

const handler = {
  __proto__: null,

  get(target, name, receiver) {
    if (isKey(target, name)) return ask(area.getItem, name);
    return Reflect.get(target, name, receiver);
  },

  set(target, name, value, receiver) {
    if (typeof name !== "string") return Reflect.set(target, name, value, receiver);
    ask(area.setItem, name, string(value));
    return true;
  },

  has(target, name) {
    return name in target || (isKey(target, name) && ask(area.getItem, name) !== undefined);
  },

  deleteProperty(target, name) {
    if (isKey(target, name)) {
      ask(area.removeItem, name);
      return true;
    }
    return Reflect.deleteProperty(target, name);
  },

  defineProperty(target, name, descriptor) {
    if (typeof name !== "string") return Reflect.defineProperty(target, name, descriptor);
    if (!("value" in descriptor)) return false;
    ask(area.setItem, name, string(descriptor.value));
    return true;
  },

  getOwnPropertyDescriptor(target, name) {
    if (!isKey(target, name)) return getOwnPropertyDescriptor(target, name);
    const value = ask(area.getItem, name);
    if (value === undefined) return undefined;
    return { value, writable: true, enumerable: true, configurable: true };
  },

  ownKeys(target) {
    const keys = [];
    const length = ask(area.length);
    for (let index = 0; index < length; index++) {
      const key = ask(area.key, index);
      if (key !== undefined && isKey(target, key)) keys.push(key);
    }
    return [...keys, ...Reflect.ownKeys(target)];
  },

  preventExtensions() {
    return false;
  },
};

localStorage = new Proxy(Object.create(prototype), handler);

define("Storage", Storage);
defineAccessor("localStorage", getOwnPropertyDescriptor({ get localStorage() { return localStorage; } }, "localStorage").get);

export { Storage, localStorage };
