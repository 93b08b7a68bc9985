// A pattern of a whole URL, taken apart. https://urlpattern.spec.whatwg.org/#constructor-string-parsing

import { indexOf, sliceText } from "outwit:webidl/primordials.js";
import * as canonical from "outwit:urlpattern/canonical.js";
import { Component } from "outwit:urlpattern/parts.js";
import { tokenize } from "outwit:urlpattern/tokens.js";

/** No prefix, no delimiter. */
export const PLAIN = { __proto__: null, delimiter: "", prefix: "", ignoreCase: false };

/** Whether a component of a protocol is one of the special schemes, or could be. */
export function isSpecial(component) {
  for (const scheme in canonical.SPECIAL) {
    if (component.test(scheme)) return true;
  }
  return false;
}

const BEFORE_HOSTNAME = ["protocol", "authority", "username", "password"];
const BEFORE_PATHNAME = ["protocol", "authority", "username", "password", "hostname", "port"];
const BEFORE_SEARCH = ["protocol", "authority", "username", "password", "hostname", "port", "pathname"];
const AFTER_HOSTNAME = ["port", "pathname", "search", "hash"];
const AFTER_PATHNAME = ["search", "hash"];

/** A URLPatternInit. */
export function parseConstructorString(input) {
  const tokens = tokenize(input, true);
  const result = { __proto__: null };
  let state = "init";
  let index = 0;
  let start = 0;
  let increment = 1;
  let depth = 0;
  let brackets = 0;
  let isSpecialScheme = false;

  const token = (at) => tokens[at < tokens.length ? at : tokens.length - 1];
  const isPlain = (at, value) => {
    const { type, value: there } = token(at);
    return there === value && (type === "char" || type === "escaped" || type === "invalid");
  };
  const isSearch = () => {
    if (isPlain(index, "?")) return true;
    if (token(index).value !== "?") return false;
    const type = index > 0 ? tokens[index - 1].type : "";
    return type !== "name" && type !== "regexp" && type !== "close" && type !== "asterisk";
  };
  const component = () => sliceText(input, token(start).index, tokens[index].index);
  const rewind = (next) => {
    index = start;
    increment = 0;
    if (next !== undefined) state = next;
  };
  const change = (next, skip) => {
    if (state !== "init" && state !== "authority") result[state] = component();
    if (state !== "init" && next !== "done") {
      const is = (states, state) => indexOf(states, state) >= 0;
      if (is(BEFORE_HOSTNAME, state) && is(AFTER_HOSTNAME, next)) result.hostname ??= "";
      if (is(BEFORE_PATHNAME, state) && is(AFTER_PATHNAME, next)) result.pathname ??= isSpecialScheme ? "/" : "";
      if (is(BEFORE_SEARCH, state) && next === "hash") result.search ??= "";
    }
    state = next;
    index += skip;
    start = index;
    increment = 0;
  };
  /** Goes on to the part that begins here, of those from `from` on. */
  const next = (from) => {
    if (from <= 0 && isPlain(index, "/")) change("pathname", 0);
    else if (from <= 1 && isSearch()) change("search", 1);
    else if (isPlain(index, "#")) change("hash", 1);
  };
  const step = () => {
    switch (state) {
      case "init":
        if (isPlain(index, ":")) rewind("protocol");
        break;
      case "protocol":
        if (!isPlain(index, ":")) break;
        isSpecialScheme = isSpecial(new Component(component(), canonical.protocol, PLAIN));
        if (isPlain(index + 1, "/") && isPlain(index + 2, "/")) change("authority", 3);
        else change(isSpecialScheme ? "authority" : "pathname", 1);
        break;
      case "authority":
        if (isPlain(index, "@")) rewind("username");
        else if (isPlain(index, "/") || isSearch() || isPlain(index, "#")) rewind("hostname");
        break;
      case "username":
        if (isPlain(index, ":")) change("password", 1);
        else if (isPlain(index, "@")) change("hostname", 1);
        break;
      case "password":
        if (isPlain(index, "@")) change("hostname", 1);
        break;
      case "hostname":
        if (isPlain(index, "[")) brackets++;
        else if (isPlain(index, "]")) brackets--;
        else if (isPlain(index, ":") && brackets === 0) change("port", 1);
        else next(0);
        break;
      case "port":
        next(0);
        break;
      case "pathname":
        next(1);
        break;
      case "search":
        next(2);
        break;
    }
  };

  for (; index < tokens.length; index += increment) {
    increment = 1;
    const { type } = tokens[index];
    if (type === "end") {
      if (state === "init") {
        rewind();
        if (isPlain(index, "#")) change("hash", 1);
        else if (isSearch()) change("search", 1);
        else change("pathname", 0);
        continue;
      }
      if (state === "authority") {
        rewind("hostname");
        continue;
      }
      change("done", 0);
      break;
    }
    if (type === "open") {
      depth++;
      continue;
    }
    if (depth > 0) {
      if (type !== "close") continue;
      depth--;
    }
    step();
  }
  if (result.hostname !== undefined) result.port ??= "";
  return result;
}
