//! The host side of `outwit:timers/scheduler`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use wasmtime::component::{Accessor, HasSelf};

use super::{Allowed, Grant, Scheduler, operations};
use crate::bindings::outwit::timers::scheduler;
use crate::error::LimitKind;
use crate::performance::in_millis;
use crate::policy::{Gate, Target};

/// What one instance has of the timers.
#[derive(Clone)]
pub(crate) struct Timers {
    pub(crate) gate: Gate,
    pub(crate) grant: Option<Grant>,
    pub(crate) scheduler: Option<Arc<dyn Scheduler>>,
    pub(crate) waits: Waits,
}

/// The waits of an instance that are under way.
#[derive(Clone)]
pub(crate) struct Waits {
    allowed: u64,
    under_way: Arc<AtomicU64>,
}

impl Waits {
    pub(crate) fn new(allowed: u64) -> Waits {
        Waits {
            allowed,
            under_way: Arc::default(),
        }
    }

    /// Counts a wait until the guard is dropped; gives nothing if it is one too many.
    fn begin(&self) -> Option<Waiting> {
        let guard = Waiting(self.under_way.clone());
        let before = self.under_way.fetch_add(1, Ordering::Relaxed);
        (before < self.allowed).then_some(guard)
    }
}

struct Waiting(Arc<AtomicU64>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Timers {
    fn granted(&self) -> Result<(Allowed, &dyn Scheduler), ()> {
        Grant::check(self.grant.as_ref())
            .zip(self.scheduler.as_deref())
            .ok_or(())
    }
}

impl scheduler::Host for Timers {
    async fn now(&mut self) -> f64 {
        let entered = self
            .gate
            .pass(&operations::NOW, Target::None, self.granted());
        // Without the right to it the call of the plugin ends, whatever is returned.
        entered
            .await
            .map_or(0.0, |pass| in_millis(pass.allowed.1.now()))
    }
}

impl<T> scheduler::HostWithStore<T> for HasSelf<Timers> {
    async fn wait_until(accessor: &Accessor<T, Self>, when: f64) {
        let timers = accessor.with(|mut view| view.get().clone());
        let granted = timers.granted();
        let entered = timers
            .gate
            .pass(&operations::WAIT_UNTIL, Target::None, granted);
        let Ok(pass) = entered.await else {
            return;
        };
        let (_allowed, scheduler) = &pass.allowed;
        let Some(_waiting) = timers.waits.begin() else {
            let allowed = timers.waits.allowed;
            timers
                .gate
                .over(LimitKind::Timers, allowed.saturating_add(1), allowed);
            return;
        };
        if let Some(when) = moment(when) {
            scheduler.wait_until(when).await;
        }
    }
}

/// The moment `millis` stands for; none if it has passed whatever the clock shows.
fn moment(millis: f64) -> Option<Duration> {
    if millis.is_nan() || millis <= 0.0 {
        return None;
    }
    // Rounded up: a host may wake the plugin later than asked, never earlier.
    let nanos = (millis * 1e6).ceil();
    Some(Duration::try_from_secs_f64(nanos / 1e9).unwrap_or(Duration::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strange_moments_are_harmless() {
        for past in [0.0, -0.0, -1.0, f64::NAN, f64::NEG_INFINITY] {
            assert_eq!(moment(past), None);
        }
        assert_eq!(moment(1.5), Some(Duration::from_micros(1500)));
        assert_eq!(moment(f64::INFINITY), Some(Duration::MAX));
        assert_eq!(moment(f64::MAX), Some(Duration::MAX));
    }
}
