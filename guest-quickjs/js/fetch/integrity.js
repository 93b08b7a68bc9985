// Subresource Integrity.
// https://w3c.github.io/webappsec-subresource-integrity/#does-response-match-metadatalist

import { exec, split } from "outwit:webidl/primordials.js";
import { digest } from "outwit:engine/digest";
import { encodeBytes } from "outwit:engine/base64";

const METADATA = /^(sha256|sha384|sha512)-([A-Za-z0-9+/_-]+={0,2})(?:\?.*)?$/;
const STRENGTH = { __proto__: null, sha256: 1, sha384: 2, sha512: 3 };

/** Whether bytes are what the metadata says. Only the strongest digests count; metadata without any says nothing. */
export function matchesIntegrity(bytes, metadata) {
  const items = split(metadata, /[\t\n\f\r ]+/);
  let strongest = 0;
  let matches = true;
  for (let i = 0; i < items.length; i++) {
    const found = exec(METADATA, items[i]);
    if (found === null) continue;
    const { 1: algorithm, 2: wanted } = found;
    const strength = STRENGTH[algorithm];
    if (strength < strongest) continue;
    if (strength > strongest) {
      strongest = strength;
      matches = false;
    }
    matches ||= same(encodeBytes(digest(algorithm, bytes)), wanted);
  }
  return matches;
}

/** Whether two texts are the same base64, padded or not, of either alphabet. */
function same(ours, theirs) {
  let at = 0;
  for (let i = 0; i < ours.length && ours[i] !== "="; i++) {
    const given = theirs[at++];
    if (given !== ours[i] && !(given === "-" && ours[i] === "+") && !(given === "_" && ours[i] === "/")) return false;
  }
  return at === theirs.length || theirs[at] === "=";
}
