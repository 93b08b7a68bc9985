// Errors and rejections that no code of the plugin catches: HTML (WHATWG).
// https://html.spec.whatwg.org/multipage/webappapis.html#runtime-script-errors
//
// What nobody prevents is an error of the call of the plugin that is running.

import { fail, forgive, isUnhandled, listen } from "outwit:engine/errors";
import { queueTask } from "outwit:engine/tasks";
import { String, WeakSet, exec, uncurry } from "outwit:webidl/primordials.js";
import { dispatch, hasListeners } from "outwit:dom/event-target.js";
import { ErrorEvent, PromiseRejectionEvent } from "outwit:dom/events.js";

const add = uncurry(WeakSet.prototype.add);
const remove = uncurry(WeakSet.prototype.delete);

let isReporting = false;

/** Fires `error` at the global object; what nobody cancels fails the call. */
export function reportException(error) {
  // what a listener for errors throws is not told to listeners for errors
  if (!isReporting && hasListeners(undefined, "error")) {
    isReporting = true;
    try {
      if (!dispatch(undefined, new ErrorEvent("error", { cancelable: true, ...describe(error) }))) return;
    } finally {
      isReporting = false;
    }
  }
  fail(error);
}

/** What an `ErrorEvent` says of something thrown. */
function describe(error) {
  let message = "";
  let place;
  try {
    message = `Uncaught ${String(error)}`;
    place = exec(/^\s*at (?:.*\()?(.*?):(\d+):(\d+)\)?$/m, String(error?.stack));
  } catch {
    // an error may have no string form
  }
  return { message, filename: place?.[1] ?? "", lineno: +(place?.[2] ?? 0), colno: +(place?.[3] ?? 0), error };
}

/** Those whose rejection a listener has prevented from failing the call. */
let outstanding;
let isListening = false;

/** From now on the global object hears of errors; called when it gets its first listener. */
export function listenForErrors() {
  if (isListening) return;
  isListening = true;
  outstanding = new WeakSet();
  listen(
    reportException,
    (promise, reason) => {
      if (!hasListeners(undefined, "unhandledrejection")) return;
      queueTask(() => {
        if (!isUnhandled(promise)) return;
        const event = new PromiseRejectionEvent("unhandledrejection", { cancelable: true, promise, reason });
        if (dispatch(undefined, event)) return;
        forgive(promise);
        add(outstanding, promise);
      });
    },
    (promise, reason) => {
      if (!remove(outstanding, promise)) return;
      queueTask(() => dispatch(undefined, new PromiseRejectionEvent("rejectionhandled", { promise, reason })));
    },
  );
}
