//! Interfaces of the application: functions in Rust that plugins import.

mod common;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{engine, plugin};
use outwit::wasmtime;
use outwit::wasmtime::component::{ComponentType, Lift, Lower};
use outwit::{App, Error, Instance, Interface, LimitKind, Limits, LinkMode, PluginConfig};

/// Imports `of` and `later` of the prices in this version, and exports `sum`, `wait` and `all`, which never stops
/// asking.
fn till(version: &str) -> String {
    format!(
        r#"(component
        (import "shop:host/prices@{version}" (instance $p
            (export "of" (func (param "item" u32) (result u32)))
            (export "later" (func async (param "item" u32) (result u32)))))
        (core func $of (canon lower (func $p "of")))
        (core func $later (canon lower (func $p "later")))
        (core module $m
            (import "" "of" (func $of (param i32) (result i32)))
            (import "" "later" (func $later (param i32) (result i32)))
            (func (export "sum") (result i32)
                (i32.add (call $of (i32.const 1)) (call $of (i32.const 2))))
            (func (export "wait") (result i32) (call $later (i32.const 3)))
            (func (export "all") (loop (drop (call $of (i32.const 4))) (br 0))))
        (core instance $i (instantiate $m (with "" (instance
            (export "of" (func $of)) (export "later" (func $later))))))
        (func (export "sum") (result u32) (canon lift (core func $i "sum")))
        (func (export "wait") async (result u32) (canon lift (core func $i "wait")))
        (func (export "all") (canon lift (core func $i "all"))))"#
    )
}

fn prices() -> Interface {
    Interface::new("shop:host/prices@0.1.2")
        .function("of", |_, (item,): (u32,)| Ok((item * 250,)))
        .function_async("later", |caller, (item,): (u32,)| async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            match caller.plugin() {
                "till" => Ok((item * 1000,)),
                other => Err(format!("{other} may not wait").into()),
            }
        })
}

fn app(name: &str, interface: Interface) -> outwit::Result<App> {
    let engine = engine();
    App::builder(&engine)
        .provide(interface)
        .plugin(plugin(&engine, name, &till("0.1.0")), PluginConfig::new())
        .build()
}

async fn ask(app: &App, plugin: &str, function: &str) -> outwit::Result<u32> {
    let (answer,) = app
        .call_typed::<(), (u32,)>(plugin, None, function, ())
        .await?;
    Ok(answer)
}

#[tokio::test]
async fn plugins_call_functions_of_the_application() {
    let app = app("till", prices()).unwrap();
    assert_eq!(ask(&app, "till", "sum").await.unwrap(), 750);
    assert_eq!(ask(&app, "till", "wait").await.unwrap(), 3000);
    // a new version of the plugin gets the same
    let next = plugin(&engine(), "till", &till("0.1.1"));
    let app = App::builder(&engine())
        .provide(prices())
        .plugin(next, PluginConfig::new())
        .build()
        .unwrap();
    assert_eq!(ask(&app, "till", "sum").await.unwrap(), 750);
}

#[tokio::test]
async fn reloading_keeps_them() {
    let engine = engine();
    let app = App::builder(&engine)
        .provide(prices())
        .plugin(plugin(&engine, "till", &till("0.1.0")), PluginConfig::new())
        .build()
        .unwrap();
    assert_eq!(ask(&app, "till", "sum").await.unwrap(), 750);
    let next = plugin(&engine, "till", &till("0.1.1"));
    app.reload(next).await.unwrap();
    assert_eq!(ask(&app, "till", "sum").await.unwrap(), 750);
}

#[tokio::test]
async fn an_instance_without_an_app_has_them_too() {
    let plugin = plugin(&engine(), "till", &till("0.1.0"));
    let mut instance = Instance::builder(&plugin)
        .provide(prices())
        .start()
        .await
        .unwrap();
    let (sum,): (u32,) = instance.call_typed(None, "sum", ()).await.unwrap();
    assert_eq!(sum, 750);
}

/// A failure ends the call, with what the application says; the next one works.
#[tokio::test]
async fn a_failure_ends_the_call() {
    let app = app("other", prices()).unwrap();
    let error = ask(&app, "other", "wait").await.unwrap_err();
    let expected = "`shop:host/prices@0.1.2.later` of the application failed: other may not wait";
    assert!(
        matches!(&error, Error::Trap { plugin, reason, .. } if plugin == "other" && reason == expected),
        "{error:?}"
    );
    assert_eq!(ask(&app, "other", "sum").await.unwrap(), 750);
}

#[tokio::test]
async fn calls_of_the_application_are_calls_of_the_host() {
    let asked = Arc::new(AtomicU32::new(0));
    let count = asked.clone();
    let prices = prices().function("of", move |_, (item,): (u32,)| {
        count.fetch_add(1, Ordering::Relaxed);
        Ok((item,))
    });
    let engine = engine();
    let mut limits = Limits::default();
    limits.host_calls = 100;
    limits.cpu = Duration::from_secs(20);
    let app = App::builder(&engine)
        .provide(prices)
        .plugin(
            plugin(&engine, "till", &till("0.1.0")),
            PluginConfig::new().limits(limits),
        )
        .build()
        .unwrap();
    let error = app.call("till", None, "all", &[]).await.unwrap_err();
    let is_limit = matches!(
        error,
        Error::Limit {
            limit: LimitKind::HostCalls,
            allowed: 100,
            ..
        }
    );
    assert!(is_limit, "{error:?}");
    assert_eq!(asked.load(Ordering::Relaxed), 100);
}

#[test]
fn only_those_it_is_for_get_it() {
    let error = app("till", prices().only_for(["bank"])).unwrap_err();
    assert!(
        matches!(&error, Error::MissingProvider { plugin, .. } if plugin == "till"),
        "{error}"
    );
    app("till", prices().only_for(["bank", "till"])).unwrap();
}

#[test]
fn what_does_not_fit_is_refused() {
    let missing =
        Interface::new("shop:host/prices@0.1.0").function("of", |_, (n,): (u32,)| Ok((n,)));
    let error = app("till", missing).unwrap_err();
    assert_eq!(
        error.to_string(),
        "plugin `till` imports `shop:host/prices@0.1.0`, which the application provides otherwise: \
         it has no `later`, which is async func(item: u32) -> u32"
    );
    let other_types = prices().function("of", |_, (name,): (String,)| Ok((name,)));
    let error = app("till", other_types).unwrap_err();
    assert!(
        matches!(&error, Error::Provided { plugin, interface, .. }
            if plugin == "till" && interface == "shop:host/prices@0.1.0"),
        "{error}"
    );
    // Another version is another interface.
    let error = app("till", Interface::new("shop:host/prices@0.2.0")).unwrap_err();
    assert!(matches!(error, Error::MissingProvider { .. }), "{error}");
    for (name, message) in [
        (
            "prices",
            "the application cannot provide `prices`: that is no name of an interface, `namespace:package/interface@1.0.0`",
        ),
        (
            "outwit:console/log@0.1.0",
            "the application cannot provide `outwit:console/log@0.1.0`: interfaces of this namespace come from Outwit",
        ),
    ] {
        let error = app("till", Interface::new(name)).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
    let twice = App::builder(&engine()).provide(prices()).provide(prices());
    let error = twice.build().unwrap_err();
    assert!(matches!(error, Error::Interface { .. }), "{error}");
}

#[derive(ComponentType, Lift, Lower, Debug, PartialEq, Clone)]
#[component(record)]
struct Item {
    name: String,
    #[component(name = "in-stock")]
    in_stock: bool,
}

/// Types of the application's own, and a plugin that exports the same interface, which nobody asks.
#[tokio::test]
async fn records_and_a_rival() {
    let noted = Arc::new(Mutex::new(Vec::new()));
    let notes = noted.clone();
    let stock = Interface::new("shop:host/stock@0.1.0").function(
        "note",
        move |caller, (item,): (Item,)| {
            notes
                .lock()
                .unwrap()
                .push((caller.plugin().to_string(), item));
            Ok(())
        },
    );
    let types = r#"(type $r (record (field "name" string) (field "in-stock" bool)))
        (export "item" (type $item (eq $r)))
        (export "note" (func (param "it" $item)))"#;
    let clerk = format!(
        r#"(component
        (import "shop:host/stock@0.1.0" (instance $s {types}))
        (core module $memory (memory (export "memory") 1) (data (i32.const 8) "tea"))
        (core instance $a (instantiate $memory))
        (core func $note (canon lower (func $s "note") (memory (core memory $a "memory"))))
        (core module $m (import "" "note" (func $note (param i32 i32 i32)))
            (func (export "go") (call $note (i32.const 8) (i32.const 3) (i32.const 1))))
        (core instance $i (instantiate $m (with "" (instance (export "note" (func $note))))))
        (func (export "go") (canon lift (core func $i "go"))))"#
    );
    let rival = r#"(component
        (type $r (record (field "name" string) (field "in-stock" bool)))
        (core module $m (memory (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
            (func (export "note") (param i32 i32 i32) unreachable))
        (core instance $i (instantiate $m))
        (export $item "item" (type $r))
        (func $note (param "it" $item) (canon lift (core func $i "note")
            (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
        (instance $e (export "item" (type $item)) (export "note" (func $note)))
        (export "shop:host/stock@0.1.0" (instance $e)))"#;
    for mode in [LinkMode::Trampoline, LinkMode::Fused] {
        let engine = engine();
        let app = App::builder(&engine)
            .link_mode(mode)
            .provide(stock.clone())
            .plugin(plugin(&engine, "clerk", &clerk), PluginConfig::new())
            .plugin(plugin(&engine, "rival", rival), PluginConfig::new())
            .build()
            .unwrap();
        app.call("clerk", None, "go", &[]).await.unwrap();
        let item = Item {
            name: "tea".into(),
            in_stock: true,
        };
        let expected = [("clerk".to_string(), item)];
        assert_eq!(std::mem::take(&mut *noted.lock().unwrap()), expected);
    }
}
