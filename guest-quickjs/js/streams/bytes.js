// Readable byte streams: the controller, the reader that brings buffers, the request.
// https://streams.spec.whatwg.org/#rbs-controller-class

import {
  ArrayBuffer, RangeError, TypeError, Uint8Array, bufferByteLength, bufferDetached, bufferSlice, bufferTransfer, min,
} from "outwit:webidl/primordials.js";
import { bufferOf } from "outwit:webidl/convert.js";
import { List, internal } from "outwit:streams/base.js";
import { Readable, Reader, begin, pull } from "outwit:streams/readable.js";
import { byteLengthOf, byteOffsetOf, constructorOf, copyBytes } from "outwit:streams/buffers.js";

/** A buffer that waits to be filled. */
class PullInto {
  buffer;
  bufferByteLength;
  byteOffset;
  byteLength;
  bytesFilled = 0;
  minimumFill;
  elementSize;
  View;
  /** Who gets it: a reader of this kind, or nobody any more. */
  readerType;

  constructor(buffer, byteOffset, byteLength, minimumFill, elementSize, View, readerType) {
    this.buffer = buffer;
    this.bufferByteLength = bufferByteLength(buffer);
    this.byteOffset = byteOffset;
    this.byteLength = byteLength;
    this.minimumFill = minimumFill;
    this.elementSize = elementSize;
    this.View = View;
    this.readerType = readerType;
  }

  /** What has been filled, as the view that the reader asked for. */
  toView() {
    return new this.View(bufferTransfer(this.buffer), this.byteOffset, this.bytesFilled / this.elementSize);
  }
}
internal(PullInto);

/** Bytes in the queue. */
class Entry {
  buffer;
  byteOffset;
  byteLength;

  constructor(buffer, byteOffset, byteLength) {
    this.buffer = buffer;
    this.byteOffset = byteOffset;
    this.byteLength = byteLength;
  }
}
internal(Entry);

export class ByteController {
  isBytes = true;
  stream;
  queue = new List();
  total = 0;
  started = false;
  closeRequested = false;
  pulling = false;
  pullAgain = false;
  source;
  highWaterMark;
  autoAllocate;
  pendingPullIntos = new List();
  byobRequest = undefined;
  object = undefined;

  constructor(stream, source, highWaterMark, autoAllocate) {
    this.stream = stream;
    this.source = source;
    this.highWaterMark = highWaterMark;
    this.autoAllocate = autoAllocate;
    stream.controller = this;
    begin(this, source);
  }

  get desiredSize() {
    const { state } = this.stream;
    if (state === "errored") return null;
    return state === "closed" ? 0 : this.highWaterMark - this.total;
  }

  get canCloseOrEnqueue() {
    return !this.closeRequested && this.stream.state === "readable";
  }

  pullIfNeeded() {
    if (!this.canCloseOrEnqueue || !this.started) return;
    if (this.stream.waiting > 0 || this.desiredSize > 0) pull(this);
  }

  close() {
    if (!this.canCloseOrEnqueue) return;
    if (this.total > 0) {
      this.closeRequested = true;
      return;
    }
    if (this.pendingPullIntos.length > 0) {
      const first = this.pendingPullIntos.first();
      if (first.bytesFilled % first.elementSize !== 0) {
        const error = new TypeError("The stream is closed in the middle of an element");
        this.error(error);
        throw error;
      }
    }
    this.clear();
    this.stream.close();
  }

  enqueue(view) {
    if (!this.canCloseOrEnqueue) return;
    const buffer = bufferOf(view);
    const byteOffset = byteOffsetOf(view);
    const byteLength = byteLengthOf(view);
    if (bufferDetached(buffer)) throw new TypeError("The buffer of the chunk is detached");
    const { stream, pendingPullIntos } = this;
    const { reader } = stream;
    const transferred = bufferTransfer(buffer);
    if (pendingPullIntos.length > 0) {
      const first = pendingPullIntos.first();
      if (bufferDetached(first.buffer)) throw new TypeError("The buffer of the BYOB request is detached");
      this.invalidateByobRequest();
      first.buffer = bufferTransfer(first.buffer);
      if (first.readerType === "none") this.#enqueueDetached(first);
    }
    if (reader === undefined) {
      this.#put(transferred, byteOffset, byteLength);
    } else if (reader.isByob) {
      this.#put(transferred, byteOffset, byteLength);
      this.#commitAll(this.#fillPullIntos());
    } else {
      while (reader.requests.length > 0 && this.total > 0) this.#fillRequest(reader.requests.shift());
      if (reader.requests.length === 0) {
        this.#put(transferred, byteOffset, byteLength);
      } else {
        if (pendingPullIntos.length > 0) pendingPullIntos.shift();
        reader.requests.shift().chunk(new Uint8Array(transferred, byteOffset, byteLength));
      }
    }
    this.pullIfNeeded();
  }

  error(error) {
    if (this.stream.state !== "readable") return;
    this.#clearPullIntos();
    this.#resetQueue();
    this.clear();
    this.stream.error(error);
  }

  clear() {
    this.source = undefined;
  }

  #clearPullIntos() {
    this.invalidateByobRequest();
    this.pendingPullIntos.clear();
  }

  #resetQueue() {
    this.queue.clear();
    this.total = 0;
  }

  #put(buffer, byteOffset, byteLength) {
    this.queue.push(new Entry(buffer, byteOffset, byteLength));
    this.total += byteLength;
  }

  #putCopy(buffer, byteOffset, byteLength) {
    let copy;
    try {
      copy = bufferSlice(buffer, byteOffset, byteOffset + byteLength);
    } catch (error) {
      this.error(error);
      throw error;
    }
    this.#put(copy, 0, byteLength);
  }

  /** What was filled for a reader that has gone is there for the next. */
  #enqueueDetached(pullInto) {
    if (pullInto.bytesFilled > 0) this.#putCopy(pullInto.buffer, pullInto.byteOffset, pullInto.bytesFilled);
    this.#shiftPullInto();
  }

  #shiftPullInto() {
    return this.pendingPullIntos.shift();
  }

  #commit(pullInto) {
    const { stream } = this;
    const done = stream.state === "closed";
    const view = pullInto.toView();
    const request = stream.reader.requests.shift();
    if (done) request.close(pullInto.readerType === "default" ? undefined : view);
    else request.chunk(view);
  }

  #commitAll(pullIntos) {
    while (pullIntos.length > 0) this.#commit(pullIntos.shift());
  }

  /** Fills waiting buffers with what is in the queue; gives those that are full enough. */
  #fillPullIntos() {
    const filled = new List();
    const { pendingPullIntos } = this;
    while (pendingPullIntos.length > 0 && this.total > 0) {
      if (!this.#fillFromQueue(pendingPullIntos.first())) break;
      filled.push(this.#shiftPullInto());
    }
    return filled;
  }

  #fillFromQueue(pullInto) {
    const { queue } = this;
    const most = min(this.total, pullInto.byteLength - pullInto.bytesFilled);
    const mostFilled = pullInto.bytesFilled + most;
    const aligned = mostFilled - (mostFilled % pullInto.elementSize);
    const isReady = aligned >= pullInto.minimumFill;
    let remaining = isReady ? aligned - pullInto.bytesFilled : most;
    while (remaining > 0) {
      const head = queue.first();
      const count = min(remaining, head.byteLength);
      copyBytes(pullInto.buffer, pullInto.byteOffset + pullInto.bytesFilled, head.buffer, head.byteOffset, count);
      if (head.byteLength === count) {
        queue.shift();
      } else {
        head.byteOffset += count;
        head.byteLength -= count;
      }
      this.total -= count;
      pullInto.bytesFilled += count;
      remaining -= count;
    }
    return isReady;
  }

  #fillRequest(request) {
    const entry = this.queue.shift();
    this.total -= entry.byteLength;
    this.#afterDrain();
    request.chunk(new Uint8Array(entry.buffer, entry.byteOffset, entry.byteLength));
  }

  #afterDrain() {
    if (this.total === 0 && this.closeRequested) {
      this.clear();
      this.stream.close();
    } else {
      this.pullIfNeeded();
    }
  }

  getByobRequest() {
    if (this.byobRequest === undefined && this.pendingPullIntos.length > 0) {
      const first = this.pendingPullIntos.first();
      const { bytesFilled } = first;
      const view = new Uint8Array(first.buffer, first.byteOffset + bytesFilled, first.byteLength - bytesFilled);
      this.byobRequest = new ByobRequest(this, view);
    }
    return this.byobRequest;
  }

  invalidateByobRequest() {
    if (this.byobRequest === undefined) return;
    this.byobRequest.controller = undefined;
    this.byobRequest.view = null;
    this.byobRequest = undefined;
  }

  pullInto(view, min, request) {
    const { stream } = this;
    const { View, elementSize } = constructorOf(view);
    const byteOffset = byteOffsetOf(view);
    const byteLength = byteLengthOf(view);
    let buffer;
    try {
      buffer = bufferTransfer(bufferOf(view));
    } catch (error) {
      request.error(error);
      return;
    }
    const pullInto = new PullInto(buffer, byteOffset, byteLength, min * elementSize, elementSize, View, "byob");
    if (this.pendingPullIntos.length > 0) {
      this.pendingPullIntos.push(pullInto);
      stream.reader.requests.push(request);
      return;
    }
    if (stream.state === "closed") {
      request.close(new View(buffer, byteOffset, 0));
      return;
    }
    if (this.total > 0) {
      if (this.#fillFromQueue(pullInto)) {
        const filled = pullInto.toView();
        this.#afterDrain();
        request.chunk(filled);
        return;
      }
      if (this.closeRequested) {
        const error = new TypeError("The stream ends in the middle of an element");
        this.error(error);
        request.error(error);
        return;
      }
    }
    this.pendingPullIntos.push(pullInto);
    stream.reader.requests.push(request);
    this.pullIfNeeded();
  }

  respond(bytesWritten) {
    const first = this.pendingPullIntos.first();
    if (this.stream.state === "closed") {
      if (bytesWritten !== 0) throw new TypeError("The stream is closed: nothing more can be written");
    } else {
      if (bytesWritten === 0) throw new TypeError("At least one byte has to be written");
      if (first.bytesFilled + bytesWritten > first.byteLength) {
        throw new RangeError("More bytes were written than there is room for");
      }
    }
    first.buffer = bufferTransfer(first.buffer);
    this.#respond(bytesWritten);
  }

  respondWithNewView(view) {
    const first = this.pendingPullIntos.first();
    const byteLength = byteLengthOf(view);
    if (this.stream.state === "closed") {
      if (byteLength !== 0) throw new TypeError("The stream is closed: nothing more can be written");
    } else if (byteLength === 0) {
      throw new TypeError("At least one byte has to be written");
    }
    if (first.byteOffset + first.bytesFilled !== byteOffsetOf(view)) {
      throw new RangeError("The view does not begin where the request's does");
    }
    if (first.bufferByteLength !== bufferByteLength(bufferOf(view))) {
      throw new RangeError("The buffer of the view does not have the length of the request's");
    }
    if (first.bytesFilled + byteLength > first.byteLength) {
      throw new RangeError("The view is larger than the request's");
    }
    first.buffer = bufferTransfer(bufferOf(view));
    this.#respond(byteLength);
  }

  #respond(bytesWritten) {
    const first = this.pendingPullIntos.first();
    this.invalidateByobRequest();
    if (this.stream.state === "closed") this.#respondClosed(first);
    else this.#respondReadable(bytesWritten, first);
    this.pullIfNeeded();
  }

  #respondClosed(first) {
    if (first.readerType === "none") this.#shiftPullInto();
    const { reader } = this.stream;
    if (reader === undefined || !reader.isByob) return;
    const filled = new List();
    while (filled.length < reader.requests.length) filled.push(this.#shiftPullInto());
    this.#commitAll(filled);
  }

  #respondReadable(bytesWritten, pullInto) {
    pullInto.bytesFilled += bytesWritten;
    if (pullInto.readerType === "none") {
      this.#enqueueDetached(pullInto);
      this.#commitAll(this.#fillPullIntos());
      return;
    }
    if (pullInto.bytesFilled < pullInto.minimumFill) return;
    this.#shiftPullInto();
    const remainder = pullInto.bytesFilled % pullInto.elementSize;
    if (remainder > 0) {
      const end = pullInto.byteOffset + pullInto.bytesFilled;
      this.#putCopy(pullInto.buffer, end - remainder, remainder);
    }
    pullInto.bytesFilled -= remainder;
    const filled = this.#fillPullIntos();
    this.#commit(pullInto);
    this.#commitAll(filled);
  }

  cancelSteps(reason) {
    this.#clearPullIntos();
    this.#resetQueue();
    const result = this.source.cancel?.(reason);
    this.clear();
    return result;
  }

  pullSteps(request) {
    if (this.total > 0) {
      this.#fillRequest(request);
      return;
    }
    const size = this.autoAllocate;
    if (size !== undefined) {
      let buffer;
      try {
        buffer = new ArrayBuffer(size);
      } catch (error) {
        request.error(error);
        return;
      }
      this.pendingPullIntos.push(new PullInto(buffer, 0, size, 1, 1, Uint8Array, "default"));
    }
    this.stream.reader.requests.push(request);
    this.pullIfNeeded();
  }

  releaseSteps() {
    if (this.pendingPullIntos.length === 0) return;
    const first = this.pendingPullIntos.first();
    first.readerType = "none";
    this.pendingPullIntos.clear();
    this.pendingPullIntos.push(first);
  }
}
internal(ByteController);

export class ByobRequest {
  controller;
  view;
  object = undefined;

  constructor(controller, view) {
    this.controller = controller;
    this.view = view;
  }

  respond(bytesWritten) {
    this.#check(this.controller !== undefined && !bufferDetached(bufferOf(this.view)));
    this.controller.respond(bytesWritten);
  }

  respondWithNewView(view) {
    this.#check(this.controller !== undefined);
    if (bufferDetached(bufferOf(view))) throw new TypeError("The buffer of the view is detached");
    this.controller.respondWithNewView(view);
  }

  #check(isValid) {
    if (!isValid) throw new TypeError("The request has been answered, or is not valid any more");
  }
}
internal(ByobRequest);

/** A request is `{ chunk(view), close(view), error(error) }`. */
export class ByobReader extends Reader {
  constructor(stream) {
    super();
    this.isByob = true;
    if (stream.locked) throw new TypeError("The stream is locked to another reader");
    if (!(stream.controller.isBytes)) {
      throw new TypeError("Only a stream of bytes has a reader with buffers of its own");
    }
    this.lock(stream);
  }

  read(view, min, request) {
    const { stream } = this;
    stream.disturbed = true;
    if (stream.state === "errored") request.error(stream.storedError);
    else stream.controller.pullInto(view, min, request);
  }
}

/** A stream of bytes of a source of ours. */
export function createReadableBytes(source, highWaterMark = 0, autoAllocate = undefined) {
  const stream = new Readable();
  new ByteController(stream, source, highWaterMark, autoAllocate);
  return stream;
}
