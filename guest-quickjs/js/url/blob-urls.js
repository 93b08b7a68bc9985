// The store of blob URLs. https://w3c.github.io/FileAPI/#url

import { require } from "outwit:engine/modules";
import {
  Map, TypeError, floor, indexOfText, mapDelete, mapGet, mapSet, numberToString, sliceText,
} from "outwit:webidl/primordials.js";

const { random } = globalThis.Math;
const blobs = new Map();

/** So many hexadecimal digits. */
function digits(count) {
  let text = "";
  while (text.length < count) text += numberToString(floor(random() * 16), 16);
  return text;
}

/** A URL for a blob, as long as the instance lives or until it is revoked. */
export function createObjectURL(blob) {
  const { isBlob } = require("outwit:blob/blob.js");
  if (!isBlob(blob)) throw new TypeError("URL.createObjectURL: obj: not of type Blob");
  const id = `${digits(8)}-${digits(4)}-4${digits(3)}-${"89ab"[floor(random() * 4)]}${digits(3)}-${digits(12)}`;
  const url = `blob:${globalThis.location?.origin ?? "null"}/${id}`;
  mapSet(blobs, url, blob);
  return url;
}

/** Forgets a URL. */
export const revokeObjectURL = (url) => void mapDelete(blobs, url);

/** The blob of a URL, whatever its fragment, or `undefined`. */
export function blobOfUrl(url) {
  const hash = indexOfText(url, "#");
  return mapGet(blobs, hash < 0 ? url : sliceText(url, 0, hash));
}
