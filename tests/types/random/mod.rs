//! Random worlds and random values.
//!
//! Each seed makes an interface of functions over random types, and a JavaScript plugin that answers
//! every function by calling its namesake among its imports. Rust sends random values in, sees them
//! arrive at the import, answers with them, and sees them come back: four conversions for each value,
//! compared by Rust at both ends. A failure names the seed, which makes the same world again.

mod types;
mod values;

use outwit_tests::js_text;
use std::sync::{Arc, Mutex};
use types::World;
use values::{normal, value};
use wasmtime::component::{Component, ComponentExportIndex, Func, Instance, Linker, Val};
use wasmtime::{Config, Engine, Module, Store};

/// How many worlds, and how many values for each of their functions.
const WORLDS: u64 = 120;
const VALUES: u64 = 12;

/// A stream of numbers, the same for the same seed (SplitMix64).
pub struct Random(u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub fn chance(&mut self, one_in: u64) -> bool {
        self.below(one_in) == 0
    }
}

/// What the import was called with.
type Seen = Arc<Mutex<Vec<Val>>>;

#[tokio::test]
async fn random_values_of_random_types_come_through() {
    let mut config = Config::new();
    config
        .wasm_component_model_async(true)
        .wasm_component_model_map(true)
        .wasm_component_model_fixed_length_lists(true);
    let engine = Engine::new(&config).unwrap();
    // All worlds run on the same engine: it is compiled once, and not with each of them.
    let js = Module::new(&engine, outwit_quickjs::module()).unwrap();
    for seed in 0..WORLDS {
        check(&engine, &js, seed).await;
    }
}

/// How many worlds are begun.
const BEGUN: u64 = 12;

/// What `outwit new --wit` writes for a world is a plugin of it.
#[test]
fn plugins_for_random_worlds_are_begun() {
    use outwit_js::{Build, Language};
    let folder = tempfile::tempdir().unwrap();
    let cache = outwit_tests::cache();
    for seed in 0..BEGUN {
        let mut random = Random(seed);
        let world = World::random(&mut random);
        let (answers, asks) = world.wit_of_streams();
        for text in [world.wit(), answers, asks] {
            let wit = folder.path().join("world.wit");
            std::fs::write(&wit, &text).unwrap();
            for (language, name) in [
                (Language::TypeScript, "plugin.ts"),
                (Language::JavaScript, "plugin.js"),
            ] {
                let stubs = outwit_js::stubs(&wit, None, language).unwrap();
                let file = folder.path().join(name);
                std::fs::write(&file, &stubs.plugin).unwrap();
                let built = Build::new(&file, &wit).cache(&cache).run();
                built.unwrap_or_else(|error| {
                    panic!("seed {seed}: {error}\n{text}\n{}", stubs.plugin)
                });
            }
        }
    }
}

/// How many worlds of streams.
const STREAMS: u64 = 30;

/// A plugin sends random values through a stream to another plugin in a store of its own, which sends them back.
#[tokio::test]
async fn random_elements_of_streams_go_from_store_to_store() {
    for seed in 0..STREAMS {
        check_streams(seed).await;
    }
}

async fn check_streams(seed: u64) {
    use outwit::{App, Limits, Plugin, PluginConfig};
    let mut random = Random(seed);
    let world = World::random(&mut random);
    let (answers, asks) = world.wit_of_streams();
    let each = |code: &str| {
        let functions = world.streamed().into_iter();
        let functions: Vec<_> = functions
            .map(|(name, _)| code.replace("NAME", name))
            .collect();
        functions.join("\n")
    };
    let echo = format!(
        "async function* again(them) {{ for await (const it of them) yield it; }}
        export const echo = {{ {} }};",
        each("NAME: async (them) => again(them),")
    );
    let forward = format!(
        "import * as echo from 'test:random/echo';
        export const forward = {{ {} }};",
        each(
            "async NAME(them) {
                const out = [];
                for await (const it of await echo.NAME(them)) out.push(it);
                return out;
            },"
        )
    );
    if world.streamed().is_empty() {
        return;
    }
    let engine = outwit_tests::engine();
    let plugin = |name: &str, source: &str, wit: &str| {
        let bytes = js_text(source, wit);
        let bytes = bytes.unwrap_or_else(|error| panic!("seed {seed}: {error}\n{wit}"));
        Plugin::from_bytes(&engine, name, bytes).unwrap()
    };
    let mut limits = Limits::default();
    limits.cpu = std::time::Duration::from_secs(10);
    let config = PluginConfig::new().limits(limits);
    let app = App::builder(&engine)
        .plugin(plugin("front", &forward, &asks), config.clone())
        .plugin(plugin("echo", &echo, &answers), config)
        .build()
        .unwrap_or_else(|error| panic!("seed {seed}: {error}\n{asks}"));
    for function in world.functions.iter().filter(|f| !f.params.is_empty()) {
        let element = World::element(&function.params[0]);
        let sent: Vec<Val> = (0..VALUES)
            .map(|_| value(&world, &element, &mut random))
            .collect();
        let sent = [Val::List(sent)];
        let what = || format!("seed {seed}: {}({sent:?})\n{asks}", function.name);
        let got = app.call("front", None, &function.name, &sent).await;
        let got = got.unwrap_or_else(|error| panic!("{}: {error}", what()));
        assert_eq!(normal(&got), normal(&sent), "{}", what());
    }
    for health in app.health() {
        assert_eq!(health.streams, 0, "seed {seed}: {health:?}");
    }
}

async fn check(engine: &Engine, js: &Module, seed: u64) {
    let mut random = Random(seed);
    let world = World::random(&mut random);
    let source = "import * as echo from 'test:random/echo'; export const forward = { ...echo };";
    let plugin = js_text(source, &world.wit())
        .unwrap_or_else(|error| panic!("seed {seed}: {error}\n{}", world.wit()));
    let cut = outwit_quickjs::cut(&plugin).unwrap();
    let component = Component::new(engine, cut.component).unwrap();
    let seen = Seen::default();
    let mut linker = echoes(engine, &component, &seen);
    linker.root().module(outwit_quickjs::IMPORT, js).unwrap();
    let mut store = Store::new(engine, ());
    let instance = linker
        .instantiate_async(&mut store, &component)
        .await
        .unwrap();
    let forward = instance
        .get_export_index(&mut store, None, "test:random/forward")
        .unwrap();

    for function in &world.functions {
        let func = find(&mut store, &instance, &forward, &function.name);
        for _ in 0..VALUES {
            let sent: Vec<Val> = function
                .params
                .iter()
                .map(|ty| value(&world, ty, &mut random))
                .collect();
            let what = || format!("seed {seed}: {}({sent:?})\n{}", function.name, world.wit());
            let mut results = vec![Val::Bool(false); usize::from(function.result.is_some())];
            seen.lock().unwrap().clear();
            func.call_async(&mut store, &sent, &mut results)
                .await
                .unwrap_or_else(|error| panic!("{}: {error:?}", what()));
            let arrived = std::mem::take(&mut *seen.lock().unwrap());
            assert_eq!(normal(&arrived), normal(&sent), "on the way in: {}", what());
            // The import answers with its first parameter.
            let answer = &sent[..results.len()];
            assert_eq!(
                normal(&results),
                normal(answer),
                "on the way out: {}",
                what()
            );
        }
    }
}

fn find(
    store: &mut Store<()>,
    instance: &Instance,
    interface: &ComponentExportIndex,
    name: &str,
) -> Func {
    let index = instance
        .get_export_index(&mut *store, Some(interface), name)
        .unwrap();
    instance.get_func(store, index).unwrap()
}

/// Answers every import with its first parameter, and notes all of them.
fn echoes(engine: &Engine, component: &Component, seen: &Seen) -> Linker<()> {
    use wasmtime::component::types::ComponentItem;
    let mut linker = Linker::new(engine);
    let ty = component.component_type();
    let echo = ty.get_import(engine, "test:random/echo").unwrap();
    let ComponentItem::ComponentInstance(echo) = echo.ty else {
        panic!("echo is an interface")
    };
    let mut target = linker.instance("test:random/echo").unwrap();
    for (name, item) in echo.exports(engine) {
        let ComponentItem::ComponentFunc(ty) = item.ty else {
            continue;
        };
        let seen = seen.clone();
        let answer = move |args: &[Val], results: &mut [Val]| {
            *seen.lock().unwrap() = args.to_vec();
            if let (Some(result), Some(arg)) = (results.first_mut(), args.first()) {
                *result = arg.clone();
            }
        };
        if ty.async_() {
            let defined = target.func_new_concurrent(name, move |_, _, args, results| {
                let answer = answer.clone();
                Box::pin(async move {
                    answer(args, results);
                    Ok(())
                })
            });
            defined.unwrap();
        } else {
            let defined = target.func_new(name, move |_, _, args, results| {
                answer(args, results);
                Ok(())
            });
            defined.unwrap();
        }
    }
    linker
}
