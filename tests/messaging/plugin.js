// Sends and receives, in the ways that the tests ask for.

const once = (target, type) => new Promise((done) => target.addEventListener(type, done, { once: true }));

/** Everything that can be cloned into another plugin, by its name. */
const all = () => {
  const shared = { name: 'shared' };
  const cycle = { name: 'cycle' };
  cycle.self = cycle;
  const resizable = new ArrayBuffer(2, { maxByteLength: 8 });
  const buffer = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]).buffer;
  const sparse = [1, , 3];
  sparse.length = 5;
  const error = new RangeError('out of it', { cause: new Map([['why', 1n]]) });
  return {
    undefined, null: null, true: true, zero: 0, minus: -0, nan: NaN, infinite: -Infinity, half: 0.5, large: 2 ** 40,
    bigint: -(2n ** 70n), text: 'žluť 🐎', alone: '\ud800x', empty: '',
    boxed: [Object(true), Object(1), Object('s'), Object(1n)],
    date: new Date(1e12), invalid: new Date(NaN), pattern: /a+(b)/giu,
    array: [1, [2, [3]]], sparse, named: Object.assign([1], { extra: 2 }),
    map: new Map([[{ key: 1 }, 'object'], ['text', new Set([1, 'a', shared])]]),
    error, typed: new TypeError('typed'), problem: new DOMException('gone', 'AbortError'),
    buffer, resizable, view: new DataView(buffer, 2, 3), again: new Uint16Array(buffer, 4, 2),
    floats: new Float64Array([1.5, -0]), big: new BigInt64Array([-1n]), clamped: new Uint8ClampedArray([255]),
    tracking: new Uint8Array(resizable),
    one: shared, other: shared, cycle,
    blob: new Blob(['blob'], { type: 'text/plain' }), file: new File(['file'], 'name.txt', { lastModified: 5 }),
  };
};

/** What a value is, in a text that is the same for a copy. */
async function describe(value, seen = new Map()) {
  if (typeof value !== 'object' || value === null) {
    return Object.is(value, -0) ? '-0' : typeof value === 'bigint' ? `${value}n` : JSON.stringify(value) ?? `${value}`;
  }
  if (seen.has(value)) return `#${seen.get(value)}`;
  seen.set(value, seen.size);
  const kind = Object.prototype.toString.call(value).slice(8, -1);
  const parts = [];
  if (value instanceof Date) parts.push(value.getTime());
  else if (value instanceof RegExp) parts.push(`${value}`);
  else if (value instanceof Error || value instanceof DOMException) {
    parts.push(value.constructor.name, value.name, value.message, await describe(value.cause, seen));
  } else if (value instanceof Blob) parts.push(value.type, value.size, await value.text(), value.name, value.lastModified);
  else if (value instanceof ArrayBuffer) parts.push(new Uint8Array(value), value.resizable, value.maxByteLength);
  else if (ArrayBuffer.isView(value)) {
    parts.push(value.byteOffset, value.byteLength, await describe(value.buffer, seen));
  } else if (value instanceof Map || value instanceof Set) {
    for (const item of value) parts.push(await describe(item, seen));
  } else {
    if (Array.isArray(value)) parts.push(value.length);
    else if (typeof value.valueOf() !== 'object') parts.push(await describe(value.valueOf()));
    for (const key of Object.keys(value)) parts.push(`${key}:${await describe(value[key], seen)}`);
  }
  return `${kind}(${parts.join()})`;
}

const failure = (attempt) => {
  try {
    attempt();
    return 'no error';
  } catch (error) {
    return `${error.constructor.name} ${error.name}: ${error.message}`;
  }
};

let kept;

const ways = {
  /** Sends all of it, and says what it is. */
  async tell() {
    const port = await PluginPort.connect('all');
    port.postMessage(all());
    const { data, origin } = await new Promise((done) => (port.onmessage = done));
    port.close();
    return `${data === (await describe(all()))} ${origin}`;
  },
  /** Receives it, and answers what it is. */
  async hear() {
    const port = await PluginPort.accept('all');
    const { data, origin } = await new Promise((done) => (port.onmessage = done));
    if (!(data.tracking.buffer === data.resizable && data.one === data.other)) throw new Error('not the same');
    port.postMessage(await describe(data));
    await once(port, 'close');
    return origin;
  },
  refused() {
    const channel = new BroadcastChannel('news');
    return [
      () => {}, Symbol('s'), { deep: [() => {}] }, new WeakMap(), Promise.resolve(), new SharedArrayBuffer(1), new Proxy(class {}, {}),
      new MessageChannel().port1, new ReadableStream(), new Headers(),
    ].map((value) => failure(() => channel.postMessage(value)).split(':')[0]).join();
  },
  /** Echoes what the application sends, until it goes. */
  async echo() {
    const port = await PluginPort.accept('echo');
    let count = 0;
    port.onmessage = ({ data }) => {
      count += 1;
      port.postMessage(data);
    };
    port.onmessageerror = () => port.postMessage('not a value');
    await once(port, 'close');
    return `${count}`;
  },
  async describe() {
    const channel = new BroadcastChannel('news');
    const { data, origin } = await new Promise((done) => (channel.onmessage = done));
    channel.close();
    return `${await describe(data)} from "${origin}"`;
  },
  post() {
    const channel = new BroadcastChannel('news');
    channel.postMessage({ dish: 'soup', prices: [1, 2.5] });
    channel.close();
    return failure(() => channel.postMessage(1));
  },
  open: (name) => failure(() => new BroadcastChannel(name).close()),
  connect: (name) => PluginPort.connect(name).then(() => 'no error', (error) => failure(() => { throw error; })),
  accept: (name) => PluginPort.accept(name).then(() => 'no error', (error) => failure(() => { throw error; })),
  postOn: (name) => failure(() => new BroadcastChannel(name).postMessage(1)),
  /** Whether messages may be heard: the channel closes if not. */
  async listen(name) {
    const channel = new BroadcastChannel(name);
    channel.onmessage = () => {};
    await once(channel, 'close');
    return failure(() => channel.postMessage(1));
  },
  /** Takes a place and does not listen. */
  idle() {
    kept = new BroadcastChannel('slow');
    return '';
  },
  flood() {
    const channel = new BroadcastChannel('slow');
    let count = 0;
    const posted = () => failure(() => channel.postMessage({ count }));
    let said;
    while ((said = posted()) === 'no error') count += 1;
    channel.close();
    return `${count} ${said}`;
  },
  /** Hears what has waited. */
  async catchUp() {
    let count = 0;
    await new Promise((done) => {
      kept.onmessage = ({ data }) => {
        if (data.count !== count) throw new Error(`${data.count} comes after ${count} messages`);
        if (++count === 256) done();
      };
    });
    kept.close();
    return `${count}`;
  },
  long() {
    const channel = new BroadcastChannel('news');
    const said = failure(() => channel.postMessage('x'.repeat(2 << 20)));
    channel.close();
    return said;
  },
  many() {
    const channels = [];
    let said;
    while ((said = failure(() => channels.push(new BroadcastChannel('news')))) === 'no error');
    const count = channels.length;
    for (const channel of channels) channel.close();
    return `${count} ${said} ${failure(() => new BroadcastChannel('news').close())}`;
  },
  /** Waits for more connections than there may be; then all those come that were waited for. */
  async crowd() {
    const outcomes = [];
    const accepting = Array.from({ length: 100 }, (_, i) =>
      PluginPort.accept(`crowd/${i}`).then(
        (port) => outcomes.push('connected') && port,
        (error) => void outcomes.push(error.name),
      ),
    );
    const refused = await Promise.all(accepting.slice(64));
    if (refused.some(Boolean)) throw new Error('more than there may be');
    const connected = await Promise.all(accepting);
    for (const port of connected) port?.close();
    const count = (outcome) => outcomes.filter((one) => one === outcome).length;
    return `${count('connected')} ${count('QuotaExceededError')} ${failure(() => new BroadcastChannel('news').close())}`;
  },
  /** A connection whose other end dies. */
  async survive() {
    const port = await PluginPort.connect('fragile');
    port.postMessage('die');
    port.start();
    await once(port, 'close');
    return failure(() => port.postMessage('again'));
  },
  async die() {
    const port = await PluginPort.accept('fragile');
    await new Promise((done) => (port.onmessage = done));
    for (;;);
  },
};

export async function run(what, argument) {
  return `${await ways[what](argument)}`;
}
