//! Without a grant a plugin does not load, and the error has the line that would make it.

use crate::{Folder, WEB};
use outwit::{Capability, Error, Host};
use outwit_tests::{js, js_text, root, rust};
use std::fs;

/// Loads without a grant, and again with what the error says to write.
fn refused_and_granted(component: &[u8], expected: &[Capability]) {
    let folder = Folder::new(component);
    // What stands in for a folder in the line of `filesystem`.
    fs::create_dir(folder.path().join("FOLDER")).expect("a folder");
    let missing = match folder.load(&Host::system(), "") {
        Err(Error::MissingGrant(missing)) => missing,
        other => panic!("{expected:?}: {other:?}"),
    };
    assert_eq!(missing.plugin, "plugin");
    let names: Vec<_> = expected.iter().map(|c| c.name()).collect();
    assert_eq!(missing.capabilities, names);
    for interface in &missing.interfaces {
        let belongs = |c: &Capability| interface.starts_with(&format!("{}/", c.package()));
        assert!(expected.iter().any(belongs), "{interface}");
    }
    let text = missing.to_string();
    assert!(text.contains(&missing.lines), "{text}");
    for line in missing.lines.lines().skip(1) {
        // Another grant does not help, and neither does one that says no.
        let other = if line.starts_with("console") {
            "crypto = true"
        } else {
            "console = true"
        };
        let others = missing.lines.replace(line, other);
        if expected.len() == 1 {
            let error = folder
                .load(&Host::system(), &others)
                .expect_err("it is missing");
            assert!(matches!(error, Error::MissingGrant(_)), "{error:?}");
        }
    }
    let granted = folder.load(&Host::system(), &missing.lines);
    granted.unwrap_or_else(|error| panic!("{expected:?}: {error}"));
    // The application has the last word.
    let error = folder.load(&Host::none(), &missing.lines);
    assert!(matches!(error, Err(Error::NotOffered { .. })), "{error:?}");
}

#[test]
fn web_apis_need_their_grants() {
    for (capability, _) in WEB {
        let wit = format!(
            "package test:grants; world w {{ include {}/imports@0.1.0; export f: func(); }}",
            capability.package()
        );
        let component = js_text("export function f() {}", &wit).expect("it builds");
        refused_and_granted(&component, &[capability]);
    }
}

/// A plugin in JavaScript that calls one function of WASI.
fn wasi(interface: &str, function: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let deps = folder.path().join("deps");
    fs::create_dir(&deps).expect("a folder");
    for entry in fs::read_dir(root().join("../wit/deps")).expect("a folder") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), deps.join(entry.file_name())).expect("a file");
    }
    let wit = format!(
        "package test:grants; world w {{ import {interface}@0.2.12; export f: func() -> string; }}"
    );
    fs::write(folder.path().join("world.wit"), wit).expect("a file");
    let module = folder.path().join("plugin.js");
    let source = format!(
        "import {{ {function} as call }} from '{interface}';
        const show = (_, v) => typeof v === 'bigint' ? `${{v}}` : v instanceof Uint8Array ? [...v] : v;
        export const f = () => JSON.stringify(call(8n), show);"
    );
    fs::write(&module, source).expect("a file");
    let module = module.to_str().expect("it is Unicode");
    js(module, folder.path().to_str().expect("it is Unicode"), "w")
}

#[test]
fn wasi_needs_its_grants() {
    for (interface, function, capability) in [
        ("wasi:cli/environment", "getArguments", Capability::Cli),
        ("wasi:clocks/wall-clock", "now", Capability::Clocks),
        ("wasi:random/random", "getRandomBytes", Capability::Random),
    ] {
        refused_and_granted(&wasi(interface, function), &[capability]);
    }
}

#[test]
fn folders_need_their_grants() {
    use Capability::{Cli, Console, Filesystem};
    let component = rust("../guest-rust/plugins/files");
    // of the clocks it uses the types of times only, which nobody has to grant
    refused_and_granted(&component, &[Console, Cli, Filesystem]);
}

#[tokio::test]
async fn javascript_calls_wasi() {
    let call = async |interface, function, grant: &str| -> String {
        let folder = Folder::new(&wasi(interface, function));
        let grants = format!("[plugins.plugin.grant]\n{grant}");
        let app = folder.load(&Host::system(), &grants).expect("it loads");
        let (text,): (String,) = app
            .call_typed("plugin", None, "f", ())
            .await
            .expect("the host answers");
        text
    };
    let clocks = call("wasi:clocks/wall-clock", "now", "clocks = true").await;
    assert!(clocks.starts_with("{\"seconds\":\""), "{clocks}");
    let random = call("wasi:random/random", "getRandomBytes", "random = true").await;
    assert_eq!(random.split(',').count(), 8, "{random}");
    let again = call("wasi:random/random", "getRandomBytes", "random = true").await;
    assert_ne!(random, again);
    let environment = async |grant| call("wasi:cli/environment", "getEnvironment", grant).await;
    assert_eq!(environment("cli = true").await, "[]");
    let granted = environment("cli = { env = [\"MODE=fast\"] }").await;
    assert_eq!(granted, "[[\"MODE\",\"fast\"]]");
    let arguments = async |grant| call("wasi:cli/environment", "getArguments", grant).await;
    assert_eq!(arguments("cli = true").await, "[]");
    let granted = arguments("cli = { args = [\"a\", \"b\"] }").await;
    assert!(granted.ends_with("\"a\",\"b\"]"), "{granted}");
}
