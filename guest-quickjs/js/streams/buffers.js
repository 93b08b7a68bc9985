// Views of buffers, whatever a plugin has done to their prototypes.

import {
  DataView, Uint8Array, bufferDetached, dataViewBuffer, dataViewByteLength, dataViewByteOffset, setBytes, typedArrayByteLength,
  typedArrayByteOffset, typedArrayName,
} from "outwit:webidl/primordials.js";

const classes = { __proto__: null };
const NAMES = [
  "Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array", "Float16Array",
  "Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array",
];
for (let i = 0; i < NAMES.length; i++) {
  const View = globalThis[NAMES[i]];
  if (View !== undefined) classes[NAMES[i]] = { __proto__: null, View, elementSize: View.BYTES_PER_ELEMENT };
}
const dataView = { __proto__: null, View: DataView, elementSize: 1 };

/** The class of a view, and the size of its elements. */
export const constructorOf = (view) => classes[typedArrayName(view)] ?? dataView;

export const byteOffsetOf = (view) =>
  typedArrayName(view) === undefined ? dataViewByteOffset(view) : typedArrayByteOffset(view);

/** The length in bytes; that of a view whose buffer is detached is 0. */
export function byteLengthOf(view) {
  if (typedArrayName(view) !== undefined) return typedArrayByteLength(view);
  return bufferDetached(dataViewBuffer(view)) ? 0 : dataViewByteLength(view);
}

export function copyBytes(to, toOffset, from, fromOffset, count) {
  setBytes(new Uint8Array(to, toOffset, count), new Uint8Array(from, fromOffset, count));
}
