// Tries what the language has to get out of its plugin.

let calls = 0;

const names = (object) => Object.getOwnPropertyNames(object);
const tried = (work) => {
  try {
    return String(work());
  } catch (error) {
    return error.name;
  }
};

const ways = {
  // What the host has to do with prototypes: nothing.
  'pollute prototypes'() {
    for (const prototype of [Object, Array, String, Promise].map((c) => c.prototype)) {
      for (const name of ['then', 'toJSON', 'length', 'constructor', '__proto__', 'payload', 'tag', 'val']) {
        tried(() => (prototype[name] = () => 'polluted'));
      }
    }
    return 'fine';
  },
  'replace what the bridge may use'() {
    Array.prototype[Symbol.iterator] = () => { throw 1; };
    Array.isArray = Reflect.apply = Reflect.get = () => { throw 1; };
    globalThis.Promise = globalThis.Uint8Array = globalThis.BigInt = undefined;
    String.prototype.toString = () => { throw 1; };
    return 'fine';
  },
  // Code from text is still code of this plugin.
  'code from text'() {
    return [
      tried(() => eval('1 + 1')),
      tried(() => new Function('return typeof process')()),
      tried(() => (0, eval)('typeof require')),
    ].join();
  },
  'paths in stacks'() {
    const stack = tried(() => new Error('x').stack) + tried(() => null.x);
    return String(/\/(home|root|tmp|usr|work|Users)\//.test(stack));
  },
  'callers'() {
    return [
      tried(() => (function f() { return f.caller; })()),
      tried(() => (function () { return arguments.callee.caller; })()),
    ].join();
  },
  // What other QuickJS programs have: modules of the system, and loading of bytecode.
  'tools of the engine'() {
    const tools = ['std', 'os', 'bjson', 'scriptArgs', 'load', 'loadScript', 'evalScript', 'print', 'process', 'require', 'Deno', 'WebAssembly'];
    return tools.filter((tool) => tool in globalThis).join() || 'none';
  },
  'internals'() {
    return names(globalThis).filter((name) => /outwit|bridge|__/.test(name)).join() || 'none';
  },
  // They are no value of any WIT type, and no JSON.
  'cyclic objects'() {
    const cyclic = { list: [] };
    cyclic.list.push(cyclic);
    return tried(() => JSON.stringify(cyclic));
  },
  'lone surrogates'() {
    return tried(() => '\ud800'.isWellFormed()) + '\ud800';
  },
  'recursive JSON'() {
    const value = { toJSON() { return JSON.stringify(value); } };
    return JSON.stringify(value);
  },
  'deep values'() {
    let value = [];
    for (let i = 0; i < 1_000_000; i++) value = [value];
    return JSON.stringify(value);
  },
  'sort without order'() {
    return String(Array.from({ length: 1000 }, (_, i) => i).sort(() => 1).length);
  },
  'long pattern'() {
    return String(new RegExp('(?:a{1,1000}){1,1000}'.repeat(1000)).test('b'));
  },
  'long padding'() {
    return 'x'.padEnd(2 ** 30).repeat(2);
  },
  'shared time'() {
    return [typeof SharedArrayBuffer, tried(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1e6))].join();
  },
};

export function attack(how) {
  return ways[how]();
}

export function count() {
  return ++calls;
}
