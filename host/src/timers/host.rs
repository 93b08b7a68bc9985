//! The host side of `outwit:timers/scheduler`.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::{Accessor, HasSelf};

use super::{Allowed, Grant, Scheduler};
use crate::bindings::outwit::timers::scheduler;
use crate::performance::in_millis;

/// What one instance has of the timers.
pub(crate) struct Timers {
    pub(crate) grant: Option<Grant>,
    pub(crate) scheduler: Option<Arc<dyn Scheduler>>,
}

impl Timers {
    fn scheduler(&self) -> wasmtime::Result<(Allowed, Arc<dyn Scheduler>)> {
        // A plugin without the grant does not load, and the interface has no error to give.
        match (Grant::check(self.grant.as_ref()), &self.scheduler) {
            (Some(allowed), Some(scheduler)) => Ok((allowed, scheduler.clone())),
            _ => Err(wasmtime::Error::msg("timers are not granted")),
        }
    }
}

impl scheduler::Host for Timers {
    fn now(&mut self) -> wasmtime::Result<f64> {
        let (_allowed, scheduler) = self.scheduler()?;
        Ok(in_millis(scheduler.now()))
    }
}

impl<T> scheduler::HostWithStore<T> for HasSelf<Timers> {
    async fn wait_until(accessor: &Accessor<T, Self>, when: f64) -> wasmtime::Result<()> {
        let (_allowed, scheduler) = accessor.with(|mut view| view.get().scheduler())?;
        if let Some(when) = moment(when) {
            scheduler.wait_until(when).await;
        }
        Ok(())
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
