// Takes as much as it gets.

let calls = 0;
const never = () => new Promise(() => {});

const ways = {
  flood() {
    for (let i = 0; i < 10_000; i++) console.log('x'.repeat(1000));
    return 'printed';
  },
  'flood of nothing'() {
    for (let i = 0; i < 200_000; i++) console.log('');
    return 'printed';
  },
  print() {
    console.warn('once more');
    return 'printed';
  },
  store() {
    try {
      for (let i = 0; ; i++) localStorage.setItem(`key ${i}`, 'x'.repeat(10_000));
    } catch (error) {
      return `${error.name}, ${error instanceof DOMException}, ${localStorage.length} kept`;
    }
  },
  'store one'() {
    try {
      localStorage.setItem('large', 'x'.repeat(8 << 20));
    } catch (error) {
      return `${error.name}, ${localStorage.getItem('large')}`;
    }
  },
  'random bytes'() {
    const names = [];
    for (const length of [65_537, 1 << 24]) {
      try {
        crypto.getRandomValues(new Uint8Array(length));
      } catch (error) {
        names.push(error.name);
      }
    }
    crypto.getRandomValues(new Uint8Array(65_536));
    return names.join();
  },
  'random for ever'() {
    while (true) crypto.getRandomValues(new Uint8Array(65_536));
  },
  async intervals() {
    for (let i = 0; i < 20_000; i++) setInterval(() => {}, 0);
    await never();
  },
  async 'interval that never ends'() {
    setInterval(() => {}, 0);
    await never();
  },
  async 'timeouts that set timeouts'() {
    const again = () => setTimeout(again);
    again();
    await never();
  },
  async wait() {
    setTimeout(() => {}, 2 ** 31 - 1);
    await never();
  },
  async 'throw in a timer'() {
    setTimeout(() => { throw new Error('from a timer'); });
    await never();
  },
};

export async function attack(how) {
  return await ways[how]();
}

export function count() {
  return ++calls;
}
