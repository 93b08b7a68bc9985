// Ten small programs, each of one kind of work. Every one returns a number that depends on all it
// did, and the same one each time. `run` does one of them so many times.

function fib() {
  const f = (n) => (n < 2 ? n : f(n - 1) + f(n - 2));
  return f(22);
}

function nbody() {
  const bodies = Array.from({ length: 5 }, (_, i) => ({
    x: Math.cos(i) * (i + 1), y: Math.sin(i) * (i + 1), z: i / 5,
    vx: 0.02 * i, vy: -0.01 * i, vz: 0.005, mass: 1 / (i + 1),
  }));
  for (let step = 0; step < 250; step++) {
    for (let i = 0; i < bodies.length; i++) {
      const a = bodies[i];
      for (let j = i + 1; j < bodies.length; j++) {
        const b = bodies[j];
        const dx = a.x - b.x;
        const dy = a.y - b.y;
        const dz = a.z - b.z;
        const square = dx * dx + dy * dy + dz * dz + 0.02;
        const pull = 0.002 / (square * Math.sqrt(square));
        a.vx -= dx * b.mass * pull;
        a.vy -= dy * b.mass * pull;
        a.vz -= dz * b.mass * pull;
        b.vx += dx * a.mass * pull;
        b.vy += dy * a.mass * pull;
        b.vz += dz * a.mass * pull;
      }
    }
    for (const body of bodies) {
      body.x += 0.002 * body.vx;
      body.y += 0.002 * body.vy;
      body.z += 0.002 * body.vz;
    }
  }
  return bodies.reduce((sum, body) => sum + body.x + body.y + body.z, 0);
}

function classes() {
  class Shape {
    #name;
    constructor(name) { this.#name = name; }
    get name() { return this.#name; }
    area() { return 0; }
    grown() { return this.area() + 1; }
  }
  class Circle extends Shape {
    constructor(radius) { super('circle'); this.radius = radius; }
    area() { return 3 * this.radius * this.radius; }
  }
  class Box extends Shape {
    constructor(width, height) { super('box'); this.width = width; this.height = height; }
    area() { return this.width * this.height; }
    grown() { return super.grown() + this.width; }
  }
  let sum = 0;
  for (let i = 0; i < 3000; i++) {
    const shape = i % 2 ? new Circle(i & 15) : new Box(i & 7, i & 31);
    sum += shape.grown() + shape.name.length;
  }
  return sum;
}

function json() {
  const orders = [];
  for (let i = 0; i < 120; i++) {
    orders.push({
      id: i, customer: `customer ${i % 17}`, paid: i % 3 === 0, total: i * 1.25, note: null,
      lines: [{ article: `a${i}`, count: i % 5 }, { article: 'post "express"\n', count: 1 }],
    });
  }
  let text = JSON.stringify(orders);
  for (let i = 0; i < 2; i++) text = JSON.stringify(JSON.parse(text));
  return text.length;
}

function strings() {
  let text = '';
  for (let i = 0; i < 3000; i++) text += String.fromCharCode(97 + ((i * 7) % 26));
  const words = text.split('h').map((word) => word.toUpperCase().padStart(30, '.'));
  const joined = words.join('-').replaceAll('-', ' ').slice(5);
  let hash = 0;
  for (let i = 0; i < joined.length; i++) hash = (hash * 31 + joined.charCodeAt(i)) | 0;
  return hash + joined.indexOf('ZG') + (joined.includes('nothing') ? 1 : 0);
}

const LOG = Array.from({ length: 25 }, (_, i) =>
  `2026-11-${10 + (i % 20)} 08:${10 + i}:07 [warn] disk${i} of ann.b@example.org is ${i * 4}% full`).join('\n');

function regex() {
  let sum = 0;
  for (const match of LOG.matchAll(/^(\d+)-(\d+)-(\d+) (\d\d:\d\d:\d\d) \[(\w+)\] (.*)$/gm)) {
    sum += Number(match[3]) + match[6].length;
  }
  sum += LOG.replace(/[\w.]+@[\w.]+\.\w{2,3}/g, (address) => address.toUpperCase()).length;
  return sum + LOG.split(/[\s,;]+/).length + (/(a+)+$/.test('aaaaaaaaaaab') ? 1 : 0);
}

function sort() {
  const numbers = [];
  for (let i = 0, x = 2463534242; i < 2500; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    numbers.push(x);
  }
  numbers.sort((a, b) => a - b);
  return numbers[0] ^ numbers[1250] ^ numbers[2499];
}

function maps() {
  const counts = new Map();
  const seen = new Set();
  for (let i = 0; i < 4000; i++) {
    const key = `key${(i * 31) % 389}`;
    counts.set(key, (counts.get(key) ?? 0) + i);
    seen.add(i % 61);
  }
  let sum = seen.size;
  for (const [key, count] of counts) sum += key.length + count;
  return sum;
}

function typedArrays() {
  const samples = new Float64Array(2048);
  const bytes = new Uint8Array(2048);
  for (let round = 0; round < 6; round++) {
    for (let i = 0; i < samples.length; i++) {
      samples[i] = samples[i] * 0.75 + i * round;
      bytes[i] = bytes[i] + samples[i];
    }
  }
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i] + bytes[i];
  return sum;
}

function closures() {
  const compose = (f, g) => (x) => g(f(x));
  let chain = (x) => x;
  for (let i = 0; i < 150; i++) chain = compose(chain, (x) => (x * 3 + i) % 10007);
  return Array.from({ length: 20 }, (_, i) => i).map(chain).filter((x) => x % 2).reduce((a, b) => a + b, 0);
}

const KERNELS = { fib, nbody, classes, json, strings, regex, sort, maps, typedArrays, closures };

export const kernels = {
  names: () => Object.keys(KERNELS),
  run(name, times) {
    const kernel = KERNELS[name];
    let result = 0;
    for (let i = 0; i < times; i++) result = kernel();
    return result;
  },
};
