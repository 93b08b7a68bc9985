//! After a fault.

use crate::guests::{app, count, crash, health};
use outwit::{Backoff, DownReason, Error, HealthState, Lifecycle, Restart};
use std::time::Duration;

#[tokio::test]
async fn the_next_call_finds_a_new_instance() {
    let app = app(Lifecycle::new());
    assert_eq!(health(&app).state, HealthState::Idle);
    assert_eq!(count(&app, "worker").await.unwrap(), 1);
    assert_eq!(count(&app, "front").await.unwrap(), 2);
    assert_eq!(health(&app).state, HealthState::Running);
    let error = crash(&app).await;
    assert!(matches!(error, Error::Exception { .. }), "{error:?}");
    let sick = health(&app);
    assert_eq!(
        (sick.state, sick.faults, sick.restarts),
        (HealthState::Idle, 1, 0)
    );
    assert_eq!(sick.last_fault, Some(error.to_string()));
    // The front is linked to the plugin, not to the instance.
    assert_eq!(count(&app, "front").await.unwrap(), 1);
    let well = health(&app);
    assert_eq!(
        (well.state, well.faults, well.restarts),
        (HealthState::Running, 1, 1)
    );
}

#[tokio::test]
async fn never_is_never() {
    let app = app(Lifecycle::new().restart(Restart::Never));
    assert_eq!(count(&app, "worker").await.unwrap(), 1);
    crash(&app).await;
    assert_eq!(health(&app).state, HealthState::Down);
    let down = |error: Error| {
        assert!(
            matches!(&error, Error::Down { plugin, reason: DownReason::Fault } if plugin == "worker"),
            "{error:?}"
        );
    };
    down(count(&app, "worker").await.unwrap_err());
    match count(&app, "front").await.unwrap_err() {
        Error::Provider { source, .. } => down(*source),
        other => panic!("{other:?}"),
    }
    app.restart("worker").await.unwrap();
    assert_eq!(count(&app, "front").await.unwrap(), 1);
}

/// A plugin that keeps failing is given time, more and more of it.
#[tokio::test]
async fn pauses_get_longer() {
    let backoff = Backoff::at_once(Duration::from_secs(1), Duration::from_secs(5)).free(1);
    let app = app(Lifecycle::new().restart(Restart::OnFault(backoff)));
    count(&app, "worker").await.unwrap();
    tokio::time::pause();
    crash(&app).await;
    assert_eq!(health(&app).state, HealthState::Idle);
    for seconds in [1, 2, 4, 5, 5] {
        crash(&app).await;
        let pause = Duration::from_secs(seconds);
        assert_eq!(health(&app).state, HealthState::Pausing { retry_in: pause });
        let error = count(&app, "worker").await.unwrap_err();
        assert!(
            matches!(&error, Error::Down { reason: DownReason::Pause { retry_in }, .. } if *retry_in == pause),
            "{error:?}"
        );
        tokio::time::advance(pause - Duration::from_millis(1)).await;
        assert!(count(&app, "front").await.is_err());
        tokio::time::advance(Duration::from_millis(1)).await;
    }
    // A call that goes well makes up for all of it.
    assert_eq!(count(&app, "worker").await.unwrap(), 1);
    crash(&app).await;
    assert_eq!(count(&app, "worker").await.unwrap(), 1);
    assert_eq!(health(&app).faults, 7);
}
