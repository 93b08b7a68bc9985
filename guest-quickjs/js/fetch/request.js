// `Request`: Fetch (WHATWG).
// https://fetch.spec.whatwg.org/#request-class
//
// The state of a request: `method`, `url` (as text, with its fragment), `headers` (a list, see `headers.js`), `body` (a `Body` of `body.js`, or
// `null`), `referrer`, `referrerPolicy`, `mode`, `credentials`, `cache`, `redirect`, `integrity`, `keepalive`, `priority`, `signal` (an AbortSignal, or
// `undefined` where nothing could abort it and nobody has looked), `blob` (what a blob: URL stood for when the request was made).

import { require } from "outwit:engine/modules";
import { TypeError, push, slice, startsWith, toUpperCase } from "outwit:webidl/primordials.js";
import {
  any, boolean, byteString, dictionary, domString, enumeration, isObject, nullable, usvString,
} from "outwit:webidl/convert.js";
import { INTERNAL, defineInterface, illegalInvocation, required } from "outwit:webidl/interface.js";
import { bodyInit, defineBody, extractBody } from "outwit:fetch/body.js";
import {
  createHeaders, fillHeaders, guardOf, hasHeader, headersInit, isForbiddenMethod, isToken, pairsOfList,
} from "outwit:fetch/headers.js";
import { parseUrl } from "outwit:fetch/urls.js";
import { isReadableStream } from "outwit:streams/readable-stream.js";
import { blobOfUrl } from "outwit:url/blob-urls.js";

/** Whether this is a Request. */
export let isRequest;
/** The state of a Request. */
export let requestState;

const enumOf = (name, ...values) => ({ type: enumeration(name, values) });

/** As an AbortSignal is a large thing, it only comes into being where somebody has one. */
const abort = () => require("outwit:dom/abort.js");

const requestInit = dictionary("RequestInit", {
  body: { type: nullable(bodyInit) },
  cache: enumOf("RequestCache", "default", "no-store", "reload", "no-cache", "force-cache", "only-if-cached"),
  credentials: enumOf("RequestCredentials", "omit", "same-origin", "include"),
  duplex: enumOf("RequestDuplex", "half"),
  headers: { type: headersInit },
  integrity: { type: domString },
  keepalive: { type: boolean },
  method: { type: byteString },
  mode: enumOf("RequestMode", "navigate", "same-origin", "no-cors", "cors"),
  priority: enumOf("RequestPriority", "high", "low", "auto"),
  redirect: enumOf("RequestRedirect", "follow", "error", "manual"),
  referrer: { type: usvString },
  referrerPolicy: enumOf(
    "ReferrerPolicy", "", "no-referrer", "no-referrer-when-downgrade", "same-origin", "origin", "strict-origin", "origin-when-cross-origin",
    "strict-origin-when-cross-origin", "unsafe-url",
  ),
  signal: {
    type: nullable((value, what) => {
      if (!abort().isAbortSignal(value)) throw new TypeError(`${what}: not of type AbortSignal`);
      return value;
    }),
  },
  window: { type: any },
});

const NORMALIZED = { __proto__: null, DELETE: 0, GET: 0, HEAD: 0, OPTIONS: 0, POST: 0, PUT: 0 };

function normalizeMethod(method) {
  if (!isToken(method)) throw new TypeError(`Request: init.method: '${method}' is not a method`);
  if (isForbiddenMethod(method)) throw new TypeError(`Request: init.method: '${method}' is forbidden`);
  const upper = toUpperCase(method);
  return upper in NORMALIZED ? upper : method;
}

const newState = (url) => ({
  __proto__: null,
  method: "GET",
  url,
  headers: [],
  body: null,
  referrer: "about:client",
  referrerPolicy: "",
  mode: "cors",
  credentials: "same-origin",
  cache: "default",
  redirect: "follow",
  integrity: "",
  keepalive: false,
  priority: "auto",
  signal: undefined,
  blob: startsWith(url, "blob:") ? blobOfUrl(url) : undefined,
});

function parse(text) {
  const url = parseUrl(text);
  if (url === null) throw new TypeError(`Request: input: '${text}' is not a URL`);
  if (url.username !== "" || url.password !== "") throw new TypeError("Request: input: the URL has a user name or a password");
  return url.href;
}

function isEmpty(init) {
  for (const _ in init) return false;
  return true;
}

class Request {
  #state;
  #headers;

  constructor(input, init = undefined, guard = undefined) {
    if (input === INTERNAL) {
      this.#state = init;
      this.#headers = createHeaders(init.headers, guard);
      return;
    }
    if (arguments.length === 0) required(0, 1, "Request");
    const from = isRequest(input) ? input : undefined;
    if (from === undefined) input = usvString(input, "Request: input");
    init = requestInit(init, "Request: init");
    const given = from?.#state;
    const state = newState(from === undefined ? parse(input) : given.url);
    if (from !== undefined) inherit(state, given);
    if ("window" in init && init.window !== null) throw new TypeError("Request: init.window: it can only be null");
    if (!isEmpty(init)) {
      if (state.mode === "navigate") state.mode = "same-origin";
      state.referrer = "about:client";
      state.referrerPolicy = "";
    }
    configure(state, init);
    this.#state = state;
    const signal = init.signal === undefined ? given?.signal : init.signal;
    if (signal !== undefined && signal !== null) state.signal = abort().createDependentSignal([signal]);

    guard = "request";
    if (state.mode === "no-cors") {
      if (state.method !== "GET" && state.method !== "HEAD" && state.method !== "POST") {
        throw new TypeError(`Request: init.method: '${state.method}' is not possible with the mode 'no-cors'`);
      }
      guard = "request-no-cors";
    }
    this.#headers = createHeaders(state.headers, guard);
    if (init.headers !== undefined) fillHeaders(this.#headers, init.headers);
    else if (from !== undefined) fillHeaders(this.#headers, pairsOfList(given.headers));

    const hasBody = init.body !== undefined && init.body !== null;
    const inherited = from === undefined || hasBody ? null : given.body;
    if ((hasBody || inherited !== null) && (state.method === "GET" || state.method === "HEAD")) {
      throw new TypeError(`Request: a request with the method '${state.method}' has no body`);
    }
    if (hasBody) {
      if (isReadableStream(init.body) && state.keepalive) throw new TypeError("Request: a stream cannot be kept alive");
      const { body, type } = extractBody(init.body);
      if (type !== null && !hasHeader(state.headers, "content-type")) push(state.headers, "content-type", type);
      state.body = body;
      if (body.size === undefined) {
        if (init.duplex === undefined) throw new TypeError("Request: init.duplex: a stream needs 'half'");
        if (state.mode !== "same-origin" && state.mode !== "cors") {
          throw new TypeError(`Request: a stream is not possible with the mode '${state.mode}'`);
        }
      }
    } else if (inherited !== null) {
      if (inherited.isUsed || inherited.isLocked) throw new TypeError("Request: input: its body has been read, or is being read");
      state.body = inherited.proxy();
    }
  }

  static {
    isRequest = (value) => isObject(value) && #state in value;
    requestState = (request) => {
      if (!(#state in request)) throw illegalInvocation();
      return request.#state;
    };
  }

  get method() {
    if (!(#state in this)) throw illegalInvocation();
    return this.#state.method;
  }

  get url() {
    if (!(#state in this)) throw illegalInvocation();
    return this.#state.url;
  }

  get headers() {
    if (!(#state in this)) throw illegalInvocation();
    return this.#headers;
  }

  get destination() {
    if (!(#state in this)) throw illegalInvocation();
    return "";
  }

  get referrer() {
    if (!(#state in this)) throw illegalInvocation();
    return this.#state.referrer;
  }

  get referrerPolicy() {
    if (!(#state in this)) throw illegalInvocation();
    return this.#state.referrerPolicy;
  }

  get mode() {
    if (!(#state in this)) throw illegalInvocation();
    return this.#state.mode;
  }

  get credentials() {
    if (!(#state in this)) throw illegalInvocation();
    return this.#state.credentials;
  }

  get cache() {
    if (!(#state in this)) throw illegalInvocation();
    return this.#state.cache;
  }

  get redirect() {
    if (!(#state in this)) throw illegalInvocation();
    return this.#state.redirect;
  }

  get integrity() {
    if (!(#state in this)) throw illegalInvocation();
    return this.#state.integrity;
  }

  get keepalive() {
    if (!(#state in this)) throw illegalInvocation();
    return this.#state.keepalive;
  }

  get isReloadNavigation() {
    if (!(#state in this)) throw illegalInvocation();
    return false;
  }

  get isHistoryNavigation() {
    if (!(#state in this)) throw illegalInvocation();
    return false;
  }

  get signal() {
    if (!(#state in this)) throw illegalInvocation();
    return (this.#state.signal ??= abort().createSignal());
  }

  get duplex() {
    if (!(#state in this)) throw illegalInvocation();
    return "half";
  }

  clone() {
    if (!(#state in this)) throw illegalInvocation();
    const state = this.#state;
    if (state.body !== null && (state.body.isUsed || state.body.isLocked)) {
      throw new TypeError("Request.clone: the body has been read, or is being read");
    }
    const copy = newState(state.url);
    inherit(copy, state);
    copy.headers = slice(state.headers);
    copy.body = state.body === null ? null : state.body.clone();
    if (state.signal !== undefined) copy.signal = abort().createDependentSignal([state.signal]);
    return new Request(INTERNAL, copy, guardOf(this.#headers));
  }
}
defineBody(Request, (object) => requestState(object), "Request");
defineInterface(Request);

function inherit(state, given) {
  state.blob = given.blob;
  state.method = given.method;
  state.referrer = given.referrer;
  state.referrerPolicy = given.referrerPolicy;
  state.mode = given.mode;
  state.credentials = given.credentials;
  state.cache = given.cache;
  state.redirect = given.redirect;
  state.integrity = given.integrity;
  state.keepalive = given.keepalive;
  state.priority = given.priority;
}

function configure(state, init) {
  if ("referrer" in init) state.referrer = referrer(init.referrer);
  if ("referrerPolicy" in init) state.referrerPolicy = init.referrerPolicy;
  if (init.mode === "navigate") throw new TypeError("Request: init.mode: 'navigate' is not possible");
  if ("mode" in init) state.mode = init.mode;
  if ("credentials" in init) state.credentials = init.credentials;
  if ("cache" in init) state.cache = init.cache;
  if (state.cache === "only-if-cached" && state.mode !== "same-origin") {
    throw new TypeError("Request: init.cache: 'only-if-cached' needs the mode 'same-origin'");
  }
  if ("redirect" in init) state.redirect = init.redirect;
  if ("integrity" in init) state.integrity = init.integrity;
  if ("keepalive" in init) state.keepalive = init.keepalive;
  if ("method" in init) state.method = normalizeMethod(init.method);
  if ("priority" in init) state.priority = init.priority;
}

function referrer(text) {
  if (text === "") return "";
  const url = parseUrl(text);
  if (url === null) throw new TypeError(`Request: init.referrer: '${text}' is not a URL`);
  return url.href === "about:client" ? "about:client" : url.href;
}

export { Request };
