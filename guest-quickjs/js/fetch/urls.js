// What Request, Response and `fetch` need of URLs.

import { uncurry } from "outwit:webidl/primordials.js";
import { URL, URLSearchParams, isURLSearchParams } from "outwit:url/url.js";

const { parse } = URL;

/** The URL, or `null`. A plugin has no place of its own that it could be relative to; whoever gives it a `location` gives it one. */
export const parseUrl = (text) => parse(text, globalThis.location?.href);

/** The URL that this is at another one, or `null`. */
export const parseUrlIn = (text, base) => parse(text, base);

/** What a URLSearchParams is as text. */
export const serializeSearchParams = uncurry(URLSearchParams.prototype.toString);

export { isURLSearchParams };
