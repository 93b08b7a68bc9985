// UTF-8, of well-formed strings.

import { Uint8Array, codePointAt, fromCharCode, subarray } from "outwit:webidl/primordials.js";

/** The bytes of a text. */
export function encode(text) {
  const bytes = new Uint8Array(text.length * 3);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const code = codePointAt(text, i);
    if (code < 0x80) {
      bytes[length++] = code;
    } else if (code < 0x800) {
      bytes[length++] = 0xc0 | (code >> 6);
      bytes[length++] = 0x80 | (code & 0x3f);
    } else if (code < 0x10000) {
      bytes[length++] = 0xe0 | (code >> 12);
      bytes[length++] = 0x80 | ((code >> 6) & 0x3f);
      bytes[length++] = 0x80 | (code & 0x3f);
    } else {
      i++;
      bytes[length++] = 0xf0 | (code >> 18);
      bytes[length++] = 0x80 | ((code >> 12) & 0x3f);
      bytes[length++] = 0x80 | ((code >> 6) & 0x3f);
      bytes[length++] = 0x80 | (code & 0x3f);
    }
  }
  return subarray(bytes, 0, length);
}

/** The text of bytes; what is not UTF-8 becomes U+FFFD. */
export function decode(bytes) {
  let text = "";
  let i = 0;
  while (i < bytes.length) {
    const first = bytes[i++];
    if (first < 0x80) {
      text += fromCharCode(first);
      continue;
    }
    // How many bytes follow, and what the first of them may be.
    let follow = 0;
    let lower = 0x80;
    let upper = 0xbf;
    let code = 0;
    if (first >= 0xc2 && first <= 0xdf) {
      follow = 1;
      code = first & 0x1f;
    } else if (first >= 0xe0 && first <= 0xef) {
      follow = 2;
      code = first & 0xf;
      if (first === 0xe0) lower = 0xa0;
      if (first === 0xed) upper = 0x9f;
    } else if (first >= 0xf0 && first <= 0xf4) {
      follow = 3;
      code = first & 0x7;
      if (first === 0xf0) lower = 0x90;
      if (first === 0xf4) upper = 0x8f;
    }
    let isWhole = follow > 0;
    for (; follow > 0; follow--) {
      const next = bytes[i];
      if (next === undefined || next < lower || next > upper) {
        isWhole = false;
        break;
      }
      lower = 0x80;
      upper = 0xbf;
      code = (code << 6) | (next & 0x3f);
      i++;
    }
    if (!isWhole) text += "\ufffd";
    else if (code < 0x10000) text += fromCharCode(code);
    else text += fromCharCode(0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff));
  }
  return text;
}
