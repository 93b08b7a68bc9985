// What `BroadcastChannel` and `PluginPort` share: messages of the host become events.

import { cancel, queueTask } from "outwit:engine/tasks";
import { bufferOf } from "outwit:crypto/values.js";
import { DOMException, QuotaExceededError } from "outwit:dom/exception.js";
import { dispatch, fire, hasListeners, watchListeners } from "outwit:dom/event-target.js";
import { MessageEvent, createMessage } from "outwit:dom/events.js";
import { deserializeFromBytes, serializeToBytes } from "outwit:html/structured-clone.js";
import { Uint8Array, then } from "outwit:webidl/primordials.js";

const { dispose } = globalThis.Symbol;

/** The error of the web for one of the host's. */
export function translated(error, name) {
  const payload = error?.payload;
  switch (payload?.tag) {
    case "full":
      return new QuotaExceededError(`A receiver of "${name}" has ${payload.val} messages waiting`);
    case "too-long":
      return new QuotaExceededError(`A message has at most ${payload.val} bytes`);
    case "too-many":
      return new QuotaExceededError(`The plugin has ${payload.val} channels and ports already`);
    case "not-allowed":
      return new DOMException(`The plugin may not do this with "${name}"`, "NotAllowedError");
    case "closed":
      return new DOMException(`The other side of "${name}" is gone`, "InvalidStateError");
    case "other":
      return new DOMException(payload.val, "UnknownError");
    default:
      return error;
  }
}

/** A mailbox: `box` is the object of the host, `target` the one that gets the events. */
export function makeMailbox(target, box, name) {
  const mailbox = { __proto__: null, target, box, name, isEnabled: false, receiving: undefined };
  watchListeners(target, () => listen(mailbox));
  return mailbox;
}

/** Says that messages may come, once somebody listens. */
export function enable(mailbox) {
  mailbox.isEnabled = true;
  listen(mailbox);
}

/** Sends a value. */
export function post(mailbox, value) {
  const bytes = new Uint8Array(serializeToBytes(value));
  if (mailbox.box === undefined) return;
  try {
    mailbox.box.post(bytes);
  } catch (error) {
    throw translated(error, mailbox.name);
  }
}

/** Ends it. */
export function close(mailbox) {
  const { box, receiving } = mailbox;
  if (box === undefined) return;
  mailbox.box = undefined;
  mailbox.receiving = undefined;
  if (receiving !== undefined) cancel(receiving);
  box[dispose]();
}

/** Waits for a message while somebody listens: the call of the plugin lasts as long. */
function listen(mailbox) {
  const { target, box, receiving } = mailbox;
  if (box === undefined) return;
  const isHeard = mailbox.isEnabled
    && (hasListeners(target, "message") || hasListeners(target, "messageerror") || hasListeners(target, "close"));
  if (!isHeard) {
    if (receiving !== undefined) {
      mailbox.receiving = undefined;
      cancel(receiving);
    }
    return;
  }
  if (receiving !== undefined) return;
  const next = box.receive();
  mailbox.receiving = next;
  then(
    next,
    (message) => {
      if (mailbox.receiving !== next) return;
      mailbox.receiving = undefined;
      queueTask(() => {
        if (mailbox.box === undefined) return;
        try {
          deliver(target, message);
        } finally {
          listen(mailbox);
        }
      });
    },
    () => {
      if (mailbox.receiving !== next) return;
      // nobody is there any more, or nothing may be received
      const isOver = mailbox.box !== undefined;
      close(mailbox);
      if (isOver) fire(target, "close");
    },
  );
}

function deliver(target, { sender, data }) {
  const origin = sender ?? "";
  let value;
  try {
    value = deserializeFromBytes(bufferOf(data));
  } catch {
    fire(target, "messageerror", MessageEvent, { origin });
    return;
  }
  dispatch(target, createMessage({ origin }, value));
}
