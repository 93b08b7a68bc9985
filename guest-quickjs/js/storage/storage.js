// `Storage`: Web Storage in HTML (WHATWG). https://html.spec.whatwg.org/multipage/webstorage.html#the-storage-interface
//
// A storage object is a proxy, for its keys are its properties ("legacy platform object" in Web IDL). What it stores to is an
// area: an object with `length`, `key`, `getItem`, `setItem`, `removeItem` and `clear`, where nothing is `undefined`.

import {
  Proxy, WeakMap, concat, create, getOwnPropertyDescriptor, ownKeys, weakGet, weakSet,
} from "outwit:webidl/primordials.js";
import { domString, isObject, unsignedLong } from "outwit:webidl/convert.js";
import { defineInterface, illegalConstructor, illegalInvocation, required } from "outwit:webidl/interface.js";

const { defineProperty, deleteProperty, get, has, set } = globalThis.Reflect;

/** The areas of the storage objects. */
const areas = new WeakMap();

function areaOf(storage) {
  const area = isObject(storage) ? weakGet(areas, storage) : undefined;
  if (area === undefined) throw illegalInvocation();
  return area;
}

class Storage {
  constructor() {
    throw illegalConstructor();
  }

  get length() {
    return areaOf(this).length();
  }

  key(index) {
    const area = areaOf(this);
    required(arguments.length, 1, "Storage.key");
    return area.key(unsignedLong(index, "Storage.key: index")) ?? null;
  }

  getItem(key) {
    const area = areaOf(this);
    required(arguments.length, 1, "Storage.getItem");
    return area.getItem(domString(key, "Storage.getItem: key")) ?? null;
  }

  setItem(key, value) {
    const area = areaOf(this);
    required(arguments.length, 2, "Storage.setItem");
    key = domString(key, "Storage.setItem: key");
    area.setItem(key, domString(value, "Storage.setItem: value"));
  }

  removeItem(key) {
    const area = areaOf(this);
    required(arguments.length, 1, "Storage.removeItem");
    area.removeItem(domString(key, "Storage.removeItem: key"));
  }

  clear() {
    areaOf(this).clear();
  }
}
defineInterface(Storage);

/** Makes a storage object over an area. */
export function makeStorage(area) {
  /** Whether this is a name that a key can show under: not one of the interface's own. */
  const isKey = (target, name) => typeof name === "string" && !has(target, name);
  const handler = {
    __proto__: null,

    get(target, name, receiver) {
      if (isKey(target, name)) return area.getItem(name);
      return get(target, name, receiver);
    },

    set(target, name, value, receiver) {
      if (typeof name !== "string") return set(target, name, value);
      area.setItem(name, domString(value, `Storage: ${name}`));
      return true;
    },

    has(target, name) {
      return has(target, name) || (isKey(target, name) && area.getItem(name) !== undefined);
    },

    deleteProperty(target, name) {
      if (isKey(target, name)) {
        area.removeItem(name);
        return true;
      }
      return deleteProperty(target, name);
    },

    defineProperty(target, name, descriptor) {
      if (typeof name !== "string") return defineProperty(target, name, descriptor);
      if (!("value" in descriptor)) return false;
      area.setItem(name, domString(descriptor.value, `Storage: ${name}`));
      return true;
    },

    getOwnPropertyDescriptor(target, name) {
      if (!isKey(target, name)) return getOwnPropertyDescriptor(target, name);
      const value = area.getItem(name);
      if (value === undefined) return undefined;
      return { value, writable: true, enumerable: true, configurable: true };
    },

    ownKeys(target) {
      const names = [];
      const length = area.length();
      for (let index = 0; index < length; index++) {
        const name = area.key(index);
        if (name !== undefined && isKey(target, name)) names[names.length] = name;
      }
      return concat(names, ownKeys(target));
    },

    preventExtensions() {
      return false;
    },
  };
  const storage = new Proxy(create(Storage.prototype), handler);
  weakSet(areas, storage, area);
  return storage;
}

export { Storage };
