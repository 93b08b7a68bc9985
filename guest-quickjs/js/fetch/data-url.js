// `data:` URLs.
// https://fetch.spec.whatwg.org/#data-urls

import { Uint8Array, exec, indexOfText, sliceText, startsWith, subarray, trim } from "outwit:webidl/primordials.js";
import { encodeUtf8 } from "outwit:engine/bytes";
import { decodeBase64 } from "outwit:fetch/base64.js";
import { parseMime, serializeMime } from "outwit:fetch/mime.js";

const BASE64 = /^([^]*);[ ]*base64[\t\n\f\r ]*$/i;

/** `{ type, bytes }` of such a URL, without its fragment; `null` if it is not one. */
export function readDataUrl(href) {
  const comma = indexOfText(href, ",");
  if (comma < 0) return null;
  let type = trim(sliceText(href, 5, comma));
  let bytes = percentDecode(encodeUtf8(sliceText(href, comma + 1)));
  const coded = exec(BASE64, type);
  if (coded !== null) {
    bytes = decodeBase64(bytes);
    if (bytes === null) return null;
    type = coded[1];
  }
  if (startsWith(type, ";")) type = `text/plain${type}`;
  const mime = parseMime(type);
  return { type: mime === null ? "text/plain;charset=US-ASCII" : serializeMime(mime), bytes };
}

const digit = (code) =>
  code >= 0x30 && code <= 0x39 ? code - 0x30 : (code | 32) >= 0x61 && (code | 32) <= 0x66 ? (code | 32) - 0x57 : -1;

function percentDecode(text) {
  const bytes = new Uint8Array(text.length);
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === 0x25 && i + 2 < text.length) {
      const high = digit(text[i + 1]);
      const low = digit(text[i + 2]);
      if (high >= 0 && low >= 0) {
        bytes[count++] = high * 16 + low;
        i += 2;
        continue;
      }
    }
    bytes[count++] = text[i];
  }
  return subarray(bytes, 0, count);
}
