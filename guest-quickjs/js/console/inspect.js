// How `console` shows values: much as Node's `util.inspect` does, without running code of the plugin
// where that can be helped.

const {
  Array, BigInt, Date, Error, Function, JSON, Map, Number, Object, Promise, Reflect, RegExp, Set,
  String, Symbol, WeakMap, WeakSet,
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
const sliceText = uncurry(String.prototype.slice);
const split = uncurry(String.prototype.split);
const startsWith = uncurry(String.prototype.startsWith);
const includes = uncurry(String.prototype.includes);
const test = uncurry(RegExp.prototype.test);
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

/** How deep objects are shown, how many elements, and from which width on over several lines. */
const DEPTH = 2;
const ELEMENTS = 100;
const WIDTH = 72;
/** Arrays with more elements are shown without other properties. */
const LONG = 100000;
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
export function is(probe, value) {
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

/** A property as text: accessors are not called. */
export function showProperty(object, key, context, depth) {
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
  // the names of so many elements would take more memory than they
  if (skipsIndices && object.length > LONG) return parts;
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

/** A value as text, for people. Never throws. */
export function inspect(value, depth = DEPTH) {
  return show(value, { depth, path: [] }, 0);
}

/** A value as an argument of a message: strings as they are. */
export function plain(value) {
  return typeof value === "string" ? value : inspect(value);
}
