// What is tested against a host: `test:channels/local`.

import { pass } from 'test:channels/gate';

let pulled = 0;
let ended = 0;
let kept;
let shared;
let sharers = 0;
const waiting = new Map();

const endless = {
  [Symbol.asyncIterator]: () => ({
    async next() {
      return { value: pulled++ & 255, done: false };
    },
    async return() {
      ended++;
      return {};
    },
  }),
};

function notify(name) {
  const all = waiting.get(name) ?? [];
  waiting.delete(name);
  for (const resolve of all) resolve(`${name} was notified`);
  return all.length;
}

export const local = {
  async endless() {
    return endless;
  },
  pulled: () => pulled,
  ended: () => ended,

  async readSome(bytes, n) {
    const all = [];
    for (let i = 0; i < n; i++) all.push((await bytes.read(1)).value[0]);
    kept = bytes;
    return Uint8Array.from(all);
  },
  async kept() {
    return kept;
  },

  atOnce: (bytes) => bytes,
  keep(bytes) {
    kept = bytes;
  },
  readAtOnce: (bytes) => bytes.read().then(({ value }) => value),
  ignore() {},
  valueAtOnce: (value) => Promise.resolve(value),
  ignoreValue() {},
  async value(value, twice) {
    const [first, second] = await Promise.all([value, twice ? value : undefined]);
    if (twice && first !== second) throw new Error('two values');
    return first;
  },
  async second(first, second) {
    return second;
  },
  async settle(value) {
    return value.then(String, (error) => `${error.payload}!`);
  },

  async passThrice(n) {
    return (await pass(n)) + (await pass(n)) + (await pass(n));
  },
  wait(name) {
    return new Promise((resolve) => {
      if (!waiting.has(name)) waiting.set(name, []);
      waiting.get(name).push(resolve);
    });
  },
  notify,
  async notifyLater(name) {
    await pass(0);
    return notify(name);
  },
  async share(name) {
    shared ??= pass(7);
    const before = sharers++;
    await shared;
    // the code of this call runs again, whichever call the event belonged to
    return `${name} ${before} ${await pass(8)}`;
  },
};
