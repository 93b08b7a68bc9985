// Reporting exceptions that no code of the plugin catches: HTML (WHATWG).
// https://html.spec.whatwg.org/multipage/webappapis.html#report-the-exception

import { queueTask } from "outwit:engine/tasks";
import { String, exec } from "outwit:webidl/primordials.js";
import { dispatch, hasListeners } from "outwit:dom/event-target.js";
import { ErrorEvent } from "outwit:dom/events.js";

let isReporting = false;

/**
 * Fires `error` at the global object. Where nobody cancels that, the exception is an error of the call of the plugin that is running, as is what a callback
 * throws.
 */
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
  queueTask(() => {
    throw error;
  });
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
  const [, filename = "", lineno = 0, colno = 0] = place ?? [];
  return { message, filename, lineno: +lineno, colno: +colno, error };
}
