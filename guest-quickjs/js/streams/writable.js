// Writable streams: the stream, its writer, its controller.
// https://streams.spec.whatwg.org/#ws
//
// A sink is `{ start, write, close, abort }`. What `write`, `close` and `abort` return is a promise, or `undefined`; they never
// throw. A write request is `{ resolve(), reject(error) }`.


import { TypeError, deferred, rejected, resolved } from "outwit:webidl/primordials.js";
import { Lazy, List, Queue, internal, upon } from "outwit:streams/base.js";

/** What is in the queue instead of a last chunk. */
const CLOSE = { __proto__: null };

export class Writable {
  state = "writable";
  storedError = undefined;
  writer = undefined;
  controller = undefined;
  writeRequests = new List();
  inFlightWrite = undefined;
  closeRequest = undefined;
  inFlightClose = undefined;
  pendingAbort = undefined;
  backpressure = false;
  object = undefined;

  get locked() {
    return this.writer !== undefined;
  }

  /** Whether it is being closed. */
  get isClosing() {
    return this.closeRequest !== undefined || this.inFlightClose !== undefined;
  }

  get isInFlight() {
    return this.inFlightWrite !== undefined || this.inFlightClose !== undefined;
  }

  abort(reason) {
    if (this.state === "closed" || this.state === "errored") return resolved(undefined);
    this.controller.signalAbort(reason);
    // whoever listens to the signal may have changed it
    if (this.state === "closed" || this.state === "errored") return resolved(undefined);
    if (this.pendingAbort !== undefined) return this.pendingAbort.promise;
    const wasErroring = this.state === "erroring";
    const { promise, resolve, reject } = deferred();
    this.pendingAbort = { __proto__: null, promise, resolve, reject, wasErroring, reason: wasErroring ? undefined : reason };
    if (!wasErroring) this.startErroring(reason);
    return promise;
  }

  close() {
    if (this.state === "closed" || this.state === "errored") {
      return rejected(new TypeError(`The stream is ${this.state}, so it cannot be closed`));
    }
    const request = deferred();
    this.closeRequest = request;
    if (this.writer !== undefined && this.backpressure && this.state === "writable") this.writer.ready.resolve();
    this.controller.close();
    return request.promise;
  }

  startErroring(reason) {
    this.state = "erroring";
    this.storedError = reason;
    this.writer?.ready.replaceByRejected(reason);
    if (!this.isInFlight && this.controller.started) this.finishErroring();
  }

  dealWithRejection(error) {
    if (this.state === "writable") this.startErroring(error);
    else this.finishErroring();
  }

  finishErroring() {
    this.state = "errored";
    this.controller.queue.reset();
    const { storedError } = this;
    const requests = this.writeRequests.takeAll();
    while (requests.length > 0) requests.shift().reject(storedError);
    const abort = this.pendingAbort;
    this.pendingAbort = undefined;
    if (abort === undefined) {
      this.#rejectClose();
      return;
    }
    if (abort.wasErroring) {
      abort.reject(storedError);
      this.#rejectClose();
      return;
    }
    upon(
      this.controller.abortSteps(abort.reason),
      () => {
        abort.resolve();
        this.#rejectClose();
      },
      (error) => {
        abort.reject(error);
        this.#rejectClose();
      },
    );
  }

  #rejectClose() {
    this.closeRequest?.reject(this.storedError);
    this.closeRequest = undefined;
    this.writer?.closed.reject(this.storedError);
  }

  finishWrite() {
    const request = this.inFlightWrite;
    this.inFlightWrite = undefined;
    request.resolve();
  }

  failWrite(error) {
    const request = this.inFlightWrite;
    this.inFlightWrite = undefined;
    request.reject(error);
    this.dealWithRejection(error);
  }

  finishClose() {
    this.inFlightClose.resolve();
    this.inFlightClose = undefined;
    if (this.state === "erroring") {
      this.storedError = undefined;
      this.pendingAbort?.resolve();
      this.pendingAbort = undefined;
    }
    this.state = "closed";
    this.writer?.closed.resolve();
  }

  failClose(error) {
    this.inFlightClose.reject(error);
    this.inFlightClose = undefined;
    this.pendingAbort?.reject(error);
    this.pendingAbort = undefined;
    this.dealWithRejection(error);
  }

  updateBackpressure(backpressure) {
    if (this.writer !== undefined && backpressure !== this.backpressure) {
      if (backpressure) this.writer.ready.reset();
      else this.writer.ready.resolve();
    }
    this.backpressure = backpressure;
  }
}
internal(Writable);

export class Writer {
  stream;
  closed = new Lazy();
  ready = new Lazy();

  constructor(stream) {
    if (stream.locked) throw new TypeError("The stream is locked to another writer");
    this.stream = stream;
    stream.writer = this;
    switch (stream.state) {
      case "writable":
        if (stream.isClosing || !stream.backpressure) this.ready.resolve();
        break;
      case "erroring":
        this.ready.reject(stream.storedError);
        break;
      case "closed":
        this.ready.resolve();
        this.closed.resolve();
        break;
      default:
        this.ready.reject(stream.storedError);
        this.closed.reject(stream.storedError);
    }
  }

  get desiredSize() {
    const { stream } = this;
    if (stream.state === "errored" || stream.state === "erroring") return null;
    return stream.state === "closed" ? 0 : stream.controller.desiredSize;
  }

  /** Closes the stream unless that has been done or it has failed. */
  closeWithErrors() {
    const { stream } = this;
    if (stream.isClosing || stream.state === "closed") return resolved(undefined);
    if (stream.state === "errored") return rejected(stream.storedError);
    return stream.close();
  }

  release() {
    const { stream } = this;
    const error = new TypeError("The writer has been released");
    this.ready.replaceByRejected(error);
    this.closed.replaceByRejected(error);
    stream.writer = undefined;
    this.stream = undefined;
  }

  /** Writes a chunk; the request hears how that ends. */
  write(chunk, request) {
    const { stream } = this;
    const { controller } = stream;
    const size = controller.sizeOf(chunk);
    // the plugin's `size` may have released the writer
    if (this.stream !== stream) request.reject(new TypeError("The writer has been released"));
    else if (stream.state === "errored") request.reject(stream.storedError);
    else if (stream.isClosing || stream.state === "closed") request.reject(new TypeError("The stream is closed, or is being closed"));
    else if (stream.state === "erroring") request.reject(stream.storedError);
    else {
      stream.writeRequests.push(request);
      controller.write(chunk, size);
    }
  }
}
internal(Writer);

/** A write request that is a promise. */
export class WritePromise {
  promise;
  resolve;
  reject;

  constructor() {
    const { promise, resolve, reject } = deferred();
    this.promise = promise;
    this.resolve = resolve;
    this.reject = reject;
  }
}
internal(WritePromise);

export class WritableController {
  stream;
  queue = new Queue();
  started = false;
  sink;
  highWaterMark;
  size;
  /** Whether the stream has been aborted, and why, for a signal that does not exist yet. */
  isAborted = false;
  abortReason = undefined;
  aborter = undefined;
  object = undefined;

  constructor(stream, sink, highWaterMark, size) {
    this.stream = stream;
    this.sink = sink;
    this.highWaterMark = highWaterMark;
    this.size = size;
    stream.controller = this;
    stream.updateBackpressure(this.backpressure);
    upon(
      sink.start?.(this),
      () => {
        this.started = true;
        this.#advance();
      },
      (error) => {
        this.started = true;
        stream.dealWithRejection(error);
      },
    );
  }

  get desiredSize() {
    return this.highWaterMark - this.queue.total;
  }

  get backpressure() {
    return this.desiredSize <= 0;
  }

  signalAbort(reason) {
    if (this.isAborted) return;
    this.isAborted = true;
    this.abortReason = reason;
    this.aborter?.abort(reason);
  }

  abortSteps(reason) {
    const result = this.sink.abort?.(reason);
    this.#clear();
    return result;
  }

  /** Forgets what is the plugin's. */
  #clear() {
    this.sink = undefined;
    this.size = undefined;
  }

  close() {
    this.queue.push(CLOSE, 0);
    this.#advance();
  }

  error(error) {
    this.#clear();
    this.stream.startErroring(error);
  }

  errorIfNeeded(error) {
    if (this.stream.state === "writable") this.error(error);
  }

  sizeOf(chunk) {
    if (this.size === undefined) return 1;
    try {
      return this.size(chunk);
    } catch (error) {
      this.errorIfNeeded(error);
      return 1;
    }
  }

  write(chunk, size) {
    const { stream } = this;
    try {
      this.queue.push(chunk, size);
    } catch (error) {
      this.errorIfNeeded(error);
      return;
    }
    if (!stream.isClosing && stream.state === "writable") stream.updateBackpressure(this.backpressure);
    this.#advance();
  }

  #advance() {
    const { stream } = this;
    if (!this.started || stream.inFlightWrite !== undefined) return;
    if (stream.state === "erroring") {
      stream.finishErroring();
      return;
    }
    if (this.queue.isEmpty()) return;
    const chunk = this.queue.first();
    if (chunk === CLOSE) this.#processClose();
    else this.#processWrite(chunk);
  }

  #processClose() {
    const { stream } = this;
    stream.inFlightClose = stream.closeRequest;
    stream.closeRequest = undefined;
    this.queue.shift();
    const result = this.sink.close?.();
    this.#clear();
    upon(
      result,
      () => stream.finishClose(),
      (error) => stream.failClose(error),
    );
  }

  #processWrite(chunk) {
    const { stream } = this;
    stream.inFlightWrite = stream.writeRequests.shift();
    upon(this.sink.write?.(chunk, this), () => this.#written(), (error) => this.#failed(error));
  }

  #written() {
    const { stream } = this;
    stream.finishWrite();
    this.queue.shift();
    if (!stream.isClosing && stream.state === "writable") stream.updateBackpressure(this.backpressure);
    this.#advance();
  }

  #failed(error) {
    if (this.stream.state === "writable") this.#clear();
    this.stream.failWrite(error);
  }
}
internal(WritableController);

/** A stream of a sink of ours. */
export function createWritable(sink, highWaterMark = 1, size = undefined) {
  const stream = new Writable();
  new WritableController(stream, sink, highWaterMark, size);
  return stream;
}
