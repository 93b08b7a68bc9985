// `performance`: High Resolution Time, with Performance Timeline and User Timing (W3C), over outwit:performance/clock.
// https://www.w3.org/TR/hr-time-3/
//
// The time that `Date` reads comes from the same clock, in the engine.

import { now, timeOrigin } from "outwit:performance/clock.js";
import { slice } from "outwit:webidl/primordials.js";
import { domString } from "outwit:webidl/convert.js";
import { wrongType } from "outwit:webidl/errors.js";
import {
  INTERNAL, defineAttribute, defineInterface, illegalInvocation, internalOnly, required,
} from "outwit:webidl/interface.js";
import { EventTarget } from "outwit:dom/event-target.js";
import { PerformanceMark, makeMeasure } from "outwit:performance/entries.js";
import { addEntry, allEntries, clearEntries, findEntries, timeOfMark } from "outwit:performance/observer.js";

/** What only documents have a time for. */
const OF_DOCUMENTS = {
  __proto__: null, navigationStart: 0, unloadEventStart: 0, unloadEventEnd: 0, redirectStart: 0, redirectEnd: 0, fetchStart: 0, domainLookupStart: 0,
  domainLookupEnd: 0, connectStart: 0, connectEnd: 0, secureConnectionStart: 0, requestStart: 0, responseStart: 0, responseEnd: 0, domLoading: 0,
  domInteractive: 0, domContentLoadedEventStart: 0, domContentLoadedEventEnd: 0, domComplete: 0, loadEventStart: 0, loadEventEnd: 0,
};

/** When a mark was made, or the time that stands in its place. */
function timeOf(mark) {
  if (typeof mark === "string") {
    if (mark in OF_DOCUMENTS) throw wrongType("Performance.measure", `there is no document that '${mark}' could be of`);
    return timeOfMark(mark);
  }
  if (mark < 0) throw wrongType("Performance.measure", "a time is negative");
  return mark;
}

class Performance extends EventTarget {
  #isPerformance = true;

  constructor(key = undefined) {
    internalOnly(key);
    super();
  }

  get timeOrigin() {
    if (!(#isPerformance in this)) throw illegalInvocation();
    return timeOrigin();
  }

  now() {
    if (!(#isPerformance in this)) throw illegalInvocation();
    return now();
  }

  toJSON() {
    if (!(#isPerformance in this)) throw illegalInvocation();
    return { timeOrigin: timeOrigin() };
  }

  mark(markName, markOptions = undefined) {
    if (!(#isPerformance in this)) throw illegalInvocation();
    if (arguments.length === 0) required(0, 1, "Performance.mark");
    const mark = new PerformanceMark(markName, markOptions);
    addEntry(mark);
    return mark;
  }

  measure(measureName, startOrMeasureOptions = undefined, endMark = undefined) {
    if (!(#isPerformance in this)) throw illegalInvocation();
    if (arguments.length === 0) required(0, 1, "Performance.measure");
    const name = domString(measureName, "Performance.measure: measureName");
    const measure = makeMeasure(name, startOrMeasureOptions, endMark, timeOf);
    addEntry(measure);
    return measure;
  }

  clearMarks(markName = undefined) {
    if (!(#isPerformance in this)) throw illegalInvocation();
    clearEntries("mark", markName === undefined ? undefined : domString(markName, "Performance.clearMarks: markName"));
  }

  clearMeasures(measureName = undefined) {
    if (!(#isPerformance in this)) throw illegalInvocation();
    const what = "Performance.clearMeasures: measureName";
    clearEntries("measure", measureName === undefined ? undefined : domString(measureName, what));
  }

  getEntries() {
    if (!(#isPerformance in this)) throw illegalInvocation();
    return slice(allEntries());
  }

  getEntriesByType(type) {
    if (!(#isPerformance in this)) throw illegalInvocation();
    if (arguments.length === 0) required(0, 1, "Performance.getEntriesByType");
    return findEntries(allEntries(), undefined, domString(type, "Performance.getEntriesByType: type"));
  }

  getEntriesByName(name, type = undefined) {
    if (!(#isPerformance in this)) throw illegalInvocation();
    if (arguments.length === 0) required(0, 1, "Performance.getEntriesByName");
    name = domString(name, "Performance.getEntriesByName: name");
    type = type === undefined ? undefined : domString(type, "Performance.getEntriesByName: type");
    return findEntries(allEntries(), name, type);
  }
}
defineInterface(Performance);

export const performance = new Performance(INTERNAL);
defineAttribute("performance", () => performance, { isReplaceable: true });

export { Performance };
