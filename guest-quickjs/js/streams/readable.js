// Readable streams: the stream, its default reader, its default controller.
// https://streams.spec.whatwg.org/#rs
//
// A source is `{ start, pull, cancel }`. What `pull` and `cancel` return is a promise, or `undefined`; they never throw.


import { isPassed } from "outwit:engine/wire";
import { TypeError, deferred, rejected, resolved, then } from "outwit:webidl/primordials.js";
import { Lazy, List, Queue, internal, noop, upon } from "outwit:streams/base.js";

export class Readable {
  state = "readable";
  storedError = undefined;
  disturbed = false;
  reader = undefined;
  controller = undefined;
  /** The object that the plugin sees, if it has seen one. */
  object = undefined;
  /** The stream of the host that this one reads, if it reads one. */
  wire = undefined;

  /** One of the host's that was passed on is locked for ever. */
  get locked() {
    return this.reader !== undefined || (this.wire !== undefined && isPassed(this.wire));
  }

  cancel(reason) {
    this.disturbed = true;
    if (this.state === "closed") return resolved(undefined);
    if (this.state === "errored") return rejected(this.storedError);
    this.close();
    const { reader } = this;
    if (reader !== undefined && reader.isByob) {
      const requests = reader.requests.takeAll();
      while (requests.length > 0) requests.shift().close(undefined);
    }
    const result = this.controller.cancelSteps(reason);
    return then(result ?? resolved(undefined), noop);
  }

  close() {
    this.state = "closed";
    const { reader } = this;
    if (reader === undefined) return;
    reader.closed.resolve();
    if (!reader.isByob) {
      const requests = reader.requests.takeAll();
      while (requests.length > 0) requests.shift().close();
    }
  }

  error(error) {
    this.state = "errored";
    this.storedError = error;
    const { reader } = this;
    if (reader === undefined) return;
    reader.closed.reject(error);
    reader.failRequests(error);
  }

  /** How many reads wait for a chunk. */
  get waiting() {
    return this.reader === undefined ? 0 : this.reader.requests.length;
  }
}
internal(Readable);

/** What both kinds of readers are. */
export class Reader {
  stream = undefined;
  closed = new Lazy();
  requests = new List();
  isByob = false;

  lock(stream) {
    if (stream.locked) throw new TypeError("The stream is locked to another reader");
    this.stream = stream;
    stream.reader = this;
    if (stream.state === "closed") this.closed.resolve();
    else if (stream.state === "errored") this.closed.reject(stream.storedError);
  }

  cancel(reason) {
    return this.stream.cancel(reason);
  }

  release() {
    const { stream } = this;
    if (stream === undefined) return;
    const error = new TypeError("The reader has been released");
    this.closed.replaceByRejected(error);
    stream.controller.releaseSteps();
    stream.reader = undefined;
    this.stream = undefined;
    this.failRequests(new TypeError("The reader was released while this read was waiting"));
  }

  failRequests(error) {
    const requests = this.requests.takeAll();
    while (requests.length > 0) requests.shift().error(error);
  }
}
internal(Reader);

/** A request is `{ chunk(chunk), close(), error(error) }`. */
export class DefaultReader extends Reader {
  constructor(stream) {
    super();
    this.lock(stream);
  }

  read(request) {
    const { stream } = this;
    stream.disturbed = true;
    if (stream.state === "closed") request.close();
    else if (stream.state === "errored") request.error(stream.storedError);
    else stream.controller.pullSteps(request);
  }
}

/** A request that is the promise of `{ value, done }`, made at once where the chunk is there already. */
export class ReadPromise {
  settled = undefined;
  deferred = undefined;

  get() {
    if (this.settled !== undefined) return this.settled;
    this.deferred = deferred();
    return this.deferred.promise;
  }

  chunk(value) {
    this.#settle({ value, done: false });
  }

  /** A reader with buffers of its own gets one back. */
  close(value) {
    this.#settle({ value, done: true });
  }

  #settle(result) {
    if (this.deferred === undefined) this.settled = resolved(result);
    else this.deferred.resolve(result);
  }

  error(error) {
    if (this.deferred === undefined) this.settled = rejected(error);
    else this.deferred.reject(error);
  }
}
internal(ReadPromise);

export class DefaultController {
  isBytes = false;
  stream;
  queue = new Queue();
  started = false;
  closeRequested = false;
  pulling = false;
  pullAgain = false;
  source;
  highWaterMark;
  size;
  object = undefined;

  constructor(stream, source, highWaterMark, size) {
    this.stream = stream;
    this.source = source;
    this.highWaterMark = highWaterMark;
    this.size = size;
    stream.controller = this;
    begin(this, source);
  }

  get desiredSize() {
    const { state } = this.stream;
    if (state === "errored") return null;
    return state === "closed" ? 0 : this.highWaterMark - this.queue.total;
  }

  get canCloseOrEnqueue() {
    return !this.closeRequested && this.stream.state === "readable";
  }

  get hasBackpressure() {
    return !this.shouldPull();
  }

  shouldPull() {
    if (!this.canCloseOrEnqueue || !this.started) return false;
    return this.stream.waiting > 0 || this.desiredSize > 0;
  }

  pullIfNeeded() {
    if (this.shouldPull()) pull(this);
  }

  close() {
    if (!this.canCloseOrEnqueue) return;
    this.closeRequested = true;
    if (this.queue.isEmpty()) {
      this.clear();
      this.stream.close();
    }
  }

  enqueue(chunk) {
    if (!this.canCloseOrEnqueue) return;
    const { stream } = this;
    if (stream.waiting > 0) {
      stream.reader.requests.shift().chunk(chunk);
    } else {
      try {
        const size = this.size === undefined ? 1 : this.size(chunk);
        this.queue.push(chunk, size);
      } catch (error) {
        this.error(error);
        throw error;
      }
    }
    this.pullIfNeeded();
  }

  error(error) {
    if (this.stream.state !== "readable") return;
    this.queue.reset();
    this.clear();
    this.stream.error(error);
  }

  /** Forgets what is the plugin's. */
  clear() {
    this.source = undefined;
    this.size = undefined;
  }

  cancelSteps(reason) {
    this.queue.reset();
    const result = this.source.cancel?.(reason);
    this.clear();
    return result;
  }

  pullSteps(request) {
    const { stream, queue } = this;
    if (queue.isEmpty()) {
      stream.reader.requests.push(request);
      this.pullIfNeeded();
      return;
    }
    const chunk = queue.shift();
    if (this.closeRequested && queue.isEmpty()) {
      this.clear();
      stream.close();
    } else {
      this.pullIfNeeded();
    }
    request.chunk(chunk);
  }

  releaseSteps() {}
}
internal(DefaultController);

/** Starts the source of a controller of either kind. One of ours that `isReady` has nothing to wait for. */
export function begin(controller, source) {
  if (source.isReady) {
    controller.started = true;
    return;
  }
  const result = source.start?.(controller);
  upon(
    result,
    () => {
      controller.started = true;
      controller.pullIfNeeded();
    },
    (error) => controller.error(error),
  );
}

/** Asks the source of a controller of either kind for more. */
export function pull(controller) {
  if (controller.pulling) {
    controller.pullAgain = true;
    return;
  }
  controller.pulling = true;
  upon(
    controller.source.pull?.(controller),
    () => {
      controller.pulling = false;
      if (controller.pullAgain) {
        controller.pullAgain = false;
        controller.pullIfNeeded();
      }
    },
    (error) => controller.error(error),
  );
}

/** A stream of a source of ours. */
export function createReadable(source, highWaterMark = 1, size = undefined) {
  const stream = new Readable();
  new DefaultController(stream, source, highWaterMark, size);
  return stream;
}
