// Streams of WIT as readable streams, and the other way round. The engine calls `wrap`, `unwrap` and `open`.
//
// Such a stream has no queue: what is read is asked of the other side at that moment. Where one that nobody reads is passed on, the other
// side gets the end itself, and nothing goes through here.

import { cancel, isOpen, read } from "outwit:engine/wire";
import { TypeError, deferred, hasOwn, rejected, then } from "outwit:webidl/primordials.js";
import { isView } from "outwit:webidl/convert.js";
import { handled, internal } from "outwit:streams/base.js";
import { createReadableBytes } from "outwit:streams/bytes.js";
import { DefaultReader, createReadable } from "outwit:streams/readable.js";
import { isReadableStream, readableObject, readableOf } from "outwit:streams/readable-stream.js";

/** What is read: from a wire, as much as comes at once. */
class WireSource {
  isReady = true;
  /** Whether a read goes on. */
  isReading = false;
  wire;
  /** Gives a promise that says, when all has been read, whether that was all. */
  end = undefined;

  constructor(wire) {
    this.wire = wire;
  }

  pull(controller) {
    const given = read(this.wire, 0);
    if (hasOwn(given, "done")) return this.#give(controller, given);
    this.isReading = true;
    return then(
      given,
      (result) => {
        this.isReading = false;
        return this.#give(controller, result);
      },
      (error) => {
        this.isReading = false;
        throw error;
      },
    );
  }

  #give(controller, { value, done }) {
    if (controller.stream.state !== "readable") return undefined;
    if (!done) {
      controller.enqueue(value);
      return undefined;
    }
    if (this.end !== undefined) return then(this.end(), () => close(controller));
    close(controller);
    return undefined;
  }

  cancel() {
    cancel(this.wire);
  }
}
internal(WireSource);

function close(controller) {
  if (controller.stream.state !== "readable") return;
  controller.close();
  if (controller.isBytes && controller.pendingPullIntos.length > 0) controller.respond(0);
}

function readableOfRaw(wire, isBytes) {
  const source = new WireSource(wire);
  const stream = isBytes ? createReadableBytes(source) : createReadable(source, 0);
  stream.wire = wire;
  return stream;
}

/** The ReadableStream of a stream that has arrived. */
export const wrap = (wire, isBytes) => readableObject(readableOfRaw(wire, isBytes));

/** Whether a readable stream is one of the host's that nothing has been taken out of that was not given on. */
export function isUntouched(stream) {
  const { wire, controller } = stream;
  if (wire === undefined || stream.locked || stream.state !== "readable" || controller.source.isReading) return false;
  return controller.isBytes ? controller.total === 0 && controller.pendingPullIntos.length === 0 : controller.queue.isEmpty();
}

/** What can be passed on instead of a ReadableStream; `undefined` if it has to be read. */
export function unwrap(value) {
  if (!isReadableStream(value)) return undefined;
  const stream = readableOf(value);
  return isUntouched(stream) && stream.controller.source.end === undefined ? stream.wire : undefined;
}

/** A stream of bytes that an import gave. When it ends, the promise that `end` gives says whether it had to. */
export function readableOfWire(value, end) {
  const stream = isReadableStream(value) ? readableOf(value) : readableOfRaw(value, true);
  stream.controller.source.end = end;
  return stream;
}

/** Nobody wants a stream that an import gave. */
export function cancelWire(value) {
  if (isReadableStream(value)) handled(readableOf(value).cancel());
  else cancel(value);
}

/** Another readable stream for what an untouched one would have given; that one is used up. */
export function moveWire(stream) {
  const { wire, controller } = stream;
  const moved = readableOfRaw(wire, controller.isBytes);
  moved.controller.source.end = controller.source.end;
  stream.disturbed = true;
  controller.close();
  return moved;
}

/** Reads a stream of the host to its end, in large pieces: `request` is `{ pieces(pieces), error(error) }`. */
export function readWire(stream, request) {
  const { wire, controller } = stream;
  const { end } = controller.source;
  const pieces = [];
  new DefaultReader(stream);
  stream.disturbed = true;
  const finish = () => {
    if (stream.state === "errored") {
      request.error(stream.storedError);
      return;
    }
    close(controller);
    request.pieces(pieces);
  };
  const fail = (error) => {
    controller.error(error);
    request.error(stream.storedError);
  };
  const step = (result) => {
    for (;;) {
      if (stream.state === "errored") {
        request.error(stream.storedError);
        return;
      }
      if (result.done) {
        if (end === undefined) finish();
        else then(end(), finish, fail);
        return;
      }
      pieces[pieces.length] = result.value;
      result = read(wire, LARGE);
      if (!hasOwn(result, "done")) {
        then(result, step, fail);
        return;
      }
    }
  };
  const first = read(wire, LARGE);
  if (hasOwn(first, "done")) step(first);
  else then(first, step, fail);
}
const LARGE = 256 * 1024;

/** Fails a stream; one of the host's is dropped. */
export function failReadable(stream, error) {
  if (stream.state !== "readable") return;
  if (stream.wire !== undefined && isOpen(stream.wire)) cancel(stream.wire);
  stream.controller.error(error);
}

/**
 * What the engine reads a ReadableStream with, to write it to a stream: `read()` gives `{ value, done }`, or a promise of that. Streams of WIT have no
 * place for errors, so `end`, if it is given, gets them, and hears whether all was read.
 */
class Outlet {
  reader;
  end;
  isBytes;
  result = undefined;
  waiting = undefined;

  constructor(stream, end, isBytes) {
    this.reader = new DefaultReader(stream);
    this.end = end;
    this.isBytes = isBytes;
  }

  read() {
    this.result = undefined;
    this.reader.read(this);
    if (this.result !== undefined) return this.result;
    this.waiting = deferred();
    return this.waiting.promise;
  }

  chunk(value) {
    if (this.isBytes && !isView(value)) {
      const error = new TypeError("A body gave a chunk that is not a Uint8Array");
      handled(this.reader.cancel(error));
      this.error(error);
      return;
    }
    this.#settle({ value, done: false });
  }

  close() {
    this.end?.resolve();
    this.#settle({ value: undefined, done: true });
  }

  error(error) {
    if (this.end === undefined) {
      const failed = rejected(error);
      if (this.waiting === undefined) this.result = failed;
      else this.waiting.resolve(failed);
      return;
    }
    this.end.reject(error);
    this.#settle({ value: undefined, done: true });
  }

  #settle(result) {
    if (this.waiting === undefined) this.result = result;
    else this.waiting.resolve(result);
    this.waiting = undefined;
  }

  /** The other side has gone. */
  cancel() {
    const error = new TypeError("Whoever read the stream has gone");
    this.end?.reject(error);
    handled(this.reader.cancel(error));
  }
}
internal(Outlet);

/** The reader of a ReadableStream; `undefined` for anything else. Throws if it is locked. */
export function open(value) {
  return isReadableStream(value) ? new Outlet(readableOf(value), undefined, false) : undefined;
}

/** What can be passed to an import as a `stream<u8>`; `end` is `{ resolve(), reject(error) }`. */
export function outletOf(stream, end) {
  const outlet = new Outlet(stream, end, true);
  return { __proto__: null, getReader: () => outlet };
}

