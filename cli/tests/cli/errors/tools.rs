//! The command as a whole, `inspect`, `compose`, `debug` and `completions`.

use super::Page;
use crate::folder::{Folder, fmt, tools};

#[test]
fn commands() {
    let folder = Folder::new();
    let mut page = Page::new("outwit", &folder);
    page.show("a misspelt command", &["biuld"]);
    page.show("a command that is not there", &["frobnicate"]);
    page.show("an option that is not there", &["--verbose"]);
    page.show("a shell that is not there", &["completions", "csh"]);
    page.show("help of a command that is not there", &["help", "biuld"]);
    page.check();
}

#[test]
fn inspect() {
    let folder = Folder::with(&[
        ("text.wasm", "hello"),
        ("empty.wasm", ""),
        ("script.js", "1"),
        ("folder/outwit.toml", "[app]\nname = \"x\"\n"),
    ]);
    folder.component("fmt.wasm", fmt());
    folder.component("tools.wasm", tools());
    folder.write("module.wasm", b"\0asm\x01\0\0\0");
    folder.write("cut.wasm", &fmt()[..fmt().len() / 2]);
    folder.write("noise.wasm", [0x9f; 100]);
    let mut page = Page::new("inspect", &folder);
    for (what, file) in [
        ("a file that is not there", "nope.wasm"),
        ("a text", "text.wasm"),
        ("an empty file", "empty.wasm"),
        ("a core module", "module.wasm"),
        ("half a component", "cut.wasm"),
        ("noise", "noise.wasm"),
        ("a script", "script.js"),
        ("an app", "folder"),
    ] {
        page.show(what, &["inspect", file]);
    }
    page.show("no memory of it", &["inspect", "tools.wasm", "--memory"]);
    page.show(
        "a misspelt function",
        &["inspect", "fmt.wasm", "--memory", "--call", "gret(\"x\")"],
    );
    page.show("two forms", &["inspect", "fmt.wasm", "--json", "--wit"]);
    page.check();
}

#[test]
fn compose() {
    let folder = Folder::with(&[("text.wasm", "hello")]);
    folder.component("fmt.wasm", fmt());
    folder.component("tools.wasm", tools());
    folder.write("module.wasm", b"\0asm\x01\0\0\0");
    let mut page = Page::new("compose", &folder);
    let compose = |first, second| ["compose", first, second, "-o", "out.wasm"];
    page.show(
        "a file that is not there",
        &compose("fmt.wasm", "nope.wasm"),
    );
    page.show("a text", &compose("fmt.wasm", "text.wasm"));
    page.show("a core module", &compose("fmt.wasm", "module.wasm"));
    page.show(
        "one component only",
        &["compose", "fmt.wasm", "-o", "out.wasm"],
    );
    page.show("no output", &["compose", "fmt.wasm", "tools.wasm"]);
    page.show(
        "the same exports twice",
        &[
            "compose",
            "fmt.wasm",
            "fmt.wasm",
            "--export-all",
            "-o",
            "out.wasm",
        ],
    );
    page.show(
        "a folder to write to that is not there",
        &["compose", "fmt.wasm", "tools.wasm", "-o", "nope/out.wasm"],
    );
    page.check();
}

#[test]
fn debug() {
    let folder = Folder::new();
    folder.component("fmt.wasm", fmt());
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let mut page = Page::new("debug", &folder);
    page.mask(&address, "127.0.0.1:PORT");
    page.show(
        "a port that is taken",
        &["debug", "fmt.wasm", "--listen", &address],
    );
    page.show(
        "an address that is none",
        &["debug", "fmt.wasm", "--listen", "4711"],
    );
    page.show(
        "an address of another machine",
        &["debug", "fmt.wasm", "--listen", "0.0.0.0:4711"],
    );
    page.check();
}

/// Colour is for terminals, unless the environment says otherwise.
#[test]
fn colour() {
    let folder = Folder::new();
    let said = |args: &[&str], environment: &[(&str, &str)]| {
        let output = folder.outwit_with(args, environment);
        crate::folder::texts(&output).1
    };
    for args in [&["inspect", "nope.wasm"][..], &["biuld"]] {
        for environment in [
            &[][..],
            &[("NO_COLOR", "1")],
            &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")],
        ] {
            let text = said(args, environment);
            assert!(!text.contains('\u{1b}'), "{environment:?}: {text:?}");
        }
    }
    let text = said(&["inspect", "nope.wasm"], &[("CLICOLOR_FORCE", "1")]);
    assert!(text.starts_with("\u{1b}["), "{text:?}");
    assert!(text.ends_with("there is no file nope.wasm\n"), "{text:?}");
}
