//! Plugins that attack while they are built.

use crate::arena::beside_others_blocking;
use outwit_js::{Build, Error};
use std::time::{Duration, Instant};

const WIT: &str = "package evil:plugin; world nothing { export f: func(); }";

fn build(source: &str, limit: Duration) -> Result<Vec<u8>, Error> {
    let _guard = beside_others_blocking();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (module, wit) = (
        folder.path().join("plugin.js"),
        folder.path().join("world.wit"),
    );
    std::fs::write(&module, format!("{source}\nexport function f() {{}}")).expect("a file");
    std::fs::write(&wit, WIT).expect("a file");
    Build::new(module, wit)
        .cache(outwit_tests::cache())
        .time_limit(limit)
        .run()
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
