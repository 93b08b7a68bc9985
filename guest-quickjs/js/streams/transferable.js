// How streams are registered for transfer; what does it, and cloning, are only evaluated when one is.
// https://streams.spec.whatwg.org/#transferrable-streams

import { require } from "outwit:engine/modules";
import { defineTransferable } from "outwit:webidl/platform.js";

/** Objects of this class can be in transfer lists. */
export function defineTransferableStream(Class, module, is) {
  defineTransferable(Class, `outwit:streams/${module}#${Class.name}`, {
    is,
    isDetached: () => false,
    send(stream) {
      const { structuredClone } = require("outwit:html/structured-clone.js");
      return require("outwit:streams/transfer.js").transferStream(stream, structuredClone);
    },
    receive: (stream) => stream,
  });
}
