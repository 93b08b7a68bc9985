// `Headers`: Fetch (WHATWG).
// https://fetch.spec.whatwg.org/#headers-class
//
// A list of headers is an array of names, in lower case, and values in turn: `["accept", "*/*", …]`.

import {
  charCodeAt, exec, iterator, push, sort, splice, startsWith, sliceText, split, toLowerCase, toUpperCase, Set, TypeError, setHas,
} from "outwit:webidl/primordials.js";
import { byteString, isObject, iteratorMethod, record, sequence } from "outwit:webidl/convert.js";
import { INTERNAL, defineInterface, defineIterable, illegalInvocation, required } from "outwit:webidl/interface.js";

// ---------------------------------------------------------------------------------------------
// Lists

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

export const isToken = (text) => exec(TOKEN, text) !== null;

/** A name as it is in lists. */
function nameOf(name, what) {
  if (!isToken(name)) throw new TypeError(`${what}: '${name}' is not a header name`);
  return toLowerCase(name);
}

const isSpace = (code) => code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;

/** A value without the white space around it. */
export function normalizeValue(value) {
  let start = 0;
  let end = value.length;
  while (start < end && isSpace(charCodeAt(value, start))) start++;
  while (end > start && isSpace(charCodeAt(value, end - 1))) end--;
  return start === 0 && end === value.length ? value : sliceText(value, start, end);
}

function checkValue(value, what) {
  for (let i = 0; i < value.length; i++) {
    const code = charCodeAt(value, i);
    if (code === 0 || code === 0x0a || code === 0x0d) throw new TypeError(`${what}: the value has a line break or a NUL`);
  }
  return value;
}

function indexOf(list, name) {
  for (let i = 0; i < list.length; i += 2) if (list[i] === name) return i;
  return -1;
}

/** All values of a header, combined; `null` if there are none. */
export function getHeader(list, name) {
  let found = null;
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] === name) found = found === null ? list[i + 1] : `${found}, ${list[i + 1]}`;
  }
  return found;
}

export const hasHeader = (list, name) => indexOf(list, name) >= 0;

function removeHeader(list, name, from = 0) {
  for (let i = list.length - 2; i >= from; i -= 2) if (list[i] === name) splice(list, i, 2);
}

/** A list as `[name, value]` pairs. */
export function pairsOfList(list) {
  const pairs = [];
  for (let i = 0; i < list.length; i += 2) push(pairs, [list[i], list[i + 1]]);
  return pairs;
}

/** Replaces what there is of a header. */
export function setHeader(list, name, value) {
  const index = indexOf(list, name);
  if (index < 0) {
    push(list, name, value);
    return;
  }
  list[index + 1] = value;
  removeHeader(list, name, index + 2);
}

/** The headers as an iteration gives them: sorted, those of one name combined unless they are cookies. */
function sortAndCombine(list) {
  const names = [];
  const known = { __proto__: null };
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] in known) continue;
    known[list[i]] = true;
    push(names, list[i]);
  }
  sort(names);
  const pairs = [];
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    if (name !== "set-cookie") {
      push(pairs, [name, getHeader(list, name)]);
    } else {
      for (let k = 0; k < list.length; k += 2) if (list[k] === name) push(pairs, [name, list[k + 1]]);
    }
  }
  return pairs;
}

// ---------------------------------------------------------------------------------------------
// What may not be set

const FORBIDDEN = new Set([
  "accept-charset", "accept-encoding", "access-control-request-headers", "access-control-request-method", "connection", "content-length", "cookie",
  "cookie2", "date", "dnt", "expect", "host", "keep-alive", "origin", "referer", "set-cookie", "te", "trailer", "transfer-encoding", "upgrade", "via",
]);
const OVERRIDES = new Set(["x-http-method", "x-http-method-override", "x-method-override"]);
const FORBIDDEN_METHODS = new Set(["CONNECT", "TRACE", "TRACK"]);

export const isForbiddenMethod = (method) => setHas(FORBIDDEN_METHODS, toUpperCase(method));

/** Whether only the host may set this header of a request. */
export function isForbidden(name, value) {
  if (setHas(FORBIDDEN, name) || startsWith(name, "proxy-") || startsWith(name, "sec-")) return true;
  if (!setHas(OVERRIDES, name)) return false;
  const methods = split(value, ",");
  for (let i = 0; i < methods.length; i++) if (isForbiddenMethod(normalizeValue(methods[i]))) return true;
  return false;
}

const UNSAFE_BYTE = /[\x00-\x08\x0a-\x1f"():<>?@[\\\]{}\x7f]/;
const UNSAFE_LANGUAGE_BYTE = /[^0-9A-Za-z *,\-.;=]/;
const FORM_TYPE = /^[\t\n\r ]*(?:application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)[\t\n\r ]*(?:;|$)/i;

/** Whether a request without CORS may have this header. */
function isSafe(name, value) {
  if (value.length > 128) return false;
  switch (name) {
    case "accept":
      return exec(UNSAFE_BYTE, value) === null;
    case "accept-language":
    case "content-language":
      return exec(UNSAFE_LANGUAGE_BYTE, value) === null;
    case "content-type":
      return exec(UNSAFE_BYTE, value) === null && exec(FORM_TYPE, value) !== null;
    default:
      return false;
  }
}

const SAFE_NAMES = new Set(["accept", "accept-language", "content-language", "content-type"]);

// ---------------------------------------------------------------------------------------------
// The class

/** Whether this is a Headers. */
export let isHeaders;
/** The list of a Headers. */
export let listOf;
/** What may be set. */
export let guardOf;
let appendHeader;
let pairsOf;

class Headers {
  #list = [];
  #guard = "none";
  /** What an iteration gives, as long as nothing changes. */
  #sorted = undefined;

  constructor(init = undefined, list = undefined, guard = undefined) {
    if (init === INTERNAL) {
      this.#list = list;
      this.#guard = guard;
      return;
    }
    if (init !== undefined) fillHeaders(this, headersInit(init, "Headers: init"));
  }

  static {
    isHeaders = (value) => isObject(value) && #list in value;
    listOf = (headers) => headers.#list;
    guardOf = (headers) => headers.#guard;
    appendHeader = (headers, name, value, what) => headers.#append(name, value, what);
    pairsOf = (headers) => {
      if (!isHeaders(headers)) throw illegalInvocation();
      return (headers.#sorted ??= sortAndCombine(headers.#list));
    };
  }

  /** Whether a change is to be made; throws if it must not be tried. */
  #allows(name, value, what) {
    switch (this.#guard) {
      case "none":
        return true;
      case "immutable":
        throw new TypeError(`${what}: these headers cannot be changed`);
      case "response":
        return name !== "set-cookie" && name !== "set-cookie2";
      default:
        return !isForbidden(name, value);
    }
  }

  #append(name, value, what) {
    value = normalizeValue(value);
    name = nameOf(name, what);
    checkValue(value, what);
    if (!this.#allows(name, value, what)) return;
    if (this.#guard === "request-no-cors") {
      const before = getHeader(this.#list, name);
      if (!isSafe(name, before === null ? value : `${before}, ${value}`)) return;
    }
    push(this.#list, name, value);
    this.#changed();
  }

  #changed() {
    if (this.#guard === "request-no-cors") removeHeader(this.#list, "range");
    this.#sorted = undefined;
  }

  append(name, value) {
    if (!(#list in this)) throw illegalInvocation();
    const what = "Headers.append";
    if (arguments.length < 2) required(arguments.length, 2, what);
    this.#append(byteString(name, `${what}: name`), byteString(value, `${what}: value`), what);
  }

  delete(name) {
    if (!(#list in this)) throw illegalInvocation();
    const what = "Headers.delete";
    if (arguments.length === 0) required(0, 1, what);
    name = nameOf(byteString(name, `${what}: name`), what);
    if (!this.#allows(name, "", what)) return;
    if (this.#guard === "request-no-cors" && !setHas(SAFE_NAMES, name) && name !== "range") return;
    if (!hasHeader(this.#list, name)) return;
    removeHeader(this.#list, name);
    this.#changed();
  }

  get(name) {
    if (!(#list in this)) throw illegalInvocation();
    const what = "Headers.get";
    if (arguments.length === 0) required(0, 1, what);
    return getHeader(this.#list, nameOf(byteString(name, `${what}: name`), what));
  }

  getSetCookie() {
    if (!(#list in this)) throw illegalInvocation();
    const list = this.#list;
    const cookies = [];
    for (let i = 0; i < list.length; i += 2) if (list[i] === "set-cookie") push(cookies, list[i + 1]);
    return cookies;
  }

  has(name) {
    if (!(#list in this)) throw illegalInvocation();
    const what = "Headers.has";
    if (arguments.length === 0) required(0, 1, what);
    return hasHeader(this.#list, nameOf(byteString(name, `${what}: name`), what));
  }

  set(name, value) {
    if (!(#list in this)) throw illegalInvocation();
    const what = "Headers.set";
    if (arguments.length < 2) required(arguments.length, 2, what);
    name = byteString(name, `${what}: name`);
    value = normalizeValue(byteString(value, `${what}: value`));
    name = nameOf(name, what);
    checkValue(value, what);
    if (!this.#allows(name, value, what)) return;
    if (this.#guard === "request-no-cors" && !isSafe(name, value)) return;
    setHeader(this.#list, name, value);
    this.#changed();
  }
}

const sequenceInit = sequence(sequence(byteString));
const recordInit = record(byteString, byteString);

/** `HeadersInit`: an array of pairs. */
export function headersInit(value, what) {
  if (!isObject(value)) throw new TypeError(`${what}: not an object`);
  const method = iteratorMethod(value, what);
  if (method === undefined) return recordInit(value, what);
  if (method === originalIterator && isHeaders(value)) return pairsOf(value);
  const pairs = sequenceInit(value, what, method);
  for (let i = 0; i < pairs.length; i++) {
    if (pairs[i].length !== 2) throw new TypeError(`${what}[${i}]: not a name and a value`);
  }
  return pairs;
}

/** Appends pairs. */
export function fillHeaders(headers, pairs) {
  for (let i = 0; i < pairs.length; i++) appendHeader(headers, pairs[i][0], pairs[i][1], "Headers");
}

defineIterable(Headers, (headers) => pairsOf(headers));
const originalIterator = Headers.prototype[iterator];
defineInterface(Headers);

/** A Headers over a list. Guards are `none`, `immutable`, `request`, `request-no-cors`, `response`. */
export const createHeaders = (list, guard) => new Headers(INTERNAL, list, guard);

export { Headers };
