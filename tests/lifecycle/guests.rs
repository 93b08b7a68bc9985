//! Plugins for the tests of this folder.

use outwit::{App, Health, Lifecycle, Plugin, PluginConfig};
use outwit_tests::{engine, js_text};

const WIT: &str = "
    package test:life@0.1.0;
    interface work {
        count: func() -> u32;
        version: func() -> string;
        crash: func();
        spin: func();
        held: async func() -> string;
        release: async func() -> u32;
    }
    interface front {
        count: func() -> u32;
        version: async func() -> string;
        held: async func() -> string;
    }
";

/// Counts its calls, fails when it is asked to, and says which version it is.
pub fn worker(version: &str) -> Plugin {
    let source = format!(
        r#"
        let calls = 0;
        const waiting = [];
        export const work = {{
            count: () => ++calls,
            version: () => "{version}",
            crash() {{ throw new Error("on purpose"); }},
            spin() {{ for (;;); }},
            async held() {{
                await new Promise((resolve) => waiting.push(resolve));
                return "{version}";
            }},
            async release() {{
                const n = waiting.length;
                for (const resolve of waiting.splice(0)) resolve();
                return n;
            }},
        }};
        "#
    );
    worker_of(&source, WIT)
}

/// A worker with a source and an interface of its own.
pub fn worker_of(source: &str, wit: &str) -> Plugin {
    let bytes = js_text(source, &format!("{wit} world worker {{ export work; }}"))
        .unwrap_or_else(|error| panic!("{error}"));
    Plugin::from_bytes(&engine(), "worker", bytes).expect("it is a component")
}

/// A plugin for another engine.
pub fn on(engine: &outwit::Engine, plugin: &Plugin) -> Plugin {
    Plugin::from_bytes(engine, plugin.name(), plugin.bytes()).expect("it is a component")
}

/// The interfaces with one thing changed.
pub fn wit_with(from: &str, to: &str) -> String {
    let wit = WIT.replacen(from, to, 1);
    assert_ne!(wit, WIT);
    wit
}

/// Asks the worker.
pub fn front() -> Plugin {
    let source = r#"
        import { count, version, held } from "test:life/work";
        export const front = { count, version: async () => version(), held };
    "#;
    let wit = format!("{WIT} world asks {{ import work; export front; }}");
    let bytes = js_text(source, &wit).unwrap_or_else(|error| panic!("{error}"));
    Plugin::from_bytes(&engine(), "front", bytes).expect("it is a component")
}

/// A worker with this lifecycle, and a front.
pub fn app(lifecycle: Lifecycle) -> App {
    App::builder(&engine())
        .plugin(worker("one"), PluginConfig::new().lifecycle(lifecycle))
        .plugin(front(), PluginConfig::new())
        .build()
        .expect("the app loads")
}

pub async fn count(app: &App, plugin: &str) -> outwit::Result<u32> {
    let (n,) = app
        .call_typed::<(), (u32,)>(plugin, None, "count", ())
        .await?;
    Ok(n)
}

pub async fn text(app: &App, plugin: &str, function: &str) -> outwit::Result<String> {
    let (text,) = app
        .call_typed::<(), (String,)>(plugin, None, function, ())
        .await?;
    Ok(text)
}

pub async fn crash(app: &App) -> outwit::Error {
    let crashed = app.call_typed::<(), ()>("worker", None, "crash", ()).await;
    crashed.expect_err("it crashes")
}

/// Lets held calls go on; waits until there are some.
pub async fn release(app: &App) {
    loop {
        let (n,) = app
            .call_typed::<(), (u32,)>("worker", None, "release", ())
            .await
            .expect("the worker answers");
        if n > 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
}

pub fn health(app: &App) -> Health {
    let mut all = app.health().into_iter();
    all.find(|h| h.plugin == "worker")
        .expect("there is a worker")
}
