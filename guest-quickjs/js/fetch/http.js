// HTTP fetch: redirects, and what requests have by default.
// https://fetch.spec.whatwg.org/#http-fetch

import {
  TypeError, charCodeAt, numberToString, push, slice, splice, then, toUpperCase,
} from "outwit:webidl/primordials.js";
import { encodeUtf8 } from "outwit:engine/bytes";
import { bodyOfWire } from "outwit:fetch/body.js";
import { encodeBytes } from "outwit:engine/base64";
import { hasHeader } from "outwit:fetch/headers.js";
import { exchange, networkError } from "outwit:fetch/network.js";
import { parseUrlIn } from "outwit:fetch/urls.js";
import { cancelWire } from "outwit:streams/wire.js";

const MOST_REDIRECTS = 20;

const isRedirect = (status) => status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
const OF_BODIES = ["content-encoding", "content-language", "content-location", "content-type", "content-length"];
const OF_ORIGINS = ["authorization", "cookie"];

/** Gives the state of the response. `request` is the state of a request, `url` its URL. */
export async function httpFetch(request, url, control) {
  const { redirect } = request;
  if (request.cache === "only-if-cached") throw new TypeError(`fetch ${url.origin}: nothing is cached here`);
  let { method, body } = request;
  const headers = defaultHeaders(request);
  const urls = [];
  for (;;) {
    const { hash } = url;
    url = withCredentials(url, headers, request);
    push(urls, url.href);
    const response = await exchange({ method, url, headers, body }, control);
    const { status } = response;
    const location = isRedirect(status) ? locationOf(response, url) : undefined;
    if (location === undefined || redirect === "manual") {
      if (isRedirect(status) && redirect === "manual") {
        drop(response);
        return stateOf("opaqueredirect", urls, { status: 0, statusText: "", headers: [], body: undefined }, url);
      }
      return stateOf("basic", urls, response, url);
    }
    drop(response);
    if (redirect === "error") throw new TypeError(`fetch ${url.origin}: it redirects, and the request says that it must not`);
    if (location === null) throw new TypeError(`fetch ${url.origin}: it redirects to something that is not a URL`);
    if (location.protocol !== "http:" && location.protocol !== "https:") {
      throw new TypeError(`fetch ${url.origin}: it redirects to a URL of scheme '${location.protocol}'`);
    }
    if (urls.length > MOST_REDIRECTS) throw new TypeError(`fetch ${urls[0]}: it redirects more than ${MOST_REDIRECTS} times`);
    if (status !== 303 && body !== null && body.size === undefined) {
      throw new TypeError(`fetch ${url.origin}: it redirects, and the stream that is the body cannot be sent again`);
    }
    if ((status === 303 && method !== "GET" && method !== "HEAD") || (status < 303 && method === "POST")) {
      method = "GET";
      body = null;
      remove(headers, OF_BODIES);
    }
    if (location.origin !== url.origin) remove(headers, OF_ORIGINS);
    if (location.hash === "") location.hash = hash;
    url = location;
  }
}

/** Where a redirect leads; `null` if that is not a URL, `undefined` if it does not say. */
function locationOf({ headers }, url) {
  let found;
  for (let i = 0; i < headers.length; i++) {
    if (headers[i][0] !== "location") continue;
    if (found !== undefined && found !== headers[i][1]) return null;
    found = headers[i][1];
  }
  return found === undefined ? undefined : parseUrlIn(escapeBytes(found), url.href);
}

/** What is not ASCII in a header stands for the bytes themselves, whatever their encoding. */
function escapeBytes(text) {
  let escaped = "";
  for (let i = 0; i < text.length; i++) {
    const code = charCodeAt(text, i);
    escaped += code < 0x80 ? text[i] : `%${toUpperCase(numberToString(code, 16))}`;
  }
  return escaped;
}

/** A response that nobody reads. */
function drop({ body }) {
  if (body !== undefined) cancelWire(body.content);
}

/** What is in URL as user name and password goes into a header, and never into the URL that is sent. */
function withCredentials(url, headers, { credentials }) {
  url.hash = "";
  if (url.username === "" && url.password === "") return url;
  if (credentials !== "omit" && !hasHeader(headers, "authorization")) {
    const decoded = `${percentDecoded(url.username)}:${percentDecoded(url.password)}`;
    push(headers, "authorization", `Basic ${encodeBytes(encodeUtf8(decoded))}`);
  }
  url.username = "";
  url.password = "";
  return url;
}

function percentDecoded(text) {
  try {
    return decode(text);
  } catch {
    return text;
  }
}
const { decodeURIComponent: decode } = globalThis;

/** The headers that are sent: those of the request, and what is added where it is missing. */
function defaultHeaders({ headers, cache }) {
  const list = slice(headers);
  const add = (name, value) => {
    if (!hasHeader(list, name)) push(list, name, value);
  };
  add("accept", "*/*");
  add("accept-language", "*");
  add("user-agent", "Outwit");
  if (cache === "no-cache") {
    add("cache-control", "max-age=0");
  } else if (cache === "no-store" || cache === "reload") {
    add("pragma", "no-cache");
    add("cache-control", "no-cache");
  }
  return list;
}

function remove(list, names) {
  for (let i = list.length - 2; i >= 0; i -= 2) {
    for (let k = 0; k < names.length; k++) {
      if (list[i] === names[k]) {
        splice(list, i, 2);
        break;
      }
    }
  }
}

/** A response of the interface as a state of `response.js`. */
function stateOf(type, urls, { status, statusText, headers, body }, url) {
  const list = [];
  for (let i = 0; i < headers.length; i++) push(list, headers[i][0], headers[i][1]);
  return {
    __proto__: null, type, urls, status, statusText, headers: list, body: body === undefined ? null : arriving(body, url),
  };
}

/** The body of a response. How it ended is only asked where somebody has read all of it. */
function arriving({ content, end }, url) {
  const whole = () => then(end, undefined, (error) => {
    throw networkError(error, url);
  });
  return bodyOfWire(content, whole);
}
