//! Signatures and the lock file: what is not exactly what somebody vouched for does not load.

#![allow(clippy::disallowed_methods)] // tests use files and clocks

mod common;

use common::greeter;
use outwit::{
    App, Engine, Error, Lock, LockProblem, Manifest, SecretKey, SignatureProblem, Signatures,
    Subject, Timestamp, Trust, TrustedKey,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// An app with two plugins, `a` and `b`.
struct Folder {
    folder: tempfile::TempDir,
    engine: Engine,
}

impl Folder {
    fn new() -> Folder {
        let folder = Folder {
            folder: tempfile::tempdir().unwrap(),
            engine: common::engine(),
        };
        folder.write("a.wasm", wat::parse_str(greeter("A")).unwrap());
        folder.write("b.wasm", wat::parse_str(greeter("B")).unwrap());
        folder.manifest("", "console = true");
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    fn manifest(&self, trust: &str, grant: &str) {
        let text = format!(
            "[app]\nname = \"app\"\n{trust}\n[plugins.a]\npath = \"a.wasm\"\n\
             [plugins.a.grant]\n{grant}\n[plugins.b]\npath = \"b.wasm\"\n"
        );
        self.write("outwit.toml", text);
        self.sign_manifest(&OWNER);
    }

    fn sign_manifest(&self, key: &SecretKey) {
        let mut signatures = Signatures::of(Subject::Manifest, &self.read("outwit.toml"));
        signatures.sign(key, ON.parse().unwrap());
        self.write("outwit.toml.sig", signatures.to_text());
    }

    fn load(&self) -> Result<App, Error> {
        App::load(&self.engine, self.path("outwit.toml"))
    }

    fn lock(&self) -> Lock {
        let manifest = Manifest::load(self.path("outwit.toml")).unwrap();
        let lock = Lock::of(&self.engine, &manifest).unwrap();
        lock.save().unwrap();
        lock
    }

    /// Signs both plugins.
    fn sign(&self, key: &SecretKey, signed: &str) {
        for name in ["a.wasm", "b.wasm"] {
            let mut signatures = Signatures::of(Subject::Component, &self.read(name));
            signatures.sign(key, signed.parse().unwrap());
            self.write(&format!("{name}.sig"), signatures.to_text());
        }
    }

    #[track_caller]
    fn refused(&self) -> SignatureProblem {
        match self.load() {
            Err(Error::Signature {
                plugin,
                path,
                problem,
            }) => {
                assert_eq!((plugin.as_str(), path), ("a", self.path("a.wasm")));
                *problem
            }
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn manifest_refused(&self) -> SignatureProblem {
        match self.load() {
            Err(Error::ManifestSignature { path, problem }) => {
                assert_eq!(path, self.path("outwit.toml"));
                *problem
            }
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn does_not_fit(&self, expected: &str) -> LockProblem {
        match self.load() {
            Err(Error::Lock {
                plugin,
                lock,
                problem,
            }) => {
                assert_eq!(
                    (plugin.as_str(), lock),
                    (expected, self.path("outwit.lock"))
                );
                *problem
            }
            other => panic!("{other:?}"),
        }
    }
}

/// Who signs manifests, and nothing else.
static OWNER: LazyLock<SecretKey> = LazyLock::new(key);

fn trust(keys: &[(&str, &SecretKey, &str)]) -> String {
    let keys: Vec<String> = keys
        .iter()
        .chain([&("owner", &*OWNER, "")])
        .map(|(name, key, more)| {
            format!("{{ name = \"{name}\", key = \"{}\"{more} }}", key.public())
        })
        .collect();
    format!("[trust]\nkeys = [{}]\n", keys.join(", "))
}

fn key() -> SecretKey {
    SecretKey::generate().unwrap()
}

const ON: &str = "2026-11-20T07:00:00Z";
const GRANT: &str = "console = true";

#[test]
fn what_a_trusted_key_has_signed_loads() {
    let (folder, ann) = (Folder::new(), key());
    folder.manifest(
        &trust(&[("ann", &ann, ", expires = \"2999-01-01\"")]),
        GRANT,
    );
    folder.sign(&ann, ON);
    folder.load().unwrap();
    // Another signature beside it does no harm, wherever it stands.
    for first in [true, false] {
        let mut signatures = Signatures::of(Subject::Component, &folder.read("a.wasm"));
        let (bob, on) = (key(), ON.parse().unwrap());
        for key in if first { [&bob, &ann] } else { [&ann, &bob] } {
            signatures.sign(key, on);
        }
        folder.write("a.wasm.sig", signatures.to_text());
        folder.load().unwrap();
    }
    // Without keys nothing has to be signed.
    fs::remove_file(folder.path("a.wasm.sig")).unwrap();
    folder.manifest("", GRANT);
    folder.load().unwrap();
}

#[test]
fn what_is_not_signed_is_refused() {
    let (folder, ann) = (Folder::new(), key());
    folder.manifest(&trust(&[("ann", &ann, "")]), GRANT);
    let path = folder.path("a.wasm.sig");
    assert_eq!(folder.refused(), SignatureProblem::Unsigned { path });
    folder.sign(&ann, ON);
    folder.load().unwrap();
    // The signature was taken off again, in more than one way.
    let none = Signatures::of(Subject::Component, &folder.read("a.wasm"));
    folder.write("a.wasm.sig", none.to_text());
    assert_eq!(
        folder.refused(),
        SignatureProblem::Untrusted { keys: vec![] }
    );
    for text in [
        "",
        "version = 1",
        "x",
        "version = 2\nsubject = \"component\"\ndigest = \"\"",
    ] {
        folder.write("a.wasm.sig", text);
        assert!(
            matches!(folder.refused(), SignatureProblem::Malformed { .. }),
            "{text}"
        );
    }
    // To trust nobody is to load nothing.
    folder.sign(&ann, ON);
    folder.manifest("[trust]\nkeys = []\n", GRANT);
    let keys = vec![OWNER.public()];
    assert_eq!(
        folder.manifest_refused(),
        SignatureProblem::Untrusted { keys }
    );
}

#[test]
fn what_was_changed_after_signing_is_refused() {
    let (folder, ann) = (Folder::new(), key());
    folder.manifest(&trust(&[("ann", &ann, "")]), GRANT);
    folder.sign(&ann, ON);
    let good = folder.read("a.wasm");
    let signed = Signatures::of(Subject::Component, &good).digest();
    let flipped = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    // An empty custom section, at the end.
    let appended = [good.as_slice(), &[0, 1, 0]].concat();
    let shorter = good[..good.len() - 1].to_vec();
    let other = folder.read("b.wasm");
    let flips = (8..good.len()).step_by(101).map(flipped);
    for bytes in flips.chain([appended, shorter, other]) {
        folder.write("a.wasm", &bytes);
        match folder.load() {
            // What is not a component any more does not get that far.
            Err(Error::InvalidComponent { .. } | Error::NotAComponent { .. }) => {}
            _ => {
                let found = Signatures::of(Subject::Component, &bytes).digest();
                let signed = signed.clone();
                assert_eq!(
                    folder.refused(),
                    SignatureProblem::OtherContent { signed, found }
                );
            }
        }
    }
    folder.write("a.wasm", &good);
    folder.load().unwrap();
}

#[test]
fn a_changed_signature_is_refused() {
    let (folder, ann) = (Folder::new(), key());
    folder.manifest(&trust(&[("ann", &ann, "")]), GRANT);
    folder.sign(&ann, ON);
    let good = String::from_utf8(folder.read("a.wasm.sig")).unwrap();
    for at in 0..good.len() {
        let mut bytes = good.clone().into_bytes();
        bytes[at] = if bytes[at] == b'1' { b'2' } else { b'1' };
        folder.write("a.wasm.sig", &bytes);
        folder.refused();
    }
    // Another time under the same signature, the signature of other bytes, that of another key.
    let forged = SignatureProblem::Forged { name: "ann".into() };
    folder.write("a.wasm.sig", good.replace(ON, "2026-11-21T07:00:00Z"));
    assert_eq!(folder.refused(), forged);
    let value = |text: &str| text.split("value = ").nth(1).unwrap().trim().to_string();
    let other = String::from_utf8(folder.read("b.wasm.sig")).unwrap();
    folder.write("a.wasm.sig", good.replace(&value(&good), &value(&other)));
    assert_eq!(folder.refused(), forged);
    let bob = key();
    folder.sign(&bob, ON);
    let text = String::from_utf8(folder.read("a.wasm.sig")).unwrap();
    let claimed = text.replace(&bob.public().to_string(), &ann.public().to_string());
    folder.write("a.wasm.sig", claimed);
    assert_eq!(folder.refused(), forged);
    // A signature of the same bytes as something else.
    let mut manifest = Signatures::of(Subject::Manifest, &folder.read("a.wasm"));
    manifest.sign(&ann, ON.parse().unwrap());
    folder.write("a.wasm.sig", manifest.to_text());
    assert!(matches!(
        folder.refused(),
        SignatureProblem::Malformed { .. }
    ));
    let text = manifest.to_text().replace("manifest", "component");
    folder.write("a.wasm.sig", text);
    assert_eq!(folder.refused(), forged);
}

#[test]
fn keys_that_do_not_count_are_refused() {
    let (folder, ann, bob) = (Folder::new(), key(), key());
    folder.sign(&ann, ON);
    folder.manifest(&trust(&[("bob", &bob, "")]), GRANT);
    let keys = vec![ann.public()];
    assert_eq!(folder.refused(), SignatureProblem::Untrusted { keys });
    let name = || "ann".to_string();
    folder.manifest(&trust(&[("ann", &ann, ", revoked = true")]), GRANT);
    assert_eq!(folder.refused(), SignatureProblem::Revoked { name: name() });
    // It says that it was signed before the key expired, and so could anybody.
    folder.manifest(
        &trust(&[("ann", &ann, ", expires = \"2026-11-20\"")]),
        GRANT,
    );
    folder.sign(&ann, "2026-11-19T00:00:00Z");
    assert_eq!(
        folder.refused(),
        SignatureProblem::Expired {
            name: name(),
            expires: "2026-11-20".parse().unwrap(),
        }
    );
    // A second entry for the key does not bring it back.
    for more in [", revoked = true", ", expires = \"2026-01-01\""] {
        folder.manifest(&trust(&[("ann", &ann, ""), ("ann", &ann, more)]), GRANT);
        folder.refused();
    }
}

#[test]
fn a_manifest_that_trusts_keys_is_signed_itself() {
    let (folder, ann, bob) = (Folder::new(), key(), key());
    folder.manifest(&trust(&[("ann", &ann, "")]), GRANT);
    folder.sign(&ann, ON);
    folder.load().unwrap();
    let sig = folder.path("outwit.toml.sig");
    let good = folder.read("outwit.toml.sig");

    // Not signed; signed by somebody else; signed as something else; not a signature.
    fs::remove_file(&sig).unwrap();
    let unsigned = SignatureProblem::Unsigned { path: sig };
    assert_eq!(folder.manifest_refused(), unsigned);
    folder.sign_manifest(&bob);
    let keys = vec![bob.public()];
    assert_eq!(
        folder.manifest_refused(),
        SignatureProblem::Untrusted { keys }
    );
    let text = String::from_utf8(good.clone()).unwrap();
    for text in [text.replace("\"manifest\"", "\"component\""), String::new()] {
        folder.write("outwit.toml.sig", text);
        let problem = folder.manifest_refused();
        assert!(
            matches!(problem, SignatureProblem::Malformed { .. }),
            "{problem}"
        );
    }
    folder.write("outwit.toml.sig", text.replace(ON, "2026-11-21T07:00:00Z"));
    let name = "owner".to_string();
    assert_eq!(folder.manifest_refused(), SignatureProblem::Forged { name });

    // A grant that was added after it was signed, and it is refused before anything is locked or opened.
    folder.write("outwit.toml.sig", &good);
    folder.load().unwrap();
    let manifest = String::from_utf8(folder.read("outwit.toml")).unwrap();
    folder.write(
        "outwit.toml",
        manifest.replace(GRANT, "console = true\ntimers = true"),
    );
    assert!(matches!(
        folder.manifest_refused(),
        SignatureProblem::OtherContent { .. }
    ));
    assert!(Manifest::load(folder.path("outwit.toml")).is_err());
}

/// Who can write a manifest can write any keys into it, or none; the application's own keys hold.
#[test]
fn an_application_names_its_own_keys() {
    let (folder, ann, bob) = (Folder::new(), key(), key());
    let path = folder.path("outwit.toml");
    let anns = Trust::nobody().and(TrustedKey::new("ann", ann.public()));
    for keys in [String::new(), trust(&[("bob", &bob, "")])] {
        folder.manifest(&keys, GRANT);
        match Manifest::load_signed(&path, &anns) {
            Err(Error::ManifestSignature { problem, .. }) => {
                let keys = vec![OWNER.public()];
                assert_eq!(*problem, SignatureProblem::Untrusted { keys });
            }
            other => panic!("{other:?}"),
        }
        folder.sign_manifest(&ann);
        let manifest = Manifest::load_signed(&path, &anns).unwrap();
        assert_eq!(manifest.signature().unwrap().key(), &ann.public());
    }
    // What is not signed is not even parsed.
    folder.write("outwit.toml", "nonsense");
    assert!(matches!(
        Manifest::load_signed(&path, &anns),
        Err(Error::ManifestSignature { .. })
    ));
}

#[test]
fn mistakes_among_the_keys_are_told_with_their_place() {
    let folder = Folder::new();
    let good = key().public();
    for (keys, at) in [
        ("{ name = \"x\", key = \"ed25519:00\" }".to_string(), "4:29"),
        (
            format!("{{ name = \"x\", key = \"{good}\", expires = \"soon\" }}"),
            "4:115",
        ),
        (
            format!("{{ name = \"x\", key = \"{good}\", colour = 1 }}"),
            "4:105",
        ),
    ] {
        folder.manifest(&format!("[trust]\nkeys = [{keys}]\n"), GRANT);
        let text = folder.load().unwrap_err().to_string();
        assert!(text.contains(&format!("outwit.toml:{at}: ")), "{text}");
    }
}

#[test]
fn a_lock_holds_components_and_grants() {
    let folder = Folder::new();
    folder.lock();
    folder.load().unwrap();
    let (a, b) = (folder.read("a.wasm"), folder.read("b.wasm"));
    let digest = |bytes: &[u8]| Signatures::of(Subject::Component, bytes).digest();
    // The file a path leads to is another one.
    folder.write("b.wasm", &a);
    assert_eq!(
        folder.does_not_fit("b"),
        LockProblem::OtherContent {
            path: folder.path("b.wasm"),
            locked: digest(&b),
            found: digest(&a),
        }
    );
    folder.write("b.wasm", &b);
    folder.load().unwrap();
    // More is granted, or something else.
    for (grant, capability) in [
        ("console = true\ntimers = true", "timers"),
        (
            "timers = true\nconsole = true\nstorage = { quota = \"1GiB\" }",
            "storage, timers",
        ),
        ("", "console"),
    ] {
        folder.manifest("", grant);
        match folder.does_not_fit("a") {
            LockProblem::OtherGrants { capabilities } => {
                assert_eq!(capabilities.join(", "), capability);
            }
            other => panic!("{other:?}"),
        }
    }
    // A plugin that is read to take the place of a running one is checked, too.
    let manifest = Manifest::load(folder.path("outwit.toml")).unwrap();
    let error = manifest.open(&folder.engine, "a").unwrap_err();
    assert!(matches!(error, Error::Lock { .. }), "{error}");
    manifest.open(&folder.engine, "b").unwrap();
    // The same bytes by another path, and a plugin nobody has locked.
    folder.manifest("", GRANT);
    let text = String::from_utf8(folder.read("outwit.toml")).unwrap();
    folder.write("c.wasm", &b);
    folder.write("outwit.toml", text.replace("b.wasm", "c.wasm"));
    assert_eq!(
        folder.does_not_fit("b"),
        LockProblem::Moved {
            locked: Path::new("b.wasm").into(),
            found: Path::new("c.wasm").into(),
        }
    );
    folder.write(
        "outwit.toml",
        format!("{text}[plugins.c]\npath = \"c.wasm\"\n"),
    );
    assert_eq!(folder.does_not_fit("c"), LockProblem::NotLocked);
    folder.lock();
    folder.load().unwrap();
}

#[test]
fn a_lock_file_with_a_mistake_is_not_one_that_is_not_there() {
    let folder = Folder::new();
    folder.lock();
    let good = String::from_utf8(folder.read("outwit.lock")).unwrap();
    for (text, at) in [
        ("version = 1\nx = 1\n".to_string(), "2:1"),
        (good.replace("version = 1", "version = 7"), "1:1"),
        (good.replace("digest", "digset"), "7:1"),
        ("\u{0}".to_string(), "1:2"),
    ] {
        folder.write("outwit.lock", text);
        let text = folder.load().unwrap_err().to_string();
        assert!(text.contains(&format!("outwit.lock:{at}: ")), "{text}");
    }
    fs::remove_file(folder.path("outwit.lock")).unwrap();
    fs::create_dir(folder.path("outwit.lock")).unwrap();
    assert!(matches!(folder.load(), Err(Error::Read { .. })));
}

#[test]
fn a_lock_does_not_go_back() {
    let (folder, ann) = (Folder::new(), key());
    folder.manifest(&trust(&[("ann", &ann, "")]), GRANT);
    folder.sign(&ann, ON);
    let first = folder.lock();
    folder.load().unwrap();
    let time = |text: &str| -> Timestamp { text.parse().unwrap() };
    let plugin = first.plugins().next().unwrap();
    assert_eq!(plugin.signed(), Some(time(ON)));
    assert_eq!(plugin.key(), Some(ann.public().to_string().as_str()));
    assert_eq!(plugin.grants(), [GRANT]);

    folder.write("a.wasm", wat::parse_str(greeter("newer")).unwrap());
    folder.sign(&ann, "2026-11-21");
    let second = folder.lock();
    second.check_successor_of(&first).unwrap();
    let problem = |lock: &Lock| match lock.check_successor_of(&second).unwrap_err() {
        Error::Lock {
            plugin, problem, ..
        } if plugin == "a" => *problem,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        problem(&first),
        LockProblem::Older {
            locked: time("2026-11-21"),
            found: time(ON),
        }
    );
    // What is no longer signed may be anything.
    folder.manifest("", GRANT);
    folder.write("a.wasm", wat::parse_str(greeter("older")).unwrap());
    fs::remove_file(folder.path("outwit.lock")).unwrap();
    let locked = time("2026-11-21");
    assert_eq!(
        problem(&folder.lock()),
        LockProblem::NoLongerSigned { locked }
    );
}
