// `console`: the Console standard (WHATWG), over outwit:console/log.
// https://console.spec.whatwg.org/
//
// Everything happens here: formatting, counting, grouping, timing. Each call writes one message.

import { write } from "outwit:console/log";
import { define } from "outwit:engine/globals";
import { hasInterface, require } from "outwit:engine/modules";
import { inspect, is, plain, showProperty } from "outwit:console/inspect.js";

const {
  Array, Error, Function, Map, Number, Object, Set, String, Symbol, parseFloat, parseInt,
} = globalThis;
const uncurry = (f) => Function.prototype.call.bind(f);
const getter = (prototype, name) => uncurry(Object.getOwnPropertyDescriptor(prototype, name).get);
const { keys: keysOf } = Object;
const join = uncurry(Array.prototype.join);
const push = uncurry(Array.prototype.push);
const slice = uncurry(Array.prototype.slice);
const sliceText = uncurry(String.prototype.slice);
const split = uncurry(String.prototype.split);
const repeat = uncurry(String.prototype.repeat);
const padEnd = uncurry(String.prototype.padEnd);
const includes = uncurry(String.prototype.includes);
const toFixed = uncurry(Number.prototype.toFixed);
const mapGet = uncurry(Map.prototype.get);
const mapSet = uncurry(Map.prototype.set);
const mapDelete = uncurry(Map.prototype.delete);
const mapHas = uncurry(Map.prototype.has);
const mapForEach = uncurry(Map.prototype.forEach);
const setForEach = uncurry(Set.prototype.forEach);
const mapSize = getter(Map.prototype, "size");
const setSize = getter(Set.prototype, "size");
const symbolToString = uncurry(Symbol.prototype.toString);
/** Nothing where the world imports no clock. */
const clock = hasInterface("outwit:performance/clock") ? require("outwit:performance/clock.js") : undefined;

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
  table(data = undefined, properties = undefined) {
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
  dir(item = undefined, options = undefined) {
    const depth = options?.depth;
    print("info", inspect(item, depth === null ? Infinity : depth));
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
define("console", console);

export { console };
