// `FileReader`: File API (W3C), and `ProgressEvent`: XMLHttpRequest (WHATWG).
// https://w3c.github.io/FileAPI/#APIASynch
// https://xhr.spec.whatwg.org/#interface-progressevent
//
// The bytes of a blob are there already, so a read takes a task for each of its events and no longer.

import { encode } from "outwit:engine/base64";
import { encodingOf } from "outwit:engine/encoding";
import { queueTask } from "outwit:engine/tasks";
import { apply, fromCharCode, join, push, subarray, uncurry } from "outwit:webidl/primordials.js";
import { boolean, bufferOf, dictionary, domString, double, instance, isObject } from "outwit:webidl/convert.js";
import { defineInterface, illegalInvocation, required } from "outwit:webidl/interface.js";
import { dataOf, isBlob, joinPieces } from "outwit:blob/blob.js";
import { Event } from "outwit:dom/event.js";
import { EventTarget, defineHandlers, fire } from "outwit:dom/event-target.js";
import { DOMException } from "outwit:dom/exception.js";
import { TextDecoder } from "outwit:encoding/text-decoder.js";
import { parameterOf, parseMime } from "outwit:fetch/mime.js";

const progressEventInit = dictionary("ProgressEventInit", {
  lengthComputable: { type: boolean, default: false },
  loaded: { type: double, default: 0 },
  total: { type: double, default: 0 },
});

class ProgressEvent extends Event {
  #init;

  constructor(type, eventInitDict = {}) {
    if (arguments.length === 0) required(0, 1, "ProgressEvent");
    super(type, eventInitDict);
    this.#init = progressEventInit(eventInitDict, "ProgressEvent: eventInitDict");
  }

  get lengthComputable() {
    if (!(#init in this)) throw illegalInvocation();
    return this.#init.lengthComputable;
  }

  get loaded() {
    if (!(#init in this)) throw illegalInvocation();
    return this.#init.loaded;
  }

  get total() {
    if (!(#init in this)) throw illegalInvocation();
    return this.#init.total;
  }
}
defineInterface(ProgressEvent);

const EMPTY = 0;
const LOADING = 1;
const DONE = 2;

const blobType = instance(isBlob, "Blob");

/** A string with a character for each byte. */
function binary(bytes) {
  const CHUNK = 4096;
  const parts = [];
  for (let at = 0; at < bytes.length; at += CHUNK) {
    push(parts, apply(fromCharCode, undefined, subarray(bytes, at, at + CHUNK)));
  }
  return join(parts, "");
}

/** What the bytes are a text in: their mark, the label given, the type of the blob, UTF-8. */
function encodingFor(bytes, label, type) {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return "utf-8";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (label !== undefined && encodingOf(label) !== undefined) return label;
  const mime = parseMime(type);
  const charset = mime === null ? undefined : parameterOf(mime, "charset");
  if (typeof charset === "string" && encodingOf(charset) !== undefined) return charset;
  return "utf-8";
}

let isFileReader;

class FileReader extends EventTarget {
  #state = EMPTY;
  #result = null;
  #error = null;
  /** Counts the reads, so that the tasks of one that was given up do nothing. */
  #read = 0;

  static {
    isFileReader = (value) => isObject(value) && #state in value;
  }

  #start(given, count, method, convert) {
    const what = `FileReader.${method}`;
    if (count === 0) required(0, 1, what);
    const blob = blobType(given, `${what}: blob`);
    if (this.#state === LOADING) throw new DOMException(`${what}: it is reading already`, "InvalidStateError");
    this.#state = LOADING;
    this.#result = null;
    this.#error = null;
    const { pieces, size, type } = dataOf(blob);
    const read = ++this.#read;
    const step = (run) => queueTask(() => {
      if (this.#read === read && this.#state === LOADING) run();
    });
    const notify = (name) => fire(this, name, ProgressEvent, { lengthComputable: true, loaded: size, total: size });
    step(() => fire(this, "loadstart", ProgressEvent, { lengthComputable: true, loaded: 0, total: size }));
    if (size > 0) step(() => notify("progress"));
    step(() => {
      this.#state = DONE;
      this.#result = convert(joinPieces(pieces, size), type);
      notify("load");
      // after the microtasks of those who listen, who may have begun another
      queueTask(() => {
        if (this.#read === read) notify("loadend");
      });
    });
  }

  readAsArrayBuffer(blob) {
    if (!(#state in this)) throw illegalInvocation();
    this.#start(blob, arguments.length, "readAsArrayBuffer", bufferOf);
  }

  readAsBinaryString(blob) {
    if (!(#state in this)) throw illegalInvocation();
    this.#start(blob, arguments.length, "readAsBinaryString", binary);
  }

  readAsText(blob, encoding = undefined) {
    if (!(#state in this)) throw illegalInvocation();
    const label = encoding === undefined ? undefined : domString(encoding, "FileReader.readAsText: encoding");
    this.#start(blob, arguments.length, "readAsText", (bytes, type) =>
      decode(new TextDecoder(encodingFor(bytes, label, type)), bytes));
  }

  readAsDataURL(blob) {
    if (!(#state in this)) throw illegalInvocation();
    this.#start(blob, arguments.length, "readAsDataURL", (bytes, type) =>
      `data:${type === "" ? "application/octet-stream" : type};base64,${encode(binary(bytes))}`);
  }

  abort() {
    if (!(#state in this)) throw illegalInvocation();
    if (this.#state !== LOADING) {
      this.#result = null;
      return;
    }
    this.#state = DONE;
    this.#result = null;
    this.#error = new DOMException("The read was aborted", "AbortError");
    this.#read++;
    fire(this, "abort", ProgressEvent);
    if (this.#state !== LOADING) fire(this, "loadend", ProgressEvent);
  }

  get readyState() {
    if (!(#state in this)) throw illegalInvocation();
    return this.#state;
  }

  get result() {
    if (!(#state in this)) throw illegalInvocation();
    return this.#result;
  }

  get error() {
    if (!(#state in this)) throw illegalInvocation();
    return this.#error;
  }
}
defineHandlers(FileReader, isFileReader, ["loadstart", "progress", "load", "abort", "error", "loadend"]);
defineInterface(FileReader, { constants: { EMPTY, LOADING, DONE } });

const decode = uncurry(TextDecoder.prototype.decode);

export { FileReader, ProgressEvent };
