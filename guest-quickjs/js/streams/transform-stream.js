// `TransformStream`, `TransformStreamDefaultController`: Streams (WHATWG).
// https://streams.spec.whatwg.org/#ts-class

import { RangeError, apply, deferred } from "outwit:webidl/primordials.js";
import { any, callback, dictionary, isObject, object } from "outwit:webidl/convert.js";
import { INTERNAL, defineInterface, illegalInvocation, internalOnly } from "outwit:webidl/interface.js";
import { later, promising } from "outwit:streams/base.js";
import { readableObject } from "outwit:streams/readable-stream.js";
import { markOf, queuingStrategy, sizeOf } from "outwit:streams/strategies.js";
import { defineTransferableStream } from "outwit:streams/transferable.js";
import { Transform, TransformController } from "outwit:streams/transform.js";
import { writableObject } from "outwit:streams/writable-stream.js";

/** Whether this is a TransformStream. */
export let isTransformStream;
/** What is behind a TransformStream. */
export let transformOf;

const transformerType = dictionary("Transformer", {
  cancel: { type: callback },
  flush: { type: callback },
  readableType: { type: any },
  start: { type: callback },
  transform: { type: callback },
  writableType: { type: any },
});

/** A transformer out of what the plugin gave. */
function transformerOf(given, { transform, flush, cancel }) {
  return {
    __proto__: null,
    transform: transform && ((chunk, controller) => promising(transform, given, [chunk, controllerObject(controller)])),
    flush: flush && ((controller) => promising(flush, given, [controllerObject(controller)])),
    // its end has to come after that of a start that began before
    cancel: cancel && ((reason) => later(promising(cancel, given, [reason]))),
  };
}

class TransformStream {
  #stream;

  constructor(transformer = undefined, writableStrategy = undefined, readableStrategy = undefined) {
    if (transformer === INTERNAL) {
      this.#stream = writableStrategy;
      writableStrategy.object = this;
      return;
    }
    if (transformer !== undefined) object(transformer, "TransformStream: transformer");
    writableStrategy = queuingStrategy(writableStrategy, "TransformStream: writableStrategy");
    readableStrategy = queuingStrategy(readableStrategy, "TransformStream: readableStrategy");
    const given = transformerType(transformer, "TransformStream: transformer");
    if ("readableType" in given) throw new RangeError("TransformStream: transformer.readableType: there are no types");
    if ("writableType" in given) throw new RangeError("TransformStream: transformer.writableType: there are no types");
    const readableMark = markOf(readableStrategy, 0);
    const readableSize = sizeOf(readableStrategy);
    const writableMark = markOf(writableStrategy, 1);
    const writableSize = sizeOf(writableStrategy);
    const { promise, resolve } = deferred();
    const stream = new Transform(promise, writableMark, writableSize, readableMark, readableSize);
    this.#stream = stream;
    stream.object = this;
    const controller = new TransformController(stream, transformerOf(transformer, given));
    resolve(given.start === undefined ? undefined : apply(given.start, transformer, [controllerObject(controller)]));
  }

  static {
    isTransformStream = (value) => isObject(value) && #stream in value;
    transformOf = (value) => value.#stream;
  }

  get readable() {
    if (!(#stream in this)) throw illegalInvocation();
    return readableObject(this.#stream.readable);
  }

  get writable() {
    if (!(#stream in this)) throw illegalInvocation();
    return writableObject(this.#stream.writable);
  }
}
defineInterface(TransformStream);
defineTransferableStream(TransformStream, "transform-stream.js", isTransformStream);

class TransformStreamDefaultController {
  #controller;

  constructor(key = undefined, controller = undefined) {
    internalOnly(key);
    this.#controller = controller;
  }

  get desiredSize() {
    if (!(#controller in this)) throw illegalInvocation();
    return this.#controller.desiredSize;
  }

  enqueue(chunk = undefined) {
    if (!(#controller in this)) throw illegalInvocation();
    this.#controller.enqueue(chunk);
  }

  error(reason = undefined) {
    if (!(#controller in this)) throw illegalInvocation();
    this.#controller.error(reason);
  }

  terminate() {
    if (!(#controller in this)) throw illegalInvocation();
    this.#controller.terminate();
  }
}
defineInterface(TransformStreamDefaultController);

/** The object that a plugin's transformer gets. */
function controllerObject(controller) {
  return (controller.object ??= new TransformStreamDefaultController(INTERNAL, controller));
}

/** The TransformStream of what is behind it. */
export const transformObject = (stream) => stream.object ?? new TransformStream(INTERNAL, stream);

export { TransformStream, TransformStreamDefaultController };
