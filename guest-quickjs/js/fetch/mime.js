// MIME types of headers.
// https://mimesniff.spec.whatwg.org/#understanding-mime-types

import {
  exec, indexOfText, push, sliceText, toLowerCase,
} from "outwit:webidl/primordials.js";
import { isToken } from "outwit:fetch/headers.js";

const QUOTED = /^[\t\x20-\x7e\x80-\xff]*$/;
const SPACE_AROUND = /^[\t\n\r ]*([^]*?)[\t\n\r ]*$/;
const SPACE_AFTER = /^([^]*?)[\t\n\r ]*$/;

const strip = (text) => exec(SPACE_AROUND, text)[1];

/** Where one of these characters is next, or the end. */
function find(text, characters, from) {
  while (from < text.length && indexOfText(characters, text[from]) < 0) from++;
  return from;
}

/** What a quoted string that begins here says, and where it ends. */
function quoted(text, at) {
  let value = "";
  at++;
  for (;;) {
    const next = find(text, '"\\', at);
    value += sliceText(text, at, next);
    at = next;
    if (at >= text.length) return { value, at };
    if (text[at++] === '"') return { value, at };
    if (at >= text.length) return { value: `${value}\\`, at };
    value += text[at++];
  }
}

/** `{ essence, parameters }`, where parameters are names and values in turn, or `null`. */
export function parseMime(text) {
  text = strip(text);
  const slash = indexOfText(text, "/");
  if (slash < 0) return null;
  let at = find(text, ";", slash + 1);
  const type = sliceText(text, 0, slash);
  const subtype = exec(SPACE_AFTER, sliceText(text, slash + 1, at))[1];
  if (!isToken(type) || !isToken(subtype)) return null;
  const parameters = [];
  const known = { __proto__: null };
  while (at < text.length) {
    at++;
    while (at < text.length && indexOfText("\t\n\r ", text[at]) >= 0) at++;
    let end = find(text, ";=", at);
    const name = toLowerCase(sliceText(text, at, end));
    at = end;
    if (at >= text.length) break;
    if (text[at] === ";") continue;
    at++;
    if (at >= text.length) break;
    let value;
    if (text[at] === '"') {
      ({ value, at } = quoted(text, at));
      at = find(text, ";", at);
    } else {
      end = find(text, ";", at);
      value = exec(SPACE_AFTER, sliceText(text, at, end))[1];
      at = end;
      if (value === "") continue;
    }
    if (!isToken(name) || name in known || exec(QUOTED, value) === null) continue;
    known[name] = true;
    push(parameters, name, value);
  }
  return { __proto__: null, essence: toLowerCase(`${type}/${subtype}`), parameters };
}

export function parameterOf({ parameters }, name) {
  for (let i = 0; i < parameters.length; i += 2) if (parameters[i] === name) return parameters[i + 1];
  return undefined;
}

export function serializeMime({ essence, parameters }) {
  let text = essence;
  for (let i = 0; i < parameters.length; i += 2) {
    const value = parameters[i + 1];
    text += `;${parameters[i]}=${isToken(value) ? value : `"${escape(value)}"`}`;
  }
  return text;
}

function escape(value) {
  let text = "";
  for (let i = 0; i < value.length; i++) text += value[i] === '"' || value[i] === "\\" ? `\\${value[i]}` : value[i];
  return text;
}

/** The parts of a list that commas separate. */
function splitList(text) {
  const parts = [];
  let part = "";
  let at = 0;
  for (;;) {
    const next = find(text, '",', at);
    part += sliceText(text, at, next);
    at = next;
    if (text[at] === '"') {
      const { at: end } = quoted(text, at);
      part += sliceText(text, at, end);
      at = end;
      if (at < text.length) continue;
    }
    push(parts, strip(part));
    part = "";
    if (at >= text.length) return parts;
    at++;
  }
}

/** The MIME type that all values of Content-Type give, or `null`. */
export function extractMime(list) {
  let charset;
  let essence;
  let result = null;
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] !== "content-type") continue;
    const parts = splitList(list[i + 1]);
    for (let k = 0; k < parts.length; k++) {
      const mime = parseMime(parts[k]);
      if (mime === null || mime.essence === "*/*") continue;
      result = mime;
      const given = parameterOf(mime, "charset");
      if (mime.essence !== essence) {
        charset = given;
        essence = mime.essence;
      } else if (given === undefined && charset !== undefined) {
        push(mime.parameters, "charset", charset);
      } else if (given !== undefined) {
        charset = given;
      }
    }
  }
  return result;
}
