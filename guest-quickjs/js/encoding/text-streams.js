// `TextEncoderStream`, `TextDecoderStream`: Encoding (WHATWG). https://encoding.spec.whatwg.org/#interface-textdecoderstream

import { encode, makeDecoder } from "outwit:engine/encoding";
import { Uint8Array, charCodeAt, rejected, sliceText, typedArrayLength } from "outwit:webidl/primordials.js";
import { ALLOW_SHARED, bufferSource, domString } from "outwit:webidl/convert.js";
import { defineInterface } from "outwit:webidl/interface.js";
import { bytesOf } from "outwit:encoding/bytes.js";
import { decodeNext, decoderInit } from "outwit:encoding/text-decoder.js";
import { readableObject } from "outwit:streams/readable-stream.js";
import { createTransform } from "outwit:streams/transform.js";
import { writableObject } from "outwit:streams/writable-stream.js";

/** A transformer's step: what it throws is a rejection. */
const step = (run) => (first, second) => {
  try {
    run(first, second);
  } catch (error) {
    return rejected(error);
  }
};

class TextDecoderStream {
  #init;
  #stream;

  constructor(label = "utf-8", options = undefined) {
    const init = decoderInit(label, options, "TextDecoderStream");
    const decoder = makeDecoder(init.encoding, init.fatal, init.ignoreBOM);
    const write = (bytes, isLast, controller) => {
      const text = decodeNext(decoder, bytes, isLast, init);
      if (text !== "") controller.enqueue(text);
    };
    this.#init = init;
    this.#stream = createTransform({
      __proto__: null,
      transform: step((chunk, controller) => {
        bufferSource(chunk, "TextDecoderStream: chunk", ALLOW_SHARED);
        write(bytesOf(chunk), false, controller);
      }),
      flush: step((controller) => write(new Uint8Array(0), true, controller)),
    });
  }

  get encoding() {
    return this.#init.encoding;
  }

  get fatal() {
    return this.#init.fatal;
  }

  get ignoreBOM() {
    return this.#init.ignoreBOM;
  }

  get readable() {
    return readableObject(this.#stream.readable);
  }

  get writable() {
    return writableObject(this.#stream.writable);
  }
}
defineInterface(TextDecoderStream);

class TextEncoderStream {
  #stream;

  constructor() {
    // the first half of a character whose second half comes with the next chunk
    let pending = "";
    this.#stream = createTransform({
      __proto__: null,
      transform: step((chunk, controller) => {
        const text = pending + domString(chunk, "TextEncoderStream: chunk");
        const last = text === "" ? 0 : charCodeAt(text, text.length - 1);
        const isCut = last >= 0xd800 && last <= 0xdbff;
        pending = isCut ? sliceText(text, -1) : "";
        const bytes = encode(isCut ? sliceText(text, 0, -1) : text);
        if (typedArrayLength(bytes) > 0) controller.enqueue(bytes);
      }),
      flush: step((controller) => {
        if (pending !== "") controller.enqueue(encode(pending));
      }),
    });
  }

  get encoding() {
    this.#stream;
    return "utf-8";
  }

  get readable() {
    return readableObject(this.#stream.readable);
  }

  get writable() {
    return writableObject(this.#stream.writable);
  }
}
defineInterface(TextEncoderStream);

export { TextDecoderStream, TextEncoderStream };
