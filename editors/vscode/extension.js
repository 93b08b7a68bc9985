// Starts `outwit debug` for VS Code, which speaks the Debug Adapter Protocol with it.

'use strict';

const vscode = require('vscode');

/** The program, from the setting, or `outwit` from the PATH. */
function command(folder) {
    const path = vscode.workspace.getConfiguration('outwit', folder?.uri).get('path');
    return typeof path === 'string' && path.trim() !== '' ? path.trim() : 'outwit';
}

/** A port where `outwit debug --listen` waits already, if the configuration names one. */
function port(configuration) {
    const { debugServer } = configuration;
    return Number.isInteger(debugServer) && debugServer > 0 && debugServer < 65536 ? debugServer : undefined;
}

const factory = {
    createDebugAdapterDescriptor(session) {
        const server = port(session.configuration);
        if (server !== undefined) {
            return new vscode.DebugAdapterServer(server, '127.0.0.1');
        }
        const folder = session.workspaceFolder ?? vscode.workspace.workspaceFolders?.[0];
        const options = folder ? { cwd: folder.uri.fsPath } : {};
        return new vscode.DebugAdapterExecutable(command(folder), ['debug'], options);
    },
};

const provider = {
    /** F5 without a launch.json: the app of the folder. */
    resolveDebugConfiguration(folder, configuration) {
        if (configuration.type || configuration.request || configuration.name) {
            return configuration;
        }
        const language = vscode.window.activeTextEditor?.document.languageId ?? '';
        if (!folder || !/^(java|type)script/.test(language)) {
            return undefined;
        }
        return {
            type: 'outwit',
            request: 'launch',
            name: 'Outwit',
            program: '${workspaceFolder}/outwit.toml',
        };
    },
};

/** Says what to do where the program is not there. */
const tracker = {
    createDebugAdapterTracker(session) {
        return {
            onError(error) {
                if (error?.code === 'ENOENT' || /ENOENT/.test(error?.message ?? '')) {
                    vscode.window.showErrorMessage(
                        `There is no program \`${command(session.workspaceFolder)}\`: install Outwit, or set outwit.path.`,
                    );
                }
            },
        };
    },
};

function activate(context) {
    context.subscriptions.push(
        vscode.debug.registerDebugAdapterDescriptorFactory('outwit', factory),
        vscode.debug.registerDebugConfigurationProvider('outwit', provider),
        vscode.debug.registerDebugAdapterTrackerFactory('outwit', tracker),
    );
}

function deactivate() {}

module.exports = { activate, deactivate };
