//! Keys, signatures, lock files and registries.

use super::Page;
use crate::folder::{Folder, fmt, tools};

#[test]
fn signatures() {
    let folder = Folder::with(&[("text", "no key"), ("noise.sig", "no signature")]);
    folder.component("fmt.wasm", fmt());
    folder.component("other.wasm", tools());
    let ann = folder.prints(&["key", "new", "ann.key"]);
    let bob = folder.prints(&["key", "new", "bob.key"]);
    let (ann, bob) = (ann.trim(), bob.trim());
    let mut page = Page::new("signatures", &folder);
    page.mask(ann, "ed25519:ANN");
    page.mask(bob, "ed25519:BOB");
    page.show("a key that is there already", &["key", "new", "ann.key"]);
    page.show(
        "a folder that is not there",
        &["key", "new", "keys/ann.key"],
    );
    page.show("no key", &["key", "show", "nope.key"]);
    page.show("a file that is no key", &["key", "show", "text"]);
    page.show("a misspelt subcommand", &["key", "nw", "ann.key"]);
    page.show(
        "signing a file that is not there",
        &["sign", "nope.wasm", "--key", "ann.key"],
    );
    page.show("signing without a key", &["sign", "fmt.wasm"]);
    page.show(
        "a key file that is not there",
        &["sign", "fmt.wasm", "--key", "nope.key"],
    );
    page.show(
        "a key file that is none",
        &["sign", "fmt.wasm", "--key", "text"],
    );
    page.show(
        "the public half in the place of the key",
        &["sign", "fmt.wasm", "--key", ann],
    );
    page.show("no signature", &["verify", "fmt.wasm", "--key", ann]);
    page.show("no key to verify with", &["verify", "fmt.wasm"]);
    page.show(
        "a key that is none",
        &["verify", "fmt.wasm", "--key", "ann"],
    );
    page.show(
        "a file in the place of a key",
        &["verify", "fmt.wasm", "--key", "ann.key"],
    );
    folder.prints(&["sign", "fmt.wasm", "--key", "bob.key"]);
    page.show(
        "the signature of somebody else",
        &["verify", "fmt.wasm", "--key", ann],
    );
    folder.component("fmt.wasm", tools());
    page.show(
        "another component under the signature",
        &["verify", "fmt.wasm", "--key", bob],
    );
    page.show(
        "a signature that is none",
        &[
            "verify",
            "fmt.wasm",
            "--key",
            bob,
            "--signature",
            "noise.sig",
        ],
    );
    page.check();
}

#[test]
fn lock() {
    let folder = Folder::with(&[("none/readme.md", "text")]);
    folder.component("fmt.wasm", fmt());
    let mut page = Page::new("lock", &folder);
    page.show("no manifest", &["lock", "none"]);
    page.show("a component", &["lock", "fmt.wasm"]);
    let plugin = "[app]\nname = \"x\"\n[plugins.fmt]\npath = \"fmt.wasm\"\n";
    folder.write("outwit.toml", plugin.replace("fmt.wasm", "gone.wasm"));
    page.show("a component that is not there", &["lock"]);
    folder.write("outwit.toml", plugin);
    page.show("no lock file", &["lock", "--check"]);
    folder.prints(&["lock"]);
    folder.component("fmt.wasm", &[fmt(), &[0, 2, 1, b'x']].concat());
    page.show("another component", &["lock", "--check"]);
    page.show("another component, to call", &["call", ".", "greet(\"x\")"]);
    folder.component("fmt.wasm", fmt());
    folder.write(
        "outwit.toml",
        format!("{plugin}grant = {{ console = true }}\n"),
    );
    page.show("another grant", &["call", ".", "greet(\"x\")"]);
    folder.write(
        "outwit.toml",
        format!("{plugin}[plugins.two]\npath = \"fmt.wasm\"\n"),
    );
    page.show("another plugin", &["call", ".", "fmt:greet(\"x\")"]);
    folder.write("outwit.toml", "[app]\nname = \"x\"\n");
    page.show("a plugin less", &["lock", "--check"]);
    folder.write("outwit.toml", plugin);
    folder.write("outwit.lock", "version = 99\n");
    page.show(
        "a lock file of a later version",
        &["call", ".", "greet(\"x\")"],
    );
    folder.write("outwit.lock", "no lock\n");
    page.show("a lock file that is none", &["call", ".", "greet(\"x\")"]);
    page.check();
}

#[test]
fn registries() {
    let folder = Folder::with(&[("text.wasm", "text"), ("none/readme.md", "text")]);
    folder.component("fmt.wasm", fmt());
    folder.write(
        "outwit.toml",
        "[app]\nname = \"x\"\n[plugins.fmt]\npath = \"fmt.wasm\"\n",
    );
    // A port that nobody listens on.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    drop(taken);
    let place = format!("127.0.0.1:{port}/fmt:1.0.0");
    let mut page = Page::new("registry", &folder);
    page.mask(&format!("127.0.0.1:{port}"), "127.0.0.1:PORT");
    page.show(
        "publishing what is not there",
        &["publish", "nope.wasm", &place],
    );
    page.show(
        "publishing what is no component",
        &["publish", "text.wasm", &place],
    );
    page.show(
        "a place without a registry",
        &["publish", "fmt.wasm", "fmt"],
    );
    page.show(
        "a place with capitals",
        &["publish", "fmt.wasm", "127.0.0.1/Fmt:1"],
    );
    page.show("a URL", &["publish", "fmt.wasm", "https://127.0.0.1/fmt:1"]);
    page.show(
        "an annotation without a value",
        &["publish", "fmt.wasm", &place, "--annotation", "a"],
    );
    page.show("nobody listens", &["publish", "fmt.wasm", &place]);
    page.show("nobody listens, to pull", &["pull", &place]);
    page.show("a file that is not there", &["pull", "nope.toml"]);
    page.show("an app without registries", &["pull", "."]);
    page.show("a folder without a manifest", &["pull", "none"]);
    page.show("an output for an app", &["pull", ".", "-o", "a.wasm"]);
    page.check();
}
