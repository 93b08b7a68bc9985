//! The help of each command is in `tests/snapshots`. `OUTWIT_BLESS=1 cargo test -p outwit-cli` writes
//! it anew.

use crate::folder::{Folder, texts};
use std::path::Path;

#[test]
fn help_is_as_in_the_snapshots() {
    let folder = Folder::new();
    for command in [
        "", "build", "run", "call", "inspect", "compose", "policy", "lock", "key", "sign", "types",
        "verify",
    ] {
        let mut args = vec![command, "--help"];
        args.retain(|arg| !arg.is_empty());
        let help = folder.prints(&args);
        let name = if command.is_empty() {
            "outwit".to_owned()
        } else {
            format!("outwit-{command}")
        };
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/snapshots/{name}.txt"));
        if std::env::var_os("OUTWIT_BLESS").is_some() {
            std::fs::write(&path, &help).expect("the snapshot can be written");
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            help == expected,
            "the help of {name} is not that of {}; if it should be this, run the test with OUTWIT_BLESS=1:\n{help}",
            path.display()
        );
    }
}

#[test]
fn version_is_told() {
    let version = format!("outwit {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(Folder::new().prints(&["--version"]), version);
}

/// A command line that is wrong exits with 2 and shows how it goes.
#[test]
fn usage_errors_exit_with_2() {
    let folder = Folder::new();
    for (args, expected) in [
        (&[][..], "Usage: outwit <COMMAND>"),
        (&["nope"], "unrecognized subcommand 'nope'"),
        (&["build"], "<SOURCE>"),
        (&["build", "a.js"], "--output <OUT.wasm>"),
        (&["build", "a.js", "--out", "x"], "unexpected argument"),
        (&["run"], "<TARGET>"),
        (&["call", "a.wasm"], "<CALL>"),
        (&["inspect"], "<COMPONENT>"),
        (
            &["inspect", "a.wasm", "--wit", "--json"],
            "cannot be used with",
        ),
        (&["compose", "a.wasm", "-o", "b.wasm"], "2 values required"),
        (&["compose", "a.wasm", "b.wasm"], "--output <OUT.wasm>"),
    ] {
        let output = folder.outwit(args);
        let (stdout, stderr) = texts(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
        assert_eq!(stdout, "", "{args:?}");
        assert!(stderr.contains(expected), "{args:?}: {stderr}");
        assert!(stderr.contains("Usage:"), "{args:?}: {stderr}");
    }
}
