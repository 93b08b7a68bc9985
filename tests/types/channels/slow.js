// Calls that take long: `test:channels/slow`.

import { pass, take } from 'test:channels/gate';

const notes = [];
const describe = (error) => `${error.name}: ${error.message}, ${error instanceof DOMException}`;

async function noted(name, promise) {
  try {
    return await promise;
  } catch (error) {
    notes.push(`${name}: ${describe(error)}`);
    throw error;
  } finally {
    notes.push(`${name} has ended`);
  }
}

async function* bytes() {
  try {
    for (;;) yield 1;
  } finally {
    notes.push('bytes have ended');
  }
}

const ways = {
  // the plain case
  import: async () => `passed ${await noted('pass', pass(1))}`,
  // what is begun while cleaning up does not begin
  async cleanup() {
    try {
      return `passed ${await pass(1)}`;
    } catch {
      await noted('second pass', pass(2));
    }
  },
  // nobody wants the result any more
  async swallow() {
    await noted('pass', pass(1)).catch(() => {});
    return 'all the same';
  },
  // a promise that nobody waits for is no error because the call was cancelled
  async derived() {
    const first = noted('first', pass(1));
    await noted('second', pass(2));
    await first;
  },
  // an error while cleaning up interests nobody either
  async error() {
    try {
      await pass(1);
    } catch {
      notes.push('about to throw');
      null.x;
    }
  },
  // a stream that is being written ends
  async stream() {
    await noted('take', take(bytes()));
  },
  // the same without notes
  quiet: async () => `passed ${await pass(1)}`,
  async 'quiet-stream'() {
    await take(
      (function* () {
        for (;;) yield new Uint8Array(100);
      })(),
    );
  },
  // many at once
  async many() {
    await Promise.all([1, 2, 3].map((n) => noted(`pass ${n}`, pass(n))));
  },
  // goes on in the step of the call that releases it
  async held() {
    await new Promise((resolve) => (ways.letGo = resolve));
    return `passed ${await noted('pass', pass(1))}`;
  },
  async release() {
    ways.letGo();
    return `passed ${await pass(2)}`;
  },
  // it is no import that it waits for
  async nothing() {
    await new Promise((resolve) => (ways.resolve = resolve));
    notes.push('what?');
  },
};

export const slow = {
  wait: (how) => ways[how](),
  async notes() {
    return notes.splice(0);
  },
};
