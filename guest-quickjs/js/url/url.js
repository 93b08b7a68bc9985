// `URL`, `URLSearchParams`: URL (WHATWG). https://url.spec.whatwg.org/#api

import { change, originOf, parse, parseQuery, serializeQuery } from "outwit:engine/url";
import {
  TypeError, filter, findIndex, push, sliceText, sort,
} from "outwit:webidl/primordials.js";
import { domString, isObject, iteratorMethod, record, sequence, usvString } from "outwit:webidl/convert.js";
import { INTERNAL, defineInterface, defineIterable, illegalInvocation, required } from "outwit:webidl/interface.js";
import { createObjectURL, revokeObjectURL } from "outwit:url/blob-urls.js";

// The parts that `change` changes.
const PROTOCOL = 0;
const USERNAME = 1;
const PASSWORD = 2;
const HOST = 3;
const HOSTNAME = 4;
const PORT = 5;
const PATHNAME = 6;
const SEARCH = 7;
const HASH = 8;

/** Whether this is a URLSearchParams. */
export let isURLSearchParams;
/** The URLSearchParams of a URL, and giving it the query that the URL has now. */
let createParams, updateParams;
/** Gives a URL the query that its URLSearchParams has now. */
let updateUrl;

/** The names and values of a query, in pairs. */
function pairsOf(query) {
  const flat = parseQuery(query);
  const pairs = [];
  for (let i = 0; i < flat.length; i += 2) push(pairs, [flat[i], flat[i + 1]]);
  return pairs;
}

function queryOf(pairs) {
  const flat = [];
  for (let i = 0; i < pairs.length; i++) push(flat, pairs[i][0], pairs[i][1]);
  return serializeQuery(flat);
}

class URL {
  /** The serialized URL, and where its parts are: see `places` in the engine. */
  #parts;
  #searchParams = undefined;

  constructor(url, base = undefined) {
    if (url === INTERNAL) {
      this.#parts = base;
      return;
    }
    required(arguments.length, 1, "URL");
    url = domString(url, "URL: url");
    if (base !== undefined) base = domString(base, "URL: base");
    const parts = parse(url, base);
    if (parts === undefined) throw new TypeError(`URL: '${url}' is no URL${base === undefined ? "" : ` relative to '${base}'`}`);
    this.#parts = parts;
  }

  static parse(url, base = undefined) {
    required(arguments.length, 1, "URL.parse");
    const parts = parseArguments(url, base, "URL.parse");
    return parts === undefined ? null : new URL(INTERNAL, parts);
  }

  static canParse(url, base = undefined) {
    required(arguments.length, 1, "URL.canParse");
    return parseArguments(url, base, "URL.canParse") !== undefined;
  }

  static createObjectURL(obj) {
    required(arguments.length, 1, "URL.createObjectURL");
    return createObjectURL(obj);
  }

  static revokeObjectURL(url) {
    required(arguments.length, 1, "URL.revokeObjectURL");
    revokeObjectURL(domString(url, "URL.revokeObjectURL: url"));
  }

  #change(part, value, name) {
    const changed = change(this.#parts[0], part, domString(value, `URL.${name}`));
    if (changed !== undefined) this.#parts = changed;
  }

  #slice(from, to) {
    const parts = this.#parts;
    return sliceText(parts[0], parts[from], parts[to]);
  }

  get href() {
    return this.#parts[0];
  }

  set href(value) {
    if (!(#parts in this)) throw illegalInvocation();
    value = domString(value, "URL.href");
    const parts = parse(value, undefined);
    if (parts === undefined) throw new TypeError(`URL.href: '${value}' is no URL`);
    this.#parts = parts;
    updateParams(this.#searchParams, this.search);
  }

  toString() {
    return this.#parts[0];
  }

  get origin() {
    return originOf(this.#parts[0]);
  }

  get protocol() {
    const parts = this.#parts;
    return sliceText(parts[0], 0, parts[1]);
  }

  set protocol(value) {
    this.#change(PROTOCOL, value, "protocol");
  }

  get username() {
    return this.#slice(8, 2);
  }

  set username(value) {
    this.#change(USERNAME, value, "username");
  }

  get password() {
    return this.#slice(9, 3);
  }

  set password(value) {
    this.#change(PASSWORD, value, "password");
  }

  get host() {
    return this.#slice(10, 5);
  }

  set host(value) {
    this.#change(HOST, value, "host");
  }

  get hostname() {
    return this.#slice(10, 4);
  }

  set hostname(value) {
    this.#change(HOSTNAME, value, "hostname");
  }

  get port() {
    return sliceText(this.#slice(4, 5), 1);
  }

  set port(value) {
    this.#change(PORT, value, "port");
  }

  get pathname() {
    return this.#slice(11, 6);
  }

  set pathname(value) {
    this.#change(PATHNAME, value, "pathname");
  }

  get search() {
    const search = this.#slice(6, 7);
    return search === "?" ? "" : search;
  }

  set search(value) {
    this.#change(SEARCH, value, "search");
    updateParams(this.#searchParams, this.search);
  }

  get searchParams() {
    const parts = this.#parts;
    return (this.#searchParams ??= createParams(this, sliceText(parts[0], parts[6] + 1, parts[7])));
  }

  get hash() {
    const parts = this.#parts;
    const hash = sliceText(parts[0], parts[7]);
    return hash === "#" ? "" : hash;
  }

  set hash(value) {
    this.#change(HASH, value, "hash");
  }

  toJSON() {
    return this.#parts[0];
  }

  static {
    updateUrl = (url, query) => url.#change(SEARCH, query === "" ? "" : `?${query}`, "search");
  }
}
defineInterface(URL);

function parseArguments(url, base, name) {
  url = domString(url, `${name}: url`);
  return parse(url, base === undefined ? undefined : domString(base, `${name}: base`));
}

const strings = sequence(usvString);
const pairsType = sequence((value, what) => {
  const pair = strings(value, what);
  if (pair.length !== 2) throw new TypeError(`${what}: not a pair of a name and a value`);
  return pair;
});
const recordType = record(usvString, usvString);

function initialPairs(init) {
  const what = "URLSearchParams: init";
  if (isObject(init)) {
    const method = iteratorMethod(init, what);
    return method === undefined ? recordType(init, what) : pairsType(init, what, method);
  }
  const query = domString(init, what);
  return pairsOf(query[0] === "?" ? sliceText(query, 1) : query);
}

class URLSearchParams {
  #pairs;
  #url;

  constructor(init = "", pairs = undefined, url = undefined) {
    const isInternal = init === INTERNAL;
    this.#pairs = isInternal ? pairs : initialPairs(init);
    this.#url = isInternal ? url : undefined;
  }

  #update() {
    if (this.#url !== undefined) updateUrl(this.#url, queryOf(this.#pairs));
  }

  get size() {
    return this.#pairs.length;
  }

  append(name, value) {
    if (!(#pairs in this)) throw illegalInvocation();
    required(arguments.length, 2, "URLSearchParams.append");
    name = usvString(name, "URLSearchParams.append: name");
    value = usvString(value, "URLSearchParams.append: value");
    push(this.#pairs, [name, value]);
    this.#update();
  }

  delete(name, value = undefined) {
    if (!(#pairs in this)) throw illegalInvocation();
    required(arguments.length, 1, "URLSearchParams.delete");
    const isMeant = matcher(name, value, "delete");
    this.#pairs = filter(this.#pairs, (pair) => !isMeant(pair));
    this.#update();
  }

  get(name) {
    if (!(#pairs in this)) throw illegalInvocation();
    required(arguments.length, 1, "URLSearchParams.get");
    const index = findIndex(this.#pairs, matcher(name, undefined, "get"));
    return index < 0 ? null : this.#pairs[index][1];
  }

  getAll(name) {
    if (!(#pairs in this)) throw illegalInvocation();
    required(arguments.length, 1, "URLSearchParams.getAll");
    const values = [];
    const found = filter(this.#pairs, matcher(name, undefined, "getAll"));
    for (let i = 0; i < found.length; i++) push(values, found[i][1]);
    return values;
  }

  has(name, value = undefined) {
    if (!(#pairs in this)) throw illegalInvocation();
    required(arguments.length, 1, "URLSearchParams.has");
    return findIndex(this.#pairs, matcher(name, value, "has")) >= 0;
  }

  set(name, value) {
    if (!(#pairs in this)) throw illegalInvocation();
    required(arguments.length, 2, "URLSearchParams.set");
    const isMeant = matcher(name, undefined, "set");
    name = usvString(name, "URLSearchParams.set: name");
    value = usvString(value, "URLSearchParams.set: value");
    const first = findIndex(this.#pairs, isMeant);
    if (first < 0) {
      push(this.#pairs, [name, value]);
    } else {
      this.#pairs[first][1] = value;
      this.#pairs = filter(this.#pairs, (pair, index) => index <= first || !isMeant(pair));
    }
    this.#update();
  }

  sort() {
    sort(this.#pairs, ({ 0: one }, { 0: other }) => (one < other ? -1 : one > other ? 1 : 0));
    this.#update();
  }

  toString() {
    return queryOf(this.#pairs);
  }

  static {
    isURLSearchParams = (value) => isObject(value) && #pairs in value;
    createParams = (url, query) => new URLSearchParams(INTERNAL, pairsOf(query), url);
    updateParams = (params, search) => {
      if (params !== undefined) params.#pairs = pairsOf(sliceText(search, 1));
    };
    defineIterable(URLSearchParams, (params) => params.#pairs);
  }
}
defineInterface(URLSearchParams);

/** Whether a pair has this name and, if one is given, this value. */
function matcher(name, value, method) {
  name = usvString(name, `URLSearchParams.${method}: name`);
  if (value === undefined) return (pair) => pair[0] === name;
  value = usvString(value, `URLSearchParams.${method}: value`);
  return (pair) => pair[0] === name && pair[1] === value;
}

export { URL, URLSearchParams };
