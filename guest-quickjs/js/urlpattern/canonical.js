// Components of URLs in their canonical form. https://urlpattern.spec.whatwg.org/#canon-encoding-callbacks

import { change, parse } from "outwit:engine/url";
import { TypeError, encodeURIComponent, replace, sliceText, test, toLowerCase } from "outwit:webidl/primordials.js";

/** The special schemes, and the ports they stand for. */
export const SPECIAL = { __proto__: null, http: "80", https: "443", ws: "80", wss: "443", ftp: "21", file: "" };

const USERNAME = 1;
const PASSWORD = 2;
const HOSTNAME = 4;
const PORT = 5;
const PATHNAME = 6;
const SEARCH = 7;
const HASH = 8;

function invalid(part, value) {
  return new TypeError(`URLPattern: ${part}: '${value}' cannot be in a URL`);
}

/** Changes a part of a URL; gives what is between two places then. */
function changed(href, part, value, from, to, name) {
  const parts = change(href, part, value);
  if (parts === undefined) throw invalid(name, value);
  return sliceText(parts[0], parts[from], parts[to]);
}

const DUMMY = "https://dummy.invalid/";
/** A URL of a scheme that nobody knows. */
const OTHER = "dummy://dummy.invalid/";

export function protocol(value) {
  if (value === "") return "";
  const parts = parse(`${value}://dummy.invalid`, undefined);
  if (parts === undefined) throw invalid("protocol", value);
  return sliceText(parts[0], 0, parts[1] - 1);
}

export const username = (value) => changed(DUMMY, USERNAME, value, 8, 2, "username");
export const password = (value) => changed(DUMMY, PASSWORD, value, 9, 3, "password");

export const hostname = (value) => (value === "" ? "" : changed(OTHER, HOSTNAME, value, 10, 4, "hostname"));
export const domain = (value) => (value === "" ? "" : changed(DUMMY, HOSTNAME, value, 10, 4, "hostname"));

const IPV6 = /^[0-9a-fA-F[\]:]*$/;
export function ipv6(value) {
  if (!test(IPV6, value)) throw invalid("hostname", value);
  return toLowerCase(value);
}

/** The digits it begins with. */
export function port(value, scheme = "") {
  if (value === "") return "";
  const href = SPECIAL[scheme] ? `${scheme}://dummy.invalid/` : OTHER;
  return sliceText(changed(href, PORT, value, 4, 5, "port"), 1);
}

export function pathname(value) {
  if (value === "") return "";
  if (value[0] === "/") return changed(DUMMY, PATHNAME, value, 11, 6, "pathname");
  return sliceText(changed(DUMMY, PATHNAME, `/-${value}`, 11, 6, "pathname"), 2);
}

const UNSAFE = /[^\x20-\x7e]/gu;
const BREAKS = /[\t\n\r]/g;
export const opaquePathname = (value) => replace(replace(value, BREAKS, ""), UNSAFE, (c) => encodeURIComponent(c));

// `?` and `#` alone would be taken for the delimiter
export const search = (value) => (value === "" ? "" : sliceText(changed(OTHER, SEARCH, `?${value}`, 6, 7, "search"), 1));
export const hash = (value) => (value === "" ? "" : sliceText(changed(OTHER, HASH, `#${value}`, 7, undefined, "hash"), 1));
