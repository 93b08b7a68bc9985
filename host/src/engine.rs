//! What all plugins of a process share: the WebAssembly engine, its clock and its code cache.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use outwit_cache::{Cache, CacheProblem, Code, Key, Place, engine_digest};
use outwit_quickjs::EngineId;
use wasmtime::component::Component;
use wasmtime::{Config, InstanceAllocationStrategy, Module, PoolingAllocationConfig};

use crate::compiler::{Compiler, Job};
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
    settings: Settings,
    /// What code has to be compiled for to run here.
    digest: [u8; 32],
    cache: Cache,
    compiler: Compiler,
    js_engines: JsEngines,
    ticker: Ticker,
    max_component_size: u64,
}

/// Everything that decides what wasmtime's engine is like. A child process that compiles gets the
/// same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) max_wasm_stack: usize,
    pub(crate) debug_info: bool,
}

impl Settings {
    pub(crate) fn config(self) -> Config {
        let Settings {
            max_wasm_stack,
            debug_info,
        } = self;
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
            .wasm_backtrace_details(match debug_info {
                true => wasmtime::WasmBacktraceDetails::Enable,
                false => wasmtime::WasmBacktraceDetails::Disable,
            })
            .max_wasm_stack(max_wasm_stack)
            // The stack of a fiber holds the WebAssembly stack and the host functions it calls.
            .async_stack_size(max_wasm_stack.saturating_add(1 << 20));
        config
    }
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
        self.inner.settings.max_wasm_stack
    }

    /// The folder in which compiled code is kept. None if it is not kept, by choice or because of a
    /// [problem](Engine::cache_problem).
    #[must_use]
    pub fn cache_directory(&self) -> Option<&Path> {
        self.inner.cache.folder()
    }

    /// Why compiled code is not kept although it was meant to be: the folder cannot be written, is a
    /// symbolic link, belongs to somebody else, or others can write in it. Everything works without;
    /// loading plugins takes longer.
    #[must_use]
    pub fn cache_problem(&self) -> Option<&CacheProblem> {
        self.inner.cache.problem()
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
        let js_engine = |engine: &[u8]| {
            self.inner
                .js_engines
                .get(engine, || self.code(plugin, engine, is_own(engine)))
        };
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
        let engine = engine.transpose()?;
        let bytes = match &source {
            Source::Inside(_, rest) | Source::Host(rest) => rest,
            Source::None => bytes,
        };
        let component: Component = self.code(plugin, bytes, false)?;
        tracing::debug!(plugin, bytes = bytes.len(), "compiled");
        Ok(Compiled { component, engine })
    }

    /// Compiled code: out of the cache, or out of the compiler and into the cache. What is `ours` was
    /// not written by strangers, and is compiled here whatever the compiler is.
    fn code<T: Code + Send + 'static>(&self, plugin: &str, bytes: &[u8], ours: bool) -> Result<T> {
        let Inner {
            wasmtime,
            settings,
            digest,
            cache,
            compiler,
            ..
        } = &*self.inner;
        let key = Key::new(T::KIND, bytes, *digest);
        if let Some(code) = cache.get(&key) {
            match T::load(wasmtime, &code) {
                Ok(code) => return Ok(code),
                Err(error) => tracing::warn!(plugin, %error, "kept code does not fit this engine"),
            }
        }
        let job = Job {
            plugin,
            kind: T::KIND,
            bytes,
            settings: *settings,
            engine: *digest,
        };
        let compiled: T = if ours {
            T::compile(wasmtime, bytes).map_err(|e| job.invalid(&e))?
        } else if let Some(answer) = compiler.compile_in_child(&job) {
            let code = answer?;
            let loaded = T::load(wasmtime, &code).map_err(|e| job.invalid(&e))?;
            cache.put(&key, &code);
            return Ok(loaded);
        } else {
            compiler.compile_here(wasmtime, &job)?
        };
        if cache.is_on() {
            match compiled.to_code() {
                Ok(code) => cache.put(&key, &code),
                Err(error) => tracing::warn!(plugin, %error, "compiled code cannot be kept"),
            }
        }
        Ok(compiled)
    }
}

/// Whether this is the JavaScript engine that this crate brings.
fn is_own(engine: &[u8]) -> bool {
    engine == outwit_quickjs::module()
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
    cache: Place,
    cache_size: u64,
    compiler: Compiler,
    tick: Duration,
    max_component_size: u64,
    settings: Settings,
    max_instances: Option<u32>,
}

impl Default for EngineBuilder {
    /// Compiled code in the user's cache folder, compiled in this process within 1 GiB and 10 s; a tick of 1 ms, components
    /// up to 16 MiB, 2 MiB of WebAssembly stack, no memory reserved.
    fn default() -> EngineBuilder {
        EngineBuilder {
            cache: Place::default(),
            cache_size: 1 << 30,
            compiler: Compiler::default(),
            tick: Duration::from_millis(1),
            max_component_size: 16 << 20,
            settings: Settings {
                max_wasm_stack: 2 << 20,
                debug_info: false,
            },
            max_instances: None,
        }
    }
}

impl EngineBuilder {
    /// Keeps compiled code in `directory`, which is created if need be.
    ///
    /// Entries are used only if they were made by this user: they are authenticated with a random key
    /// in the file `key` there. The folder has to belong to this user, others must not be able to
    /// write in it, and it must not be a symbolic link; otherwise code is
    /// [not kept](Engine::cache_problem). Do not take the folder over from somebody else: its key
    /// would come with it.
    ///
    /// # Default
    ///
    /// `outwit/code` in the user's cache folder (`~/.cache` on Linux).
    pub fn cache_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.cache = Place::Folder(directory.into());
        self
    }

    /// Does not keep compiled code.
    ///
    /// # Default
    ///
    /// It is kept; see [`EngineBuilder::cache_directory`].
    pub fn no_cache(mut self) -> Self {
        self.cache = Place::Nowhere;
        self
    }

    /// How much compiled code is kept, in bytes. What was not used for longest goes first.
    ///
    /// # Default
    ///
    /// 1 GiB.
    pub fn cache_size(mut self, bytes: u64) -> Self {
        self.cache_size = bytes;
        self
    }

    /// Where components are compiled, and within which limits.
    ///
    /// # Default
    ///
    /// [`Compiler::in_process`], within limits that are estimated. A program that loads what strangers wrote
    /// begins its `main` with [`Compiler::child`], of which the limits are measured.
    pub fn compiler(mut self, compiler: Compiler) -> Self {
        self.compiler = compiler;
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
        self.settings.max_wasm_stack = bytes;
        self
    }

    /// Whether traps of plugins in Rust say file and line, where their components have debug information (DWARF). It is read when a
    /// plugin traps, and how long that takes is up to who wrote it, so it is for the machine of who writes the plugins. Names of
    /// functions are there without it.
    ///
    /// # Default
    ///
    /// No.
    pub fn debug_info(mut self, is_used: bool) -> Self {
        self.settings.debug_info = is_used;
        self
    }

    /// Reserves the memory of all instances in advance, for at most so many at one time, of all plugins
    /// together. An instance then starts without asking the operating system for address space, which
    /// pays where [each call](crate::Instances::PerCall) has one of its own and many run at a time. Starting more
    /// fails with [`Error::EngineFull`]. Pages are given back and read as zero when an instance ends.
    ///
    /// # Default
    ///
    /// Nothing is reserved, and there may be as many instances as fit.
    pub fn max_instances(mut self, instances: u32) -> Self {
        self.max_instances = Some(instances.max(1));
        self
    }

    /// Creates the engine.
    ///
    /// # Errors
    ///
    /// [`Error::Engine`] if this machine cannot run WebAssembly, or cannot reserve that many instances.
    pub fn build(self) -> Result<Engine> {
        let EngineBuilder {
            cache,
            cache_size,
            compiler,
            tick,
            max_component_size,
            settings,
            max_instances,
        } = self;
        let mut config = settings.config();
        if let Some(instances) = max_instances {
            config.allocation_strategy(pool(instances));
        }
        let wasmtime = wasmtime::Engine::new(&config).map_err(engine_error)?;
        let ticker = Ticker::start(&wasmtime, tick).map_err(|e| Error::Engine {
            message: format!("cannot start the clock thread: {e}"),
        })?;
        Ok(Engine {
            inner: Arc::new(Inner {
                digest: engine_digest(&wasmtime),
                wasmtime,
                settings,
                cache: Cache::new(cache, cache_size),
                compiler,
                js_engines: JsEngines::default(),
                ticker,
                max_component_size,
            }),
        })
    }
}

/// Room for so many instances, each with what [`Limits`](crate::Limits) allow by default.
fn pool(instances: u32) -> InstanceAllocationStrategy {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .max_component_instance_size(4 << 20)
        .total_core_instances(instances.saturating_mul(16))
        .max_core_instance_size(4 << 20)
        .max_core_instances_per_component(1000)
        .total_memories(instances.saturating_mul(2))
        .max_memories_per_component(100)
        .max_memories_per_module(100)
        .total_tables(instances.saturating_mul(8))
        .max_tables_per_component(100)
        .max_tables_per_module(100)
        .table_elements(100_000)
        // A call that waits for another one keeps its stack.
        .total_stacks(instances.saturating_mul(4));
    InstanceAllocationStrategy::Pooling(pool)
}

fn engine_error(e: wasmtime::Error) -> Error {
    Error::Engine {
        message: format!("{e:#}"),
    }
}
