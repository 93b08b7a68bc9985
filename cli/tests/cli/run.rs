//! `outwit run`.

use crate::folder::{Folder, fmt, repository, texts};
use std::sync::OnceLock;

#[test]
fn a_script_is_run_as_it_is() {
    let folder = Folder::with(&[
        (
            "hello.js",
            "console.log('hello', [1, 2]); console.warn('careful');",
        ),
        (
            "throws.js",
            "function f() {\n  throw new Error('no');\n}\nf();\n",
        ),
        ("syntax.mjs", "let a = ;"),
        ("waits.js", "await new Promise(() => {});"),
    ]);
    let output = folder.outwit(&["run", "hello.js"]);
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert_eq!(stdout, "hello [ 1, 2 ]\n");
    assert_eq!(stderr, "careful\n");
    let error = folder.error(&["run", "throws.js"]);
    assert!(error.starts_with("throws.js:2:9: Error: no\n"), "{error}");
    assert!(error.contains("at f (throws.js:2:9)"), "{error}");
    let error = folder.error(&["run", "syntax.mjs"]);
    assert!(
        error.starts_with("syntax.mjs:1:9: SyntaxError: "),
        "{error}"
    );
    folder.fails(
        &["run", "waits.js"],
        "waits.js: the script waits for something that cannot happen: nothing outside of it can wake it",
    );
    folder.fails(&["run", "nope.js"], "there is no file nope.js");
}

/// A command in JavaScript: prints its name and arguments, and fails if there are none.
pub fn command() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        let folder = Folder::with(&[
            (
                "wit/world.wit",
                "package demo:command@0.1.0;
                world command {
                    include outwit:console/imports@0.1.0;
                    import wasi:cli/environment@0.2.12;
                    export wasi:cli/run@0.2.12;
                }",
            ),
            (
                "command.js",
                "import { getArguments } from 'wasi:cli/environment';
                export const run = {
                    run() {
                        const args = getArguments();
                        if (args.length === 1) throw new ComponentError();
                        console.log(args.join());
                    },
                };",
            ),
        ]);
        for entry in std::fs::read_dir(repository().join("wit/deps")).expect("a folder") {
            let name = entry.expect("an entry").file_name();
            let name = name.to_str().expect("it is Unicode");
            if name.starts_with("wasi-") {
                folder.copy(&format!("wit/deps/{name}"), &format!("wit/deps/{name}"));
            }
        }
        folder.prints(&["build", "command.js", "-o", "command.wasm"]);
        folder.read("command.wasm")
    })
}

#[test]
fn a_command_is_run_with_its_arguments() {
    let folder = Folder::new();
    folder.component("command.wasm", command());
    let run = ["run", "command.wasm", "--grant", "console"];
    let output = folder.outwit(&[&run[..], &["--", "a", "--flag"]].concat());
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert_eq!(
        (stdout.as_str(), stderr.as_str()),
        ("", "[command] command,a,--flag\n")
    );
    let output = folder.outwit(&run);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(texts(&output), (String::new(), String::new()));
}

#[test]
fn the_exit_code_is_passed_on() {
    let folder = Folder::new();
    let wat = r#"(component
        (import "wasi:cli/exit@0.2.6" (instance $host
            (export "exit-with-code" (func (param "status-code" u8)))))
        (core func $exit (canon lower (func $host "exit-with-code")))
        (core module $m (import "" "exit" (func $exit (param i32)))
            (func (export "run") (result i32) (call $exit (i32.const 42)) unreachable))
        (core instance $i (instantiate $m (with "" (instance (export "exit" (func $exit))))))
        (func $run (result (result)) (canon lift (core func $i "run")))
        (instance $run-i (export "run" (func $run)))
        (export "wasi:cli/run@0.2.6" (instance $run-i)))"#;
    folder.component(
        "exits.wasm",
        &wat::parse_str(wat).expect("it is a component"),
    );
    let output = folder.outwit(&["run", "exits.wasm"]);
    let (_, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(42), "{stderr}");
}

#[test]
fn an_app_is_run_by_its_command() {
    let folder = Folder::new();
    folder.component("command.wasm", command());
    folder.component("fmt.wasm", fmt());
    let plugin = |name: &str, file: &str| {
        format!(
            "\n[plugins.{name}]\npath = \"{file}.wasm\"\n\n[plugins.{name}.grant]\nconsole = true\n"
        )
    };
    let command = |name: &str| plugin(name, "command") + "cli = { args = true }\n";
    let app = |plugins: &str| {
        folder.write("outwit.toml", format!("[app]\nname = \"x\"\n{plugins}"));
    };
    app(&(command("one") + &plugin("fmt", "fmt")));
    let output = folder.outwit(&["run", ".", "--", "x"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(texts(&output).1, "[one] one,x\n");

    app(&(command("one") + &command("two")));
    folder.fails(
        &["run", "."],
        "more than one plugin can be run: choose one of one, two with --plugin",
    );
    let output = folder.outwit(&["run", ".", "--plugin", "two", "--", "y"]);
    assert_eq!(texts(&output).1, "[two] two,y\n");
    folder.fails(
        &["run", ".", "--plugin", "three"],
        "there is no plugin `three`; the app has one, two",
    );

    app(&plugin("fmt", "fmt"));
    folder.fails(
        &["run", "."],
        "nothing here can be run: no plugin exports wasi:cli/run; `outwit call` calls single functions",
    );
}

#[test]
fn manifests_that_do_not_load_say_where() {
    let folder = Folder::new();
    folder.component("fmt.wasm", fmt());
    let needs = "(component (import \"demo:x/y@0.1.0\" (instance (export \"f\" (func)))))";
    folder.component(
        "needs.wasm",
        &wat::parse_str(needs).expect("it is a component"),
    );
    let cases = [
        (
            "",
            "outwit.toml:1:1: missing field `app`: a manifest begins with\n\n[app]\nname = \"NAME\"",
        ),
        (
            "[app]\nname = \"x\"\n[plugins.a]\npath = \"fmt.wasm\"\ncolour = 1\n",
            "outwit.toml:5:1: unknown field `colour`, expected one of `path`, `signature`, `build`, `from`, `grant`, `policy`, `limits`, `links`, `lifecycle`",
        ),
        (
            "[app]\nname = \"x\"\n[plugins.a]\npath = \"fmt.wasm\n",
            "outwit.toml:4:17: invalid basic string, expected `\"`",
        ),
        (
            "[app]\nname = \"x\"\n[plugins.a]\npath = \"nope.wasm\"\n",
            "outwit.toml:4:8: cannot read nope.wasm: No such file or directory (os error 2)",
        ),
        (
            "[app]\nname = \"x\"\n[plugins.a]\npath = \"fmt.wasm\"\n[plugins.a.limits]\ncpu = \"soon\"\n",
            "outwit.toml:6:7: `soon` is not a number of milliseconds or text like \"50ms\" or \"5s\"",
        ),
        (
            "[app]\nname = \"x\"\n[plugins.needs]\npath = \"needs.wasm\"\n[plugins.fmt]\npath = \"fmt.wasm\"\n",
            "plugin `needs` imports `demo:x/y@0.1.0`, which no plugin of the app exports. The plugins export: fmt: demo:g/fmt@0.1.0",
        ),
    ];
    for (manifest, expected) in cases {
        folder.write("outwit.toml", manifest);
        folder.fails(&["run", "outwit.toml"], expected);
    }
    folder.fails(
        &["run", "needs.wasm"],
        "needs.wasm imports demo:x/y@0.1.0, which has to come from another component: use `outwit compose`, or an app with both",
    );
    std::fs::remove_file(folder.path("outwit.toml")).expect("it was there");
    folder.fails(
        &["run", "."],
        "there is no outwit.toml here; `outwit new NAME` makes a plugin with one",
    );
    folder.fails(&["run", "nope"], "there is no file nope");
    folder.fails(&["run", "nope.toml"], "there is no file nope.toml");
}
