// The plugin in which Web Platform Tests run: one instance for each file and variant.
//
// testharness.js finds neither documents nor workers here, so it takes its environment for a shell.

const evaluate = eval;
const { JSON, Promise, String, Uint8Array, globalThis: self } = globalThis;
const { stringify } = JSON;

// What a plugin uses is made while it is built; tests use everything.
for (const name of Object.getOwnPropertyNames(self)) {
  try {
    void self[name];
  } catch {
    // what cannot be used without its interface
  }
}

let files;
let location;

/** Finds a file of the tree by the address that a test asks for, with nothing of what is tested. */
function find(address) {
  let path = String(address?.url ?? address).split(/[?#]/)[0];
  if (path.startsWith(location.origin)) path = path.slice(location.origin.length);
  if (!path.startsWith("/")) path = location.pathname.replace(/[^/]*$/, path);
  const parts = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return files.get(decodeURI(parts.join("/")));
}

/** Reads files of the tree, where the world has no `fetch`. */
async function read(address) {
  const bytes = find(address);
  if (bytes === undefined) throw new TypeError(`fetch: there is no ${address}`);
  return new Response(bytes, { headers: { "content-type": "text/plain" } });
}

const result = (status, message, tests) => stringify({
  status: ["OK", "ERROR", "TIMEOUT", "PRECONDITION_FAILED"][status] ?? "ERROR",
  message,
  tests: tests.map((test) => ({
    name: String(test.name).toWellFormed(),
    status: ["PASS", "FAIL", "TIMEOUT", "NOTRUN", "PRECONDITION_FAILED"][test.status] ?? "FAIL",
    message: test.status === 0 || test.message === null ? "" : String(test.message).toWellFormed().slice(0, 400),
  })),
});

export async function run(url, kind, scripts, given, milliseconds) {
  files = new Map(given);
  const kinds = { isWindow: () => kind === "window", isWorker: () => kind !== "window", isShadowRealm: () => false };
  const define = (name, value) =>
    Object.defineProperty(self, name, { value, writable: true, enumerable: false, configurable: true });
  define("GLOBAL", kinds);
  const [, origin, protocol, host, hostname, port, pathname, search] =
    /^((https?:)\/\/(([^:/]*):?(\d*)))([^?]*)(.*)$/.exec(url);
  location = {
    href: url, origin, protocol, host, hostname, port, pathname, search, hash: "", toString: () => url,
  };
  define("location", location);
  if (kind === "window") define("window", self);
  if (kind === "worker") {
    define("importScripts", (...addresses) => {
      for (const address of addresses) {
        if (String(address).endsWith("/testharness.js")) continue;
        const bytes = find(address);
        if (bytes === undefined) throw new Error(`importScripts: there is no ${address}`);
        evaluate(new TextDecoder().decode(bytes));
      }
    });
  }
  if (typeof fetch === "undefined" && typeof Response !== "undefined") define("fetch", read);
  let finish;
  const finished = new Promise((resolve) => (finish = resolve));
  const problems = [];
  const isLenient = scripts.slice(1).some((script) => script.includes("allow_uncaught_exception"));
  for (const type of ["error", "unhandledrejection"]) {
    self.addEventListener?.(type, (event) => {
      // those that a test makes itself are its own
      if (!event.isTrusted) return;
      event.preventDefault();
      if (!isLenient) problems.push(`${type}: ${event.error ?? event.reason}`);
    });
  }
  const [harness, ...rest] = scripts;
  evaluate(harness);
  // idlharness.js wants to know where interfaces are exposed; a plugin is like a worker
  if (kind !== "window" && rest.some((script) => script.includes("IdlHarnessError"))) {
    define("DedicatedWorkerGlobalScope", { [Symbol.hasInstance]: (value) => value === self });
  }
  const timer = setTimeout(() => timeout(), milliseconds);
  add_completion_callback((tests, status) => {
    clearTimeout(timer);
    const hasProblems = status.status === 0 && problems.length > 0;
    finish(result(hasProblems ? 1 : status.status, hasProblems ? problems.join("\n") : status.message ?? "", tests));
  });
  try {
    // one text, so that all see what each declares with `const` and `class`
    evaluate(rest.join("\n;\n"));
  } catch (error) {
    problems.push(`the script throws: ${error}\n${error?.stack}`);
    return result(1, problems.join("\n"), []);
  }
  return await finished;
}
