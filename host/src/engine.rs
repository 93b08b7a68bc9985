//! What all plugins of a process share: the WebAssembly engine, its clock and its code cache.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use outwit_quickjs::EngineId;
use wasmtime::component::Component;
use wasmtime::{Cache, CacheConfig, Config, Module};

use crate::error::{Error, Result};
use crate::js_engine::{self, JsEngines, Source};
use crate::shape::Extern;
use crate::ticker::Ticker;

/// The WebAssembly engine all plugins of a process share. Cheap to clone.
///
/// It owns one thread, which counts time while a plugin runs and ends when the last clone and the
/// last plugin are dropped.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    wasmtime: wasmtime::Engine,
    js_engines: JsEngines,
    ticker: Ticker,
    max_component_size: u64,
    max_wasm_stack: usize,
}

impl Engine {
    /// Creates an engine with the defaults of [`EngineBuilder`].
    ///
    /// # Errors
    ///
    /// [`Error::Engine`] if this machine cannot run WebAssembly.
    pub fn new() -> Result<Engine> {
        Engine::builder().build()
    }

    /// Starts describing an engine.
    pub fn builder() -> EngineBuilder {
        EngineBuilder::default()
    }

    /// The wasmtime engine inside, for embedders who use wasmtime directly beside this crate.
    #[must_use]
    pub fn wasmtime(&self) -> &wasmtime::Engine {
        &self.inner.wasmtime
    }

    pub(crate) fn ticker(&self) -> &Ticker {
        &self.inner.ticker
    }

    pub(crate) fn max_component_size(&self) -> u64 {
        self.inner.max_component_size
    }

    pub(crate) fn max_wasm_stack(&self) -> usize {
        self.inner.max_wasm_stack
    }

    /// Compiles a component. The one place where this crate does; the code cache is in there.
    ///
    /// The JavaScript engine inside is compiled once, for all plugins that carry the same.
    pub(crate) fn compile(
        &self,
        plugin: &str,
        bytes: &[u8],
        imports: &[Extern],
    ) -> Result<Compiled> {
        let invalid = |e: wasmtime::Error| Error::InvalidComponent {
            plugin: plugin.to_string(),
            message: format!("{e:#}"),
        };
        let js_engine = |engine: &[u8]| self.inner.js_engines.get(&self.inner.wasmtime, engine);
        let source = Source::of(bytes, imports);
        let engine = match &source {
            Source::None => None,
            Source::Inside(range, _) => bytes.get(range.clone()).map(js_engine),
            Source::Host(_) => {
                js_engine::check(bytes).map_err(|built_for| Error::JsEngine {
                    plugin: plugin.to_string(),
                    built_for: built_for.map_or_else(|| "none".to_string(), |id| id.to_string()),
                    offered: EngineId::own().to_string(),
                })?;
                Some(js_engine(outwit_quickjs::module()))
            }
        };
        let engine = engine.transpose().map_err(invalid)?;
        let bytes = match &source {
            Source::Inside(_, rest) | Source::Host(rest) => rest,
            Source::None => bytes,
        };
        let component = Component::from_binary(&self.inner.wasmtime, bytes).map_err(invalid)?;
        tracing::debug!(plugin, bytes = bytes.len(), "compiled");
        Ok(Compiled { component, engine })
    }
}

/// A compiled component.
pub(crate) struct Compiled {
    pub(crate) component: Component,
    /// What it imports as [`outwit_quickjs::IMPORT`].
    pub(crate) engine: Option<Module>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

/// Describes an [`Engine`].
#[derive(Debug, Clone)]
#[must_use]
pub struct EngineBuilder {
    cache: CodeCache,
    tick: Duration,
    max_component_size: u64,
    max_wasm_stack: usize,
}

#[derive(Debug, Clone)]
enum CodeCache {
    Off,
    Default,
    Directory(PathBuf),
}

impl Default for EngineBuilder {
    /// No code cache, a tick of 1 ms, components up to 16 MiB, 2 MiB of WebAssembly stack.
    fn default() -> EngineBuilder {
        EngineBuilder {
            cache: CodeCache::Off,
            tick: Duration::from_millis(1),
            max_component_size: 16 << 20,
            max_wasm_stack: 2 << 20,
        }
    }
}

impl EngineBuilder {
    /// Keeps compiled code in `directory`, which is created if need be.
    ///
    /// Whoever can write there can run machine code in this process: the directory has to belong to
    /// the user that runs the host and to nobody else.
    ///
    /// # Default
    ///
    /// Compiled code is not kept.
    pub fn cache_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.cache = CodeCache::Directory(directory.into());
        self
    }

    /// Keeps compiled code in the user's cache folder (`~/.cache/wasmtime` on Linux).
    ///
    /// # Default
    ///
    /// Compiled code is not kept.
    pub fn default_cache(mut self) -> Self {
        self.cache = CodeCache::Default;
        self
    }

    /// The unit in which computing time is counted, and the longest a plugin computes before other
    /// tasks of the same thread get their turn. At least 100 µs.
    ///
    /// # Default
    ///
    /// 1 ms.
    pub fn tick(mut self, tick: Duration) -> Self {
        self.tick = tick.max(Duration::from_micros(100));
        self
    }

    /// The size of the largest component that is loaded, in bytes.
    ///
    /// # Default
    ///
    /// 16 MiB.
    pub fn max_component_size(mut self, bytes: u64) -> Self {
        self.max_component_size = bytes;
        self
    }

    /// The size of the WebAssembly stack of a call, in bytes.
    ///
    /// # Default
    ///
    /// 2 MiB: twice what a JavaScript plugin's own limit counts on, so that its recursion is a
    /// `RangeError` there and not the end of the instance.
    pub fn max_wasm_stack(mut self, bytes: usize) -> Self {
        self.max_wasm_stack = bytes;
        self
    }

    /// Creates the engine.
    ///
    /// # Errors
    ///
    /// [`Error::Engine`] if the cache directory cannot be used or this machine cannot run
    /// WebAssembly.
    pub fn build(self) -> Result<Engine> {
        let EngineBuilder {
            cache,
            tick,
            max_component_size,
            max_wasm_stack,
        } = self;
        let cache = match cache {
            CodeCache::Off => None,
            CodeCache::Default => Some(CacheConfig::new()),
            CodeCache::Directory(directory) => {
                // wasmtime wants an absolute path.
                let directory = std::path::absolute(&directory).unwrap_or(directory);
                let mut config = CacheConfig::new();
                config.with_directory(directory);
                Some(config)
            }
        };
        let cache = cache.map(Cache::new).transpose().map_err(engine_error)?;

        let mut config = Config::new();
        config
            .wasm_component_model(true)
            .wasm_component_model_async(true)
            .wasm_component_model_map(true)
            .wasm_component_model_fixed_length_lists(true)
            .concurrency_support(true)
            .epoch_interruption(true)
            .coredump_on_trap(true)
            .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(32))
            // The alternative is to ask the environment of this process.
            .wasm_backtrace_details(wasmtime::WasmBacktraceDetails::Disable)
            .max_wasm_stack(max_wasm_stack)
            // The stack of a fiber holds the WebAssembly stack and the host functions it calls.
            .async_stack_size(max_wasm_stack.saturating_add(1 << 20))
            .cache(cache);
        let wasmtime = wasmtime::Engine::new(&config).map_err(engine_error)?;
        let ticker = Ticker::start(&wasmtime, tick).map_err(|e| Error::Engine {
            message: format!("cannot start the clock thread: {e}"),
        })?;
        Ok(Engine {
            inner: Arc::new(Inner {
                wasmtime,
                js_engines: JsEngines::default(),
                ticker,
                max_component_size,
                max_wasm_stack,
            }),
        })
    }
}

fn engine_error(e: wasmtime::Error) -> Error {
    Error::Engine {
        message: format!("{e:#}"),
    }
}
