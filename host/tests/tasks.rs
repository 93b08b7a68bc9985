//! Calls from many tasks and threads, dropped calls, and the end of the engine.

#![allow(clippy::disallowed_methods)] // tests use files and clocks

mod common;

use std::time::Duration;

use common::{CALLER, engine, greeter, plugin, runs};
use outwit::{App, Error, LimitKind, Limits, PluginConfig};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_from_many_tasks() {
    let engine = engine();
    let mut limits = Limits::default();
    limits.wall = Duration::from_secs(60);
    limits.cpu = Duration::from_secs(5);
    let config = PluginConfig::new().limits(limits);
    let mut quick = Limits::default();
    quick.cpu = Duration::from_millis(3);
    let app = App::builder(&engine)
        .plugin(plugin(&engine, "page", CALLER), config.clone())
        .plugin(plugin(&engine, "fmt", &greeter("Hello, ")), config)
        .plugin(
            plugin(&engine, "bad", &runs("(loop (br 0))")),
            PluginConfig::new().limits(quick),
        )
        .build()
        .unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..8 {
        let app = app.clone();
        tasks.spawn(async move {
            for i in 0..20 {
                let name = format!("{task}-{i}");
                let expected = format!("Hello, {name}");
                let plugin = if i % 2 == 0 { "page" } else { "fmt" };
                let (text,): (String,) = app
                    .call_typed(plugin, None, "greet", (name,))
                    .await
                    .unwrap();
                assert_eq!(text, expected);
                if i == 10 {
                    let error = app.call("bad", None, "run", &[]).await.unwrap_err();
                    assert!(
                        matches!(
                            error,
                            Error::Limit {
                                limit: LimitKind::Cpu,
                                ..
                            }
                        ),
                        "{error}"
                    );
                }
            }
        });
    }
    tasks.join_all().await;
    let (count,): (u32,) = app.call_typed("fmt", None, "count", ()).await.unwrap();
    assert_eq!(count, 1);
}

#[tokio::test]
async fn a_dropped_call_frees_the_plugins_it_was_in() {
    let engine = engine();
    let mut limits = Limits::default();
    limits.cpu = Duration::from_secs(60);
    limits.wall = Duration::from_secs(60);
    let endless = greeter("").replace("(global.get $calls)))", "(loop (br 0)) unreachable))");
    let config = PluginConfig::new().limits(limits);
    let app = App::builder(&engine)
        .plugin(plugin(&engine, "page", CALLER), config.clone())
        .plugin(plugin(&engine, "fmt", &endless), config)
        .build()
        .unwrap();
    let call = app.call("page", None, "count", &[]);
    assert!(
        tokio::time::timeout(Duration::from_millis(20), call)
            .await
            .is_err()
    );
    for plugin in ["page", "fmt"] {
        let greet = app.call_typed::<_, (String,)>(plugin, None, "greet", ("x".to_string(),));
        let (text,) = tokio::time::timeout(Duration::from_secs(5), greet)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(text, "x");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_clock_thread_ends_with_the_engine() {
    // Other tests of this process have engines, too, so the threads are counted.
    let count = || {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap();
        tasks
            .filter_map(|t| std::fs::read_to_string(t.ok()?.path().join("comm")).ok())
            .filter(|name| name.trim() == "outwit-ticker")
            .count()
    };
    let engines: Vec<_> = (0..20).map(|_| engine()).collect();
    for engine in &engines {
        assert!(plugin(engine, "p", "(component)").compile().is_ok());
    }
    // A thread gets its name only once it runs.
    for _ in 0..500 {
        if count() >= 20 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(count() >= 20);
    drop(engines);
    for _ in 0..500 {
        if count() < 10 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{} clock threads are left", count());
}
