//! Plugins that attack while they are built.

use crate::arena::beside_others_blocking;
use outwit_js::{Build, Error};
use std::path::Path;
use std::time::{Duration, Instant};

const WIT: &str = "package evil:plugin; world nothing { export f: func(); }";

fn build(source: &str, limit: Duration) -> Result<Vec<u8>, Error> {
    build_with(&outwit_tests::cache(), source, limit)
}

fn build_with(cache: &Path, source: &str, limit: Duration) -> Result<Vec<u8>, Error> {
    let _guard = beside_others_blocking();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (module, wit) = (
        folder.path().join("plugin.js"),
        folder.path().join("world.wit"),
    );
    std::fs::write(&module, format!("{source}\nexport function f() {{}}")).expect("a file");
    std::fs::write(&wit, WIT).expect("a file");
    Build::new(module, wit).cache(cache).time_limit(limit).run()
}

#[test]
fn what_computes_forever_is_interrupted() {
    // The code of the engine is compiled before the time begins.
    build("", Duration::from_secs(60)).expect("nothing takes no time");
    for source in [
        "while (true);",
        "const spin = () => Promise.resolve().then(spin); await spin();",
        "/^(a+)+$/.test(`${'a'.repeat(60)}b`);",
        "queueMicrotask(() => { while (true); });",
        "export default { get f() { while (true); } }.f;",
    ] {
        let started = Instant::now();
        let limit = Duration::from_millis(300);
        let error = build(source, limit).expect_err(source);
        assert!(
            matches!(&error, Error::TimeLimit { file, limit: l } if file == "plugin.js" && *l == limit),
            "{source}: {error:?}"
        );
        assert!(started.elapsed() < Duration::from_secs(20), "{source}");
    }
}

/// Without its position: that has its own tests.
fn js_error(source: &str) -> String {
    match build(source, Duration::from_secs(60)) {
        Err(Error::Js(error)) => error.message,
        other => panic!("{source}: {:?}", other.map(|bytes| bytes.len())),
    }
}

#[test]
fn what_fails_is_an_error_in_javascript() {
    for (source, message) in [
        (
            "const f0 = () => f0() + 1; f0();",
            "RangeError: Maximum call stack size exceeded",
        ),
        ("throw new TypeError('no');", "TypeError: no"),
    ] {
        assert_eq!(js_error(source), message, "{source}");
    }
    let waits = js_error("await new Promise(() => {});");
    assert!(waits.contains("top level"), "{waits}");
}

#[test]
fn memory_ends() {
    for source in [
        "const kept = []; while (true) kept.push(new ArrayBuffer(1 << 20).transfer());",
        "const kept = []; while (true) kept.push({ a: 1 });",
    ] {
        let error = build(source, Duration::from_secs(60)).expect_err(source);
        assert!(
            matches!(&error, Error::MemoryLimit { .. }),
            "{source}: {error:?}"
        );
    }
}

/// The engine's machine code lies in a folder between builds, and is run by the next one: only if it is what
/// a build of this user has put there.
#[cfg(unix)]
#[test]
fn a_forged_engine_is_not_run() {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let code = folder.path().join("code");
    let built = || build_with(&code, "", Duration::from_secs(60)).expect("it builds");
    let entry = || {
        let mut entries: Vec<_> = fs::read_dir(&code)
            .expect("the folder is there")
            .map(|item| item.expect("it can be read").path())
            .filter(|path| path.extension().is_some_and(|e| e == "code"))
            .collect();
        assert_eq!(entries.len(), 1, "{entries:?}");
        entries.remove(0)
    };
    let component = built();
    let entry = entry();
    let good = fs::read(&entry).expect("it was written");
    assert!(component == built(), "the same comes out of the cache");
    let with = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    for bad in [
        with(good.len() / 2),
        with(100),
        good[..good.len() - 1].to_vec(),
        vec![],
    ] {
        fs::write(&entry, &bad).expect("it can be written");
        assert!(component == built());
        assert!(fs::read(&entry).expect("it is there") == good);
    }
    // Sealed by another user, who has another key.
    fs::write(code.join("key"), [7; 32]).expect("it can be written");
    assert!(component == built());
    assert!(fs::read(&entry).expect("it is there") != good);
    // Where others can write, nothing is used and nothing is kept.
    fs::write(&entry, &good).expect("it can be written");
    fs::set_permissions(&code, fs::Permissions::from_mode(0o777)).expect("it is ours");
    assert!(component == built());
    assert!(fs::read(&entry).expect("it is there") == good);
}
