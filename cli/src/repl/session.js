// What evaluates the lines of `outwit repl`: a plugin like any other, with the grants of the command line. In front of this stands a
// module that passes in what it imports.

const AsyncFunction = (async () => {}).constructor;

function parses(make) {
    try {
        make();
        return true;
    } catch (error) {
        if (error instanceof SyntaxError) return false;
        throw error;
    }
}

const asFunction = (text) => parses(() => new Function(text));
const asAsync = (text) => parses(() => new AsyncFunction(text));

/** Strings, comments, words, and single characters. */
const TOKENS = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\/\/[^\n]*|\/\*[^]*?\*\/|[\w$]+|\n|\s+|[^]/g;

/**
 * A line whose declarations outlast it: what `let`, `const` and `class` declare ends with the text that is evaluated, and what `var` does
 * becomes a global. Gives the names that are declared, too.
 */
function lasting(source) {
    const names = [];
    const open = [];
    let out = '';
    let atStart = true;
    let inClass = false;
    const tokens = source.match(TOKENS) ?? [];
    const nextWord = (index) => tokens.slice(index + 1).find((token) => token.trim()) ?? '';
    tokens.forEach((token, index) => {
        const inTemplate = open.at(-1) === '`';
        if (inTemplate && token !== '`' && token !== '{') {
            out += token;
            return;
        }
        const word = nextWord(index);
        if (open.length === 0 && atStart && /^(?:let|const|var|class|function)$/.test(token)) {
            if (/^[A-Za-z_$]/.test(word)) names.push(word);
            inClass = token === 'class';
            if (inClass) out += `var ${word} = class`;
            else out += token === 'function' ? token : 'var';
            atStart = false;
            return;
        }
        if (token === '`') inTemplate ? open.pop() : open.push(token);
        else if (inTemplate) out.endsWith('$') && open.push(token);
        else if (/^[([{]$/.test(token)) open.push(token);
        else if (/^[)\]}]$/.test(token)) open.pop();
        out += token;
        const ended = token === '}' && open.length === 0;
        if (ended && inClass) {
            out += ';';
            inClass = false;
        }
        if (token.trim() || token.includes('\n')) atStart = token === ';' || token === '\n' || ended;
    });
    return { text: out, names };
}

/** The value of a line, as a promise if it has an `await`. */
function valueOf(source) {
    const global = eval;
    // An object, not a block.
    if (source.startsWith('{') && asFunction(`return (${source}\n)`)) return global(`(${source}\n)`);
    if (asFunction(source)) {
        const { text } = lasting(source);
        return global(asFunction(text) ? text : source);
    }
    if (asAsync(`return (${source}\n)`)) return new AsyncFunction(`return (${source}\n)`)();
    if (asAsync(source)) {
        // A declaration becomes an assignment, which makes a global.
        const assigned = source.replace(/^(?:let|const|var)\s+/, '').replace(/;\s*$/, '');
        if (assigned !== source && asAsync(`(${assigned}\n)`)) {
            return new AsyncFunction(`(${assigned}\n)`)();
        }
        const { text, names } = lasting(source);
        const kept = `${text}\n;Object.assign(globalThis, { ${names.join(', ')} });`;
        return new AsyncFunction(asAsync(kept) ? kept : source)();
    }
    // It says what is wrong.
    return global(source);
}

function describe(error) {
    if (!(error instanceof Error)) return { text: 'uncaught', values: [error] };
    // What is above this module is nobody's business.
    const frames = (error.stack ?? '').split('\n').filter((frame) => frame.trim() && !/outwit-repl|at eval \(native\)|<eval>|<input>/.test(frame));
    return { text: [`${error.name}: ${error.message}`, ...frames].join('\n'), values: [] };
}

/** Evaluates a line and prints its value. Says whether that went well. */
export async function evaluate(source) {
    try {
        const value = await valueOf(source.trim());
        globalThis._ = value;
        // In a list a string has its quotes, as on any such prompt.
        if (typeof value === 'string') console.log('%s', JSON.stringify(value));
        else if (value !== undefined) console.log(value);
        return true;
    } catch (error) {
        const { text, values } = describe(error);
        console.error(text, ...values);
        return false;
    }
}

/** What the name at the end of a text may become: the last part of each. */
export function complete(before) {
    const path = /[\w$]*(?:\.[\w$]*)*$/.exec(before)[0].split('.');
    const start = path.pop();
    const found = new Set();
    let object = globalThis;
    if (path.length > 0) {
        const [root, ...rest] = path;
        if (!/^[A-Za-z_$][\w$]*$/.test(root)) return [];
        object = (0, eval)(`typeof ${root} === 'undefined' ? undefined : ${root}`);
        for (const name of rest) object = object?.[name];
    }
    if (object === undefined || object === null) return [];
    for (let at = Object(object); at !== null; at = Object.getPrototypeOf(at)) {
        for (const name of Object.getOwnPropertyNames(at)) found.add(name);
    }
    return [...found].filter((name) => name.startsWith(start) && /^[A-Za-z_$][\w$]*$/.test(name)).sort().slice(0, 200);
}

/** Makes globals of what was imported. */
export function define(imported) {
    for (const [name, value] of Object.entries(imported)) {
        Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: true });
    }
}
