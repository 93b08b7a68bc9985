// `FormData`: XMLHttpRequest (WHATWG); its encodings: HTML (WHATWG).
// https://xhr.spec.whatwg.org/#interface-formdata
// https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data

import { decodeUtf8, encodeUtf8, indexOf } from "outwit:engine/bytes";
import {
  Math, TypeError, Uint8Array, exec, floor, push, sliceText, splice, subarray, toLowerCase, typedArrayLength,
} from "outwit:webidl/primordials.js";
import { isObject, usvString } from "outwit:webidl/convert.js";
import { defineInterface, defineIterable, illegalInvocation, required } from "outwit:webidl/interface.js";
import { createFile, dataOf, isBlob, isFile, lastModifiedOf, nameOf } from "outwit:blob/blob.js";
import { essenceOf, parameterOf } from "outwit:fetch/mime.js";

const { random } = Math;

/** Whether this is a FormData. */
export let isFormData;
/** The entries of a FormData: names and values, strings and Files, in turn. */
let entriesOf;
let pairsOf;

function fileOf(blob, filename) {
  if (isFile(blob)) return filename === undefined ? blob : createFile(dataOf(blob), filename, lastModifiedOf(blob));
  return createFile(dataOf(blob), filename ?? "blob");
}

class FormData {
  #entries = [];
  #pairs = undefined;

  constructor(form = undefined, submitter = undefined) {
    if (form !== undefined) throw new TypeError("FormData: form: not of type HTMLFormElement");
    if (submitter !== undefined && submitter !== null) throw new TypeError("FormData: submitter: not of type HTMLElement");
  }

  static {
    isFormData = (value) => isObject(value) && #entries in value;
    entriesOf = (form) => form.#entries;
    pairsOf = (form) => {
      if (!isFormData(form)) throw illegalInvocation();
      if (form.#pairs === undefined) {
        form.#pairs = [];
        for (let i = 0; i < form.#entries.length; i += 2) push(form.#pairs, [form.#entries[i], form.#entries[i + 1]]);
      }
      return form.#pairs;
    };
  }

  append(name, value, filename = undefined) {
    if (!(#entries in this)) throw illegalInvocation();
    if (arguments.length < 2) required(arguments.length, 2, "FormData.append");
    const entry = convert(arguments.length, name, value, filename, "FormData.append");
    push(this.#entries, entry.name, entry.value);
    this.#pairs = undefined;
  }

  delete(name) {
    if (!(#entries in this)) throw illegalInvocation();
    if (arguments.length === 0) required(0, 1, "FormData.delete");
    this.#remove(usvString(name, "FormData.delete: name"), 0);
  }

  #remove(name, from) {
    for (let i = this.#entries.length - 2; i >= from; i -= 2) if (this.#entries[i] === name) splice(this.#entries, i, 2);
    this.#pairs = undefined;
  }

  #find(name) {
    for (let i = 0; i < this.#entries.length; i += 2) if (this.#entries[i] === name) return i;
    return -1;
  }

  get(name) {
    if (!(#entries in this)) throw illegalInvocation();
    if (arguments.length === 0) required(0, 1, "FormData.get");
    const index = this.#find(usvString(name, "FormData.get: name"));
    return index < 0 ? null : this.#entries[index + 1];
  }

  getAll(name) {
    if (!(#entries in this)) throw illegalInvocation();
    if (arguments.length === 0) required(0, 1, "FormData.getAll");
    name = usvString(name, "FormData.getAll: name");
    const values = [];
    for (let i = 0; i < this.#entries.length; i += 2) if (this.#entries[i] === name) push(values, this.#entries[i + 1]);
    return values;
  }

  has(name) {
    if (!(#entries in this)) throw illegalInvocation();
    if (arguments.length === 0) required(0, 1, "FormData.has");
    return this.#find(usvString(name, "FormData.has: name")) >= 0;
  }

  set(name, value, filename = undefined) {
    if (!(#entries in this)) throw illegalInvocation();
    if (arguments.length < 2) required(arguments.length, 2, "FormData.set");
    const entry = convert(arguments.length, name, value, filename, "FormData.set");
    const index = this.#find(entry.name);
    if (index < 0) {
      push(this.#entries, entry.name, entry.value);
    } else {
      this.#entries[index + 1] = entry.value;
      this.#remove(entry.name, index + 2);
    }
    this.#pairs = undefined;
  }
}

function convert(count, name, value, filename, what) {
  if (count > 2 && !isBlob(value)) throw new TypeError(`${what}: value: not of type Blob`);
  name = usvString(name, `${what}: name`);
  if (!isBlob(value)) return { name, value: usvString(value, `${what}: value`) };
  return { name, value: fileOf(value, filename === undefined ? undefined : usvString(filename, `${what}: filename`)) };
}

defineIterable(FormData, (form) => pairsOf(form));
defineInterface(FormData);

// ---------------------------------------------------------------------------------------------
// multipart/form-data, out

/** Text with every line break as CRLF. */
function withCrlf(text) {
  if (exec(/[\r\n]/, text) === null) return text;
  let result = "";
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\r" || text[i] === "\n") {
      if (text[i] === "\r" && text[i + 1] === "\n") i++;
      result += "\r\n";
    } else {
      result += text[i];
    }
  }
  return result;
}

function escape(name) {
  if (exec(/[\r\n"]/, name) === null) return name;
  let result = "";
  for (let i = 0; i < name.length; i++) {
    const c = name[i];
    result += c === "\r" ? "%0D" : c === "\n" ? "%0A" : c === '"' ? "%22" : c;
  }
  return result;
}

/** `{ pieces, type }`: the form, with a new boundary. */
export function encodeForm(form) {
  let boundary = "----formdata-outwit-";
  for (let i = 0; i < 24; i++) boundary += "abcdefghijklmnopqrstuvwxyz0123456789"[floor(random() * 36)];
  const entries = entriesOf(form);
  const pieces = [];
  let text = "";
  for (let i = 0; i < entries.length; i += 2) {
    const value = entries[i + 1];
    text += `--${boundary}\r\nContent-Disposition: form-data; name="${escape(withCrlf(entries[i]))}"`;
    if (typeof value === "string") {
      text += `\r\n\r\n${withCrlf(value)}\r\n`;
      continue;
    }
    const data = dataOf(value);
    text += `; filename="${escape(nameOf(value))}"\r\nContent-Type: ${data.type || "application/octet-stream"}\r\n\r\n`;
    push(pieces, encodeUtf8(text));
    for (let k = 0; k < data.pieces.length; k++) push(pieces, data.pieces[k]);
    text = "\r\n";
  }
  push(pieces, encodeUtf8(`${text}--${boundary}--\r\n`));
  return { pieces, type: `multipart/form-data; boundary=${boundary}` };
}

// ---------------------------------------------------------------------------------------------
// In

const CRLF = new Uint8Array([13, 10]);
const DASHES = new Uint8Array([45, 45]);

const malformed = () => new TypeError("The body is not valid multipart/form-data");

function decodeName(text) {
  let result = "";
  for (let i = 0; i < text.length; i++) {
    const code = text[i] === "%" ? sliceText(text, i + 1, i + 3) : "";
    const c = code === "0A" || code === "0a" ? "\n" : code === "0D" || code === "0d" ? "\r" : code === "22" ? '"' : undefined;
    if (c === undefined) {
      result += text[i];
    } else {
      result += c;
      i += 2;
    }
  }
  return result;
}

const HEADER = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[\t ]*:[\t ]*(.*?)[\t ]*$/;
const DISPOSITION = /^form-data[\t ]*;[\t ]*name="([^"]*)"(?:[\t ]*;[\t ]*filename="([^"]*)")?[\t ]*;?[\t ]*$/i;
const DISPOSITION_BARE = /^form-data[\t ]*;[\t ]*name=([^\s";]+)(?:[\t ]*;[\t ]*filename=(?:"([^"]*)"|([^\s";]+)))?[\t ]*;?[\t ]*$/i;

function decodeMultipart(bytes, boundary) {
  const form = new FormData();
  const delimiter = encodeUtf8(`--${boundary}`);
  const lineDelimiter = encodeUtf8(`\r\n--${boundary}`);
  const length = typedArrayLength(bytes);
  const startsAt = (needle, at) => indexOf(bytes, needle, at, at + typedArrayLength(needle)) === at;
  let at = 0;
  // what comes before the first delimiter has no meaning
  if (!startsAt(delimiter, 0)) {
    at = indexOf(bytes, lineDelimiter, 0, length);
    if (at < 0) throw malformed();
    at += 2;
  }
  at += typedArrayLength(delimiter);
  for (;;) {
    if (startsAt(DASHES, at)) return form;
    // white space may follow a delimiter
    while (bytes[at] === 32 || bytes[at] === 9) at++;
    if (!startsAt(CRLF, at)) throw malformed();
    at += 2;
    let name;
    let filename;
    let type;
    for (;;) {
      const end = indexOf(bytes, CRLF, at, length);
      if (end < 0) throw malformed();
      const line = decodeUtf8(subarray(bytes, at, end));
      at = end + 2;
      if (line === "") break;
      const header = exec(HEADER, line);
      if (header === null) throw malformed();
      switch (toLowerCase(header[1])) {
        case "content-disposition": {
          const parts = exec(DISPOSITION, header[2]) ?? exec(DISPOSITION_BARE, header[2]);
          if (parts === null) throw malformed();
          name = decodeName(parts[1]);
          filename = parts[2] ?? parts[3];
          break;
        }
        case "content-type":
          type = header[2];
          break;
        default:
      }
    }
    if (name === undefined) throw malformed();
    const end = indexOf(bytes, lineDelimiter, at, length);
    // an empty part may leave out its own line break
    const isEmpty = startsAt(delimiter, at);
    if (end < 0 && !isEmpty) throw malformed();
    const content = isEmpty ? subarray(bytes, at, at) : subarray(bytes, at, end);
    if (filename === undefined) {
      push(entriesOf(form), name, decodeUtf8(content, true));
    } else {
      const data = { __proto__: null, pieces: [content], size: typedArrayLength(content), type: toLowerCase(type ?? "text/plain") };
      push(entriesOf(form), name, createFile(data, decodeName(filename)));
    }
    at = isEmpty ? at + typedArrayLength(delimiter) : end + typedArrayLength(lineDelimiter);
  }
}

const hex = (code) => {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 65 && code <= 70) return code - 55;
  return code >= 97 && code <= 102 ? code - 87 : -1;
};

function decodeUrlencoded(bytes) {
  const form = new FormData();
  const length = typedArrayLength(bytes);
  const out = new Uint8Array(length);
  let size = 0;
  let name;
  const take = () => {
    const text = decodeUtf8(subarray(out, 0, size), true);
    size = 0;
    return text;
  };
  let isEmpty = true;
  for (let i = 0; i <= length; i++) {
    const byte = i === length ? 38 : bytes[i];
    if (byte === 38) {
      if (!isEmpty) {
        if (name === undefined) push(entriesOf(form), take(), "");
        else push(entriesOf(form), name, take());
      }
      name = undefined;
      isEmpty = true;
      continue;
    }
    isEmpty = false;
    if (byte === 61 && name === undefined) {
      name = take();
    } else if (byte === 43) {
      out[size++] = 32;
    } else {
      const high = byte === 37 && i + 2 < length ? hex(bytes[i + 1]) : -1;
      const low = high >= 0 ? hex(bytes[i + 2]) : -1;
      if (low >= 0) {
        out[size++] = high * 16 + low;
        i += 2;
      } else {
        out[size++] = byte;
      }
    }
  }
  return form;
}

/** The form that a body of this type is. */
export function decodeForm(bytes, mime) {
  const essence = mime === null ? "" : essenceOf(mime);
  if (essence === "multipart/form-data") {
    const boundary = parameterOf(mime, "boundary");
    if (boundary === undefined) throw new TypeError("The type of the body has no boundary");
    return decodeMultipart(bytes, boundary);
  }
  if (essence === "application/x-www-form-urlencoded") return decodeUrlencoded(bytes);
  throw new TypeError("The type of the body is not that of a form");
}

export { FormData };
