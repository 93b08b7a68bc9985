// `PerformanceObserver`, and the entries that there are: Performance Timeline (W3C).
// https://w3c.github.io/performance-timeline/#the-performanceobserver-interface

import { queueTask } from "outwit:engine/tasks";
import {
  apply, filter, freeze, indexOf, push, slice, splice,
} from "outwit:webidl/primordials.js";
import { boolean, callback, dictionary, domString, sequence } from "outwit:webidl/convert.js";
import { wrongType } from "outwit:webidl/errors.js";
import { INTERNAL, defineInterface, illegalInvocation, internalOnly, required } from "outwit:webidl/interface.js";
import { DOMException } from "outwit:dom/exception.js";
import { reportException } from "outwit:dom/report.js";
import { entryOf } from "outwit:performance/entries.js";

const TYPES = freeze(["mark", "measure"]);

/** How many entries of each type are kept. Observers see those beyond; nobody else does. */
const MAX_ENTRIES = 10000;

/** All entries in the order of their start times. */
let entries = [];
const dropped = { __proto__: null, mark: 0, measure: 0 };
const observers = [];
let isScheduled = false;

/** The place behind all that start no later. */
function place(list, start) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entryOf(list[middle]).start <= start) low = middle + 1;
    else high = middle;
  }
  return low;
}

const insert = (list, entry) => splice(list, place(list, entryOf(entry).start), 0, entry);

/** Adds an entry to the timeline and shows it to those who observe its type. */
export function addEntry(entry) {
  const { type } = entryOf(entry);
  for (let i = 0; i < observers.length; i++) observers[i].see(entry, type);
  if (entries.length < MAX_ENTRIES) insert(entries, entry);
  else dropped[type]++;
}

/** Removes the entries of a type, or of them those of a name. */
export function clearEntries(type, name) {
  entries = filter(entries, (entry) => {
    const fields = entryOf(entry);
    return fields.type !== type || (name !== undefined && fields.name !== name);
  });
}

/** The entries of a name and a type, where these are given. */
export function findEntries(list, name, type) {
  return filter(list, (entry) => {
    const fields = entryOf(entry);
    return (name === undefined || fields.name === name) && (type === undefined || fields.type === type);
  });
}

export const allEntries = () => entries;

/** When the latest mark of a name was made. */
export function timeOfMark(name) {
  for (let i = entries.length - 1; i >= 0; i--) {
    const fields = entryOf(entries[i]);
    if (fields.type === "mark" && fields.name === name) return fields.start;
  }
  throw new DOMException(`There is no mark '${name}'`, "SyntaxError");
}

function schedule() {
  if (isScheduled) return;
  isScheduled = true;
  queueTask(() => {
    isScheduled = false;
    const all = slice(observers);
    for (let i = 0; i < all.length; i++) all[i].notify();
  });
}

class PerformanceObserverEntryList {
  #entries;

  constructor(key = undefined, list = undefined) {
    internalOnly(key);
    this.#entries = list;
  }

  getEntries() {
    if (!(#entries in this)) throw illegalInvocation();
    return slice(this.#entries);
  }

  getEntriesByType(type) {
    if (!(#entries in this)) throw illegalInvocation();
    const what = "PerformanceObserverEntryList.getEntriesByType";
    if (arguments.length === 0) required(0, 1, what);
    return findEntries(this.#entries, undefined, domString(type, `${what}: type`));
  }

  getEntriesByName(name, type = undefined) {
    if (!(#entries in this)) throw illegalInvocation();
    const what = "PerformanceObserverEntryList.getEntriesByName";
    if (arguments.length === 0) required(0, 1, what);
    name = domString(name, `${what}: name`);
    return findEntries(this.#entries, name, type === undefined ? undefined : domString(type, `${what}: type`));
  }
}
defineInterface(PerformanceObserverEntryList);

const observeOptions = dictionary("PerformanceObserverInit", {
  entryTypes: { type: sequence(domString) },
  type: { type: domString },
  buffered: { type: boolean },
});

class PerformanceObserver {
  #callback;
  #buffer = [];
  #types = [];
  /** Whether it was told several types at once, or one at a time. */
  #mode = undefined;
  #needsDropped = true;
  /** What `observers` has of it. */
  #registered = {
    see: (entry, type) => {
      if (indexOf(this.#types, type) < 0) return;
      push(this.#buffer, entry);
      schedule();
    },
    notify: () => this.#notify(),
  };

  constructor(observe) {
    if (arguments.length === 0) required(0, 1, "PerformanceObserver");
    this.#callback = callback(observe, "PerformanceObserver: callback");
  }

  static get supportedEntryTypes() {
    return TYPES;
  }

  #notify() {
    const buffer = this.#buffer;
    if (buffer.length === 0) return;
    this.#buffer = [];
    const options = {};
    if (this.#needsDropped) {
      this.#needsDropped = false;
      options.droppedEntriesCount = 0;
      for (let i = 0; i < this.#types.length; i++) options.droppedEntriesCount += dropped[this.#types[i]];
    }
    const list = [];
    for (let i = 0; i < buffer.length; i++) insert(list, buffer[i]);
    try {
      apply(this.#callback, this, [new PerformanceObserverEntryList(INTERNAL, list), this, options]);
    } catch (error) {
      reportException(error);
    }
  }

  observe(options = undefined) {
    if (!(#callback in this)) throw illegalInvocation();
    const what = "PerformanceObserver.observe: options";
    const { entryTypes, type, buffered } = observeOptions(options, what);
    if (entryTypes === undefined && type === undefined) throw wrongType(what, "neither entryTypes nor type");
    if (entryTypes !== undefined && (type !== undefined || buffered !== undefined)) {
      throw wrongType(what, "entryTypes goes with nothing else");
    }
    const mode = entryTypes !== undefined ? "several" : "one";
    if (this.#mode !== undefined && this.#mode !== mode) {
      throw new DOMException("PerformanceObserver.observe: it was told its types in another way", "InvalidModificationError");
    }
    this.#mode = mode;
    this.#needsDropped = true;
    if (mode === "several") {
      const known = filter(entryTypes, (name) => indexOf(TYPES, name) >= 0);
      if (known.length === 0) return;
      this.#types = known;
    } else {
      if (indexOf(TYPES, type) < 0) return;
      if (indexOf(this.#types, type) < 0) push(this.#types, type);
      if (buffered) {
        const before = findEntries(entries, undefined, type);
        for (let i = 0; i < before.length; i++) push(this.#buffer, before[i]);
        if (before.length > 0) schedule();
      }
    }
    if (indexOf(observers, this.#registered) < 0) push(observers, this.#registered);
  }

  disconnect() {
    if (!(#callback in this)) throw illegalInvocation();
    const at = indexOf(observers, this.#registered);
    if (at >= 0) splice(observers, at, 1);
    this.#buffer = [];
    this.#types = [];
    this.#mode = undefined;
  }

  takeRecords() {
    if (!(#callback in this)) throw illegalInvocation();
    const records = this.#buffer;
    this.#buffer = [];
    return records;
  }
}
defineInterface(PerformanceObserver);

export { PerformanceObserver, PerformanceObserverEntryList };
