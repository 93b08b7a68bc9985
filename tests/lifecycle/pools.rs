//! More than one instance.

use crate::guests::{app, count, crash, front, health, on, text, worker};
use outwit::{App, Error, Instances, Lifecycle, PluginConfig, Restart};
use outwit_tests::engine;
use std::time::Duration;

#[tokio::test]
async fn a_new_instance_for_each_call() {
    let app = app(Lifecycle::new().instances(Instances::per_call(2)));
    for _ in 0..3 {
        assert_eq!(count(&app, "worker").await.unwrap(), 1);
        assert_eq!(count(&app, "front").await.unwrap(), 1);
    }
    assert_eq!(health(&app).instances, 0);
}

#[tokio::test]
async fn a_pool_keeps_its_instances() {
    let app = app(Lifecycle::new().instances(Instances::pool(3)));
    for n in 1..=5 {
        assert_eq!(count(&app, "worker").await.unwrap(), n);
    }
    assert_eq!(health(&app).instances, 1);
    crash(&app).await;
    assert_eq!(health(&app).instances, 0);
    assert_eq!(count(&app, "worker").await.unwrap(), 1);
}

/// When all are in use a call waits, and not for ever.
#[tokio::test]
async fn an_exhausted_pool_is_an_error() {
    for instances in [
        Instances::Pool {
            size: 2,
            wait: Duration::from_millis(100),
        },
        Instances::PerCall {
            size: 2,
            wait: Duration::from_millis(100),
        },
    ] {
        let mut limits = outwit::Limits::default();
        limits.wall = Duration::from_secs(1);
        let config = PluginConfig::new().limits(limits).lifecycle(
            Lifecycle::new()
                .instances(instances)
                .restart(Restart::Never),
        );
        let app = App::builder(&engine())
            .plugin(worker("one"), config)
            .plugin(front(), PluginConfig::new())
            .build()
            .unwrap();
        let held = || text(&app, "worker", "held");
        let third = async {
            while health(&app).calls < 2 {
                tokio::task::yield_now().await;
            }
            text(&app, "front", "version").await
        };
        let (one, two, three) = tokio::join!(held(), held(), third);
        assert!(matches!(one, Err(Error::Limit { .. })), "{one:?}");
        assert!(matches!(two, Err(Error::Limit { .. })), "{two:?}");
        match three.unwrap_err() {
            Error::Provider { source, .. } => assert!(
                matches!(&*source, Error::PoolExhausted { plugin, size: 2, .. } if plugin == "worker"),
                "{source:?}"
            ),
            other => panic!("{other:?}"),
        }
    }
}

/// A call that waits gets the instance that becomes free.
#[tokio::test]
async fn a_call_waits_for_an_instance() {
    let lifecycle = Lifecycle::new().instances(Instances::Pool {
        size: 2,
        wait: Duration::from_secs(30),
    });
    let app = app(lifecycle);
    let mut many = Vec::new();
    for _ in 0..50 {
        let app = app.clone();
        many.push(tokio::spawn(async move { count(&app, "worker").await }));
    }
    let mut sum = 0;
    for one in many {
        sum += u32::from(one.await.unwrap().is_ok());
    }
    assert_eq!(sum, 50);
    assert!(health(&app).instances <= 2);
}

/// The memory of instances can be reserved for all plugins of an engine.
#[tokio::test]
async fn an_engine_with_reserved_instances() {
    let engine = outwit::Engine::builder()
        .cache_directory(outwit_tests::cache())
        .max_instances(2)
        .build()
        .unwrap();
    let lifecycle = Lifecycle::new().instances(Instances::per_call(10));
    let app = App::builder(&engine)
        .plugin(
            on(&engine, &worker("one")),
            PluginConfig::new().lifecycle(lifecycle),
        )
        .build()
        .unwrap();
    for _ in 0..20 {
        assert_eq!(count(&app, "worker").await.unwrap(), 1);
    }
    let held = || text(&app, "worker", "held");
    let third = async {
        while health(&app).calls < 2 {
            tokio::task::yield_now().await;
        }
        // Both have started when they wait.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let third = count(&app, "worker").await;
        app.shutdown(Duration::ZERO).await;
        third
    };
    let (one, two, third) = tokio::join!(held(), held(), third);
    assert!(matches!(third, Err(Error::EngineFull { .. })), "{third:?}");
    assert!(one.is_err() && two.is_err());
}

/// Instances take the memory of those that ended, of whichever plugin, and find nothing of theirs in it.
#[tokio::test]
async fn memory_that_is_used_again_is_empty() {
    const PLUGIN: &str = r#"(component
        (core module $m
            (memory 4)
            (table $t 4 funcref)
            (func $f)
            (elem declare func $f)
            (func (export "fill")
                (memory.fill (i32.const 0) (i32.const 7) (i32.const 262144))
                (table.fill $t (i32.const 0) (ref.func $f) (i32.const 4)))
            (func (export "sum") (result i32) (local $at i32) (local $sum i32)
                (loop $next
                    (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $at))))
                    (local.set $at (i32.add (local.get $at) (i32.const 1)))
                    (br_if $next (i32.lt_u (local.get $at) (i32.const 262144))))
                (if (i32.eqz (ref.is_null (table.get $t (i32.const 3))))
                    (then (local.set $sum (i32.const -1))))
                (local.get $sum)))
        (core instance $i (instantiate $m))
        (func (export "fill") (canon lift (core func $i "fill")))
        (func (export "sum") (result u32) (canon lift (core func $i "sum"))))"#;
    let engine = outwit::Engine::builder()
        .cache_directory(outwit_tests::cache())
        .max_instances(1)
        .build()
        .unwrap();
    let bytes = wat::parse_str(PLUGIN).unwrap();
    let lifecycle = Lifecycle::new().instances(Instances::per_call(1));
    let config = PluginConfig::new().lifecycle(lifecycle);
    let app = ["one", "other"]
        .into_iter()
        .fold(App::builder(&engine), |app, name| {
            let plugin = outwit::Plugin::from_bytes(&engine, name, bytes.as_slice()).unwrap();
            app.plugin(plugin, config.clone())
        });
    let app = app.build().unwrap();
    for _ in 0..5 {
        let () = app.call_typed("one", None, "fill", ()).await.unwrap();
        for plugin in ["other", "one"] {
            let (sum,): (u32,) = app.call_typed(plugin, None, "sum", ()).await.unwrap();
            assert_eq!(sum, 0, "{plugin}");
        }
    }
}
