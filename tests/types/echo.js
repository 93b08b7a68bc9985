// Answers every function of `test:types/echo` with the value it was given.
const same = (v) => v;
// A `result` as the type of a function is a return or a throw.
const settle = (v) => {
  if (v.tag === 'ok') return v.val;
  throw new ComponentError(v.val);
};

export const echo = {
  echoBool: same,
  echoU8: same,
  echoS8: same,
  echoU16: same,
  echoS16: same,
  echoU32: same,
  echoS32: same,
  echoU64: same,
  echoS64: same,
  echoF32: same,
  echoF64: same,
  echoChar: same,
  echoString: same,
  echoBools: same,
  echoBytes: same,
  echoS16s: same,
  echoU32s: same,
  echoU64s: same,
  echoF32s: same,
  echoF64s: same,
  echoChars: same,
  echoStrings: same,
  echoLists: same,
  echoPoint: same,
  echoEmptyIsh: same,
  echoLine: same,
  echoLines: same,
  echoPair: same,
  echoMixed: same,
  echoShape: same,
  echoShapes: same,
  echoColour: same,
  echoPermissions: same,
  echoMany: same,
  echoOption: same,
  echoOptionString: same,
  echoNestedOption: same,
  echoResult: settle,
  echoResultNone: settle,
  echoResultOk: settle,
  echoResultErr: settle,
  echoResults: same,
  echoManyParams: (...values) => values,
  nothing() {},
};
