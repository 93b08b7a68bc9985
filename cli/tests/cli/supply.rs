//! `outwit key`, `sign`, `verify` and `lock`.

use crate::folder::{Folder, fmt, texts};

fn app() -> Folder {
    let folder = Folder::new();
    folder.component("fmt.wasm", fmt());
    folder.write(
        "outwit.toml",
        "[app]\nname = \"app\"\n[plugins.fmt]\npath = \"fmt.wasm\"\n",
    );
    folder
}

const CALL: &[&str] = &["call", "outwit.toml", "greet(\"you\")"];

#[test]
fn what_was_signed_and_locked_runs_and_nothing_else() {
    let folder = app();
    let key = folder.prints(&["key", "new", "ann.key"]);
    let key = key.trim();
    assert!(key.starts_with("ed25519:"));
    assert_eq!(folder.prints(&["key", "show", "ann.key"]).trim(), key);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder.path("ann.key")).expect("it is there");
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    }
    // A key is not overwritten.
    let error = folder.error(&["key", "new", "ann.key"]);
    assert!(error.starts_with("ann.key is there already"), "{error}");

    folder.write(
        "outwit.toml",
        format!(
            "[app]\nname = \"app\"\n[trust]\nkeys = [{{ name = \"ann\", key = \"{key}\" }}]\n\
             [plugins.fmt]\npath = \"fmt.wasm\"\n"
        ),
    );
    let error = folder.error(CALL);
    assert_eq!(
        error,
        "the manifest outwit.toml is refused: it is not signed: there is no outwit.toml.sig; `outwit sign` \
         makes one"
    );
    folder.prints(&["sign", "outwit.toml", "--key", "ann.key"]);
    let error = folder.error(CALL);
    assert_eq!(
        error,
        "plugin `fmt` is refused: fmt.wasm: it is not signed: there is no fmt.wasm.sig; `outwit sign` \
         makes one"
    );
    let told = folder.prints(&["sign", "fmt.wasm", "--key", "ann.key"]);
    assert!(
        told.starts_with("sha256:") && told.ends_with("  fmt.wasm.sig\n"),
        "{told}"
    );
    assert_eq!(folder.prints(CALL), "\"Hello, you!\"\n");
    let good = folder.prints(&["verify", "fmt.wasm", "--key", key]);
    assert!(
        good.starts_with(&format!("fmt.wasm is good: {key} signed sha256:")),
        "{good}"
    );

    // The lock.
    folder.fails(
        &["lock", "--check"],
        "there is no outwit.lock: `outwit lock` writes it",
    );
    let locked = folder.outwit(&["lock"]);
    let (stdout, stderr) = texts(&locked);
    assert_eq!(
        (locked.status.code(), stdout.as_str()),
        (Some(0), ""),
        "{stderr}"
    );
    assert!(
        stderr.starts_with("wrote outwit.lock\n  added fmt: sha256:"),
        "{stderr}"
    );
    folder.prints(&["lock", "--check"]);
    let verified = folder.prints(&["verify", "outwit.toml"]);
    assert!(
        verified.contains(&format!("outwit.toml  signed by {key} on ")),
        "{verified}"
    );
    assert!(
        verified.contains(&format!("  fmt  signed by {key} on ")),
        "{verified}"
    );
    assert_eq!(folder.prints(CALL), "\"Hello, you!\"\n");

    // Somebody who can sign has exchanged the component: with another, harmless one.
    let other = [fmt(), &[0, 2, 1, b'x']].concat();
    folder.write("fmt.wasm", other);
    let error = folder.error(CALL);
    assert!(
        error.contains("its signature is for other bytes: for sha256:"),
        "{error}"
    );
    folder.prints(&["sign", "fmt.wasm", "--key", "ann.key"]);
    let error = folder.error(CALL);
    assert!(
        error.starts_with("plugin `fmt` does not fit outwit.lock: fmt.wasm is sha256:"),
        "{error}"
    );
    assert!(
        error.ends_with("if that is meant to be, run `outwit lock`"),
        "{error}"
    );
    assert!(
        folder.error(&["lock", "--check"]).contains("does not fit"),
        "{error}"
    );
    let (_, stderr) = texts(&folder.outwit(&["lock"]));
    assert!(stderr.contains("  changed fmt: sha256:"), "{stderr}");
    assert_eq!(folder.prints(CALL), "\"Hello, you!\"\n");
}

#[test]
fn manifests_are_signed_too() {
    let folder = app();
    let ann = folder.prints(&["key", "new", "ann.key"]);
    let bob = folder.prints(&["key", "new", "bob.key"]);
    let (ann, bob) = (ann.trim(), bob.trim());
    folder.prints(&["sign", "outwit.toml", "--key", "ann.key"]);
    folder.prints(&["verify", "outwit.toml", "--key", ann]);
    let error = folder.error(&["verify", "outwit.toml", "--key", bob]);
    assert!(
        error.contains(&format!(
            "none of the keys that signed it is trusted: {ann}"
        )),
        "{error}"
    );
    // A second signature is added.
    folder.prints(&["sign", "outwit.toml", "--key", "bob.key"]);
    for key in [ann, bob] {
        folder.prints(&["verify", "outwit.toml", "--key", key]);
    }
    let text = folder.read("outwit.toml");
    folder.write("outwit.toml", [text.as_slice(), b"# more\n"].concat());
    let error = folder.error(&["verify", "outwit.toml", "--key", ann]);
    assert!(
        error.contains("its signature is for other bytes"),
        "{error}"
    );
    folder.fails(
        &["verify", "outwit.toml"],
        "there is nothing to verify: outwit.toml has no [trust] keys, and there is no lock file",
    );
    folder.fails(
        &["verify", "fmt.wasm"],
        "whose signature has to be there? Name a key with --key; `outwit key show FILE` prints one",
    );
}
