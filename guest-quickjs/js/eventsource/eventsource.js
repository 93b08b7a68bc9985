// `EventSource`: server-sent events of HTML (WHATWG), over `fetch` and timers.
// https://html.spec.whatwg.org/multipage/server-sent-events.html

import {
  Uint8Array, exec, fromCharCode, push, setBytes, sliceBytes, subarray, then,
} from "outwit:webidl/primordials.js";
import { boolean, dictionary, isObject, usvString } from "outwit:webidl/convert.js";
import { defineInterface, illegalInvocation, required } from "outwit:webidl/interface.js";
import { decodeUtf8, encodeUtf8 } from "outwit:engine/bytes";
import { queueTask } from "outwit:engine/tasks";
import { EventTarget, defineHandlers, fire } from "outwit:dom/event-target.js";
import { ErrorEvent, MessageEvent } from "outwit:dom/events.js";
import { DOMException } from "outwit:dom/exception.js";
import { Control, start } from "outwit:fetch/fetch.js";
import { essenceOf, extractMime } from "outwit:fetch/mime.js";
import { Request, requestState } from "outwit:fetch/request.js";
import { parseUrl } from "outwit:fetch/urls.js";
import { DefaultReader } from "outwit:streams/readable.js";
import { setTimeout } from "outwit:timers/timers.js";

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 2;

/** How long to wait before connecting again, in milliseconds, until the server says otherwise. */
const RETRY = 3000;

const eventSourceInit = dictionary("EventSourceInit", { withCredentials: { type: boolean, default: false } });

let is;
/** For `Lines`: the connection ended. */
let ended;
/** For `Lines`: how long to wait before the next. */
let setRetry;
/** For `Lines`: an event has come; without data only its id counts. */
let deliver;

class EventSource extends EventTarget {
  #url;
  #origin;
  #withCredentials;
  #readyState = CONNECTING;
  #control = new Control();
  #retry = RETRY;
  #lastEventId = "";

  constructor(url, init = undefined) {
    if (arguments.length === 0) required(0, 1, "EventSource");
    url = usvString(url, "EventSource: url");
    init = eventSourceInit(init, "EventSource: eventSourceInitDict");
    super();
    const parsed = parseUrl(url);
    if (parsed === null) throw new DOMException(`EventSource: '${url}' is not a URL`, "SyntaxError");
    this.#url = parsed.href;
    this.#withCredentials = init.withCredentials;
    this.#connect();
  }

  static {
    is = (value) => isObject(value) && #url in value;
    ended = (source, error) => source.#reconnect(error);
    setRetry = (source, retry) => {
      source.#retry = retry;
    };
    deliver = (source, type, data, lastEventId) => {
      source.#lastEventId = lastEventId;
      if (data === undefined || source.#readyState !== OPEN) return;
      fire(source, type, MessageEvent, { data, origin: source.#origin, lastEventId });
    };
  }

  get url() {
    if (!(#url in this)) throw illegalInvocation();
    return this.#url;
  }

  get withCredentials() {
    if (!(#url in this)) throw illegalInvocation();
    return this.#withCredentials;
  }

  get readyState() {
    if (!(#url in this)) throw illegalInvocation();
    return this.#readyState;
  }

  close() {
    if (!(#url in this)) throw illegalInvocation();
    this.#readyState = CLOSED;
    this.#control.abort(new DOMException("The EventSource was closed", "AbortError"));
  }

  #connect() {
    const control = (this.#control = new Control());
    const headers = [["accept", "text/event-stream"]];
    if (this.#lastEventId !== "") push(headers, ["last-event-id", byteStringOf(this.#lastEventId)]);
    let request;
    try {
      const credentials = this.#withCredentials ? "include" : "same-origin";
      request = requestState(new Request(this.#url, { headers, credentials, cache: "no-store" }));
    } catch (error) {
      queueTask(() => this.#fail(error));
      return;
    }
    then(start(request, control), (response) => {
      if (control.isAborted) return;
      const mime = extractMime(response.headers);
      const essence = mime === null ? "" : essenceOf(mime);
      if (response.status !== 200 || essence !== "text/event-stream" || response.body === null) {
        const what = response.status === 200 ? `a response of type '${essence}'` : `status ${response.status}`;
        this.#fail(new DOMException(`EventSource: ${what} came back in place of events`, "NetworkError"));
        control.abort(undefined);
        return;
      }
      this.#origin = parseUrl(response.urls[response.urls.length - 1]).origin;
      this.#readyState = OPEN;
      fire(this, "open");
      if (!control.isAborted) new Lines(this, response.body.toStream(), control, this.#lastEventId).read();
    }, (error) => {
      if (control.isAborted) return;
      // what is not allowed is not allowed the next time, either
      const tag = error?.cause?.payload?.tag;
      if (tag === undefined || tag === "not-allowed" || tag === "invalid-url" || tag === "invalid-request") this.#fail(error);
      else this.#reconnect(error);
    });
  }

  #fail(error) {
    if (this.#readyState === CLOSED) return;
    this.#readyState = CLOSED;
    fire(this, "error", ErrorEvent, { message: `${error?.message}`, error });
  }

  #reconnect(error) {
    if (this.#readyState === CLOSED) return;
    this.#readyState = CONNECTING;
    fire(this, "error", ErrorEvent, { message: error === undefined ? "" : `${error.message}`, error });
    setTimeout(() => {
      if (this.#readyState === CONNECTING) this.#connect();
    }, this.#retry);
  }
}

/** UTF-8 as a byte string. */
function byteStringOf(text) {
  const encoded = encodeUtf8(text);
  let result = "";
  for (let i = 0; i < encoded.length; i++) result += fromCharCode(encoded[i]);
  return result;
}

const DIGITS = /^[0-9]+$/;
const LF = 0x0a;
const CR = 0x0d;

/** Makes events of the lines of a stream. Line breaks are single bytes, so each line is decoded by itself. */
class Lines {
  source;
  reader;
  control;
  /** The beginning of a line that has not ended. */
  rest = new Uint8Array(0);
  isFirst = true;
  afterCR = false;
  type = "";
  data = undefined;
  lastEventId = "";

  constructor(source, stream, control, lastEventId) {
    this.source = source;
    this.reader = new DefaultReader(stream);
    this.control = control;
    this.lastEventId = lastEventId;
  }

  read() {
    this.reader.read(this);
  }

  chunk(chunk) {
    let bytes = chunk;
    if (this.rest.length > 0) {
      bytes = new Uint8Array(this.rest.length + chunk.length);
      setBytes(bytes, this.rest);
      setBytes(bytes, chunk, this.rest.length);
    }
    let start = 0;
    for (let i = this.rest.length; i < bytes.length; i++) {
      const byte = bytes[i];
      if (byte !== LF && byte !== CR) {
        this.afterCR = false;
        continue;
      }
      if (byte === LF && this.afterCR) {
        this.afterCR = false;
        start = i + 1;
        continue;
      }
      this.afterCR = byte === CR;
      this.line(decodeUtf8(subarray(bytes, start, i), !this.isFirst));
      this.isFirst = false;
      start = i + 1;
      if (this.control.isAborted) return;
    }
    this.rest = sliceBytes(bytes, start);
    this.read();
  }

  close() {
    if (!this.control.isAborted) ended(this.source, undefined);
  }

  error(error) {
    if (!this.control.isAborted) ended(this.source, error);
  }

  line(line) {
    if (line === "") {
      this.dispatch();
      return;
    }
    const found = exec(FIELD, line);
    if (found === null) return;
    const { 1: field, 2: value = "" } = found;
    switch (field) {
      case "event":
        this.type = value;
        break;
      case "data":
        this.data = this.data === undefined ? value : `${this.data}\n${value}`;
        break;
      case "id":
        if (exec(NUL, value) === null) this.lastEventId = value;
        break;
      case "retry":
        if (exec(DIGITS, value) !== null) setRetry(this.source, +value);
    }
  }

  dispatch() {
    const { type, data, lastEventId } = this;
    this.type = "";
    this.data = undefined;
    deliver(this.source, type === "" ? "message" : type, data, lastEventId);
  }
}
/** A name, and a value after a colon and a space; a comment begins with the colon. */
const FIELD = /^([^:]+)(?:: ?([^]*))?$/;
const NUL = /\0/;

defineHandlers(EventSource, is, ["open", "message", "error"]);
defineInterface(EventSource, { constants: { CONNECTING, OPEN, CLOSED } });
export { EventSource };
