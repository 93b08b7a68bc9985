// Patterns of one component: their parts, and the regular expressions and strings that these make.
// https://urlpattern.spec.whatwg.org/#patterns

import {
  RegExp, String, TypeError, codePointAt, exec, fromCodePoint, join, map, max, push, replace, some, test,
} from "outwit:webidl/primordials.js";
import { isNamePart, tokenize } from "outwit:urlpattern/tokens.js";

// What a part is, the more special the higher.
const WILDCARD = 0;
const SEGMENT = 1;
const REGEXP = 2;
const FIXED = 3;

const MODIFIERS = { __proto__: null, "*": 0, "?": 1, "+": 2, "": 3 };
const NOTHING = { __proto__: null, type: FIXED, prefix: "", value: "", suffix: "", modifier: "" };

const REGEXP_SYNTAX = /[.+*?^${}()[\]|/\\]/g;
const PATTERN_SYNTAX = /[+*?:{}()\\]/g;
const DIGIT = /^[0-9]/;
const escapeRegExp = (text) => replace(text, REGEXP_SYNTAX, "\\$&");
/** Text as a pattern that matches just that. */
export const escapePattern = (text) => replace(text, PATTERN_SYNTAX, "\\$&");

const segmentOf = ({ delimiter }) => `[^${escapeRegExp(delimiter)}]+?`;

/** The parts of a pattern: `{ type, name, prefix, value, suffix, modifier }`; `encode` makes text of it canonical. */
function partsOf(input, options, encode) {
  const tokens = tokenize(input, false);
  const segment = segmentOf(options);
  const parts = [];
  const names = { __proto__: null };
  let index = 0;
  let nextName = 0;
  let pending = "";

  /** The next token, if it is of this type. */
  const take = (type) => (tokens[index].type === type ? tokens[index++] : undefined);
  const takeGroup = () => {
    const name = take("name");
    return { __proto__: null, name, matcher: take("regexp") ?? (name === undefined ? take("asterisk") : undefined) };
  };
  const takeModifier = () => (take("modifier") ?? take("asterisk"))?.value ?? "";
  const takeText = () => {
    let text = "";
    for (;;) {
      const token = take("char") ?? take("escaped");
      if (token === undefined) return text;
      text += token.value;
    }
  };
  const want = (type) => {
    const token = take(type);
    if (token === undefined) {
      const { value, index: at } = tokens[index];
      throw new TypeError(`URLPattern: '${input}': ${value === "" ? "the end" : `'${value}'`} is unexpected at index ${at}`);
    }
  };
  const addFixed = (text, modifier) => {
    if (text !== "") push(parts, { __proto__: null, type: FIXED, name: "", prefix: "", value: encode(text), suffix: "", modifier });
  };
  const addPending = () => {
    addFixed(pending, "");
    pending = "";
  };
  const add = (prefix, { name, matcher }, suffix, modifier) => {
    if (name === undefined && matcher === undefined) {
      if (modifier === "") {
        pending += prefix;
        return;
      }
      addPending();
      addFixed(prefix, modifier);
      return;
    }
    addPending();
    let value = matcher === undefined ? segment : matcher.type === "asterisk" ? ".*" : matcher.value;
    const type = value === segment ? SEGMENT : value === ".*" ? WILDCARD : REGEXP;
    if (type !== REGEXP) value = "";
    const ownName = name === undefined ? String(nextName++) : name.value;
    if (ownName in names) throw new TypeError(`URLPattern: '${input}' has the name '${ownName}' twice`);
    names[ownName] = true;
    push(parts, { __proto__: null, type, name: ownName, prefix: encode(prefix), value, suffix: encode(suffix), modifier });
  };

  while (index < tokens.length) {
    const character = take("char");
    const group = takeGroup();
    if (group.name !== undefined || group.matcher !== undefined) {
      let prefix = character?.value ?? "";
      if (prefix !== "" && prefix !== options.prefix) {
        pending += prefix;
        prefix = "";
      }
      addPending();
      add(prefix, group, "", takeModifier());
      continue;
    }
    const fixed = character ?? take("escaped");
    if (fixed !== undefined) {
      pending += fixed.value;
      continue;
    }
    if (take("open") !== undefined) {
      const prefix = takeText();
      const inner = takeGroup();
      const suffix = takeText();
      want("close");
      add(prefix, inner, suffix, takeModifier());
      continue;
    }
    addPending();
    want("end");
  }
  return parts;
}

function regExpOf(parts, options) {
  const segment = segmentOf(options);
  let source = "^";
  for (let i = 0; i < parts.length; i++) {
    const { type, modifier } = parts[i];
    const value = type === SEGMENT ? segment : type === WILDCARD ? ".*" : parts[i].value;
    if (type === FIXED) {
      source += modifier === "" ? escapeRegExp(value) : `(?:${escapeRegExp(value)})${modifier}`;
      continue;
    }
    const prefix = escapeRegExp(parts[i].prefix);
    const suffix = escapeRegExp(parts[i].suffix);
    const isRepeated = modifier === "*" || modifier === "+";
    if (prefix === "" && suffix === "") {
      source += isRepeated ? `((?:${value})${modifier})` : `(${value})${modifier}`;
    } else if (!isRepeated) {
      source += `(?:${prefix}(${value})${suffix})${modifier}`;
    } else {
      source += `(?:${prefix}((?:${value})(?:${suffix}${prefix}(?:${value}))*)${suffix})${modifier === "*" ? "?" : ""}`;
    }
  }
  return `${source}$`;
}

const lastOf = (text) => text[text.length - 1];
const startsName = (text) => text !== "" && isNamePart(fromCodePoint(codePointAt(text, 0)), false);

function patternOf(parts, options) {
  const pieces = map(parts, (part, index) => {
    const { type, name, prefix, suffix, value, modifier } = part;
    const previous = index > 0 ? parts[index - 1] : undefined;
    const next = parts[index + 1];
    if (type === FIXED) return modifier === "" ? escapePattern(value) : `{${escapePattern(value)}}${modifier}`;
    const isNamed = !test(DIGIT, name);
    let isGrouped = suffix !== "" || (prefix !== "" && prefix !== options.prefix);
    if (
      !isGrouped && isNamed && type === SEGMENT && modifier === "" && next !== undefined && next.prefix === "" &&
      next.suffix === ""
    ) {
      isGrouped = next.type === FIXED ? startsName(next.value) : test(DIGIT, next.name);
    }
    if (!isGrouped && prefix === "" && previous?.type === FIXED && options.prefix !== "" && lastOf(previous.value) === options.prefix) {
      isGrouped = true;
    }
    let text = escapePattern(prefix);
    if (isNamed) text += `:${name}`;
    if (type === REGEXP) {
      text += `(${value})`;
    } else if (type === SEGMENT) {
      if (!isNamed) text += `(${segmentOf(options)})`;
    } else if (
      !isNamed && (previous === undefined || previous.type === FIXED || previous.modifier !== "" || isGrouped || prefix !== "")
    ) {
      text += "*";
    } else {
      text += "(.*)";
    }
    if (type === SEGMENT && isNamed && startsName(suffix)) text += "\\";
    text += escapePattern(suffix);
    return `${isGrouped ? `{${text}}` : text}${modifier}`;
  });
  return join(pieces, "");
}

/** The regular expression of this text, or `undefined`. With the flag that the standard wants QuickJS takes no hyphen outside of classes. */
function compile(source, flags) {
  for (let i = 0; i < 2; i++) {
    try {
      return new RegExp(source, flags + "vu"[i]);
    } catch {
      // not with this flag
    }
  }
  return undefined;
}

/** A component of a pattern. */
export class Component {
  constructor(input, encode, options) {
    const parts = partsOf(input, options, encode);
    const source = regExpOf(parts, options);
    this.regExp = compile(source, options.ignoreCase ? "i" : "");
    if (this.regExp === undefined) throw new TypeError(`URLPattern: '${input}' has a regular expression that is none`);
    this.parts = parts;
    this.encode = encode;
    this.options = options;
    this.pattern = patternOf(parts, options);
    this.hasRegExpGroups = some(parts, ({ type }) => type === REGEXP);
  }

  test(input) {
    return exec(this.regExp, input) !== null;
  }

  /** `{ groups, input }`, or `null`. */
  exec(input) {
    const found = exec(this.regExp, input);
    if (found === null) return null;
    const groups = {};
    let index = 1;
    for (let i = 0; i < this.parts.length; i++) {
      const { type, name } = this.parts[i];
      if (type !== FIXED) groups[name] = found[index++];
    }
    return { groups, input };
  }

  /** The text that a component of fixed text and named segments makes of values for these. */
  generate(values) {
    const { parts, pattern } = this;
    let text = "";
    for (let i = 0; i < parts.length; i++) {
      const { type, name, prefix, value, suffix, modifier } = parts[i];
      if (modifier !== "" || (type !== FIXED && type !== SEGMENT)) {
        throw new TypeError(`URLPattern.generate: '${pattern}' stands for more than one text`);
      }
      if (type === SEGMENT && values[name] === undefined) throw new TypeError(`URLPattern.generate: groups has no '${name}'`);
      text += prefix + (type === FIXED ? value : this.encode(values[name])) + suffix;
    }
    if (!this.test(text)) throw new TypeError(`URLPattern.generate: '${text}' does not match '${pattern}'`);
    return text;
  }

  /** Which is more special: -1 if that is the other one, 1 if it is this one. */
  compare(other) {
    const count = max(this.parts.length, other.parts.length);
    for (let i = 0; i < count; i++) {
      const one = rank(this.parts[i] ?? NOTHING);
      const two = rank(other.parts[i] ?? NOTHING);
      for (let j = 0; j < one.length; j++) {
        if (one[j] !== two[j]) return one[j] < two[j] ? -1 : 1;
      }
    }
    return 0;
  }
}

const rank = ({ type, modifier, prefix, value, suffix }) => [type, MODIFIERS[modifier], prefix, value, suffix];
