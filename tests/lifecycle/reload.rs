//! A new version in the place of the one that runs.

use crate::guests::{app, count, health, text, wit_with, worker, worker_of};
use outwit::{Error, Lifecycle};

#[tokio::test]
async fn calls_go_to_the_new_version() {
    let app = app(Lifecycle::new());
    assert_eq!(text(&app, "front", "version").await.unwrap(), "one");
    assert_eq!(count(&app, "worker").await.unwrap(), 1);
    let version = app
        .function::<(), (String,)>("worker", None, "version")
        .unwrap();
    assert_eq!(version.call(()).await.unwrap().0, "one");
    app.reload(worker("two")).await.unwrap();
    assert_eq!(text(&app, "worker", "version").await.unwrap(), "two");
    assert_eq!(text(&app, "front", "version").await.unwrap(), "two");
    assert_eq!(version.call(()).await.unwrap().0, "two");
    // What was in its variables is gone.
    assert_eq!(count(&app, "front").await.unwrap(), 1);
    assert_eq!(health(&app).faults, 0);
}

/// A call that runs comes to its end where it began.
#[tokio::test]
async fn calls_in_flight_finish_on_the_old_version() {
    let app = app(Lifecycle::new());
    let held = text(&app, "front", "held");
    let meanwhile = async {
        while health(&app).calls == 0 {
            tokio::task::yield_now().await;
        }
        let waiting = app
            .function::<(), (u32,)>("worker", None, "release")
            .unwrap();
        // The held call is in the old instance; to let it go, ask that one before the switch ...
        let old = async {
            loop {
                let (n,) = waiting.call(()).await.unwrap();
                if n > 0 {
                    return;
                }
            }
        };
        // ... which starts a call there and is finished while the new version serves.
        let (reloaded, ()) = tokio::join!(app.reload(worker("two")), old);
        reloaded.unwrap();
        assert_eq!(text(&app, "worker", "version").await.unwrap(), "two");
    };
    let (held, ()) = tokio::join!(held, meanwhile);
    assert_eq!(held.unwrap(), "one");
}

#[tokio::test]
async fn a_version_that_does_not_fit_is_refused() {
    let app = app(Lifecycle::new());
    assert_eq!(count(&app, "worker").await.unwrap(), 1);
    let less = worker_of(
        r#"export const work = { count: () => 7n, version: () => "two", spin() {}, async held() { return ""; }, async release() { return 0; } };"#,
        &wit_with(
            "count: func() -> u32;\n        version: func() -> string;\n        crash: func();",
            "count: func() -> u64;\n        version: func() -> string;",
        ),
    );
    let error = app.reload(less).await.unwrap_err();
    match &error {
        Error::Incompatible(why) => {
            let functions: Vec<_> = why
                .differences
                .iter()
                .map(|d| d.function.as_str())
                .collect();
            assert_eq!(functions, ["test:life/work@0.1.0.crash"]);
        }
        other => panic!("{other:?}"),
    }
    assert!(
        error
            .to_string()
            .contains("- test:life/work@0.1.0.crash: func()"),
        "{error}"
    );
    let other = worker_of(
        r#"export const work = { count: () => 7n, version: () => "two", crash() {}, spin() {}, async held() { return ""; }, async release() { return 0; } };"#,
        &wit_with("count: func() -> u32;", "count: func() -> u64;"),
    );
    let error = app.reload(other).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "plugin `worker` cannot be reloaded: the new version does not export what the running one does\n\
         - test:life/work@0.1.0.count: func() -> u32\n+ test:life/work@0.1.0.count: func() -> u64"
    );
    assert_eq!(text(&app, "front", "version").await.unwrap(), "one");
    assert_eq!(count(&app, "worker").await.unwrap(), 2);
}
