// Calls every function of `test:channels/api`.

import * as api from 'test:channels/api';

const line = (i) => ({
  text: `line ${i}`,
  numbers: Uint32Array.of(1, 2, i),
  label: i % 2 ? `odd ${i}` : undefined,
});

function checksum(bytes) {
  let sum = 1;
  for (const byte of bytes) sum = (Math.imul(sum, 31) + byte) >>> 0;
  return `${bytes.length} bytes, checksum ${sum}`;
}

async function collect(stream) {
  const all = [];
  for await (const element of stream) all.push(element);
  return all;
}

async function collectNumbers(stream) {
  return (await collect(stream)).flatMap((chunk) => [...chunk]);
}

function equal(a, b) {
  if (JSON.stringify(a) !== JSON.stringify(b)) throw new Error(`${JSON.stringify(a)} is not ${JSON.stringify(b)}`);
}

const debug = (value) => JSON.stringify(value).replaceAll(',', ', ');

const checks = {
  async sum() {
    async function* numbers() {
      for (let start = 0; start < 1000; start += 100) {
        yield Uint32Array.from({ length: 100 }, (_, i) => start + i);
      }
    }
    return `${await api.sum(numbers())}`;
  },
  async collect() {
    const bytes = Uint8Array.from({ length: 1_000_000 }, (_, i) => i * 7);
    return checksum(await api.collectBytes(bytes));
  },
  async 'collect-lines'() {
    const lines = Array.from({ length: 100 }, (_, i) => line(i));
    const got = await api.collectLines(lines);
    equal(got, lines);
    return `${got.length} lines`;
  },
  async 'count-units'() {
    return `${await api.countUnits(new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]))}`;
  },
  async 'sum-first'() {
    let written = 0;
    async function* numbers() {
      for (; ; written++) yield written;
    }
    const sum = await api.sumFirst(numbers(), 5);
    return `${sum} of ${written}`;
  },
  async 'count-to'() {
    const numbers = await collectNumbers(await api.countTo(1000));
    equal(numbers, Array.from({ length: 1000 }, (_, i) => i));
    return `${numbers.length} numbers`;
  },
  async count() {
    let sum = 0;
    let count = 0;
    outer: for await (const chunk of await api.count()) {
      for (const number of chunk) {
        sum += number;
        if (++count === 10) break outer;
      }
    }
    let notes = [];
    while (notes.length === 0) {
      // leaves the other plugin some time
      await collect(await api.units(1));
      notes = await api.notes();
    }
    return `${sum}, ${notes.join(', ')}`;
  },
  async bytes() {
    const chunks = await collect(await api.bytes(1_000_000));
    for (const chunk of chunks) if (!(chunk instanceof Uint8Array)) throw new Error('not bytes');
    const all = new Uint8Array(1_000_000);
    let at = 0;
    for (const chunk of chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return checksum(all.subarray(0, at));
  },
  async lines() {
    const lines = await collect(await api.lines(100));
    return lines.map((line) => line.text).slice(97).join(', ');
  },
  async units() {
    return `${(await collect(await api.units(7))).length}`;
  },
  async pass() {
    const passed = await api.pass(new Uint8Array([1, 2, 3]));
    return debug(await collectNumbers(passed));
  },
  async upper() {
    return debug(await collect(await api.upper(['a', 'é', ''])));
  },
  async 'upper-all'() {
    const all = [];
    for await (const texts of await api.upperAll([['a', 'b'], ['c', 'd']])) all.push(await collect(texts));
    return debug(all);
  },
  async things() {
    let sum = 0;
    for await (const thing of await api.things(5)) {
      if (!(thing instanceof api.Thing)) throw new Error('not a thing');
      sum += thing.number();
    }
    return `${sum}`;
  },
  async 'sum-things'() {
    const sums = [];
    for (const n of [5, 2, 0]) {
      const things = [1, 2, 3, 4, 5].map((n) => new api.Thing(n));
      const sum = await api.sumThings(things, n);
      // those that did not arrive are still here
      let left = 0;
      for (const thing of things) {
        try {
          left += thing.number();
        } catch {}
      }
      sums.push(`${sum} and ${left}`);
    }
    return sums.join(', ');
  },
  async double() {
    return `${await api.double(new Promise((resolve) => queueMicrotask(() => resolve(21))))}`;
  },
  async 'pass-future'() {
    return `${await api.passFuture(7)}`;
  },
  async when() {
    return api.when(Promise.resolve());
  },
  async turn() {
    const fine = await api.turn(Promise.resolve('fine')).catch((error) => `Err(${debug(error.payload)})`);
    const failed = await api.turn(Promise.reject(new ComponentError(5)));
    return `[${fine}, Ok(${failed})]`;
  },
  async exchange() {
    const { headers, body, trailers } = await api.exchange({
      headers: ['one', 'two'],
      body: [1, 2, 3],
      trailers: Promise.reject(new ComponentError('late')),
    });
    const bytes = await collectNumbers(body);
    const late = await trailers.then(
      (value) => `Ok(${value})`,
      (error) => `Err(${debug(error.payload)})`,
    );
    return `${debug(headers)}, ${debug(bytes)}, ${late}`;
  },
  async 'exchange-nothing'() {
    try {
      await api.exchange({ headers: [], body: undefined, trailers: 1 });
    } catch (error) {
      return error.payload;
    }
  },
};

export const driver = {
  async check(name) {
    return checks[name]();
  },
};
