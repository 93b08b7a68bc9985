//! `outwit call`.

use crate::folder::{Folder, fmt, texts, tools};

/// A folder with both components.
fn components() -> Folder {
    let folder = Folder::new();
    folder.component("fmt.wasm", fmt());
    folder.component("tools.wasm", tools());
    folder
}

#[test]
fn functions_are_called_by_name() {
    let folder = components();
    for call in [
        "greet(\"you\")",
        " greet( \"you\" ) ",
        "demo:g/fmt.greet(\"you\")",
        "demo:g/fmt@0.1.0.greet(\"you\")",
        "fmt:greet(\"you\")",
        "fmt:demo:g/fmt.greet(\"you\")",
    ] {
        assert_eq!(
            folder.prints(&["call", "fmt.wasm", call]),
            "\"Hello, you!\"\n"
        );
    }
    let sum = folder.prints(&["call", "fmt.wasm", "add({x: 1, y: 2})"]);
    assert_eq!(sum, "3\n");
}

#[test]
fn grants_come_from_the_command_line() {
    let folder = components();
    let args = ["call", "tools.wasm", "print()", "--grant", "console,timers"];
    let output = folder.outwit(&args);
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    // What a plugin logs is not the result.
    assert_eq!(stdout, "");
    assert_eq!(stderr, "[tools] hello\n");
    folder.fails(
        &["call", "tools.wasm", "print()"],
        "tools.wasm imports outwit:console/log@0.1.0, outwit:timers/scheduler@0.1.0, which nothing grants: add --grant console,timers",
    );
    folder.fails(
        &["call", "tools.wasm", "print()", "--grant", "timers"],
        "tools.wasm imports outwit:console/log@0.1.0, which nothing grants: add --grant console",
    );
}

#[test]
fn wrong_calls_are_explained() {
    let folder = components();
    let functions = "These are exported:\n  demo:g/fmt@0.1.0.greet: func(name: string) -> string\n  demo:g/fmt@0.1.0.add: func(p: record { x: u32, y: u32 }) -> u32";
    let add = "the arguments do not fit `add: func(p: record { x: u32, y: u32 }) -> u32`";
    let greet = "the arguments do not fit `greet: func(name: string) -> string`";
    let no_call = "is not a call; write a function and its arguments, as in 'greet(\"x\")'";
    let cases = [
        (
            "nope()",
            format!("there is no function `nope`. {functions}"),
        ),
        (
            "other:g/fmt.greet(\"x\")",
            format!(
                "there is no function `other:g/fmt.greet`; is `demo:g/fmt.greet` meant? {functions}"
            ),
        ),
        (
            "",
            String::from(
                "there is no call; write a function and its arguments, as in 'greet(\"x\")'",
            ),
        ),
        ("greet", format!("`greet` {no_call}")),
        ("()", format!("`()` {no_call}")),
        ("fmt:()", format!("`fmt:()` {no_call}")),
        (
            "add({x: 1})",
            format!("{add}: the field `y: u32` is missing\n  add({{x: 1}})\n      ^^^^^^"),
        ),
        (
            "add({x: 1, y: \"2\"})",
            format!(
                "{add}: expected a number, got \"2\"\n  add({{x: 1, y: \"2\"}})\n                ^^^"
            ),
        ),
        (
            "add({x: 1, y: 4294967296})",
            format!(
                "{add}: expected a number from 0 to 4294967295, got 4294967296\n  add({{x: 1, y: 4294967296}})\n                ^^^^^^^^^^"
            ),
        ),
        (
            "greet()",
            format!("{greet}: it takes 1 argument, 0 are given\n  greet()\n  ^^^^^"),
        ),
        (
            "greet(\"x\", \"y\")",
            format!(
                "{greet}: it takes 1 argument, 2 are given\n  greet(\"x\", \"y\")\n             ^^^"
            ),
        ),
        (
            "greet(\"x\"",
            String::from("cannot read the call: it ends too early\n  greet(\"x\"\n           ^"),
        ),
        (
            "greet(\"x\") and more",
            String::from(
                "cannot read the call: nothing can stand behind the call\n  greet(\"x\") and more\n             ^^^",
            ),
        ),
    ];
    for (call, expected) in cases {
        folder.fails(&["call", "fmt.wasm", call], &expected);
    }
}

#[test]
fn plugins_that_fail_are_named() {
    let folder = components();
    let call = |function| ["call", "tools.wasm", function, "--grant", "console,timers"];
    folder.fails(
        &call("throws()"),
        "plugin `tools` threw an exception in `throws`: TypeError: cannot read property 'x' of null\nplugin.js:4:5\n  2 | export function spin() { while (true); }\n  3 | export function throws() {\n> 4 |     null.x;\n    |     ^\n  5 | }\n  6 | export function greet(name) { return name; }\n    at throws (plugin.js:4:5)",
    );
    let error = folder.error(&call("spin()"));
    assert!(
        error.starts_with("plugin `tools` went over its cpu limit: ")
            && error.ends_with("ms of 50ms allowed; --limit cpu=VALUE changes that"),
        "{error}"
    );
    let more = [&call("spin()")[..], &["--limit", "cpu=80ms"]].concat();
    let error = folder.error(&more);
    assert!(error.contains("ms of 80ms allowed"), "{error}");
}

#[test]
fn wrong_options_are_explained() {
    let folder = components();
    let cases = [
        (
            "--grant",
            "nope",
            "--grant nope: there is no such capability. There are clocks, console, crypto, fetch, keyvalue, locks, messaging, performance, random, storage, subtle, timers, websocket",
        ),
        (
            "--grant",
            "filesystem",
            "--grant filesystem: folders are granted by --dir HOST::GUEST",
        ),
        (
            "--dir",
            "docs",
            "--dir docs: expected HOST::GUEST, as in docs::/in",
        ),
        (
            "--limit",
            "cpu",
            "--limit cpu: expected LIMIT=VALUE, as in cpu=2s",
        ),
        (
            "--limit",
            "cpu=soon",
            "the command line: `soon` is not a number of milliseconds or text like \"50ms\" or \"5s\"",
        ),
        (
            "--limit",
            "time=2s",
            "the command line: unknown field `time`, expected one of `memory`, `table-elements`, `tables`, `memories`, `instances`, `cpu`, `wall`, `host-call-bytes`, `output`, `host-calls`, `rates`, `timers`, `component`, `storage-key`, `storage-value`, `handles`",
        ),
    ];
    for (option, value, expected) in cases {
        folder.fails(
            &["call", "fmt.wasm", "greet(\"x\")", option, value],
            expected,
        );
    }
}

#[test]
fn what_is_not_a_component_is_told() {
    let folder = components();
    folder.write("text.wasm", "hello");
    folder.write("empty.wasm", "");
    folder.write("module.wasm", b"\0asm\x01\0\0\0");
    folder.write("cut.wasm", &fmt()[..fmt().len() / 2]);
    folder.write("noise.wasm", [0x9f; 100]);
    folder.write("script.js", "1");
    std::fs::create_dir(folder.path("folder")).expect("a folder");
    let cases = [
        ("nope.wasm", "there is no file nope.wasm"),
        (
            "text.wasm",
            "text.wasm is not a WebAssembly component: it is text. Build a script with `outwit build`, the text format with `wasm-tools parse`",
        ),
        (
            "empty.wasm",
            "empty.wasm is not a WebAssembly component: it is empty",
        ),
        (
            "module.wasm",
            "module.wasm is not a WebAssembly component: it is a core module. `wasm-tools component new` makes a component of a module that follows the component ABI",
        ),
        (
            "noise.wasm",
            "noise.wasm is not a WebAssembly component: it is something else",
        ),
        (
            "script.js",
            "script.js is a script: `outwit run` runs it as it is, `outwit build script.js -o script.wasm` makes a component of it",
        ),
        (
            "folder",
            "there is no outwit.toml in the folder folder; `outwit new NAME` makes a plugin with one",
        ),
    ];
    for (file, expected) in cases {
        folder.fails(&["call", file, "f()"], expected);
    }
    let error = folder.error(&["call", "cut.wasm", "f()"]);
    assert!(
        error.starts_with("cut.wasm is not a valid component: unexpected end-of-file"),
        "{error}"
    );
}

#[test]
fn apps_are_called_by_plugin_and_function() {
    let folder = components();
    let manifest = "[app]\nname = \"x\"\n\n[plugins.a]\npath = \"fmt.wasm\"\n\n[plugins.b]\npath = \"tools.wasm\"\n";
    folder.write("outwit.toml", manifest);
    folder.fails(
        &["call", ".", "add({x: 1, y: 2})"],
        "plugin `b` imports `outwit:console/log@0.1.0`, `outwit:timers/scheduler@0.1.0`, which were not granted to it. To grant, add to outwit.toml:\n\n[plugins.b.grant]\nconsole = true\ntimers = true",
    );
    let granted = format!("{manifest}\n[plugins.b.grant]\nconsole = true\ntimers = true\n");
    folder.write("outwit.toml", granted);
    for target in [".", "outwit.toml"] {
        assert_eq!(folder.prints(&["call", target, "add({x: 1, y: 2})"]), "3\n");
    }
    assert_eq!(
        folder.prints(&["call", ".", "a:greet(\"x\")"]),
        "\"Hello, x!\"\n"
    );
    assert_eq!(folder.prints(&["call", ".", "b:greet(\"x\")"]), "\"x\"\n");
    folder.fails(
        &["call", ".", "greet(\"x\")"],
        "`greet` is ambiguous; put the plugin or the interface in front:\n  a:demo:g/fmt@0.1.0.greet: func(name: string) -> string\n  b:greet: func(name: string) -> string",
    );
    folder.fails(
        &["call", ".", "a:greet(\"x\")", "--grant", "console"],
        "--grant, --dir and --limit are for a single component; those of an app stand in its manifest",
    );
    let error = folder.error(&["call", ".", "b:spin()"]);
    assert!(
        error.ends_with("; `cpu` under [plugins.b.limits] in the manifest changes that"),
        "{error}"
    );
}
