//! Plugins that attack by another, which they call.

use crate::arena::{beside_others, hasty, javascript, limits, native};
use outwit::{App, Error, LimitKind, Limits, LinkMode, Plugin, PluginConfig, Val};
use outwit_tests::{engine, js};
use std::sync::LazyLock;

const FRONT: &str = "front";
const EVIL: &str = crate::arena::EVIL;

fn accomplice() -> Plugin {
    static PLUGIN: LazyLock<Plugin> = LazyLock::new(|| {
        let bytes = js("evil/accomplice.js", "evil/wit", "accomplice");
        Plugin::from_bytes(&engine(), FRONT, bytes).expect("it is a component")
    });
    PLUGIN.clone()
}

fn app(mode: LinkMode, front: Limits, back: (Plugin, Limits)) -> App {
    app_of(mode, accomplice(), front, back)
}

fn app_of(mode: LinkMode, front: Plugin, limits: Limits, back: (Plugin, Limits)) -> App {
    App::builder(&engine())
        .link_mode(mode)
        .plugin(
            front,
            PluginConfig::new()
                .limits(limits)
                .link("evil:plugin/attacks", EVIL),
        )
        .plugin(back.0, PluginConfig::new().limits(back.1))
        .build()
        .expect("the app loads")
}

async fn count(app: &App, plugin: &str) -> u32 {
    let counted = app.call_typed(plugin, None, "count", ()).await;
    let (count,): (u32,) = counted.unwrap_or_else(|error| panic!("{plugin}: {error}"));
    count
}

/// What an attack by the other plugin ends in, after checking that both can be called again.
async fn attack(app: &App, function: &str, how: &str) -> Error {
    assert!(count(app, FRONT).await > 0);
    assert!(count(app, EVIL).await > 0);
    let args = [Val::String(how.into())];
    let error = match app.call(FRONT, None, function, &args).await {
        Err(error) => error,
        Ok(_) => panic!("{how}: the caller swallowed it"),
    };
    assert_eq!(count(app, FRONT).await, 1);
    assert_eq!(count(app, EVIL).await, 1);
    error
}

/// The way the provider failed.
fn source(error: Error, function: &str) -> Error {
    match error {
        Error::Provider {
            plugin,
            provider,
            function: f,
            source,
        } if plugin == FRONT && provider == EVIL && f == function => *source,
        other => panic!("{other:?}"),
    }
}

const ATTACK: &str = "evil:plugin/attacks@0.1.0.attack";
const ATTACK_LATER: &str = "evil:plugin/attacks-later@0.1.0.attack-later";

#[tokio::test]
async fn errors_name_the_provider() {
    let _guard = beside_others().await;
    let app = app(LinkMode::Trampoline, limits(), (javascript(), hasty()));
    for (function, name, how) in [
        ("attack", ATTACK, "loop"),
        ("attack-later", ATTACK_LATER, "microtasks"),
    ] {
        let error = source(attack(&app, function, how).await, name);
        assert!(
            matches!(&error, Error::Limit { plugin, limit: LimitKind::Cpu, .. } if plugin == EVIL),
            "{error:?}"
        );
    }
    for (function, name, how, expected) in [
        ("attack", ATTACK, "throw", "TypeError: on purpose"),
        (
            "attack-later",
            ATTACK_LATER,
            "reject",
            "RangeError: too late",
        ),
    ] {
        match source(attack(&app, function, how).await, name) {
            Error::Exception {
                plugin,
                function,
                message,
                stack,
                ..
            } => {
                assert_eq!((plugin.as_str(), function.as_str()), (EVIL, name));
                assert_eq!(message, expected);
                assert!(stack.contains("attacker.js:"), "{stack}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_provider_in_rust_is_named_too() {
    let _guard = beside_others().await;
    let app = native_app(LinkMode::Trampoline);
    let error = source(attack(&app, "attack", "panic").await, ATTACK);
    assert!(
        matches!(&error, Error::Trap { plugin, .. } if plugin == EVIL),
        "{error:?}"
    );
    let error = source(attack(&app, "attack", "grow").await, ATTACK);
    assert!(
        matches!(&error, Error::Limit { plugin, limit: LimitKind::Memory, .. } if plugin == EVIL),
        "{error:?}"
    );
}

fn native_app(mode: LinkMode) -> App {
    static PLUGIN: LazyLock<Plugin> = LazyLock::new(|| {
        let bytes = js("evil/accomplice-sync.js", "evil/wit", "accomplice-sync");
        Plugin::from_bytes(&engine(), FRONT, bytes).expect("it is a component")
    });
    app_of(mode, PLUGIN.clone(), limits(), (native(), limits()))
}

/// Fused plugins are one instance, so errors name all of them.
#[tokio::test]
async fn errors_of_fused_plugins_name_the_group() {
    let _guard = beside_others().await;
    let group = |plugin: &str| {
        let mut names: Vec<_> = plugin.split('+').collect();
        names.sort_unstable();
        names == [EVIL, FRONT]
    };
    let mut quick = hasty();
    quick.cpu /= 2;
    let app = app(LinkMode::Fused, quick.clone(), (javascript(), quick));
    for (function, how) in [("attack", "loop"), ("attack-later", "microtasks")] {
        let error = attack(&app, function, how).await;
        assert!(
            matches!(&error, Error::Limit { plugin, limit: LimitKind::Cpu, .. } if group(plugin)),
            "{error:?}"
        );
    }
    for (function, how, expected) in [
        ("attack", "throw", "TypeError: on purpose"),
        ("attack-later", "reject", "RangeError: too late"),
    ] {
        match attack(&app, function, how).await {
            Error::Exception {
                plugin,
                message,
                stack,
                ..
            } => {
                assert!(group(&plugin), "{plugin}");
                assert_eq!(message, expected);
                assert!(stack.contains("attacker.js:"), "{stack}");
            }
            other => panic!("{other:?}"),
        }
    }
    let app = native_app(LinkMode::Fused);
    let error = attack(&app, "attack", "panic").await;
    assert!(
        matches!(&error, Error::Trap { plugin, .. } if group(plugin)),
        "{error:?}"
    );
    let error = attack(&app, "attack", "grow").await;
    assert!(
        matches!(&error, Error::Limit { plugin, limit: LimitKind::Memory, .. } if group(plugin)),
        "{error:?}"
    );
}

/// The caller's patience ends while the provider computes: both end, and both can be called again.
#[tokio::test]
async fn a_caller_that_runs_out_of_time_takes_the_call_with_it() {
    let _guard = beside_others().await;
    let app = app(
        LinkMode::Trampoline,
        crate::arena::impatient(),
        (javascript(), limits()),
    );
    for (function, how) in [("attack", "loop"), ("attack-later", "microtasks")] {
        let error = attack(&app, function, how).await;
        assert!(
            matches!(&error, Error::Limit { plugin, limit: LimitKind::Wall, .. } if plugin == FRONT),
            "{error:?}"
        );
    }
}

/// What a provider returns is limited like what a plugin returns to the host.
#[tokio::test]
async fn a_huge_result_is_refused() {
    let _guard = beside_others().await;
    let app = native_app(LinkMode::Trampoline);
    let (bytes,): (Vec<u8>,) = app
        .call_typed(FRONT, None, "bytes", (100_000_u32,))
        .await
        .expect("that is not much");
    assert_eq!(bytes.len(), 100_000);
    let error = app.call(FRONT, None, "bytes", &[Val::U32(48 << 20)]).await;
    let error = source(
        error.expect_err("it is too much"),
        "evil:plugin/attacks@0.1.0.bytes",
    );
    assert!(
        matches!(&error, Error::Limit { plugin, limit: LimitKind::HostCallBytes, .. } if plugin == EVIL),
        "{error:?}"
    );
    assert_eq!(count(&app, FRONT).await, 1);
    assert_eq!(count(&app, EVIL).await, 1);
}
