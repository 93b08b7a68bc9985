//! Objects of a resource that a JavaScript plugin defines, as long as somebody outside has them.

use crate::dynamic::Dynamic;
use crate::text;
use outwit::Val;
use outwit_tests::{js, js_text};
use wasmtime::component::ResourceAny;

const SHOP: &str = "test:instances/shop@0.1.0";

async fn start() -> Dynamic {
    let plugin = js(
        "types/instances/shop.js",
        "types/instances/instances.wit",
        "shops",
    );
    Dynamic::start(&plugin, |_| {}).await
}

async fn call(plugin: &mut Dynamic, function: &str, args: &[Val]) -> Val {
    let mut results = plugin.call(Some(SHOP), function, args).await.unwrap();
    results.pop().unwrap_or(Val::Tuple(vec![]))
}

async fn item(plugin: &mut Dynamic, function: &str, args: &[Val]) -> ResourceAny {
    match call(plugin, function, args).await {
        Val::Resource(item) => item,
        Val::Option(Some(item)) => match *item {
            Val::Resource(item) => item,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

async fn new_item(plugin: &mut Dynamic, name: &str) -> ResourceAny {
    item(plugin, "[constructor]item", &[Val::String(name.into())]).await
}

async fn end(plugin: &mut Dynamic, item: ResourceAny) {
    item.resource_drop_async(&mut plugin.store).await.unwrap();
}

/// What the plugin noted since it was last asked.
async fn log(plugin: &mut Dynamic) -> String {
    text(&[call(plugin, "log", &[]).await]).remove(0)
}

#[tokio::test]
async fn an_instance_lives_until_its_handle_is_dropped() {
    let mut plugin = start().await;
    let one = new_item(&mut plugin, "one").await;
    let this = Val::Resource(one);
    let name = call(
        &mut plugin,
        "[method]item.name",
        std::slice::from_ref(&this),
    )
    .await;
    assert_eq!(name, Val::String("one".into()));
    call(
        &mut plugin,
        "[method]item.rename",
        &[this.clone(), Val::String("uno".into())],
    )
    .await;
    let name = call(
        &mut plugin,
        "[method]item.wait",
        std::slice::from_ref(&this),
    )
    .await;
    assert_eq!(name, Val::String("uno".into()));
    let names = call(
        &mut plugin,
        "look",
        &[Val::List(vec![this.clone(), this.clone()])],
    )
    .await;
    assert_eq!(names, Val::String("uno, uno".into()));
    assert_eq!(log(&mut plugin).await, "[]");
    end(&mut plugin, one).await;
    assert_eq!(log(&mut plugin).await, "[\"end of uno\"]");
}

#[tokio::test]
async fn a_class_may_be_extended() {
    let mut plugin = start().await;
    let penny = item(&mut plugin, "[static]item.cheapest", &[]).await;
    let name = call(&mut plugin, "[method]item.name", &[Val::Resource(penny)]).await;
    assert_eq!(name, Val::String("cheap penny".into()));
    end(&mut plugin, penny).await;
    assert_eq!(log(&mut plugin).await, "[\"end of penny\"]");
}

/// The same object can be out several times; it ends when it is out no more.
#[tokio::test]
async fn handles_of_one_object_are_counted() {
    let mut plugin = start().await;
    let first = item(&mut plugin, "favourite", &[]).await;
    let second = item(&mut plugin, "favourite", &[]).await;
    let both = [Val::Resource(first), Val::Resource(second)];
    let same = call(&mut plugin, "[method]item.is-same", &both).await;
    assert_eq!(same, Val::Bool(true));
    end(&mut plugin, first).await;
    assert_eq!(log(&mut plugin).await, "[]");
    end(&mut plugin, second).await;
    assert_eq!(log(&mut plugin).await, "[\"end of favourite\"]");
}

/// What comes back belongs to the plugin again, and has not ended.
#[tokio::test]
async fn an_instance_that_comes_back_has_not_ended() {
    let mut plugin = start().await;
    for _ in 0..3 {
        let thing = new_item(&mut plugin, "boomerang").await;
        let receipt = item(&mut plugin, "wrap", &[Val::Resource(thing)]).await;
        let total = call(
            &mut plugin,
            "[method]receipt.total",
            &[Val::Resource(receipt)],
        )
        .await;
        assert_eq!(total, Val::U32(9));
        let thing = item(&mut plugin, "unwrap", &[Val::Resource(receipt)]).await;
        assert_eq!(log(&mut plugin).await, "[]");
        end(&mut plugin, thing).await;
        assert_eq!(log(&mut plugin).await, "[\"end of boomerang\"]");
    }
}

#[tokio::test]
async fn what_is_no_instance_is_an_error() {
    for (kind, expected) in [
        (
            "object",
            "TypeError: result of `make-wrong` of test:instances/shop@0.1.0, field \"[1]\": expected Item of test:instances/shop@0.1.0, got an object",
        ),
        ("number", "got 1"),
        ("other", "got an object"),
        ("proxy", "RangeError: from the proxy"),
    ] {
        let plugin = js(
            "types/instances/shop.js",
            "types/instances/instances.wit",
            "shops",
        );
        let plugin = crate::plugin("front", &plugin);
        let mut instance = outwit::Instance::builder(&plugin).start().await.unwrap();
        let error = instance
            .call(None, "make-wrong", &[Val::String(kind.into())])
            .await
            .unwrap_err();
        let message = error.to_string();
        assert!(message.contains(expected), "{kind}: {message}");
    }
}

/// Whoever drops a handle waits for no answer, so what is thrown then ends the plugin.
#[tokio::test]
async fn an_error_at_the_end_is_the_end_of_the_plugin() {
    let mut plugin = start().await;
    let bomb = new_item(&mut plugin, "bomb").await;
    assert!(bomb.resource_drop_async(&mut plugin.store).await.is_err());
}

#[test]
fn a_class_that_lacks_something_is_an_error_of_the_build() {
    let wit = "package a:b; interface i { resource r { constructor(); m: func(n: u32); \
               s: static func(); } } world w { export i; }";
    for (class, expected) in [
        (
            "",
            "plugin.js does not export `R`: the world exports a resource of this name in a:b/i",
        ),
        ("R: {}", "plugin.js exports, but not as a class, `R`"),
        ("R: class { m() {} }", "plugin.js does not export `R.s`"),
        (
            "R: class { static s() {} }",
            "plugin.js does not export `R.prototype.m`: the world exports `[method]r.m: func(n: u32)` in a:b/i",
        ),
    ] {
        let error = js_text(&format!("export const i = {{ {class} }};"), wit).unwrap_err();
        let message = error.to_string();
        assert!(message.contains(expected), "{class}: {message}");
    }
}
