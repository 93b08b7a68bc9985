// `vi`: functions that note their calls, and time that stands still; `fake`: a network that is made up.

import { fn, mocks, spyOn } from 'outwit:test.mock.js';
import { mockObject, registry } from 'outwit:test.mocks.js';
import { ask as question, turn as settle } from 'outwit-test:runner/fakes';

/** Waits so long by the machine's clock, and then until nothing happens any more; where time stands still, it moves instead. */
export async function turn(pause = 0) {
  if (pause > 0 && ask('now').isFrozen) await advance(pause);
  else await settle(pause);
}

export const ask = (op, fields = {}) => JSON.parse(question(JSON.stringify({ op, ...fields })));

const stubs = new Map();


async function advance(by) {
  if (!(by >= 0)) throw new RangeError(`vi.advanceTimersByTime: ${by} is no time`);
  // what was begun has to get to where it waits, and afterwards what waited has to go on
  await turn();
  const { now } = ask('now');
  for (;;) {
    const { isThere } = ask('step', { to: now + Number(by) });
    await turn();
    if (isThere) return vi;
  }
}

export const vi = {
  fn,
  spyOn,
  mocked: (value) => value,
  mockObject: (value, options) => mockObject(value, options),
  mock: (specifier, given) => void registry.add(specifier, given),
  unmock: () => vi,
  hoisted: (body) => body(),
  importActual: async (specifier) => registry.actual(specifier),
  importMock: async (specifier) => registry.replaced(specifier),
  doMock() { throw new TypeError('there is no vi.doMock: modules are loaded before the tests run; use vi.mock'); },
  resetModules() { throw new TypeError('there is no vi.resetModules: modules are loaded before the tests run'); },
  isMockFunction: (value) => typeof value === 'function' && mocks.has(value),
  clearAllMocks: () => each((mock) => mock.mockClear()),
  resetAllMocks: () => each((mock) => mock.mockReset()),
  restoreAllMocks: () => each((mock) => mock.mockRestore()),
  stubGlobal(name, value) {
    if (!stubs.has(name)) stubs.set(name, Object.getOwnPropertyDescriptor(globalThis, name));
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
    return vi;
  },
  unstubAllGlobals() {
    for (const [name, owner] of stubs) {
      if (owner === undefined) delete globalThis[name];
      else Object.defineProperty(globalThis, name, owner);
    }
    stubs.clear();
    return vi;
  },
  useFakeTimers({ now } = {}) {
    ask('freeze', now === undefined ? {} : { at: Number(new Date(now)) });
    return vi;
  },
  useRealTimers() {
    ask('thaw');
    return vi;
  },
  isFakeTimers: () => ask('now').isFrozen,
  setSystemTime(time) {
    ask('freeze', { at: Number(new Date(time)) });
    return vi;
  },
  getMockedSystemTime: () => (ask('now').isFrozen ? new Date(ask('now').wall) : null),
  getRealSystemTime: () => ask('now').real,
  getTimerCount: () => ask('now').waiting,
  advanceTimersByTime: advance,
  advanceTimersByTimeAsync: advance,
  async advanceTimersToNextTimerAsync() {
    const { next, now } = ask('now');
    return next === null ? vi : advance(Math.max(0, next - now));
  },
  async runAllTimersAsync() {
    for (let count = 0; count < 10_000; count++) {
      await turn();
      const { next, now } = ask('now');
      if (next === null) return vi;
      await advance(Math.max(0, next - now));
    }
    throw new Error('vi.runAllTimersAsync: after 10000 timers there are still more');
  },
  async waitFor(body, options) {
    const { timeout = 1000, interval = 50 } = typeof options === 'number' ? { timeout: options } : options ?? {};
    for (let left = timeout; ; left -= interval) {
      try {
        return await body();
      } catch (error) {
        if (left <= 0) throw error;
      }
      await turn(interval);
    }
  },
  async waitUntil(body, options) {
    const { timeout = 1000, interval = 50 } = typeof options === 'number' ? { timeout: options } : options ?? {};
    for (let left = timeout; ; left -= interval) {
      const value = await body();
      if (value) return value;
      if (left <= 0) throw new Error(`vi.waitUntil: nothing came in ${timeout} ms`);
      await turn(interval);
    }
  },
  async runOnlyPendingTimersAsync() {
    await turn();
    const { last, now } = ask('now');
    return last === null ? vi : advance(Math.max(0, last - now));
  },
};
vi.runAllTimers = vi.runAllTimersAsync;
vi.runOnlyPendingTimers = vi.runOnlyPendingTimersAsync;
vi.advanceTimersToNextTimer = vi.advanceTimersToNextTimerAsync;

function each(body) {
  for (const mock of mocks) body(mock);
  return vi;
}

const encode = (body) => {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : new Uint8Array(body.buffer ?? body);
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
};

function reply(given) {
  if (typeof given === 'string') return { status: 200, headers: [], body: encode(given) };
  const { status = 200, headers = {}, body, json, error, delay = 0 } = given;
  if (error !== undefined) return { error: String(error), delay };
  const list = typeof headers[Symbol.iterator] === 'function' ? [...headers] : Object.entries(headers);
  if (json !== undefined) list.push(['content-type', 'application/json']);
  const content = json === undefined ? body ?? '' : JSON.stringify(json);
  return { status, headers: list.map(([name, value]) => [String(name), String(value)]), body: encode(content), delay };
}

export const fake = {
  /** Answers requests that fit, `GET https://api.example.com/items/*`, with these replies; the last one again and again. */
  fetch(route, ...replies) {
    const [method, url] = route.includes(' ') ? route.split(' ', 2) : ['*', route];
    const list = replies.length === 0 ? [{}] : replies;
    ask('route', { method, url, replies: list.map(reply) });
  },
  /** The requests that the plugin and the test have sent, from the first to the last. */
  requests: () => ask('requests'),
  /** Forgets all routes and requests. */
  reset: () => void ask('reset'),
};
