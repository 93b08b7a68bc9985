//! The host side of `outwit:performance/clock`.

use std::sync::Arc;
use std::time::Duration;

use super::{Allowed, Clock, Grant, operations};
use crate::bindings::outwit::performance::clock;
use crate::policy::{Gate, Operation, Pass, Target};

/// What one instance has of the clock.
pub(crate) struct Performance {
    gate: Gate,
    grant: Option<Grant>,
    clock: Option<Arc<dyn Clock>>,
    /// When the instance was created, on the monotonic clock and on the wall.
    origin: (Duration, Duration),
}

impl Performance {
    pub(crate) fn new(
        gate: Gate,
        grant: Option<Grant>,
        clock: Option<Arc<dyn Clock>>,
    ) -> Performance {
        let origin = clock
            .as_ref()
            .map(|c| (c.monotonic(), c.wall()))
            .unwrap_or_default();
        Performance {
            gate,
            grant,
            clock,
            origin,
        }
    }

    /// The clock, if it may be read. If not, the call of the plugin ends, whatever is returned.
    async fn clock(&self, operation: &Operation) -> Option<Pass<(Allowed, &dyn Clock)>> {
        let granted = Grant::check(self.grant.as_ref())
            .zip(self.clock.as_deref())
            .ok_or(());
        self.gate.pass(operation, Target::None, granted).await.ok()
    }
}

impl clock::Host for Performance {
    async fn now(&mut self) -> f64 {
        match self.clock(&operations::NOW).await {
            Some(pass) => {
                let (_allowed, clock) = pass.allowed;
                let (now, origin) = (clock.monotonic(), self.origin.0);
                match now.checked_sub(origin) {
                    Some(since) => in_millis(since),
                    // Clocks of tests are set back.
                    None => -in_millis(origin.saturating_sub(now)),
                }
            }
            None => 0.0,
        }
    }

    async fn time_origin(&mut self) -> f64 {
        match self.clock(&operations::TIME_ORIGIN).await {
            Some(_pass) => in_millis(self.origin.1),
            None => 0.0,
        }
    }
}

pub(crate) fn in_millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
