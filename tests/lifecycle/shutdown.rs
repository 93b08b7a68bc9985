//! The end of an app.

use crate::guests::{app, count, health, release, text};
use outwit::{DownReason, Error, HealthState, Lifecycle};
use std::time::Duration;

#[tokio::test]
async fn calls_that_run_come_to_their_end() {
    let app = app(Lifecycle::new());
    let held = text(&app, "front", "held");
    let meanwhile = async {
        while health(&app).calls == 0 {
            tokio::task::yield_now().await;
        }
        let (cut, ()) = tokio::join!(app.shutdown(Duration::from_secs(30)), async {
            let error = count(&app, "worker").await.unwrap_err();
            assert!(
                matches!(
                    error,
                    Error::Down {
                        reason: DownReason::Stopped,
                        ..
                    }
                ),
                "{error:?}"
            );
        });
        cut
    };
    // The application lets the call go before it stops the app.
    let letting_go = async {
        while health(&app).calls == 0 {
            tokio::task::yield_now().await;
        }
        release(&app).await;
    };
    let (held, (), cut) = tokio::join!(held, letting_go, async {
        while health(&app).calls > 1 {
            tokio::task::yield_now().await;
        }
        meanwhile.await
    });
    assert_eq!(held.unwrap(), "one");
    assert_eq!(cut, 0);
    assert_eq!(health(&app).state, HealthState::Stopped);
}

#[tokio::test]
async fn calls_that_do_not_are_cut_off() {
    let app = app(Lifecycle::new());
    let held = text(&app, "worker", "held");
    let stop = async {
        while health(&app).calls == 0 {
            tokio::task::yield_now().await;
        }
        app.shutdown(Duration::from_millis(50)).await
    };
    let (held, cut) = tokio::join!(held, stop);
    assert_eq!(cut, 1);
    let error = held.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Down {
                reason: DownReason::Ended,
                ..
            }
        ),
        "{error:?}"
    );
}
