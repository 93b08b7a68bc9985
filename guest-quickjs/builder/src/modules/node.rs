//! Modules of Node.js, which plugins do not have, and what to use in their place.

use super::resolve::Failure;
use outwit_descriptor::nearest;
use std::path::Path;

/// Each with what to use.
const BUILTINS: &[(&str, &str)] = &[
    (
        "assert",
        "throw an `Error`, or add the npm package `assert`",
    ),
    ("async_hooks", "pass the context as a parameter"),
    (
        "buffer",
        "use `Uint8Array`, `TextEncoder` and `TextDecoder`, or add the npm package `buffer`",
    ),
    (
        "child_process",
        "export a function that another plugin or the application calls",
    ),
    ("cluster", "let the application run more instances"),
    (
        "console",
        "use the global `console` (`include outwit:console/imports@0.1.0;` in the world)",
    ),
    ("constants", "write the values down"),
    (
        "crypto",
        "use the global `crypto` (`include outwit:crypto/imports@0.1.0;` in the world)",
    ),
    ("dgram", "use `fetch` or `WebSocket`"),
    ("dns", "use `fetch`: names are resolved by the host"),
    ("domain", "use `try` and `catch`"),
    (
        "events",
        "use the global `EventTarget`, or add the npm package `events`",
    ),
    (
        "fs",
        "use `localStorage` (`include outwit:storage/imports@0.1.0;` in the world), or pass the data as a parameter",
    ),
    (
        "http",
        "use `fetch` (`include outwit:fetch/imports@0.1.0;` in the world)",
    ),
    (
        "http2",
        "use `fetch` (`include outwit:fetch/imports@0.1.0;` in the world)",
    ),
    (
        "https",
        "use `fetch` (`include outwit:fetch/imports@0.1.0;` in the world)",
    ),
    (
        "module",
        "import what is needed: all modules are loaded while the plugin is built",
    ),
    ("net", "use `fetch` or `WebSocket`"),
    ("os", "pass what has to be known as a parameter"),
    ("path", "add an npm package such as `pathe`"),
    (
        "perf_hooks",
        "use the global `performance` (`include outwit:performance/imports@0.1.0;` in the world)",
    ),
    (
        "process",
        "pass what has to be known as a parameter, or add the npm package `process`",
    ),
    ("punycode", "add the npm package `punycode`"),
    ("querystring", "use the global `URLSearchParams`"),
    ("readline", "pass the text as a parameter"),
    ("repl", "use `outwit run`"),
    (
        "stream",
        "use the global `ReadableStream`, or add the npm package `readable-stream`",
    ),
    ("string_decoder", "use the global `TextDecoder`"),
    ("test", "test the plugin from outside"),
    (
        "timers",
        "use the global `setTimeout` (`include outwit:timers/imports@0.1.0;` in the world)",
    ),
    ("tls", "use `fetch` or `WebSocket`"),
    ("tty", "pass what has to be known as a parameter"),
    ("url", "use the globals `URL` and `URLSearchParams`"),
    ("util", "add the npm package `util`"),
    ("v8", "use `structuredClone`"),
    ("vm", "use another plugin"),
    ("worker_threads", "use another plugin"),
    (
        "zlib",
        "use the globals `CompressionStream` and `DecompressionStream`",
    ),
];

/// Why a module cannot be had, and what to do.
pub fn explain(from: &Path, specifier: &str, failure: &Failure) -> String {
    let name = specifier.strip_prefix("node:").unwrap_or(specifier);
    let top = name.split('/').next().unwrap_or_default();
    if let Failure::Other(reason) = failure {
        return format!("cannot load the module \"{specifier}\": {reason}");
    }
    if let Some((_, instead)) = BUILTINS.iter().find(|(builtin, _)| *builtin == top) {
        return format!(
            "\"{specifier}\" is a module of Node.js, which plugins do not have: {instead}"
        );
    }
    if ["outwit:test", "vitest", "@jest/globals"].contains(&specifier) {
        return format!(
            "\"{specifier}\" is for tests: import \"outwit:test\" in a file named like plugin.test.ts, which `outwit test` runs"
        );
    }
    if specifier.starts_with("node:") {
        return format!("\"{specifier}\" is a module of Node.js, which plugins do not have");
    }
    if specifier.starts_with("./") || specifier.starts_with("../") {
        let meant = neighbour(from, specifier)
            .map(|near| format!("; is \"{near}\" meant?"))
            .unwrap_or_default();
        return format!("cannot find the module \"{specifier}\": there is no such file{meant}");
    }
    let package = package(specifier);
    format!(
        "cannot find the module \"{specifier}\": there is no package `{package}` in a folder node_modules here or above \
         (`npm install {package}`); a module of the plugin itself begins with ./ or ../, an import of its world looks like \
         \"namespace:package/interface\""
    )
}

/// A file beside the one that is not there, with a name like it, as an import would have it.
fn neighbour(from: &Path, specifier: &str) -> Option<String> {
    let (folder, name) = specifier.rsplit_once('/')?;
    let entries = std::fs::read_dir(from.parent()?.join(folder)).ok()?;
    let names = entries.flatten().take(1000);
    let mut names: Vec<String> = names
        .filter_map(|entry| entry.file_name().into_string().ok())
        .map(|name| match name.strip_suffix(".ts") {
            // TypeScript is imported by the name of what it becomes.
            Some(stem) if specifier.ends_with(".js") => format!("{stem}.js"),
            Some(stem) if !specifier.ends_with(".ts") => stem.to_owned(),
            _ => name,
        })
        .collect();
    names.sort();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let near = nearest(name, &names)?;
    Some(format!("{folder}/{near}"))
}

/// The name of the package in a specifier.
fn package(specifier: &str) -> &str {
    let slashes = if specifier.starts_with('@') { 2 } else { 1 };
    let end = specifier
        .match_indices('/')
        .nth(slashes - 1)
        .map(|(at, _)| at);
    end.and_then(|end| specifier.get(..end))
        .unwrap_or(specifier)
}
