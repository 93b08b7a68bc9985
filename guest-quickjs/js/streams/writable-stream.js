// `WritableStream`, `WritableStreamDefaultWriter`, `WritableStreamDefaultController`: Streams (WHATWG).
// https://streams.spec.whatwg.org/#ws-class

import { require } from "outwit:engine/modules";
import { RangeError, TypeError, apply, rejected } from "outwit:webidl/primordials.js";
import { any, callback, dictionary, instance, isObject, object } from "outwit:webidl/convert.js";
import { INTERNAL, defineInterface, illegalInvocation, internalOnly, required } from "outwit:webidl/interface.js";
import { promising } from "outwit:streams/base.js";
import { markOf, queuingStrategy, sizeOf } from "outwit:streams/strategies.js";
import { defineTransferableStream } from "outwit:streams/transferable.js";
import { Writable, WritableController, WritePromise, Writer } from "outwit:streams/writable.js";

/** Whether this is a WritableStream. */
export let isWritableStream;
/** What is behind a WritableStream. */
export let writableOf;

const underlyingSink = dictionary("UnderlyingSink", {
  abort: { type: callback },
  close: { type: callback },
  start: { type: callback },
  type: { type: any },
  write: { type: callback },
});

/** A sink out of what the plugin gave. */
function sinkOf(given, { start, write, close, abort }) {
  return {
    __proto__: null,
    start: start && ((controller) => apply(start, given, [controllerObject(controller)])),
    write: write && ((chunk, controller) => promising(write, given, [chunk, controllerObject(controller)])),
    close: close && (() => promising(close, given, [])),
    abort: abort && ((reason) => promising(abort, given, [reason])),
  };
}

class WritableStream {
  #stream;

  constructor(sink = undefined, strategy = undefined) {
    if (sink === INTERNAL) {
      this.#stream = strategy;
      strategy.object = this;
      return;
    }
    if (sink !== undefined) object(sink, "WritableStream: underlyingSink");
    strategy = queuingStrategy(strategy, "WritableStream: strategy");
    const given = underlyingSink(sink, "WritableStream: underlyingSink");
    if ("type" in given) throw new RangeError("WritableStream: underlyingSink.type: there are no types");
    const stream = new Writable();
    this.#stream = stream;
    stream.object = this;
    const size = sizeOf(strategy);
    new WritableController(stream, sinkOf(sink, given), markOf(strategy, 1), size);
  }

  static {
    isWritableStream = (value) => isObject(value) && #stream in value;
    writableOf = (value) => value.#stream;
  }

  get locked() {
    if (!(#stream in this)) throw illegalInvocation();
    return this.#stream.locked;
  }

  abort(reason = undefined) {
    if (!isWritableStream(this)) return rejected(illegalInvocation());
    if (this.#stream.locked) return rejected(new TypeError("WritableStream.abort: the stream is locked to a writer"));
    return this.#stream.abort(reason);
  }

  close() {
    if (!isWritableStream(this)) return rejected(illegalInvocation());
    if (this.#stream.locked) return rejected(new TypeError("WritableStream.close: the stream is locked to a writer"));
    return closeOnce(this.#stream, "WritableStream.close");
  }

  getWriter() {
    if (!(#stream in this)) throw illegalInvocation();
    return new WritableStreamDefaultWriter(this);
  }
}
defineInterface(WritableStream);
defineTransferableStream(WritableStream, "writable-stream.js", isWritableStream);

function closeOnce(stream, what) {
  if (stream.isClosing) return rejected(new TypeError(`${what}: the stream is being closed already`));
  return stream.close();
}

const writableStream = instance(isWritableStream, "WritableStream");
const released = (what) => new TypeError(`WritableStreamDefaultWriter.${what}: the writer has been released`);

class WritableStreamDefaultWriter {
  #writer;

  constructor(stream) {
    if (arguments.length === 0) required(0, 1, "WritableStreamDefaultWriter");
    this.#writer = new Writer(writableOf(writableStream(stream, "WritableStreamDefaultWriter: stream")));
  }

  get closed() {
    if (!isObject(this) || !(#writer in this)) return rejected(illegalInvocation());
    return this.#writer.closed.get();
  }

  get desiredSize() {
    if (!(#writer in this)) throw illegalInvocation();
    if (this.#writer.stream === undefined) throw released("desiredSize");
    return this.#writer.desiredSize;
  }

  get ready() {
    if (!isObject(this) || !(#writer in this)) return rejected(illegalInvocation());
    return this.#writer.ready.get();
  }

  abort(reason = undefined) {
    if (!isObject(this) || !(#writer in this)) return rejected(illegalInvocation());
    if (this.#writer.stream === undefined) return rejected(released("abort"));
    return this.#writer.stream.abort(reason);
  }

  close() {
    if (!isObject(this) || !(#writer in this)) return rejected(illegalInvocation());
    if (this.#writer.stream === undefined) return rejected(released("close"));
    return closeOnce(this.#writer.stream, "WritableStreamDefaultWriter.close");
  }

  releaseLock() {
    if (!(#writer in this)) throw illegalInvocation();
    if (this.#writer.stream !== undefined) this.#writer.release();
  }

  write(chunk = undefined) {
    if (!isObject(this) || !(#writer in this)) return rejected(illegalInvocation());
    if (this.#writer.stream === undefined) return rejected(released("write"));
    const request = new WritePromise();
    this.#writer.write(chunk, request);
    return request.promise;
  }
}
defineInterface(WritableStreamDefaultWriter);

class WritableStreamDefaultController {
  #controller;

  constructor(key = undefined, controller = undefined) {
    internalOnly(key);
    this.#controller = controller;
  }

  get signal() {
    if (!(#controller in this)) throw illegalInvocation();
    return signalOf(this.#controller);
  }

  error(error = undefined) {
    if (!(#controller in this)) throw illegalInvocation();
    this.#controller.errorIfNeeded(error);
  }
}
defineInterface(WritableStreamDefaultController);

/** The signal of a controller, which comes into being when somebody looks at it. */
function signalOf(controller) {
  if (controller.aborter === undefined) {
    const { createSignal, signalAbort } = require("outwit:dom/abort.js");
    const signal = createSignal();
    const abort = (reason) => signalAbort(signal, reason);
    controller.aborter = { __proto__: null, signal, abort };
    if (controller.isAborted) abort(controller.abortReason);
  }
  return controller.aborter.signal;
}

/** The object that a plugin's sink gets. */
function controllerObject(controller) {
  return (controller.object ??= new WritableStreamDefaultController(INTERNAL, controller));
}

/** The WritableStream of what is behind it. */
export const writableObject = (stream) => stream.object ?? new WritableStream(INTERNAL, stream);

export { WritableStream, WritableStreamDefaultController, WritableStreamDefaultWriter };
