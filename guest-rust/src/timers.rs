//! Waiting for time to pass: `outwit:timers`.
//!
//! These functions are `async`: an exported function that the world declares as `async func` can await them.
//!
//! ```no_run
//! use outwit_guest::timers;
//! use std::time::Duration;
//!
//! async fn patient() -> Result<u32, timers::Elapsed> {
//!     timers::sleep(Duration::from_millis(20)).await;
//!     timers::timeout(Duration::from_secs(1), async { 7 }).await
//! }
//! ```

mod bindings {
    #![allow(missing_docs, clippy::all)]
    wit_bindgen::generate!({
        path: "wit/deps/outwit-timers.wit",
        world: "outwit:timers/imports@0.1.0",
        generate_all,
    });
}

use bindings::outwit::timers::scheduler;
use std::{
    error::Error,
    fmt,
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

/// Returns after at least `duration`. Dropping the future ends the wait.
pub async fn sleep(duration: Duration) {
    let milliseconds = duration.as_secs_f64() * 1000.0;
    scheduler::wait_until(scheduler::now() + milliseconds).await;
}

/// Awaits `future`, but no longer than `duration`.
///
/// # Errors
/// [`Elapsed`] if the time was up first; `future` is dropped then.
pub async fn timeout<F: Future>(duration: Duration, future: F) -> Result<F::Output, Elapsed> {
    let mut future = pin!(future);
    let mut limit = pin!(sleep(duration));
    poll_fn(|context| {
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Ok(output));
        }
        limit.as_mut().poll(context).map(|()| Err(Elapsed))
    })
    .await
}

/// The time was up before the work was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed;

impl fmt::Display for Elapsed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the time is up")
    }
}

impl Error for Elapsed {}
