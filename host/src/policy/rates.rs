//! How often a plugin may use a capability.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::grants::Capability;
use crate::limits::Limits;

/// The time in which operations are counted.
const WINDOW: Duration = Duration::from_secs(1);

/// Counts operations per second, for each capability, over all instances of a plugin. The clock is
/// read only when a count is full.
pub(crate) struct Rates(Vec<Rate>);

struct Rate {
    allowed: u64,
    used: AtomicU64,
    /// Since when operations are counted; nothing until the count was full once.
    since: Mutex<Option<Instant>>,
}

impl Rates {
    pub(crate) fn new(limits: &Limits) -> Rates {
        let rate = |capability| Rate {
            allowed: limits.rate_of(capability),
            used: AtomicU64::new(0),
            since: Mutex::new(None),
        };
        Rates(Capability::ALL.into_iter().map(rate).collect())
    }

    /// Counts an operation. Gives the rate if it is over.
    pub(crate) fn over(&self, capability: Capability) -> Option<u64> {
        self.over_at(capability, Instant::now)
    }

    fn over_at(&self, capability: Capability, now: impl FnOnce() -> Instant) -> Option<u64> {
        let rate = self.0.get(capability as usize)?;
        let used = rate.used.fetch_add(1, Ordering::Relaxed);
        if used < rate.allowed {
            return None;
        }
        let mut since = rate.since.lock().unwrap_or_else(PoisonError::into_inner);
        let now = now();
        match *since {
            Some(start) if now.duration_since(start) < WINDOW => Some(rate.allowed),
            _ if rate.allowed == 0 => Some(0),
            _ => {
                *since = Some(now);
                rate.used.store(1, Ordering::Relaxed);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_of_a_second_are_counted() {
        let mut limits = Limits::default();
        limits.rates.insert(Capability::Storage, 3);
        limits.rates.insert(Capability::Crypto, 0);
        let rates = Rates::new(&limits);
        let start = Instant::now();
        let passed = |millis| {
            let now = || start + Duration::from_millis(millis);
            let over = |_: &u32| rates.over_at(Capability::Storage, now).is_none();
            (0..100).filter(over).count()
        };
        // The first count starts when it is full.
        assert_eq!(passed(0), 3 + 3);
        assert_eq!(passed(999), 0);
        assert_eq!(passed(1000), 3);
        assert_eq!(rates.over(Capability::Crypto), Some(0));
        assert_eq!(rates.over(Capability::Console), None);
    }

    #[test]
    fn capabilities_are_numbered_in_their_order() {
        for (at, capability) in Capability::ALL.into_iter().enumerate() {
            assert_eq!(capability as usize, at);
        }
    }
}
