//! The same plugins in Outwit's host, with its limits and its time keeping.

use super::guest::timed;
use super::measure::Subject;
use outwit::{App, Engine, Limits, LinkMode, Plugin, PluginConfig};
use std::hint::black_box;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// How often a plugin calls the other in one call of the host.
const CALLS: u32 = 200;

/// An app of a plugin that is called, and of one that calls it.
pub struct Hosted {
    app: App,
    runtime: Runtime,
}

impl Hosted {
    pub fn new(fmt: &[u8], caller: &[u8], mode: LinkMode) -> Self {
        let engine = Engine::new().unwrap();
        let plugin = |name: &str, bytes: &[u8]| Plugin::from_bytes(&engine, name, bytes).unwrap();
        let mut limits = Limits::default();
        limits.cpu = Duration::from_secs(2);
        let config = || PluginConfig::new().limits(limits.clone());
        let app = App::builder(&engine)
            .link_mode(mode)
            .plugin(plugin("fmt", fmt), config())
            .plugin(plugin("caller", caller), config())
            .build()
            .unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        Self { app, runtime }
    }

    /// Calls of `greet` by the application.
    pub fn calls(&self) -> Subject<'_> {
        let greet = self
            .app
            .function::<(&str,), (String,)>("fmt", "demo:g/fmt", "greet")
            .unwrap();
        Box::new(move |times| {
            let start = Instant::now();
            self.runtime.block_on(async {
                for _ in 0..times {
                    black_box(greet.call(("world",)).await.unwrap());
                }
            });
            start.elapsed()
        })
    }

    /// Calls of `greet` by the other plugin.
    pub fn linked_calls(&self) -> Subject<'_> {
        let calls = self
            .app
            .function::<(u32,), (u32,)>("caller", "demo:g/calls", "greet")
            .unwrap();
        Box::new(move |times| {
            let batches = times.div_ceil(CALLS.into());
            let start = Instant::now();
            self.runtime.block_on(async {
                for _ in 0..batches {
                    black_box(calls.call((CALLS,)).await.unwrap());
                }
            });
            let took = start.elapsed().as_secs_f64();
            Duration::from_secs_f64(took * times as f64 / (batches * u64::from(CALLS)) as f64)
        })
    }
}

/// Loads of a plugin from its bytes in a process that has loaded a plugin of the same language before, without a cache of compiled code.
pub fn loads<'a>(first: &[u8], bytes: &'a [u8]) -> Subject<'a> {
    let engine = Engine::builder().no_cache().build().unwrap();
    let load = move |bytes: &[u8]| {
        let plugin = Plugin::from_bytes(&engine, "fmt", bytes).unwrap();
        plugin.compile().unwrap();
    };
    load(first);
    timed(move || load(bytes))
}
