// The debugger's side in the plugin: runs in a context of its own, made of the functions of guest-quickjs/quickjs/debugger.c, while
// the plugin's code is stopped. Talks JSON with the command: tells what happened, and does as it is told until it may go on.

(function (native, id = 0) {
  const BREAK = 1, LINE = 2, COVER = 4, COUNT = 8, ENTER = 32;
  const RUN = 0, IN = 1, OVER = 2, OUT = 3, SAME = 4;
  /** Keys of what is no object of the plugin's: a scope, or a getter and what to call it on. */
  const SCOPE = Symbol("scope"), READS = Symbol("reads");
  /** So many elements of a list are shown before it is paged. */
  const PAGE = 100;
  /** Objects that the debugger has seen in this stop, by number from 1. */
  let seen = [];
  /** By function: the line of the source at each place where a step may end. */
  let lines = [];
  let breakpoints = [];
  /** Where a step began: function, line of the source, depth. */
  let from;
  let watchesThrows = "";
  /** What of the heap is the agent's own. */
  let agents = [];

  const { exchange } = native;
  const tell = (message) => JSON.parse(exchange(JSON.stringify({ id, ...message })) || "{}");

  const functions = native.functions("outwit:");
  const global = native.global();
  const getter = (object, name) => Object.getOwnPropertyDescriptor(object, name).get;
  /** By kind: how many elements such an object has. These are the agent's own getters, which look inside. */
  const typedArray = getter(Object.getPrototypeOf(Uint8Array.prototype), "length");
  const sizes = {
    Array: { call: (value) => descriptor(value, "length").value },
    Map: getter(Map.prototype, "size"),
    Set: getter(Set.prototype, "size"),
    ArrayBuffer: getter(ArrayBuffer.prototype, "byteLength"),
    DataView: getter(DataView.prototype, "byteLength"),
  };
  const isTyped = (kind) => kind.endsWith("Array") && kind !== "Array";
  const hasElements = (kind) => kind === "Array" || kind === "Map" || kind === "Set" || isTyped(kind);
  const number = (object) => seen.push(object);
  /** None of these run code of the plugin: proxies are not asked. */
  const descriptor = (object, key) => {
    try {
      return native.proxy(object) ? undefined : Object.getOwnPropertyDescriptor(object, key);
    } catch {
      return undefined;
    }
  };
  const keysOf = (object) => {
    try {
      return native.proxy(object) ? [] : Reflect.ownKeys(object);
    } catch {
      return [];
    }
  };
  const prototypeOf = (object) => (native.proxy(object) ? null : Object.getPrototypeOf(object));
  const className = (object) => {
    for (let at = object, depth = 0; at !== null && depth < 100; at = prototypeOf(at), depth++) {
      const type = descriptor(at, "constructor")?.value;
      const name = typeof type === "function" ? descriptor(type, "name")?.value : undefined;
      if (typeof name === "string" && name !== "") return name;
    }
    return "Object";
  };
  const quote = (text, most = 200) => JSON.stringify(text.length > most ? `${text.slice(0, most)}…` : text);
  const size = (value, kind = native.class(value)) => {
    try {
      return isTyped(kind) ? typedArray.call(value) : sizes[kind]?.call(value);
    } catch {
      // it is out of bounds
      return undefined;
    }
  };
  /** Elements of a list: [name, value]. */
  function elements(list, start, count) {
    const kind = native.class(list);
    const out = [];
    const end = Math.min(size(list, kind) ?? 0, start + count);
    if (kind === "Map" || kind === "Set") {
      let at = 0;
      (kind === "Map" ? Map : Set).prototype.forEach.call(list, (value, key) => {
        if (at >= start && at < end) out.push([`[[${at}]]`, kind === "Map" ? { key, value } : value]);
        at++;
      });
      return out;
    }
    for (let at = start; at < end; at++) {
      const found = descriptor(list, at);
      if (found && "value" in found) out.push([String(at), found.value]);
      else if (found) out.push([String(at), found.get, list]);
    }
    return out;
  }
  const flags = { d: "hasIndices", g: "global", i: "ignoreCase", m: "multiline", s: "dotAll", u: "unicode", v: "unicodeSets", y: "sticky" };
  function regexp(value) {
    const get = (name) => getter(RegExp.prototype, name).call(value);
    return `/${get("source")}/${Object.keys(flags).filter((flag) => get(flags[flag])).join("")}`;
  }

  /** A value as a short text, without running code of the plugin. */
  function preview(value, depth = 0) {
    switch (typeof value) {
      case "string": return quote(value);
      case "bigint": return `${value}n`;
      case "symbol": return value.toString();
      case "number": return Object.is(value, -0) ? "-0" : `${value}`;
      case "function": {
        const name = descriptor(value, "name")?.value;
        return `ƒ ${typeof name === "string" && name !== "" ? name : "(anonymous)"}()`;
      }
      case "object": break;
      default: return `${value}`;
    }
    if (value === null) return "null";
    const proxy = native.proxy(value);
    if (proxy) return depth > 1 ? "Proxy" : `Proxy ${preview(proxy[0], depth + 1)}`;
    const kind = native.class(value);
    switch (kind) {
      case "Error": {
        const message = descriptor(value, "message")?.value;
        return `${className(value)}: ${typeof message === "string" ? message : ""}`;
      }
      case "Date": {
        const time = Date.prototype.getTime.call(value);
        return Number.isNaN(time) ? "Invalid Date" : new Date(time).toISOString();
      }
      case "RegExp": return regexp(value);
      case "Promise": {
        const [state, result] = native.promise(value);
        return state === 0 ? "Promise {pending}" : `Promise {${state === 2 ? "rejected: " : ""}${preview(result, depth + 1)}}`;
      }
    }
    const name = className(value);
    const length = size(value, kind);
    if (length !== undefined && (depth > 1 || !hasElements(kind))) return `${name}(${length})`;
    if (depth > 1) return name;
    const parts = [];
    if (kind === "Map" || kind === "Set") {
      for (const [, entry] of elements(value, 0, 5)) {
        parts.push(kind === "Set" ? preview(entry, depth + 1) : `${preview(entry.key, depth + 1)} => ${preview(entry.value, depth + 1)}`);
      }
      if (length > 5) parts.push("…");
      return `${name}(${length}) {${parts.join(", ")}}`;
    }
    if (hasElements(kind)) {
      for (let i = 0; i < length && i < 5; i++) parts.push(show(value, String(i), depth));
      if (length > 5) parts.push("…");
      return `${name === "Array" ? "" : name}(${length}) [${parts.join(", ")}]`;
    }
    const keys = keysOf(value).filter((key) => typeof key === "string" && descriptor(value, key)?.enumerable);
    for (const key of keys.slice(0, 5)) parts.push(`${key}: ${show(value, key, depth)}`);
    if (keys.length > 5) parts.push("…");
    return `${name === "Object" ? "" : `${name} `}{${parts.join(", ")}}`;
  }
  function show(object, key, depth) {
    const found = descriptor(object, key);
    if (found === undefined) return "";
    return "value" in found ? preview(found.value, depth + 1) : "(…)";
  }

  function variable(name, value) {
    const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
    const entry = { name, value: preview(value), type: value === null ? "null" : typeof value, ref: 0 };
    if (isObject) {
      entry.ref = number(value);
      const kind = native.class(value);
      const length = hasElements(kind) ? size(value, kind) : 0;
      if (length > PAGE) entry.indexed = length;
    }
    return entry;
  }
  /** An accessor, which is called when somebody wants to know. */
  const lazy = (name, get, receiver) => ({
    name, value: "(…)", type: "accessor", ref: get ? number({ [READS]: get, receiver }) : 0, hint: get ? { lazy: true } : undefined,
  });

  /** What is in an object. */
  function expand(ref, filter, start = 0, count = 0) {
    const object = seen[ref - 1];
    if (object === undefined) return [];
    const scope = descriptor(object, SCOPE)?.value;
    if (scope) return Object.keys(scope).map((name) => variable(name, scope[name]));
    const reads = descriptor(object, READS)?.value;
    if (reads) return [evaluated(() => native.call(reads, object.receiver))];
    const proxy = native.proxy(object);
    if (proxy) return [variable("[[Target]]", proxy[0]), variable("[[Handler]]", proxy[1])];
    const out = [];
    const add = (name, value, receiver) => out.push(receiver === undefined ? variable(name, value) : lazy(name, value, receiver));
    const kind = native.class(object);
    const length = hasElements(kind) ? size(object, kind) ?? 0 : 0;
    const isLong = length > PAGE;
    if (filter === "indexed") {
      for (const entry of elements(object, start, count > 0 ? count : PAGE)) add(...entry);
      return out;
    }
    if (length > 0 && filter !== "named") {
      for (const entry of elements(object, 0, isLong ? 10 * PAGE : length)) add(...entry);
    }
    if (kind === "Promise") {
      const [state, result] = native.promise(object);
      out.push(variable("[[state]]", ["pending", "fulfilled", "rejected"][state]));
      if (state !== 0) out.push(variable("[[result]]", result));
    }
    // the keys of a long list are its elements
    const keys = kind === "Array" || isTyped(kind) ? (isLong ? ["length"] : keysOf(object).filter((key) => typeof key !== "string" || String(key >>> 0) !== key)) : keysOf(object);
    for (const key of keys.slice(0, 50 * PAGE)) {
      const found = descriptor(object, key);
      if (found === undefined) continue;
      const name = typeof key === "symbol" ? `[${key.toString()}]` : key;
      if ("value" in found) out.push(variable(name, found.value));
      else out.push(lazy(name, found.get, object));
    }
    if (keys.length > 50 * PAGE) out.push({ name: "…", value: `${keys.length - 50 * PAGE} more`, type: "", ref: 0 });
    const privates = native.privates(object);
    for (let i = 0; i < privates.length; i += 2) {
      if (privates[i].startsWith("#")) out.push(variable(privates[i], privates[i + 1]));
    }
    // accessors of classes look like properties to those who use them
    const known = new Set(keys);
    let prototype = prototypeOf(object);
    for (let at = prototype, depth = 0; at && depth < 10 && descriptor(at, "hasOwnProperty") === undefined; at = prototypeOf(at), depth++) {
      for (const key of keysOf(at)) {
        const get = typeof key === "string" && !known.has(key) ? descriptor(at, key)?.get : undefined;
        if (!get) continue;
        known.add(key);
        out.push(lazy(key, get, object));
      }
    }
    if (prototype) out.push({ name: "[[Prototype]]", value: className(prototype), type: "object", ref: number(prototype) });
    return out;
  }

  function evaluated(run) {
    try {
      const value = run();
      const entry = { ok: true, ...variable("", value) };
      // who asks for a text wants all of it
      if (typeof value === "string") entry.value = quote(value, 100_000);
      return entry;
    } catch (error) {
      return { ok: false, ...variable("", error) };
    }
  }

  const evaluate = (frame, text) => evaluated(() => (frame < 0 ? native.evalGlobal(text) : native.eval(frame, text)));

  /** Sets a property. */
  function set(ref, name, text) {
    const object = seen[ref - 1];
    const found = object === undefined ? undefined : descriptor(object, name);
    if (found === undefined) return { ok: false, value: `${name} cannot be set here; use the debug console` };
    const result = evaluated(() => {
      const value = native.frames().length > 0 ? native.eval(0, text) : native.evalGlobal(text);
      if (found.set) native.call(found.set, object, value);
      else if (!Reflect.set(object, name, value)) throw new TypeError(`${name} is read-only`);
      return value;
    });
    return result;
  }

  /** What is behind a chain of names, or in sight: names with their kinds. */
  function complete(frame, names) {
    const scopes = [native.scope(frame, 0), native.scope(frame, 1)];
    const kind = (value) => (typeof value === "function" ? "function" : "property");
    const found = new Map();
    const list = (object) => {
      for (const key of keysOf(object).slice(0, 20 * PAGE)) {
        if (typeof key !== "string" || found.has(key)) continue;
        const property = descriptor(object, key);
        found.set(key, property && "value" in property ? kind(property.value) : "property");
      }
    };
    if (names.length === 0) {
      for (const scope of scopes) {
        for (const name of Object.keys(scope)) if (!found.has(name)) found.set(name, "variable");
      }
      list(global);
      return [...found];
    }
    const [first, ...rest] = names;
    const scope = [...scopes, global].find((scope) => descriptor(scope, first));
    let value = scope && descriptor(scope, first).value;
    for (const name of rest) {
      let at = typeof value === "object" || typeof value === "function" ? value : null;
      while (at && !descriptor(at, name)) at = prototypeOf(at);
      value = at ? descriptor(at, name).value : undefined;
    }
    const kinds = { string: "String", number: "Number", boolean: "Boolean", bigint: "BigInt", symbol: "Symbol" };
    let at = kinds[typeof value] ? descriptor(descriptor(global, kinds[typeof value])?.value ?? {}, "prototype")?.value : value;
    if (typeof at !== "object" && typeof at !== "function") at = null;
    for (let depth = 0; at && depth < 20; at = prototypeOf(at), depth++) list(at);
    return [...found].filter(([name]) => String(name >>> 0) !== name);
  }

  function setBreakpoints(places) {
    for (const [index, pc] of breakpoints) native.mark(index, pc, BREAK, false);
    breakpoints = places;
    for (const [index, pc] of breakpoints) native.mark(index, pc, BREAK, true);
  }

  const frames = () => native.frames().map(([index, name, pc, line, column, waits, coroutine, file]) =>
    ({ f: index, name, pc, line, column, waits, coroutine, file }));

  const commands = {
    frames,
    scope: ([frame, kind]) => {
      const scope = native.scope(frame, kind);
      const returned = frame === 0 && kind === 0 ? native.returned() : undefined;
      if (returned) scope["[[Return value]]"] = returned[0];
      return { ref: Object.keys(scope).length > 0 ? number({ [SCOPE]: scope }) : 0 };
    },
    global: () => ({ ref: number(global) }),
    expand: ([ref, filter, start, count]) => expand(ref, filter, start, count),
    evaluate: ([frame, text]) => evaluate(frame, text),
    set: ([ref, name, text]) => set(ref, name, text),
    complete: ([frame, names]) => complete(frame, names),
    breakpoints: (places) => setBreakpoints(places),
    throws(which) {
      watchesThrows = which;
      native.throws(which !== "");
    },
    /** Without the agent itself. */
    memory(isStart) {
      const now = native.memory(true);
      if (isStart) {
        const before = native.memory(false);
        agents = now.map((entry, i) => (typeof entry === "number" && !now[i - i % 3].startsWith("linear") ? entry - before[i] : 0));
        return before;
      }
      return now.map((entry, i) => (typeof entry === "number" ? entry - agents[i] : entry));
    },
    counts: () => native.counts(),
  };

  /** Does as it is told until it may go on: how is the answer. */
  function obey(message) {
    for (;;) {
      const command = tell(message);
      if ("go" in command) return command.go;
      let value;
      try {
        const [name] = Object.keys(command);
        value = commands[name]?.(command[name]);
      } catch (error) {
        value = { failed: String(error) };
      }
      message = { t: "answer", value };
    }
  }

  function goOn(how) {
    seen = [];
    const [top] = native.frames();
    from = how === RUN || !top ? undefined : { f: top[0], line: lineOf(top[0], top[2]), depth: native.frames().length };
    let kind = how;
    // a step over `await` ends in the same call
    if (how === OVER && top && top[6] && from.line !== undefined) {
      const next = [...lines[top[0]]].filter(([pc, line]) => pc > top[2] && line !== from.line).map(([pc]) => pc);
      if (native.awaits(top[0], top[2], next.length > 0 ? Math.min(...next) : 1e9)) kind = SAME;
    }
    native.step(kind);
  }

  /** The line of the last place at or before `pc`. */
  function lineOf(index, pc) {
    let found;
    for (const [at, line] of lines[index] ?? []) if (at <= pc) found = line;
    return found;
  }

  /** Which variables a function has of itself and of what is around it is as QuickJS keeps it. */
  function handle(what, index, pc, thrown) {
    switch (what) {
      case "covered":
        exchange(JSON.stringify({ t: "covered", f: index, pc }));
        return;
      case "poll":
      case "idle":
        goOn(obey({ t: what }));
        return;
      case "caught":
      case "uncaught":
        if (watchesThrows === "uncaught" && what === "caught") return;
        goOn(obey({ t: "stopped", reason: "exception", uncaught: what === "uncaught", value: variable("", thrown) }));
        return;
      case "step":
        if (from && from.f === index && from.line === lineOf(index, pc) && from.depth === native.frames().length) return;
    }
    native.step(RUN);
    goOn(obey({ t: "stopped", reason: what, f: index, pc }));
  }

  const setup = tell({ t: "hello", functions });
  lines = (setup.lines ?? []).map((places) => new Map(places));
  lines.forEach((places, index) => {
    for (const pc of places.keys()) native.mark(index, pc, setup.covers ? COVER : LINE, true);
  });
  if (setup.counts) {
    for (const [index, pc] of setup.counts) native.mark(index, pc, COUNT, true);
  }
  setBreakpoints(setup.breakpoints ?? []);
  commands.throws(setup.throws ?? "");
  if (setup.polls) native.polls(id ? `poll ${id}` : "poll", id ? `busy ${id}` : "", id ? `enter ${id}` : "");
  if (id) lines.forEach((_, index) => native.mark(index, 0, ENTER, true));
  if (setup.steps) native.step(IN);
  return (what, index, pc, value) => {
    try {
      handle(what, index, pc, value);
    } catch (error) {
      exchange(JSON.stringify({ t: "failed", error: String(error), stack: error?.stack }));
    }
  };
})
