// `PluginPort`: one end of a connection with another plugin or the application, over outwit:messaging/ports. It is used like a
// `MessagePort`, but says at once when the other end does not keep up, and cannot be transferred.

import { accept, connect } from "outwit:messaging/ports";
import { close, enable, makeMailbox, post, translated } from "outwit:messaging/mailbox.js";
import { EventTarget, defineHandlers } from "outwit:dom/event-target.js";
import { DOMException } from "outwit:dom/exception.js";
import { isObject, usvString } from "outwit:webidl/convert.js";
import { INTERNAL, defineInterface, illegalInvocation, internalOnly, required } from "outwit:webidl/interface.js";

let isPluginPort;
let mailboxOf;

class PluginPort extends EventTarget {
  #mailbox;

  constructor(key = undefined, port = undefined, name = undefined) {
    internalOnly(key);
    super();
    this.#mailbox = makeMailbox(this, port, name);
  }

  static {
    isPluginPort = (value) => isObject(value) && #mailbox in value;
    mailboxOf = (port) => port.#mailbox;
  }

  static async connect(name) {
    required(arguments.length, 1, "PluginPort.connect");
    return meet(connect, usvString(name, "PluginPort.connect: name"));
  }

  static async accept(name) {
    required(arguments.length, 1, "PluginPort.accept");
    return meet(accept, usvString(name, "PluginPort.accept: name"));
  }

  postMessage(message) {
    if (!(#mailbox in this)) throw illegalInvocation();
    required(arguments.length, 1, "PluginPort.postMessage");
    if (this.#mailbox.box === undefined) throw new DOMException("The port is closed", "InvalidStateError");
    post(this.#mailbox, message);
  }

  start() {
    if (!(#mailbox in this)) throw illegalInvocation();
    enable(this.#mailbox);
  }

  close() {
    if (!(#mailbox in this)) throw illegalInvocation();
    close(this.#mailbox);
  }
}

async function meet(how, name) {
  try {
    return new PluginPort(INTERNAL, await how(name), name);
  } catch (error) {
    throw translated(error, name);
  }
}

defineHandlers(PluginPort, isPluginPort, ["message", "messageerror", "close"], {
  message: (port) => enable(mailboxOf(port)),
});
defineInterface(PluginPort);

export { PluginPort };
