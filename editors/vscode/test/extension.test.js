// With node's own test runner: `node --test editors/vscode/test/`. OUTWIT names the command, which is the real one.

'use strict';

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const Module = require('node:module');
const { test } = require('node:test');

/** What VS Code has, as far as the extension uses it. */
const registered = {};
const register = (kind) => (type, value) => {
    assert.equal(type, 'outwit');
    registered[kind] = value;
    return { dispose() { delete registered[kind]; } };
};
const settings = {};
const said = [];
const vscode = {
    DebugAdapterExecutable: class {
        constructor(command, args, options) {
            Object.assign(this, { command, args, options });
        }
    },
    DebugAdapterServer: class {
        constructor(port, host) {
            Object.assign(this, { port, host });
        }
    },
    debug: {
        registerDebugAdapterDescriptorFactory: register('factory'),
        registerDebugConfigurationProvider: register('provider'),
        registerDebugAdapterTrackerFactory: register('tracker'),
    },
    window: { activeTextEditor: undefined, showErrorMessage: (text) => said.push(text) },
    workspace: { workspaceFolders: undefined, getConfiguration: (section) => ({ get: (name) => settings[`${section}.${name}`] }) },
};
const load = Module._load;
Module._load = (name, ...rest) => (name === 'vscode' ? vscode : load(name, ...rest));

const manifest = require('../package.json');
const extension = require(`../${manifest.main}`);
const context = { subscriptions: [] };
extension.activate(context);
const folder = { uri: { fsPath: '/work/app' } };
const describe = (configuration, workspaceFolder = folder) => registered.factory.createDebugAdapterDescriptor({ configuration, workspaceFolder });

test('the command is the one of the setting, or that of the PATH', () => {
    assert.deepEqual({ ...describe({}) }, { command: 'outwit', args: ['debug'], options: { cwd: '/work/app' } });
    settings['outwit.path'] = ' /opt/outwit ';
    assert.equal(describe({}).command, '/opt/outwit');
    settings['outwit.path'] = '';
    assert.equal(describe({}, null).command, 'outwit');
    assert.deepEqual(describe({}, null).options, {});
});

test('a session can be one that listens', () => {
    assert.deepEqual({ ...describe({ debugServer: 4711 }) }, { port: 4711, host: '127.0.0.1' });
    assert.equal(describe({ debugServer: 'x' }).command, 'outwit');
});

test('without a launch.json the app of the folder is run', () => {
    const { provider } = registered;
    const given = { type: 'outwit', request: 'launch', name: 'a' };
    assert.equal(provider.resolveDebugConfiguration(folder, given), given);
    assert.equal(provider.resolveDebugConfiguration(folder, {}), undefined);
    vscode.window.activeTextEditor = { document: { languageId: 'typescript' } };
    assert.equal(provider.resolveDebugConfiguration(folder, {}).program, '${workspaceFolder}/outwit.toml');
    assert.equal(provider.resolveDebugConfiguration(undefined, {}), undefined);
});

test('a command that is not there is told', () => {
    const tracker = registered.tracker.createDebugAdapterTracker({ workspaceFolder: folder });
    tracker.onError(Object.assign(new Error('spawn'), { code: 'ENOENT' }));
    tracker.onError(new Error('something else'));
    assert.equal(said.length, 1);
    assert.match(said[0], /set outwit\.path/);
});

test('what is contributed is complete', () => {
    const { breakpoints, debuggers: [contributed] } = manifest.contributes;
    assert.deepEqual(breakpoints.map(({ language }) => language), contributed.languages);
    const known = Object.keys(contributed.configurationAttributes.launch.properties);
    const all = [...contributed.initialConfigurations, ...contributed.configurationSnippets.map(({ body }) => body)];
    for (const { type, request, name, ...options } of all) {
        assert.equal(type, contributed.type);
        assert.ok(contributed.configurationAttributes[request]);
        for (const option of Object.keys(options)) assert.ok(known.includes(option), option);
    }
});

const skip = process.env.OUTWIT ? false : 'OUTWIT does not name the command';
test('what is started speaks the protocol', { skip }, async () => {
    settings['outwit.path'] = process.env.OUTWIT;
    const { command, args } = describe({}, null);
    const adapter = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const request = JSON.stringify({ seq: 1, type: 'request', command: 'initialize', arguments: { adapterID: 'outwit' } });
    adapter.stdin.write(`Content-Length: ${request.length}\r\n\r\n${request}`);
    let text = '';
    while (!text.includes('"success":true')) text += (await once(adapter.stdout, 'data'))[0];
    adapter.stdin.end();
    const [code] = await once(adapter, 'exit');
    assert.equal(code, 0);
});

test('nothing is left behind', () => {
    for (const subscription of context.subscriptions) subscription.dispose();
    assert.deepEqual(registered, {});
    extension.deactivate();
});
