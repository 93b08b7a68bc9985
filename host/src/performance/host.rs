//! The host side of `outwit:performance/clock`.

use std::sync::Arc;
use std::time::Duration;

use super::{Allowed, Clock, Grant};
use crate::bindings::outwit::performance::clock;

/// What one instance has of the clock.
pub(crate) struct Performance {
    grant: Option<Grant>,
    clock: Option<Arc<dyn Clock>>,
    /// When the instance was created, on the monotonic clock and on the wall.
    origin: (Duration, Duration),
}

impl Performance {
    pub(crate) fn new(grant: Option<Grant>, clock: Option<Arc<dyn Clock>>) -> Performance {
        let origin = clock
            .as_ref()
            .map(|c| (c.monotonic(), c.wall()))
            .unwrap_or_default();
        Performance {
            grant,
            clock,
            origin,
        }
    }

    fn clock(&self) -> wasmtime::Result<(Allowed, &dyn Clock)> {
        // A plugin without the grant does not load, and the interface has no error to give.
        match (Grant::check(self.grant.as_ref()), &self.clock) {
            (Some(allowed), Some(clock)) => Ok((allowed, clock.as_ref())),
            _ => Err(wasmtime::Error::msg("the clock is not granted")),
        }
    }
}

impl clock::Host for Performance {
    fn now(&mut self) -> wasmtime::Result<f64> {
        let (_allowed, clock) = self.clock()?;
        Ok(in_millis(clock.monotonic().saturating_sub(self.origin.0)))
    }

    fn time_origin(&mut self) -> wasmtime::Result<f64> {
        let (_allowed, _clock) = self.clock()?;
        Ok(in_millis(self.origin.1))
    }
}

pub(crate) fn in_millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
