//! A call of an instance: how long it may take, and how it is counted.

use std::time::Duration;

use tokio::time::{Instant, timeout};
use tracing::Span;

use crate::metrics::{Counters, Outcome};
use crate::policy::Gate;
use crate::ticker::Running;

/// A call that is under way.
pub(super) struct Calling {
    /// Keeps the clock of computing time going.
    pub(super) _running: Running,
    pub(super) gate: Gate,
    pub(super) span: Span,
    pub(super) counters: Counters,
    pub(super) started: Instant,
    /// How it ended.
    pub(super) outcome: Option<Outcome>,
}

impl Calling {
    pub(super) fn end(&mut self, function: &str, outcome: Outcome) {
        let duration = self.started.elapsed();
        self.outcome = Some(outcome);
        self.counters.call(function, duration, outcome);
        if !self.span.is_disabled() {
            let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
            self.span.record("duration_us", micros);
            self.span.record("outcome", outcome.name());
        }
    }
}

impl Drop for Calling {
    fn drop(&mut self) {
        if self.outcome.is_none() {
            self.end("", Outcome::Dropped);
        }
    }
}

/// The time is up.
pub(super) struct Elapsed;

/// Waits for `future` as long as a plugin may take, not counting the time in which somebody is asked
/// whether it may do something.
pub(super) async fn within<F: Future>(
    wall: Duration,
    gate: &Gate,
    future: F,
) -> Result<F::Output, Elapsed> {
    let mut future = std::pin::pin!(future);
    let (start, asked_before) = (Instant::now(), gate.asked());
    let mut left = wall;
    loop {
        if let Ok(output) = timeout(left, &mut future).await {
            return Ok(output);
        }
        let asked = gate.asked().saturating_sub(asked_before);
        let allowed = wall.saturating_add(asked);
        left = allowed.saturating_sub(start.elapsed());
        if left.is_zero() {
            return Err(Elapsed);
        }
        // While a question is open the time that is left does not get less.
        left = left.max(Duration::from_millis(5));
    }
}
