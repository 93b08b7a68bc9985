// Type-checks folders with the strictest settings: `node typecheck.mjs FOLDER...`. Prints what is wrong: { folder: [line, ...] }.
// `node typecheck.mjs --complete FILE TEXT` prints what an editor offers after the first TEXT in a file, by the tsconfig.json or jsconfig.json beside it.
import ts from 'typescript';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

const options = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  noEmit: true,
  types: [],
  lib: ['lib.es2024.d.ts'],
  target: ts.ScriptTarget.ES2024,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
};

/** The libraries are read once for all folders. */
function compilerHost() {
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  const libraries = new Map();
  host.getSourceFile = (name, ...rest) => {
    const file = libraries.get(name) ?? getSourceFile.call(host, name, ...rest);
    if (name.includes('/lib.')) libraries.set(name, file);
    return file;
  };
  return host;
}

function config(folder) {
  for (const name of ['tsconfig.json', 'jsconfig.json']) {
    const path = join(folder, name);
    if (ts.sys.fileExists(path)) return ts.getParsedCommandLineOfConfigFile(path, {}, ts.sys);
  }
  return undefined;
}

function check(folder, host) {
  const own = config(folder);
  const files = own?.fileNames ?? readdirSync(folder).filter((name) => name.endsWith('.ts')).map((name) => join(folder, name));
  const program = ts.createProgram(files, own?.options ?? options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText, code }) => {
    const text = `TS${code}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    if (!file) return text;
    const { line } = ts.getLineAndCharacterOfPosition(file, start);
    return `${file.fileName.slice(folder.length + 1)}:${line + 1}: ${text}`;
  });
}

function complete(path, after) {
  const { fileNames, options } = config(dirname(path));
  const service = ts.createLanguageService({
    getScriptFileNames: () => fileNames,
    getScriptVersion: () => '1',
    getScriptSnapshot: (name) => (ts.sys.fileExists(name) ? ts.ScriptSnapshot.fromString(readFileSync(name, 'utf8')) : undefined),
    getCurrentDirectory: () => dirname(path),
    getCompilationSettings: () => options,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  });
  const offset = readFileSync(path, 'utf8').indexOf(after) + after.length;
  return service.getCompletionsAtPosition(path, offset, {})?.entries.map(({ name }) => name) ?? [];
}

const [first, ...rest] = process.argv.slice(2);
if (first === '--complete') {
  console.log(JSON.stringify(complete(...rest)));
} else {
  const host = compilerHost();
  const wrong = [first, ...rest].map((folder) => [folder, check(folder, host)]);
  console.log(JSON.stringify(Object.fromEntries(wrong.filter(([, lines]) => lines.length > 0)), null, 1));
}
