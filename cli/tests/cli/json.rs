//! `--json`: what programs read.

use crate::folder::{Folder, fmt, texts};
use serde_json::{Value, json};

fn parsed(folder: &Folder, args: &[&str]) -> Value {
    serde_json::from_str(&folder.prints(args)).expect("it is JSON")
}

#[test]
fn results_of_calls() {
    let folder = Folder::new();
    folder.component("fmt.wasm", fmt());
    let results = |call| parsed(&folder, &["call", "fmt.wasm", call, "--json"]);
    assert_eq!(results("greet(\"x\")"), json!({ "results": ["Hello, x!"] }));
    assert_eq!(
        results("add({x: 4294967294, y: 1})"),
        json!({ "results": [4_294_967_295_u32] })
    );
}

#[test]
fn builds_locks_and_signatures() {
    let folder = Folder::new();
    folder.component("fmt.wasm", fmt());
    let key = folder.prints(&["key", "new", "ann.key"]);
    folder.write(
        "outwit.toml",
        format!("[app]\nname = 'x'\n[trust]\nkeys = [{{ name = 'ann', key = '{}' }}]\n[plugins.fmt]\npath = 'fmt.wasm'\ngrant.console = true\n", key.trim()),
    );
    for file in ["outwit.toml", "fmt.wasm"] {
        folder.prints(&["sign", file, "--key", "ann.key"]);
    }
    let good = parsed(
        &folder,
        &["verify", "fmt.wasm", "--key", key.trim(), "--json"],
    );
    assert_eq!(good["key"], key.trim());
    let locked = parsed(&folder, &["lock", "--json"]);
    assert_eq!(locked["plugins"][0]["name"], "fmt");
    assert_eq!(locked["plugins"][0]["grants"], json!(["console = true"]));
    assert_eq!(locked["plugins"][0]["digest"], good["digest"]);
    assert_eq!(parsed(&folder, &["lock", "--check", "--json"]), locked);
    assert_eq!(
        parsed(&folder, &["verify", ".", "--json"])["plugins"],
        locked["plugins"]
    );
}

/// The program has standard output to itself.
#[test]
fn what_a_run_used() {
    let folder = Folder::new();
    folder.component("command.wasm", crate::run::command());
    let output = folder.outwit(&[
        "run",
        "command.wasm",
        "--grant",
        "console",
        "--json",
        "--",
        "a",
        "b",
    ]);
    let (_, stderr) = texts(&output);
    let last = stderr.lines().last().expect("a line");
    let used: Value = serde_json::from_str(last).expect("it is JSON");
    assert_eq!(used["exit_code"], 0);
    assert_eq!(used["plugin"], "command");
    assert_eq!(used["plugins"]["command"]["instances"], 1);
}

/// What goes wrong is told in one form, by all commands.
#[test]
fn errors_are_json_too() {
    let wit = "package a:b; world w { export f: func(); }";
    let folder = Folder::with(&[
        ("wit/w.wit", wit),
        ("src/a.ts", "export function f() {\n  return 1 +;\n}\n"),
    ]);
    let failed = |args: &[&str]| -> Value {
        let output = folder.outwit(args);
        let (stdout, stderr) = texts(&output);
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.starts_with("error: "), "{stderr}");
        let json: Value = serde_json::from_str(&stdout).expect("it is JSON");
        json["error"].clone()
    };
    let error = failed(&[
        "build", "src/a.ts", "--wit", "wit", "-o", "a.wasm", "--json",
    ]);
    assert_eq!(
        (&error["file"], &error["line"], &error["column"]),
        (&json!("src/a.ts"), &json!(2), &json!(13))
    );
    assert_eq!(error["message"], "SyntaxError: Unexpected token");
    let details = error["details"].as_str().expect("a text");
    assert!(details.contains("> 2 |   return 1 +;"), "{details}");
    folder.write("outwit.toml", "[app]\nname = 'x'\ncolour = 1\n");
    for args in [
        &["lock", "--json"][..],
        &["call", ".", "f()", "--json"],
        &["verify", ".", "--json"],
        &["policy", "explain", ".", "a", "--json"],
        &["pull", ".", "--json"],
        &["build", ".", "--json"],
    ] {
        let error = failed(args);
        assert_eq!(error["file"], "outwit.toml", "{args:?}");
        assert_eq!(error["line"], 3, "{args:?}");
    }
    let error = failed(&["inspect", "nope.wasm", "--json"]);
    assert_eq!(error, json!({ "message": "there is no file nope.wasm" }));
    // What runs has standard output to itself.
    let output = folder.outwit(&["run", "nope.wasm", "--json"]);
    let (stdout, stderr) = texts(&output);
    assert_eq!(stdout, "");
    let last = stderr.lines().last().expect("a line");
    let said: Value = serde_json::from_str(last).expect("it is JSON");
    assert_eq!(said["error"]["message"], "there is no file nope.wasm");
}
