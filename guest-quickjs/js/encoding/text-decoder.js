// `TextDecoder`: Encoding (WHATWG). https://encoding.spec.whatwg.org/#interface-textdecoder

import { decode, decodeUtf8, encodingOf, makeDecoder } from "outwit:engine/encoding";
import { RangeError, TypeError, Uint8Array } from "outwit:webidl/primordials.js";
import { ALLOW_SHARED, boolean, bufferSource, dictionary, domString } from "outwit:webidl/convert.js";
import { defineInterface } from "outwit:webidl/interface.js";
import { bytesOf } from "outwit:encoding/bytes.js";

const textDecoderOptions = dictionary("TextDecoderOptions", {
  fatal: { type: boolean, default: false },
  ignoreBOM: { type: boolean, default: false },
});
const textDecodeOptions = dictionary("TextDecodeOptions", {
  stream: { type: boolean, default: false },
});

/** What the constructors of decoders take: `{ encoding, fatal, ignoreBOM }`. */
export function decoderInit(label, options, name) {
  label = domString(label, `${name}: label`);
  const { fatal, ignoreBOM } = textDecoderOptions(options, `${name}: options`);
  const encoding = encodingOf(label);
  if (encoding === undefined) throw new RangeError(`${name}: there is no encoding '${label}'`);
  return { __proto__: null, encoding, fatal, ignoreBOM };
}

/** Decodes the next bytes. */
export function decodeNext(decoder, bytes, isLast, { encoding }) {
  const text = decode(decoder, bytes, isLast);
  if (text === undefined) throw malformed(encoding);
  return text;
}

const malformed = (encoding) => new TypeError(`The bytes are not ${encoding}`);

class TextDecoder {
  #init;
  /** Of a text that has begun. */
  #decoder = undefined;

  constructor(label = "utf-8", options = undefined) {
    this.#init = decoderInit(label, options, "TextDecoder");
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

  decode(input = undefined, options = undefined) {
    const init = this.#init;
    if (input !== undefined) bufferSource(input, "TextDecoder.decode: input", ALLOW_SHARED);
    const { stream } = textDecodeOptions(options, "TextDecoder.decode: options");
    const bytes = input === undefined ? new Uint8Array(0) : bytesOf(input);
    const { encoding, fatal, ignoreBOM } = init;
    if (!stream && this.#decoder === undefined && encoding === "utf-8") {
      const text = decodeUtf8(bytes, fatal, ignoreBOM);
      if (text === undefined) throw malformed(encoding);
      return text;
    }
    const decoder = (this.#decoder ??= makeDecoder(encoding, fatal, ignoreBOM));
    if (!stream) this.#decoder = undefined;
    return decodeNext(decoder, bytes, !stream, init);
  }
}
defineInterface(TextDecoder);

export { TextDecoder };
