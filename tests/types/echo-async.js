// Answers every function of `test:types/echo-async` with the value it was given, a little later.
const later = async (v) => {
  await null;
  return v;
};

export const echoAsync = {
  laterU64: later,
  laterString: later,
  laterBytes: later,
  laterLine: later,
  laterShape: later,
  async laterResult(v) {
    await null;
    if (v.tag === 'ok') return v.val;
    throw new ComponentError(v.val);
  },
  laterMany: async (...values) => values,
  async laterNothing() {},
};
