// Answers every function of `test:types/forward-async` by awaiting its namesake in `echo-async`.
import * as echoAsync from 'test:types/echo-async';

export const forwardAsync = {
  laterU64: async (v) => await echoAsync.laterU64(v),
  laterString: async (v) => await echoAsync.laterString(v),
  laterBytes: async (v) => await echoAsync.laterBytes(v),
  laterLine: (v) => echoAsync.laterLine(v),
  laterShape: (v) => echoAsync.laterShape(v),
  laterResult: (v) => echoAsync.laterResult(v),
  laterMany: (...values) => echoAsync.laterMany(...values),
  laterNothing: () => echoAsync.laterNothing(),
};
