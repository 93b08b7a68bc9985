// `atob` and `btoa`: HTML (WHATWG).
// https://html.spec.whatwg.org/multipage/webappapis.html#atob

import { decode, encode } from "outwit:engine/base64";
import { DOMException } from "outwit:dom/exception.js";
import { domString } from "outwit:webidl/convert.js";
import { defineFunctions, required } from "outwit:webidl/interface.js";

const functions = {
  atob(data) {
    if (arguments.length === 0) required(0, 1, "atob");
    const bytes = decode(domString(data, "atob: data"));
    if (bytes === undefined) throw new DOMException("atob: the text is not Base64", "InvalidCharacterError");
    return bytes;
  },

  btoa(data) {
    if (arguments.length === 0) required(0, 1, "btoa");
    const text = encode(domString(data, "btoa: data"));
    if (text === undefined) {
      throw new DOMException("btoa: a character of the text is above U+00FF", "InvalidCharacterError");
    }
    return text;
  },
};
defineFunctions(functions);

export const { atob, btoa } = functions;
