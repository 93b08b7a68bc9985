//! What crossing into a JavaScript plugin costs: `cargo xtask bench bridge`.
//!
//! The plugin is `tests/bridge/fmt.js`. Calls are measured on wasmtime itself, as the peers' figures
//! are, so that they show the bridge and not the host around it; `host` shows what that adds.

use divan::{Bencher, black_box};
use std::sync::LazyLock;
use wasmtime::component::{Component, ComponentNamedList, Instance, Lift, Linker, Lower, TypedFunc};
use wasmtime::{Config, Engine, PoolingAllocationConfig, Store};

fn main() {
    println!("component: {} bytes", PLUGIN.len());
    divan::main();
}

static PLUGIN: LazyLock<Vec<u8>> =
    LazyLock::new(|| outwit_tests::js("bridge/fmt.js", "bridge/fmt.wit", "bench"));

/// How the engine is set up.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Setup {
    /// Component Model concurrency off: the least a call can cost.
    Off,
    /// Component Model concurrency on.
    On,
    /// Asynchronous calls, pooled instances, epochs checked: what a server runs.
    Server,
}

const SETUPS: [Setup; 3] = [Setup::Off, Setup::On, Setup::Server];

fn engine(setup: Setup) -> Engine {
    let mut config = Config::new();
    config.concurrency_support(setup != Setup::Off);
    if setup == Setup::Server {
        let mut pool = PoolingAllocationConfig::new();
        pool.total_component_instances(64)
            .total_core_instances(256)
            .total_memories(64)
            .total_tables(256)
            .total_stacks(64)
            .max_memory_size(64 << 20);
        config.allocation_strategy(pool).epoch_interruption(true);
    }
    Engine::new(&config).unwrap()
}

/// A compiled plugin, and a runtime for those calls that want one.
struct Bench {
    setup: Setup,
    component: Component,
    linker: Linker<()>,
    runtime: tokio::runtime::Runtime,
}

impl Bench {
    fn new(setup: Setup) -> Self {
        let component = Component::new(&engine(setup), &*PLUGIN).unwrap();
        let linker = Linker::new(component.engine());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        Self { setup, component, linker, runtime }
    }

    fn start(&self) -> (Store<()>, Instance) {
        let mut store = Store::new(self.component.engine(), ());
        if self.setup == Setup::Server {
            store.set_epoch_deadline(u64::MAX / 2);
            let instance = self.linker.instantiate_async(&mut store, &self.component);
            let instance = self.runtime.block_on(instance).unwrap();
            return (store, instance);
        }
        let instance = self.linker.instantiate(&mut store, &self.component).unwrap();
        (store, instance)
    }

    fn call<P, R>(&self, store: &mut Store<()>, function: &TypedFunc<P, R>, params: P) -> R
    where
        P: ComponentNamedList + Lower + Send + Sync + 'static,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        if self.setup == Setup::Server {
            self.runtime.block_on(function.call_async(store, params)).unwrap()
        } else {
            function.call(store, params).unwrap()
        }
    }

    /// Measures calls of one function in one instance.
    fn calls<P, R>(&self, bencher: Bencher<'_, '_>, name: &str, params: impl Fn() -> P + Sync)
    where
        P: ComponentNamedList + Lower + Send + Sync + 'static,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let (mut store, instance) = self.start();
        let function = function::<P, R>(&mut store, &instance, name);
        bencher
            .with_inputs(params)
            .bench_local_values(|params| black_box(self.call(&mut store, &function, params)));
    }
}

fn function<P, R>(store: &mut Store<()>, instance: &Instance, name: &str) -> TypedFunc<P, R>
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift,
{
    let fmt = instance.get_export_index(&mut *store, None, "demo:g/fmt@0.1.0").unwrap();
    let index = instance.get_export_index(&mut *store, Some(&fmt), name).unwrap();
    instance.get_typed_func(store, index).unwrap()
}

#[divan::bench(args = SETUPS)]
fn greet(bencher: Bencher<'_, '_>, setup: Setup) {
    Bench::new(setup).calls::<_, (String,)>(bencher, "greet", || (String::from("world"),));
}

#[divan::bench(args = SETUPS)]
fn add(bencher: Bencher<'_, '_>, setup: Setup) {
    Bench::new(setup).calls::<_, (u32,)>(bencher, "add", || (40_u32, 2_u32));
}

#[divan::bench(args = SETUPS)]
fn big(bencher: Bencher<'_, '_>, setup: Setup) {
    Bench::new(setup).calls::<_, (u64,)>(bencher, "big", || (u64::MAX,));
}

#[divan::bench(args = SETUPS)]
fn sum_1000_f64(bencher: Bencher<'_, '_>, setup: Setup) {
    Bench::new(setup).calls::<_, (f64,)>(bencher, "sum", || (vec![1.5_f64; 1000],));
}

#[divan::bench(args = SETUPS)]
fn bytes_1_mib(bencher: Bencher<'_, '_>, setup: Setup) {
    Bench::new(setup).calls::<_, (u32,)>(bencher, "bytes", || (vec![7_u8; 1 << 20],));
}

#[divan::bench(args = SETUPS)]
fn instantiate(bencher: Bencher<'_, '_>, setup: Setup) {
    let bench = Bench::new(setup);
    bencher.bench_local(|| bench.start());
}

#[divan::bench(args = SETUPS)]
fn instantiate_and_first_call(bencher: Bencher<'_, '_>, setup: Setup) {
    let bench = Bench::new(setup);
    bencher.bench_local(|| {
        let (mut store, instance) = bench.start();
        let greet = function::<(String,), (String,)>(&mut store, &instance, "greet");
        let greeting = bench.call(&mut store, &greet, (String::from("world"),));
        // Returned, so that ending the instance is not measured: `instantiate` does not either.
        (store, greeting)
    });
}

/// From bytes to code, all of it compiled.
#[divan::bench(sample_count = 10)]
fn load_compiling_everything(bencher: Bencher<'_, '_>) {
    let engine = engine(Setup::On);
    bencher.bench_local(|| Component::new(&engine, &*PLUGIN).unwrap());
}

/// From an ES module and a WIT world to a component, with the compiled engine at hand.
#[divan::bench(sample_count = 10)]
fn build(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| outwit_tests::js("bridge/fmt.js", "bridge/fmt.wit", "bench"));
}
