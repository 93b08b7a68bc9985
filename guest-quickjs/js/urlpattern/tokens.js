// The tokens of a pattern string. https://urlpattern.spec.whatwg.org/#tokenizing

import { TypeError, codePointAt, fromCodePoint, push, sliceText, test } from "outwit:webidl/primordials.js";

const IDENTIFIER_START = /^[$_\p{ID_Start}]$/u;
const IDENTIFIER_PART = /^[$_\u200c\u200d\p{ID_Continue}]$/u;

/** Whether a character may be in a name. */
export const isNamePart = (character, isFirst) => test(isFirst ? IDENTIFIER_START : IDENTIFIER_PART, character);

const SINGLE = {
  __proto__: null,
  "*": "asterisk",
  "+": "modifier",
  "?": "modifier",
  "{": "open",
  "}": "close",
};

/** An array of `{ type, index, value }`; with `isLenient` what makes no sense is a token of type "invalid", else it throws. */
export function tokenize(input, isLenient) {
  const tokens = [];
  let index = 0;
  const add = (type, next, from, to) => {
    push(tokens, { __proto__: null, type, index, value: sliceText(input, from, to) });
    index = next;
  };
  const fail = (next, why) => {
    if (!isLenient) throw new TypeError(`URLPattern: '${input}': ${why} at index ${index}`);
    add("invalid", next, index, next);
  };
  /** The character at a place, empty at the end. */
  const at = (place) => (place < input.length ? fromCodePoint(codePointAt(input, place)) : "");
  while (index < input.length) {
    const character = at(index);
    const next = index + character.length;
    if (SINGLE[character] !== undefined) {
      add(SINGLE[character], next, index, next);
    } else if (character === "\\") {
      const escaped = at(next);
      if (escaped === "") fail(next, "nothing is escaped");
      else add("escaped", next + escaped.length, next, next + escaped.length);
    } else if (character === ":") {
      let end = next;
      while (end < input.length && isNamePart(at(end), end === next)) end += at(end).length;
      if (end === next) fail(next, "a name is missing");
      else add("name", end, next, end);
    } else if (character === "(") {
      const end = endOfRegExp(input, next);
      if (end < 0) fail(next, "this is no regular expression");
      else add("regexp", end, next, end - 1);
    } else {
      add("char", next, index, next);
    }
  }
  add("end", index, index, index);
  return tokens;
}

/** Where a regular expression ends whose parenthesis is before this place: after the other one. */
function endOfRegExp(input, start) {
  let depth = 1;
  for (let at = start; at < input.length; at++) {
    const character = input[at];
    if (character > "\x7f" || (at === start && character === "?")) return -1;
    if (character === "\\") {
      at++;
      if (at >= input.length || input[at] > "\x7f") return -1;
    } else if (character === ")") {
      depth--;
      if (depth === 0) return at > start ? at + 1 : -1;
    } else if (character === "(") {
      depth++;
      if (input[at + 1] !== "?") return -1;
    }
  }
  return -1;
}
