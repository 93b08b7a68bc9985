//! Many plugins, each of which calls the next.

use outwit::{App, Error, Plugin, PluginConfig};
use outwit_tests::engine;

/// Exports `n`, which is that of the plugin before, plus one.
fn link(number: usize) -> Plugin {
    let wat = match number {
        0 => r#"(component
            (core module $m (func (export "n") (result i32) (i32.const 1)))
            (core instance $i (instantiate $m))
            (func $n (result u32) (canon lift (core func $i "n")))
            (instance $e (export "n" (func $n)))
            (export "chain:c0/i" (instance $e)))"#
            .to_string(),
        _ => format!(
            r#"(component
                (import "chain:c{}/i" (instance $before (export "n" (func (result u32)))))
                (core func $before (canon lower (func $before "n")))
                (core module $m
                    (import "" "n" (func $n (result i32)))
                    (func (export "n") (result i32) (i32.add (call $n) (i32.const 1))))
                (core instance $i (instantiate $m
                    (with "" (instance (export "n" (func $before))))))
                (func $n (result u32) (canon lift (core func $i "n")))
                (instance $e (export "n" (func $n)))
                (export "chain:c{number}/i" (instance $e)))"#,
            number - 1
        ),
    };
    let bytes = wat::parse_str(wat).expect("the text is a component");
    Plugin::from_bytes(&engine(), format!("p{number}"), bytes).expect("it is a component")
}

fn chain(length: usize) -> outwit::AppBuilder {
    let mut app = App::builder(&engine());
    for number in 0..length {
        app = app.plugin(link(number), PluginConfig::new());
    }
    app
}

#[tokio::test]
async fn a_chain_as_long_as_is_allowed() {
    let app = chain(100).build().unwrap();
    let (n,): (u32,) = app.call_typed("p99", None, "n", ()).await.unwrap();
    assert_eq!(n, 100);
}

#[test]
fn a_longer_one_is_refused() {
    let error = chain(101).build().unwrap_err();
    assert!(
        matches!(&error, Error::ChainTooLong { plugin, length: 101, allowed: 100 } if plugin == "p100"),
        "{error}"
    );
}

/// Nothing in the host recurses as deep as a chain is long.
#[test]
fn ten_thousand_plugins_are_refused_in_time() {
    let error = chain(10_000).build().unwrap_err();
    assert!(matches!(&error, Error::ChainTooLong { .. }), "{error}");
}

/// A chain that is allowed to be long: each call has a stack of its own.
#[tokio::test]
async fn a_long_chain_does_not_overflow_the_stack() {
    let app = chain(600).max_chain(600).build().unwrap();
    let (n,): (u32,) = app.call_typed("p599", None, "n", ()).await.unwrap();
    assert_eq!(n, 600);
}
