// `KeyValueStore`: values kept between runs, over outwit:keyvalue/store. No specification has it; it is made like those that do.

import * as host from "outwit:keyvalue/store";
import { decode, encode } from "outwit:keyvalue/text.js";
import { bytesOf } from "outwit:crypto/values.js";
import { DOMException, QuotaExceededError } from "outwit:dom/exception.js";
import {
  bufferSource, dictionary, isBufferSource, nullable, sequence, usvString,
} from "outwit:webidl/convert.js";
import { INTERNAL, defineInterface, illegalInvocation, internalOnly, required } from "outwit:webidl/interface.js";
import { wrongType } from "outwit:webidl/errors.js";

const { asyncIterator } = globalThis.Symbol;

/** How many keys one call of the host lists. */
const PAGE = 256;

const listOptions = dictionary("KeyValueListOptions", {
  after: { type: nullable(usvString), default: null },
  prefix: { type: usvString, default: "" },
});
/** A key and a value, or no value. */
const pair = (value, what) => {
  const list = sequence((item) => item)(value, what);
  if (list.length === 0 || list.length > 2) throw wrongType(what, "not a key and a value");
  return { key: usvString(list[0], what), value: optionalBytes(list[1], what) };
};
const pairs = sequence(pair);

/** `(USVString or BufferSource)`, as bytes. */
function bytes(value, what) {
  if (isBufferSource(value)) return bytesOf(bufferSource(value, what));
  return encode(usvString(value, what));
}

/** The same, or nothing. */
const optionalBytes = (value, what) => (value === undefined || value === null ? undefined : bytes(value, what));

/** Awaits the host, and turns its errors into those of the web. */
async function ask(answer) {
  try {
    return await answer;
  } catch (error) {
    throw translated(error);
  }
}

function translated(error) {
  const payload = error?.payload;
  switch (payload?.tag) {
    case "quota-exceeded":
      return new QuotaExceededError(`The store is full: it holds ${payload.val} bytes`);
    case "key-too-long":
      return new QuotaExceededError(`A key has at most ${payload.val} bytes`);
    case "value-too-long":
      return new QuotaExceededError(`A value has at most ${payload.val} bytes`);
    case "too-many-buckets":
      return new QuotaExceededError(`There are ${payload.val} stores already, which is all there may be`);
    case "bad-name":
      return new DOMException(`The name of a store has 1 to ${payload.val} bytes`, "SyntaxError");
    case "not-allowed":
      return new DOMException("The plugin may not use key-value stores", "SecurityError");
    case "other":
      return new DOMException(payload.val, "UnknownError");
    default:
      return error;
  }
}

class KeyValueStore {
  #bucket;
  #name;

  constructor(key = undefined, bucket = undefined, name = undefined) {
    internalOnly(key);
    this.#bucket = bucket;
    this.#name = name;
  }

  static async open(name) {
    required(arguments.length, 1, "KeyValueStore.open");
    name = usvString(name, "KeyValueStore.open: name");
    return new KeyValueStore(INTERNAL, await ask(host.open(name)), name);
  }

  static async names() {
    return ask(host.buckets());
  }

  static async delete(name) {
    required(arguments.length, 1, "KeyValueStore.delete");
    await ask(host.remove(usvString(name, "KeyValueStore.delete: name")));
  }

  get name() {
    if (!(#bucket in this)) throw illegalInvocation();
    return this.#name;
  }

  async get(key) {
    if (!(#bucket in this)) throw illegalInvocation();
    required(arguments.length, 1, "KeyValueStore.get");
    return ask(this.#bucket.get(usvString(key, "KeyValueStore.get: key")));
  }

  async getText(key) {
    if (!(#bucket in this)) throw illegalInvocation();
    required(arguments.length, 1, "KeyValueStore.getText");
    const found = await ask(this.#bucket.get(usvString(key, "KeyValueStore.getText: key")));
    return found === undefined ? undefined : decode(found);
  }

  async set(key, value) {
    if (!(#bucket in this)) throw illegalInvocation();
    required(arguments.length, 2, "KeyValueStore.set");
    key = usvString(key, "KeyValueStore.set: key");
    await ask(this.#bucket.set(key, bytes(value, "KeyValueStore.set: value")));
  }

  async delete(key) {
    if (!(#bucket in this)) throw illegalInvocation();
    required(arguments.length, 1, "KeyValueStore.delete");
    await ask(this.#bucket.delete(usvString(key, "KeyValueStore.delete: key")));
  }

  async compareAndSet(key, expected, value) {
    if (!(#bucket in this)) throw illegalInvocation();
    required(arguments.length, 3, "KeyValueStore.compareAndSet");
    key = usvString(key, "KeyValueStore.compareAndSet: key");
    expected = optionalBytes(expected, "KeyValueStore.compareAndSet: expected");
    value = optionalBytes(value, "KeyValueStore.compareAndSet: value");
    return ask(this.#bucket.commit([{ key, value: expected }], [change({ key, value })]));
  }

  async commit(changes, expectations = []) {
    if (!(#bucket in this)) throw illegalInvocation();
    required(arguments.length, 1, "KeyValueStore.commit");
    const list = pairs(changes, "KeyValueStore.commit: changes");
    expectations = pairs(expectations, "KeyValueStore.commit: expectations");
    for (let i = 0; i < list.length; i++) list[i] = change(list[i]);
    return ask(this.#bucket.commit(expectations, list));
  }

  keys(options = {}) {
    if (!(#bucket in this)) throw illegalInvocation();
    const { prefix, after } = listOptions(options, "KeyValueStore.keys: options");
    const bucket = this.#bucket;
    return list((range) => bucket.keys(range), prefix, after, (key) => key, (key) => key);
  }

  entries(options = {}) {
    if (!(#bucket in this)) throw illegalInvocation();
    const { prefix, after } = listOptions(options, "KeyValueStore.entries: options");
    const bucket = this.#bucket;
    return list((range) => bucket.entries(range), prefix, after, ({ key }) => key, ({ key, value }) => [key, value]);
  }
}

const change = ({ key, value }) =>
  value === undefined ? { tag: "delete", val: key } : { tag: "set", val: { key, value } };

/** All items of a range, a page at a time. */
async function* list(read, prefix, after, keyOf, shown) {
  after ??= undefined;
  for (;;) {
    const page = await ask(read({ prefix, after, limit: PAGE }));
    if (page.length === 0) return;
    for (let i = 0; i < page.length; i++) yield shown(page[i]);
    after = keyOf(page[page.length - 1]);
  }
}

KeyValueStore.prototype[asyncIterator] = KeyValueStore.prototype.entries;
Object.defineProperty(KeyValueStore.prototype, asyncIterator, { enumerable: false });
defineInterface(KeyValueStore);

export { KeyValueStore };
