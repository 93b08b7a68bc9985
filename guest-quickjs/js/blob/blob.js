// `Blob`, `File`: File API (W3C).
// https://w3c.github.io/FileAPI/#blob-section
//
// The bytes of a blob are pieces that nobody can change, so blobs made of blobs, and slices, share them.

import { decodeUtf8, encodeUtf8 } from "outwit:engine/bytes";
import { require } from "outwit:engine/modules";
import {
  Uint8Array, bufferSlice, charCodeAt, dateNow, max, min, push, rejected, resolved, setBytes, subarray, toLowerCase,
  typedArrayByteLength,
} from "outwit:webidl/primordials.js";
import {
  CLAMP, bufferOf, dictionary, domString, enumeration, isArrayBuffer, isObject, isView, longLong, sequence, usvString,
} from "outwit:webidl/convert.js";
import { INTERNAL, defineInterface, illegalInvocation, required } from "outwit:webidl/interface.js";
import { defineSerializable } from "outwit:webidl/platform.js";
import { byteLengthOf, byteOffsetOf } from "outwit:streams/buffers.js";

/** How much a stream of a blob gives at a time. */
const CHUNK = 64 * 1024;

// ---------------------------------------------------------------------------------------------
// Pieces: arrays of Uint8Arrays that nobody else has

export function sizeOfPieces(pieces) {
  let size = 0;
  for (let i = 0; i < pieces.length; i++) size += typedArrayByteLength(pieces[i]);
  return size;
}

/** A new array of all bytes. */
export function joinPieces(pieces, size = sizeOfPieces(pieces)) {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (let i = 0; i < pieces.length; i++) {
    setBytes(bytes, pieces[i], at);
    at += typedArrayByteLength(pieces[i]);
  }
  return bytes;
}

/** The text that pieces are in UTF-8, without a byte order mark. */
export const textOfPieces = (pieces) => decodeUtf8(pieces.length === 1 ? pieces[0] : joinPieces(pieces));

/** A copy of the bytes of an ArrayBuffer or of a view of one. */
export function copyOf(source) {
  if (!isView(source)) return new Uint8Array(bufferSlice(source, 0));
  const from = byteOffsetOf(source);
  return new Uint8Array(bufferSlice(bufferOf(source), from, from + byteLengthOf(source)));
}

/** A stream of bytes that gives copies of pieces. */
export function streamOfPieces(pieces) {
  let index = 0;
  let at = 0;
  const { createReadableBytes } = require("outwit:streams/bytes.js");
  return createReadableBytes({
    __proto__: null,
    pull(controller) {
      while (index < pieces.length && at === typedArrayByteLength(pieces[index])) {
        index++;
        at = 0;
      }
      if (index === pieces.length) {
        controller.close();
        // a reader with a buffer of its own gets that back
        if (controller.pendingPullIntos.length > 0) controller.respond(0);
        return;
      }
      const end = min(at + CHUNK, typedArrayByteLength(pieces[index]));
      const chunk = copyOf(subarray(pieces[index], at, end));
      at = end;
      controller.enqueue(chunk);
    },
  });
}

// ---------------------------------------------------------------------------------------------
// Blobs

/** Whether this is a Blob. */
export let isBlob;
/** What a Blob is: `{ pieces, size, type }`. */
export let dataOf;

const isBits = (value) => isObject(value) && (isView(value) || isArrayBuffer(value) || isBlob(value));
const bits = sequence((value, what) => (isBits(value) ? value : usvString(value, what)));
const endings = enumeration("EndingType", ["transparent", "native"]);
const bagMembers = { endings: { type: endings, default: "transparent" }, type: { type: domString, default: "" } };
const blobBag = dictionary("BlobPropertyBag", bagMembers);
const fileBag = dictionary("FilePropertyBag", { lastModified: { type: longLong } }, blobBag);

function withNativeEndings(text) {
  let result = "";
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== "\r") {
      result += text[i];
    } else {
      result += "\n";
      if (text[i + 1] === "\n") i++;
    }
  }
  return result;
}

function makeData(parts, { endings, type }) {
  const pieces = [];
  let size = 0;
  const add = (piece) => {
    const length = typedArrayByteLength(piece);
    if (length === 0) return;
    pieces[pieces.length] = piece;
    size += length;
  };
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    if (typeof part === "string") {
      add(encodeUtf8(endings === "native" ? withNativeEndings(part) : part));
    } else if (isBlob(part)) {
      const { pieces: shared } = dataOf(part);
      for (let k = 0; k < shared.length; k++) add(shared[k]);
    } else {
      add(copyOf(part));
    }
  }
  return { __proto__: null, pieces, size, type: normalizeType(type) };
}

function normalizeType(type) {
  for (let i = 0; i < type.length; i++) {
    const code = charCodeAt(type, i);
    if (code < 0x20 || code > 0x7e) return "";
  }
  return toLowerCase(type);
}

/** The pieces of a part. */
export function cut(pieces, start, end) {
  const part = [];
  let from = 0;
  for (let i = 0; i < pieces.length && from < end; i++) {
    const length = typedArrayByteLength(pieces[i]);
    const [first, last] = [max(start - from, 0), min(end - from, length)];
    if (first < last) part[part.length] = first === 0 && last === length ? pieces[i] : subarray(pieces[i], first, last);
    from += length;
  }
  return part;
}

class Blob {
  #data;

  constructor(blobParts = undefined, options = undefined) {
    if (blobParts === INTERNAL) {
      this.#data = options;
      return;
    }
    const parts = blobParts === undefined ? [] : bits(blobParts, "Blob: blobParts");
    this.#data = makeData(parts, blobBag(options, "Blob: options"));
  }

  static {
    isBlob = (value) => isObject(value) && #data in value;
    dataOf = (blob) => blob.#data;
  }

  get size() {
    if (!(#data in this)) throw illegalInvocation();
    return this.#data.size;
  }

  get type() {
    if (!(#data in this)) throw illegalInvocation();
    return this.#data.type;
  }

  slice(start = undefined, end = undefined, contentType = undefined) {
    if (!(#data in this)) throw illegalInvocation();
    const { pieces, size } = this.#data;
    const place = (value, normal, what) => {
      if (value === undefined) return normal;
      const given = longLong(value, what, CLAMP);
      return given < 0 ? max(size + given, 0) : min(given, size);
    };
    const from = place(start, 0, "Blob.slice: start");
    const to = max(place(end, size, "Blob.slice: end"), from);
    const type = contentType === undefined ? "" : normalizeType(domString(contentType, "Blob.slice: contentType"));
    return createBlob(cut(pieces, from, to), type, to - from);
  }

  stream() {
    if (!(#data in this)) throw illegalInvocation();
    return require("outwit:streams/readable-stream.js").readableObject(streamOfPieces(this.#data.pieces));
  }

  text() {
    if (!isBlob(this)) return rejected(illegalInvocation());
    return resolved(textOfPieces(this.#data.pieces));
  }

  arrayBuffer() {
    if (!isBlob(this)) return rejected(illegalInvocation());
    return resolved(bufferOf(joinPieces(this.#data.pieces, this.#data.size)));
  }

  bytes() {
    if (!isBlob(this)) return rejected(illegalInvocation());
    return resolved(joinPieces(this.#data.pieces, this.#data.size));
  }
}
defineInterface(Blob);

/** A Blob of pieces that nobody else changes. */
export function createBlob(pieces, type, size = sizeOfPieces(pieces)) {
  return new Blob(INTERNAL, { __proto__: null, pieces, size, type });
}

/** Whether this is a File. */
export let isFile;
/** The name of a File. */
export let nameOf;
/** When a File was last modified. */
export let lastModifiedOf;

class File extends Blob {
  #name;
  #lastModified;

  constructor(fileBits, fileName, options = undefined) {
    if (fileBits === INTERNAL) {
      super(INTERNAL, fileName);
      this.#name = options.name;
      this.#lastModified = options.lastModified;
      return;
    }
    if (arguments.length < 2) required(arguments.length, 2, "File");
    const parts = bits(fileBits, "File: fileBits");
    const name = usvString(fileName, "File: fileName");
    const bag = fileBag(options, "File: options");
    super(INTERNAL, makeData(parts, bag));
    this.#name = name;
    this.#lastModified = bag.lastModified ?? dateNow();
  }

  static {
    isFile = (value) => isObject(value) && #name in value;
    nameOf = (file) => file.#name;
    lastModifiedOf = (file) => file.#lastModified;
  }

  get name() {
    if (!(#name in this)) throw illegalInvocation();
    return this.#name;
  }

  get lastModified() {
    if (!(#name in this)) throw illegalInvocation();
    return this.#lastModified;
  }
}
defineInterface(File);

/** In this plugin a copy shares the pieces, which `held` takes along; elsewhere it gets their bytes. */
function writeData({ pieces, size, type }, held) {
  if (held !== undefined) return { __proto__: null, held: push(held, pieces) - 1, bytes: undefined, size, type };
  return { __proto__: null, held: undefined, bytes: bufferOf(joinPieces(pieces, size)), size, type };
}

function readData({ held: place, bytes, size, type }, held) {
  const pieces = place === undefined ? [new Uint8Array(bytes)] : held[place];
  return { __proto__: null, pieces, size, type };
}

defineSerializable(Blob, "outwit:blob/blob.js#Blob", {
  is: isBlob,
  write: (blob, held) => writeData(dataOf(blob), held),
  read: (value, held) => new Blob(INTERNAL, readData(value, held)),
});
defineSerializable(File, "outwit:blob/blob.js#File", {
  is: isFile,
  write: (file, held) => ({ data: writeData(dataOf(file), held), name: nameOf(file), lastModified: lastModifiedOf(file) }),
  read: ({ data, name, lastModified }, held) => new File(INTERNAL, readData(data, held), { name, lastModified }),
});

/** A File with the bytes and the type of a Blob. */
export function createFile(data, name, lastModified = dateNow()) {
  return new File(INTERNAL, data, { __proto__: null, name, lastModified });
}

export { Blob, File };
