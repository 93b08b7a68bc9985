// `localStorage`: Web Storage in HTML (WHATWG), over outwit:storage/local-storage.
// https://html.spec.whatwg.org/multipage/webstorage.html#the-localstorage-attribute

import * as host from "outwit:storage/local-storage";
import { DOMException, QuotaExceededError } from "outwit:dom/exception.js";
import { makeStorage } from "outwit:storage/storage.js";
import { defineAttribute } from "outwit:webidl/interface.js";

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

const localStorage = makeStorage({
  length: () => ask(host.length),
  key: (index) => ask(host.key, index),
  getItem: (key) => ask(host.getItem, key),
  setItem: (key, value) => ask(host.setItem, key, value),
  removeItem: (key) => ask(host.removeItem, key),
  clear: () => ask(host.clear),
});
defineAttribute("localStorage", () => localStorage);

export { localStorage };
