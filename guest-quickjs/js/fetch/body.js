// Bodies: what Request and Response have in common.
// https://fetch.spec.whatwg.org/#bodies
//
// A `Body` is in one of two states:
//
// - `pieces`: an array of Uint8Arrays that nobody changes, shared with blobs and clones; `stream` is `undefined`;
// - `stream`: a readable stream of the internal kind (`js/streams/readable.js`), whose `wire` is a stream of the host that has come in, if that is
//   what it reads, and nobody has read from it otherwise.
//
// A ReadableStream exists only once the plugin has looked at `.body`. What is to be known of a body: `size` in bytes or `undefined`, `isUsed`,
// `isLocked`.
//
// For `fetch`:
//
//   bodyOfWire(stream, end)   a body out of a `stream<u8>` as an import gave it. `end` is a function, or `undefined`: it is called when somebody has read
//                             all, and gives a promise. If that is rejected, so is whoever reads.
//   takeBody(body)            `{ stream, size, end }`, and the body is used from now on. `stream` is to be passed as a `stream<u8>`: the host's own where
//                             the body is one, so no byte comes through here; a Uint8Array if all bytes are there. `end` is a promise: resolved when
//                             everything has been given to the host, rejected if the plugin's stream failed (with its error), or the host
//                             dropped it (with a TypeError).
//   cancelBody(body, reason)  nobody wants it.
//   failBody(body, error)     whoever reads, or will, gets this error: an abort.
//
// From `response.js`: `createResponse(state)`; from `request.js`: `stateOf(request)`. The head of each says what is in the state.

import { encodeUtf8 } from "outwit:engine/bytes";
import { isEvaluated, require } from "outwit:engine/modules";
import {
  JSON, TypeError, bufferSlice, deferred, defineProperty, getOwnPropertyDescriptor, push, rejected, resolved, typedArrayName,
} from "outwit:webidl/primordials.js";
import { bufferOf, isArrayBuffer, isObject, isView, usvString } from "outwit:webidl/convert.js";
import {
  copyOf, createBlob, dataOf, isBlob, joinPieces, sizeOfPieces, streamOfPieces, textOfPieces,
} from "outwit:blob/blob.js";
import { extractMime, serializeMime } from "outwit:fetch/mime.js";
import { isURLSearchParams, serializeSearchParams } from "outwit:fetch/urls.js";
import { handled, internal } from "outwit:streams/base.js";
import { byteLengthOf, byteOffsetOf, constructorOf } from "outwit:streams/buffers.js";
import { DefaultReader } from "outwit:streams/readable.js";
import { isReadableStream, readableObject, readableOf } from "outwit:streams/readable-stream.js";
import { failReadable, isUntouched, moveWire, outletOf, readWire, readableOfWire } from "outwit:streams/wire.js";

const { parse } = JSON;

export class Body {
  pieces;
  stream;
  size;
  /** Whether the pieces have been read. */
  isTaken = false;

  constructor(pieces, stream, size) {
    this.pieces = pieces;
    this.stream = stream;
    this.size = size;
  }

  get isUsed() {
    return this.stream === undefined ? this.isTaken : this.stream.disturbed;
  }

  get isLocked() {
    return this.stream === undefined ? this.isTaken : this.stream.locked;
  }

  /** The stream, which now comes into being if there is none. */
  toStream() {
    if (this.stream === undefined) {
      this.stream = streamOfPieces(this.pieces);
      this.pieces = undefined;
      if (this.isTaken) {
        this.stream.disturbed = true;
        this.stream.close();
        new DefaultReader(this.stream);
      }
    }
    return this.stream;
  }

  /** A second body with the same content. */
  clone() {
    if (this.stream === undefined) return new Body(this.pieces, undefined, this.size);
    const branches = require("outwit:streams/tee.js").tee(this.stream, cloneChunk);
    this.stream = branches[0];
    return new Body(undefined, branches[1], this.size);
  }

  /** Another body that this one's content goes to: this one is used. */
  proxy() {
    if (this.stream === undefined) {
      this.isTaken = true;
      return new Body(this.pieces, undefined, this.size);
    }
    if (isUntouched(this.stream)) {
      const moved = moveWire(this.stream);
      return new Body(undefined, moved, this.size);
    }
    const { readable, writable } = require("outwit:streams/transform.js").createTransform();
    const { pipe } = require("outwit:streams/pipe.js");
    handled(pipe(this.stream, writable, { __proto__: null, preventClose: false, preventAbort: false, preventCancel: false, signal: undefined }));
    return new Body(undefined, readable, this.size);
  }

  /** Tells the request, once, about all pieces. It is `{ pieces(pieces, areShared), error(error) }`. */
  readAll(request) {
    if (this.stream === undefined) {
      this.isTaken = true;
      request.pieces(this.pieces, true);
    } else if (isUntouched(this.stream)) {
      readWire(this.stream, request);
    } else {
      new Collector(this.stream, request).run();
    }
  }
}
internal(Body);

/** A copy of a chunk of bytes; nothing else can be in a body. */
function cloneChunk(chunk) {
  if (isArrayBuffer(chunk)) return bufferSlice(chunk, 0);
  if (!isView(chunk)) throw new TypeError("A body gave a chunk that is not a Uint8Array");
  const { View, elementSize } = constructorOf(chunk);
  return new View(bufferSlice(bufferOf(chunk), 0), byteOffsetOf(chunk), byteLengthOf(chunk) / elementSize);
}

/** Reads a stream to its end. */
class Collector {
  reader;
  request;
  pieces = [];
  isDone = false;
  isInRead = false;
  hasChunk = false;

  constructor(stream, request) {
    this.reader = new DefaultReader(stream);
    this.request = request;
  }

  run() {
    // a chunk that is there already comes at once
    do {
      this.hasChunk = false;
      this.isInRead = true;
      this.reader.read(this);
      this.isInRead = false;
    } while (this.hasChunk && !this.isDone);
  }

  chunk(chunk) {
    if (typedArrayNameOf(chunk) !== "Uint8Array") {
      this.isDone = true;
      this.request.error(new TypeError("A body gave a chunk that is not a Uint8Array"));
      return;
    }
    push(this.pieces, chunk);
    this.hasChunk = true;
    if (!this.isInRead) this.run();
  }

  close() {
    this.isDone = true;
    this.request.pieces(this.pieces);
  }

  error(error) {
    this.isDone = true;
    this.request.error(error);
  }
}
internal(Collector);

const typedArrayNameOf = (value) => (isView(value) ? typedArrayName(value) : undefined);

// ---------------------------------------------------------------------------------------------
// Where bodies come from

export const bodyOfPieces = (pieces) => new Body(pieces, undefined, sizeOfPieces(pieces));
export const bodyOfText = (text) => bodyOfPieces([encodeUtf8(text)]);

/** `BodyInit`, without reading anything of it yet. */
export function bodyInit(value, what) {
  if (!isObject(value)) return usvString(value, what);
  if (isReadableStream(value) || isBlob(value) || isArrayBuffer(value) || isView(value) || isFormData(value) || isURLSearchParams(value)) {
    return value;
  }
  return usvString(value, what);
}

/** Whether this is a FormData: nothing is before there are any. */
const isFormData = (value) => isEvaluated("outwit:fetch/formdata.js") && forms().isFormData(value);
const forms = () => require("outwit:fetch/formdata.js");

/** `{ body, type }` of a `BodyInit`; the type is `null` where there is none. */
export function extractBody(value) {
  if (typeof value === "string") return { body: bodyOfText(value), type: "text/plain;charset=UTF-8" };
  if (isReadableStream(value)) {
    const stream = readableOf(value);
    if (stream.disturbed || stream.locked) throw new TypeError("The stream of a body has been read from, or is locked");
    return { body: new Body(undefined, stream, undefined), type: null };
  }
  if (isBlob(value)) {
    const { pieces, size, type } = dataOf(value);
    return { body: new Body(pieces, undefined, size), type: type === "" ? null : type };
  }
  if (isFormData(value)) {
    const { pieces, type } = forms().encodeForm(value);
    return { body: bodyOfPieces(pieces), type };
  }
  if (isView(value) || isArrayBuffer(value)) return { body: bodyOfPieces([copyOf(value)]), type: null };
  return { body: bodyOfText(serializeSearchParams(value)), type: "application/x-www-form-urlencoded;charset=UTF-8" };
}

/** A body out of a `stream<u8>` of an import. */
export const bodyOfWire = (stream, end = undefined) => new Body(undefined, readableOfWire(stream, end), undefined);

// ---------------------------------------------------------------------------------------------
// Where bodies go

/** Gives a body to an import. */
export function takeBody(body) {
  const { size } = body;
  if (body.stream === undefined) {
    const { pieces } = body;
    body.isTaken = true;
    const stream = pieces.length === 1 ? pieces[0] : joinPieces(pieces, size);
    return { __proto__: null, stream, size, end: resolved(undefined) };
  }
  const { stream } = body;
  if (isUntouched(stream)) {
    const { end } = stream.controller.source;
    stream.disturbed = true;
    return { __proto__: null, stream: stream.wire, size, end: end === undefined ? resolved(undefined) : end() };
  }
  const end = deferred();
  return { __proto__: null, stream: outletOf(stream, end), size, end: handled(end.promise) };
}

/** Nobody wants a body. */
export function cancelBody(body, reason) {
  if (body.stream === undefined) body.isTaken = true;
  else handled(body.stream.cancel(reason));
}

/** Whoever reads a body, if there is one, gets this error. */
export function failBody(body, error) {
  if (body === null) return;
  body.failure = { __proto__: null, error };
  if (body.stream !== undefined) failReadable(body.stream, error);
}

// ---------------------------------------------------------------------------------------------
// The members

/**
 * Defines the members of bodies for a class. `stateOf(object)` throws unless the object is of the class; of the state, `body` and `headers` are
 * used.
 */
export function defineBody(Class, stateOf, name) {
  const consume = (object, convert) => {
    let state;
    try {
      state = stateOf(object);
    } catch (error) {
      return rejected(error);
    }
    const { body } = state;
    if (body !== null && body.failure !== undefined && !body.isLocked) return rejected(body.failure.error);
    if (body !== null && (body.isUsed || body.isLocked)) {
      return rejected(new TypeError(`${name}: its body has been read, or is being read`));
    }
    const { promise, resolve, reject } = deferred();
    const pieces = (pieces, areShared = false) => {
      try {
        resolve(convert(pieces, state, areShared));
      } catch (error) {
        reject(error);
      }
    };
    if (body === null) pieces([]);
    else body.readAll({ __proto__: null, pieces, error: reject });
    return promise;
  };
  const members = {
    get body() {
      const { body } = stateOf(this);
      return body === null ? null : readableObject(body.toStream());
    },
    get bodyUsed() {
      const { body } = stateOf(this);
      return body !== null && body.isUsed;
    },
    arrayBuffer() {
      return consume(this, (pieces) => bufferOf(joinPieces(pieces)));
    },
    blob() {
      return consume(this, (pieces, { headers }, areShared) => {
        const mime = extractMime(headers);
        return createBlob(areShared ? pieces : [joinPieces(pieces)], mime === null ? "" : serializeMime(mime));
      });
    },
    bytes() {
      return consume(this, (pieces) => joinPieces(pieces));
    },
    formData() {
      return consume(this, (pieces, { headers }) => forms().decodeForm(joinPieces(pieces), extractMime(headers)));
    },
    json() {
      return consume(this, (pieces) => parse(textOfPieces(pieces)));
    },
    text() {
      return consume(this, (pieces) => textOfPieces(pieces));
    },
  };
  for (const member of ["body", "bodyUsed", "arrayBuffer", "blob", "bytes", "formData", "json", "text"]) {
    defineProperty(Class.prototype, member, getOwnPropertyDescriptor(members, member));
  }
}
