// Base64, for URLs, headers and digests.
// https://infra.spec.whatwg.org/#forgiving-base64

import { Uint8Array, charCodeAt } from "outwit:webidl/primordials.js";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES = new Uint8Array(128).fill(255);
for (let i = 0; i < 64; i++) VALUES[charCodeAt(ALPHABET, i)] = i;

/** Bytes as text. */
export function encodeBase64(bytes) {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const word = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += ALPHABET[word >> 18] + ALPHABET[(word >> 12) & 63];
    text += i + 1 < bytes.length ? ALPHABET[(word >> 6) & 63] : "=";
    text += i + 2 < bytes.length ? ALPHABET[word & 63] : "=";
  }
  return text;
}

/** Bytes out of bytes of text, forgiving white space and missing padding; `null` if it is not base64. */
export function decodeBase64(text) {
  const digits = new Uint8Array(text.length);
  let count = 0;
  let padding = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text[i];
    if (code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0c || code === 0x0d) continue;
    if (code === 0x3d) {
      padding++;
      continue;
    }
    if (padding > 0 || code > 127 || VALUES[code] === 255) return null;
    digits[count++] = VALUES[code];
  }
  if (count % 4 === 1 || (padding > 0 && (padding > 2 || (count + padding) % 4 !== 0))) return null;
  const bytes = new Uint8Array((count * 3) >> 2);
  let at = 0;
  for (let i = 0; i < count; i += 4) {
    const word = (digits[i] << 18) | (digits[i + 1] << 12) | ((digits[i + 2] ?? 0) << 6) | (digits[i + 3] ?? 0);
    if (at < bytes.length) bytes[at++] = word >> 16;
    if (at < bytes.length) bytes[at++] = word >> 8;
    if (at < bytes.length) bytes[at++] = word;
  }
  return bytes;
}
