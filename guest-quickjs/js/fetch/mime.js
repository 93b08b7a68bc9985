// MIME types of headers, as the engine has them: an array of the essence, and of the names and values of the parameters in turn.
// https://mimesniff.spec.whatwg.org/#understanding-mime-types

import { extract } from "outwit:engine/mime";
import { getHeader } from "outwit:fetch/headers.js";

export { parse as parseMime, serialize as serializeMime } from "outwit:engine/mime";

/** The essence of a MIME type, such as `text/html`. */
export const essenceOf = (mime) => mime[0];

/** The value of a parameter, or `undefined`. */
export function parameterOf(mime, name) {
  for (let i = 1; i < mime.length; i += 2) if (mime[i] === name) return mime[i + 1];
  return undefined;
}

/** The MIME type that all values of Content-Type give, or `null`. */
export function extractMime(list) {
  const values = getHeader(list, "content-type");
  return values === null ? null : extract(values);
}
