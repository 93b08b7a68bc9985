// `ReadableStreamDefaultReader`, `ReadableStreamBYOBReader`: Streams (WHATWG).
// https://streams.spec.whatwg.org/#default-reader-class

import { RangeError, TypeError, bufferByteLength, bufferDetached, rejected, typedArrayLength, typedArrayName } from "outwit:webidl/primordials.js";
import {
  ENFORCE_RANGE, bufferOf, dictionary, instance, isObject, unsignedLongLong, view,
} from "outwit:webidl/convert.js";
import { defineInterface, illegalInvocation, required } from "outwit:webidl/interface.js";
import { byteLengthOf } from "outwit:streams/buffers.js";
import { ByobReader } from "outwit:streams/bytes.js";
import { DefaultReader, ReadPromise } from "outwit:streams/readable.js";
import { isReadableStream, readableOf } from "outwit:streams/readable-stream.js";

const readableStream = instance((value) => isReadableStream(value), "ReadableStream");
const released = (what) => new TypeError(`${what}: the reader has been released`);

class ReadableStreamDefaultReader {
  #reader;

  constructor(stream) {
    if (arguments.length === 0) required(0, 1, "ReadableStreamDefaultReader");
    this.#reader = new DefaultReader(readableOf(readableStream(stream, "ReadableStreamDefaultReader: stream")));
  }

  get closed() {
    if (!isObject(this) || !(#reader in this)) return rejected(illegalInvocation());
    return this.#reader.closed.get();
  }

  cancel(reason = undefined) {
    if (!isObject(this) || !(#reader in this)) return rejected(illegalInvocation());
    if (this.#reader.stream === undefined) return rejected(released("ReadableStreamDefaultReader.cancel"));
    return this.#reader.cancel(reason);
  }

  read() {
    if (!isObject(this) || !(#reader in this)) return rejected(illegalInvocation());
    if (this.#reader.stream === undefined) return rejected(released("ReadableStreamDefaultReader.read"));
    const request = new ReadPromise();
    this.#reader.read(request);
    return request.get();
  }

  releaseLock() {
    if (!(#reader in this)) throw illegalInvocation();
    this.#reader.release();
  }
}
defineInterface(ReadableStreamDefaultReader);

const readOptions = dictionary("ReadableStreamBYOBReaderReadOptions", {
  min: { type: unsignedLongLong, mode: ENFORCE_RANGE, default: 1 },
});

class ReadableStreamBYOBReader {
  #reader;

  constructor(stream) {
    if (arguments.length === 0) required(0, 1, "ReadableStreamBYOBReader");
    this.#reader = new ByobReader(readableOf(readableStream(stream, "ReadableStreamBYOBReader: stream")));
  }

  get closed() {
    if (!isObject(this) || !(#reader in this)) return rejected(illegalInvocation());
    return this.#reader.closed.get();
  }

  cancel(reason = undefined) {
    if (!isObject(this) || !(#reader in this)) return rejected(illegalInvocation());
    if (this.#reader.stream === undefined) return rejected(released("ReadableStreamBYOBReader.cancel"));
    return this.#reader.cancel(reason);
  }

  read(given, options = undefined) {
    const what = "ReadableStreamBYOBReader.read";
    try {
      if (!isObject(this) || !(#reader in this)) throw illegalInvocation();
      if (arguments.length === 0) required(0, 1, what);
      view(given, `${what}: view`);
      const { min } = readOptions(options, `${what}: options`);
      if (bufferDetached(bufferOf(given))) throw new TypeError(`${what}: view: its buffer is detached`);
      if (byteLengthOf(given) === 0) throw new TypeError(`${what}: view: it has no room`);
      if (bufferByteLength(bufferOf(given)) === 0) throw new TypeError(`${what}: view: its buffer has no room`);
      if (min === 0) throw new TypeError(`${what}: options.min: it is 0`);
      const most = typedArrayName(given) === undefined ? byteLengthOf(given) : typedArrayLength(given);
      if (min > most) throw new RangeError(`${what}: options.min: it is more than the view holds`);
      if (this.#reader.stream === undefined) throw released(what);
      const request = new ReadPromise();
      this.#reader.read(given, min, request);
      return request.get();
    } catch (error) {
      return rejected(error);
    }
  }

  releaseLock() {
    if (!(#reader in this)) throw illegalInvocation();
    this.#reader.release();
  }
}
defineInterface(ReadableStreamBYOBReader);

export { ReadableStreamBYOBReader, ReadableStreamDefaultReader };
