// `performance`: High Resolution Time (W3C), over outwit:performance/clock.
// https://www.w3.org/TR/hr-time-3/
//
// The time that `Date` reads comes from the same clock, in the engine.

import { now, timeOrigin } from "outwit:performance/clock";
import { define, defineAccessor } from "outwit:engine/globals";

const { TypeError } = globalThis;
const { defineProperty } = Object;

/** The one object that may be `this`; there is no way to make another. */
let performance;

function check(receiver) {
  if (receiver !== performance) throw new TypeError("Illegal invocation");
}

class Performance {
  constructor() {
    throw new TypeError("Illegal constructor");
  }

  get timeOrigin() {
    check(this);
    return timeOrigin();
  }

  now() {
    check(this);
    return now();
  }

  toJSON() {
    check(this);
    return { timeOrigin: timeOrigin() };
  }
}

for (const name of ["timeOrigin", "now", "toJSON"]) {
  Object.defineProperty(Performance.prototype, name, { enumerable: true });
}
Object.defineProperty(Performance.prototype, Symbol.toStringTag, {
  value: "Performance",
  configurable: true,
});

performance = Object.create(Performance.prototype);

define("Performance", Performance);
// `[Replaceable] readonly attribute`: assigning to it replaces it.
const { get, set } = Object.getOwnPropertyDescriptor({
  get performance() {
    return performance;
  },
  set performance(value) {
    defineProperty(globalThis, "performance", { value, writable: true, enumerable: true, configurable: true });
  },
}, "performance");
defineAccessor("performance", get, set);

export { Performance, performance };
