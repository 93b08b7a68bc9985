export const fmt = {
  greet: (name) => `Hello, ${name}!`,
  add: (a, b) => a + b,
  sum(v) {
    let s = 0;
    for (let i = 0; i < v.length; i++) s += v[i];
    return s;
  },
  bytes: (b) => b.length,
  big: (v) => v,
};
