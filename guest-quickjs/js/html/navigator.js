// `navigator`: HTML (WHATWG), as far as the Minimum Common Web API has it.
// https://html.spec.whatwg.org/multipage/system-state.html#the-navigator-object

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
}
defineInterface(Navigator);

export const navigator = new Navigator(INTERNAL);
defineAttribute("navigator", () => navigator);

export { Navigator };
