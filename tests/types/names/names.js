import { ends } from 'test:names/user';
import { describe as describe01 } from 'test:versions/api@0.1.0';
import { describe as describe02 } from 'test:versions/api@0.2.0';
import { describe as describe13 } from 'test:versions/api@1.3.0';
import { lookUp, delete as remove } from '$root';

export const user = {
  ends: (route) => (route.kind === 'flags' ? [route.to] : ends(route)),
};

const reserved = {
  delete: (a, b) => a - b,
  async: (value) => value,
  yield: (value) => value,
  eval: (value) => value,
  manyWordsInOneName: (a, b) => [b, a],
  httpUrl2Get: () => 'https',
  then: () => true,
  constructor: () => 1,
  prototype: () => 2,
  proto: () => 3,
};
export { reserved as interface };

const api01 = { describe: ({ name }) => `old ${name}` };
const api02 = { describe: ({ name, size }) => `new ${name} of ${size}` };
export { api01 as 'test:versions/api@0.1.0', api02 as 'test:versions/api@0.2.0' };

export function ask() {
  remove('b');
  return [
    describe01({ name: 'a' }),
    describe02({ name: 'b', size: 2 }),
    describe13(['c', 'd']),
    String(lookUp('a')),
    String(lookUp('b')),
  ];
}

export default () => 'default';
const wait = (value) => !value;
export { wait as await };
export async function waitABit(n) {
  return n + 1;
}
