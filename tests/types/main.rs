//! Every type, in both directions, between plugins of both languages.
//!
//! `types.wit` has one function for each type; four plugins answer it. Echoes give back the value they
//! got. Forwards ask an echo, so that a value goes host → forward → echo and back through every lift
//! and lower there is. Values are compared by the host, as WAVE text: there, unlike in `==`, a NaN is
//! a NaN and -0 is not 0.

mod book;
mod cancellation;
mod cases;
mod channels;
mod collections;
mod dynamic;
mod futures;
mod handles;
mod instances;
mod large;
mod memory;
mod mistakes;
mod names;
mod plain;
mod random;
mod resources;
mod streams;
mod tasks;

use cases::{ASYNC, Case, SYNC};
use outwit::{App, LinkMode, Plugin, PluginConfig, Val};
use outwit_tests::{engine, js, rust};
use std::sync::Arc;

const WIT: &str = "types/wit";

fn js_plugin(name: &str, module: &str, world: &str) -> Plugin {
    plugin(name, &js(&format!("types/{module}.js"), WIT, world))
}

fn rust_plugin(name: &str, folder: &str) -> Plugin {
    plugin(name, &rust(&format!("types/{folder}")))
}

fn plugin(name: &str, bytes: &[u8]) -> Plugin {
    Plugin::from_bytes(&engine(), name, bytes).unwrap()
}

/// An app of a plugin to call, `front`, and whatever it calls.
fn app(mode: LinkMode, plugins: impl IntoIterator<Item = Plugin>) -> App {
    let mut app = App::builder(&engine()).link_mode(mode);
    for plugin in plugins {
        app = app.plugin(plugin, PluginConfig::new());
    }
    app.build().unwrap()
}

/// Sends every value of every case through the plugin `front` and compares what comes back.
async fn check(app: &App, cases: &[Case]) {
    for case in cases {
        let functions = app.functions("front").unwrap();
        let function = functions
            .iter()
            .find(|f| f.name() == case.function)
            .unwrap();
        let params: Vec<_> = function.ty().params().map(|(_, ty)| ty).collect();
        for value in case.values {
            let what = format!("{}({value})", case.function);
            let args = parse(&what, &params);
            let got = app
                .call("front", function.interface(), function.name(), &args)
                .await
                .unwrap_or_else(|error| panic!("{what}: {error}"));
            let want = match args.len() {
                0 => vec![],
                1 => args,
                _ => vec![Val::Tuple(args)],
            };
            assert_eq!(text(&got), text(&want), "{what}");
        }
    }
}

fn parse(call: &str, types: &[outwit::Type]) -> Vec<Val> {
    wasm_wave::untyped::UntypedFuncCall::parse(call)
        .and_then(|call| call.to_wasm_params::<Val>(types))
        .unwrap_or_else(|error| panic!("{call}: {error}"))
}

fn text(values: &[Val]) -> Vec<String> {
    values
        .iter()
        .map(|value| in_order(value).to_wave().unwrap())
        .collect()
}

/// Flags have no order of their own, and come back in that of their type.
fn in_order(value: &Val) -> Val {
    match value {
        Val::Flags(flags) => {
            let mut flags = flags.clone();
            flags.sort();
            Val::Flags(flags)
        }
        value => value.clone(),
    }
}

#[tokio::test]
async fn javascript_echoes_every_type() {
    let app = app(LinkMode::Trampoline, [js_plugin("front", "echo", "echoes")]);
    check(&app, SYNC).await;
}

#[tokio::test]
async fn rust_echoes_every_type() {
    let app = app(LinkMode::Trampoline, [rust_plugin("front", "rust-echo")]);
    check(&app, SYNC).await;
}

#[tokio::test]
async fn javascript_calls_rust() {
    for mode in [LinkMode::Trampoline, LinkMode::Fused] {
        let front = js_plugin("front", "forward", "forwards");
        check(&app(mode, [front, rust_plugin("echo", "rust-echo")]), SYNC).await;
    }
}

#[tokio::test]
async fn rust_calls_javascript() {
    for mode in [LinkMode::Trampoline, LinkMode::Fused] {
        let front = rust_plugin("front", "rust-forward");
        check(
            &app(mode, [front, js_plugin("echo", "echo", "echoes")]),
            SYNC,
        )
        .await;
    }
}

#[tokio::test]
async fn javascript_calls_javascript() {
    for mode in [LinkMode::Trampoline, LinkMode::Fused] {
        let front = js_plugin("front", "forward", "forwards");
        check(
            &app(mode, [front, js_plugin("echo", "echo", "echoes")]),
            SYNC,
        )
        .await;
    }
}

#[tokio::test]
async fn javascript_echoes_every_type_later() {
    let app = app(
        LinkMode::Trampoline,
        [js_plugin("front", "echo-async", "echoes-async")],
    );
    check(&app, ASYNC).await;
}

#[tokio::test]
async fn javascript_awaits_rust() {
    for mode in [LinkMode::Trampoline, LinkMode::Fused] {
        let front = js_plugin("front", "forward-async", "forwards-async");
        check(
            &app(mode, [front, rust_plugin("echo", "rust-echo-async")]),
            ASYNC,
        )
        .await;
    }
}

#[tokio::test]
async fn rust_awaits_javascript() {
    for mode in [LinkMode::Trampoline, LinkMode::Fused] {
        let front = rust_plugin("front", "rust-forward-async");
        check(
            &app(
                mode,
                [front, js_plugin("echo", "echo-async", "echoes-async")],
            ),
            ASYNC,
        )
        .await;
    }
}

#[tokio::test]
async fn javascript_awaits_javascript() {
    for mode in [LinkMode::Trampoline, LinkMode::Fused] {
        let front = js_plugin("front", "forward-async", "forwards-async");
        check(
            &app(
                mode,
                [front, js_plugin("echo", "echo-async", "echoes-async")],
            ),
            ASYNC,
        )
        .await;
    }
}

/// A megabyte each way, and a list of as many elements.
#[tokio::test]
async fn large_values_go_through() {
    let pairs: [(Plugin, Plugin); 2] = [
        (
            js_plugin("front", "forward", "forwards"),
            rust_plugin("echo", "rust-echo"),
        ),
        (
            rust_plugin("front", "rust-forward"),
            js_plugin("echo", "echo", "echoes"),
        ),
    ];
    for (front, echo) in pairs {
        let app = app(LinkMode::Trampoline, [front, echo]);
        for (function, value) in large::values() {
            let got = app
                .call("front", None, function, std::slice::from_ref(&value))
                .await
                .unwrap();
            // Not assert_eq: a failure would print megabytes.
            assert!(
                got.as_slice() == [value],
                "{function} changed a large value"
            );
        }
    }
}

/// The same bytes for the same input, so that builds can be compared.
#[test]
fn builds_are_deterministic() {
    let once = Arc::new(js("types/echo.js", WIT, "echoes"));
    assert!(*once == js("types/echo.js", WIT, "echoes"));
}
