//! Ways to wait.

use std::time::Duration;

use async_trait::async_trait;

/// A clock that can be waited on.
#[async_trait]
pub trait Scheduler: Send + Sync + 'static {
    /// The time since some moment of the scheduler's choosing. Never runs backwards.
    fn now(&self) -> Duration;
    /// Returns once [`Scheduler::now`] has reached `when`; at once if it already has.
    async fn wait_until(&self, when: Duration);
}

/// Waits on tokio's clock, which tests can pause and move.
#[derive(Debug, Clone)]
pub struct TokioScheduler {
    start: tokio::time::Instant,
}

impl Default for TokioScheduler {
    fn default() -> TokioScheduler {
        TokioScheduler {
            start: tokio::time::Instant::now(),
        }
    }
}

#[async_trait]
impl Scheduler for TokioScheduler {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    async fn wait_until(&self, when: Duration) {
        match self.start.checked_add(when) {
            Some(when) => tokio::time::sleep_until(when).await,
            // Further away than the clock can show.
            None => std::future::pending().await,
        }
    }
}
