// `WebSocket`: WebSockets (WHATWG), over outwit:websocket/client.
// https://websockets.spec.whatwg.org/#the-websocket-interface

import { connect } from "outwit:websocket/client";
import { cancel, queueTask } from "outwit:engine/tasks";
import { encodeUtf8 } from "outwit:engine/bytes";
import {
  Symbol, exec, push, shift, then, toLowerCase,
} from "outwit:webidl/primordials.js";
import {
  CLAMP, bufferOf, domString, isArrayBuffer, isObject, isView, iteratorMethod, sequence, unsignedShort, usvString,
} from "outwit:webidl/convert.js";
import { defineInterface, illegalInvocation, required } from "outwit:webidl/interface.js";
import { EventTarget, defineHandlers, fire } from "outwit:dom/event-target.js";
import { CloseEvent, ErrorEvent, MessageEvent } from "outwit:dom/events.js";
import { DOMException } from "outwit:dom/exception.js";
import { copyOf, createBlob, dataOf, isBlob, joinPieces } from "outwit:blob/blob.js";
import { isBadPort } from "outwit:fetch/ports.js";
import { parseUrl } from "outwit:fetch/urls.js";

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const BINARY_TYPE = /^(?:blob|arraybuffer)$/;
const protocolList = sequence(domString);

function protocolsOf(value, what) {
  if (!isObject(value)) return [domString(value, what)];
  const method = iteratorMethod(value, what);
  return method === undefined ? [domString(value, what)] : protocolList(value, what, method);
}

function checkProtocols(protocols) {
  const known = { __proto__: null };
  for (let i = 0; i < protocols.length; i++) {
    const protocol = protocols[i];
    if (exec(TOKEN, protocol) === null) throw new DOMException(`WebSocket: '${protocol}' is not a subprotocol`, "SyntaxError");
    if (toLowerCase(protocol) in known) throw new DOMException(`WebSocket: the subprotocol '${protocol}' is named twice`, "SyntaxError");
    known[toLowerCase(protocol)] = true;
  }
}

function urlOf(text) {
  const url = parseUrl(text);
  if (url === null) throw new DOMException(`WebSocket: '${text}' is not a URL`, "SyntaxError");
  if (url.protocol === "http:") url.protocol = "ws:";
  else if (url.protocol === "https:") url.protocol = "wss:";
  if (url.protocol !== "ws:" && url.protocol !== "wss:") {
    throw new DOMException(`WebSocket: a URL of scheme '${url.protocol}' does not lead to one`, "SyntaxError");
  }
  if (url.hash !== "" || url.href[url.href.length - 1] === "#") throw new DOMException("WebSocket: the URL has a fragment", "SyntaxError");
  return url;
}

let is;

class WebSocket extends EventTarget {
  #url;
  #readyState = CONNECTING;
  #binaryType = "blob";
  #bufferedAmount = 0;
  /** The call that connects, as long as it does. */
  #connecting = undefined;
  #connection = undefined;
  #protocol = "";
  /** Messages that wait to be sent: `{ message, size }`, and at the end how to close. */
  #queue = [];
  #isSending = false;

  constructor(url, protocols = []) {
    if (arguments.length === 0) required(0, 1, "WebSocket");
    url = usvString(url, "WebSocket: url");
    protocols = protocolsOf(protocols, "WebSocket: protocols");
    super();
    this.#url = urlOf(url);
    checkProtocols(protocols);
    if (isBadPort(this.#url.port)) {
      queueTask(() => this.#fail(new DOMException(`WebSocket: the port ${this.#url.port} is not for WebSockets`, "NetworkError")));
      return;
    }
    this.#connecting = connect(this.#url.href, protocols);
    then(this.#connecting, (connection) => this.#open(connection), (error) => this.#fail(error));
  }

  static {
    is = (value) => isObject(value) && #url in value;
  }

  get url() {
    if (!(#url in this)) throw illegalInvocation();
    return this.#url.href;
  }

  get readyState() {
    if (!(#url in this)) throw illegalInvocation();
    return this.#readyState;
  }

  get bufferedAmount() {
    if (!(#url in this)) throw illegalInvocation();
    return this.#bufferedAmount;
  }

  get extensions() {
    if (!(#url in this)) throw illegalInvocation();
    return "";
  }

  get protocol() {
    if (!(#url in this)) throw illegalInvocation();
    return this.#protocol;
  }

  get binaryType() {
    if (!(#url in this)) throw illegalInvocation();
    return this.#binaryType;
  }

  set binaryType(value) {
    if (!(#url in this)) throw illegalInvocation();
    value = domString(value, "WebSocket.binaryType");
    if (exec(BINARY_TYPE, value) !== null) this.#binaryType = value;
  }

  close(code = undefined, reason = undefined) {
    if (!(#url in this)) throw illegalInvocation();
    if (code !== undefined) code = unsignedShort(code, "WebSocket.close: code", CLAMP);
    if (reason !== undefined) reason = usvString(reason, "WebSocket.close: reason");
    if (code !== undefined && code !== 1000 && (code < 3000 || code > 4999)) {
      throw new DOMException(`WebSocket.close: code: ${code} is neither 1000 nor between 3000 and 4999`, "InvalidAccessError");
    }
    if (reason !== undefined && encodeUtf8(reason).length > 123) {
      throw new DOMException("WebSocket.close: reason: it is longer than 123 bytes", "SyntaxError");
    }
    if (this.#readyState === CONNECTING) {
      this.#readyState = CLOSING;
      if (this.#connecting !== undefined) cancel(this.#connecting);
      queueTask(() => this.#fail(new DOMException("WebSocket: it was closed before it was open", "AbortError")));
    } else if (this.#readyState === OPEN) {
      this.#readyState = CLOSING;
      if (reason !== undefined && reason !== "" && code === undefined) code = 1000;
      push(this.#queue, { closing: { code, reason: reason ?? "" }, size: 0 });
      this.#send();
    }
  }

  send(data) {
    if (!(#url in this)) throw illegalInvocation();
    if (arguments.length === 0) required(0, 1, "WebSocket.send");
    let message;
    let size;
    if (isBlob(data)) {
      const { pieces, size: length } = dataOf(data);
      message = { tag: "binary", val: joinPieces(pieces, length) };
      size = length;
    } else if (isView(data) || isArrayBuffer(data)) {
      const val = copyOf(data);
      message = { tag: "binary", val };
      size = val.length;
    } else {
      const val = usvString(data, "WebSocket.send: data");
      message = { tag: "text", val };
      size = encodeUtf8(val).length;
    }
    if (this.#readyState === CONNECTING) throw new DOMException("WebSocket.send: it is still connecting", "InvalidStateError");
    this.#bufferedAmount += size;
    if (this.#readyState !== OPEN) return;
    push(this.#queue, { message, size });
    this.#send();
  }

  #open(connection) {
    this.#connecting = undefined;
    if (this.#readyState !== CONNECTING) {
      connection[dispose]();
      return;
    }
    this.#connection = connection;
    this.#protocol = connection.protocol();
    this.#readyState = OPEN;
    fire(this, "open");
    this.#receive();
  }

  /** Sends what waits, one after the other. */
  async #send() {
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      while (this.#queue.length > 0 && this.#connection !== undefined) {
        const { message, closing, size } = shift(this.#queue);
        if (closing === undefined) await this.#connection.send(message);
        else await this.#connection.close(closing);
        this.#bufferedAmount -= size;
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isSending = false;
    }
  }

  /** Receives until the end. */
  async #receive() {
    try {
      for (;;) {
        const { tag, val } = await this.#connection.receive();
        if (tag === "closed") {
          const { code = 1005, reason } = val;
          this.#end({ wasClean: true, code, reason });
          return;
        }
        // after `close()` nothing is delivered, as in browsers
        if (this.#readyState === OPEN || this.#readyState === CLOSING) this.#deliver(val);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #deliver({ tag, val }) {
    let data = val;
    if (tag === "binary") data = this.#binaryType === "blob" ? createBlob([val], "") : bufferOf(val);
    fire(this, "message", MessageEvent, { data, origin: this.#url.origin });
  }

  #fail(error) {
    if (this.#readyState === CLOSED) return;
    const reason = explain(error, this.#url);
    this.#finish();
    fire(this, "error", ErrorEvent, { message: reason.message, error: reason });
    fire(this, "close", CloseEvent, { wasClean: false, code: 1006, reason: "" });
  }

  #end(init) {
    if (this.#readyState === CLOSED) return;
    this.#finish();
    fire(this, "close", CloseEvent, init);
  }

  #finish() {
    this.#readyState = CLOSED;
    this.#queue = [];
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection !== undefined) queueTask(() => connection[dispose]());
  }
}
const { dispose } = Symbol;
defineHandlers(WebSocket, is, ["open", "message", "error", "close"]);
defineInterface(WebSocket, { constants: { CONNECTING, OPEN, CLOSING, CLOSED } });

/** An error of the interface, for people. */
function explain(error, url) {
  const { payload } = error;
  if (payload === undefined) return error;
  const { tag, val } = payload;
  const say = (text) => new DOMException(`WebSocket ${url.protocol}//${url.host}: ${text}`, tag === "invalid-url" ? "SyntaxError" : "NetworkError");
  switch (tag) {
    case "invalid-url":
    case "invalid-request":
      return say(val);
    case "not-allowed":
      return say(refuse(val, url));
    case "name-not-resolved":
      return say("the name cannot be resolved; check its spelling, and the network of the host");
    case "refused":
      return say("nothing accepts connections there; check the port, and whether the server runs");
    case "unreachable":
      return say("there is no way to it; check the network of the host");
    case "tls":
      return say(`there is no secure connection to it: ${val}`);
    case "timeout":
      return say("connecting took too long; 'connect-timeout' of the plugin's grant sets the limit");
    case "not-a-websocket":
      return say(`it answered with status ${val}, so it is not a WebSocket`);
    case "protocol":
      return say(`it does not keep to the protocol: ${val}`);
    case "message-too-large":
      return say(`a message is larger than ${val} bytes; 'message' of the plugin's grant sets the limit`);
    case "cut-off":
      return say("the connection ended without being closed");
    case "too-many-connections":
      return say(`the plugin has ${val} connections, and may have no more; 'connections' of its grant sets the limit`);
    default:
      return say(val);
  }
}

function refuse(denial, url) {
  switch (denial) {
    case "origin":
      return `the plugin may not connect there; to allow it, add "${url.protocol}//${url.host}" to 'websocket' of its grant in the manifest`;
    case "address":
      return "the plugin may not connect to private addresses, and this host has no other; 'allow-private' of its grant lists those it may";
    case "policy":
      return "the policy of the application does not allow it";
    default:
      return "the plugin may not open connections; 'websocket' of its grant in the manifest allows it";
  }
}

export { WebSocket };
