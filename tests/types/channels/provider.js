// Answers every function of `test:channels/api`.

const notes = [];

async function* counting() {
  try {
    for (let n = 0; ; n++) yield n;
  } finally {
    notes.push('count has ended');
  }
}

async function* upper(texts) {
  for await (const text of texts) yield text.toUpperCase();
}

function chunksOf(n) {
  return {
    *[Symbol.iterator]() {
      for (let at = 0; at < n; at += 1000) {
        const chunk = new Uint8Array(Math.min(1000, n - at));
        for (let i = 0; i < chunk.length; i++) chunk[i] = (at + i) * 7;
        yield chunk;
      }
    },
  };
}

class Thing {
  #number;
  constructor(number) {
    this.#number = number;
  }
  number() {
    return this.#number;
  }
}

export const api = {
  Thing,
  async things(n) {
    return Array.from({ length: n }, (_, i) => new Thing(i));
  },
  async sumThings(things, n) {
    let sum = 0;
    if (n === 0) return sum;
    for await (const thing of things) {
      sum += thing.number();
      if (--n === 0) break;
    }
    return sum;
  },
  async sum(numbers) {
    let sum = 0n;
    for await (const chunk of numbers) for (const number of chunk) sum += BigInt(number);
    return sum;
  },
  async collectBytes(bytes) {
    const chunks = [];
    let length = 0;
    for await (const chunk of bytes) {
      chunks.push(chunk);
      length += chunk.length;
    }
    const all = new Uint8Array(length);
    let at = 0;
    for (const chunk of chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  },
  async collectLines(lines) {
    const all = [];
    for await (const line of lines) all.push(line);
    return all;
  },
  async countUnits(units) {
    let count = 0;
    for await (const unit of units) if (unit === undefined) count++;
    return count;
  },
  async sumFirst(numbers, n) {
    let sum = 0n;
    const reader = numbers.getReader();
    for (let left = n; left > 0; ) {
      const { value, done } = await reader.read(left);
      if (done) break;
      for (const number of value) sum += BigInt(number);
      left -= value.length;
    }
    await reader.cancel();
    return sum;
  },

  async countTo(n) {
    return (function* () {
      for (let i = 0; i < n; i++) yield i;
    })();
  },
  async count() {
    return counting();
  },
  async bytes(n) {
    return chunksOf(n);
  },
  async lines(n) {
    return Array.from({ length: n }, (_, i) => ({
      text: `line ${i}`,
      numbers: Uint32Array.of(1, 2, i),
      label: i % 2 ? `odd ${i}` : undefined,
    }));
  },
  async units(n) {
    return new Array(n).fill(undefined);
  },

  async pass(bytes) {
    return bytes;
  },
  async upper(texts) {
    return upper(texts);
  },
  async upperAll(streams) {
    return (async function* () {
      for await (const texts of streams) yield upper(texts);
    })();
  },

  // A function, because an `async` function that returns a promise waits for it.
  async double(value) {
    return () => value.then((value) => value * 2);
  },
  async passFuture(value) {
    return () => value;
  },
  async when(signal) {
    const value = await signal;
    return value === undefined ? 'now' : 'what?';
  },
  async turn(value) {
    return () =>
      value.then(
        (value) => {
          throw new ComponentError(value);
        },
        (error) => error.payload,
      );
  },
  async exchange({ headers, body, trailers }) {
    if (headers.length === 0) throw new ComponentError('no headers');
    return {
      headers: headers.reverse(),
      body: body && (async function* () {
        for await (const chunk of body) yield chunk.map((byte) => byte + 1);
      })(),
      trailers: trailers.then((value) => value + 1),
    };
  },

  async forever(never) {
    try {
      await never.read();
    } catch (error) {
      notes.push(`forever: ${error.name}`);
      throw error;
    }
    return 'what?';
  },
  async notes() {
    return notes.splice(0);
  },
};
