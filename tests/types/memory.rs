//! Many calls of every shape leave a plugin's memory as it was.
//!
//! Each function is called [`CALLS`] times, by itself and through an import; after the first few calls
//! the linear memory may not grow any more. A leak of a few bytes a call would show.

use crate::cases::{ASYNC, SYNC};
use crate::dynamic::{Dynamic, State};
use crate::{collections, parse};
use outwit::Val;
use outwit_tests::js;
use wasmtime::component::{Linker, types::ComponentItem};

const CALLS: u32 = 100_000;
/// The calls after which memory has its size: caches are filled, the collector has run.
const WARM_UP: u32 = 10_000;

/// Answers every function of the interfaces with its parameters.
fn echo(linker: &mut Linker<State>, plugin: &[u8], interfaces: &[&str]) {
    let engine = crate::dynamic::engine();
    let component = wasmtime::component::Component::new(engine, plugin).unwrap();
    let ty = component.component_type();
    for interface in interfaces {
        let Some(item) = ty.get_import(engine, interface) else {
            continue;
        };
        let ComponentItem::ComponentInstance(instance) = item.ty else {
            panic!("{interface} is an interface")
        };
        let mut target = linker.instance(interface).unwrap();
        for (name, item) in instance.exports(engine) {
            let ComponentItem::ComponentFunc(ty) = item.ty else {
                continue;
            };
            let answer = |args: &[Val], results: &mut [Val]| match (results, args) {
                ([result], [arg]) => *result = arg.clone(),
                ([result], args) => *result = Val::Tuple(args.to_vec()),
                _ => {}
            };
            if ty.async_() {
                let defined = target.func_new_concurrent(name, move |_, _, args, results| {
                    Box::pin(async move {
                        tokio::task::yield_now().await;
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
    }
}

/// A plugin that answers calls by itself, and one that asks the host.
async fn start(module: &str, wit: &str, world: &str, interfaces: &[&str]) -> Dynamic {
    let bytes = js(module, wit, world);
    Dynamic::start(&bytes, |linker| echo(linker, &bytes, interfaces)).await
}

/// By how many bytes memory grows after the first calls.
async fn growth(
    plugin: &mut Dynamic,
    interface: Option<&str>,
    function: &str,
    args: &[Val],
    calls: u32,
) -> usize {
    let func = plugin.function(interface, function);
    let mut results = vec![Val::Bool(false); func.ty(&plugin.store).results().len()];
    let mut size = 0;
    for call in 0..WARM_UP + calls {
        if call == WARM_UP {
            size = plugin.store.data().memory;
        }
        func.call_async(&mut plugin.store, args, &mut results)
            .await
            .unwrap_or_else(|error| panic!("{function}: {error:?}"));
    }
    plugin.store.data().memory - size
}

async fn stays_flat(
    plugin: &mut Dynamic,
    interface: &str,
    function: &str,
    args: &[Val],
    calls: u32,
) {
    let grown = growth(plugin, Some(interface), function, args, calls).await;
    assert_eq!(grown, 0, "{interface} {function} grew by {grown} bytes");
}

/// The last value of each case, which is the largest.
fn arguments(plugin: &mut Dynamic, interface: &str, case: &crate::Case) -> Vec<Val> {
    let func = plugin.function(Some(interface), case.function);
    let types: Vec<_> = func.ty(&plugin.store).params().map(|(_, ty)| ty).collect();
    let value = case.values.last().unwrap();
    parse(&format!("{}({value})", case.function), &types)
}

async fn all_stay_flat(module: &str, world: &str, interface: &str, cases: &[crate::Case]) {
    let imports = ["test:types/echo@0.1.0", "test:types/echo-async@0.1.0"];
    let module = format!("types/{module}.js");
    let mut plugin = start(&module, crate::WIT, world, &imports).await;
    for case in cases {
        let args = arguments(&mut plugin, interface, case);
        stays_flat(&mut plugin, interface, case.function, &args, CALLS).await;
    }
}

#[tokio::test]
async fn exports_leave_memory_flat() {
    all_stay_flat("echo", "echoes", "test:types/echo@0.1.0", SYNC).await;
}

#[tokio::test]
async fn imports_leave_memory_flat() {
    all_stay_flat("forward", "forwards", "test:types/forward@0.1.0", SYNC).await;
}

#[tokio::test]
async fn asynchronous_exports_leave_memory_flat() {
    let interface = "test:types/echo-async@0.1.0";
    all_stay_flat("echo-async", "echoes-async", interface, ASYNC).await;
}

#[tokio::test]
async fn asynchronous_imports_leave_memory_flat() {
    let interface = "test:types/forward-async@0.1.0";
    all_stay_flat("forward-async", "forwards-async", interface, ASYNC).await;
}

#[tokio::test]
async fn collections_leave_memory_flat() {
    let imports = [
        "test:collections/echo@0.1.0",
        "test:collections/owned@0.1.0",
    ];
    let module = "types/collections/forward.js";
    let mut plugin = start(module, collections::WIT, "forwards-all", &imports).await;
    for (interface, values) in [
        ("test:collections/forward@0.1.0", collections::values()),
        (
            "test:collections/forward-owned@0.1.0",
            collections::owned_values(),
        ),
    ] {
        for (function, args) in values {
            // a thousand numbers at a time need not be sent as often
            let calls = if function == "echo-many" {
                CALLS / 10
            } else {
                CALLS
            };
            stays_flat(&mut plugin, interface, function, &args, calls).await;
        }
    }
}

/// All that can be done with resources, by both sides of the language.
#[tokio::test]
async fn resources_leave_memory_flat() {
    let mut plugin = crate::resources::composed_javascript().await;
    for (function, _) in crate::resources::EXPECTED {
        let trials = crate::resources::TRIALS;
        stays_flat(&mut plugin, trials, function, &[], CALLS / 10).await;
    }
    let left = plugin
        .call(Some(crate::resources::TRIALS), "left-over", &[])
        .await;
    assert_eq!(left.unwrap(), [Val::U32(0)]);
}

/// Errors are values, too: what is thrown and what does not fit.
#[tokio::test]
async fn errors_leave_memory_flat() {
    let mut plugin = crate::handles::start().await;
    for (case, _) in crate::handles::CASES {
        let args = [Val::String((*case).into())];
        stays_flat(
            &mut plugin,
            crate::handles::TRIALS,
            "attempt",
            &args,
            CALLS / 10,
        )
        .await;
    }
    assert_eq!(plugin.store.data().count, 0);
}

/// What the other tests look for would be seen.
#[tokio::test]
async fn a_leak_shows() {
    let plugin = outwit_tests::js_text(
        "const kept = []; export const keep = (n) => { kept.push(n); };",
        "package a:b; world w { export keep: func(n: u8); }",
    );
    let mut plugin = Dynamic::start(&plugin.unwrap(), |_| {}).await;
    let grown = growth(&mut plugin, None, "keep", &[Val::U8(1)], CALLS).await;
    assert!(grown > 0);
}
