//! How much a plugin may use, and the meter that counts it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use wasmtime::{
    AsContextMut, CallHook, ResourceLimiter, StoreContextMut, UpdateDeadline, WasmBacktrace,
};

use crate::engine::Engine;
use crate::error::{Error, LimitKind};
use crate::grants::Capability;
use crate::metrics::Counters;
use crate::shape::Language;
use crate::state::State;

/// How much a plugin may use. Going over a limit ends the call with [`Error::Limit`] and the
/// instance with it.
///
/// In a manifest these are the keys of `[plugins.NAME.limits]`, with `-` in place of `_`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Linear memory of the instance, over all its memories, in bytes.
    ///
    /// # Default
    ///
    /// 64 MiB; 128 MiB for a plugin in JavaScript.
    pub memory: Option<u64>,
    /// Elements over all tables of the instance.
    ///
    /// # Default
    ///
    /// 10 000.
    pub table_elements: u64,
    /// Tables of the instance.
    ///
    /// # Default
    ///
    /// 8.
    pub tables: u64,
    /// Memories of the instance.
    ///
    /// # Default
    ///
    /// 4.
    pub memories: u64,
    /// Core instances of the instance.
    ///
    /// # Default
    ///
    /// 16.
    pub instances: u64,
    /// Computing time of one call, to the precision of [`EngineBuilder::tick`](crate::EngineBuilder::tick).
    /// Waiting for the host or for other plugins does not count.
    ///
    /// # Default
    ///
    /// 50 ms.
    pub cpu: Duration,
    /// Duration of one call, and of starting the instance.
    ///
    /// # Default
    ///
    /// 5 s.
    pub wall: Duration,
    /// Memory of the host that the values of one call may take: what the plugin hands to an import,
    /// and what it returns to a caller outside of its instance. In bytes. A string takes as many as
    /// it is long; in dynamic calls and calls from plugin to plugin each element of a list takes 40.
    ///
    /// # Default
    ///
    /// 64 MiB, room for a `list<u8>` of 1.6 million elements.
    pub host_call_bytes: u64,
    /// Bytes the plugin may write in one call to the console, and as many to its standard streams;
    /// what goes beyond is dropped, and the output says so.
    ///
    /// # Default
    ///
    /// 64 KiB.
    pub output: u64,
    /// Operations of the host that the plugin may perform in one call. Calls of other plugins do not
    /// count.
    ///
    /// # Default
    ///
    /// 10 000.
    pub host_calls: u64,
    /// Operations that the plugin may perform in a second, over all its instances, with each of these
    /// capabilities. Up to twice as many pass at once when there were none before.
    ///
    /// # Default
    ///
    /// [`Limits::DEFAULT_RATE`] for each that is not in the map.
    pub rates: BTreeMap<Capability, u64>,
    /// Timers the plugin may wait for at one time.
    ///
    /// # Default
    ///
    /// 1000.
    pub timers: u64,
    /// Size of the component, in bytes. The engine has a limit of its own, which is checked first:
    /// [`EngineBuilder::max_component_size`](crate::EngineBuilder::max_component_size).
    ///
    /// # Default
    ///
    /// 16 MiB.
    pub component: u64,
    /// Size of a key in storage, in bytes of UTF-8. What is longer does not fit: the plugin gets the
    /// interface's `quota-exceeded`.
    ///
    /// # Default
    ///
    /// 512.
    pub storage_key: u64,
    /// Size of a value in storage, in bytes of UTF-8; as `storage_key`.
    ///
    /// # Default
    ///
    /// 1 MiB.
    pub storage_value: u64,
    /// Handles to resources of the host at one time.
    ///
    /// # Default
    ///
    /// 4096.
    pub handles: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            memory: None,
            table_elements: 10_000,
            tables: 8,
            memories: 4,
            instances: 16,
            cpu: Duration::from_millis(50),
            wall: Duration::from_secs(5),
            host_call_bytes: 64 << 20,
            output: 64 << 10,
            host_calls: 10_000,
            rates: BTreeMap::new(),
            timers: 1_000,
            component: 16 << 20,
            storage_key: 512,
            storage_value: 1 << 20,
            handles: 4096,
        }
    }
}

impl Limits {
    /// Operations in a second with a capability that [`Limits::rates`] does not name.
    pub const DEFAULT_RATE: u64 = 100_000;

    /// Operations in a second with a capability.
    #[must_use]
    pub fn rate_of(&self, capability: Capability) -> u64 {
        let given = self.rates.get(&capability).copied();
        given.unwrap_or(Limits::DEFAULT_RATE)
    }

    /// The memory limit with the default filled in, in bytes.
    #[must_use]
    pub fn memory_for(&self, language: Language) -> u64 {
        self.memory.unwrap_or(match language {
            Language::JavaScript => 128 << 20,
            Language::Native => 64 << 20,
        })
    }

    /// The limits of plugins that share one instance: what each may use is added up, except for
    /// what bounds a single call of an import or the waiting.
    pub(crate) fn merge(&self, other: &Limits, languages: (Language, Language)) -> Limits {
        let Limits {
            memory: _,
            table_elements,
            tables,
            memories,
            instances,
            cpu,
            wall,
            host_call_bytes,
            output,
            host_calls,
            rates: _,
            timers,
            component,
            storage_key,
            storage_value,
            handles,
        } = self;
        let rates = self.rates.keys().chain(other.rates.keys());
        Limits {
            memory: Some(
                self.memory_for(languages.0)
                    .saturating_add(other.memory_for(languages.1)),
            ),
            table_elements: table_elements.saturating_add(other.table_elements),
            tables: tables.saturating_add(other.tables),
            memories: memories.saturating_add(other.memories),
            instances: instances.saturating_add(other.instances),
            cpu: cpu.saturating_add(other.cpu),
            wall: *wall.max(&other.wall),
            host_call_bytes: *host_call_bytes.max(&other.host_call_bytes),
            output: output.saturating_add(other.output),
            host_calls: host_calls.saturating_add(other.host_calls),
            rates: rates
                .map(|c| (*c, self.rate_of(*c).saturating_add(other.rate_of(*c))))
                .collect(),
            timers: timers.saturating_add(other.timers),
            component: component.saturating_add(other.component),
            storage_key: *storage_key.max(&other.storage_key),
            storage_value: *storage_value.max(&other.storage_value),
            handles: handles.saturating_add(other.handles),
        }
    }
}

/// Counts what one instance uses.
pub(crate) struct Meter {
    plugin: Arc<str>,
    engine: Engine,
    limits: Limits,
    memory_allowed: u64,
    memory: u64,
    table_elements: u64,
    /// What the limiter has just allowed; taken back if the engine could not do it after all.
    pending: u64,
    /// Ticks the guest has computed for in this call.
    cpu_ticks: u64,
    /// When the guest was last left for the host, in ticks.
    left_at: u64,
    /// When the epoch callback is due, in ticks.
    due: u64,
    counters: Counters,
    /// Whether the instance has started.
    started: bool,
}

impl Meter {
    pub(crate) fn new(
        plugin: Arc<str>,
        engine: Engine,
        limits: Limits,
        language: Language,
        counters: Counters,
    ) -> Meter {
        Meter {
            plugin,
            engine,
            memory_allowed: limits.memory_for(language),
            limits,
            memory: 0,
            table_elements: 0,
            pending: 0,
            cpu_ticks: 0,
            left_at: 0,
            due: 0,
            counters,
            started: false,
        }
    }

    /// The instance has started.
    pub(crate) fn started(&mut self) {
        self.started = true;
        self.counters.started();
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// What the guest has computed in this call, in ticks.
    pub(crate) fn cpu_ticks(&self) -> u64 {
        self.cpu_ticks
    }

    /// Forgets what it has computed beyond that.
    pub(crate) fn set_cpu_ticks(&mut self, ticks: u64) {
        self.cpu_ticks = self.cpu_ticks.min(ticks);
    }

    /// Gives the guest the whole computing time of a call again.
    pub(crate) fn begin_call(mut store: impl AsContextMut<Data = State>) {
        let mut store = store.as_context_mut();
        store.set_epoch_deadline(1);
        let meter = &mut store.data_mut().meter;
        meter.cpu_ticks = 0;
        meter.left_at = meter.engine.ticker().now();
        meter.due = meter.left_at + 1;
    }

    /// Called by wasmtime when the guest has computed past the deadline: once per tick it computes.
    pub(crate) fn on_epoch(
        mut store: StoreContextMut<'_, State>,
    ) -> wasmtime::Result<UpdateDeadline> {
        if let Some(debugger) = store.data().debugging.debugger.clone()
            && debugger.samples()
        {
            let frames = frames(&store);
            debugger.sample(store.data().meter.plugin(), &frames);
        }
        let meter = &mut store.data_mut().meter;
        meter.cpu_ticks += 1;
        let tick = meter.engine.ticker().tick();
        let used = tick.saturating_mul(u32::try_from(meter.cpu_ticks).unwrap_or(u32::MAX));
        if used > meter.limits.cpu {
            return Err(meter.over(LimitKind::Cpu, millis(used), millis(meter.limits.cpu)));
        }
        meter.due = meter.engine.ticker().now() + 1;
        // Yielding lets other tasks of this thread run, and the wall clock strike.
        Ok(UpdateDeadline::YieldCustom(
            1,
            Box::pin(tokio::task::yield_now()),
        ))
    }

    /// Called by wasmtime whenever the guest is entered or left: ticks that pass while the guest
    /// waits for the host are not the guest's.
    pub(crate) fn on_transition(
        mut store: StoreContextMut<'_, State>,
        hook: CallHook,
    ) -> wasmtime::Result<()> {
        if let CallHook::ReturningFromHost | CallHook::CallingWasm = hook
            && let Some(fault) = store.data().gate.fault()
        {
            return Err(wasmtime::Error::new(fault));
        }
        let meter = &mut store.data_mut().meter;
        let now = meter.engine.ticker().now();
        match hook {
            CallHook::CallingHost | CallHook::ReturningFromWasm => meter.left_at = now,
            CallHook::ReturningFromHost | CallHook::CallingWasm => {
                if now > meter.left_at {
                    let remaining = meter.due.saturating_sub(meter.left_at);
                    meter.due = now + remaining;
                    meter.left_at = now;
                    store.set_epoch_deadline(remaining);
                }
            }
        }
        Ok(())
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn plugin(&self) -> &Arc<str> {
        &self.plugin
    }

    /// The size of the WebAssembly stack, in bytes.
    pub(crate) fn stack(&self) -> usize {
        self.engine.max_wasm_stack()
    }

    fn over(&self, limit: LimitKind, used: u64, allowed: u64) -> wasmtime::Error {
        wasmtime::Error::new(Error::Limit {
            plugin: self.plugin.to_string(),
            limit,
            used,
            allowed,
        })
    }
}

/// The WebAssembly functions that run, youngest first.
fn frames(store: &StoreContextMut<'_, State>) -> Vec<String> {
    // `  0:  0x1a2b - module!name`: this way names are demangled
    let backtrace = WasmBacktrace::force_capture(store).to_string();
    let name = |line: &str| {
        let (_, place) = line.split_once(" - ")?;
        let name = place.split_once('!').map_or(place, |(_, name)| name);
        Some(crate::text::visible(name))
    };
    backtrace.lines().filter_map(name).collect()
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.counters.memory_shrank(self.memory);
        if self.started {
            self.counters.ended();
        }
    }
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // The memory's own maximum is for the guest to handle: `memory.grow` gives -1.
        if maximum.is_some_and(|max| desired > max) {
            return Ok(false);
        }
        let more = desired.saturating_sub(current) as u64;
        let used = self.memory.saturating_add(more);
        if used > self.memory_allowed {
            return Err(self.over(LimitKind::Memory, used, self.memory_allowed));
        }
        self.memory = used;
        self.pending = more;
        self.counters.memory_grew(more);
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        let pending = std::mem::take(&mut self.pending);
        self.memory = self.memory.saturating_sub(pending);
        self.counters.memory_shrank(pending);
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|max| desired > max) {
            return Ok(false);
        }
        let more = desired.saturating_sub(current) as u64;
        let used = self.table_elements.saturating_add(more);
        let allowed = self.limits.table_elements;
        if used > allowed {
            return Err(self.over(LimitKind::TableElements, used, allowed));
        }
        self.table_elements = used;
        self.pending = more;
        Ok(true)
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.table_elements = self
            .table_elements
            .saturating_sub(std::mem::take(&mut self.pending));
        Ok(())
    }

    fn instances(&self) -> usize {
        usize::try_from(self.limits.instances).unwrap_or(usize::MAX)
    }

    fn tables(&self) -> usize {
        usize::try_from(self.limits.tables).unwrap_or(usize::MAX)
    }

    fn memories(&self) -> usize {
        usize::try_from(self.limits.memories).unwrap_or(usize::MAX)
    }
}
