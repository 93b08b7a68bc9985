// `vi`: functions that note their calls, and time that stands still; `fake`: a network that is made up.

import { ask as question, turn } from 'outwit-test:runner/fakes';

const ask = (op, fields = {}) => JSON.parse(question(JSON.stringify({ op, ...fields })));

const mocks = new Set();
let order = 0;

function fn(implementation) {
  let [now, once] = [implementation, []];
  const mock = function (...args) {
    const { state } = mock;
    state.calls.push(args);
    state.contexts.push(this);
    state.instances.push(this);
    state.invocationCallOrder.push(++order);
    const body = once.shift() ?? now;
    const result = { type: 'incomplete', value: undefined };
    state.results.push(result);
    try {
      result.value = new.target === undefined ? body?.apply(this, args) : body === undefined ? this : Reflect.construct(body, args, body);
      result.type = 'return';
      return result.value;
    } catch (error) {
      [result.type, result.value] = ['throw', error];
      throw error;
    }
  };
  const clear = () => {
    mock.state = { calls: [], contexts: [], instances: [], invocationCallOrder: [], results: [], get lastCall() { return this.calls.at(-1); } };
    return mock;
  };
  const will = (body) => {
    now = body;
    return mock;
  };
  const willOnce = (body) => {
    once.push(body);
    return mock;
  };
  const fail = (error) => () => { throw error; };
  let name = 'vi.fn()';
  clear();
  Object.defineProperties(mock, {
    state: { writable: true, enumerable: false },
    mock: { get: () => mock.state },
  });
  Object.assign(mock, {
    mockClear: clear,
    mockReset() {
      [now, once] = [implementation, []];
      return clear();
    },
    mockRestore() {
      mock.restore?.();
      return mock.mockReset();
    },
    getMockImplementation: () => now,
    getMockName: () => name,
    mockName(text) {
      name = text;
      return mock;
    },
    mockImplementation: will,
    mockImplementationOnce: willOnce,
    mockReturnValue: (value) => will(() => value),
    mockReturnValueOnce: (value) => willOnce(() => value),
    mockReturnThis: () => will(function () { return this; }),
    mockResolvedValue: (value) => will(async () => value),
    mockResolvedValueOnce: (value) => willOnce(async () => value),
    mockRejectedValue: (error) => will(async () => { throw error; }),
    mockRejectedValueOnce: (error) => willOnce(async () => { throw error; }),
    mockThrow: (error) => will(fail(error)),
    mockThrowOnce: (error) => willOnce(fail(error)),
  });
  mocks.add(mock);
  return mock;
}

function spyOn(object, name, access) {
  const owner = Object.getOwnPropertyDescriptor(object, name);
  if (access !== undefined) {
    let holder = object;
    while (holder !== null && Object.getOwnPropertyDescriptor(holder, name) === undefined) holder = Object.getPrototypeOf(holder);
    const found = holder === null ? undefined : Object.getOwnPropertyDescriptor(holder, name);
    const spy = fn(found?.[access]);
    Object.defineProperty(object, name, { ...found, [access]: spy, configurable: true });
    return restorable(spy, object, name, owner);
  }
  const original = object[name];
  if (typeof original !== 'function') throw new TypeError(`vi.spyOn: ${String(name)} is not a function`);
  if (original.mock !== undefined && mocks.has(original)) return original;
  const spy = fn(original);
  try {
    Object.defineProperty(object, name, { value: spy, writable: true, configurable: true, enumerable: owner?.enumerable ?? false });
  } catch {
    throw new TypeError(`vi.spyOn: ${String(name)} cannot be replaced: what a module exports stays what it is; export an object with the function in it`);
  }
  return restorable(spy, object, name, owner);
}

function restorable(spy, object, name, owner) {
  spy.restore = () => {
    if (owner === undefined) delete object[name];
    else Object.defineProperty(object, name, owner);
  };
  return spy;
}

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
  async waitFor(body, { timeout = 1000, interval = 50 } = {}) {
    const started = Date.now();
    for (let count = 0; ; count++) {
      try {
        return await body();
      } catch (error) {
        if (Date.now() - started >= timeout || count > timeout / interval) throw error;
      }
      if (ask('now').isFrozen) await advance(interval);
      else await turn();
    }
  },
};
vi.advanceTimersToNextTimer = vi.advanceTimersToNextTimerAsync;
vi.runAllTimers = vi.runAllTimersAsync;

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
  const { status = 200, headers = {}, body, json, error } = given;
  if (error !== undefined) return { error: String(error) };
  const list = typeof headers[Symbol.iterator] === 'function' ? [...headers] : Object.entries(headers);
  if (json !== undefined) list.push(['content-type', 'application/json']);
  const content = json === undefined ? body ?? '' : JSON.stringify(json);
  return { status, headers: list.map(([name, value]) => [String(name), String(value)]), body: encode(content) };
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
