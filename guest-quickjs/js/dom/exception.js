// `DOMException` and `QuotaExceededError`: Web IDL (WHATWG).
// https://webidl.spec.whatwg.org/#idl-DOMException
//
// Both are errors of the language as well: they have a stack, and are shown and reported as errors are.

import { Error, RangeError, construct, defineProperty, setPrototypeOf } from "outwit:webidl/primordials.js";
import { dictionary, domString, double } from "outwit:webidl/convert.js";
import { defineInterface, slot } from "outwit:webidl/interface.js";
import { defineSerializable } from "outwit:webidl/platform.js";

const { captureStackTrace } = Error;

/** The names that have a code, by code. */
const NAMES = [
  "", "IndexSizeError", "", "HierarchyRequestError", "WrongDocumentError", "InvalidCharacterError", "", "NoModificationAllowedError", "NotFoundError",
  "NotSupportedError", "InUseAttributeError", "InvalidStateError", "SyntaxError", "InvalidModificationError", "NamespaceError", "InvalidAccessError", "",
  "TypeMismatchError", "SecurityError", "NetworkError", "AbortError", "URLMismatchError", "QuotaExceededError", "TimeoutError",
  "InvalidNodeTypeError", "DataCloneError",
];

const CONSTANTS = [
  "", "INDEX_SIZE_ERR", "DOMSTRING_SIZE_ERR", "HIERARCHY_REQUEST_ERR", "WRONG_DOCUMENT_ERR", "INVALID_CHARACTER_ERR", "NO_DATA_ALLOWED_ERR",
  "NO_MODIFICATION_ALLOWED_ERR", "NOT_FOUND_ERR", "NOT_SUPPORTED_ERR", "INUSE_ATTRIBUTE_ERR", "INVALID_STATE_ERR", "SYNTAX_ERR",
  "INVALID_MODIFICATION_ERR", "NAMESPACE_ERR", "INVALID_ACCESS_ERR", "VALIDATION_ERR", "TYPE_MISMATCH_ERR", "SECURITY_ERR", "NETWORK_ERR",
  "ABORT_ERR", "URL_MISMATCH_ERR", "QUOTA_EXCEEDED_ERR", "TIMEOUT_ERR", "INVALID_NODE_TYPE_ERR", "DATA_CLONE_ERR",
];

const CODES = { __proto__: null };
for (let code = 1; code < NAMES.length; code++) if (NAMES[code] !== "") CODES[NAMES[code]] = code;
const Fields = slot();

class DOMException {
  constructor(message = "", name = "Error") {
    message = domString(message, "DOMException: message");
    name = domString(name, "DOMException: name");
    const error = construct(Error, [], new.target);
    captureStackTrace(error, new.target);
    new Fields(error, { message, name, code: CODES[name] ?? 0 });
    return error;
  }

  get name() {
    return Fields.get(this).name;
  }

  get message() {
    return Fields.get(this).message;
  }

  get code() {
    return Fields.get(this).code;
  }
}
setPrototypeOf(DOMException.prototype, Error.prototype);

const constants = {};
for (let code = 1; code < CONSTANTS.length; code++) constants[CONSTANTS[code]] = code;
defineInterface(DOMException, { constants });

const quotaOptions = dictionary("QuotaExceededErrorOptions", { quota: { type: double }, requested: { type: double } });

const Quota = slot();

class QuotaExceededError extends DOMException {
  constructor(message = "", options = {}) {
    message = domString(message, "QuotaExceededError: message");
    const { quota = null, requested = null } = quotaOptions(options, "QuotaExceededError: options");
    if (quota !== null && quota < 0) throw new RangeError("QuotaExceededError: options.quota: it is negative");
    if (requested !== null && requested < 0) throw new RangeError("QuotaExceededError: options.requested: it is negative");
    if (quota !== null && requested !== null && requested < quota) {
      throw new RangeError("QuotaExceededError: options.requested: it is less than the quota");
    }
    super(message, "QuotaExceededError");
    new Quota(this, { quota, requested });
  }

  get quota() {
    return Quota.get(this).quota;
  }

  get requested() {
    return Quota.get(this).requested;
  }
}
defineInterface(QuotaExceededError);

/** Whether this is a DOMException. */
export const isDOMException = (value) => Fields.has(value);

const isQuotaExceeded = (value) => Quota.has(value);
const setStack = (error, value) =>
  defineProperty(error, "stack", { __proto__: null, value, writable: true, enumerable: false, configurable: true });

defineSerializable(DOMException, "outwit:dom/exception.js#DOMException", {
  is: isDOMException,
  write: (error) => [Fields.get(error).message, Fields.get(error).name, error.stack],
  read({ 0: message, 1: name, 2: stack }) {
    const error = new DOMException(message, name);
    setStack(error, stack);
    return error;
  },
});
defineSerializable(QuotaExceededError, "outwit:dom/exception.js#QuotaExceededError", {
  is: isQuotaExceeded,
  write: (error) => [Fields.get(error).message, Quota.get(error), error.stack],
  read({ 0: message, 1: { quota, requested }, 2: stack }) {
    const error = new QuotaExceededError(message, { quota: quota ?? undefined, requested: requested ?? undefined });
    setStack(error, stack);
    return error;
  },
});

export { DOMException, QuotaExceededError };
