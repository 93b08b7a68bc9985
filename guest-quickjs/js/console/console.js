// `console`: the Console standard (WHATWG), over outwit:console/log.
// https://console.spec.whatwg.org/
//
// Everything happens here: formatting, counting, grouping, timing. Each call writes one message.

import { write } from "outwit:console/log";

const {
  Array, BigInt, Date, Error, Function, JSON, Map, Number, Object, Promise, Reflect, RegExp, Set, String, Symbol, WeakMap, WeakSet, parseFloat, parseInt,
} = globalThis;
const uncurry = (f) => Function.prototype.call.bind(f);
const getter = (prototype, name) => uncurry(Object.getOwnPropertyDescriptor(prototype, name).get);
const { getOwnPropertyDescriptor, getPrototypeOf, keys: keysOf } = Object;
const { ownKeys } = Reflect;
const { isArray } = Array;
const { isView } = ArrayBuffer;
const { stringify } = JSON;
const join = uncurry(Array.prototype.join);
const push = uncurry(Array.prototype.push);
const slice = uncurry(Array.prototype.slice);
const sliceText = uncurry(String.prototype.slice);
const split = uncurry(String.prototype.split);
const repeat = uncurry(String.prototype.repeat);
const padEnd = uncurry(String.prototype.padEnd);
const startsWith = uncurry(String.prototype.startsWith);
const includes = uncurry(String.prototype.includes);
const test = uncurry(RegExp.prototype.test);
const toFixed = uncurry(Number.prototype.toFixed);
const mapGet = uncurry(Map.prototype.get);
const mapSet = uncurry(Map.prototype.set);
const mapDelete = uncurry(Map.prototype.delete);
const mapHas = uncurry(Map.prototype.has);
const mapForEach = uncurry(Map.prototype.forEach);
const setForEach = uncurry(Set.prototype.forEach);
const mapSize = getter(Map.prototype, "size");
const setSize = getter(Set.prototype, "size");
const dateToISO = uncurry(Date.prototype.toISOString);
const dateGetTime = uncurry(Date.prototype.getTime);
const regExpToString = uncurry(RegExp.prototype.toString);
const symbolToString = uncurry(Symbol.prototype.toString);
const functionToString = uncurry(Function.prototype.toString);
const typedArrayKind = getter(getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag);
const typedArrayLength = getter(getPrototypeOf(Uint8Array.prototype), "length");
const bufferLength = getter(ArrayBuffer.prototype, "byteLength");
const weakMapHas = uncurry(WeakMap.prototype.has);
const weakSetHas = uncurry(WeakSet.prototype.has);
const clock = globalThis.performance;

/** How deep objects are shown, how many elements, and from which width on over several lines. */
const DEPTH = 2;
const ELEMENTS = 100;
const WIDTH = 72;
/** Longer strings inside of objects are cut. */
const TEXT = 10000;

// ---------------------------------------------------------------------------------------------
// Showing values

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

function quote(text) {
  if (text.length > TEXT) {
    return `${quote(sliceText(text, 0, TEXT))}... ${text.length - TEXT} more characters`;
  }
  if (!includes(text, "'")) {
    const inner = sliceText(stringify(text), 1, -1);
    return `'${join(split(inner, '\\"'), '"')}'`;
  }
  return stringify(text);
}

function showKey(key) {
  if (typeof key === "symbol") return `[${symbolToString(key)}]`;
  return test(IDENTIFIER, key) ? key : quote(key);
}

function showPrimitive(value) {
  switch (typeof value) {
    case "string":
      return quote(value);
    case "bigint":
      return `${value}n`;
    case "symbol":
      return symbolToString(value);
    case "number":
      return value === 0 && 1 / value < 0 ? "-0" : `${value}`;
    default:
      return `${value}`;
  }
}

/** Whether a call works on this object; tells built-in classes apart without running its code. */
function is(probe, value) {
  try {
    probe(value);
    return true;
  } catch {
    return false;
  }
}

/** The name of an object's class: "Object", "" for none. */
function className(object) {
  for (let at = object; at !== null; at = getPrototypeOf(at)) {
    const descriptor = getOwnPropertyDescriptor(at, "constructor");
    if (descriptor !== undefined) {
      const { value } = descriptor;
      if (typeof value !== "function") return "";
      const name = getOwnPropertyDescriptor(value, "name")?.value;
      return typeof name === "string" ? name : "";
    }
  }
  return "";
}

function tagOf(object) {
  for (let at = object; at !== null; at = getPrototypeOf(at)) {
    const descriptor = getOwnPropertyDescriptor(at, Symbol.toStringTag);
    if (descriptor !== undefined) return typeof descriptor.value === "string" ? descriptor.value : "";
  }
  return "";
}

/** `Foo ` before the brace, where it says something. */
function prefix(object, usual) {
  const name = className(object);
  if (getPrototypeOf(object) === null) return `[${usual}: null prototype] `;
  const tag = tagOf(object);
  const shownTag = tag !== "" && tag !== name ? `[${tag}] ` : "";
  return name === usual && shownTag === "" ? "" : `${name || usual} ${shownTag}`;
}

function showFunction(f) {
  const source = functionToString(f);
  const name = getOwnPropertyDescriptor(f, "name")?.value;
  const isNamed = typeof name === "string" && name !== "";
  if (startsWith(source, "class")) {
    const parent = getPrototypeOf(f);
    const parentName = typeof parent === "function" ? getOwnPropertyDescriptor(parent, "name")?.value : "";
    return `[class ${isNamed ? name : "(anonymous)"}${parentName ? ` extends ${parentName}` : ""}]`;
  }
  const kind = tagOf(f) || "Function";
  return isNamed ? `[${kind}: ${name}]` : `[${kind} (anonymous)]`;
}

function showError(error, context, depth) {
  const own = (name) => {
    const descriptor = getOwnPropertyDescriptor(error, name);
    return descriptor !== undefined && "value" in descriptor ? descriptor.value : undefined;
  };
  let head;
  try {
    head = String(error);
  } catch {
    head = "Error";
  }
  let stack;
  try {
    ({ stack } = error);
  } catch {
    stack = undefined;
  }
  let text = head;
  if (typeof stack === "string" && stack !== "") {
    const trimmed = stack[stack.length - 1] === "\n" ? sliceText(stack, 0, -1) : stack;
    text = startsWith(trimmed, head) ? trimmed : `${head}\n${trimmed}`;
  }
  const details = [];
  const names = keysOf(error);
  for (let i = 0; i < names.length; i++) {
    push(details, `${showKey(names[i])}: ${showProperty(error, names[i], context, depth)}`);
  }
  for (const name of ["cause", "errors"]) {
    const descriptor = getOwnPropertyDescriptor(error, name);
    if (descriptor !== undefined && !descriptor.enumerable && own(name) !== undefined) {
      push(details, `[${name}]: ${show(own(name), context, depth + 1)}`);
    }
  }
  return details.length === 0 ? text : `${text} ${braces("{", details, "}")}`;
}

function showProperty(object, key, context, depth) {
  const descriptor = getOwnPropertyDescriptor(object, key);
  if (descriptor === undefined) return "undefined";
  if ("value" in descriptor) return show(descriptor.value, context, depth + 1);
  if (descriptor.get === undefined) return "[Setter]";
  return descriptor.set === undefined ? "[Getter]" : "[Getter/Setter]";
}

/** Parts in brackets, on one line if they fit. */
function braces(open, parts, close) {
  if (parts.length === 0) return open + close;
  let width = open.length + close.length;
  let isSimple = true;
  for (let i = 0; i < parts.length; i++) {
    width += parts[i].length + 2;
    if (includes(parts[i], "\n")) isSimple = false;
  }
  if (isSimple && width <= WIDTH) return `${open} ${join(parts, ", ")} ${close}`;
  const lines = [];
  for (let i = 0; i < parts.length; i++) {
    push(lines, `  ${join(split(parts[i], "\n"), "\n  ")}`);
  }
  return `${open}\n${join(lines, ",\n")}\n${close}`;
}

/** Elements in brackets; many short ones share lines. */
function elements(open, parts, close) {
  let longest = 0;
  for (let i = 0; i < parts.length; i++) {
    if (parts[i].length > longest && !startsWith(parts[i], "... ")) longest = parts[i].length;
  }
  if (parts.length <= 6 || longest > 14) return braces(open, parts, close);
  const lines = [];
  let line = "";
  for (let i = 0; i < parts.length; i++) {
    if (line !== "" && line.length + parts[i].length + 2 > WIDTH) {
      push(lines, line);
      line = "";
    }
    line += line === "" ? parts[i] : `, ${parts[i]}`;
  }
  push(lines, line);
  return lines.length === 1 ? `${open} ${lines[0]} ${close}` : `${open}\n  ${join(lines, ",\n  ")}\n${close}`;
}

/** Appends the object's properties other than its elements. */
function properties(object, parts, context, depth, skipsIndices) {
  const keys = ownKeys(object);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    const descriptor = getOwnPropertyDescriptor(object, key);
    if (descriptor === undefined || !descriptor.enumerable) continue;
    if (skipsIndices && typeof key === "string" && test(/^\d+$/, key)) continue;
    push(parts, `${showKey(key)}: ${showProperty(object, key, context, depth)}`);
  }
  return parts;
}

function more(parts, length) {
  if (length > ELEMENTS) {
    const rest = length - ELEMENTS;
    push(parts, `... ${rest} more item${rest > 1 ? "s" : ""}`);
  }
}

function showArray(array, context, depth) {
  const parts = [];
  let holes = 0;
  const flush = () => {
    if (holes > 0) push(parts, `<${holes} empty item${holes > 1 ? "s" : ""}>`);
    holes = 0;
  };
  const { length } = array;
  for (let i = 0; i < length && parts.length < ELEMENTS; i++) {
    if (getOwnPropertyDescriptor(array, i) === undefined) {
      holes++;
    } else {
      flush();
      push(parts, showProperty(array, i, context, depth));
    }
  }
  flush();
  more(parts, length);
  const name = prefix(array, "Array");
  return elements(`${name === "" ? "" : `${className(array)}(${length}) `}[`, properties(array, parts, context, depth, true), "]");
}

function showTypedArray(array, kind) {
  const length = typedArrayLength(array);
  const parts = [];
  for (let i = 0; i < length && i < ELEMENTS; i++) push(parts, showPrimitive(array[i]));
  more(parts, length);
  return elements(`${kind}(${length}) [`, parts, "]");
}

/** What is shown in place of the object's properties where it is too deep. */
function summary(object) {
  return isArray(object) ? "[Array]" : `[${className(object) || "Object"}]`;
}

function showObject(object, context, depth) {
  if (isView(object)) {
    const kind = typedArrayKind(object);
    if (kind !== undefined) return showTypedArray(object, kind);
  }
  if (object instanceof Error) return showError(object, context, depth);
  if (is(regExpToString, object) && object instanceof RegExp) return regExpToString(object);
  if (is(dateGetTime, object)) {
    return dateGetTime(object) === dateGetTime(object) ? dateToISO(object) : "Invalid Date";
  }
  if (depth > context.depth) return summary(object);
  if (isArray(object)) return showArray(object, context, depth);
  const parts = [];
  if (is(mapSize, object)) {
    mapForEach(object, (value, key) => {
      if (parts.length < ELEMENTS) {
        push(parts, `${show(key, context, depth + 1)} => ${show(value, context, depth + 1)}`);
      }
    });
    more(parts, mapSize(object));
    return braces(`${className(object) || "Map"}(${mapSize(object)}) {`, properties(object, parts, context, depth), "}");
  }
  if (is(setSize, object)) {
    setForEach(object, (value) => {
      if (parts.length < ELEMENTS) push(parts, show(value, context, depth + 1));
    });
    more(parts, setSize(object));
    return braces(`${className(object) || "Set"}(${setSize(object)}) {`, properties(object, parts, context, depth), "}");
  }
  if (is(bufferLength, object)) {
    push(parts, `byteLength: ${bufferLength(object)}`);
    return braces("ArrayBuffer {", properties(object, parts, context, depth), "}");
  }
  if (is((o) => weakMapHas(o, o), object)) return "WeakMap { <items unknown> }";
  if (is((o) => weakSetHas(o, o), object)) return "WeakSet { <items unknown> }";
  if (object instanceof Promise) return "Promise { }";
  const primitive = boxed(object);
  if (primitive !== undefined) return `[${className(object)}: ${showPrimitive(primitive)}]`;
  return braces(`${prefix(object, "Object")}{`, properties(object, parts, context, depth), "}");
}

const unbox = [Number, String, Boolean, BigInt, Symbol].map((type) => uncurry(type.prototype.valueOf));

/** What a wrapper such as `new Number(1)` wraps. */
function boxed(object) {
  for (let i = 0; i < unbox.length; i++) {
    try {
      return unbox[i](object);
    } catch {
      // not a wrapper of this type
    }
  }
  return undefined;
}

function show(value, context, depth) {
  if (typeof value === "function") return showFunction(value);
  if (typeof value !== "object" || value === null) return showPrimitive(value);
  const { path } = context;
  for (let i = 0; i < path.length; i++) {
    if (path[i] === value) return "[Circular]";
  }
  push(path, value);
  try {
    return showObject(value, context, depth);
  } catch (error) {
    // a proxy or a class with other ideas; a console must not throw
    return "[Object that cannot be shown]";
  } finally {
    path.length--;
  }
}

/** A value as text, for people. */
function inspect(value, depth = DEPTH) {
  return show(value, { depth, path: [] }, 0);
}

/** A value as an argument of a message: strings as they are. */
function plain(value) {
  return typeof value === "string" ? value : inspect(value);
}

// ---------------------------------------------------------------------------------------------
// Messages

function convert(specifier, value) {
  switch (specifier) {
    case "s":
      if (typeof value === "symbol") return symbolToString(value);
      if (typeof value === "object" && value !== null) return inspect(value, 0);
      return typeof value === "bigint" ? `${value}n` : String(value);
    case "d":
    case "i":
      return typeof value === "symbol" ? "NaN" : `${parseInt(value, 10)}`;
    case "f":
      return typeof value === "symbol" ? "NaN" : `${parseFloat(value)}`;
    case "o":
      return inspect(value, 4);
    case "O":
      return inspect(value);
    default:
      // styles have no place in plain text
      return "";
  }
}

/** The Formatter and the plain part of the Printer. */
function format(args) {
  if (args.length === 0) return "";
  let text;
  let next = 1;
  if (typeof args[0] === "string" && args.length > 1) {
    const template = args[0];
    text = "";
    let from = 0;
    for (let at = 0; at < template.length - 1; at++) {
      if (template[at] !== "%") continue;
      const specifier = template[at + 1];
      if (specifier === "%") {
        text += `${sliceText(template, from, at)}%`;
      } else if (includes("sdifoOc", specifier) && next < args.length) {
        text += sliceText(template, from, at) + convert(specifier, args[next++]);
      } else {
        continue;
      }
      at++;
      from = at + 1;
    }
    text += sliceText(template, from);
  } else {
    text = plain(args[0]);
  }
  for (; next < args.length; next++) text += ` ${plain(args[next])}`;
  return text;
}

let indentation = "";

function print(level, text) {
  if (indentation !== "") text = indentation + join(split(text, "\n"), `\n${indentation}`);
  write(level, text);
}

function log(level, args) {
  let text;
  try {
    text = format(args);
  } catch (error) {
    text = `[a message that cannot be shown: ${error}]`;
  }
  print(level, text);
}

// ---------------------------------------------------------------------------------------------
// Tables

function table(data, columns) {
  const INDEX = "(index)";
  const VALUES = "Values";
  const rows = [];
  const names = [];
  let hasValues = false;
  const addName = (name) => {
    for (let i = 0; i < names.length; i++) if (names[i] === name) return;
    push(names, name);
  };
  const addRow = (index, value) => {
    const cells = { __proto__: null };
    if (typeof value === "object" && value !== null) {
      const keys = keysOf(value);
      for (let i = 0; i < keys.length; i++) {
        if (columns === undefined) addName(keys[i]);
        cells[keys[i]] = showProperty(value, keys[i], { depth: 0, path: [] }, 0);
      }
      push(rows, { index, cells, value: "" });
    } else {
      hasValues = true;
      push(rows, { index, cells, value: inspect(value, 0) });
    }
  };
  if (is(mapSize, data)) {
    let i = 0;
    mapForEach(data, (value, key) => addRow(`${i++} (${plain(key)})`, value));
  } else if (is(setSize, data)) {
    let i = 0;
    setForEach(data, (value) => addRow(`${i++}`, value));
  } else {
    const keys = keysOf(data);
    for (let i = 0; i < keys.length; i++) addRow(keys[i], data[keys[i]]);
  }
  if (columns !== undefined) {
    for (let i = 0; i < columns.length; i++) addName(String(columns[i]));
  }
  const header = [INDEX];
  for (let i = 0; i < names.length; i++) push(header, names[i]);
  if (hasValues) push(header, VALUES);
  const lines = [header];
  for (let r = 0; r < rows.length; r++) {
    const line = [rows[r].index];
    for (let i = 0; i < names.length; i++) push(line, rows[r].cells[names[i]] ?? "");
    if (hasValues) push(line, rows[r].value);
    push(lines, line);
  }
  const widths = [];
  for (let c = 0; c < header.length; c++) {
    widths[c] = 0;
    for (let r = 0; r < lines.length; r++) {
      lines[r][c] = join(split(lines[r][c], "\n"), " ");
      if (lines[r][c].length > widths[c]) widths[c] = lines[r][c].length;
    }
  }
  const rule = (left, middle, right) => {
    const parts = [];
    for (let c = 0; c < widths.length; c++) push(parts, repeat("─", widths[c] + 2));
    return left + join(parts, middle) + right;
  };
  const row = (cells) => {
    const parts = [];
    for (let c = 0; c < widths.length; c++) push(parts, ` ${padEnd(cells[c], widths[c])} `);
    return `│${join(parts, "│")}│`;
  };
  const out = [rule("┌", "┬", "┐"), row(lines[0]), rule("├", "┼", "┤")];
  for (let r = 1; r < lines.length; r++) push(out, row(lines[r]));
  push(out, rule("└", "┴", "┘"));
  return join(out, "\n");
}

// ---------------------------------------------------------------------------------------------
// The namespace object

const counts = new Map();
const starts = new Map();

/** How long a timer has been running, as text; warns where that cannot be told. */
function elapsed(label) {
  if (clock === undefined) {
    print("warn", `Timer '${label}' cannot be measured: the plugin does not import outwit:performance/clock`);
    return undefined;
  }
  if (!mapHas(starts, label)) {
    print("warn", `Timer '${label}' does not exist`);
    return undefined;
  }
  const milliseconds = clock.now() - mapGet(starts, label);
  return milliseconds < 1000 ? `${toFixed(milliseconds, 3)}ms` : `${toFixed(milliseconds / 1000, 3)}s`;
}

const text = (label) => (label === undefined ? "default" : String(label));

const methods = {
  assert(condition = false, ...data) {
    if (condition) return;
    if (data.length === 0) {
      data = ["Assertion failed"];
    } else if (typeof data[0] === "string") {
      data[0] = `Assertion failed: ${data[0]}`;
    } else {
      data = ["Assertion failed:", ...data];
    }
    log("error", data);
  },
  clear() {
    indentation = "";
  },
  debug(...data) {
    log("debug", data);
  },
  error(...data) {
    log("error", data);
  },
  info(...data) {
    log("info", data);
  },
  log(...data) {
    log("info", data);
  },
  table(data, properties) {
    if (typeof data !== "object" || data === null) return log("info", arguments.length === 0 ? [] : [data]);
    let shown;
    try {
      shown = table(data, properties === undefined ? undefined : [...properties]);
    } catch {
      shown = inspect(data);
    }
    print("info", shown);
  },
  trace(...data) {
    const { stack } = new Error();
    const lines = split(typeof stack === "string" ? stack : "", "\n");
    const message = format(data);
    const calls = join(slice(lines, 1), "\n");
    const trimmed = calls[calls.length - 1] === "\n" ? sliceText(calls, 0, -1) : calls;
    print("error", `Trace${message === "" ? "" : `: ${message}`}${trimmed === "" ? "" : `\n${trimmed}`}`);
  },
  warn(...data) {
    log("warn", data);
  },
  dir(item, options) {
    const depth = options?.depth;
    print("info", inspect(item, depth === null ? Infinity : depth ?? DEPTH));
  },
  dirxml(...data) {
    log("info", data);
  },
  count(label = "default") {
    label = String(label);
    const count = (mapGet(counts, label) ?? 0) + 1;
    mapSet(counts, label, count);
    print("info", `${label}: ${count}`);
  },
  countReset(label = "default") {
    label = String(label);
    if (!mapHas(counts, label)) return print("warn", `Count for '${label}' does not exist`);
    mapSet(counts, label, 0);
  },
  group(...data) {
    if (data.length > 0) log("info", data);
    indentation += "  ";
  },
  groupCollapsed(...data) {
    if (data.length > 0) log("info", data);
    indentation += "  ";
  },
  groupEnd() {
    indentation = sliceText(indentation, 2);
  },
  time(label = "default") {
    label = text(label);
    if (mapHas(starts, label)) return print("warn", `Timer '${label}' already exists`);
    if (clock === undefined) return void elapsed(label);
    mapSet(starts, label, clock.now());
  },
  timeLog(label = "default", ...data) {
    label = text(label);
    const time = elapsed(label);
    if (time === undefined) return;
    let message = `${label}: ${time}`;
    for (let i = 0; i < data.length; i++) message += ` ${plain(data[i])}`;
    print("info", message);
  },
  timeEnd(label = "default") {
    label = text(label);
    const time = elapsed(label);
    if (time !== undefined) print("info", `${label}: ${time}`);
    mapDelete(starts, label);
  },
};

// Web IDL: a namespace object, whose prototype is an empty object.
const console = Object.create({});
const names = keysOf(methods);
for (let i = 0; i < names.length; i++) {
  Object.defineProperty(console, names[i], {
    value: methods[names[i]],
    writable: true,
    enumerable: true,
    configurable: true,
  });
}
Object.defineProperty(console, Symbol.toStringTag, { value: "console", configurable: true });
Object.defineProperty(globalThis, "console", { value: console, writable: true, configurable: true });
