// Values as text: on one line for messages, on many for differences.

const isIdentifier = (key) => /^[A-Za-z_$][\w$]*$/.test(key);
const keyOf = (key) => (typeof key === 'symbol' ? `[${String(key)}]` : isIdentifier(key) ? key : JSON.stringify(key));

/** A value as text. */
export function format(value, isLong = false) {
  const seen = [];

  const list = (open, items, close, indent) => {
    if (items.length === 0) return open + close;
    if (!isLong) {
      const space = open.endsWith('[') || open.endsWith('(') ? '' : ' ';
      return `${open}${space}${items.join(', ')}${space}${close}`;
    }
    const inner = '  '.repeat(indent + 1);
    return `${open}\n${items.map((item) => `${inner}${item},\n`).join('')}${'  '.repeat(indent)}${close}`;
  };

  const write = (value, indent) => {
    switch (typeof value) {
      case 'string': return isLong ? JSON.stringify(value).replaceAll('\\n', '\\n') : `'${value.replaceAll('\n', '\\n')}'`;
      case 'bigint': return `${value}n`;
      case 'function': return value.name === '' ? '[Function]' : `[Function ${value.name}]`;
      case 'symbol': return String(value);
      case 'number': return Object.is(value, -0) ? '-0' : String(value);
      case 'undefined': case 'boolean': return String(value);
    }
    if (value === null) return 'null';
    if (typeof value.asymmetricMatch === 'function') return String(value);
    if (seen.includes(value)) return '[Circular]';
    if (seen.length > 12) return '…';
    seen.push(value);
    try {
      return object(value, indent);
    } finally {
      seen.pop();
    }
  };

  const object = (value, indent) => {
    const inner = (item) => write(item, indent + 1);
    if (Array.isArray(value)) return list('[', Array.from(value, inner), ']', indent);
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
      return list(`${value.constructor.name} [`, Array.from(value, inner), ']', indent);
    }
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Date(invalid)' : `Date(${value.toISOString()})`;
    if (value instanceof RegExp) return String(value);
    if (value instanceof Error) return `[${value.name}: ${value.message}]`;
    if (value instanceof Promise) return 'Promise {}';
    if (value instanceof Map) {
      return list('Map {', Array.from(value, ([key, item]) => `${inner(key)} => ${inner(item)}`), '}', indent);
    }
    if (value instanceof Set) return list('Set {', Array.from(value, inner), '}', indent);
    const name = Object.getPrototypeOf(value)?.constructor?.name ?? 'Object';
    const keys = Reflect.ownKeys(value).filter((key) => Object.getOwnPropertyDescriptor(value, key).enumerable);
    if (isLong) keys.sort((a, b) => (String(a) < String(b) ? -1 : 1));
    const open = name === 'Object' || name === '' ? '{' : `${name} {`;
    return list(open, keys.map((key) => `${keyOf(key)}: ${inner(value[key])}`), '}', indent);
  };

  const text = write(value, 0);
  return !isLong && text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
