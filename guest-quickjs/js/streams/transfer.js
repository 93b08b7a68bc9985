// Streams in the transfer list of `structuredClone` and of messages.
// https://streams.spec.whatwg.org/#transferrable-streams
//
// What is received is another stream; the one that was transferred is locked, and its chunks are cloned on their way.

import { require } from "outwit:engine/modules";
import { rejected } from "outwit:webidl/primordials.js";
import { handled } from "outwit:streams/base.js";
import { pipe } from "outwit:streams/pipe.js";
import { isReadableStream, readableObject, readableOf } from "outwit:streams/readable-stream.js";
import { createTransform } from "outwit:streams/transform.js";
import { isTransformStream, transformObject, transformOf } from "outwit:streams/transform-stream.js";
import { isWritableStream, writableObject, writableOf } from "outwit:streams/writable-stream.js";

const OPTIONS = { __proto__: null, preventClose: false, preventAbort: false, preventCancel: false, signal: undefined };

/** Whether this can be in a transfer list. */
export const isTransferable = (value) => isReadableStream(value) || isWritableStream(value) || isTransformStream(value);

function cannot(message) {
  const { DOMException } = require("outwit:dom/exception.js");
  return new DOMException(message, "DataCloneError");
}

function cloning(clone) {
  return createTransform({
    __proto__: null,
    transform(chunk, controller) {
      try {
        controller.enqueue(clone(chunk));
        return undefined;
      } catch (error) {
        return rejected(error);
      }
    },
  });
}

function transferReadable(stream, clone) {
  const { readable, writable } = cloning(clone);
  handled(pipe(stream, writable, OPTIONS));
  return readable;
}

function transferWritable(stream, clone) {
  const { readable, writable } = cloning(clone);
  handled(pipe(readable, stream, OPTIONS));
  return writable;
}

/**
 * The stream that is received for one that is transferred; `clone` copies a chunk. Throws a DataCloneError if it is locked.
 */
export function transferStream(value, clone) {
  if (isReadableStream(value)) {
    const stream = readableOf(value);
    if (stream.locked) throw cannot("A ReadableStream that is locked cannot be transferred");
    return readableObject(transferReadable(stream, clone));
  }
  if (isWritableStream(value)) {
    const stream = writableOf(value);
    if (stream.locked) throw cannot("A WritableStream that is locked cannot be transferred");
    return writableObject(transferWritable(stream, clone));
  }
  const { readable, writable } = transformOf(value);
  if (readable.locked || writable.locked) throw cannot("A TransformStream with a side that is locked cannot be transferred");
  return transformObject({
    __proto__: null,
    readable: transferReadable(readable, clone),
    writable: transferWritable(writable, clone),
    object: undefined,
  });
}
