//! A component of the benchmark's world on plain wasmtime, as the peers' figures were measured.

use super::measure::Subject;
use std::hint::black_box;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use wasmtime::component::{
    Component, ComponentNamedList, Instance, InstancePre, Lift, Linker, Lower, ResourceTable,
    TypedFunc,
};
use wasmtime::{Config, Engine, PoolingAllocationConfig, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

/// How wasmtime is set up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Setup {
    /// Component Model concurrency off: the least a call can cost.
    Off,
    /// Component Model concurrency on.
    On,
    /// Asynchronous calls, pooled instances, epochs checked: what a server runs.
    Server,
}

impl Setup {
    pub const ALL: [Setup; 3] = [Setup::Off, Setup::On, Setup::Server];

    pub fn title(self) -> &'static str {
        match self {
            Setup::Off => "concurrency off",
            Setup::On => "concurrency on",
            Setup::Server => "async, pooling, epochs",
        }
    }

    pub fn engine(self) -> Engine {
        let mut config = Config::new();
        config.concurrency_support(self != Setup::Off);
        if self == Setup::Server {
            let mut pool = PoolingAllocationConfig::new();
            pool.total_component_instances(64)
                .total_core_instances(640)
                .total_memories(64)
                .total_tables(640)
                .total_stacks(64)
                .max_memory_size(64 << 20);
            config.allocation_strategy(pool).epoch_interruption(true);
        }
        Engine::new(&config).unwrap()
    }
}

/// What a store of this benchmark holds: WASI, for the components that import it.
pub struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

/// A compiled component, ready to be instantiated.
pub struct Guest {
    setup: Setup,
    ready: InstancePre<State>,
    runtime: Runtime,
}

impl Guest {
    pub fn new(setup: Setup, bytes: &[u8]) -> Self {
        let engine = setup.engine();
        let component = Component::new(&engine, bytes).unwrap();
        let mut linker = Linker::new(&engine);
        if setup == Setup::Server {
            wasmtime_wasi::p2::add_to_linker_async(&mut linker).unwrap();
        } else {
            wasmtime_wasi::p2::add_to_linker_sync(&mut linker).unwrap();
        }
        let ready = linker.instantiate_pre(&component).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        Self {
            setup,
            ready,
            runtime,
        }
    }

    /// How many interfaces of WASI a component imports.
    pub fn wasi_imports(bytes: &[u8]) -> usize {
        let engine = Setup::On.engine();
        let component = Component::new(&engine, bytes).unwrap();
        let ty = component.component_type();
        ty.imports(&engine)
            .filter(|(name, _)| name.starts_with("wasi:"))
            .count()
    }

    fn store(&self) -> Store<State> {
        let state = State {
            wasi: WasiCtx::builder().build(),
            table: ResourceTable::new(),
        };
        let mut store = Store::new(self.ready.engine(), state);
        if self.setup == Setup::Server {
            store.set_epoch_deadline(u64::MAX / 2);
        }
        store
    }

    fn start(&self, store: &mut Store<State>) -> Instance {
        if self.setup == Setup::Server {
            self.runtime
                .block_on(self.ready.instantiate_async(store))
                .unwrap()
        } else {
            self.ready.instantiate(store).unwrap()
        }
    }

    /// Calls of one function in one instance.
    pub fn calls<'a, P, R>(&'a self, name: &str, params: P) -> Subject<'a>
    where
        P: ComponentNamedList + Lower + Copy + Send + Sync + 'static,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let mut store = self.store();
        let instance = self.start(&mut store);
        let function = function::<P, R>(&mut store, &instance, name);
        Box::new(move |times| {
            let start = Instant::now();
            if self.setup == Setup::Server {
                self.runtime.block_on(async {
                    for _ in 0..times {
                        black_box(function.call_async(&mut store, params).await.unwrap());
                    }
                });
            } else {
                for _ in 0..times {
                    black_box(function.call(&mut store, params).unwrap());
                }
            }
            start.elapsed()
        })
    }

    /// Starts of an instance; neither making its store nor its end is counted.
    pub fn starts(&self) -> Subject<'_> {
        timed_within(|| {
            let mut store = self.store();
            let start = Instant::now();
            black_box(self.start(&mut store));
            start.elapsed()
        })
    }

    /// Starts of an instance, with its first call.
    pub fn first_calls(&self) -> Subject<'_> {
        timed_within(|| {
            let mut store = self.store();
            let start = Instant::now();
            self.start_and_call(&mut store);
            start.elapsed()
        })
    }

    fn start_and_call(&self, store: &mut Store<State>) {
        let instance = self.start(store);
        let greet = function::<(&str,), (String,)>(store, &instance, "greet");
        let params = ("world",);
        black_box(if self.setup == Setup::Server {
            self.runtime
                .block_on(greet.call_async(store, params))
                .unwrap()
        } else {
            greet.call(store, params).unwrap()
        });
    }

    /// How many page faults starting an instance and calling it once takes, on Linux.
    pub fn page_faults(&self) -> Option<f64> {
        const TIMES: u64 = 200;
        let mut faults = 0;
        for _ in 0..TIMES {
            let mut store = self.store();
            let before = minor_faults()?;
            self.start_and_call(&mut store);
            faults += minor_faults()? - before;
        }
        Some(faults as f64 / TIMES as f64)
    }
}

/// The page faults of this process that needed no disk.
fn minor_faults() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").ok()?;
    // The second field is a name in parentheses, which may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(7)?.parse().ok()
}

fn function<P, R>(store: &mut Store<State>, instance: &Instance, name: &str) -> TypedFunc<P, R>
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift,
{
    let fmt = instance
        .get_export_index(&mut *store, None, "demo:g/fmt@0.1.0")
        .unwrap();
    let index = instance
        .get_export_index(&mut *store, Some(&fmt), name)
        .unwrap();
    instance.get_typed_func(store, index).unwrap()
}

/// A subject of which a part is timed: `work` returns how long that took.
fn timed_within<'a>(mut work: impl FnMut() -> Duration + 'a) -> Subject<'a> {
    Box::new(move |times| (0..times).map(|_| work()).sum())
}

/// A piece of work, timed as a whole.
pub fn timed<'a>(mut work: impl FnMut() + 'a) -> Subject<'a> {
    Box::new(move |times| {
        let start = Instant::now();
        for _ in 0..times {
            work();
        }
        start.elapsed()
    })
}
