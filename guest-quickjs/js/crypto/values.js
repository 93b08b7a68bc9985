// What Web Cryptography needs beside the conversions of Web IDL: copies of bytes, and the host's errors.

import { DOMException } from "outwit:dom/exception.js";
import {
  Uint8Array, bufferByteLength, bufferDetached, bufferSlice, dataViewBuffer, dataViewByteLength, dataViewByteOffset, isView,
  setBytes, typedArrayBuffer, typedArrayByteLength, typedArrayByteOffset, typedArrayName,
} from "outwit:webidl/primordials.js";

/** A copy of the bytes of a buffer source; none if its buffer is detached. */
export function bytesOf(source) {
  let buffer = source;
  let offset = 0;
  let length;
  if (isView(source)) {
    const isDataView = typedArrayName(source) === undefined;
    buffer = isDataView ? dataViewBuffer(source) : typedArrayBuffer(source);
    if (bufferDetached(buffer)) return new Uint8Array(0);
    offset = isDataView ? dataViewByteOffset(source) : typedArrayByteOffset(source);
    length = isDataView ? dataViewByteLength(source) : typedArrayByteLength(source);
  } else {
    if (bufferDetached(buffer)) return new Uint8Array(0);
    length = bufferByteLength(source);
  }
  const bytes = new Uint8Array(length);
  if (length > 0) setBytes(bytes, new Uint8Array(buffer, offset, length));
  return bytes;
}

/** An ArrayBuffer of these bytes, which nobody else has. */
export function bufferOf(bytes) {
  const buffer = typedArrayBuffer(bytes);
  const length = typedArrayByteLength(bytes);
  if (bufferByteLength(buffer) === length) return buffer;
  const offset = typedArrayByteOffset(bytes);
  return bufferSlice(buffer, offset, offset + length);
}

/** The error of the specification for one of the host's. */
export function translated(error) {
  const payload = error?.payload;
  switch (payload?.tag) {
    case "not-supported":
      return new DOMException(payload.val, "NotSupportedError");
    case "invalid-usages":
      return new DOMException(payload.val, "SyntaxError");
    case "invalid-access":
      return new DOMException(payload.val, "InvalidAccessError");
    case "invalid-data":
      return new DOMException(payload.val, "DataError");
    case "failed":
    case "quota-exceeded":
    case "other":
      return new DOMException(payload.val, "OperationError");
    case "not-allowed":
      return new DOMException("The plugin may not use cryptography with keys", "NotAllowedError");
    default:
      return error;
  }
}
