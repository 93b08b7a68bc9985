//! Plugins in the text format, for the tests of this folder.
#![allow(dead_code)]

pub mod guest;

use outwit::{Engine, Plugin};

/// The engine of a test.
pub fn engine() -> Engine {
    Engine::builder().no_cache().build().unwrap()
}

/// A plugin of a component in the text format.
pub fn plugin(engine: &Engine, name: &str, wat: &str) -> Plugin {
    Plugin::from_bytes(engine, name, wat::parse_str(wat).unwrap()).unwrap()
}

/// The parts of a module that passes strings on: memory and an allocator that never frees.
pub const ALLOCATOR: &str = r#"
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 1024))
    (func $realloc (export "realloc") (param i32 i32 i32 i32) (result i32)
        (local $at i32)
        (local.set $at
            (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
        (global.set $next (i32.add (local.get $at) (local.get 3)))
        (local.get $at))
"#;

/// Exports `demo:g/fmt@0.1.0` with `greet: func(name: string) -> string`, which puts `prefix` in
/// front, and `count: func() -> u32`, which counts its calls.
pub fn greeter(prefix: &str) -> String {
    let length = prefix.len();
    format!(
        r#"(component
            (core module $m
                {ALLOCATOR}
                (data (i32.const 16) "{prefix}")
                (global $calls (mut i32) (i32.const 0))
                (func (export "greet") (param $at i32) (param $length i32) (result i32)
                    (local $out i32)
                    (local.set $out
                        (call $realloc (i32.const 0) (i32.const 0) (i32.const 1)
                            (i32.add (local.get $length) (i32.const {length}))))
                    (memory.copy (local.get $out) (i32.const 16) (i32.const {length}))
                    (memory.copy (i32.add (local.get $out) (i32.const {length}))
                        (local.get $at) (local.get $length))
                    (i32.store (i32.const 0) (local.get $out))
                    (i32.store (i32.const 4) (i32.add (local.get $length) (i32.const {length})))
                    (i32.const 0))
                (func (export "count") (result i32)
                    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                    (global.get $calls)))
            (core instance $i (instantiate $m))
            (func $greet (param "name" string) (result string)
                (canon lift (core func $i "greet") (memory (core memory $i "memory"))
                    (realloc (core func $i "realloc"))))
            (func $count (result u32) (canon lift (core func $i "count")))
            (instance $fmt (export "greet" (func $greet)) (export "count" (func $count)))
            (export "demo:g/fmt@0.1.0" (instance $fmt)))"#
    )
}

/// Imports `demo:g/fmt@0.1.0` and exports `demo:g/page@0.1.0` with `greet` and `count`, which call
/// it.
pub const CALLER: &str = r#"(component
    (import "demo:g/fmt@0.1.0" (instance $fmt
        (export "greet" (func (param "name" string) (result string)))
        (export "count" (func (result u32)))))
    (core module $alloc
        (memory (export "memory") 1)
        (global $next (mut i32) (i32.const 1024))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
            (local $at i32)
            (local.set $at
                (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
            (global.set $next (i32.add (local.get $at) (local.get 3)))
            (local.get $at)))
    (core instance $a (instantiate $alloc))
    (core func $greet (canon lower (func $fmt "greet") (memory (core memory $a "memory"))
        (realloc (core func $a "realloc"))))
    (core func $count (canon lower (func $fmt "count")))
    (core module $m
        (import "fmt" "greet" (func $greet (param i32 i32 i32)))
        (import "fmt" "count" (func $count (result i32)))
        (func (export "greet") (param i32 i32) (result i32)
            (call $greet (local.get 0) (local.get 1) (i32.const 8))
            (i32.const 8))
        (func (export "count") (result i32) (call $count)))
    (core instance $i (instantiate $m (with "fmt" (instance
        (export "greet" (func $greet)) (export "count" (func $count))))))
    (func $lifted (param "name" string) (result string)
        (canon lift (core func $i "greet") (memory (core memory $a "memory")) (realloc (core func $a "realloc"))))
    (func $lifted-count (result u32) (canon lift (core func $i "count")))
    (instance $page (export "greet" (func $lifted)) (export "count" (func $lifted-count)))
    (export "demo:g/page@0.1.0" (instance $page)))"#;

/// A component with a function `run` of this body, in a module with a memory and a table.
pub fn runs(body: &str) -> String {
    format!(
        r#"(component
            (core module $m
                (memory (export "memory") 1)
                (table $t 1 funcref)
                (func $recurse (param i64) (result i64)
                    (i64.add (call $recurse (i64.add (local.get 0) (i64.const 1))) (i64.const 1)))
                (func (export "run") {body})
                (func (export "add") (param i32 i32) (result i32)
                    (i32.add (local.get 0) (local.get 1))))
            (core instance $i (instantiate $m))
            (func (export "run") (canon lift (core func $i "run")))
            (func (export "add") (param "a" u32) (param "b" u32) (result u32)
                (canon lift (core func $i "add"))))"#
    )
}

/// Exports `demo:g/slow@0.1.0` with `next: async func(x: u32) -> u32`, by the callback ABI.
pub const SLOW: &str = r#"(component
    (core module $m
        (import "" "return" (func $return (param i32)))
        (func (export "next") (param i32) (result i32)
            (call $return (i32.add (local.get 0) (i32.const 1)))
            (i32.const 0))
        (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
    (core func $return (canon task.return (result u32)))
    (core instance $i (instantiate $m (with "" (instance (export "return" (func $return))))))
    (func $next async (param "x" u32) (result u32)
        (canon lift (core func $i "next") async (callback (core func $i "callback"))))
    (instance $slow (export "next" (func $next)))
    (export "demo:g/slow@0.1.0" (instance $slow)))"#;

/// Imports `demo:g/slow@0.1.0` and exports `demo:g/twice@0.1.0` with `next: async func`, which calls
/// it twice.
pub const TWICE: &str = r#"(component
    (import "demo:g/slow@0.1.0" (instance $slow
        (export "next" (func async (param "x" u32) (result u32)))))
    (core func $next (canon lower (func $slow "next")))
    (core func $return (canon task.return (result u32)))
    (core module $m
        (import "" "next" (func $next (param i32) (result i32)))
        (import "" "return" (func $return (param i32)))
        (func (export "next") (param i32) (result i32)
            (call $return (call $next (call $next (local.get 0))))
            (i32.const 0))
        (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
    (core instance $i (instantiate $m (with "" (instance
        (export "next" (func $next)) (export "return" (func $return))))))
    (func $twice async (param "x" u32) (result u32)
        (canon lift (core func $i "next") async (callback (core func $i "callback"))))
    (instance $out (export "next" (func $twice)))
    (export "demo:g/twice@0.1.0" (instance $out)))"#;
