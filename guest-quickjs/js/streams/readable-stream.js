// `ReadableStream`: Streams (WHATWG).
// https://streams.spec.whatwg.org/#rs-class

import { require } from "outwit:engine/modules";
import { RangeError, TypeError, apply, deferred, rejected, resolved, then } from "outwit:webidl/primordials.js";
import {
  ENFORCE_RANGE, boolean, callback, dictionary, enumeration, instance, isObject, object, unsignedLongLong,
} from "outwit:webidl/convert.js";
import {
  END, INTERNAL, defineAsyncIterable, defineInterface, illegalInvocation, required,
} from "outwit:webidl/interface.js";
import { handled, promising } from "outwit:streams/base.js";
import { ByteController } from "outwit:streams/bytes.js";
import { controllerObject } from "outwit:streams/readable-controllers.js";
import { from } from "outwit:streams/from.js";
import { DefaultController, DefaultReader, Readable } from "outwit:streams/readable.js";
import { ReadableStreamBYOBReader, ReadableStreamDefaultReader } from "outwit:streams/readers.js";
import { markOf, queuingStrategy, sizeOf } from "outwit:streams/strategies.js";
import { defineTransferableStream } from "outwit:streams/transferable.js";

/** Whether this is a ReadableStream. */
export let isReadableStream;
/** What is behind a ReadableStream. */
export let readableOf;

const underlyingSource = dictionary("UnderlyingSource", {
  autoAllocateChunkSize: { type: unsignedLongLong, mode: ENFORCE_RANGE },
  cancel: { type: callback },
  pull: { type: callback },
  start: { type: callback },
  type: { type: enumeration("ReadableStreamType", ["bytes"]) },
});

/** A source out of what the plugin gave. */
function sourceOf(given, { start, pull, cancel }) {
  return {
    __proto__: null,
    start: start && ((controller) => apply(start, given, [controllerObject(controller)])),
    pull: pull && ((controller) => promising(pull, given, [controllerObject(controller)])),
    cancel: cancel && ((reason) => promising(cancel, given, [reason])),
  };
}

class ReadableStream {
  #stream;

  constructor(source = undefined, strategy = undefined) {
    if (source === INTERNAL) {
      this.#stream = strategy;
      strategy.object = this;
      return;
    }
    if (source !== undefined) object(source, "ReadableStream: underlyingSource");
    strategy = queuingStrategy(strategy, "ReadableStream: strategy");
    const given = underlyingSource(source, "ReadableStream: underlyingSource");
    const stream = new Readable();
    this.#stream = stream;
    stream.object = this;
    if (given.type === "bytes") {
      if (strategy.size !== undefined) throw new RangeError("ReadableStream: a stream of bytes has no 'size' in its strategy");
      const mark = markOf(strategy, 0);
      if (given.autoAllocateChunkSize === 0) throw new TypeError("ReadableStream: underlyingSource.autoAllocateChunkSize: it is 0");
      new ByteController(stream, sourceOf(source, given), mark, given.autoAllocateChunkSize);
    } else {
      new DefaultController(stream, sourceOf(source, given), markOf(strategy, 1), sizeOf(strategy));
    }
  }

  static {
    isReadableStream = (value) => isObject(value) && #stream in value;
    readableOf = (value) => value.#stream;
  }

  static from(asyncIterable) {
    if (arguments.length === 0) required(0, 1, "ReadableStream.from");
    return readableObject(from(asyncIterable));
  }

  get locked() {
    if (!(#stream in this)) throw illegalInvocation();
    return this.#stream.locked;
  }

  cancel(reason = undefined) {
    if (!isReadableStream(this)) return rejected(illegalInvocation());
    if (this.#stream.locked) return rejected(new TypeError("ReadableStream.cancel: the stream is locked to a reader"));
    return this.#stream.cancel(reason);
  }

  getReader(options = undefined) {
    if (!(#stream in this)) throw illegalInvocation();
    const { mode } = readerOptions(options, "ReadableStream.getReader: options");
    return mode === undefined ? new ReadableStreamDefaultReader(this) : new ReadableStreamBYOBReader(this);
  }

  pipeThrough(transform, options = undefined) {
    if (!(#stream in this)) throw illegalInvocation();
    if (arguments.length === 0) required(0, 1, "ReadableStream.pipeThrough");
    const { readable, writable } = pair(transform, "ReadableStream.pipeThrough: transform");
    options = pipeOptions(options, "ReadableStream.pipeThrough: options");
    if (this.#stream.locked) throw new TypeError("ReadableStream.pipeThrough: the stream is locked to a reader");
    const { writableOf } = writables();
    if (writableOf(writable).locked) throw new TypeError("ReadableStream.pipeThrough: the writable side is locked to a writer");
    const { pipe } = require("outwit:streams/pipe.js");
    handled(pipe(this.#stream, writableOf(writable), options));
    return readable;
  }

  pipeTo(destination, options = undefined) {
    try {
      if (!isReadableStream(this)) throw illegalInvocation();
      if (arguments.length === 0) required(0, 1, "ReadableStream.pipeTo");
      writableStream(destination, "ReadableStream.pipeTo: destination");
      options = pipeOptions(options, "ReadableStream.pipeTo: options");
      if (this.#stream.locked) throw new TypeError("ReadableStream.pipeTo: the stream is locked to a reader");
      const writable = writables().writableOf(destination);
      if (writable.locked) throw new TypeError("ReadableStream.pipeTo: the destination is locked to a writer");
      return require("outwit:streams/pipe.js").pipe(this.#stream, writable, options);
    } catch (error) {
      return rejected(error);
    }
  }

  tee() {
    if (!(#stream in this)) throw illegalInvocation();
    const branches = require("outwit:streams/tee.js").tee(this.#stream);
    return [readableObject(branches[0]), readableObject(branches[1])];
  }
}

const readableStream = instance(isReadableStream, "ReadableStream");
/** What writes, pipes and tees is only evaluated where a plugin does: see `PARTS` of the engine. */
const writables = () => require("outwit:streams/writable-stream.js");
const writableStream = (value, what) => instance(writables().isWritableStream, "WritableStream")(value, what);
const readerOptions = dictionary("ReadableStreamGetReaderOptions", {
  mode: { type: enumeration("ReadableStreamReaderMode", ["byob"]) },
});
const pair = dictionary("ReadableWritablePair", {
  readable: { type: readableStream, required: true },
  writable: { type: writableStream, required: true },
});

/** As an AbortSignal is a large thing, it only comes into being where somebody has one. */
function signal(value, what) {
  const { addAbortAlgorithm, isAbortSignal, isAborted, reasonOf, removeAbortAlgorithm } = require("outwit:dom/abort.js");
  instance(isAbortSignal, "AbortSignal")(value, what);
  return {
    __proto__: null,
    get aborted() {
      return isAborted(value);
    },
    get reason() {
      return reasonOf(value);
    },
    listen(algorithm) {
      addAbortAlgorithm(value, algorithm);
      return () => removeAbortAlgorithm(value, algorithm);
    },
  };
}

const pipeOptions = dictionary("StreamPipeOptions", {
  preventAbort: { type: boolean, default: false },
  preventCancel: { type: boolean, default: false },
  preventClose: { type: boolean, default: false },
  signal: { type: signal },
});
const iteratorOptions = dictionary("ReadableStreamIteratorOptions", { preventCancel: { type: boolean, default: false } });

defineAsyncIterable(ReadableStream, {
  start(stream, options = undefined) {
    if (!isReadableStream(stream)) throw illegalInvocation();
    const { preventCancel } = iteratorOptions(options, "ReadableStream.values: options");
    return { __proto__: null, reader: new DefaultReader(readableOf(stream)), preventCancel };
  },
  next({ reader }) {
    const { promise, resolve, reject } = deferred();
    reader.read({
      __proto__: null,
      chunk: resolve,
      close() {
        reader.release();
        resolve(END);
      },
      error(error) {
        reader.release();
        reject(error);
      },
    });
    return promise;
  },
  finish({ reader, preventCancel }, reason) {
    const result = preventCancel ? resolved(undefined) : reader.cancel(reason);
    reader.release();
    return result;
  },
});
defineInterface(ReadableStream);
defineTransferableStream(ReadableStream, "readable-stream.js", isReadableStream);

/** The ReadableStream of what is behind it. */
export const readableObject = (stream) => stream.object ?? new ReadableStream(INTERNAL, stream);

export { ReadableStream };
