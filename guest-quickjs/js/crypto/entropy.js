// Randomness, for worlds that import outwit:crypto/entropy.

import { getRandomBytes } from "outwit:crypto/entropy";
import { DOMException, QuotaExceededError } from "outwit:dom/exception.js";

/** Asks the host, and turns its errors into those of the specification. */
export function randomBytes(length) {
  try {
    return getRandomBytes(length);
  } catch (error) {
    const payload = error?.payload;
    switch (payload?.tag) {
      case "quota-exceeded":
        throw new QuotaExceededError(`The host gives at most ${payload.val} random bytes a call`, {
          quota: payload.val,
          requested: length,
        });
      case "not-allowed":
        throw new DOMException("The plugin may not have randomness", "NotAllowedError");
      case "other":
        throw new DOMException(payload.val, "OperationError");
      default:
        throw error;
    }
  }
}
