// The bytes of what Web IDL calls a buffer source.

import {
  Uint8Array, dataViewByteLength, dataViewByteOffset, isView, typedArrayByteLength, typedArrayByteOffset, typedArrayName,
} from "outwit:webidl/primordials.js";
import { bufferOf, isDetached } from "outwit:webidl/convert.js";

/** A `Uint8Array` over the same bytes; of a detached buffer it is empty. */
export function bytesOf(source) {
  if (!isView(source)) return isDetached(source) ? new Uint8Array(0) : new Uint8Array(source);
  const buffer = bufferOf(source);
  if (isDetached(buffer)) return new Uint8Array(0);
  if (typedArrayName(source) === undefined) {
    return new Uint8Array(buffer, dataViewByteOffset(source), dataViewByteLength(source));
  }
  if (typedArrayName(source) === "Uint8Array") return source;
  return new Uint8Array(buffer, typedArrayByteOffset(source), typedArrayByteLength(source));
}
