// Attacks by another plugin, and would rather not be noticed.

import * as evil from 'evil:plugin/attacks';

let calls = 0;

export const attacks = {
  attack(how) {
    try {
      evil.attack(how);
    } catch {}
  },
  bytes(length) {
    return evil.bytes(length);
  },
  count() {
    return ++calls;
  },
};
