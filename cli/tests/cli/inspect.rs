//! `outwit inspect`.

use crate::folder::{Folder, fmt, tools};

#[test]
fn a_component_is_shown() {
    let folder = Folder::new();
    folder.component("tools.wasm", tools());
    let text = folder.prints(&["inspect", "tools.wasm"]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "tools.wasm");
    assert!(
        lines[1].starts_with("  size      ") && lines[1].ends_with(" MB"),
        "{text}"
    );
    assert!(lines[2].starts_with("  sha256    "), "{text}");
    assert_eq!(lines[2].len(), 12 + 64);
    let rest = [
        "  engine    QuickJS (a JavaScript plugin)",
        "  imports",
        "    outwit:console/log@0.1.0  (capability: console)",
        "    outwit:timers/scheduler@0.1.0  (capability: timers)",
        "  exports",
        "    print: func()",
        "    spin: func()",
        "    throws: func()",
        "    greet: func(name: string) -> string",
    ];
    assert_eq!(lines[3..], rest);
}

#[test]
fn its_world_is_shown_as_wit_and_as_json() {
    let folder = Folder::new();
    folder.component("fmt.wasm", fmt());
    let wit = folder.prints(&["inspect", "fmt.wasm", "--wit"]);
    assert!(wit.contains("export demo:g/fmt@0.1.0;"), "{wit}");
    assert!(
        wit.contains("greet: func(name: string) -> string;"),
        "{wit}"
    );
    assert!(!wit.contains("import"), "{wit}");
    let json = folder.prints(&["inspect", "fmt.wasm", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(json["file"], "fmt.wasm");
    assert_eq!(json["language"], "JavaScript");
    assert_eq!(json["size"], fmt().len());
    assert_eq!(json["imports"], serde_json::json!([]));
    assert_eq!(json["exports"], serde_json::json!(["demo:g/fmt@0.1.0"]));
    let functions = json["functions"].as_array().expect("a list");
    assert_eq!(
        functions[0],
        "demo:g/fmt@0.1.0.greet: func(name: string) -> string"
    );
}

#[test]
fn a_component_of_nothing_is_shown() {
    let folder = Folder::new();
    let component = wat::parse_str("(component)").expect("it is a component");
    folder.component("nothing.wasm", &component);
    let text = folder.prints(&["inspect", "nothing.wasm"]);
    assert!(
        text.ends_with(
            "  engine    none (compiled code)\n  imports   nothing\n  exports   nothing\n"
        ),
        "{text}"
    );
}

#[test]
fn what_is_not_a_component_is_told() {
    let folder = Folder::with(&[
        ("outwit.toml", "[app]\nname = \"x\"\n"),
        ("script.js", "1"),
        ("text.wasm", "(component"),
    ]);
    folder.fails(
        &["inspect", "outwit.toml"],
        "outwit.toml is the manifest of an app; name one of its components",
    );
    folder.fails(
        &["inspect", "script.js"],
        "script.js is a script; `outwit build script.js -o script.wasm` makes a component of it",
    );
    folder.fails(&["inspect", "nope.wasm"], "there is no file nope.wasm");
    folder.fails(
        &["inspect", "text.wasm"],
        "text.wasm is not a WebAssembly component: it is text. Build a script with `outwit build`, the text format with `wasm-tools parse`",
    );
}

/// Who reads the first line and goes away is no reason to panic.
#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_error() {
    use std::process::{Command, Stdio};
    let folder = Folder::new();
    folder.component("fmt.wasm", fmt());
    let mut child = Command::new(env!("CARGO_BIN_EXE_outwit"))
        .args(["inspect", "fmt.wasm"])
        .current_dir(folder.path("."))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stderr, b"");
}
