//! Clocks.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A source of time.
pub trait Clock: Send + Sync + 'static {
    /// The time since some moment of the clock's choosing. Never runs backwards.
    fn monotonic(&self) -> Duration;
    /// The time since 1970-01-01T00:00:00Z.
    fn wall(&self) -> Duration;
}

/// The clock of this machine.
#[derive(Debug, Clone)]
pub struct SystemClock {
    start: Instant,
}

#[allow(clippy::disallowed_methods)] // the backend that is the surroundings
impl Default for SystemClock {
    fn default() -> SystemClock {
        SystemClock {
            start: Instant::now(),
        }
    }
}

#[allow(clippy::disallowed_methods)] // the backend that is the surroundings
impl Clock for SystemClock {
    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    fn wall(&self) -> Duration {
        // A machine whose clock is before 1970 has no meaningful time to tell.
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
    }
}

/// A clock that stands still until it is moved, for tests.
#[derive(Debug, Default)]
pub struct FixedClock {
    now: Mutex<Duration>,
}

impl FixedClock {
    /// A clock that shows `since_1970`.
    #[must_use]
    pub fn at(since_1970: Duration) -> FixedClock {
        FixedClock {
            now: Mutex::new(since_1970),
        }
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        *now = now.saturating_add(by);
    }

    fn now(&self) -> Duration {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for FixedClock {
    fn monotonic(&self) -> Duration {
        self.now()
    }

    fn wall(&self) -> Duration {
        self.now()
    }
}
