//! Streams and futures between plugins of both languages, in one store and from one store to another.
//!
//! `channels/wit` has the interface; two plugins answer it and two call it, one of each language. A check gives the same
//! text whoever calls whom.

use crate::plain::Plain;
use outwit::{App, ComposedExports, Limits, LinkMode, Plugin, PluginConfig};
use outwit_tests::{engine, js, rust};
use std::time::Duration;

const WIT: &str = "types/channels/wit";

const CHECKS: &[(&str, &str)] = &[
    ("sum", "499500"),
    ("collect", "1000000 bytes, checksum 321714401"),
    ("collect-lines", "100 lines"),
    ("count-units", "10"),
    ("sum-first", "10 of 5"),
    ("count-to", "1000 numbers"),
    ("count", "45, count has ended"),
    ("bytes", "1000000 bytes, checksum 321714401"),
    ("lines", "line 97, line 98, line 99"),
    ("units", "7"),
    ("pass", "[1, 2, 3]"),
    ("upper", r#"["A", "É", ""]"#),
    ("upper-all", r#"[["A", "B"], ["C", "D"]]"#),
    ("things", "10"),
    ("sum-things", "15 and 0, 3 and 12, 0 and 15"),
    ("double", "42"),
    ("pass-future", "7"),
    ("when", "now"),
    ("turn", r#"[Err("fine"), Ok(5)]"#),
    ("exchange", r#"["two", "one"], [2, 3, 4], Err("late")"#),
    ("exchange-nothing", "no headers"),
];

fn plugin(name: &str, bytes: &[u8]) -> Plugin {
    Plugin::from_bytes(&engine(), name, bytes).unwrap()
}

fn js_plugin(name: &str, world: &str) -> Plugin {
    plugin(name, &js(&format!("types/channels/{name}.js"), WIT, world))
}

fn rust_plugin(name: &str) -> Plugin {
    plugin(name, &rust(&format!("types/channels/rust-{name}")))
}

async fn check(driver: Plugin, provider: Plugin, names: &[(&str, &str)]) {
    for mode in [LinkMode::Trampoline, LinkMode::Fused] {
        check_in(mode, driver.clone(), provider.clone(), names).await;
    }
}

async fn check_in(mode: LinkMode, driver: Plugin, provider: Plugin, names: &[(&str, &str)]) {
    let mut limits = Limits::default();
    limits.cpu = Duration::from_secs(10);
    limits.wall = Duration::from_secs(30);
    let config = PluginConfig::new().limits(limits);
    let app = App::builder(&engine())
        .link_mode(mode)
        .plugin(driver, config.clone())
        .plugin(provider, config)
        .build()
        .unwrap();
    for (name, want) in names {
        let call = app.call_typed::<_, (String,)>(
            "driver",
            Some("test:channels/driver@0.1.0"),
            "check",
            (name.to_string(),),
        );
        let (got,) = call
            .await
            .unwrap_or_else(|error| panic!("{mode:?}: {name}: {error}"));
        assert_eq!(&got, want, "{mode:?}: {name}");
    }
}

#[tokio::test]
async fn rust_to_rust() {
    check(rust_plugin("driver"), rust_plugin("provider"), CHECKS).await;
}

#[tokio::test]
async fn rust_to_javascript() {
    check(
        rust_plugin("driver"),
        js_plugin("provider", "provider"),
        CHECKS,
    )
    .await;
}

#[tokio::test]
async fn javascript_to_rust() {
    check(
        js_plugin("driver", "drives"),
        rust_plugin("provider"),
        CHECKS,
    )
    .await;
}

#[tokio::test]
async fn javascript_to_javascript() {
    check(
        js_plugin("driver", "drives"),
        js_plugin("provider", "provider"),
        CHECKS,
    )
    .await;
}

/// The same in plain wasmtime, as one component.
#[tokio::test]
async fn in_plain_wasmtime() {
    let pairs = [
        (rust_plugin("driver"), js_plugin("provider", "provider")),
        (js_plugin("driver", "drives"), rust_plugin("provider")),
    ];
    for pair in pairs {
        let plugins = [pair.0, pair.1].map(|plugin| (plugin, PluginConfig::new()));
        let exports = ComposedExports::Of("driver".into());
        let mut plain = Plain::load(&outwit::compose(&plugins, &exports).unwrap()).await;
        for (name, want) in CHECKS {
            let called = plain.call("driver", "check", (name.to_string(),)).await;
            let (got,): (String,) = called.unwrap_or_else(|error| panic!("{name}: {error:#}"));
            assert_eq!(&got, want, "{name}");
        }
    }
}

/// A call that its caller gives up rejects what it waits for, and ends.
#[tokio::test]
async fn rust_gives_calls_up() {
    let checks = [("forever", "forever: AbortError")];
    let fused = LinkMode::Fused;
    check_in(
        fused,
        rust_plugin("driver"),
        rust_plugin("provider"),
        &checks,
    )
    .await;
    let provider = js_plugin("provider", "provider");
    check_in(fused, rust_plugin("driver"), provider, &checks).await;
}
