//! The help of each command is in `tests/snapshots`. `OUTWIT_BLESS=1 cargo test -p outwit-cli` writes
//! it anew.

use crate::folder::{Folder, texts};
use std::path::Path;

/// The commands that the help of the whole lists.
fn commands(folder: &Folder) -> Vec<String> {
    let help = folder.prints(&["--help"]);
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = lines.take_while(|line| !line.is_empty());
    // A long description goes on in the next line.
    let names = names.filter(|line| !line.starts_with("   "));
    names
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn help_is_as_in_the_snapshots() {
    let folder = Folder::new();
    let commands = commands(&folder);
    assert!(commands.len() > 10, "{commands:?}");
    for command in [String::new()].iter().chain(&commands) {
        let mut args = vec![command.as_str(), "--help"];
        args.retain(|arg| !arg.is_empty());
        let help = folder.prints(&args);
        let name = if command.is_empty() {
            "outwit".to_owned()
        } else {
            format!("outwit-{command}")
        };
        assert!(
            help.contains("\nExamples:\n  outwit "),
            "{name} has no example"
        );
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
fn every_command_is_in_the_book() {
    let page = crate::folder::repository().join("docs/cli.md");
    let page = std::fs::read_to_string(page).expect("a page");
    let heads: Vec<&str> = page.lines().filter(|l| l.starts_with("## ")).collect();
    let heads = heads.join("\n").replace(',', " ");
    for command in commands(&Folder::new()) {
        assert!(
            heads.split_whitespace().any(|word| word == command),
            "docs/cli.md has no section about {command}"
        );
    }
}

/// What each exit code stands for, as docs/cli.md says.
#[test]
fn exit_codes_are_as_documented() {
    let folder = Folder::with(&[("throws.js", "throw 1"), ("fine.js", "1")]);
    folder.component("fmt.wasm", crate::folder::fmt());
    for (args, code) in [
        (&["run", "fine.js"][..], 0),
        (&["inspect", "fmt.wasm"], 0),
        (&["--help"], 0),
        (&["--version"], 0),
        (&["run", "throws.js"], 1),
        (&["inspect", "nothing.wasm"], 1),
        (&["call", "fmt.wasm", "nothing()"], 1),
        (&["nothing"], 2),
        (&["run"], 2),
        (&["build", "a.js"], 2),
    ] {
        let output = folder.outwit(args);
        assert_eq!(output.status.code(), Some(code), "{args:?}");
        // Results and errors do not mix.
        assert_eq!(
            output.stdout.is_empty(),
            code != 0 || args[0] == "run",
            "{args:?}"
        );
        assert_eq!(output.stderr.is_empty(), code == 0, "{args:?}");
    }
}

#[test]
fn shells_can_complete() {
    let folder = Folder::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = folder.prints(&["completions", shell]);
        for word in ["publish", "watch", "inspect"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let output = folder.outwit(&["completions", "csh"]);
    assert_eq!(output.status.code(), Some(2));
    // What bash makes of it.
    let script = folder.prints(&["completions", "bash"]);
    folder.write("completions.sh", script);
    let typed = "source completions.sh; COMP_WORDS=(outwit bui); COMP_CWORD=1; _outwit outwit bui outwit; echo \"${COMPREPLY[@]}\"";
    match std::process::Command::new("bash")
        .args(["-c", typed])
        .current_dir(folder.path(""))
        .output()
    {
        Ok(output) => assert_eq!(texts(&output).0, "build\n", "{}", texts(&output).1),
        Err(error) => eprintln!("SKIPPED: there is no bash: {error}"),
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
