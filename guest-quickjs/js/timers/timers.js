// `setTimeout`, `setInterval`, `clearTimeout`, `clearInterval`: the timers section of HTML (WHATWG),
// over outwit:timers/scheduler.
// https://html.spec.whatwg.org/multipage/timers-and-user-prompts.html#timers
//
// Timers belong to the call of the plugin that set them: it lives until they have fired or been cleared.
// Each such call waits once, for its earliest timer. A timer set outside an asynchronous call
// belongs to the next one.

import { now, waitUntil } from "outwit:timers/scheduler";
import { define } from "outwit:engine/globals";
import { cancel, currentTask, queueTask, whenIdle } from "outwit:engine/tasks";

const { Map, Number, Promise, TypeError, String } = globalThis;
const { apply } = Reflect;
const uncurry = (f) => Function.prototype.call.bind(f);
const mapGet = uncurry(Map.prototype.get);
const mapSet = uncurry(Map.prototype.set);
const mapDelete = uncurry(Map.prototype.delete);
const then = uncurry(Promise.prototype.then);
const splice = uncurry(Array.prototype.splice);
const globalEval = eval;

/** The longest delay there is; what is longer counts as none, as in browsers. */
const MAX_DELAY = 2 ** 31 - 1;
/** Timers set by timers set by timers … wait at least this long from this depth on. */
const NESTING_LIMIT = 5;
const NESTED_MINIMUM = 4;

/** All timers, by their ids. */
const timers = new Map();
/** Per call: its timers, earliest first, and its wait. */
const queues = new Map();
let lastId = 0;
let nesting = 0;

function queueOf(task) {
  let queue = mapGet(queues, task);
  if (queue === undefined) {
    queue = { task, timers: [], wait: undefined, when: Infinity };
    mapSet(queues, task, queue);
  }
  return queue;
}

/** Puts a timer behind those that are due no later. */
function insert(timer) {
  const { timers } = timer.queue;
  let low = 0;
  let high = timers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timers[middle].when <= timer.when) low = middle + 1;
    else high = middle;
  }
  splice(timers, low, 0, timer);
}

/** Waits for the earliest timer of a queue, and for nothing else. */
function schedule(queue) {
  const earliest = queue.timers.length > 0 ? queue.timers[0].when : Infinity;
  if (queue.wait !== undefined) {
    if (queue.when === earliest) return;
    cancel(queue.wait);
    queue.wait = undefined;
  }
  queue.when = earliest;
  if (earliest === Infinity) {
    mapDelete(queues, queue.task);
    return;
  }
  const wait = waitUntil(earliest);
  queue.wait = wait;
  then(
    wait,
    () => {
      if (queue.wait !== wait) return;
      queue.wait = undefined;
      fire(queue);
    },
    (error) => {
      if (queue.wait !== wait) return;
      // the call that the timers belong to was cancelled, or there is no clock
      queue.wait = undefined;
      for (let i = 0; i < queue.timers.length; i++) mapDelete(timers, queue.timers[i].id);
      queue.timers = [];
      schedule(queue);
      throw error;
    },
  );
}

/** Runs what is due, each as a task of its own: microtasks run in between. */
function fire(queue) {
  const time = now();
  while (queue.timers.length > 0 && queue.timers[0].when <= time) {
    const timer = splice(queue.timers, 0, 1)[0];
    queueTask(() => run(timer));
  }
  schedule(queue);
}

/** Calls back. What the callback throws is reported by the engine; other timers still fire. */
function run(timer) {
  // another callback may have cleared it
  if (mapGet(timers, timer.id) !== timer) return;
  if (timer.interval === undefined) mapDelete(timers, timer.id);
  nesting = timer.nesting;
  try {
    if (typeof timer.handler === "function") apply(timer.handler, globalThis, timer.arguments);
    else globalEval(timer.handler);
  } finally {
    nesting = 0;
    if (timer.interval !== undefined && mapGet(timers, timer.id) === timer) {
      timer.nesting++;
      start(timer, timer.interval);
      // its call may be over, with its queue
      mapSet(queues, timer.queue.task, timer.queue);
      schedule(timer.queue);
    }
  }
}

function start(timer, delay) {
  if (timer.nesting > NESTING_LIMIT && delay < NESTED_MINIMUM) delay = NESTED_MINIMUM;
  timer.when = now() + delay;
  insert(timer);
}

function set(name, isInterval, given, handler, delay, args) {
  if (given === 0) throw new TypeError(`${name}: 1 argument required, 0 given`);
  if (typeof handler !== "function") handler = String(handler);
  // `long` of Web IDL, and negative delays are none
  delay = Number(delay) | 0;
  if (delay < 0 || delay > MAX_DELAY) delay = 0;
  const task = currentTask();
  const queue = queueOf(task);
  const id = ++lastId;
  const timer = {
    id,
    handler,
    arguments: args,
    interval: isInterval ? delay : undefined,
    nesting: nesting + 1,
    queue,
    when: 0,
    isKept: true,
  };
  start(timer, delay);
  mapSet(timers, id, timer);
  schedule(queue);
  return id;
}

function clear(id) {
  id = Number(id) | 0;
  const timer = mapGet(timers, id);
  if (timer === undefined) return;
  mapDelete(timers, id);
  const { queue } = timer;
  for (let i = 0; i < queue.timers.length; i++) {
    if (queue.timers[i] === timer) {
      splice(queue.timers, i, 1);
      schedule(queue);
      return;
    }
  }
}

const functions = {
  setTimeout(handler, delay = 0, ...args) {
    return set("setTimeout", false, arguments.length, handler, delay, args);
  },
  setInterval(handler, delay = 0, ...args) {
    return set("setInterval", true, arguments.length, handler, delay, args);
  },
  clearTimeout(id = 0) {
    clear(id);
  },
  clearInterval(id = 0) {
    clear(id);
  },
};

/** Calls back after some milliseconds, however many; not if the call of the plugin has nothing else to do until then. */
export function runAfter(milliseconds, callback) {
  if (milliseconds <= MAX_DELAY) add(milliseconds, callback);
  else add(MAX_DELAY, () => runAfter(milliseconds - MAX_DELAY, callback));
}

function add(delay, handler) {
  whenIdle(letGo);
  const queue = queueOf(currentTask());
  const timer = {
    id: ++lastId, handler, arguments: [], interval: undefined, nesting: 0, queue, when: 0, isKept: false,
  };
  start(timer, delay);
  mapSet(timers, timer.id, timer);
  schedule(queue);
}

/** Forgets the timers of a call that has returned and has nothing left but one wait, if nobody needs them. */
function letGo(task) {
  const queue = mapGet(queues, task);
  if (queue === undefined || queue.wait === undefined) return;
  for (let i = 0; i < queue.timers.length; i++) if (queue.timers[i].isKept) return;
  for (let i = 0; i < queue.timers.length; i++) mapDelete(timers, queue.timers[i].id);
  queue.timers = [];
  schedule(queue);
}

export const { setTimeout, setInterval, clearTimeout, clearInterval } = functions;

define("setTimeout", setTimeout, true);
define("setInterval", setInterval, true);
define("clearTimeout", clearTimeout, true);
define("clearInterval", clearInterval, true);
