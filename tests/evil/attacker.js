// Does what plugins should not do.

let calls = 0;
const kept = [];

const ways = {
  loop() {
    while (true);
  },
  'regular expression'() {
    /^(a+)+$/.test(`${'a'.repeat(60)}b`);
  },
  comparator() {
    const numbers = Array.from({ length: 100_000 }, (_, i) => i);
    while (true) numbers.sort(() => (numbers.length % 2 ? 1 : -1));
  },
  'big number'() {
    let number = 3n;
    while (true) number *= number;
  },
  'generator'() {
    function* endless() {
      while (true) yield 1;
    }
    for (const _ of endless());
  },
  'catch loop'() {
    while (true) {
      try {
        ways.recursion();
      } catch {}
    }
  },
  recursion() {
    const down = (depth) => down(depth + 1) + 1;
    return down(0);
  },
  getter() {
    const trap = { get self() { return this.self; } };
    return trap.self;
  },
  proxy() {
    const handler = {};
    const proxy = new Proxy({}, handler);
    handler.get = (_, name) => proxy[name];
    return proxy.x;
  },
  'to string'() {
    const text = { toString: () => `${text}` };
    return `${text}`;
  },
  'deep json'() {
    JSON.parse('['.repeat(1_000_000));
  },
  array() {
    while (true) kept.push({ a: 1 });
  },
  'string doubling'() {
    const texts = [];
    for (let text = 'evil'; ; text += text) texts.push(text.toUpperCase());
  },
  'array buffer'() {
    while (true) kept.push(new ArrayBuffer(16 << 20).transfer());
  },
  fill() {
    new Array(50_000_000).fill({});
  },
  map() {
    const map = new Map();
    for (let i = 0; ; i++) map.set(i, [i]);
  },
  throw() {
    throw new TypeError('on purpose'); // here
  },
  'throw something else'() {
    throw { toString() { return 'not an error'; } };
  },
  'throw what cannot be shown'() {
    throw { toString() { throw 1; } };
  },
  'throw a proxy'() {
    throw new Proxy(new Error('x'), { get() { throw new Error('again'); } });
  },
  'throw and loop'() {
    throw { get message() { while (true); }, toString() { while (true); } };
  },
  'change the builtins'() {
    const broken = () => { throw new Error('broken'); };
    for (const prototype of [Object, Array, Function, Promise, String, Map, Error].map((c) => c.prototype)) {
      for (const name of Object.getOwnPropertyNames(prototype)) {
        try {
          prototype[name] = broken;
        } catch {}
      }
    }
    Object.defineProperty(Object.prototype, 'then', { get: broken });
    throw 'the builtins are gone';
  },
};

const later = {
  async 'microtasks'() {
    const spin = () => Promise.resolve().then(spin);
    await spin();
  },
  async 'await loop'() {
    while (true) await null;
  },
  async 'promise flood'() {
    const flood = () => {
      queueMicrotask(flood);
      queueMicrotask(flood);
    };
    flood();
    await new Promise(() => {});
  },
  async 'never, but somebody could'() {
    await new Promise((resolve) => (globalThis.resolve = resolve));
  },
  async 'never'() {
    await new Promise(() => {});
  },
  async 'thenable'() {
    return { then(resolve) { while (true); } };
  },
  async 'reject'() {
    await null;
    throw new RangeError('too late'); // here too
  },
  async 'unhandled'() {
    Promise.reject(new Error('nobody handles this'));
    await null;
  },
};

export const attacks = {
  attack(how) {
    ways[how]();
  },
  bytes(length) {
    return new Uint8Array(length);
  },
  count() {
    return ++calls;
  },
};

export const attacksLater = {
  async attackLater(how) {
    await later[how]();
  },
};
