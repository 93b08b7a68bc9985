// Uses the web APIs, and says what came of it.

const names = [
  'console', 'performance', 'crypto', 'Crypto', 'setTimeout', 'setInterval', 'clearTimeout', 'clearInterval',
  'localStorage', 'sessionStorage', 'Storage', 'CryptoKey', 'SubtleCrypto', 'KeyValueStore', 'Lock', 'LockManager',
  'fetch', 'EventSource', 'WebSocket',
  'BroadcastChannel', 'PluginPort',
];

const ways = {
  globals() {
    return names.filter((name) => name in globalThis || typeof globalThis[name] !== 'undefined').join();
  },
  print() {
    console.debug('a debug message');
    console.log('%s is %d', 'six times seven', 42, { a: [1, undefined] });
    console.info('two\nlines');
    console.warn(new Map([['key', 'value']]));
    console.error(new TypeError('shown').message);
  },
  time() {
    return `${performance.timeOrigin} ${performance.now()} ${Date.now()}`;
  },
  random() {
    const bytes = crypto.getRandomValues(new Uint8Array(32));
    const words = crypto.getRandomValues(new BigUint64Array(2));
    return `${bytes.join()} ${words.join()} ${crypto.randomUUID()} ${Math.random()}`;
  },
  async timers() {
    const order = [];
    const started = performance.now();
    const timeout = (name, delay) =>
      new Promise((done) => setTimeout((...args) => done(order.push(name, ...args)), delay, `${delay}`));
    const cleared = setTimeout(() => order.push('cleared'), 1);
    const late = timeout('late', 300);
    const soon = timeout('soon', 100);
    const now = timeout('now', 0);
    queueMicrotask(() => order.push('microtask'));
    clearTimeout(cleared);
    order.push('synchronous');
    await Promise.all([late, soon, now]);
    let ticks = 0;
    await new Promise((done) => {
      const interval = setInterval(() => {
        order.push('tick');
        if (++ticks < 3) return;
        clearInterval(interval);
        done();
      }, 50);
    });
    return `${order.join()} ${performance.now() - started}`;
  },
  async together() {
    let count = 0;
    const timeouts = Array.from({ length: 400 }, (_, i) =>
      new Promise((done) => setTimeout(() => done(count++), 100 + (i % 4) * 50)));
    await Promise.all(timeouts);
    return count;
  },
  write() {
    localStorage.setItem('name', 'Ünïcode 🦀');
    localStorage.count = Number(localStorage.count ?? 0) + 1;
    return this.read();
  },
  read() {
    return `${localStorage.length} ${localStorage.getItem('name')} ${localStorage.count} ${localStorage.getItem('nothing')}`;
  },
  forget() {
    localStorage.removeItem('name');
    const left = Object.keys(localStorage).join();
    localStorage.clear();
    return `${left} ${localStorage.length}`;
  },
};

export async function call(what) {
  return `${await ways[what]()}`;
}
