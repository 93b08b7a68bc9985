// `fetch`: Fetch (WHATWG), over outwit:fetch/client.
// https://fetch.spec.whatwg.org/#fetch-method
//
// The host does one exchange at a time and holds each to the plugin's grant; what is said here is for whoever keeps the rules anyway. A plugin
// has no origin of its own: nothing is cross-origin to it, so there is no CORS, and each redirect to another origin leaves credentials behind.

import { cancel } from "outwit:engine/tasks";
import { require } from "outwit:engine/modules";
import {
  TypeError, deferred, exec, max, min, numberToString, push, rejected, then,
} from "outwit:webidl/primordials.js";
import { openDataUrl } from "outwit:engine/url";
import { defineFunctions, required } from "outwit:webidl/interface.js";
import { cut, dataOf, joinPieces } from "outwit:blob/blob.js";
import { bodyOfPieces, cancelBody, failBody } from "outwit:fetch/body.js";
import { getHeader } from "outwit:fetch/headers.js";
import { httpFetch } from "outwit:fetch/http.js";
import { parseMime } from "outwit:fetch/mime.js";
import { Request, requestState } from "outwit:fetch/request.js";
import { createResponse } from "outwit:fetch/response.js";
import { isBadPort } from "outwit:fetch/ports.js";
import { parseUrl } from "outwit:fetch/urls.js";

function fetch(input, init = undefined) {
  let request;
  try {
    if (arguments.length === 0) required(0, 1, "fetch");
    request = requestState(new Request(input, init));
  } catch (error) {
    return rejected(error);
  }
  const { signal } = request;
  if (signal === undefined) return then(start(request, new Control()), createResponse);

  const { addAbortAlgorithm, isAborted, reasonOf } = require("outwit:dom/abort.js");
  if (isAborted(signal)) {
    if (request.body !== null) cancelBody(request.body, reasonOf(signal));
    return rejected(reasonOf(signal));
  }
  const control = new Control();
  const { promise, resolve, reject } = deferred();
  addAbortAlgorithm(signal, () => {
    const reason = reasonOf(signal);
    reject(reason);
    control.abort(reason);
    if (request.body !== null) cancelBody(request.body, reason);
  });
  then(start(request, control), (state) => {
    if (control.isAborted) failBody(state.body, control.reason);
    else resolve(createResponse(state));
  }, reject);
  return promise;
}

/** What can be given up of a fetch. */
export class Control {
  isAborted = false;
  reason = undefined;
  /** The call of the host that is going on. */
  call = undefined;
  /** The body of the response. */
  body = null;

  abort(reason) {
    this.isAborted = true;
    this.reason = reason;
    if (this.call !== undefined) cancel(this.call);
    if (this.body !== null) failBody(this.body, reason);
  }
}

/** Fetches; gives a promise of the state of the response. */
export async function start(request, control) {
  const response = await byScheme(request, control);
  control.body = response.body;
  if (request.integrity !== "") await check(request, response);
  return response;
}

async function byScheme(request, control) {
  const url = parseUrl(request.url);
  switch (url.protocol) {
    case "http:":
    case "https:":
      if (isBadPort(url.port)) throw new TypeError(`fetch ${url.origin}: this port is not for HTTP`);
      return httpFetch(request, url, control);
    case "data:": {
      url.hash = "";
      const data = openDataUrl(url.href);
      if (data === undefined) throw new TypeError("fetch: the data: URL has no comma, or its base64 is wrong");
      return local(request, url.href, data[0], [data[1]]);
    }
    case "blob:":
      return blob(request, url);
  }
  throw new TypeError(`fetch: a URL of scheme '${url.protocol}' cannot be fetched; http:, https:, data: and blob: can`);
}

/** A response that needs no network. */
function local(request, href, type, pieces) {
  const headers = ["content-type", type];
  const body = request.method === "HEAD" ? null : bodyOfPieces(pieces);
  return { __proto__: null, type: "basic", urls: [href], status: 200, statusText: "OK", headers, body };
}

function blob(request, url) {
  if (request.method !== "GET") throw new TypeError("fetch: a blob: URL can only be fetched with GET");
  const found = request.blob;
  if (found === undefined) throw new TypeError("fetch: there is no such blob: URL; it may have been revoked");
  const { pieces, type, size } = dataOf(found);
  const header = getHeader(request.headers, "range");
  const range = header === null ? undefined : rangeOf(header, size);
  const content = range === undefined ? pieces : cut(pieces, range.start, range.end);
  const length = range === undefined ? size : range.end - range.start;
  const response = local(request, url.href, type, content);
  response.headers = ["content-length", numberToString(length), "content-type", parseMime(type) === null ? "" : type];
  if (range !== undefined) {
    response.status = 206;
    response.statusText = "Partial Content";
    push(response.headers, "content-range", `bytes ${range.start}-${range.end - 1}/${size}`);
  }
  return response;
}

const RANGE = /^bytes[\t ]*=[\t ]*(\d*)[\t ]*-[\t ]*(\d*)$/;

/** The part of so many bytes that a Range header asks for: `start`, and `end`, which is not in it. */
function rangeOf(header, size) {
  const found = exec(RANGE, header);
  const first = found === null || found[1] === "" ? undefined : +found[1];
  const last = found === null || found[2] === "" ? undefined : +found[2];
  const start = first ?? max(size - last, 0);
  const end = first === undefined ? size : min((last ?? size) + 1, size);
  // what is no number compares with nothing
  if (!(start < end)) throw new TypeError(`fetch: the range '${header}' is not one of a blob of ${size} bytes`);
  return { start, end };
}

/** Reads all of a response and compares it with what the request says. */
async function check({ integrity, url }, response) {
  const { matchesIntegrity } = require("outwit:fetch/integrity.js");
  let bytes = joinPieces([]);
  if (response.body !== null) {
    const { promise, resolve, reject } = deferred();
    response.body.readAll({ __proto__: null, pieces: resolve, error: reject });
    bytes = joinPieces(await promise);
  }
  if (!matchesIntegrity(bytes, integrity)) throw new TypeError(`fetch ${url}: the response is not what its integrity says`);
  if (response.body !== null) response.body = bodyOfPieces([bytes]);
}

defineFunctions({ fetch });
export { fetch };
