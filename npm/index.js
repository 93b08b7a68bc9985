// A plugin for Vite, Rolldown and Rollup: `import url from './plugin.ts?outwit'` builds the module into a component with the command
// `outwit`, puts it among the assets, and gives its URL. Nothing is downloaded; the command has to be installed.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join, resolve } from 'node:path';

const QUERY = 'outwit';

/** Runs the command; its standard error if it fails is the message of the error. */
function run(command, args) {
    return new Promise((done, fail) => {
        execFile(command, args, { maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
            if (!error) done(stdout);
            else if (error.code === 'ENOENT') {
                const hint = 'install it, or say where it is by the option `command` or the variable OUTWIT';
                fail(new Error(`cannot find the command \`${command}\`: ${hint}`));
            } else fail(new Error(stderr.trim().replace(/^error: /, '') || error.message));
        });
    });
}

/** The module and the options of an import such as `./plugin.ts?world=theme&outwit`; none if it is another. */
function parse(id) {
    const at = id.indexOf('?');
    if (at < 0) return undefined;
    const query = new URLSearchParams(id.slice(at + 1));
    if (!query.has(QUERY)) return undefined;
    return { source: id.slice(0, at), world: query.get('world') ?? undefined, wit: query.get('wit') ?? undefined };
}

/** All files in a folder, without what was installed or built. */
async function files(folder) {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    const found = entries.map((entry) => {
        const path = join(folder, entry.name);
        if (!entry.isDirectory()) return [path];
        return ['node_modules', 'target', 'dist', '.git'].includes(entry.name) ? [] : files(path);
    });
    return (await Promise.all(found)).flat();
}

export default function outwit(options = {}) {
    const command = options.command ?? process.env.OUTWIT ?? 'outwit';
    let serving = false;

    /** Builds a component, and gives its bytes. */
    async function build(wanted) {
        const folder = await mkdtemp(join(tmpdir(), 'outwit-'));
        try {
            const output = join(folder, 'plugin.wasm');
            const args = ['build', wanted.source, '-o', output];
            const wit = wanted.wit ? resolve(dirname(wanted.source), wanted.wit) : options.wit;
            if (wit) args.push('--wit', wit);
            const world = wanted.world ?? options.world;
            if (world) args.push('--world', world);
            if (options.minify) args.push('--minify');
            if (options.shared) args.push('--cut', 'shared');
            if (options.sourceMap === false) args.push('--no-source-map');
            await run(command, args);
            return await readFile(output);
        } finally {
            await rm(folder, { recursive: true, force: true });
        }
    }

    return {
        name: 'outwit',
        // Before those that would take the module for one of the page.
        enforce: 'pre',

        configResolved(config) {
            serving = config.command === 'serve';
        },

        async resolveId(id, importer) {
            const wanted = parse(id);
            if (!wanted) return null;
            const found = await this.resolve(wanted.source, importer, { skipSelf: true });
            const path = found?.id ?? resolve(importer ? dirname(importer) : '.', wanted.source);
            // Vite takes what comes after the last dot for what the module is written in.
            const query = id.slice(id.indexOf('?')).replaceAll('.', '%2E').replaceAll('/', '%2F');
            return path.split('?')[0] + query;
        },

        async load(id) {
            const wanted = parse(id);
            if (!wanted) return null;
            // What it is built from is near it, or is named by what is.
            for (const file of await files(dirname(wanted.source))) this.addWatchFile(file);
            let component;
            try {
                component = await build(wanted);
            } catch (error) {
                return this.error(`${wanted.source}: ${error.message}`);
            }
            if (serving) {
                // The server of Vite has no assets to add to.
                return `export default "data:application/wasm;base64,${component.toString('base64')}";`;
            }
            const name = `${basename(wanted.source, extname(wanted.source))}.wasm`;
            const asset = this.emitFile({ type: 'asset', name, source: component });
            return `export default import.meta.ROLLUP_FILE_URL_${asset};`;
        },
    };
}
