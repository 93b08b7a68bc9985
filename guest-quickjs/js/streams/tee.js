// `tee`: two streams out of one.
// https://streams.spec.whatwg.org/#readable-stream-tee

import { Uint8Array, bufferSlice, deferred, then } from "outwit:webidl/primordials.js";
import { bufferOf } from "outwit:webidl/convert.js";
import { internal, soon } from "outwit:streams/base.js";
import { ByobReader, createReadableBytes } from "outwit:streams/bytes.js";
import { byteLengthOf, byteOffsetOf } from "outwit:streams/buffers.js";
import { DefaultReader, createReadable } from "outwit:streams/readable.js";

/** What both kinds have in common: two branches, which can be cancelled. */
class Tee {
  stream;
  reader;
  reading = false;
  branches = [undefined, undefined];
  canceled = [false, false];
  reasons = [undefined, undefined];
  cancelPromise = deferred();

  constructor(stream) {
    this.stream = stream;
    this.reader = new DefaultReader(stream);
  }

  /** The source of a branch. */
  source(index) {
    return {
      __proto__: null,
      pull: () => this.pull(index),
      cancel: (reason) => this.cancel(index, reason),
    };
  }

  cancel(index, reason) {
    this.canceled[index] = true;
    this.reasons[index] = reason;
    if (this.canceled[1 - index]) this.cancelPromise.resolve(this.stream.cancel([this.reasons[0], this.reasons[1]]));
    return this.cancelPromise.promise;
  }

  /** All branches end. */
  ended() {
    if (!this.canceled[0] || !this.canceled[1]) this.cancelPromise.resolve();
  }

  fail(error) {
    this.branches[0].controller.error(error);
    this.branches[1].controller.error(error);
  }

  /** A chunk cannot be copied. */
  giveUp(error) {
    this.fail(error);
    this.cancelPromise.resolve(this.stream.cancel(error));
  }
}
internal(Tee);

class DefaultTee extends Tee {
  readAgain = false;
  clone;

  constructor(stream, clone) {
    super(stream);
    this.clone = clone;
    this.branches[0] = createReadable(this.source(0));
    this.branches[1] = createReadable(this.source(1));
    then(this.reader.closed.get(), undefined, (error) => {
      this.fail(error);
      this.ended();
    });
  }

  pull() {
    if (this.reading) {
      this.readAgain = true;
      return;
    }
    this.reading = true;
    this.reader.read(this);
  }

  chunk(chunk) {
    soon(() => {
      this.readAgain = false;
      let other = chunk;
      if (this.clone !== undefined && !this.canceled[1]) {
        try {
          other = this.clone(chunk);
        } catch (error) {
          this.giveUp(error);
          return;
        }
      }
      if (!this.canceled[0]) this.branches[0].controller.enqueue(chunk);
      if (!this.canceled[1]) this.branches[1].controller.enqueue(other);
      this.reading = false;
      if (this.readAgain) this.pull();
    });
  }

  close() {
    this.reading = false;
    if (!this.canceled[0]) this.branches[0].controller.close();
    if (!this.canceled[1]) this.branches[1].controller.close();
    this.ended();
  }

  error() {
    this.reading = false;
  }
}

class ByteTee extends Tee {
  readAgain = [false, false];

  constructor(stream) {
    super(stream);
    this.branches[0] = createReadableBytes(this.source(0));
    this.branches[1] = createReadableBytes(this.source(1));
    this.#forwardError(this.reader);
  }

  #forwardError(reader) {
    then(reader.closed.get(), undefined, (error) => {
      if (reader !== this.reader) return;
      this.fail(error);
      this.ended();
    });
  }

  pull(index) {
    if (this.reading) {
      this.readAgain[index] = true;
      return;
    }
    this.reading = true;
    const request = this.branches[index].controller.getByobRequest();
    if (request === undefined) this.#read();
    else this.#readInto(request.view, index);
  }

  #use(Reader, isByob) {
    if (this.reader.isByob === isByob) return;
    this.reader.release();
    this.reader = new Reader(this.stream);
    this.#forwardError(this.reader);
  }

  #again() {
    this.reading = false;
    if (this.readAgain[0]) this.pull(0);
    else if (this.readAgain[1]) this.pull(1);
  }

  /** Closes a branch, and answers the read that waits there. */
  #close(index) {
    if (!this.canceled[index]) this.branches[index].controller.close();
  }

  #answer(index) {
    const { controller } = this.branches[index];
    if (controller.pendingPullIntos.length > 0) controller.respond(0);
  }

  #read() {
    this.#use(DefaultReader, false);
    this.reader.read({
      __proto__: null,
      chunk: (chunk) => {
        soon(() => {
          this.readAgain[0] = this.readAgain[1] = false;
          let other = chunk;
          if (!this.canceled[0] && !this.canceled[1]) {
            try {
              other = copy(chunk);
            } catch (error) {
              this.giveUp(error);
              return;
            }
          }
          if (!this.canceled[0]) this.branches[0].controller.enqueue(chunk);
          if (!this.canceled[1]) this.branches[1].controller.enqueue(other);
          this.#again();
        });
      },
      close: () => {
        this.reading = false;
        this.#close(0);
        this.#close(1);
        this.#answer(0);
        this.#answer(1);
        this.ended();
      },
      error: () => {
        this.reading = false;
      },
    });
  }

  #readInto(view, index) {
    this.#use(ByobReader, true);
    const mine = this.branches[index];
    const other = this.branches[1 - index];
    this.reader.read(view, 1, {
      __proto__: null,
      chunk: (chunk) => {
        soon(() => {
          this.readAgain[0] = this.readAgain[1] = false;
          if (this.canceled[1 - index]) {
            if (!this.canceled[index]) mine.controller.respondWithNewView(chunk);
          } else {
            let copied;
            try {
              copied = copy(chunk);
            } catch (error) {
              this.giveUp(error);
              return;
            }
            if (!this.canceled[index]) mine.controller.respondWithNewView(chunk);
            other.controller.enqueue(copied);
          }
          this.#again();
        });
      },
      close: (chunk) => {
        this.reading = false;
        this.#close(index);
        this.#close(1 - index);
        if (chunk !== undefined) {
          if (!this.canceled[index]) mine.controller.respondWithNewView(chunk);
          if (!this.canceled[1 - index]) this.#answer(1 - index);
        }
        this.ended();
      },
      error: () => {
        this.reading = false;
      },
    });
  }
}

function copy(view) {
  const offset = byteOffsetOf(view);
  return new Uint8Array(bufferSlice(bufferOf(view), offset, offset + byteLengthOf(view)));
}

/** Two streams; the second gets copies of the chunks that `clone` makes, if it is given. */
export function tee(stream, clone = undefined) {
  const { branches } = stream.controller.isBytes ? new ByteTee(stream) : new DefaultTee(stream, clone);
  return branches;
}
