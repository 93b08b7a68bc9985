// `Event` and `CustomEvent`: DOM (WHATWG).
// https://dom.spec.whatwg.org/#events
//
// An event is dispatched by event-target.js. There are no trees of targets here, so a path has one element. The time of an event is that at which it is asked for
// first: each look at the clock is a call of the host.

import { hasInterface, require } from "outwit:engine/modules";
import { defineProperty, getOwnPropertyDescriptor } from "outwit:webidl/primordials.js";
import { any, boolean, dictionary, domString } from "outwit:webidl/convert.js";
import { defineInterface, illegalInvocation, required } from "outwit:webidl/interface.js";

/** Nothing where the world imports no clock: events are then of time 0. */
const clock = hasInterface("outwit:performance/clock") ? require("outwit:performance/clock.js") : undefined;

function time() {
  try {
    return clock === undefined ? 0 : clock.now();
  } catch {
    // while the plugin is built there is no time
    return 0;
  }
}

/** The members of all events. */
export const eventInit = dictionary("EventInit", {
  bubbles: { type: boolean, default: false },
  cancelable: { type: boolean, default: false },
  composed: { type: boolean, default: false },
});

const NONE = 0;
const AT_TARGET = 2;

/** What dispatching does with an event; the functions are set by the class. */
export let internals;

/** `isTrusted` cannot be replaced, so every event has it itself, with one getter for all. */
const isTrusted = {
  __proto__: null,
  ...getOwnPropertyDescriptor({ get isTrusted() { return internals.isTrusted(this); } }, "isTrusted"),
  configurable: false,
};

class Event {
  #type;
  #bubbles = false;
  #cancelable = false;
  #composed = false;
  #target = null;
  #currentTarget = null;
  #phase = NONE;
  #timeStamp = undefined;
  #isTrusted = false;
  #isInitialized = true;
  #isDispatching = false;
  #isStopped = false;
  #isStoppedAtOnce = false;
  #isCanceled = false;
  #isPassive = false;

  constructor(type, eventInitDict = undefined) {
    if (arguments.length === 0) required(0, 1, new.target.name);
    this.#type = domString(type, "Event: type");
    if (eventInitDict !== undefined) {
      const init = eventInit(eventInitDict, "Event: eventInitDict");
      this.#bubbles = init.bubbles;
      this.#cancelable = init.cancelable;
      this.#composed = init.composed;
    }
    defineProperty(this, "isTrusted", isTrusted);
  }

  static {
    internals = {
      isEvent: (event) => #type in event,
      isTrusted(event) {
        if (!(#type in event)) throw illegalInvocation();
        return event.#isTrusted;
      },
      trust(event) {
        event.#isTrusted = true;
        return event;
      },
      distrust(event) {
        event.#isTrusted = false;
      },
      /** Begins dispatching; false if that is already happening. */
      begin(event, target) {
        if (event.#isDispatching || !event.#isInitialized) return false;
        event.#isDispatching = true;
        event.#target = target;
        event.#currentTarget = target;
        event.#phase = AT_TARGET;
        return true;
      },
      /** Ends dispatching; whether nobody canceled the event. */
      end(event) {
        event.#phase = NONE;
        event.#currentTarget = null;
        event.#isDispatching = false;
        event.#isStopped = false;
        event.#isStoppedAtOnce = false;
        return !event.#isCanceled;
      },
      setPassive(event, isPassive) {
        event.#isPassive = isPassive;
      },
      isStopped: (event) => event.#isStopped,
      isStoppedAtOnce: (event) => event.#isStoppedAtOnce,
      cancel: (event) => event.#cancel(),
      /** Initializes again, unless it is being dispatched; whether it did. */
      initialize(event, type, bubbles, cancelable) {
        if (event.#isDispatching) return false;
        event.#isInitialized = true;
        event.#isStopped = false;
        event.#isStoppedAtOnce = false;
        event.#isCanceled = false;
        event.#isTrusted = false;
        event.#target = null;
        event.#type = type;
        event.#bubbles = bubbles;
        event.#cancelable = cancelable;
        return true;
      },
    };
  }

  #cancel() {
    if (this.#cancelable && !this.#isPassive) this.#isCanceled = true;
  }

  get type() {
    if (!(#type in this)) throw illegalInvocation();
    return this.#type;
  }

  get target() {
    if (!(#type in this)) throw illegalInvocation();
    return this.#target;
  }

  get srcElement() {
    if (!(#type in this)) throw illegalInvocation();
    return this.#target;
  }

  get currentTarget() {
    if (!(#type in this)) throw illegalInvocation();
    return this.#currentTarget;
  }

  composedPath() {
    if (!(#type in this)) throw illegalInvocation();
    return this.#isDispatching ? [this.#currentTarget] : [];
  }

  get eventPhase() {
    if (!(#type in this)) throw illegalInvocation();
    return this.#phase;
  }

  stopPropagation() {
    if (!(#type in this)) throw illegalInvocation();
    this.#isStopped = true;
  }

  get cancelBubble() {
    if (!(#type in this)) throw illegalInvocation();
    return this.#isStopped;
  }

  set cancelBubble(value) {
    if (!(#type in this)) throw illegalInvocation();
    if (value) this.#isStopped = true;
  }

  stopImmediatePropagation() {
    if (!(#type in this)) throw illegalInvocation();
    this.#isStopped = true;
    this.#isStoppedAtOnce = true;
  }

  get bubbles() {
    if (!(#type in this)) throw illegalInvocation();
    return this.#bubbles;
  }

  get cancelable() {
    if (!(#type in this)) throw illegalInvocation();
    return this.#cancelable;
  }

  get returnValue() {
    if (!(#type in this)) throw illegalInvocation();
    return !this.#isCanceled;
  }

  set returnValue(value) {
    if (!(#type in this)) throw illegalInvocation();
    if (!value) this.#cancel();
  }

  preventDefault() {
    if (!(#type in this)) throw illegalInvocation();
    this.#cancel();
  }

  get defaultPrevented() {
    if (!(#type in this)) throw illegalInvocation();
    return this.#isCanceled;
  }

  get composed() {
    if (!(#type in this)) throw illegalInvocation();
    return this.#composed;
  }

  get timeStamp() {
    if (!(#type in this)) throw illegalInvocation();
    return (this.#timeStamp ??= time());
  }

  initEvent(type, bubbles = false, cancelable = false) {
    if (!(#type in this)) throw illegalInvocation();
    if (arguments.length === 0) required(0, 1, "Event.initEvent");
    internals.initialize(this, domString(type, "Event.initEvent: type"), !!bubbles, !!cancelable);
  }
}
defineInterface(Event, { constants: { NONE, CAPTURING_PHASE: 1, AT_TARGET, BUBBLING_PHASE: 3 } });

const customEventInit = dictionary("CustomEventInit", { detail: { type: any, default: null } });

class CustomEvent extends Event {
  #detail;

  constructor(type, eventInitDict = undefined) {
    if (arguments.length === 0) required(0, 1, "CustomEvent");
    super(type, eventInitDict);
    this.#detail = eventInitDict === undefined ? null : customEventInit(eventInitDict, "CustomEvent: eventInitDict").detail;
  }

  get detail() {
    if (!(#detail in this)) throw illegalInvocation();
    return this.#detail;
  }

  initCustomEvent(type, bubbles = false, cancelable = false, detail = null) {
    if (!(#detail in this)) throw illegalInvocation();
    if (arguments.length === 0) required(0, 1, "CustomEvent.initCustomEvent");
    type = domString(type, "CustomEvent.initCustomEvent: type");
    if (internals.initialize(this, type, !!bubbles, !!cancelable)) this.#detail = detail;
  }
}
defineInterface(CustomEvent);

/** Marks an event as the engine's own. */
export const { trust } = internals;

export { CustomEvent, Event };
