// What all parts of the streams share: promises that come into being when somebody looks, lists, queues.
// https://streams.spec.whatwg.org/
//
// Behind each object that a plugin sees there is an internal one, which the algorithms work on. Those have no prototype that
// a plugin could reach, and promises are made for them only when they are asked for.

import {
  RangeError, apply, deferred, rejected, resolved, setPrototypeOf, then,
} from "outwit:webidl/primordials.js";

const RESOLVED = resolved(undefined);

export const noop = () => {};

/** Makes a class whose objects inherit nothing from `Object.prototype`. */
export function internal(Class) {
  setPrototypeOf(Class.prototype, null);
  return Class;
}

/** Says what happens when a value, or the promise that it may be, is settled. */
export function upon(value, onFulfilled, onRejected) {
  then(value === undefined ? RESOLVED : resolved(value), onFulfilled, onRejected);
}

/** Calls back as a microtask. */
export function soon(callback) {
  then(RESOLVED, callback);
}

/** Marks a promise as one whose rejection need not be handled. */
export function handled(promise) {
  then(promise, undefined, noop);
  return promise;
}

/**
 * Calls a function of the plugin's that gives a promise. This never throws; it gives a promise, or `undefined` if that is what the function
 * returned.
 */
export function promising(f, receiver, args) {
  try {
    const result = apply(f, receiver, args);
    return result === undefined ? undefined : resolved(result);
  } catch (error) {
    return rejected(error);
  }
}

/** A promise that follows another at a distance, as one does that is resolved with it. */
export function later(promise) {
  const { promise: follower, resolve } = deferred();
  resolve(promise);
  return follower;
}

/** A promise that exists once somebody wants it. Its rejection always counts as handled. */
export class Lazy {
  status = "pending";
  reason = undefined;
  deferred = undefined;

  /** The promise. */
  get() {
    if (this.deferred === undefined) {
      switch (this.status) {
        case "pending":
          this.deferred = deferred();
          handled(this.deferred.promise);
          break;
        case "fulfilled":
          this.deferred = { __proto__: null, promise: resolved(undefined) };
          break;
        default:
          this.deferred = { __proto__: null, promise: handled(rejected(this.reason)) };
      }
    }
    return this.deferred.promise;
  }

  resolve() {
    if (this.status !== "pending") return;
    this.status = "fulfilled";
    this.deferred?.resolve();
  }

  reject(reason) {
    if (this.status !== "pending") return;
    this.status = "rejected";
    this.reason = reason;
    this.deferred?.reject(reason);
  }

  /** Rejects this promise, or becomes another one that is rejected. */
  replaceByRejected(reason) {
    if (this.status !== "pending") this.reset();
    this.reject(reason);
  }

  /** Becomes another promise, which is pending. */
  reset() {
    this.status = "pending";
    this.reason = undefined;
    this.deferred = undefined;
  }
}
internal(Lazy);

/** A list that is added to at one end and taken from at the other. */
export class List {
  head = undefined;
  tail = undefined;
  length = 0;

  push(value) {
    const node = { __proto__: null, value, next: undefined };
    if (this.tail === undefined) this.head = node;
    else this.tail.next = node;
    this.tail = node;
    this.length++;
  }

  /** The first; there has to be one. */
  first() {
    return this.head.value;
  }

  shift() {
    const { value, next } = this.head;
    this.head = next;
    if (next === undefined) this.tail = undefined;
    this.length--;
    return value;
  }

  /** Takes all, as another list. */
  takeAll() {
    const taken = new List();
    taken.head = this.head;
    taken.tail = this.tail;
    taken.length = this.length;
    this.clear();
    return taken;
  }

  clear() {
    this.head = undefined;
    this.tail = undefined;
    this.length = 0;
  }
}
internal(List);

/** A queue of values with sizes. */
export class Queue {
  head = undefined;
  tail = undefined;
  total = 0;

  isEmpty() {
    return this.head === undefined;
  }

  /** Adds a value; the size is what a plugin says it is. */
  push(value, size) {
    if (!(size >= 0) || size === Infinity) throw new RangeError(`The size of a chunk is a finite number that is not negative, not ${size}`);
    const node = { __proto__: null, value, size, next: undefined };
    if (this.tail === undefined) this.head = node;
    else this.tail.next = node;
    this.tail = node;
    this.total += size;
  }

  first() {
    return this.head.value;
  }

  shift() {
    const { value, size, next } = this.head;
    this.head = next;
    if (next === undefined) this.tail = undefined;
    this.total -= size;
    if (this.total < 0) this.total = 0;
    return value;
  }

  reset() {
    this.head = undefined;
    this.tail = undefined;
    this.total = 0;
  }
}
internal(Queue);
