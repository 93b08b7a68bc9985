//! What a call from plugin to plugin costs: `cargo xtask bench links`.
//!
//! One plugin calls a function of another in a loop, with a record of three fields, and gets one back. That is
//! measured from store to store and fused, beside plain wasmtime: the two components composed into one, and a
//! host function written by hand for exactly this record that calls into a second store. Then come a call
//! with a string, a call that may wait, and bytes through a stream.

#[path = "../bridge/measure.rs"]
#[allow(dead_code)] // the other benchmark uses the rest
mod measure;

use measure::{Figure, Subject, measure};
use outwit::{App, ComposedExports, Limits, LinkMode, Plugin, PluginConfig, compose};
use std::time::{Duration, Instant};
use wasmtime::component::{Component, ComponentType, Lift, Linker, Lower, TypedFunc};
use wasmtime::{Config, Engine, Store};

const POINT: &str = r#"(record (field "x" u32) (field "y" u32) (field "weight" float64))"#;

/// Swaps the coordinates of a point.
fn provider() -> Vec<u8> {
    wat(&format!(
        r#"(component
        (core module $m
            (memory (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
            (func (export "turn") (param $x i32) (param $y i32) (param $w f64) (result i32)
                (i32.store (i32.const 16) (local.get $y))
                (i32.store (i32.const 20) (local.get $x))
                (f64.store (i32.const 24) (local.get $w))
                (i32.const 16))
            (func (export "echo") (param $at i32) (param $length i32) (result i32)
                (i32.store (i32.const 16) (local.get $at))
                (i32.store (i32.const 20) (local.get $length))
                (i32.const 16)))
        (core instance $i (instantiate $m))
        (type $point' {POINT})
        (func $turn' (param "p" $point') (result $point')
            (canon lift (core func $i "turn") (memory (core memory $i "memory"))))
        (func $echo' (param "text" string) (result string)
            (canon lift (core func $i "echo") (memory (core memory $i "memory"))
                (realloc (core func $i "realloc"))))
        (component $points
            (type $record {POINT})
            (import "point" (type $p (eq $record)))
            (import "turn" (func $turn (param "p" $p) (result $p)))
            (import "echo" (func $echo (param "text" string) (result string)))
            (export $point "point" (type $p))
            (export "turn" (func $turn) (func (param "p" $point) (result $point)))
            (export "echo" (func $echo)))
        (instance $e (instantiate $points
            (with "point" (type $point')) (with "turn" (func $turn')) (with "echo" (func $echo'))))
        (export "bench:links/points@0.1.0" (instance $e)))"#
    ))
}

/// Calls it in a loop.
fn consumer() -> Vec<u8> {
    wat(&format!(
        r#"(component
        (import "bench:links/points@0.1.0" (instance $points
            (type $record {POINT})
            (export "point" (type $point (eq $record)))
            (export "turn" (func (param "p" $point) (result $point)))
            (export "echo" (func (param "text" string) (result string)))))
        (core module $memory
            (memory (export "memory") 1)
            (data (i32.const 256) "twenty-four bytes of it.")
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
        (core instance $memory (instantiate $memory))
        (core func $turn (canon lower (func $points "turn") (memory (core memory $memory "memory"))))
        (core func $echo (canon lower (func $points "echo") (memory (core memory $memory "memory"))
            (realloc (core func $memory "realloc"))))
        (core module $m
            (import "" "turn" (func $turn (param i32 i32 f64 i32)))
            (import "" "echo" (func $echo (param i32 i32 i32)))
            (import "" "memory" (memory 1))
            (func (export "turns") (param $n i32) (result i32)
                (local $sum i32)
                (loop $next
                    (if (local.get $n) (then
                        (call $turn (local.get $n) (i32.const 1) (f64.const 0.5) (i32.const 64))
                        (local.set $sum (i32.add (local.get $sum) (i32.load (i32.const 64))))
                        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
                        (br $next))))
                (local.get $sum))
            (func (export "echoes") (param $n i32) (result i32)
                (local $sum i32)
                (loop $next
                    (if (local.get $n) (then
                        (call $echo (i32.const 256) (i32.const 24) (i32.const 64))
                        (local.set $sum (i32.add (local.get $sum) (i32.load (i32.const 68))))
                        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
                        (br $next))))
                (local.get $sum)))
        (core instance $i (instantiate $m (with "" (instance
            (export "turn" (func $turn)) (export "echo" (func $echo))
            (export "memory" (memory $memory "memory"))))))
        (func $turns (param "n" u32) (result u32) (canon lift (core func $i "turns")))
        (func $echoes (param "n" u32) (result u32) (canon lift (core func $i "echoes")))
        (export "turns" (func $turns))
        (export "echoes" (func $echoes)))"#
    ))
}

fn wat(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the text is a component")
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    println!("a call from plugin to plugin, each with what comes back");
    println!();
    for (function, what) in [
        ("turns", "a record of three fields"),
        ("echoes", "a string of 24 bytes"),
    ] {
        let mut cases = vec![
            (
                "from store to store",
                in_the_host(&runtime, LinkMode::Trampoline, function),
            ),
            ("fused", in_the_host(&runtime, LinkMode::Fused, function)),
            ("plain wasmtime, composed", composed(&runtime, function)),
        ];
        if function == "turns" {
            cases.push(("plain wasmtime, two stores, by hand", by_hand(&runtime)));
        }
        let (names, subjects): (Vec<_>, Vec<_>) = cases.into_iter().unzip();
        let figures = measure(subjects.into_iter().map(Some).collect());
        println!("{what}");
        for (name, figure) in names.iter().zip(figures) {
            if let Some(Figure { nanos, .. }) = figure {
                println!("  {name:<40} {nanos:>8.0} ns");
            }
        }
        println!();
    }
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.cpu = Duration::from_secs(60);
    limits.wall = Duration::from_secs(60);
    limits
}

fn in_the_host<'a>(
    runtime: &'a tokio::runtime::Runtime,
    mode: LinkMode,
    function: &str,
) -> Subject<'a> {
    let engine = outwit::Engine::new().expect("the engine starts");
    let plugin = |name: &str, bytes| Plugin::from_bytes(&engine, name, bytes).expect("a component");
    let config = PluginConfig::new().limits(limits());
    let app = App::builder(&engine)
        .link_mode(mode)
        .plugin(plugin("consumer", consumer()), config.clone())
        .plugin(plugin("provider", provider()), config)
        .build()
        .expect("the app loads");
    let function = app
        .function::<(u32,), (u32,)>("consumer", None, function)
        .expect("there is such a function");
    Box::new(move |times| {
        let times = u32::try_from(times).expect("not so many");
        let start = Instant::now();
        runtime
            .block_on(function.call((times,)))
            .expect("the call goes well");
        start.elapsed()
    })
}

/// wasmtime with nothing switched on that it does not need for this.
fn plain() -> Engine {
    Engine::new(&Config::new()).expect("the engine starts")
}

fn composed<'a>(runtime: &'a tokio::runtime::Runtime, function: &str) -> Subject<'a> {
    let engine = outwit::Engine::new().expect("the engine starts");
    let plugin = |name: &str, bytes| Plugin::from_bytes(&engine, name, bytes).expect("a component");
    let plugins = [("consumer", consumer()), ("provider", provider())]
        .map(|(name, bytes)| (plugin(name, bytes), PluginConfig::new()));
    let bytes = compose(&plugins, &ComposedExports::Of("consumer".into())).expect("they fit");
    let engine = plain();
    let component = Component::new(&engine, bytes).expect("it compiles");
    let mut store = Store::new(&engine, ());
    let linker = Linker::new(&engine);
    let function = runtime.block_on(async {
        let instance = linker.instantiate_async(&mut store, &component).await?;
        instance.get_typed_func::<(u32,), (u32,)>(&mut store, function)
    });
    call_loop(runtime, store, function.expect("there is such a function"))
}

#[derive(ComponentType, Lift, Lower, Clone, Copy)]
#[component(record)]
struct Point {
    x: u32,
    y: u32,
    weight: f64,
}

/// Two stores, and between them a host function for this record and no other.
fn by_hand(runtime: &tokio::runtime::Runtime) -> Subject<'_> {
    let engine = plain();
    let inner = Component::new(&engine, provider()).expect("it compiles");
    let mut store = Store::new(&engine, ());
    let interface = inner.get_export_index(None, "bench:links/points@0.1.0");
    let interface = interface.expect("it is exported");
    let turn = inner.get_export_index(Some(&interface), "turn");
    let turn = turn.expect("it is exported");
    let turn: TypedFunc<(Point,), (Point,)> = runtime
        .block_on(async {
            let linker = Linker::new(&engine);
            let instance = linker.instantiate_async(&mut store, &inner).await?;
            instance.get_typed_func(&mut store, turn)
        })
        .expect("there is such a function");
    let provider = std::sync::Arc::new(tokio::sync::Mutex::new(store));
    let mut linker: Linker<()> = Linker::new(&engine);
    let mut points = linker.instance("bench:links/points@0.1.0").expect("a name");
    points
        .func_wrap_async("turn", move |_, (point,): (Point,)| {
            let provider = provider.clone();
            Box::new(async move {
                let mut store = provider.lock().await;
                turn.call_async(&mut *store, (point,)).await
            })
        })
        .expect("a name");
    points
        .func_wrap("echo", |_, (text,): (String,)| Ok((text,)))
        .expect("a name");
    let outer = Component::new(&engine, consumer()).expect("it compiles");
    let mut store = Store::new(&engine, ());
    let function = runtime.block_on(async {
        let instance = linker.instantiate_async(&mut store, &outer).await?;
        instance.get_typed_func::<(u32,), (u32,)>(&mut store, "turns")
    });
    call_loop(runtime, store, function.expect("there is such a function"))
}

fn call_loop(
    runtime: &tokio::runtime::Runtime,
    mut store: Store<()>,
    function: TypedFunc<(u32,), (u32,)>,
) -> Subject<'_> {
    Box::new(move |times| {
        let times = u32::try_from(times).expect("not so many");
        let start = Instant::now();
        runtime
            .block_on(function.call_async(&mut store, (times,)))
            .expect("the call goes well");
        start.elapsed()
    })
}
