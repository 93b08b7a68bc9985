// What the global object has as an event target, and `reportError`: HTML (WHATWG).
// https://html.spec.whatwg.org/multipage/webappapis.html#reporting-errors

import { defineAccessor } from "outwit:engine/globals";
import { EventTarget, handlerAttribute } from "outwit:dom/event-target.js";
import { reportException } from "outwit:dom/report.js";
import { defineFunctions, required } from "outwit:webidl/interface.js";

const { addEventListener, removeEventListener, dispatchEvent } = EventTarget.prototype;

const functions = {
  addEventListener,
  removeEventListener,
  dispatchEvent,

  reportError(error) {
    if (arguments.length === 0) required(0, 1, "reportError");
    reportException(error);
  },
};
defineFunctions(functions);

const handlers = {
  onerror: handlerAttribute("error", { isErrorHandler: true }),
  onunhandledrejection: handlerAttribute("unhandledrejection"),
  onrejectionhandled: handlerAttribute("rejectionhandled"),
};
defineAccessor("onerror", handlers.onerror.get, handlers.onerror.set);
defineAccessor("onunhandledrejection", handlers.onunhandledrejection.get, handlers.onunhandledrejection.set);
defineAccessor("onrejectionhandled", handlers.onrejectionhandled.get, handlers.onrejectionhandled.set);

export const { reportError } = functions;
