//! Calls that wait, streams, and what becomes of them when one side goes away.

use crate::guests::{app, health, run, shelf, user};
use outwit::{App, Error, LimitKind, Limits, LinkMode, PluginConfig};
use outwit_tests::engine;
use std::time::Duration;

#[tokio::test]
async fn streams_go_from_store_to_store() {
    for mode in [LinkMode::Trampoline, LinkMode::Fused] {
        let app = app([user("user"), shelf()])
            .link_mode(mode)
            .build()
            .unwrap();
        assert_eq!(run(&app, "user", "sum").await.unwrap(), "499500");
        assert_eq!(run(&app, "user", "first").await.unwrap(), "3");
        for health in app.health() {
            assert_eq!(health.streams, 0, "{health:?}");
        }
    }
}

/// Calls of `async` functions run at the same time, also if only one of them can end the others.
#[tokio::test]
async fn calls_that_wait_run_together() {
    for mode in [LinkMode::Trampoline, LinkMode::Fused] {
        let app = app([user("user"), shelf()])
            .link_mode(mode)
            .build()
            .unwrap();
        let got = run(&app, "user", "together").await.unwrap();
        assert_eq!(got, "released,released", "{mode:?}");
    }
}

/// Also those of different callers.
#[tokio::test]
async fn callers_do_not_wait_for_each_other() {
    let app = app([user("one"), user("two"), shelf()]).build().unwrap();
    let held = app.call_typed::<(), (String,)>("shelf", None, "held", ());
    let others = async {
        assert_eq!(run(&app, "one", "sum").await.unwrap(), "499500");
        assert_eq!(run(&app, "two", "twins").await.unwrap(), "t 1, t 2, 1");
        loop {
            let (n,): (u32,) = app.call_typed("shelf", None, "release", ()).await.unwrap();
            if n > 0 {
                return;
            }
        }
    };
    let (held, ()) = tokio::join!(held, others);
    assert_eq!(held.unwrap().0, "released");
}

fn impatient(wall: Duration) -> App {
    let mut limits = Limits::default();
    limits.wall = wall;
    limits.cpu = Duration::from_secs(60);
    let mut patient = limits.clone();
    patient.wall = Duration::from_secs(120);
    App::builder(&engine())
        .plugin(user("user"), PluginConfig::new().limits(limits))
        .plugin(shelf(), PluginConfig::new().limits(patient))
        .build()
        .unwrap()
}

/// The caller runs out of time; the call it had made ends, too.
#[tokio::test]
async fn a_call_that_is_given_up_ends() {
    let app = impatient(Duration::from_secs(2));
    let error = run(&app, "user", "slow").await.unwrap_err();
    assert!(
        matches!(&error, Error::Limit { plugin, limit: LimitKind::Wall, .. } if plugin == "user"),
        "{error:?}"
    );
    for _ in 0..1000 {
        if health(&app, "shelf").calls == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(health(&app, "shelf").calls, 0);
    // Nobody failed but the caller.
    assert_eq!(health(&app, "shelf").faults, 0);
    assert_eq!(run(&app, "user", "later").await.unwrap(), "now");
}

/// A plugin waits for a value that its provider cannot give any more.
#[tokio::test]
async fn a_future_whose_plugin_ends_is_an_error() {
    let app = app([user("user"), shelf()]).build().unwrap();
    let crash = async {
        while health(&app, "shelf").streams == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        app.call_typed::<(), ()>("shelf", None, "crash", ()).await
    };
    let (error, crash) = tokio::join!(run(&app, "user", "promise"), crash);
    assert!(crash.is_err());
    let error = error.unwrap_err();
    assert!(
        matches!(&error, Error::BrokenFuture { plugin, provider } if plugin == "user" && provider == "shelf"),
        "{error:?}"
    );
    assert!(health(&app, "shelf").last_fault.is_some());
    assert_eq!(run(&app, "user", "sum").await.unwrap(), "499500");
}

/// A future that keeps its promise after the call has returned.
#[tokio::test]
async fn a_future_is_given_its_value_later() {
    let app = app([user("user"), shelf()]).build().unwrap();
    let release = async {
        loop {
            let (n,): (u32,) = app.call_typed("shelf", None, "release", ()).await.unwrap();
            if n > 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let (promise, ()) = tokio::join!(run(&app, "user", "promise"), release);
    assert_eq!(promise.unwrap(), "7");
}

/// A fault in one of several calls ends all of them, each with what happened.
#[tokio::test]
async fn a_fault_ends_what_runs_beside_it() {
    let app = app([shelf()]).build().unwrap();
    let held = app.call_typed::<(), (String,)>("shelf", None, "held", ());
    let crash = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        app.call_typed::<(), ()>("shelf", None, "crash", ()).await
    };
    let (held, crash) = tokio::join!(held, crash);
    assert!(matches!(crash, Err(Error::Exception { .. })), "{crash:?}");
    assert!(matches!(held, Err(Error::Exception { .. })), "{held:?}");
    let (alive,): (u32,) = app.call_typed("shelf", None, "alive", ()).await.unwrap();
    assert_eq!(alive, 0);
}
