// `PerformanceEntry`, `PerformanceMark`, `PerformanceMeasure`: Performance Timeline and User Timing (W3C).
// https://w3c.github.io/performance-timeline/#the-performanceentry-interface
// https://w3c.github.io/user-timing/

import { now } from "outwit:performance/clock.js";
import { any, dictionary, domString, double, isObject } from "outwit:webidl/convert.js";
import { wrongType } from "outwit:webidl/errors.js";
import { INTERNAL, defineInterface, illegalInvocation, internalOnly, required } from "outwit:webidl/interface.js";
import { structuredClone } from "outwit:html/structured-clone.js";

/** What the timeline reads of an entry, however its class was changed. */
export let entryOf;

class PerformanceEntry {
  #fields;

  constructor(key = undefined, fields = undefined) {
    internalOnly(key);
    this.#fields = fields;
  }

  static {
    entryOf = (entry) => entry.#fields;
  }

  get name() {
    if (!(#fields in this)) throw illegalInvocation();
    return this.#fields.name;
  }

  get entryType() {
    if (!(#fields in this)) throw illegalInvocation();
    return this.#fields.type;
  }

  get startTime() {
    if (!(#fields in this)) throw illegalInvocation();
    return this.#fields.start;
  }

  get duration() {
    if (!(#fields in this)) throw illegalInvocation();
    return this.#fields.duration;
  }

  toJSON() {
    if (!(#fields in this)) throw illegalInvocation();
    const { name, type, start, duration } = this.#fields;
    return { name, entryType: type, startTime: start, duration };
  }
}
defineInterface(PerformanceEntry);

const copyOf = (detail) => (detail === undefined || detail === null ? null : structuredClone(detail));

export const markOptions = dictionary("PerformanceMarkOptions", { detail: { type: any }, startTime: { type: double } });

class PerformanceMark extends PerformanceEntry {
  #detail;

  constructor(markName, options = undefined) {
    if (arguments.length === 0) required(0, 1, "PerformanceMark");
    const name = domString(markName, "PerformanceMark: markName");
    const { detail, startTime } = markOptions(options, "PerformanceMark: markOptions");
    if (startTime < 0) throw wrongType("PerformanceMark: markOptions.startTime", "it is negative");
    super(INTERNAL, { name, type: "mark", start: startTime ?? now(), duration: 0 });
    this.#detail = copyOf(detail);
  }

  get detail() {
    if (!(#detail in this)) throw illegalInvocation();
    return this.#detail;
  }
}
defineInterface(PerformanceMark);

class PerformanceMeasure extends PerformanceEntry {
  #detail;

  constructor(key = undefined, fields = undefined, detail = undefined) {
    super(key, fields);
    this.#detail = detail;
  }

  get detail() {
    if (!(#detail in this)) throw illegalInvocation();
    return this.#detail;
  }
}
defineInterface(PerformanceMeasure);

/** `(DOMString or DOMHighResTimeStamp)` */
const moment = (value, what) => (typeof value === "number" ? double(value, what) : domString(value, what));
const measureOptions = dictionary("PerformanceMeasureOptions", {
  detail: { type: any },
  start: { type: moment },
  duration: { type: double },
  end: { type: moment },
});

/** Makes a measure; `timeOf(mark)` is when a mark was made. */
export function makeMeasure(name, startOrOptions, endMark, timeOf) {
  const what = "Performance.measure";
  const isOptions = startOrOptions === undefined || startOrOptions === null || isObject(startOrOptions);
  const options = isOptions ? measureOptions(startOrOptions, `${what}: options`) : { __proto__: null };
  const startMark = isOptions ? undefined : domString(startOrOptions, `${what}: startMark`);
  if (endMark !== undefined) endMark = domString(endMark, `${what}: endMark`);
  const { start, duration, end, detail } = options;
  if (start !== undefined || duration !== undefined || end !== undefined || detail !== undefined) {
    if (endMark !== undefined) throw wrongType(`${what}: endMark`, "the options say when it ends");
    if (start === undefined && end === undefined) throw wrongType(`${what}: options`, "neither start nor end");
    if (start !== undefined && duration !== undefined && end !== undefined) {
      throw wrongType(`${what}: options`, "start, duration and end are one too many");
    }
  }
  let until;
  if (endMark !== undefined) until = timeOf(endMark);
  else if (end !== undefined) until = timeOf(end);
  else if (start !== undefined && duration !== undefined) until = timeOf(start) + timeOf(duration);
  else until = now();
  let from = 0;
  if (start !== undefined) from = timeOf(start);
  else if (duration !== undefined && end !== undefined) from = until - timeOf(duration);
  else if (startMark !== undefined) from = timeOf(startMark);
  return new PerformanceMeasure(INTERNAL, { name, type: "measure", start: from, duration: until - from }, copyOf(detail));
}

export { PerformanceEntry, PerformanceMark, PerformanceMeasure };
