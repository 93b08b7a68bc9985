//! When a compilation has taken too long.

use std::time::{Duration, Instant};

use super::bounds;

/// How many times as long as it may take a compilation goes on where it has to share the processors.
pub(super) const PATIENCE: u32 = 5;

/// The end of the time that a compilation may take. On a machine that does other things as well, it is not up before
/// the process has computed for so long, unless that takes many times as long.
pub(super) struct Deadline {
    time: Duration,
    began: Instant,
    /// The process that compiles: this one, or a child.
    process: Option<u32>,
    /// How long it had computed before.
    before: Duration,
}

impl Deadline {
    /// From now on, for this process.
    pub(super) fn here(time: Duration) -> Deadline {
        Deadline::new(time, None, bounds::computed(None).unwrap_or_default())
    }

    /// From now on, for a child that was just started.
    pub(super) fn of(child: u32, time: Duration) -> Deadline {
        Deadline::new(time, Some(child), Duration::ZERO)
    }

    #[allow(clippy::disallowed_methods)] // the host's own time, not a plugin's
    fn new(time: Duration, process: Option<u32>, before: Duration) -> Deadline {
        Deadline {
            time,
            began: Instant::now(),
            process,
            before,
        }
    }

    /// How long it certainly has yet; none if the time is up.
    pub(super) fn left(&self) -> Option<Duration> {
        let computed = bounds::computed(self.process).map(|c| c.saturating_sub(self.before));
        left(self.time, self.began.elapsed(), computed)
    }
}

/// What is left after `elapsed` on the clock, in which so much was computed, if that is known.
fn left(time: Duration, elapsed: Duration, computed: Option<Duration>) -> Option<Duration> {
    /// So that nobody asks all the time.
    const PAUSE: Duration = Duration::from_millis(5);
    if elapsed < time {
        return Some((time - elapsed).max(PAUSE));
    }
    let computed = computed?;
    let latest = time.saturating_mul(PATIENCE);
    if computed >= time || elapsed >= latest {
        return None;
    }
    Some((time - computed).min(latest - elapsed).max(PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_machine_gives_more_time_but_not_without_end() {
        let (second, ms) = (Duration::from_secs, Duration::from_millis);
        let time = second(10);
        for (elapsed, computed, expected) in [
            (second(0), Some(second(0)), Some(second(10))),
            // Many threads computing at once do not shorten it.
            (second(9), Some(second(36)), Some(second(1))),
            (second(10), Some(second(10)), None),
            (second(10), Some(second(4)), Some(second(6))),
            (second(46), Some(second(4)), Some(second(4))),
            (second(20), Some(ms(9_999)), Some(ms(5))),
            (second(50), Some(second(4)), None),
            // Where it is not known how much was computed, the clock counts.
            (second(9), None, Some(second(1))),
            (second(10), None, None),
        ] {
            assert_eq!(left(time, elapsed, computed), expected, "{elapsed:?}");
        }
    }

    /// What the system tells of this process.
    #[cfg(target_os = "linux")]
    #[test]
    fn computing_is_counted() {
        let deadline = Deadline::here(Duration::from_secs(1));
        assert!(deadline.left().is_some());
        let before = bounds::computed(None).expect("it is known");
        let mut sum = 0_u64;
        while bounds::computed(None).expect("it is known") < before + Duration::from_millis(50) {
            sum = (0..100_000_u64).fold(sum, |sum, n| std::hint::black_box(sum ^ n));
        }
        assert_eq!(bounds::computed(Some(u32::MAX)), None);
    }
}
