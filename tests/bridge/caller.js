import { greet } from 'demo:g/fmt';

export const calls = {
  greet(times) {
    let length = 0;
    for (let i = 0; i < times; i++) length += greet('world').length;
    return length;
  },
};
