// `BroadcastChannel`: HTML (WHATWG), over outwit:messaging/broadcast.
// https://html.spec.whatwg.org/multipage/web-messaging.html#broadcasting-to-other-browsing-contexts
//
// A channel reaches the other plugins of the application that were granted it, their instances, and the application. The `origin` of a message
// is the name of the plugin that sent it.

import { open } from "outwit:messaging/broadcast";
import { close, enable, makeMailbox, post, translated } from "outwit:messaging/mailbox.js";
import { EventTarget, defineHandlers } from "outwit:dom/event-target.js";
import { DOMException } from "outwit:dom/exception.js";
import { usvString, isObject } from "outwit:webidl/convert.js";
import { defineInterface, illegalInvocation, required } from "outwit:webidl/interface.js";

let isBroadcastChannel;

class BroadcastChannel extends EventTarget {
  #mailbox;
  #name;

  constructor(name) {
    required(arguments.length, 1, "BroadcastChannel");
    name = usvString(name, "BroadcastChannel: name");
    super();
    let channel;
    try {
      channel = open(name);
    } catch (error) {
      throw translated(error, name);
    }
    this.#name = name;
    this.#mailbox = makeMailbox(this, channel, name);
    enable(this.#mailbox);
  }

  static {
    isBroadcastChannel = (value) => isObject(value) && #mailbox in value;
  }

  get name() {
    if (!(#mailbox in this)) throw illegalInvocation();
    return this.#name;
  }

  postMessage(message) {
    if (!(#mailbox in this)) throw illegalInvocation();
    required(arguments.length, 1, "BroadcastChannel.postMessage");
    if (this.#mailbox.box === undefined) throw new DOMException("The channel is closed", "InvalidStateError");
    post(this.#mailbox, message);
  }

  close() {
    if (!(#mailbox in this)) throw illegalInvocation();
    close(this.#mailbox);
  }
}
defineHandlers(BroadcastChannel, isBroadcastChannel, ["message", "messageerror"]);
defineInterface(BroadcastChannel);

export { BroadcastChannel };
