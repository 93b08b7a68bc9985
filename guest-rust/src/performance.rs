//! The clock of this plugin instance: `outwit:performance`.
//!
//! ```no_run
//! use outwit_guest::performance;
//!
//! let start = performance::now();
//! // … work …
//! let took: std::time::Duration = performance::now() - start;
//! let since_1970: std::time::Duration = performance::unix_time();
//! ```

mod bindings {
    #![allow(missing_docs, clippy::all)]
    wit_bindgen::generate!({
        path: "wit/deps/outwit-performance.wit",
        world: "outwit:performance/imports@0.1.0",
        generate_all,
    });
}

use bindings::outwit::performance::clock;
use std::time::Duration;

/// The time since [`time_origin`]. Never runs backwards.
pub fn now() -> Duration {
    duration(clock::now())
}

/// The moment this instance was created, counted from 1970-01-01T00:00:00Z.
pub fn time_origin() -> Duration {
    duration(clock::time_origin())
}

/// The present moment, counted from 1970-01-01T00:00:00Z.
pub fn unix_time() -> Duration {
    time_origin() + now()
}

/// `milliseconds` as a duration. What is no duration, which only a broken host could say, is none.
fn duration(milliseconds: f64) -> Duration {
    Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::duration;
    use std::time::Duration;

    #[test]
    fn milliseconds_become_durations() {
        assert_eq!(duration(1.5), Duration::from_micros(1500));
        assert_eq!(duration(-1.0), Duration::ZERO);
        assert_eq!(duration(f64::NAN), Duration::ZERO);
    }
}
