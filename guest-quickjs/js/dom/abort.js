// `AbortController` and `AbortSignal`: DOM (WHATWG).
// https://dom.spec.whatwg.org/#aborting-ongoing-activities

import { require } from "outwit:engine/modules";
import {
  Set, WeakRef, deref, filter, push, setAdd, setClear, setDelete, setForEach, setSize,
} from "outwit:webidl/primordials.js";
import { ENFORCE_RANGE, instance, isObject, sequence, unsignedLongLong } from "outwit:webidl/convert.js";
import { INTERNAL, defineInterface, illegalInvocation, internalOnly, required } from "outwit:webidl/interface.js";
import {
  EventTarget, defineHandlers, fire, hasListeners, setSignals, watchListeners,
} from "outwit:dom/event-target.js";
import { DOMException } from "outwit:dom/exception.js";

/** Nothing where the world imports no timers; then there is no `AbortSignal.timeout`. */
const timers = require("outwit:timers/timers.js");

/** Whether this is an AbortSignal. */
export let isAbortSignal;
/** A new signal. */
export const createSignal = () => new AbortSignal(INTERNAL);
/** A new signal that is aborted when one of these is: what `AbortSignal.any` gives. */
export let createDependentSignal;
/** Whether a signal is aborted. */
export let isAborted;
/** Why a signal is aborted. */
export let reasonOf;
/** Aborts a signal. */
export let signalAbort;
/** Has a function called when a signal is aborted; not if it is already. */
export let addAbortAlgorithm;
/** Has it no longer called. */
export let removeAbortAlgorithm;

const abortError = () => new DOMException("The operation was aborted", "AbortError");

class AbortSignal extends EventTarget {
  #isAborted = false;
  #reason = undefined;
  #algorithms = undefined;
  /** The signals that this one depends on, if it is the result of `any`. */
  #sources = undefined;
  /** What depends on this one: weakly, and those that somebody listens to. */
  #dependents = undefined;
  #listenedTo = undefined;

  constructor(key = undefined) {
    internalOnly(key);
    super();
  }

  static {
    isAbortSignal = (value) => isObject(value) && #reason in value;
    isAborted = (signal) => signal.#isAborted;
    reasonOf = (signal) => signal.#reason;
    signalAbort = (signal, reason) => {
      if (signal.#isAborted) return;
      signal.#setReason(reason === undefined ? abortError() : reason);
      const aborted = [];
      const dependents = signal.#dependents ?? [];
      for (let i = 0; i < dependents.length; i++) {
        const dependent = deref(dependents[i]);
        if (dependent === undefined || dependent.#isAborted) continue;
        dependent.#setReason(signal.#reason);
        push(aborted, dependent);
      }
      signal.#runSteps();
      for (let i = 0; i < aborted.length; i++) aborted[i].#runSteps();
    };
    addAbortAlgorithm = (signal, algorithm) => {
      if (signal.#isAborted) return;
      signal.#algorithms ??= new Set();
      setAdd(signal.#algorithms, algorithm);
      signal.#keep();
    };
    removeAbortAlgorithm = (signal, algorithm) => {
      if (signal.#algorithms === undefined) return;
      setDelete(signal.#algorithms, algorithm);
      signal.#keep();
    };
    createDependentSignal = (signals) => {
      const result = createSignal();
      for (let i = 0; i < signals.length; i++) {
        if (signals[i].#isAborted) {
          result.#setReason(signals[i].#reason);
          return result;
        }
      }
      result.#sources = new Set();
      for (let i = 0; i < signals.length; i++) {
        const signal = signals[i];
        if (signal.#sources === undefined) result.#dependOn(signal);
        else setForEach(signal.#sources, (source) => result.#dependOn(source));
      }
      watchListeners(result, () => result.#keep());
      return result;
    };
  }

  #setReason(reason) {
    this.#isAborted = true;
    this.#reason = reason;
  }

  #runSteps() {
    const algorithms = this.#algorithms;
    if (algorithms !== undefined) {
      this.#algorithms = undefined;
      setForEach(algorithms, (algorithm) => algorithm());
      setClear(algorithms);
    }
    if (hasListeners(this, "abort")) fire(this, "abort");
    if (this.#sources !== undefined) {
      setForEach(this.#sources, (source) => source.#forget(this));
      this.#sources = undefined;
    }
    this.#dependents = undefined;
    this.#listenedTo = undefined;
  }

  #dependOn(source) {
    setAdd(this.#sources, source);
    source.#dependents ??= [];
    // signals that are gone would pile up on one that lives long
    if (source.#dependents.length % 64 === 63) {
      source.#dependents = filter(source.#dependents, (reference) => deref(reference) !== undefined);
    }
    push(source.#dependents, new WeakRef(this));
  }

  #forget(dependent) {
    if (this.#dependents !== undefined) {
      this.#dependents = filter(this.#dependents, (reference) => deref(reference) !== dependent);
    }
    if (this.#listenedTo !== undefined) setDelete(this.#listenedTo, dependent);
  }

  /** A signal that somebody listens to lives as long as those it depends on. */
  #keep() {
    if (this.#sources === undefined) return;
    const isListenedTo =
      hasListeners(this, "abort") || (this.#algorithms !== undefined && setSize(this.#algorithms) > 0);
    setForEach(this.#sources, (source) => {
      if (isListenedTo) setAdd((source.#listenedTo ??= new Set()), this);
      else if (source.#listenedTo !== undefined) setDelete(source.#listenedTo, this);
    });
  }

  static abort(reason = undefined) {
    const signal = createSignal();
    signal.#setReason(reason === undefined ? abortError() : reason);
    return signal;
  }

  static timeout(milliseconds) {
    if (arguments.length === 0) required(0, 1, "AbortSignal.timeout");
    milliseconds = unsignedLongLong(milliseconds, "AbortSignal.timeout: milliseconds", ENFORCE_RANGE);
    const signal = createSignal();
    timers.runAfter(milliseconds, () => {
      signalAbort(signal, new DOMException("The operation took too long", "TimeoutError"));
    });
    return signal;
  }

  static any(signals) {
    if (arguments.length === 0) required(0, 1, "AbortSignal.any");
    return createDependentSignal(signalList(signals, "AbortSignal.any: signals"));
  }

  get aborted() {
    if (!(#reason in this)) throw illegalInvocation();
    return this.#isAborted;
  }

  get reason() {
    if (!(#reason in this)) throw illegalInvocation();
    return this.#reason;
  }

  throwIfAborted() {
    if (!(#reason in this)) throw illegalInvocation();
    if (this.#isAborted) throw this.#reason;
  }
}
if (timers === undefined) delete AbortSignal.timeout;
defineHandlers(AbortSignal, isAbortSignal, ["abort"]);
defineInterface(AbortSignal);

const signalList = sequence(instance(isAbortSignal, "AbortSignal"));
setSignals({ is: isAbortSignal, isAborted, addAlgorithm: addAbortAlgorithm });

class AbortController {
  #signal = createSignal();

  get signal() {
    if (!(#signal in this)) throw illegalInvocation();
    return this.#signal;
  }

  abort(reason = undefined) {
    if (!(#signal in this)) throw illegalInvocation();
    signalAbort(this.#signal, reason);
  }
}
defineInterface(AbortController);

export { AbortController, AbortSignal };
