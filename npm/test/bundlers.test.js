// The package in projects of the bundlers it is for. They are installed once, in the versions that `bundlers/package.json` names; without npm or a
// network the tests are skipped.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import outwit from '../index.js';

const command = process.env.OUTWIT;
const here = dirname(fileURLToPath(import.meta.url));
let project;

/** Installs the bundlers, unless they are there; gives the folder they are in, or nothing. */
async function install() {
    const folder = join(process.env.CARGO_TARGET_DIR ?? join(here, '../../target'), 'npm-bundlers');
    const wanted = await readFile(join(here, 'bundlers/package.json'), 'utf8');
    if ((await readFile(join(folder, 'installed'), 'utf8').catch(() => '')) === wanted) return folder;
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'package.json'), wanted);
    try {
        const args = ['install', '--no-audit', '--no-fund', '--no-package-lock'];
        execFileSync('npm', args, { cwd: folder, stdio: 'ignore', timeout: 300_000, shell: process.platform === 'win32' });
    } catch {
        return undefined;
    }
    await writeFile(join(folder, 'installed'), wanted);
    return folder;
}

const folder = command && (await install());
const skip = folder ? false : 'OUTWIT does not name the command, or `npm install` does not work here';
const load = (path) => import(pathToFileURL(join(folder, 'node_modules', path)).href);

before(async () => {
    project = await mkdtemp(join(tmpdir(), 'outwit-bundlers-'));
    await mkdir(join(project, 'src'));
    await mkdir(join(project, 'wit'));
    await writeFile(join(project, 'wit/theme.wit'), 'package demo:theme;\nworld theme { export page: func(title: string) -> string; }\n');
    await writeFile(join(project, 'src/theme.ts'), 'export const page = (title: string): string => `<h1>${title}</h1>`;\n');
    await writeFile(join(project, 'src/main.js'), "import url from './theme.ts?wit=../wit&outwit';\nconsole.log(url);\n");
    await writeFile(join(project, 'index.html'), '<!doctype html><script type="module" src="/src/main.js"></script>\n');
});
after(() => rm(project, { recursive: true, force: true }));

/** What was put out is a component that works, and the code names it. */
async function works(output) {
    const names = await readdir(output, { recursive: true });
    const component = names.filter((name) => name.endsWith('.wasm'));
    const code = names.filter((name) => name.endsWith('.js'));
    assert.deepEqual([component.length, code.length], [1, 1], names.join());
    const text = await readFile(join(output, code[0]), 'utf8');
    assert.ok(text.includes(component[0].split(/[\\/]/).at(-1)), text);
    const printed = execFileSync(command, ['call', join(output, component[0]), 'page("soup")'], { encoding: 'utf8' });
    assert.equal(printed, '"<h1>soup</h1>"\n');
}

const input = () => ({ input: join(project, 'src/main.js'), plugins: [outwit({ command })] });

test('Vite', { skip }, async () => {
    const { build } = await load('vite/dist/node/index.js');
    const outDir = join(project, 'vite');
    await build({ root: project, configFile: false, logLevel: 'silent', plugins: [outwit({ command })], build: { outDir } });
    await works(outDir);
});

test("Vite's development server", { skip }, async () => {
    const { createServer } = await load('vite/dist/node/index.js');
    const server = await createServer({ root: project, configFile: false, logLevel: 'silent', plugins: [outwit({ command })], server: { middlewareMode: true } });
    try {
        const main = await server.transformRequest('/src/main.js');
        const [, url] = /import url from "([^"]*)"/.exec(main.code) ?? assert.fail(main.code);
        const { code } = await server.transformRequest(url);
        const [, data] = /export default "data:application\/wasm;base64,([^"]*)"/.exec(code) ?? assert.fail(code.slice(0, 200));
        await mkdir(join(project, 'served'));
        await writeFile(join(project, 'served/theme.wasm'), Buffer.from(data, 'base64'));
        const printed = execFileSync(command, ['call', join(project, 'served/theme.wasm'), 'page("soup")'], { encoding: 'utf8' });
        assert.equal(printed, '"<h1>soup</h1>"\n');
    } finally {
        await server.close();
    }
});

test('Rolldown', { skip }, async () => {
    const { rolldown } = await load('rolldown/dist/index.mjs');
    const bundle = await rolldown(input());
    await bundle.write({ dir: join(project, 'rolldown') });
    await bundle.close();
    await works(join(project, 'rolldown'));
});

test('Rollup', { skip }, async () => {
    const { rollup } = await load('rollup/dist/es/rollup.js');
    const bundle = await rollup(input());
    await bundle.write({ dir: join(project, 'rollup') });
    await bundle.close();
    await works(join(project, 'rollup'));
});
