// A plugin that does nothing but its work.

let calls = 0;

export const attacks = {
  attack() {},
  bytes() {
    return new Uint8Array();
  },
  count() {
    return ++calls;
  },
};

export const attacksLater = {
  async attackLater() {},
};
