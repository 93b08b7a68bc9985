// Transform streams: the stream, its controller.
// https://streams.spec.whatwg.org/#ts
//
// A transformer is `{ start, transform, flush, cancel }`. What the last three return is a promise, or `undefined`; they never throw.

import { TypeError, deferred, rejected, then } from "outwit:webidl/primordials.js";
import { internal, later, upon } from "outwit:streams/base.js";
import { createReadable } from "outwit:streams/readable.js";
import { createWritable } from "outwit:streams/writable.js";

export class Transform {
  readable;
  writable;
  controller = undefined;
  backpressure = undefined;
  backpressureChange = undefined;
  object = undefined;

  /** `start` is what the transformer's has returned, or will have: both sides wait for it. */
  constructor(start, writableMark, writableSize, readableMark, readableSize) {
    this.writable = createWritable(
      {
        __proto__: null,
        start: () => later(start),
        write: (chunk) => this.#write(chunk),
        close: () => this.#close(),
        abort: (reason) => this.#abort(reason),
      },
      writableMark,
      writableSize,
    );
    this.readable = createReadable(
      {
        __proto__: null,
        start: () => later(start),
        pull: () => this.#pull(),
        cancel: (reason) => this.#cancel(reason),
      },
      readableMark,
      readableSize,
    );
    this.setBackpressure(true);
  }

  error(error) {
    this.readable.controller.error(error);
    this.errorWritable(error);
  }

  /** Fails the writable side, and wakes who waits for the readable one. */
  errorWritable(error) {
    this.controller.clear();
    this.writable.controller.errorIfNeeded(error);
    this.#unblock();
  }

  #unblock() {
    if (this.backpressure) this.setBackpressure(false);
  }

  setBackpressure(backpressure) {
    this.backpressureChange?.resolve();
    this.backpressureChange = undefined;
    this.backpressure = backpressure;
  }

  /** A promise of the next change. */
  #change() {
    this.backpressureChange ??= deferred();
    return this.backpressureChange.promise;
  }

  #write(chunk) {
    if (!this.backpressure) return this.controller.perform(chunk);
    return then(this.#change(), () => {
      if (this.writable.state === "erroring") throw this.writable.storedError;
      return this.controller.perform(chunk);
    });
  }

  #abort(reason) {
    const { controller, readable } = this;
    if (controller.finish !== undefined) return controller.finish.promise;
    return controller.finishWith(
      (transformer) => transformer.cancel?.(reason),
      () => {
        if (readable.state === "errored") throw readable.storedError;
        readable.controller.error(reason);
      },
      (error) => readable.controller.error(error),
    );
  }

  #close() {
    const { controller, readable } = this;
    if (controller.finish !== undefined) return controller.finish.promise;
    return controller.finishWith(
      (transformer) => transformer.flush?.(controller),
      () => {
        if (readable.state === "errored") throw readable.storedError;
        readable.controller.close();
      },
      (error) => readable.controller.error(error),
    );
  }

  #cancel(reason) {
    const { controller, writable } = this;
    if (controller.finish !== undefined) return controller.finish.promise;
    return controller.finishWith(
      (transformer) => transformer.cancel?.(reason),
      () => {
        if (writable.state === "errored") throw writable.storedError;
        writable.controller.errorIfNeeded(reason);
        this.#unblock();
      },
      (error) => {
        writable.controller.errorIfNeeded(error);
        this.#unblock();
      },
    );
  }

  #pull() {
    this.setBackpressure(false);
    return this.#change();
  }
}
internal(Transform);

export class TransformController {
  stream;
  transformer;
  /** The end that has begun. */
  finish = undefined;
  object = undefined;

  constructor(stream, transformer) {
    this.stream = stream;
    this.transformer = transformer;
    stream.controller = this;
  }

  get desiredSize() {
    return this.stream.readable.controller.desiredSize;
  }

  clear() {
    this.transformer = undefined;
  }

  enqueue(chunk) {
    const { stream } = this;
    const { controller } = stream.readable;
    if (!controller.canCloseOrEnqueue) throw new TypeError("The readable side is closed, or has failed");
    try {
      controller.enqueue(chunk);
    } catch (error) {
      stream.errorWritable(error);
      throw stream.readable.storedError;
    }
    const backpressure = controller.hasBackpressure;
    if (backpressure !== stream.backpressure) stream.setBackpressure(true);
  }

  error(error) {
    this.stream.error(error);
  }

  terminate() {
    this.stream.readable.controller.close();
    this.stream.errorWritable(new TypeError("The transformation has been terminated"));
  }

  /** A transformer without `transform` passes chunks on. */
  perform(chunk) {
    const { transformer } = this;
    let result;
    if (transformer.transform === undefined) {
      try {
        this.enqueue(chunk);
      } catch (error) {
        result = rejected(error);
      }
    } else {
      result = transformer.transform(chunk, this);
    }
    if (result === undefined) return undefined;
    return then(result, undefined, (error) => {
      this.stream.error(error);
      throw error;
    });
  }

  /** Calls the transformer a last time; gives the promise of the end. */
  finishWith(last, succeed, fail) {
    const end = deferred();
    this.finish = end;
    const result = last(this.transformer);
    this.clear();
    upon(
      result,
      () => {
        try {
          succeed();
          end.resolve();
        } catch (error) {
          end.reject(error);
        }
      },
      (error) => {
        fail(error);
        end.reject(error);
      },
    );
    return end.promise;
  }
}
internal(TransformController);

/** A stream of a transformer of ours; without it, one that passes chunks on. */
export function createTransform(transformer = { __proto__: null }, writableMark = 1, readableMark = 0) {
  const stream = new Transform(undefined, writableMark, undefined, readableMark, undefined);
  new TransformController(stream, transformer);
  return stream;
}
