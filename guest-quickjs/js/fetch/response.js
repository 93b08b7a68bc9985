// `Response`: Fetch (WHATWG).
// https://fetch.spec.whatwg.org/#response-class
//
// The state of a response: `type`, `urls` (those it came from, without fragments, the last being its own), `status`, `statusText`, `headers` (a list, see
// `headers.js`), `body` (a `Body` of `body.js`, or `null`). `createResponse(state)` makes one whose headers cannot be changed.

import { JSON, RangeError, TypeError, exec, push, slice, toWellFormed } from "outwit:webidl/primordials.js";
import {
  byteString, dictionary, isObject, nullable, unsignedShort, usvString,
} from "outwit:webidl/convert.js";
import { INTERNAL, defineInterface, illegalInvocation, required } from "outwit:webidl/interface.js";
import { bodyInit, bodyOfText, defineBody, extractBody } from "outwit:fetch/body.js";
import { createHeaders, fillHeaders, guardOf, hasHeader, headersInit } from "outwit:fetch/headers.js";
import { parseUrl } from "outwit:fetch/urls.js";

const { stringify } = JSON;

/** Whether this is a Response. */
export let isResponse;
/** The state of a Response. */
export let responseState;

const body = nullable(bodyInit);
const responseInit = dictionary("ResponseInit", {
  headers: { type: headersInit },
  status: { type: unsignedShort, default: 200 },
  statusText: { type: byteString, default: "" },
});

const newState = (type, status) => ({
  __proto__: null, type, urls: [], status, statusText: "", headers: [], body: null,
});

const isNullBody = (status) => status === 101 || status === 103 || status === 204 || status === 205 || status === 304;
const isRedirect = (status) => status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
const REASON = /^[\t\x20-\x7e\x80-\xff]*$/;

class Response {
  #state;
  #headers;

  constructor(content = null, init = undefined, guard = undefined) {
    if (content === INTERNAL) {
      this.#state = init;
      this.#headers = createHeaders(init.headers, guard);
      return;
    }
    content = body(content, "Response: body");
    this.#initialize(responseInit(init, "Response: init"), content === null ? null : extractBody(content));
  }

  static {
    isResponse = (value) => isObject(value) && #state in value;
    responseState = (response) => {
      if (!(#state in response)) throw illegalInvocation();
      return response.#state;
    };
  }

  #initialize({ status, statusText, headers }, extracted) {
    if (status < 200 || status > 599) throw new RangeError(`Response: init.status: ${status} is not between 200 and 599`);
    if (exec(REASON, statusText) === null) throw new TypeError("Response: init.statusText: not a reason phrase");
    const state = newState("default", status);
    state.statusText = statusText;
    this.#state = state;
    this.#headers = createHeaders(state.headers, "response");
    if (headers !== undefined) fillHeaders(this.#headers, headers);
    if (extracted === null) return;
    if (isNullBody(status)) throw new TypeError(`Response: a response with status ${status} has no body`);
    state.body = extracted.body;
    if (extracted.type !== null && !hasHeader(state.headers, "content-type")) {
      push(state.headers, "content-type", extracted.type);
    };
  }

  static error() {
    return createResponse(newState("error", 0));
  }

  static redirect(url, status = 302) {
    if (arguments.length === 0) required(0, 1, "Response.redirect");
    url = usvString(url, "Response.redirect: url");
    status = unsignedShort(status, "Response.redirect: status");
    const parsed = parseUrl(url);
    if (parsed === null) throw new TypeError(`Response.redirect: url: '${url}' is not a URL`);
    if (!isRedirect(status)) throw new RangeError(`Response.redirect: status: ${status} is not one of a redirect`);
    const state = newState("default", status);
    push(state.headers, "location", parsed.href);
    return createResponse(state);
  }

  static json(data, init = undefined) {
    if (arguments.length === 0) required(0, 1, "Response.json");
    init = responseInit(init, "Response.json: init");
    const text = stringify(data);
    if (text === undefined) throw new TypeError("Response.json: data: it has no JSON");
    const response = new Response();
    response.#initialize(init, { body: bodyOfText(toWellFormed(text)), type: "application/json" });
    return response;
  }

  get type() {
    if (!(#state in this)) throw illegalInvocation();
    return this.#state.type;
  }

  get url() {
    if (!(#state in this)) throw illegalInvocation();
    const { urls } = this.#state;
    return urls.length === 0 ? "" : urls[urls.length - 1];
  }

  get redirected() {
    if (!(#state in this)) throw illegalInvocation();
    return this.#state.urls.length > 1;
  }

  get status() {
    if (!(#state in this)) throw illegalInvocation();
    return this.#state.status;
  }

  get ok() {
    if (!(#state in this)) throw illegalInvocation();
    const { status } = this.#state;
    return status >= 200 && status <= 299;
  }

  get statusText() {
    if (!(#state in this)) throw illegalInvocation();
    return this.#state.statusText;
  }

  get headers() {
    if (!(#state in this)) throw illegalInvocation();
    return this.#headers;
  }

  clone() {
    if (!(#state in this)) throw illegalInvocation();
    const state = this.#state;
    if (state.body !== null && (state.body.isUsed || state.body.isLocked)) {
      throw new TypeError("Response.clone: the body has been read, or is being read");
    }
    const copy = {
      __proto__: null,
      type: state.type,
      urls: state.urls,
      status: state.status,
      statusText: state.statusText,
      headers: slice(state.headers),
      body: state.body === null ? null : state.body.clone(),
    };
    return new Response(INTERNAL, copy, guardOf(this.#headers));
  }
}
defineBody(Response, (object) => responseState(object), "Response");
defineInterface(Response);

/** A Response as `fetch` gives it. */
export const createResponse = (state) => new Response(INTERNAL, state, "immutable");

export { Response };
