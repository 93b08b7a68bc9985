//! The two forms of a JavaScript plugin: with the engine inside, and without.

use outwit::{App, ComposedExports, Error, LinkMode, Plugin, PluginConfig, Val};
use outwit_js::{Build, Cut};
use outwit_tests::{engine, root, rust};
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, Store};

fn build(module: &str, world: &str, cut: Cut) -> Vec<u8> {
    let (module, wit) = (root().join(module), root().join("types/wit"));
    Build::new(module, wit).world(world).cut(cut).run().unwrap()
}

fn plugin(name: &str, bytes: &[u8]) -> Plugin {
    Plugin::from_bytes(&engine(), name, bytes).unwrap()
}

async fn echo(app: &App, text: &str) -> outwit::Result<Vec<Val>> {
    app.call("front", None, "echo-string", &[Val::String(text.into())])
        .await
}

#[tokio::test]
async fn a_shared_plugin_does_what_the_standalone_one_does() {
    for mode in [LinkMode::Trampoline, LinkMode::Fused] {
        for cut in [Cut::Standalone, Cut::Shared] {
            let front = plugin("front", &build("types/forward.js", "forwards", cut));
            let echoes = plugin("echo", &rust("types/rust-echo"));
            let app = App::builder(&engine())
                .link_mode(mode)
                .plugin(front, PluginConfig::new())
                .plugin(echoes, PluginConfig::new())
                .build()
                .unwrap();
            assert_eq!(echo(&app, "🦀").await.unwrap(), [Val::String("🦀".into())]);
        }
    }
}

#[test]
fn a_shared_plugin_is_small_and_holds_all_of_the_standalone_one() {
    let standalone = build("types/echo.js", "echoes", Cut::Standalone);
    let shared = build("types/echo.js", "echoes", Cut::Shared);
    assert!(shared.len() < 100_000, "{} bytes", shared.len());
    assert!(outwit_quickjs::restore(&shared).unwrap() == standalone);
    assert_eq!(
        plugin("shared", &shared).language(),
        outwit::Language::JavaScript
    );
}

#[tokio::test]
async fn a_plugin_for_another_engine_is_refused_with_both_versions() {
    let mut shared = build("types/echo.js", "echoes", Cut::Shared);
    let own = outwit_quickjs::EngineId::own();
    let at = shared
        .windows(64)
        .position(|w| w == own.digest.as_bytes())
        .unwrap();
    shared[at..at + 4].copy_from_slice(b"0000");

    let built = App::builder(&engine())
        .plugin(plugin("front", &shared), PluginConfig::new())
        .build();
    let Err(Error::JsEngine {
        plugin,
        built_for,
        offered,
    }) = built.map(|_| ())
    else {
        panic!("the plugin was loaded");
    };
    assert_eq!(plugin, "front");
    assert!(built_for.starts_with("0.1.0 (sha256 0000"), "{built_for}");
    assert_eq!(offered, own.to_string());
}

/// Whoever says `outwit-engine` and has none of our sections gets no engine, and harms nobody.
#[tokio::test]
async fn an_impostor_gets_no_engine() {
    let text = r#"(component (import "outwit-engine" (core module (export "f" (func)))))"#;
    let bytes = wat::parse_str(text).unwrap();
    let built = App::builder(&engine())
        .plugin(plugin("front", &bytes), PluginConfig::new())
        .build();
    assert!(matches!(
        built,
        Err(Error::JsEngine { .. } | Error::InvalidComponent { .. })
    ));
}

/// A damaged section ends in an error, whatever the damage.
#[tokio::test]
async fn a_damaged_shared_plugin_is_an_error() {
    let shared = build("types/echo.js", "echoes", Cut::Shared);
    let section = shared
        .windows(13)
        .position(|w| w == b"outwit-memory")
        .unwrap();
    for step in 0..40 {
        let mut damaged = shared.clone();
        let at = section + 13 + step * (shared.len() - section - 14) / 40;
        damaged[at] ^= 0x55;
        let built = Plugin::from_bytes(&engine(), "front", damaged).and_then(|front| {
            App::builder(&engine())
                .plugin(front, PluginConfig::new())
                .build()
        });
        // What it does if the damage went unseen is its own affair, within its sandbox.
        if let Ok(app) = built {
            let _ = echo(&app, "x").await;
        }
    }
}

/// Composed with a Rust plugin, either form is a plain component that bare wasmtime runs.
#[test]
fn composed_it_needs_nothing() {
    for cut in [Cut::Standalone, Cut::Shared] {
        let front = plugin("front", &build("types/forward.js", "forwards", cut));
        let echoes = plugin("echo", &rust("types/rust-echo"));
        let parts = [(front, PluginConfig::new()), (echoes, PluginConfig::new())];
        let composed = outwit::compose(&parts, &ComposedExports::Of("front".into())).unwrap();

        let engine = Engine::new(&Config::new()).unwrap();
        let component = Component::new(&engine, composed).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Linker::new(&engine)
            .instantiate(&mut store, &component)
            .unwrap();
        let forward = instance
            .get_export_index(&mut store, None, "test:types/forward@0.1.0")
            .unwrap();
        let index = instance
            .get_export_index(&mut store, Some(&forward), "echo-u64")
            .unwrap();
        let echo = instance
            .get_typed_func::<(u64,), (u64,)>(&mut store, index)
            .unwrap();
        assert_eq!(echo.call(&mut store, (u64::MAX,)).unwrap(), (u64::MAX,));
    }
}
