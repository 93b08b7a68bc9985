// `LockManager`: Web Locks API (W3C), over outwit:locks/manager. https://w3c.github.io/web-locks/
//
// A lock is held until the promise of its callback is settled. What waits for it, and what holds it, belongs to the call of the plugin that asked.

import * as host from "outwit:locks/manager";
import { cancel } from "outwit:engine/tasks";
import { addAbortAlgorithm, isAbortSignal, isAborted, reasonOf, removeAbortAlgorithm } from "outwit:dom/abort.js";
import { DOMException, QuotaExceededError } from "outwit:dom/exception.js";
import { apply, deferred, resolved, then } from "outwit:webidl/primordials.js";
import { boolean, callback, dictionary, domString, enumeration, instance } from "outwit:webidl/convert.js";
import { INTERNAL, defineInterface, illegalInvocation, internalOnly, required } from "outwit:webidl/interface.js";

const { dispose } = globalThis.Symbol;

const lockOptions = dictionary("LockOptions", {
  ifAvailable: { type: boolean, default: false },
  mode: { type: enumeration("LockMode", ["shared", "exclusive"]), default: "exclusive" },
  signal: { type: instance(isAbortSignal, "AbortSignal") },
  steal: { type: boolean, default: false },
});

class Lock {
  #name;
  #mode;

  constructor(key = undefined, name = undefined, mode = undefined) {
    internalOnly(key);
    this.#name = name;
    this.#mode = mode;
  }

  get name() {
    if (!(#name in this)) throw illegalInvocation();
    return this.#name;
  }

  get mode() {
    if (!(#name in this)) throw illegalInvocation();
    return this.#mode;
  }
}
defineInterface(Lock);

/** The error of the specification for one of the host's. */
function translated(error) {
  const payload = error?.payload;
  switch (payload?.tag) {
    case "not-supported":
      return new DOMException(payload.val, "NotSupportedError");
    case "too-many-requests":
      return new QuotaExceededError(`The plugin has ${payload.val} locks and requests already`);
    case "not-allowed":
      return new DOMException("The plugin may not have locks", "SecurityError");
    case "other":
      return new DOMException(payload.val, "UnknownError");
    default:
      return error;
  }
}

const unsupported = (message) => new DOMException(message, "NotSupportedError");

function check(name, { mode, ifAvailable, steal, signal }) {
  if (name[0] === "-") throw unsupported("LockManager.request: a name that begins with '-' is reserved");
  if (steal && ifAvailable) throw unsupported("LockManager.request: 'steal' and 'ifAvailable' exclude each other");
  if (steal && mode !== "exclusive") throw unsupported("LockManager.request: only an exclusive lock can be stolen");
  if (signal !== undefined && (steal || ifAvailable)) {
    throw unsupported("LockManager.request: 'signal' excludes 'steal' and 'ifAvailable'");
  }
  if (signal !== undefined && isAborted(signal)) throw reasonOf(signal);
}

/** Asks the host, and calls back with the lock; the promise is that of `request`. */
function request(name, { mode, ifAvailable, steal, signal }, callbackFunction) {
  const { promise, resolve, reject } = deferred();
  let isOver = false;
  const waiting = host.request(name, mode, steal ? "steal" : ifAvailable ? "if-available" : "wait");
  const abort = () => {
    if (isOver) return;
    isOver = true;
    cancel(waiting);
    reject(reasonOf(signal));
  };
  if (signal !== undefined) addAbortAlgorithm(signal, abort);
  then(
    waiting,
    (held) => {
      if (signal !== undefined) removeAbortAlgorithm(signal, abort);
      if (isOver) {
        held?.[dispose]();
        return;
      }
      isOver = true;
      hold(held, name, mode, callbackFunction, resolve, reject);
    },
    (error) => {
      if (signal !== undefined) removeAbortAlgorithm(signal, abort);
      if (isOver) return;
      isOver = true;
      reject(translated(error));
    },
  );
  return promise;
}

/** Calls back with a lock, and releases it when what that gives is settled. */
function hold(held, name, mode, callbackFunction, resolve, reject) {
  const lock = held === undefined ? null : new Lock(INTERNAL, name, mode);
  let result;
  try {
    result = resolved(apply(callbackFunction, undefined, [lock]));
  } catch (error) {
    held?.[dispose]();
    reject(error);
    return;
  }
  const stolen = held?.stolen();
  let isReleased = false;
  const release = () => {
    if (isReleased || held === undefined) return;
    isReleased = true;
    cancel(stolen);
    held[dispose]();
  };
  if (stolen !== undefined) {
    then(
      stolen,
      () => {
        if (isReleased) return;
        isReleased = true;
        held[dispose]();
        reject(new DOMException("The lock was stolen", "AbortError"));
      },
      () => {},
    );
  }
  then(
    result,
    (value) => {
      release();
      resolve(value);
    },
    (error) => {
      release();
      reject(error);
    },
  );
}

class LockManager {
  #brand;

  constructor(key = undefined) {
    internalOnly(key);
  }

  async request(name, options, callbackFunction = undefined) {
    if (!(#brand in this)) throw illegalInvocation();
    required(arguments.length, 2, "LockManager.request");
    const hasOptions = arguments.length > 2;
    name = domString(name, "LockManager.request: name");
    const given = lockOptions(hasOptions ? options : undefined, "LockManager.request: options");
    callbackFunction = callback(hasOptions ? callbackFunction : options, "LockManager.request: callback");
    check(name, given);
    return request(name, given, callbackFunction);
  }

  async query() {
    if (!(#brand in this)) throw illegalInvocation();
    try {
      const { held, pending } = host.query();
      return { held: shown(held), pending: shown(pending) };
    } catch (error) {
      throw translated(error);
    }
  }
}
defineInterface(LockManager);

function shown(list) {
  const infos = [];
  for (let i = 0; i < list.length; i++) {
    const { name, mode, clientId } = list[i];
    infos[i] = { clientId, mode, name };
  }
  return infos;
}

/** `navigator.locks` */
export const locks = new LockManager(INTERNAL);
export { Lock, LockManager };
