// Drives `outwit debug` with VS Code's own test client, and has TypeScript check each message that came back against the
// protocol's types. `node session.mjs OUTWIT FOLDER`; the folder has shop.ts, shop.wasm and outwit.toml.

import { DebugClient } from '@vscode/debugadapter-testsupport';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const [outwit, folder] = process.argv.slice(2);
const source = join(folder, 'shop.ts');
const received = [];

/** A client that keeps what it receives. */
class Client extends DebugClient {
    names = new Map();
    last = 0;
    constructor() {
        super(outwit, 'debug', 'outwit', { cwd: folder });
        this.defaultTimeout = 60_000;
    }
    doSend(command, args, callback) {
        this.names.set(this.sequence, command);
        super.doSend(command, args, callback);
    }
    dispatch(body) {
        const message = JSON.parse(body);
        assert.equal(message.seq, ++this.last, 'messages are numbered');
        if (message.type === 'response') {
            assert.equal(message.command, this.names.get(message.request_seq));
        }
        received.push(message);
        super.dispatch(body);
    }
}

const launch = { program: 'shop.wasm', grants: ['console'], calls: ['total([1, 2])', 'later(40)'] };

/** One session from the beginning to the end; what differs is how it is reached and what it debugs. */
async function session(client, configuration) {
    const initialized = client.waitForEvent('initialized');
    const { body } = await client.initializeRequest();
    assert.equal(body.supportsConfigurationDoneRequest, true);
    for (const [name, value] of Object.entries(body)) {
        if (name.startsWith('supports')) assert.equal(typeof value, 'boolean', name);
    }
    // as VS Code does it: the launch is not waited for
    const launched = client.launchRequest(configuration);
    await initialized;
    const set = await client.setBreakpointsRequest({
        source: { path: source },
        breakpoints: [{ line: 12 }, { line: 14, condition: 'total > 5' }, { line: 27, logMessage: 'cart is {cart.note}' }],
    });
    assert.equal(set.body.breakpoints.length, 3);
    await client.setExceptionBreakpointsRequest({ filters: ['uncaught'] });
    const stopped = client.waitForEvent('stopped');
    await client.configurationDoneRequest();
    await launched;

    const { threadId } = (await stopped).body;
    const { threads } = (await client.threadsRequest()).body;
    assert.deepEqual(threads.map((thread) => thread.id), [threadId]);
    const { stackFrames } = (await client.stackTraceRequest({ threadId })).body;
    assert.equal(stackFrames[0].line, 12);
    assert.equal(stackFrames[0].source.path, source);
    const [{ id: frameId }] = stackFrames;
    const { scopes } = (await client.scopesRequest({ frameId })).body;
    const values = {};
    for (const { name, variablesReference } of scopes) {
        const { variables } = (await client.variablesRequest({ variablesReference })).body;
        if (name === 'Locals') for (const variable of variables) values[variable.name] = variable;
    }
    assert.equal(values.doubled.value, '2');
    const inside = await client.variablesRequest({ variablesReference: values.cart.variablesReference });
    assert.ok(inside.body.variables.some(({ name, value }) => name === 'note' && value === '"all"'));
    const changed = await client.setVariableRequest({ variablesReference: values.cart.variablesReference, name: 'note', value: '"some"' });
    assert.equal(changed.body.value, '"some"');
    const { body: result } = await client.evaluateRequest({ expression: 'cart', frameId, context: 'hover' });
    assert.equal(result.result, '{prices: (2) [1, 2], note: "some"}');
    await client.send('setExpression', { expression: 'total', value: '100', frameId });
    const { targets } = (await client.send('completions', { text: 'cart.pri', column: 9, frameId })).body;
    assert.deepEqual(targets.map(({ label }) => label), ['prices']);
    const locations = await client.send('breakpointLocations', { source: { path: source }, line: 10, endLine: 13 });
    assert.deepEqual(locations.body.breakpoints.map(({ line }) => line), [10, 11, 12]);
    const { sources } = (await client.send('loadedSources')).body;
    assert.ok(sources.some(({ path }) => path === source));
    await assert.rejects(client.evaluateRequest({ expression: 'nope', frameId }), /nope is not defined/);
    await assert.rejects(client.send('restartFrame', { frameId }), /not supported/);
    await assert.rejects(client.stackTraceRequest({ threadId: 99 }), /no thread 99/);

    await client.setBreakpointsRequest({ source: { path: source }, breakpoints: [{ line: 14, condition: 'total > 5' }] });
    const next = client.waitForEvent('stopped');
    await client.nextRequest({ threadId });
    assert.equal((await next).body.reason, 'step');
    await assert.rejects(client.scopesRequest({ frameId }), /gone on/);
    const breakpoint = client.waitForEvent('stopped');
    await client.continueRequest({ threadId });
    assert.equal((await breakpoint).body.reason, 'breakpoint');
    const out = client.waitForEvent('stopped');
    await client.stepOutRequest({ threadId });
    await out;
    const ended = client.waitForEvent('terminated');
    await client.continueRequest({ threadId });
    await ended;
    await client.disconnectRequest();
}

/** A session with a client on a port. */
async function overPort(configuration) {
    const command = spawn(outwit, ['debug', '--listen', '127.0.0.1:0'], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    while (!said.includes('\n')) said += (await once(command.stderr, 'data'))[0];
    const client = new Client();
    await client.start(Number(/:(\d+)\n/.exec(said)[1]));
    await session(client, configuration);
    const [code] = await once(command, 'exit');
    assert.equal(code, 0);
}

const app = { program: 'outwit.toml', plugin: 'shop', calls: ['shop:total([1, 2])'] };
for (const configuration of [launch, app]) {
    const client = new Client();
    await client.start();
    await session(client, configuration);
    await overPort(configuration);
}

// the client's own way to a breakpoint, which is only known to be one when the plugin runs, and an exception
const client = new Client();
await client.start();
await client.hitBreakpoint({ ...launch, calls: ['fail("no")'] }, { path: source, line: 41, verified: false });
const thrown = client.waitForEvent('stopped');
await client.setExceptionBreakpointsRequest({ filters: ['all'] });
await client.continueRequest({ threadId: 1 });
assert.equal((await thrown).body.reason, 'exception');
await client.send('exceptionInfo', { threadId: 1 });
await client.terminateRequest();
await client.disconnectRequest();

// what came is what the protocol says, and nothing else
const type = (message) => {
    if (message.type === 'event') return `${message.event[0].toUpperCase()}${message.event.slice(1)}Event`;
    if (!message.success) return 'ErrorResponse';
    return `${message.command[0].toUpperCase()}${message.command.slice(1)}Response`;
};
const lines = received.map((message, at) => `const message${at}: DebugProtocol.${type(message)} = ${JSON.stringify(message)};`);
const here = fileURLToPath(new URL('.', import.meta.url));
const checked = join(here, 'messages.ts');
writeFileSync(checked, `import type { DebugProtocol } from '@vscode/debugprotocol';\n${lines.join('\n')}\n`);
const program = ts.createProgram([checked], { strict: true, noEmit: true, module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, types: [] });
const wrong = ts.getPreEmitDiagnostics(program).map(({ messageText, file, start }) => {
    const line = file ? file.text.slice(start).split('\n', 1)[0].slice(0, 200) : '';
    return `${ts.flattenDiagnosticMessageText(messageText, '\n')}\n${line}`;
});
assert.deepEqual(wrong, []);
const kinds = new Set(received.map(type));
console.log(`${received.length} messages of ${kinds.size} kinds are what the protocol says`);
if (process.env.MESSAGES) writeFileSync(process.env.MESSAGES, JSON.stringify(received));
process.exit(0);
