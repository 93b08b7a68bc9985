// The errors of the Web IDL layer, in one style: `Headers.append: name: …`.

import { TypeError } from "outwit:webidl/primordials.js";

/** What an operation, attribute or constructor throws when `this` is not of its interface. */
export const illegalInvocation = () => new TypeError("Illegal invocation");

/** What a constructor throws that code of the plugin may not call. */
export const illegalConstructor = () => new TypeError("Illegal constructor");

/** What a value of the wrong type gets: `what` names it, such as "Headers.append: name". */
export const wrongType = (what, wanted) => new TypeError(`${what}: ${wanted}`);

/** Throws unless enough arguments are given: `required(arguments.length, 2, "Headers.append")`. */
export function required(given, wanted, what) {
  if (given < wanted) {
    throw new TypeError(`${what}: ${wanted} argument${wanted === 1 ? "" : "s"} required, ${given} given`);
  }
}
