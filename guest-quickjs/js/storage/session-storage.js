// `sessionStorage`: Web Storage in HTML (WHATWG). https://html.spec.whatwg.org/multipage/webstorage.html#the-sessionstorage-attribute
//
// The session is the instance: what is stored here ends with it.

import { QuotaExceededError } from "outwit:dom/exception.js";
import { makeStorage } from "outwit:storage/storage.js";
import { defineAttribute } from "outwit:webidl/interface.js";
import {
  Map, mapClear, mapDelete, mapForEach, mapGet, mapHas, mapSet, mapSize, push,
} from "outwit:webidl/primordials.js";

/** The most code units that all keys and values have together. */
const QUOTA = 5 * 1024 * 1024;

const items = new Map();
/** The keys in their order, until one is added or removed. */
let names;
let used = 0;

function namesInOrder() {
  if (names === undefined) {
    names = [];
    mapForEach(items, (value, key) => push(names, key));
  }
  return names;
}

const sessionStorage = makeStorage({
  length: () => mapSize(items),
  key: (index) => namesInOrder()[index],
  getItem: (key) => mapGet(items, key),
  setItem(key, value) {
    const before = mapGet(items, key);
    const after = used - (before === undefined ? 0 : key.length + before.length) + key.length + value.length;
    if (after > QUOTA) {
      throw new QuotaExceededError(`The session's storage area is full: it holds ${QUOTA} characters`);
    }
    if (before === undefined) names = undefined;
    mapSet(items, key, value);
    used = after;
  },
  removeItem(key) {
    if (!mapHas(items, key)) return;
    used -= key.length + mapGet(items, key).length;
    mapDelete(items, key);
    names = undefined;
  },
  clear() {
    mapClear(items);
    names = undefined;
    used = 0;
  },
});
defineAttribute("sessionStorage", () => sessionStorage);

export { sessionStorage };
