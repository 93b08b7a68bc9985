// `TextEncoder`: Encoding (WHATWG). https://encoding.spec.whatwg.org/#interface-textencoder

import { encode, encodeInto } from "outwit:engine/encoding";
import { typedArrayLength } from "outwit:webidl/primordials.js";
import { ALLOW_SHARED, domString, uint8Array } from "outwit:webidl/convert.js";
import { defineInterface, illegalInvocation, required } from "outwit:webidl/interface.js";

class TextEncoder {
  #encoding = "utf-8";

  get encoding() {
    return this.#encoding;
  }

  encode(input = "") {
    if (!(#encoding in this)) throw illegalInvocation();
    return encode(domString(input, "TextEncoder.encode: input"));
  }

  encodeInto(source, destination) {
    if (!(#encoding in this)) throw illegalInvocation();
    required(arguments.length, 2, "TextEncoder.encodeInto");
    source = domString(source, "TextEncoder.encodeInto: source");
    uint8Array(destination, "TextEncoder.encodeInto: destination", ALLOW_SHARED);
    if (typedArrayLength(destination) === 0) return { read: 0, written: 0 };
    const { 0: read, 1: written } = encodeInto(source, destination);
    return { read, written };
  }
}
defineInterface(TextEncoder);

export { TextEncoder };
