//! The debugger and somebody else's client: VS Code's own for tests of debuggers, from npm. Without npm or a network this says so and passes.

#[path = "../../../tests/npm/install.rs"]
mod install;

use crate::debug::{TS, WIT};
use crate::folder::Folder;
use install::install;
use std::path::Path;
use std::process::Command;

#[test]
fn the_test_client_of_vs_code_debugs_a_plugin_and_an_app() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/debug-client");
    let installed = Path::new(env!("CARGO_TARGET_TMPDIR")).join("debug-client");
    if !install(&here, &installed) {
        return;
    }
    let script = "session.mjs";
    std::fs::copy(here.join(script), installed.join(script)).expect("the folder is writable");

    let folder = Folder::with(&[("shop.ts", TS), ("wit/w.wit", WIT)]);
    folder.prints(&["build", "shop.ts", "-o", "shop.wasm"]);
    folder.write(
        "outwit.toml",
        "[app]\nname = \"market\"\n\n[plugins.shop]\npath = \"shop.wasm\"\n\n[plugins.shop.grant]\nconsole = true\n",
    );
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("outwit-cache");
    let output = Command::new("node")
        .arg(installed.join("session.mjs"))
        .arg(env!("CARGO_BIN_EXE_outwit"))
        .arg(folder.path("").canonicalize().expect("it is there"))
        .env("OUTWIT_CACHE", cache)
        .output()
        .expect("npm comes with node");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
}

/// The extension, with a stand-in for VS Code. Without node this says so and passes.
#[test]
fn the_extension_for_vs_code_starts_the_debugger() {
    let tests =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../editors/vscode/test/extension.test.js");
    let output = Command::new("node")
        .arg("--test")
        .arg(tests)
        .env("OUTWIT", env!("CARGO_BIN_EXE_outwit"))
        .output();
    let Ok(output) = output else {
        eprintln!("skipped: there is no node here");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
}
