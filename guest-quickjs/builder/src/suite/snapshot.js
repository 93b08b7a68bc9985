// Snapshots: what a value was like when somebody agreed with it. Their texts and files are those of vitest, so that a suite has the same in both.

import { ask } from 'outwit:test.fakes.js';

const serializers = [];

/** A value as snapshots have it. */
export function pretty(value) {
  const seen = [];

  const list = (open, items, close, indent) => {
    if (items.length === 0) return `${open}${close}`;
    const inner = `${indent}  `;
    return `${open}\n${items.map((item) => `${inner}${item(inner)},\n`).join('')}${indent}${close}`;
  };
  const named = (value, plain) => {
    const name = value.constructor?.name ?? 'Object';
    return name === plain || name === '' ? '' : `${name} `;
  };

  const write = (value, indent) => {
    switch (typeof value) {
      case 'string': return `"${value}"`;
      case 'bigint': return `${value}n`;
      case 'symbol': return String(value);
      case 'number': return Object.is(value, -0) ? '-0' : String(value);
      case 'undefined': case 'boolean': return String(value);
      case 'function':
        return value.mock === undefined ? `[Function ${value.name === '' ? 'anonymous' : value.name}]` : '[MockFunction]';
    }
    if (value === null) return 'null';
    if (seen.includes(value)) return '[Circular]';
    const serializer = serializers.findLast((one) => one.test(value));
    if (serializer !== undefined) {
      const print = (inner) => write(inner, indent);
      return serializer.serialize === undefined
        ? serializer.print(value, print, (text) => text)
        : serializer.serialize(value, {}, indent, 0, [], print);
    }
    if (typeof value.asymmetricMatch === 'function') return String(value);
    seen.push(value);
    try {
      return object(value, indent);
    } finally {
      seen.pop();
    }
  };

  const object = (value, indent) => {
    const item = (inner) => (indent) => write(inner, indent);
    if (Array.isArray(value)) return list(`${named(value, 'Array')}[`, value.map(item), ']', indent);
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return list(`${value.constructor.name} [`, Array.from(value, item), ']', indent);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Date { NaN }' : value.toISOString();
    if (value instanceof RegExp) return String(value);
    if (value instanceof Error) return `[${value.name}: ${value.message}]`;
    if (value instanceof Promise) return 'Promise {}';
    if (value instanceof Map) {
      return list('Map {', Array.from(value, ([key, one]) => (indent) => `${write(key, indent)} => ${write(one, indent)}`), '}', indent);
    }
    if (value instanceof Set) return list('Set {', Array.from(value, item), '}', indent);
    const keys = Reflect.ownKeys(value).filter((key) => Object.getOwnPropertyDescriptor(value, key).enumerable);
    keys.sort((a, b) => (String(a) < String(b) ? -1 : 1));
    const entry = (key) => (indent) => `${typeof key === 'symbol' ? String(key) : `"${key}"`}: ${write(value[key], indent)}`;
    return list(`${named(value, 'Object')}{`, keys.map(entry), '}', indent);
  };

  return write(value, '');
}

/** A text of many lines as it stands between the lines of its quotes. */
const framed = (text) => (text.includes('\n') ? `\n${text}\n` : text);

/** What an inline snapshot says, without what the source is indented by. */
function outdented(text) {
  const lines = text.split('\n');
  if (lines.length <= 2 || lines[0].trim() !== '' || lines.at(-1).trim() !== '') return text;
  const [indent] = /^\s*/.exec(lines[1]);
  const inside = lines.slice(1, -1);
  if (!inside.every((line) => line === '' || line.startsWith(indent))) return text;
  return framed(inside.map((line) => line.slice(indent.length)).join('\n'));
}

const counts = new Map();
let path = [];

/** Without the properties that are given by what they have to match. */
function taken(actual, properties) {
  if (properties === null || typeof properties !== 'object') return actual;
  return { ...actual, ...properties };
}

const outcome = (answer, expected, text) => ({
  isSame: answer !== 'different' && answer !== 'missing',
  why: answer === 'missing' ? 'there is no such snapshot, and where CI is set none is written: run `outwit test`, and keep what it writes' : undefined,
  expected: expected?.trim(),
  text: text.trim(),
});

export const snapshots = {
  begin(names) {
    path = names;
    counts.clear();
  },
  add: (serializer) => void serializers.push(serializer),
  /** Compares with the snapshot in the file for those of a file of tests; writes it if there is none. */
  file(actual, args) {
    const hint = args.find((arg) => typeof arg === 'string');
    const properties = args.find((arg) => typeof arg === 'object');
    const name = [...path, ...(hint === undefined ? [] : [hint])].join(' > ');
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    const text = framed(pretty(taken(actual, properties)));
    const { answer, expected } = ask('snapshot', { name: `${name} ${count}`, text });
    return outcome(answer, expected, text);
  },
  /** Compares with the snapshot in the source; has it written there if there is none. */
  inline(actual, args, stack) {
    const expected = args.find((arg) => typeof arg === 'string');
    const properties = args.find((arg) => typeof arg === 'object');
    const text = framed(pretty(taken(actual, properties)));
    const before = expected === undefined ? undefined : outdented(expected);
    if (before === text) return { isSame: true };
    const { answer } = ask('inline-snapshot', { text, stack, isThere: before !== undefined });
    return outcome(answer, before, text);
  },
};
