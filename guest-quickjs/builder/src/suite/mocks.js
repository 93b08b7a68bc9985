// Modules that tests replace: `vi.mock`. The builder puts the calls in front of what the tests import, and has modules import what is made here.

import { fn } from 'outwit:test.mock.js';

/** What modules are called, by what the tests call them. */
const names = new Map();
const factories = new Map();
const made = new Map();

export const registry = {
  name(list) {
    for (const [specifier, name] of Object.entries(list)) names.set(specifier, name);
  },
  loaded: (name, module) => void loaded.set(name, module),
  /** With a function that makes the module; with `{ spy: true }`, or nothing, for one that is like the real one. */
  add(specifier, given) {
    const name = names.get(specifier);
    if (name === undefined) throw new TypeError(`vi.mock('${specifier}') has to stand at the top level of a file of tests, with a literal as its first argument`);
    factories.set(name, given);
  },
  actual(specifier) {
    const name = names.get(specifier);
    if (name === undefined) throw new TypeError(`vi.importActual('${specifier}'): its argument has to be a literal, in a file that mocks something`);
    return actual(name);
  },
  replaced(specifier) {
    const name = names.get(specifier);
    if (!factories.has(name)) throw new TypeError(`vi.importMock('${specifier}'): it is not mocked`);
    return mocked(name);
  },
};

/** Modules as they are. When tests run, none can be loaded any more. */
const loaded = new Map();

async function actual(name) {
  if (!loaded.has(name)) loaded.set(name, await import(`?actual:${name}`));
  return loaded.get(name);
}

/** What a module is replaced with. */
export function mocked(name) {
  if (!made.has(name)) made.set(name, make(name));
  return made.get(name);
}

async function make(name) {
  const given = factories.get(name);
  if (typeof given !== 'function') return mockObject(await actual(name), { spy: given?.spy === true });
  const module = await given(() => actual(name));
  if (module === null || typeof module !== 'object') throw new TypeError(`vi.mock: the factory for ${name} has to return an object`);
  return module;
}

/** The same, with functions that note their calls: those do nothing, or with `spy` what they did. */
export function mockObject(value, { spy = false } = {}, seen = new Map()) {
  if (typeof value === 'function') {
    if (seen.has(value)) return seen.get(value);
    const mock = fn(spy ? value : undefined);
    seen.set(value, mock);
    if (typeof value.prototype === 'object' && value.prototype !== null) {
      for (const key of Reflect.ownKeys(value.prototype)) {
        const own = Object.getOwnPropertyDescriptor(value.prototype, key);
        if (key === 'constructor' || typeof own.value !== 'function') continue;
        Object.defineProperty(mock.prototype, key, { ...own, value: mockObject(own.value, { spy }, seen) });
      }
    }
    return mock;
  }
  if (value === null || typeof value !== 'object') return value;
  if (seen.has(value)) return seen.get(value);
  if (Array.isArray(value)) return spy ? value : [];
  const kind = Object.prototype.toString.call(value);
  if (kind !== '[object Object]' && kind !== '[object Module]') return value;
  const copy = Object.create(kind === '[object Module]' ? null : Object.getPrototypeOf(value));
  seen.set(value, copy);
  for (const key of Object.keys(value)) copy[key] = mockObject(value[key], { spy }, seen);
  return copy;
}
