// `EventTarget`: DOM (WHATWG), and event handler attributes such as `onabort`: HTML (WHATWG).
// https://dom.spec.whatwg.org/#interface-eventtarget
// https://html.spec.whatwg.org/multipage/webappapis.html#event-handler-attributes
//
// The global object is an event target, too; it is no object of the class, so a hidden one stands for it.

import {
  Map, apply, defineProperty, getOwnPropertyDescriptor, indexOf, mapGet, mapSet, push, setPrototypeOf, slice, splice,
} from "outwit:webidl/primordials.js";
import { boolean, dictionary, domString, instance, isObject } from "outwit:webidl/convert.js";
import { defineInterface, illegalInvocation, required } from "outwit:webidl/interface.js";
import { wrongType } from "outwit:webidl/errors.js";
import { Event, internals, trust } from "outwit:dom/event.js";
import { DOMException } from "outwit:dom/exception.js";
import { listenForErrors, reportException } from "outwit:dom/report.js";

const { isEvent, begin, distrust, end, setPassive, isStopped, isStoppedAtOnce, cancel } = internals;

/** What this needs of abort signals; `abort.js` sets it, and before there are none. */
let signals = { is: () => false };
export function setSignals(functions) {
  signals = functions;
}

const captureOnly = dictionary("EventListenerOptions", { capture: { type: boolean, default: false } });
const listenerOptions = dictionary("AddEventListenerOptions", {
  once: { type: boolean, default: false },
  passive: { type: boolean },
  signal: { type: instance((value) => signals.is(value), "AbortSignal") },
}, captureOnly);

/** What `on…` attributes, listeners and dispatching need of a target; the class sets them. */
let listenersOf;
let listenersFor;
let handlersFor;
let changed;
/** Calls back with the target when listeners of it come or go. */
export let watchListeners;
/** Whether this is an event target. */
export let isEventTarget;

class EventTarget {
  /** Its listeners by type, once there are any. */
  #listeners = undefined;
  /** Its event handlers by name, once there are any. */
  #handlers = undefined;
  #watch = undefined;

  static {
    isEventTarget = (value) => isObject(value) && (#listeners in value || value === globalThis);
    listenersOf = (target, type) => (target.#listeners === undefined ? undefined : mapGet(target.#listeners, type));
    listenersFor = (target, type) => {
      target.#listeners ??= new Map();
      let list = mapGet(target.#listeners, type);
      if (list === undefined) {
        list = [];
        mapSet(target.#listeners, type, list);
      }
      return list;
    };
    handlersFor = (target) => (target.#handlers ??= new Map());
    changed = (target) => {
      if (target.#watch !== undefined) target.#watch(target);
    };
    watchListeners = (target, watch) => {
      target.#watch = watch;
    };
  }

  addEventListener(type, callback, options = undefined) {
    const target = targetOf(this);
    if (arguments.length < 2) required(arguments.length, 2, "EventTarget.addEventListener");
    type = domString(type, "EventTarget.addEventListener: type");
    callback = listenerCallback(callback, "EventTarget.addEventListener: callback");
    let given = NO_OPTIONS;
    if (isDictionary(options)) {
      if (options !== undefined && options !== null) given = listenerOptions(options, "EventTarget.addEventListener: options");
    } else if (options) {
      given = CAPTURE;
    }
    addListener(target, type, callback, given);
  }

  removeEventListener(type, callback, options = undefined) {
    const target = targetOf(this);
    if (arguments.length < 2) required(arguments.length, 2, "EventTarget.removeEventListener");
    type = domString(type, "EventTarget.removeEventListener: type");
    callback = listenerCallback(callback, "EventTarget.removeEventListener: callback");
    const capture = isDictionary(options)
      ? captureOnly(options, "EventTarget.removeEventListener: options").capture
      : !!options;
    const list = listenersOf(target, type);
    const found = list === undefined ? -1 : find(list, callback, capture);
    if (found >= 0) removeAt(target, list, found);
  }

  dispatchEvent(event) {
    const target = targetOf(this);
    if (arguments.length === 0) required(0, 1, "EventTarget.dispatchEvent");
    if (!isObject(event) || !isEvent(event)) throw wrongType("EventTarget.dispatchEvent: event", "not of type Event");
    distrust(event);
    return dispatchAt(target, event);
  }
}
defineInterface(EventTarget);

/** Stands for the global object. */
const globalTarget = new EventTarget();
watchListeners(globalTarget, listenForErrors);
setPrototypeOf(globalThis, EventTarget.prototype);
const NO_OPTIONS = { __proto__: null, capture: false, once: false, passive: undefined, signal: undefined };
const CAPTURE = { __proto__: null, ...NO_OPTIONS, capture: true };

/** The object that has the listeners; `undefined` means the global object, as in `addEventListener(…)`. */
function targetOf(receiver) {
  if (receiver === undefined || receiver === null || receiver === globalThis) return globalTarget;
  if (!isEventTarget(receiver)) throw illegalInvocation();
  return receiver;
}

const faceOf = (target) => (target === globalTarget ? globalThis : target);

/** `(AddEventListenerOptions or boolean)` */
const isDictionary = (options) => options === undefined || options === null || isObject(options);

function listenerCallback(value, what) {
  if (value === null || value === undefined) return null;
  if (!isObject(value)) throw wrongType(what, "neither a function nor an object");
  return value;
}

function find(list, callback, capture) {
  for (let i = 0; i < list.length; i++) {
    if (list[i].callback === callback && list[i].capture === capture) return i;
  }
  return -1;
}

function addListener(target, type, callback, { capture, once, passive, signal }) {
  if (signal !== undefined && signals.isAborted(signal)) return;
  if (callback === null) return;
  const list = listenersFor(target, type);
  if (find(list, callback, capture) >= 0) return;
  const listener = { callback, capture, once, passive: passive === true, isRemoved: false, handler: undefined };
  push(list, listener);
  if (signal !== undefined) signals.addAlgorithm(signal, () => remove(target, list, listener));
  changed(target);
}

function removeAt(target, list, index) {
  list[index].isRemoved = true;
  splice(list, index, 1);
  changed(target);
}

function remove(target, list, listener) {
  const index = indexOf(list, listener);
  if (index >= 0) removeAt(target, list, index);
}

// ---------------------------------------------------------------------------------------------
// Dispatching

function dispatchAt(target, event) {
  const face = faceOf(target);
  if (!begin(event, face)) throw new DOMException("The event is being dispatched already", "InvalidStateError");
  const list = listenersOf(target, event.type);
  if (list !== undefined && list.length > 0) {
    invoke(target, face, list, event, true);
    invoke(target, face, list, event, false);
  }
  return end(event);
}

/** Calls the listeners of one phase, as they were when the phase began. */
function invoke(target, face, list, event, capture) {
  if (isStopped(event)) return;
  const listeners = slice(list);
  for (let i = 0; i < listeners.length; i++) {
    const listener = listeners[i];
    if (listener.isRemoved || listener.capture !== capture) continue;
    if (listener.once) remove(target, list, listener);
    if (listener.passive) setPassive(event, true);
    try {
      if (listener.handler !== undefined) callHandler(listener.handler, face, event);
      else callListener(listener.callback, face, event);
    } catch (error) {
      reportException(error);
    }
    if (listener.passive) setPassive(event, false);
    if (isStoppedAtOnce(event)) return;
  }
}

function callListener(callback, face, event) {
  if (typeof callback === "function") {
    apply(callback, face, [event]);
    return;
  }
  const { handleEvent } = callback;
  if (typeof handleEvent !== "function") throw wrongType("EventListener", "its handleEvent is not a function");
  apply(handleEvent, callback, [event]);
}

/** Dispatches an event of the engine's own; whether nobody canceled it. */
export function dispatch(target, event) {
  return dispatchAt(targetOf(target), trust(event));
}

/** Makes an event of the engine's own and dispatches it; whether nobody canceled it. */
export function fire(target, type, Class = Event, init = undefined) {
  return dispatch(target, new Class(type, init));
}

/** Whether anybody listens for this type, so that an event that nobody would see need not be made. */
export function hasListeners(target, type) {
  const list = listenersOf(targetOf(target), type);
  return list !== undefined && list.length > 0;
}

// ---------------------------------------------------------------------------------------------
// Event handler attributes

function callHandler(handler, face, event) {
  const { callback, isErrorHandler } = handler;
  if (typeof callback !== "function") return;
  if (isErrorHandler && event.type === "error" && "lineno" in event) {
    const { message, filename, lineno, colno, error } = event;
    if (apply(callback, face, [message, filename, lineno, colno, error]) === true) cancel(event);
  } else if (apply(callback, face, [event]) === false) {
    cancel(event);
  }
}

function setHandler(receiver, name, value, isErrorHandler, onSet) {
  const target = targetOf(receiver);
  const callback = isObject(value) ? value : null;
  const handlers = handlersFor(target);
  const list = listenersFor(target, name);
  let handler = mapGet(handlers, name);
  if (callback === null) {
    if (handler !== undefined) {
      mapSet(handlers, name, undefined);
      remove(target, list, handler.listener);
    }
  } else if (handler === undefined) {
    handler = { callback, isErrorHandler };
    // a place of its own in the list: no callback of the plugin is this object
    handler.listener = { callback: handler, capture: false, once: false, passive: false, isRemoved: false, handler };
    mapSet(handlers, name, handler);
    push(list, handler.listener);
    changed(target);
  } else {
    handler.callback = callback;
  }
  if (onSet !== undefined) onSet(receiver);
}

/**
 * The accessor of an event handler attribute: `on` and the type of event. `check(receiver)` throws unless the receiver is of the
 * interface; `onSet(receiver)` is called after the attribute was set.
 */
export function handlerAttribute(type, { check = targetOf, onSet, isErrorHandler = false } = {}) {
  const name = `on${type}`;
  return getOwnPropertyDescriptor({
    get [name]() {
      check(this);
      return mapGet(handlersFor(targetOf(this)), type)?.callback ?? null;
    },
    set [name](value) {
      check(this);
      setHandler(this, type, value, isErrorHandler, onSet);
    },
  }, name);
}

/** Gives an interface event handler attributes: `defineHandlers(AbortSignal, isAbortSignal, ["abort"])`. */
export function defineHandlers(Class, is, types, onSet = {}) {
  const check = (receiver) => {
    if (!is(receiver)) throw illegalInvocation();
  };
  for (let i = 0; i < types.length; i++) {
    const descriptor = handlerAttribute(types[i], { check, onSet: onSet[types[i]] });
    defineProperty(Class.prototype, `on${types[i]}`, { __proto__: null, ...descriptor, enumerable: true });
  }
}

export { EventTarget };
