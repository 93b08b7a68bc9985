//! Runs the engine over a plugin's module once and keeps what its memory then holds.
//!
//! This is done on the engine's core module, not on the finished component: the engine imports
//! nothing but a memory, so there is nothing to imitate, its compiled code can be kept between builds,
//! and a call of an import while the module is evaluated is an ordinary JavaScript error.

use crate::adapter::EngineLayout;
use crate::modules::{Loader, Source};
use crate::suite::Entry;
use crate::{Error, Inputs, JsError, Kept, Timings, world::World};
use anyhow::{Context, anyhow, bail};
use outwit_cache::{Cache, Place};
use outwit_descriptor::{DISPATCH_DONE, DISPATCH_UNAVAILABLE, intrinsic};
use outwit_quickjs::source_map::Map;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasmparser::{Parser, Payload};
use wasmtime::{
    Caller, Config, Func, FuncType, Global, Instance, Memory, MemoryType, OptLevel, Ref,
    ResourceLimiter, Store, Trap, TypedFunc, UpdateDeadline, Val, ValType,
};

const PAGE: usize = 65_536;
/// What begins a trap report, see `guest-quickjs/engine`.
const REPORT_MAGIC: u32 = 0x4f57_5452;
/// The most memory a plugin may have while it is built, in bytes: four times what the host gives it by
/// default.
const MAX_MEMORY: usize = 512 << 20;
/// What is in a folder of compiled code beyond this is removed, in bytes; as much as the host's default.
const MAX_CACHE: u64 = 1 << 30;

/// The engine's module, compiled.
#[derive(Debug)]
pub struct Engine {
    module: wasmtime::Module,
    memory_pages: u32,
    table: wasm_encoder::TableType,
}

/// How the engine is compiled.
#[derive(Clone, Copy, Debug)]
pub enum Care {
    /// For one build: it runs for milliseconds, and compile time is what counts.
    Little,
    /// For many.
    Much,
}

/// What to evaluate.
pub struct Main<'a> {
    /// The main module.
    pub entry: Entry<'a>,
    pub minify: bool,
    /// Where to note the files that are read.
    pub inputs: &'a Inputs,
    pub kept: &'a Kept,
    pub timings: &'a Timings,
}

/// A plugin that has been evaluated and not yet called.
pub struct Snapshot {
    /// The size of the memory in pages of 64 KiB.
    pub pages: u64,
    /// What the memory holds besides zeros, by address.
    pub data: Vec<(u32, Vec<u8>)>,
    pub layout: EngineLayout,
    /// The text of every module that was evaluated.
    sources: Vec<String>,
    /// The modules of the plugin, with what their authors wrote and the way back to it.
    modules: Vec<(String, String, Option<Map>)>,
}

impl Snapshot {
    /// Whether any of the plugin's modules mentions this name, and not only a longer one.
    pub fn mentions(&self, name: &str) -> bool {
        let ends = |rest: &str| !rest.starts_with(|c: char| c == '-' || c.is_ascii_alphanumeric());
        let mut mentions = self
            .sources
            .iter()
            .flat_map(|source| source.split(name).skip(1));
        mentions.any(ends)
    }

    /// Adds the source map of the plugin's modules to the component.
    pub fn attach_source_map(&self, component: &[u8]) -> Vec<u8> {
        let modules = self.modules.iter();
        let modules = modules.map(|(name, source, map)| (&**name, &**source, map.as_ref()));
        outwit_quickjs::source_map::attach(component, modules)
    }
}

impl Engine {
    /// Compiles the engine, or takes its compiled code from the folder `cache`.
    pub fn new(cache: Option<&Path>, care: Care) -> Result<Self, Error> {
        let mut config = Config::new();
        config.cranelift_opt_level(match care {
            Care::Little => OptLevel::None,
            Care::Much => OptLevel::Speed,
        });
        // Frames of code that is not optimised are large; the engine's own limit on the depth of
        // JavaScript has to come first.
        config.max_wasm_stack(4 << 20).async_stack_size(5 << 20);
        config.epoch_interruption(true);
        let engine = wasmtime::Engine::new(&config).map_err(internal)?;
        let place = cache.map_or(Place::Nowhere, |folder| Place::Folder(folder.to_path_buf()));
        let cache = Cache::new(place, MAX_CACHE);
        let module = cache.get_or_compile(&engine, outwit_quickjs::linked());
        let module = module.map_err(internal)?;
        let shape = Shape::of(outwit_quickjs::linked())?;
        Ok(Self {
            module,
            memory_pages: shape.memory_pages,
            table: shape.table,
        })
    }

    /// Evaluates a plugin and what it imports, for at most `limit`.
    pub fn evaluate(
        &self,
        world: &World,
        main: Main<'_>,
        limit: Duration,
    ) -> Result<Snapshot, Error> {
        let (loader, Source { name, text }) = Loader::open(main)?;
        let mut run = Run::new(self, loader, limit)?;
        let _watch = Watch::start(self.module.engine().clone(), limit)?;
        let file = name.clone();
        let ended = |error| match error {
            Error::Internal(trap) if trap.downcast_ref() == Some(&Trap::Interrupt) => {
                Error::TimeLimit { file, limit }
            }
            Error::Internal(trap) if trap.is::<Full>() => Error::MemoryLimit {
                file,
                limit: MAX_MEMORY as u64,
            },
            error => error,
        };

        run.step(
            "outwit_init",
            &[&world.descriptor.to_bytes().map_err(|e| anyhow!(e))?],
        )?;
        run.step("outwit_main", &[name.as_bytes(), text.as_bytes()])
            .and_then(|()| run.step("outwit_finish", &[]))
            .map_err(ended)?;
        run.store.data_mut().sources.push(text);
        run.snapshot(self.table)
    }
}

/// Interrupts what the engine computes when the time is up, unless it is dropped before.
struct Watch {
    _stop: mpsc::Sender<()>,
}

impl Watch {
    fn start(engine: wasmtime::Engine, limit: Duration) -> Result<Self, Error> {
        let (stop, stopped) = mpsc::channel();
        std::thread::Builder::new()
            .name("outwit-build-watch".into())
            .spawn(move || {
                if stopped.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout) {
                    engine.increment_epoch();
                }
            })
            .context("cannot start a thread")?;
        Ok(Self { _stop: stop })
    }
}

#[cfg(test)]
impl Engine {
    /// A plugin that was never evaluated: the shape of one, for what only looks at that.
    pub fn empty_snapshot(&self) -> Snapshot {
        let layout = EngineLayout {
            args: 1024,
            dispatch_slot: 1,
            table: self.table,
        };
        Snapshot {
            pages: self.memory_pages.into(),
            data: Vec::new(),
            layout,
            sources: Vec::new(),
            modules: Vec::new(),
        }
    }
}

/// The engine while it evaluates a plugin.
struct Run {
    store: Store<State>,
    instance: Instance,
    memory: Memory,
    stack_pointer: Global,
    stack_top: u32,
}

struct State {
    loader: Loader,
    /// What the loader has loaded.
    sources: Vec<String>,
    /// Why it could not load what was asked for last.
    failed: Option<JsError>,
    realloc: Option<Realloc>,
    room: Room,
}

/// Ends a plugin that wants more memory than [`MAX_MEMORY`]. If its allocations failed instead, it
/// could not even make an error that says so.
struct Room;

#[derive(Debug, thiserror::Error)]
#[error("the memory is full")]
struct Full;

impl ResourceLimiter for Room {
    fn memory_growing(
        &mut self,
        _: usize,
        wanted: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if wanted > MAX_MEMORY {
            return Err(Full.into());
        }
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(true)
    }
}

type Realloc = TypedFunc<(u32, u32, u32, u32), u32>;

impl Run {
    fn new(engine: &Engine, loader: Loader, limit: Duration) -> Result<Self, Error> {
        let mut store = Store::new(
            engine.module.engine(),
            State {
                loader,
                sources: Vec::new(),
                failed: None,
                realloc: None,
                room: Room,
            },
        );
        store.set_epoch_deadline(1);
        let started = Instant::now();
        // The time of another build may be up: they share the engine.
        store.epoch_deadline_callback(move |_| match started.elapsed() < limit {
            true => Ok(UpdateDeadline::Continue(1)),
            false => Err(Trap::Interrupt.into()),
        });
        store.limiter(|state| &mut state.room);
        let memory = Memory::new(&mut store, MemoryType::new(engine.memory_pages, None))
            .map_err(internal)?;
        let instance =
            Instance::new(&mut store, &engine.module, &[memory.into()]).map_err(internal)?;
        let realloc = instance
            .get_typed_func(&mut store, "cabi_realloc")
            .map_err(internal)?;
        store.data_mut().realloc = Some(realloc);
        let stack_pointer = instance
            .get_global(&mut store, "__stack_pointer")
            .ok_or_else(|| anyhow!("the engine does not export its stack pointer"))?;
        let stack_top = address(stack_pointer.get(&mut store))?;
        let mut run = Self {
            store,
            instance,
            memory,
            stack_pointer,
            stack_top,
        };
        run.answer_loads()?;
        Ok(run)
    }

    /// Puts a function that loads modules where the adapter will put `dispatch`.
    fn answer_loads(&mut self) -> Result<(), Error> {
        let memory = self.memory;
        let ty = FuncType::new(
            self.store.engine(),
            [ValType::I32, ValType::I32, ValType::I32],
            [ValType::I32],
        );
        let dispatch = Func::new(&mut self.store, ty, move |caller, params, results| {
            let [Val::I32(number), Val::I32(args), Val::I32(out)] = *params else {
                return Err(wasmtime::Error::msg("dispatch takes three numbers"));
            };
            let status = if number as u32 == intrinsic::LOAD_MODULE {
                load_module(caller, memory, args as u32, out as u32)?
            } else {
                DISPATCH_UNAVAILABLE
            };
            if let Some(result) = results.first_mut() {
                *result = Val::I32(status as i32);
            }
            Ok(())
        });
        let slot = self.number("outwit_dispatch_slot")?;
        let table = self
            .instance
            .get_table(&mut self.store, "__indirect_function_table")
            .ok_or_else(|| anyhow!("the engine does not export its table"))?;
        table
            .set(&mut self.store, slot.into(), Ref::Func(Some(dispatch)))
            .map_err(internal)
    }

    /// Calls a function of the engine that takes byte strings and says whether it succeeded.
    fn step(&mut self, name: &str, buffers: &[&[u8]]) -> Result<(), Error> {
        let function = self
            .instance
            .get_func(&mut self.store, name)
            .ok_or_else(|| anyhow!("the engine does not export `{name}`"))?;
        let mut params = Vec::new();
        for buffer in buffers {
            let ptr = allocate(&mut self.store, self.memory, buffer).map_err(internal)?;
            params.extend([Val::I32(ptr as i32), Val::I32(buffer.len() as i32)]);
        }
        let mut results = [Val::I32(0)];
        let called = function.call(&mut self.store, &params, &mut results);
        match (called, results) {
            (Ok(()), [Val::I32(0)]) => Ok(()),
            (Ok(()), _) => Err(self.error()?),
            (Err(trap), _) => Err(match self.report() {
                Some(error) => Error::Js(self.store.data().loader.original(error)),
                None => Error::Internal(trap.context(format!("`{name}` failed")).into()),
            }),
        }
    }

    /// What the engine says went wrong.
    fn error(&mut self) -> Result<Error, Error> {
        let at = self.number("outwit_error")?;
        let json = read_u32(self.memory.data(&self.store), at)
            .zip(read_u32(
                self.memory.data(&self.store),
                at.saturating_add(4),
            ))
            .and_then(|(ptr, len)| bytes(self.memory.data(&self.store), ptr, len))
            .ok_or_else(|| anyhow!("the engine's error lies outside its memory"))?;
        let error: JsError =
            serde_json::from_slice(json).context("cannot read the engine's error")?;
        let state = self.store.data();
        Ok(Error::Js(match &state.failed {
            // it knows the place of the import
            Some(failed) if error.message.ends_with(&failed.message) => failed.clone(),
            _ => state.loader.original(error),
        }))
    }

    /// What the engine wrote down before it trapped.
    fn report(&mut self) -> Option<JsError> {
        let at = self
            .instance
            .get_global(&mut self.store, "outwit_trap_report")?;
        let at = address(at.get(&mut self.store)).ok()?;
        let data = self.memory.data(&self.store);
        let word = |i: u32| read_u32(data, at.checked_add(i * 4)?);
        if word(0)? != REPORT_MAGIC {
            return None;
        }
        let text = |ptr, len| Some(String::from_utf8_lossy(bytes(data, ptr, len)?).into_owned());
        if word(1)? == 0 {
            return None;
        }
        let message = text(word(1)?, word(2)?)?;
        Some(JsError {
            message,
            stack: text(word(3)?, word(4)?),
            ..JsError::default()
        })
    }

    fn number(&mut self, function: &str) -> Result<u32, Error> {
        self.instance
            .get_typed_func::<(), u32>(&mut self.store, function)
            .and_then(|function| function.call(&mut self.store, ()))
            .map_err(internal)
    }

    fn snapshot(mut self, table: wasm_encoder::TableType) -> Result<Snapshot, Error> {
        if address(self.stack_pointer.get(&mut self.store))? != self.stack_top {
            return Err(anyhow!("the engine's stack pointer did not come back").into());
        }
        let layout = EngineLayout {
            args: self.number("outwit_args")?,
            dispatch_slot: self.number("outwit_dispatch_slot")?,
            table,
        };
        let memory = self.memory.data(&self.store);
        let pages = (memory.len() / PAGE) as u64;
        // What the stack left behind is below.
        let start = self.stack_top as usize;
        let data = outwit_quickjs::cut_at_zeros(memory.get(start..).unwrap_or_default(), start);
        let state = self.store.data_mut();
        let sources = std::mem::take(&mut state.sources);
        let modules = state.loader.sources();
        Ok(Snapshot {
            pages,
            data,
            layout,
            sources,
            modules,
        })
    }
}

/// Answers [`intrinsic::LOAD_MODULE`].
fn load_module(
    mut caller: Caller<'_, State>,
    memory: Memory,
    args: u32,
    out: u32,
) -> wasmtime::Result<u32> {
    let text = |slot: u32| {
        let data = memory.data(&caller);
        let word = |slot: u32| read_u32(data, args.checked_add(slot * 8)?);
        let bytes = bytes(data, word(slot)?, word(slot + 1)?)?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    };
    let outside = || wasmtime::Error::msg("a module's name lies outside the memory");
    let (referrer, specifier) = text(0).zip(text(2)).ok_or_else(outside)?;
    let state = caller.data_mut();
    let loaded = state.loader.load(&referrer, &specifier);
    state.failed = loaded.as_ref().err().cloned();
    let status = if loaded.is_ok() {
        DISPATCH_DONE
    } else {
        DISPATCH_UNAVAILABLE
    };
    let Source { name, text } = loaded.unwrap_or_else(|error| Source {
        name: error.message,
        text: String::new(),
    });
    for (slot, text) in [(0, &name), (2, &text)] {
        let ptr = allocate(&mut caller, memory, text.as_bytes())?;
        for (slot, value) in [(slot, ptr), (slot + 1, text.len() as u32)] {
            memory.write(&mut caller, out as usize + slot * 8, &value.to_le_bytes())?;
        }
    }
    caller.data_mut().sources.push(text);
    Ok(status)
}

/// Copies bytes into memory that the engine then owns.
fn allocate(
    mut store: impl wasmtime::AsContextMut<Data = State>,
    memory: Memory,
    bytes: &[u8],
) -> wasmtime::Result<u32> {
    let realloc = store.as_context().data().realloc.clone();
    let realloc = realloc.ok_or_else(|| wasmtime::Error::msg("the engine cannot allocate yet"))?;
    let ptr = realloc.call(&mut store, (0, 0, 1, u32::try_from(bytes.len())?))?;
    memory.write(&mut store, ptr as usize, bytes)?;
    Ok(ptr)
}

/// What the builder relies on in the engine's core module.
struct Shape {
    memory_pages: u32,
    table: wasm_encoder::TableType,
}

impl Shape {
    fn of(module: &[u8]) -> anyhow::Result<Self> {
        let mut memory_pages = None;
        let mut table = None;
        let mut mutable_globals = 0;
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let import = import?;
                        match import.ty {
                            wasmparser::TypeRef::Memory(ty) if memory_pages.is_none() => {
                                memory_pages = Some(u32::try_from(ty.initial)?);
                            }
                            _ => bail!("the engine imports `{}`", import.name),
                        }
                    }
                }
                Payload::TableSection(tables) => {
                    for found in tables {
                        table = Some(RoundtripReencoder.table_type(found?.ty)?);
                    }
                }
                Payload::GlobalSection(globals) => {
                    for global in globals {
                        mutable_globals += u32::from(global?.ty.mutable);
                    }
                }
                _ => {}
            }
        }
        if mutable_globals != 1 {
            bail!("the engine has {mutable_globals} mutable globals, and a snapshot holds none");
        }
        Ok(Self {
            memory_pages: memory_pages.context("the engine imports no memory")?,
            table: table.context("the engine has no table")?,
        })
    }
}

fn bytes(memory: &[u8], ptr: u32, len: u32) -> Option<&[u8]> {
    memory.get(ptr as usize..)?.get(..len as usize)
}

fn read_u32(memory: &[u8], at: u32) -> Option<u32> {
    Some(u32::from_le_bytes(bytes(memory, at, 4)?.try_into().ok()?))
}

fn address(value: Val) -> Result<u32, Error> {
    match value {
        Val::I32(value) => Ok(value as u32),
        _ => Err(anyhow!("an address of the engine is not an i32").into()),
    }
}

fn internal(error: wasmtime::Error) -> Error {
    Error::Internal(error.into())
}
