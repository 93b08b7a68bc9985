// `CountQueuingStrategy`, `ByteLengthQueuingStrategy`, and the dictionary that all strategies are.
// https://streams.spec.whatwg.org/#qs

import { RangeError, apply } from "outwit:webidl/primordials.js";
import { callback, dictionary, unrestrictedDouble } from "outwit:webidl/convert.js";
import { defineInterface, illegalInvocation, required } from "outwit:webidl/interface.js";

const init = dictionary("QueuingStrategyInit", { highWaterMark: { type: unrestrictedDouble, required: true } });

export const queuingStrategy = dictionary("QueuingStrategy", {
  highWaterMark: { type: unrestrictedDouble },
  size: { type: callback },
});

/** The high water mark of a strategy. */
export function markOf({ highWaterMark }, normal) {
  if (highWaterMark === undefined) return normal;
  if (!(highWaterMark >= 0)) {
    throw new RangeError(`A high water mark is a number that is not negative, not ${highWaterMark}`);
  }
  return highWaterMark;
}

/** The function that a strategy measures chunks with; `undefined` if all count one. */
export function sizeOf({ size }) {
  if (size === undefined || size === sizes.count) return undefined;
  return (chunk) => unrestrictedDouble(apply(size, undefined, [chunk]), "QueuingStrategy.size: result");
}

/** One function each, for all strategies. */
const sizes = {
  count: { size: () => 1 }.size,
  bytes: { size: (chunk) => chunk.byteLength }.size,
};

class CountQueuingStrategy {
  #highWaterMark;

  constructor(initial) {
    if (arguments.length === 0) required(0, 1, "CountQueuingStrategy");
    this.#highWaterMark = init(initial, "CountQueuingStrategy: init").highWaterMark;
  }

  get highWaterMark() {
    if (!(#highWaterMark in this)) throw illegalInvocation();
    return this.#highWaterMark;
  }

  get size() {
    if (!(#highWaterMark in this)) throw illegalInvocation();
    return sizes.count;
  }
}
defineInterface(CountQueuingStrategy);

class ByteLengthQueuingStrategy {
  #highWaterMark;

  constructor(initial) {
    if (arguments.length === 0) required(0, 1, "ByteLengthQueuingStrategy");
    this.#highWaterMark = init(initial, "ByteLengthQueuingStrategy: init").highWaterMark;
  }

  get highWaterMark() {
    if (!(#highWaterMark in this)) throw illegalInvocation();
    return this.#highWaterMark;
  }

  get size() {
    if (!(#highWaterMark in this)) throw illegalInvocation();
    return sizes.bytes;
  }
}
defineInterface(ByteLengthQueuingStrategy);

export { ByteLengthQueuingStrategy, CountQueuingStrategy };
