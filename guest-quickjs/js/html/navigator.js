// `navigator`: HTML (WHATWG), as far as the Minimum Common Web API has it.
// https://html.spec.whatwg.org/multipage/system-state.html#the-navigator-object

import { hasInterface, require } from "outwit:engine/modules";
import { INTERNAL, defineAttribute, defineInterface, illegalInvocation, internalOnly } from "outwit:webidl/interface.js";

class Navigator {
  #isNavigator = true;

  constructor(key = undefined) {
    internalOnly(key);
  }

  get userAgent() {
    if (!(#isNavigator in this)) throw illegalInvocation();
    return "Outwit";
  }

  get locks() {
    if (!(#isNavigator in this)) throw illegalInvocation();
    return require("outwit:locks/locks.js").locks;
  }
}
if (!hasInterface("outwit:locks/manager")) delete Navigator.prototype.locks;
defineInterface(Navigator);

export const navigator = new Navigator(INTERNAL);
defineAttribute("navigator", () => navigator);

export { Navigator };
