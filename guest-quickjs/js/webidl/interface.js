// How a class becomes an interface, a namespace or a global function of Web IDL.
// https://webidl.spec.whatwg.org/#js-interfaces
//
// An interface is written as an ordinary class whose state is in private fields, its members with their conversions inside:
//
//   class Counter {
//     #count;
//
//     constructor(start = 0) {
//       this.#count = unsignedLong(start, "Counter: start");
//     }
//
//     get count() {
//       if (!(#count in this)) throw illegalInvocation();
//       return this.#count;
//     }
//
//     add(by) {
//       if (!(#count in this)) throw illegalInvocation();
//       required(arguments.length, 1, "Counter.add");
//       this.#count += unsignedLong(by, "Counter.add: by");
//     }
//   }
//   defineInterface(Counter);
//
// The language sees to the rest: `length` counts the parameters before the first that has a default, so give optional ones a
// default (`= undefined`); classes cannot be called; methods are no constructors. An operation that returns a promise is
// `async`, or catches what its conversions throw: it rejects, it does not throw.

import { define, defineAccessor } from "outwit:engine/globals";
import {
  AsyncIteratorPrototype, IteratorPrototype, Object, apply, asyncIterator, create, defineProperty, deferred, getOwnPropertyDescriptor,
  getOwnPropertyNames, iterator, keys, rejected, resolved, then, toStringTag,
} from "outwit:webidl/primordials.js";
import { callback, isObject } from "outwit:webidl/convert.js";
import { illegalConstructor, illegalInvocation, required } from "outwit:webidl/errors.js";
import { notePlatformClass } from "outwit:webidl/platform.js";

/**
 * What engine code passes as the first argument to a constructor that code of the plugin may not call:
 * `constructor(key = undefined) { internalOnly(key); … }`
 */
export const INTERNAL = Symbol("internal");

/** Throws unless it is `INTERNAL`. */
export function internalOnly(key) {
  if (key !== INTERNAL) throw illegalConstructor();
}

class Returned {
  constructor(object) {
    return object;
  }
}

/**
 * A private slot that objects of any class can have: `new Slot(object, value)`, `Slot.has(object)`, `Slot.get(object)`, `Slot.set(object, value)`. For
 * what a private field cannot do: objects that the class has not made, such as the global object, and errors.
 */
export const slot = () =>
  class extends Returned {
    #value;

    constructor(object, value) {
      super(object);
      this.#value = value;
    }

    static has(object) {
      return isObject(object) && #value in object;
    }

    static get(object) {
      if (!isObject(object) || !(#value in object)) throw illegalInvocation();
      return object.#value;
    }

    static set(object, value) {
      object.#value = value;
    }
  };

const ENUMERABLE = { __proto__: null, enumerable: true };

function makeEnumerable(object, except) {
  const names = getOwnPropertyNames(object);
  for (let i = 0; i < names.length; i++) {
    if (!(names[i] in except)) defineProperty(object, names[i], ENUMERABLE);
  }
}

const OF_CLASS = { __proto__: null, length: 0, name: 0, prototype: 0 };
const OF_PROTOTYPE = { __proto__: null, constructor: 0 };

function constant(object, name, value) {
  defineProperty(object, name, { __proto__: null, value, enumerable: true });
}

/**
 * Makes a class an interface: its members enumerable, its tag there, itself a global.
 *
 * `constants` are properties of both the class and its prototype; `isExposed: false` makes no global.
 */
export function defineInterface(Class, { constants = {}, isExposed = true } = {}) {
  notePlatformClass(Class);
  makeEnumerable(Class, OF_CLASS);
  makeEnumerable(Class.prototype, OF_PROTOTYPE);
  const names = keys(constants);
  for (let i = 0; i < names.length; i++) {
    constant(Class, names[i], constants[names[i]]);
    constant(Class.prototype, names[i], constants[names[i]]);
  }
  defineProperty(Class.prototype, toStringTag, { __proto__: null, value: Class.name, configurable: true });
  if (isExposed) define(Class.name, Class, false);
}

/**
 * Makes an interface a pair iterable: `entries`, `keys`, `values`, `forEach`, `@@iterator`.
 *
 * `pairs(object)` throws unless the object is of the interface, and gives its pairs at this moment: an array of `[key, value]`.
 */
export function defineIterable(Class, pairs) {
  const Cursor = slot();
  const prototype = create(IteratorPrototype);
  const name = Class.name;
  const methods = {
    next() {
      const state = Cursor.get(this);
      const all = pairs(state.object);
      if (state.index >= all.length) return { value: undefined, done: true };
      const { 0: key, 1: value } = all[state.index++];
      return { value: state.kind === 0 ? key : state.kind === 1 ? value : [key, value], done: false };
    },
    entries() {
      return iterate(this, 2);
    },
    keys() {
      return iterate(this, 0);
    },
    values() {
      return iterate(this, 1);
    },
    forEach(callbackFunction, thisArgument = undefined) {
      let all = pairs(this);
      required(arguments.length, 1, `${name}.forEach`);
      callback(callbackFunction, `${name}.forEach: callback`);
      for (let i = 0; i < all.length; i++) {
        const { 0: key, 1: value } = all[i];
        apply(callbackFunction, thisArgument, [value, key, this]);
        all = pairs(this);
      }
    },
  };
  const iterate = (object, kind) => {
    pairs(object);
    const made = create(prototype);
    new Cursor(made, { object, kind, index: 0 });
    return made;
  };
  const method = (object, key, value, enumerable = true) =>
    defineProperty(object, key, { __proto__: null, value, writable: true, enumerable, configurable: true });
  method(prototype, "next", methods.next);
  defineProperty(prototype, toStringTag, { __proto__: null, value: `${name} Iterator`, configurable: true });
  method(Class.prototype, "entries", methods.entries);
  method(Class.prototype, "keys", methods.keys);
  method(Class.prototype, "values", methods.values);
  method(Class.prototype, "forEach", methods.forEach);
  method(Class.prototype, iterator, methods.entries, false);
}

/**
 * Makes an interface asynchronously iterable: `values` and `@@asyncIterator`.
 *
 * `start(object, ...arguments)` throws unless the object is of the interface, and gives a state. `next(state)` gives a promise of the next value, or of
 * `END`; `finish(state, reason)` ends it early and gives a promise.
 */
export function defineAsyncIterable(Class, { start, next, finish }) {
  const Cursor = slot();
  const prototype = create(AsyncIteratorPrototype);
  const name = Class.name;
  /** Runs one step after those before it. */
  const queue = (cursor, step) => {
    const { ongoing } = cursor;
    cursor.ongoing = ongoing === undefined ? step() : then(ongoing, step, step);
    return cursor.ongoing;
  };
  const nextStep = (cursor) => {
    if (cursor.isFinished) return resolved({ value: undefined, done: true });
    return then(
      next(cursor.state),
      (value) => {
        cursor.ongoing = undefined;
        if (value !== END) return { value, done: false };
        cursor.isFinished = true;
        return { value: undefined, done: true };
      },
      (error) => {
        cursor.ongoing = undefined;
        cursor.isFinished = true;
        throw error;
      },
    );
  };
  const methods = {
    next() {
      if (!Cursor.has(this)) return rejected(illegalInvocation());
      const cursor = Cursor.get(this);
      return queue(cursor, () => nextStep(cursor));
    },
    return(value) {
      if (!Cursor.has(this)) return rejected(illegalInvocation());
      const cursor = Cursor.get(this);
      const done = queue(cursor, () => {
        if (cursor.isFinished) return resolved(undefined);
        cursor.isFinished = true;
        return finish(cursor.state, value);
      });
      return then(done, () => ({ value, done: true }));
    },
    values(...given) {
      const state = start(this, ...given);
      const made = create(prototype);
      new Cursor(made, { state, ongoing: undefined, isFinished: false });
      return made;
    },
  };
  const method = (object, key, value, enumerable = true) =>
    defineProperty(object, key, { __proto__: null, value, writable: true, enumerable, configurable: true });
  defineProperty(methods.values, "length", { __proto__: null, value: 0, configurable: true });
  method(prototype, "next", methods.next);
  if (finish !== undefined) method(prototype, "return", methods.return);
  defineProperty(prototype, toStringTag, { __proto__: null, value: `${name} AsyncIterator`, configurable: true });
  method(Class.prototype, "values", methods.values);
  method(Class.prototype, asyncIterator, methods.values, false);
}

/** What `next` of an asynchronous iterable gives when there is nothing more. */
export const END = Symbol("end");

/** Defines global functions, under the names of the object's methods. */
export function defineFunctions(functions) {
  const names = keys(functions);
  for (let i = 0; i < names.length; i++) define(names[i], functions[names[i]], true);
}

/** The receiver of a global attribute: the global object, or nothing. */
function checkGlobal(receiver) {
  if (receiver !== undefined && receiver !== null && receiver !== globalThis) throw illegalInvocation();
}

/**
 * Defines a global attribute, such as `performance`. `[Replaceable]`: assigning to it replaces it.
 */
export function defineAttribute(name, get, { isReplaceable = false } = {}) {
  const holder = {
    get [name]() {
      checkGlobal(this);
      return get();
    },
    set [name](value) {
      checkGlobal(this);
      defineProperty(globalThis, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
    },
  };
  const descriptor = getOwnPropertyDescriptor(holder, name);
  defineAccessor(name, descriptor.get, isReplaceable ? descriptor.set : undefined);
}

/** A namespace object, such as `console`: its methods enumerable, its prototype an empty object. */
export function makeNamespace(name, methods) {
  const namespace = create(create(Object.prototype));
  const names = keys(methods);
  for (let i = 0; i < names.length; i++) defineProperty(namespace, names[i], getOwnPropertyDescriptor(methods, names[i]));
  defineProperty(namespace, toStringTag, { __proto__: null, value: name, configurable: true });
  return namespace;
}

export { illegalConstructor, illegalInvocation, required };
