import { showBytes, showMap, showNested, showStrings } from 'test:collections/sink';

class Mine extends Map {
  forEach() {
    throw new Error('not asked');
  }
}

const pairs = [['b', 2], ['a', 1]];

function* generated() {
  try {
    yield ['x', 1];
    yield ['y', 'two'];
  } finally {
    closed += 1;
  }
}
let closed = 0;

const cases = {
  'a map': () => showMap(new Map(pairs)),
  'an empty map': () => showMap(new Map()),
  'a class that extends Map': () => showMap(new Mine(pairs)),
  'an array of pairs': () => showMap(pairs),
  'pairs with the same key': () => showMap([['a', 1], ['b', 2], ['a', 3]]),
  'entries of an object': () => showMap(Object.entries({ z: 26 })),
  'a generator that fails'() {
    try {
      return showMap(generated());
    } catch (error) {
      return `${error.message}; closed ${closed}`;
    }
  },
  'an object': () => showMap({ a: 1 }),
  'nothing': () => showMap(null),
  'no pairs': () => showMap([1]),
  'a wrong key': () => showMap(new Map([['a', 1], [2, 2]])),
  'a wrong value': () => showMap(new Map([['a', 1], ['it', 300]])),
  'an iterable that throws': () => showMap({
    [Symbol.iterator]() {
      throw new RangeError('from the iterable');
    },
  }),
  'deep down': () => showNested([new Map([[7, [1, 2]], [8, [3, 40000]]])]),
  nested: () => showNested([new Map([[7, [1, 2]]]), new Map()]),

  'a typed array': () => showBytes(Uint8Array.of(1, 2, 3)),
  'a part of a typed array': () => showBytes(Uint8Array.of(0, 1, 2, 3, 4).subarray(1, 4)),
  'an array': () => showBytes([1, 2, 3]),
  'a typed array that is too long': () => showBytes(new Uint8Array(4)),
  'a typed array of something else': () => showBytes(new Int8Array(3)),
  'an array that is too short': () => showBytes([1, 2]),
  'a wrong element': () => showBytes([1, 2, 256]),
  'a detached array'() {
    const bytes = new Uint8Array(3);
    bytes.buffer.transfer();
    return showBytes(bytes);
  },
  strings: () => showStrings(['a', 'b']),
  'too many strings': () => showStrings(['a', 'b', 'c']),
  'something iterable': () => showStrings(new Set(['a', 'b'])),
};

export const attempts = {
  attempt(name) {
    try {
      return cases[name]();
    } catch (error) {
      return `${error.name}: ${error.message}`;
    }
  },
  kinds: (...values) => values.map((value) => `${value.constructor.name} of ${value.length ?? value.size}`).join(', '),
};
