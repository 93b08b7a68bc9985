// With node's own test runner: `node --test npm/test/`. OUTWIT names the command, which is the real one.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import outwit from '../index.js';

const command = process.env.OUTWIT;
const skip = command ? false : 'OUTWIT does not name the command';
let folder;

before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'outwit-test-'));
    await mkdir(join(folder, 'wit'));
    await writeFile(join(folder, 'wit/a.wit'), 'package demo:a; world a { export hello: func() -> string; } world b { export bye: func() -> string; }');
    await writeFile(join(folder, 'plugin.ts'), "import { text } from './text';\nexport const hello = (): string => text;\n");
    await writeFile(join(folder, 'text.ts'), "export const text = 'hello';\n");
    await writeFile(join(folder, 'broken.ts'), 'export const hello = = 1;\n');
});
after(() => rm(folder, { recursive: true, force: true }));

/** What a bundler gives its plugins, as far as this one uses it. */
class Context {
    emitted = [];
    watched = [];
    async resolve(source, importer) {
        return { id: resolve(importer, '..', source) };
    }
    addWatchFile(file) {
        this.watched.push(file);
    }
    emitFile(file) {
        this.emitted.push(file);
        return `ref${this.emitted.length}`;
    }
    error(message) {
        throw new Error(message);
    }
}

async function load(plugin, specifier, context = new Context()) {
    const id = await plugin.resolveId.call(context, specifier, join(folder, 'main.js'));
    return { id, code: await plugin.load.call(context, id), context };
}

test('other imports are left alone', async () => {
    const plugin = outwit({ command: 'nothing' });
    const context = new Context();
    for (const id of ['./a.ts', './a.ts?raw', 'a', '\0virtual']) {
        assert.equal(await plugin.resolveId.call(context, id, join(folder, 'main.js')), null);
        assert.equal(await plugin.load.call(context, id), null);
    }
});

test('a module becomes an asset', { skip }, async () => {
    const { id, code, context } = await load(outwit({ command }), './plugin.ts?world=a&outwit');
    assert.equal(id, `${join(folder, 'plugin.ts')}?world=a&outwit`);
    assert.equal(code, 'export default import.meta.ROLLUP_FILE_URL_ref1;');
    const [asset] = context.emitted;
    assert.equal(asset.name, 'plugin.wasm');
    // The magic number of wasm, and the version of a component.
    assert.deepEqual([...asset.source.subarray(0, 8)], [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]);
    for (const file of ['text.ts', 'wit/a.wit']) assert.ok(context.watched.includes(join(folder, file)), file);
});

test('an import can say where its WIT is', { skip }, async () => {
    const { id, context } = await load(outwit({ command, world: 'a' }), './plugin.ts?wit=./wit/a.wit&outwit');
    // Bundlers look for the language of a module behind its last dot.
    assert.ok(id.startsWith(`${join(folder, 'plugin.ts')}?`), id);
    assert.doesNotMatch(id.slice(id.indexOf('?')), /[./]/);
    assert.equal(context.emitted.length, 1);
});

test('options reach the command', { skip }, async () => {
    const small = await load(outwit({ command, world: 'a', minify: true, shared: true, sourceMap: false }), './plugin.ts?outwit');
    const large = await load(outwit({ command, world: 'a' }), './plugin.ts?outwit');
    assert.ok(small.context.emitted[0].source.length * 4 < large.context.emitted[0].source.length);
});

test('the development server has no assets', { skip }, async () => {
    const plugin = outwit({ command, world: 'a' });
    plugin.configResolved({ command: 'serve' });
    const { code, context } = await load(plugin, './plugin.ts?outwit');
    assert.match(code, /^export default "data:application\/wasm;base64,AGFzbQ0A/);
    assert.equal(context.emitted.length, 0);
});

test('a mistake is shown where it is', { skip }, async () => {
    await assert.rejects(load(outwit({ command, world: 'a' }), './broken.ts?outwit'), (error) => {
        assert.match(error.message, /broken\.ts:1:22: SyntaxError/);
        assert.match(error.message, /> 1 \| export const hello = = 1;/);
        return true;
    });
    await assert.rejects(load(outwit({ command }), './plugin.ts?outwit'), /more than one world/);
});

test('a command that is not there is explained', async () => {
    await assert.rejects(load(outwit({ command: 'no-such-outwit' }), './plugin.ts?outwit'), /cannot find the command `no-such-outwit`: install it/);
});
