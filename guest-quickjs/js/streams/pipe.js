// `pipeTo`: takes chunks from one stream and puts them into another.
// https://streams.spec.whatwg.org/#readable-stream-pipe-to

import { TypeError, deferred, then } from "outwit:webidl/primordials.js";
import { internal, noop, soon, upon } from "outwit:streams/base.js";
import { DefaultReader } from "outwit:streams/readable.js";
import { Writer } from "outwit:streams/writable.js";

/** The pipe is at the same time the read request. */
class Pipe {
  source;
  destination;
  reader;
  writer;
  options;
  done = deferred();
  shuttingDown = false;
  isReading = false;
  /** Whether `read` has not yet returned. */
  isInRead = false;
  /** Writes that have not ended. */
  writes = 0;
  whenWritten = undefined;
  stopListening = noop;
  write;

  constructor(source, destination, options) {
    this.source = source;
    this.destination = destination;
    this.options = options;
    this.reader = new DefaultReader(source);
    this.writer = new Writer(destination);
    source.disturbed = true;
    const ended = () => this.#ended();
    this.write = { __proto__: null, resolve: ended, reject: ended };
  }

  run() {
    const { signal } = this.options;
    if (signal !== undefined) {
      const abort = () => this.#abort(signal.reason);
      if (signal.aborted) {
        abort();
        return this.done.promise;
      }
      this.stopListening = signal.listen(abort);
    }
    this.#watch();
    this.#pump();
    return this.done.promise;
  }

  #watch() {
    const { source, destination, reader, writer, options } = this;
    const sourceFailed = (error) => {
      if (options.preventAbort) this.#shutDown(undefined, true, error);
      else this.#shutDown(() => destination.abort(error), true, error);
    };
    const destinationFailed = (error) => {
      if (options.preventCancel) this.#shutDown(undefined, true, error);
      else this.#shutDown(() => source.cancel(error), true, error);
    };
    const sourceClosed = () => {
      if (options.preventClose) this.#shutDown(undefined, false);
      else this.#shutDown(() => writer.closeWithErrors(), false);
    };
    if (source.state === "errored") sourceFailed(source.storedError);
    if (destination.state === "errored") destinationFailed(destination.storedError);
    if (source.state === "closed") sourceClosed();
    if (destination.isClosing || destination.state === "closed") {
      destinationFailed(new TypeError("The destination is closed, or is being closed"));
    }
    if (this.shuttingDown) return;
    then(reader.closed.get(), sourceClosed, sourceFailed);
    then(writer.closed.get(), noop, destinationFailed);
  }

  /** Reads and writes as long as both sides are ready. */
  #pump() {
    while (!this.shuttingDown && !this.isReading) {
      if (!(this.writer.desiredSize > 0)) {
        upon(this.writer.ready.get(), () => this.#pump(), noop);
        return;
      }
      this.isReading = true;
      this.isInRead = true;
      this.reader.read(this);
      this.isInRead = false;
    }
  }

  chunk(chunk) {
    if (this.isInRead) {
      this.#put(chunk);
      return;
    }
    this.writes++;
    // whoever enqueues the chunk does not see it written
    soon(() => {
      this.writes--;
      if (this.writer.stream === undefined) return;
      this.#put(chunk);
      this.#pump();
    });
  }

  #put(chunk) {
    this.isReading = false;
    this.writes++;
    this.writer.write(chunk, this.write);
  }

  // the promise of the reader tells about both

  close() {}

  error() {}

  #ended() {
    if (--this.writes === 0 && this.whenWritten !== undefined) soon(this.whenWritten);
  }

  #abort(error) {
    const { source, destination, options } = this;
    this.#shutDown(
      () => {
        const abort = options.preventAbort || destination.state !== "writable" ? undefined : destination.abort(error);
        const cancel = options.preventCancel || source.state !== "readable" ? undefined : source.cancel(error);
        return both(abort, cancel);
      },
      true,
      error,
    );
  }

  /** Ends, once everything that was read is written: with this action, then with this error if there is one. */
  #shutDown(action, hasError, error) {
    if (this.shuttingDown) return;
    this.shuttingDown = true;
    const rest = () => {
      if (action === undefined) this.#finalize(hasError, error);
      else upon(action(), () => this.#finalize(hasError, error), (error) => this.#finalize(true, error));
    };
    const { destination } = this;
    if (destination.state !== "writable" || destination.isClosing) rest();
    else if (this.writes === 0) soon(rest);
    else this.whenWritten = rest;
  }

  #finalize(hasError, error) {
    this.writer.release();
    this.reader.release();
    this.stopListening();
    if (hasError) this.done.reject(error);
    else this.done.resolve();
  }
}
internal(Pipe);

/** A promise of both, rejected with the error of the one that fails first. */
function both(a, b) {
  const { promise, resolve, reject } = deferred();
  upon(a, () => upon(b, resolve, reject), reject);
  upon(b, noop, reject);
  return promise;
}

/**
 * The promise of the end. Options are `preventClose`, `preventAbort`, `preventCancel` and `signal`, which is
 * `{ aborted, reason, listen(callback) }`, where `listen` returns a function that stops that.
 */
export function pipe(source, destination, options) {
  return new Pipe(source, destination, options).run();
}

