//! Plugins that take as much of WASI as they get.

use crate::arena::{Arena, EVIL, beside_others, evil, impatient};
use outwit::{App, Error, Grants, LimitKind, PluginConfig};
use outwit_tests::engine;

/// A component with `attack` and `count`, the body of `attack`, and WASI's clocks and randomness.
fn component(attack: &str) -> Vec<u8> {
    let wat = format!(
        r#"(component
            (import "wasi:io/poll@0.2.6" (instance $poll
                (export "pollable" (type $p (sub resource)))
                (export "[method]pollable.block" (func (param "self" (borrow $p))))))
            (alias export $poll "pollable" (type $pollable))
            (import "wasi:clocks/monotonic-clock@0.2.6" (instance $clock
                (export "pollable" (type $p (eq $pollable)))
                (export "subscribe-duration" (func (param "when" u64) (result (own $p))))))
            (import "wasi:random/random@0.2.6" (instance $random
                (export "get-random-bytes" (func (param "len" u64) (result (list u8))))))
            (core module $libc
                (memory (export "memory") 1)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
            (core instance $libc (instantiate $libc))
            (core func $block (canon lower (func $poll "[method]pollable.block")))
            (core func $subscribe (canon lower (func $clock "subscribe-duration")))
            (core func $bytes (canon lower (func $random "get-random-bytes")
                (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
            (core module $m
                (import "host" "block" (func $block (param i32)))
                (import "host" "subscribe" (func $subscribe (param i64) (result i32)))
                (import "host" "bytes" (func $bytes (param i64 i32)))
                (global $calls (mut i32) (i32.const 0))
                (func (export "attack") {attack})
                (func (export "count") (result i32)
                    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                    (global.get $calls)))
            (core instance $host
                (export "block" (func $block))
                (export "subscribe" (func $subscribe))
                (export "bytes" (func $bytes)))
            (core instance $i (instantiate $m (with "host" (instance $host))))
            (func (export "attack") (canon lift (core func $i "attack")))
            (func (export "count") (result u32) (canon lift (core func $i "count"))))"#
    );
    wat::parse_str(&wat).unwrap_or_else(|error| panic!("{error}"))
}

/// What the attack ends in, after the checks that all attacks have.
async fn attack(body: &str) -> Error {
    let grants = Grants::none().with_clocks().with_random();
    let config = PluginConfig::new().limits(impatient()).grants(grants);
    let app = App::builder(&engine()).plugin(evil(&component(body)), config);
    let mut arena = Arena::of(app);
    assert_eq!(arena.count().await, 1);
    arena.ask_neighbour().await;
    let error = arena.call("attack", &[]).await;
    arena.ask_neighbour().await;
    assert_eq!(arena.count().await, 1);
    error.expect_err("it is too much")
}

#[tokio::test]
async fn handles_run_out() {
    let _guard = beside_others().await;
    let error = attack("(loop (drop (call $subscribe (i64.const 1))) (br 0))").await;
    assert!(
        matches!(&error, Error::Limit { plugin, limit: LimitKind::Handles, .. } if plugin == EVIL),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_long_sleep_is_ended_by_the_clock() {
    let _guard = beside_others().await;
    for duration in ["1_000_000_000_000_000", "-1"] {
        let body = format!("(call $block (call $subscribe (i64.const {duration})))");
        let error = attack(&body).await;
        assert!(
            matches!(&error, Error::Limit { plugin, limit: LimitKind::Wall, .. } if plugin == EVIL),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn randomness_does_not_fill_the_memory_of_the_host() {
    let _guard = beside_others().await;
    for length in ["1_000_000_000_000", "-1"] {
        let error = attack(&format!("(call $bytes (i64.const {length}) (i32.const 8))")).await;
        assert!(
            matches!(&error, Error::Trap { plugin, .. } if plugin == EVIL),
            "{error:?}"
        );
    }
}
