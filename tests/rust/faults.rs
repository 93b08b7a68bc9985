//! What a Rust plugin that goes wrong leaves behind: the message of a panic, and the names of its functions.

use outwit::{App, Error, Plugin, PluginConfig, Val};
use outwit_tests::{engine, rust};

/// Why the call trapped, and its frames.
async fn trapped(function: &str, args: &[Val]) -> (String, Vec<String>) {
    let bytes = rust("rust/faults");
    let plugin = Plugin::from_bytes(&engine(), "faults", bytes.as_slice()).expect("a component");
    let app = App::builder(&engine())
        .plugin(plugin, PluginConfig::new())
        .build()
        .expect("the app loads");
    match app.call("faults", None, function, args).await {
        Err(Error::Trap {
            plugin,
            reason,
            backtrace,
            ..
        }) => {
            assert_eq!(plugin, "faults");
            (reason, backtrace.lines().map(str::to_owned).collect())
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_a_panic_says_arrives_with_its_place() {
    let message = Val::String("the stock is empty".into());
    let (reason, frames) = trapped("panics", &[message]).await;
    assert!(reason.starts_with("panicked at "), "{reason}");
    assert!(reason.contains("src/lib.rs:"), "{reason}");
    assert!(reason.ends_with(": the stock is empty"), "{reason}");
    // The plugin's own function is first, without what carries a panic out, and without hashes.
    assert_eq!(frames[0], "at outwit_test_faults::complain", "{frames:?}");
    assert!(
        frames.iter().all(|frame| !frame.contains("::h")),
        "{frames:?}"
    );
    let (reason, _) = trapped("reads", &[Val::U32(7)]).await;
    assert!(
        reason.ends_with("index out of bounds: the len is 3 but the index is 7"),
        "{reason}"
    );
    let (reason, _) = trapped("unwraps", &[]).await;
    assert!(
        reason.ends_with("called `Option::unwrap()` on a `None` value"),
        "{reason}"
    );
}

/// Text that would do something to a terminal does nothing.
#[tokio::test]
async fn what_a_panic_says_is_no_more_than_text() {
    let message = Val::String("\u{1b}[2J\u{202e}gone".into());
    let (reason, _) = trapped("panics", &[message]).await;
    assert!(reason.ends_with("\\u{1b}[2J\\u{202e}gone"), "{reason}");
}

#[tokio::test]
async fn a_trap_has_the_names_of_functions() {
    let (reason, frames) = trapped("traps", &[]).await;
    assert_eq!(reason, "wasm `unreachable` instruction executed");
    assert_eq!(frames[0], "at outwit_test_faults::stop", "{frames:?}");
}
