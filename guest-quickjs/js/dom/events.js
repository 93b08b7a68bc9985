// `ErrorEvent`, `PromiseRejectionEvent`, `MessageEvent`: HTML (WHATWG). `CloseEvent`: WebSockets (WHATWG).
// https://html.spec.whatwg.org/multipage/webappapis.html#errorevent

import { freeze } from "outwit:webidl/primordials.js";
import {
  any, boolean, dictionary, domString, instance, nullable, object, sequence, unsignedLong, unsignedShort, usvString,
} from "outwit:webidl/convert.js";
import { defineInterface, illegalInvocation, required } from "outwit:webidl/interface.js";
import { Event, internals } from "outwit:dom/event.js";

const errorEventInit = dictionary("ErrorEventInit", {
  message: { type: domString, default: "" },
  filename: { type: usvString, default: "" },
  lineno: { type: unsignedLong, default: 0 },
  colno: { type: unsignedLong, default: 0 },
  error: { type: any, default: undefined },
});

class ErrorEvent extends Event {
  #init;

  constructor(type, eventInitDict = {}) {
    if (arguments.length === 0) required(0, 1, "ErrorEvent");
    super(type, eventInitDict);
    this.#init = errorEventInit(eventInitDict, "ErrorEvent: eventInitDict");
  }

  get message() {
    if (!(#init in this)) throw illegalInvocation();
    return this.#init.message;
  }

  get filename() {
    if (!(#init in this)) throw illegalInvocation();
    return this.#init.filename;
  }

  get lineno() {
    if (!(#init in this)) throw illegalInvocation();
    return this.#init.lineno;
  }

  get colno() {
    if (!(#init in this)) throw illegalInvocation();
    return this.#init.colno;
  }

  get error() {
    if (!(#init in this)) throw illegalInvocation();
    return this.#init.error;
  }
}
defineInterface(ErrorEvent);

const rejectionInit = dictionary("PromiseRejectionEventInit", {
  promise: { type: object, required: true },
  reason: { type: any, default: undefined },
});

class PromiseRejectionEvent extends Event {
  #init;

  constructor(type, eventInitDict) {
    if (arguments.length < 2) required(arguments.length, 2, "PromiseRejectionEvent");
    super(type, eventInitDict);
    this.#init = rejectionInit(eventInitDict, "PromiseRejectionEvent: eventInitDict");
  }

  get promise() {
    if (!(#init in this)) throw illegalInvocation();
    return this.#init.promise;
  }

  get reason() {
    if (!(#init in this)) throw illegalInvocation();
    return this.#init.reason;
  }
}
defineInterface(PromiseRejectionEvent);

/** Tells message ports; `messaging.js` sets it, and before there are none. */
let isPort = () => false;
export function setPorts(is) {
  isPort = is;
}

const port = instance((value) => isPort(value), "MessagePort");
const ports = sequence(port);
const messageEventInit = dictionary("MessageEventInit", {
  data: { type: any, default: null },
  origin: { type: usvString, default: "" },
  lastEventId: { type: domString, default: "" },
  source: { type: nullable(port), default: null },
  ports: { type: ports, make: () => [] },
});

/** A message with any data: what a dictionary takes for absent is data as well. */
export let createMessage;

class MessageEvent extends Event {
  #init;

  static {
    createMessage = (init, data) => {
      const event = new MessageEvent("message", init);
      event.#init.data = data;
      return event;
    };
  }

  constructor(type, eventInitDict = {}) {
    if (arguments.length === 0) required(0, 1, "MessageEvent");
    super(type, eventInitDict);
    this.#init = messageEventInit(eventInitDict, "MessageEvent: eventInitDict");
    freeze(this.#init.ports);
  }

  get data() {
    if (!(#init in this)) throw illegalInvocation();
    return this.#init.data;
  }

  get origin() {
    if (!(#init in this)) throw illegalInvocation();
    return this.#init.origin;
  }

  get lastEventId() {
    if (!(#init in this)) throw illegalInvocation();
    return this.#init.lastEventId;
  }

  get source() {
    if (!(#init in this)) throw illegalInvocation();
    return this.#init.source;
  }

  get ports() {
    if (!(#init in this)) throw illegalInvocation();
    return this.#init.ports;
  }

  initMessageEvent(
    type, bubbles = false, cancelable = false, data = null, origin = "", lastEventId = "", source = null, messagePorts = [],
  ) {
    if (!(#init in this)) throw illegalInvocation();
    const what = "MessageEvent.initMessageEvent";
    if (arguments.length === 0) required(0, 1, what);
    type = domString(type, `${what}: type`);
    const init = {
      data,
      origin: usvString(origin, `${what}: origin`),
      lastEventId: domString(lastEventId, `${what}: lastEventId`),
      source: source === null || source === undefined ? null : port(source, `${what}: source`),
      ports: freeze(ports(messagePorts, `${what}: ports`)),
    };
    if (internals.initialize(this, type, !!bubbles, !!cancelable)) this.#init = init;
  }
}
defineInterface(MessageEvent);

const closeEventInit = dictionary("CloseEventInit", {
  wasClean: { type: boolean, default: false },
  code: { type: unsignedShort, default: 0 },
  reason: { type: usvString, default: "" },
});

class CloseEvent extends Event {
  #init;

  constructor(type, eventInitDict = {}) {
    if (arguments.length === 0) required(0, 1, "CloseEvent");
    super(type, eventInitDict);
    this.#init = closeEventInit(eventInitDict, "CloseEvent: eventInitDict");
  }

  get wasClean() {
    if (!(#init in this)) throw illegalInvocation();
    return this.#init.wasClean;
  }

  get code() {
    if (!(#init in this)) throw illegalInvocation();
    return this.#init.code;
  }

  get reason() {
    if (!(#init in this)) throw illegalInvocation();
    return this.#init.reason;
  }
}
defineInterface(CloseEvent);

export { CloseEvent, ErrorEvent, MessageEvent, PromiseRejectionEvent };
