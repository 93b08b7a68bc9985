// What `outwit repl` has in the plugin: evaluates lines in the scope of a module while no code of the plugin runs. Made of the functions of
// guest-quickjs/quickjs/debugger.c; talks JSON with the command.

(function (native) {
  const WORK = 0, INSPECT = 1, UNHANDLED = 2;
  // this context has no regular expressions
  const isLetter = (c) => (c >= "a" && c <= "z") || (c >= "A" && c <= "Z") || c === "_" || c === "$";
  const isName = (name) => name !== "" && isLetter(name[0]) && [...name].every((c) => isLetter(c) || (c >= "0" && c <= "9"));
  const tell = (message) => JSON.parse(native.exchange(JSON.stringify(message)) || "{}");
  const global = (module) => native.evalIn(module, "globalThis");

  const text = (value) => {
    try {
      return String(value);
    } catch {
      return "something that cannot be shown";
    }
  };
  const show = (value) => typeof value === "string" ? JSON.stringify(value) : native.engine(INSPECT, value) ?? text(value);

  /** What was thrown, for the command to show with its place. */
  function thrown(value) {
    try {
      const stack = value?.stack;
      if (typeof stack === "string" && "message" in value) {
        return { message: text(value), stack };
      }
    } catch {
      // what it has is none of our business
    }
    return { message: `uncaught ${show(value)}`, stack: "" };
  }

  /** The errors of promises and callbacks that nobody has looked at; one of them may be known already. */
  function unhandled(known) {
    const found = [];
    for (;;) {
      const reason = native.engine(UNHANDLED);
      if (reason === undefined) return found;
      if (reason !== known) found.push(thrown(reason));
    }
  }

  /** The promise of a line that waits. */
  let waiting;
  /** Makes the value of a line one that the next line has. */
  let keep;

  function done(value) {
    native.engine(WORK);
    keep(value);
    return { shown: value === undefined ? undefined : show(value), others: unhandled() };
  }
  function failed(error) {
    native.engine(WORK);
    return { failed: thrown(error), others: unhandled(error) };
  }

  const commands = {
    modules: () => native.modules().filter((name) => !name.startsWith("outwit:") && !name.includes("?")),

    names: ({ module }) => native.names(module).filter(isName).sort(),

    evaluate({ module, line, declared, waits }) {
      const object = global(module);
      const scope = new Set(native.names(module));
      for (const name of declared) {
        if (!scope.has(name) && !(name in object)) object[name] = undefined;
      }
      // a line before may wait for ever
      waiting = undefined;
      keep = (value) => { if (!scope.has("_")) object._ = value; };
      try {
        const value = native.evalIn(module, line);
        if (!waits) return done(value);
        waiting = value;
      } catch (error) {
        return failed(error);
      }
      return commands.goOn();
    },

    /** What a line waits for comes between calls of the plugin: says what came of the line, or that it waits still. */
    goOn() {
      native.engine(WORK);
      const [state, result] = native.promise(waiting);
      if (state === 0) return { waits: true };
      waiting = undefined;
      return state === 1 ? done(result[0]) : failed(result);
    },

    /** What the last name of a path may become. */
    complete({ module, path }) {
      const start = path.pop();
      const found = new Set();
      let object = global(module);
      if (path.length > 0) {
        const [root, ...rest] = path;
        if (!isName(root)) return [];
        object = native.evalIn(module, `typeof ${root} === "undefined" ? undefined : ${root}`);
        // a getter may do anything
        for (const name of rest) object = property(object, name);
      } else {
        for (const name of native.names(module)) found.add(name);
      }
      if (object === undefined || object === null) return [];
      for (let at = Object(object), depth = 0; at !== null && depth < 100; at = Object.getPrototypeOf(at), depth++) {
        for (const name of Object.getOwnPropertyNames(at)) found.add(name);
      }
      return [...found].filter((name) => name.startsWith(start) && isName(name)).sort().slice(0, 200);
    },
  };

  function property(object, name) {
    if (object === undefined || object === null) return undefined;
    for (let at = Object(object), depth = 0; at !== null && depth < 100; at = Object.getPrototypeOf(at), depth++) {
      const found = Object.getOwnPropertyDescriptor(at, name);
      if (found) return found.value;
    }
    return undefined;
  }

  return (what) => {
    if (what !== "idle") return;
    const command = tell({ t: "idle" });
    const [name] = Object.keys(command);
    if (name === undefined) return;
    let answer;
    try {
      answer = { value: commands[name](command[name]) };
    } catch (error) {
      answer = { error: text(error) };
    }
    tell({ t: "answer", ...answer });
  };
})
