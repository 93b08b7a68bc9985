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
