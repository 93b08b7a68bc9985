//! Resources of one plugin in the hands of others.

use crate::guests::{app, health, run, shelf, storage, user, visitor};
use outwit::{App, Error, LimitKind, Limits, LinkMode, PluginConfig};
use outwit_tests::engine;

async fn call<R: outwit::Results>(app: &App, plugin: &str, function: &str) -> outwit::Result<R> {
    app.call_typed(plugin, None, function, ()).await
}

async fn keep(app: &App, plugin: &str, label: &str) -> outwit::Result<u32> {
    let (at,) = app
        .call_typed::<_, (u32,)>(plugin, None, "keep", (label.to_string(),))
        .await?;
    Ok(at)
}

async fn kept(app: &App, plugin: &str, at: u32) -> outwit::Result<String> {
    let (label,) = app
        .call_typed::<_, (String,)>(plugin, None, "kept", (at,))
        .await?;
    Ok(label)
}

#[tokio::test]
async fn dropping_a_handle_drops_the_resource_of_the_other_plugin() {
    let app = app([user("user"), shelf()]).build().unwrap();
    for label in ["a", "b", "c"] {
        keep(&app, "user", label).await.unwrap();
    }
    assert_eq!(kept(&app, "user", 1).await.unwrap(), "b");
    let (alive,): (u32,) = call(&app, "shelf", "alive").await.unwrap();
    assert_eq!(alive, 3);
    assert_eq!(health(&app, "user").proxies, 3);
    assert_eq!(health(&app, "shelf").resources, 3);
    call::<()>(&app, "user", "drop").await.unwrap();
    let (alive,): (u32,) = call(&app, "shelf", "alive").await.unwrap();
    assert_eq!(alive, 0);
    assert_eq!(health(&app, "user").proxies, 0);
    assert_eq!(health(&app, "shelf").resources, 0);
}

/// A plugin that ends takes its handles with it.
#[tokio::test]
async fn the_end_of_a_plugin_drops_what_it_had() {
    let app = app([user("user"), shelf()]).build().unwrap();
    keep(&app, "user", "a").await.unwrap();
    app.restart("user").await.unwrap();
    until(|| health(&app, "shelf").resources == 0).await;
    let (alive,): (u32,) = call(&app, "shelf", "alive").await.unwrap();
    assert_eq!(alive, 0);
}

async fn until(what: impl Fn() -> bool) {
    for _ in 0..10_000 {
        if what() {
            return;
        }
        tokio::task::yield_now().await;
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    panic!("it does not happen");
}

#[tokio::test]
async fn methods_statics_and_functions() {
    let app = app([user("user"), shelf()]).build().unwrap();
    assert_eq!(run(&app, "user", "later").await.unwrap(), "now");
    assert_eq!(run(&app, "user", "twins").await.unwrap(), "t 1, t 2, 1");
    let (alive,): (u32,) = call(&app, "shelf", "alive").await.unwrap();
    assert_eq!(alive, 0);
}

/// The handles of two plugins have the same numbers, and mean different things.
#[tokio::test]
async fn each_plugin_has_handles_of_its_own() {
    let app = app([user("one"), user("two"), shelf()]).build().unwrap();
    assert_eq!(keep(&app, "one", "of one").await.unwrap(), 0);
    assert_eq!(keep(&app, "two", "of two").await.unwrap(), 0);
    assert_eq!(kept(&app, "one", 0).await.unwrap(), "of one");
    assert_eq!(kept(&app, "two", 0).await.unwrap(), "of two");
    app.restart("one").await.unwrap();
    assert_eq!(kept(&app, "two", 0).await.unwrap(), "of two");
}

/// A resource goes from its plugin through a second to a third and back.
#[tokio::test]
async fn resources_of_a_third_plugin() {
    for mode in [LinkMode::Trampoline, LinkMode::Fused] {
        let app = app([visitor(), storage(), shelf()])
            .link_mode(mode)
            .build()
            .unwrap();
        for (what, expected) in [
            ("around", "given, undefined, 1"),
            ("lent", "looked at mine, mine"),
            ("many", "a,b, 2, 0"),
        ] {
            let got = run(&app, "visitor", what).await;
            assert_eq!(got.unwrap(), expected, "{mode:?}: {what}");
        }
        for health in app.health() {
            assert_eq!((health.proxies, health.resources), (0, 0), "{health:?}");
        }
    }
}

/// After a restart a handle fits nothing: not even what has its number now.
#[tokio::test]
async fn a_handle_that_outlives_its_instance_gives_a_typed_error() {
    let app = app([user("user"), shelf()]).build().unwrap();
    keep(&app, "user", "old").await.unwrap();
    app.restart("shelf").await.unwrap();
    let error = kept(&app, "user", 0).await.unwrap_err();
    let stale = |error: Error| match error {
        Error::Provider { source, .. } => {
            assert!(
                matches!(&*source, Error::StaleResource { plugin } if plugin == "shelf"),
                "{source:?}"
            );
        }
        other => panic!("{other:?}"),
    };
    stale(error);
    // With something new in its place.
    keep(&app, "user", "old").await.unwrap();
    let crash = run(&app, "user", "crash").await.unwrap_err();
    assert!(matches!(crash, Error::Provider { .. }), "{crash:?}");
    // The user ended with the call, and starts anew: so does its list.
    keep(&app, "user", "first").await.unwrap();
    app.restart("shelf").await.unwrap();
    let (): () = app
        .call_typed("user", None, "drop", ())
        .await
        .expect("dropping what is gone is nothing");
    assert_eq!(keep(&app, "user", "new").await.unwrap(), 0);
    assert_eq!(kept(&app, "user", 0).await.unwrap(), "new");
}

#[tokio::test]
async fn handles_are_limited() {
    let mut limits = Limits::default();
    limits.handles = 10;
    let app = App::builder(&engine())
        .plugin(user("user"), PluginConfig::new().limits(limits))
        .plugin(shelf(), PluginConfig::new())
        .build()
        .unwrap();
    for n in 0..10 {
        assert_eq!(keep(&app, "user", "x").await.unwrap(), n);
    }
    let error = keep(&app, "user", "x").await.unwrap_err();
    assert!(
        matches!(
            &error,
            Error::Limit {
                plugin,
                limit: LimitKind::Handles,
                allowed: 10,
                ..
            } if plugin == "user"
        ),
        "{error:?}"
    );
    until(|| health(&app, "shelf").resources == 0).await;
}
