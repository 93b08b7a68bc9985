// `MessageChannel` and `MessagePort`: HTML (WHATWG).
// https://html.spec.whatwg.org/multipage/web-messaging.html#message-channels
//
// Both ports of a channel are in this plugin. What a port is made of outlives its being transferred.

import { queueTask } from "outwit:engine/tasks";
import { filter, indexOf, pop, push, shift } from "outwit:webidl/primordials.js";
import { isObject, iteratorMethod, object, sequence } from "outwit:webidl/convert.js";
import { INTERNAL, defineInterface, illegalInvocation, internalOnly, required } from "outwit:webidl/interface.js";
import { defineTransferable } from "outwit:webidl/platform.js";
import { DOMException } from "outwit:dom/exception.js";
import { EventTarget, defineHandlers, dispatch, fire } from "outwit:dom/event-target.js";
import { MessageEvent, createMessage, setPorts } from "outwit:dom/events.js";
import { cloneOptions, deserialize, serialize } from "outwit:html/structured-clone.js";

/** An end of a channel: `port` is its object, `other` the other end, `queue` what has not been dispatched. */
const makeEnd = () => ({ port: undefined, other: undefined, queue: [], isEnabled: false, isScheduled: false, isClosed: false });

let endOf;
let makePort;
/** Whether this is a MessagePort. */
export let isMessagePort;

/** Has the next message of an end dispatched, in a task of its own. */
function schedule(end) {
  if (end.isScheduled || !end.isEnabled || end.port === undefined || end.queue.length === 0) return;
  end.isScheduled = true;
  queueTask(() => {
    end.isScheduled = false;
    if (!end.isEnabled || end.port === undefined || end.queue.length === 0) return;
    const message = shift(end.queue);
    try {
      deliver(end.port, message);
    } finally {
      schedule(end);
    }
  });
}

function deliver(port, message) {
  if (message === undefined) {
    fire(port, "close");
    return;
  }
  let received;
  try {
    received = deserialize(message);
  } catch {
    fire(port, "messageerror", MessageEvent);
    return;
  }
  const ports = filter(received.transferred, isMessagePort);
  dispatch(port, createMessage({ ports }, received.value));
}

/** Parts the two ends; gives the other one. */
function close(end) {
  const { other } = end;
  end.isClosed = true;
  if (other === undefined) return undefined;
  end.other = undefined;
  other.other = undefined;
  return other;
}

const transferList = sequence(object);

class MessagePort extends EventTarget {
  #end = undefined;

  constructor(key = undefined) {
    internalOnly(key);
    super();
  }

  static {
    isMessagePort = (value) => isObject(value) && #end in value;
    endOf = (port) => port.#end;
    makePort = (end) => {
      const port = new MessagePort(INTERNAL);
      port.#end = end;
      end.port = port;
      return port;
    };
    defineTransferable(MessagePort, "outwit:html/messaging.js#MessagePort", {
      is: isMessagePort,
      isDetached: (port) => port.#end === undefined || port.#end.isClosed,
      send(port) {
        const end = port.#end;
        port.#end = undefined;
        end.port = undefined;
        end.isEnabled = false;
        return end;
      },
      receive: makePort,
    });
  }

  postMessage(message, options = undefined) {
    if (!(#end in this)) throw illegalInvocation();
    if (arguments.length === 0) required(0, 1, "MessagePort.postMessage");
    const what = "MessagePort.postMessage: transfer";
    // `sequence<object>` or a dictionary
    const method = isObject(options) ? iteratorMethod(options, what) : undefined;
    const transfer = method !== undefined ? transferList(options, what, method) : cloneOptions(options, what).transfer;
    if (indexOf(transfer, this) >= 0) {
      throw new DOMException("A port cannot be transferred through itself", "DataCloneError");
    }
    const other = this.#end?.other;
    const isDoomed = other?.port !== undefined && indexOf(transfer, other.port) >= 0;
    const serialized = serialize(message, transfer);
    // the port that it would arrive at goes with it
    if (other === undefined || isDoomed) return;
    push(other.queue, serialized);
    schedule(other);
  }

  start() {
    if (!(#end in this)) throw illegalInvocation();
    if (this.#end === undefined) return;
    this.#end.isEnabled = true;
    schedule(this.#end);
  }

  close() {
    if (!(#end in this)) throw illegalInvocation();
    if (this.#end === undefined) return;
    const other = close(this.#end);
    if (other === undefined) return;
    // what was sent before arrives before
    push(other.queue, undefined);
    schedule(other);
    queueTask(() => {
      // one that nobody has started hears of it all the same
      if (other.isEnabled || other.port === undefined || pop(other.queue) !== undefined) return;
      fire(other.port, "close");
    });
  }
}
defineHandlers(MessagePort, isMessagePort, ["message", "messageerror", "close"], {
  message: (port) => port.start(),
});
defineInterface(MessagePort);
setPorts(isMessagePort);

class MessageChannel {
  #port1;
  #port2;

  constructor() {
    const [one, two] = [makeEnd(), makeEnd()];
    one.other = two;
    two.other = one;
    this.#port1 = makePort(one);
    this.#port2 = makePort(two);
  }

  get port1() {
    if (!(#port1 in this)) throw illegalInvocation();
    return this.#port1;
  }

  get port2() {
    if (!(#port1 in this)) throw illegalInvocation();
    return this.#port2;
  }
}
defineInterface(MessageChannel);

export { MessageChannel, MessagePort };
