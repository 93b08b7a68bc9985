// The debugger's side in the plugin: runs in a context of its own, made of the functions of guest-quickjs/quickjs/debugger.c, while
// the plugin's code is stopped. Talks JSON with the command: tells what happened, and does as it is told until it may go on.

(function (native) {
  const BREAK = 1, LINE = 2, COVER = 4, COUNT = 8;
  const RUN = 0, IN = 1, OVER = 2, OUT = 3, SAME = 4;
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
  const tell = (message) => JSON.parse(exchange(JSON.stringify(message)) || "{}");

  const functions = native.functions("outwit:");
  const global = native.global();
  /** What belongs to the plugin's own context; a getter of it is not called. */
  const own = (name) => Object.getOwnPropertyDescriptor(global, name)?.value;
  const is = (value, name) => {
    try {
      const type = own(name);
      return typeof type === "function" && value instanceof type;
    } catch {
      return false;
    }
  };
  const number = (object) => seen.push(object);
  const descriptor = (object, key) => {
    try {
      return Object.getOwnPropertyDescriptor(object, key);
    } catch {
      return undefined;
    }
  };
  const className = (object) => {
    try {
      for (let at = object, depth = 0; at !== null && depth < 100; at = Object.getPrototypeOf(at), depth++) {
        const type = descriptor(at, "constructor")?.value;
        const name = typeof type === "function" ? descriptor(type, "name")?.value : undefined;
        if (typeof name === "string" && name !== "") return name;
      }
    } catch {
      // a proxy that throws
    }
    return "Object";
  };
  const quote = (text) => JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
  const size = (value) => {
    try {
      if (Array.isArray(value)) return value.length;
      if (is(value, "Map") || is(value, "Set")) return value.size;
      if (ArrayBuffer.isView(value)) return value.length ?? value.byteLength;
    } catch {
      // not what it says it is
    }
    return undefined;
  };

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
    if (is(value, "Error")) {
      const message = descriptor(value, "message")?.value;
      return `${className(value)}: ${typeof message === "string" ? message : ""}`;
    }
    const promise = native.promise(value);
    if (promise) {
      const [state, result] = promise;
      return state === 0 ? "Promise {pending}" : `Promise {${state === 2 ? "rejected: " : ""}${preview(result, depth + 1)}}`;
    }
    const name = className(value);
    const length = size(value);
    if (depth > 1) return length === undefined ? name : `${name}(${length})`;
    let keys;
    try {
      keys = Object.keys(value);
    } catch {
      return name;
    }
    const parts = [];
    if (Array.isArray(value) || ArrayBuffer.isView(value)) {
      for (let i = 0; i < length && i < 5; i++) parts.push(show(value, String(i), depth));
      if (length > 5) parts.push("…");
      return `${name === "Array" ? "" : name}(${length}) [${parts.join(", ")}]`;
    }
    if (length !== undefined) return `${name}(${length})`;
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
      const length = Array.isArray(value) || ArrayBuffer.isView(value) ? size(value) : undefined;
      if (length > 100) entry.indexed = length;
    }
    return entry;
  }

  /** What is in an object: its properties; `getters` are shown and not called. */
  function expand(ref, filter, start = 0, count = 0) {
    const object = seen[ref - 1];
    if (object === undefined) return [];
    if (object.scope) return Object.keys(object.scope).map((name) => variable(name, object.scope[name]));
    const out = [];
    if (filter === "indexed") {
      const end = Math.min(size(object) ?? 0, count > 0 ? start + count : Infinity);
      for (let i = start; i < end; i++) out.push(variable(String(i), descriptor(object, i)?.value));
      return out;
    }
    const promise = native.promise(object);
    if (promise) {
      out.push(variable("[[state]]", ["pending", "fulfilled", "rejected"][promise[0]]));
      if (promise[0] !== 0) out.push(variable("[[result]]", promise[1]));
    }
    if (is(object, "Map") || is(object, "Set")) {
      try {
        let i = 0;
        const isMap = is(object, "Map");
        (isMap ? Map : Set).prototype.forEach.call(object, (value, key) => {
          if (i < 1000) out.push(variable(`[[${i++}]]`, isMap ? { key, value } : value));
        });
      } catch {
        // only looks like one
      }
    }
    const skips = filter === "named";
    let keys = [];
    try {
      keys = Reflect.ownKeys(object);
    } catch {
      // a proxy that throws
    }
    for (const key of keys.slice(0, 5000)) {
      if (skips && typeof key === "string" && String(key >>> 0) === key) continue;
      const found = descriptor(object, key);
      if (found === undefined) continue;
      const name = typeof key === "symbol" ? `[${key.toString()}]` : key;
      if ("value" in found) out.push(variable(name, found.value));
      else out.push({ name, value: "(…)", type: "accessor", ref: 0 });
    }
    try {
      const prototype = Object.getPrototypeOf(object);
      if (prototype !== null) {
        out.push({ name: "[[Prototype]]", value: className(prototype), type: "object", ref: number(prototype) });
      }
    } catch {
      // a proxy that throws
    }
    return out;
  }

  function evaluate(frame, text) {
    try {
      return { ok: true, ...variable("", frame < 0 ? native.evalGlobal(text) : native.eval(frame, text)) };
    } catch (error) {
      return { ok: false, ...variable("", error) };
    }
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
      return { ref: Object.keys(scope).length > 0 ? number({ scope }) : 0 };
    },
    global: () => ({ ref: number(global) }),
    expand: ([ref, filter, start, count]) => expand(ref, filter, start, count),
    evaluate: ([frame, text]) => evaluate(frame, text),
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
  native.polls(setup.polls ?? false);
  return (what, index, pc, value) => {
    try {
      handle(what, index, pc, value);
    } catch (error) {
      exchange(JSON.stringify({ t: "failed", error: String(error), stack: error?.stack }));
    }
  };
})
