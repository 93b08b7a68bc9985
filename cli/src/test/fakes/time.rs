//! Time that stands still, and moves when a test says so.

use super::lock;
use outwit::async_trait;
use outwit::performance::{Clock, SystemClock};
use outwit::timers::Scheduler;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::Notify;

/// A clock, and what timers wait on. It can be stopped, and then moves when a test says so.
#[derive(Default)]
pub struct Time {
    real: SystemClock,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    /// What timers see while time stands still.
    frozen: Option<Duration>,
    /// What is added to the time of the machine.
    shift: Duration,
    /// What is added to that to make the time of day, in milliseconds, where a test has set it.
    of_day: Option<f64>,
    /// How far timers are ahead of what the clock shows.
    ahead: Duration,
    /// When time was stopped, as the clock showed it.
    since: Duration,
    /// Moments that somebody waits for, as the clock will show them and as timers count, and how many do.
    waiting: BTreeMap<(Duration, Duration), usize>,
}

/// Moments pass through plugins as milliseconds with fractions, and do not come back exactly. So timers get ahead by this with each step, or
/// one that is due could seem not to be, for ever; and clocks show so much more, or they could show a millisecond less.
const SLACK: Duration = Duration::from_micros(2);

impl State {
    /// What the clock will show at a moment that timers wait for: a whole number of milliseconds after time was stopped, for timers that have
    /// such a delay.
    fn shown_at(&self, when: Duration) -> Duration {
        const MILLI: u32 = 1_000_000;
        let exact = when.saturating_sub(self.ahead);
        let after = exact.saturating_sub(self.since);
        let over = after.subsec_nanos() % MILLI;
        match over {
            0..400_000 => exact.saturating_sub(Duration::from_nanos(over.into())),
            600_000.. => exact.saturating_add(Duration::from_nanos((MILLI - over).into())),
            _ => exact,
        }
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// A time from JavaScript; one that is none is the beginning.
pub fn duration(millis: f64) -> Duration {
    Duration::try_from_secs_f64((millis / 1000.0).max(0.0)).unwrap_or_default()
}

impl Time {
    fn show(&self, state: &State) -> Duration {
        state
            .frozen
            .unwrap_or_else(|| self.real.monotonic().saturating_add(state.shift))
    }

    /// The time as timers count it.
    fn of_timers(&self, state: &State) -> Duration {
        self.show(state).saturating_add(state.ahead)
    }

    fn time_of_day(&self, state: &State) -> Duration {
        match state.of_day {
            Some(of_day) => duration(millis(self.show(state)) + of_day),
            None => self.real.wall(),
        }
    }

    pub fn now(&self) -> Value {
        let state = lock(&self.state);
        let counted = self.of_timers(&state);
        let mut ahead = state.waiting.keys().filter(|(_, when)| *when > counted);
        json!({
            "now": millis(self.show(&state)),
            "wall": millis(self.time_of_day(&state)),
            "real": millis(self.real.wall()),
            "isFrozen": state.frozen.is_some(),
            "next": ahead.next().map(|(shown, _)| millis(*shown)),
            "last": state.waiting.keys().next_back().filter(|(_, when)| *when > counted).map(|(shown, _)| millis(*shown)),
            "waiting": state.waiting.values().sum::<usize>(),
        })
    }

    pub fn freeze(&self, at: Option<f64>) -> Value {
        let mut state = lock(&self.state);
        let now = self.show(&state);
        let of_day = at.unwrap_or_else(|| millis(self.time_of_day(&state)));
        if state.frozen.is_none() {
            state.since = now;
        }
        state.frozen = Some(now);
        state.of_day = Some(of_day - millis(now));
        Value::Null
    }

    pub fn thaw(&self) -> Value {
        let mut state = lock(&self.state);
        if let Some(frozen) = state.frozen.take() {
            // What timers see never runs backwards.
            let frozen = frozen.saturating_add(std::mem::take(&mut state.ahead));
            state.shift = frozen.saturating_sub(self.real.monotonic());
            state.of_day = None;
        }
        drop(state);
        self.changed.notify_waiters();
        Value::Null
    }

    /// Moves to the next moment that somebody waits for, or to this one if it comes first.
    pub fn step(&self, to: f64) -> Value {
        let mut state = lock(&self.state);
        let now = self.show(&state);
        let to = duration(to).max(now);
        let counted = self.of_timers(&state);
        let next = state
            .waiting
            .keys()
            .copied()
            .find(|(_, when)| *when > counted);
        let next = next
            .map(|(shown, when)| (shown.max(now), when))
            .filter(|(shown, _)| *shown <= to);
        let (next, when) = next.unwrap_or((to, Duration::ZERO));
        if state.frozen.is_some() {
            state.frozen = Some(next);
            let enough = when.saturating_add(SLACK).saturating_sub(next);
            state.ahead = state.ahead.saturating_add(SLACK).max(enough);
        }
        drop(state);
        self.changed.notify_waiters();
        json!({ "isThere": next >= to })
    }
}

/// For plugins there is one time, that of the day: they see it move as tests set it.
impl Clock for Time {
    fn monotonic(&self) -> Duration {
        self.time_of_day(&lock(&self.state)).saturating_add(SLACK)
    }

    fn wall(&self) -> Duration {
        self.time_of_day(&lock(&self.state)).saturating_add(SLACK)
    }
}

/// Somebody who waits for a moment.
struct Waiting<'a>(&'a Time, (Duration, Duration));

impl<'a> Waiting<'a> {
    fn new(time: &'a Time, when: Duration) -> Self {
        let mut state = lock(&time.state);
        let moment = (state.shown_at(when), when);
        *state.waiting.entry(moment).or_default() += 1;
        drop(state);
        Self(time, moment)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        if let Some(count) = state.waiting.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                state.waiting.remove(&self.1);
            }
        }
    }
}

#[async_trait]
impl Scheduler for Time {
    fn now(&self) -> Duration {
        self.of_timers(&lock(&self.state))
    }

    async fn wait_until(&self, when: Duration) {
        let _waiting = Waiting::new(self, when);
        loop {
            let changed = self.changed.notified();
            let (now, is_frozen) = {
                let state = lock(&self.state);
                (self.of_timers(&state), state.frozen.is_some())
            };
            if now >= when {
                return;
            }
            if is_frozen {
                changed.await;
            } else {
                // Nothing but a change matters before.
                let _ = tokio::time::timeout(when - now, changed).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_that_stands_still_moves_from_timer_to_timer() {
        let time = Time::default();
        time.freeze(Some(0.0));
        let start = time.show(&lock(&time.state));
        let when = start + Duration::from_millis(30);
        let waiting = Waiting::new(&time, when);
        let to = millis(start) + 100.0;
        assert_eq!(time.step(to)["isThere"], false);
        assert!(Scheduler::now(&time) > when);
        drop(waiting);
        assert_eq!(time.wall(), Duration::from_millis(30) + SLACK);
        assert_eq!(time.step(to)["isThere"], true);
        assert_eq!(time.wall(), Duration::from_millis(100) + SLACK);
        time.thaw();
        assert!(time.show(&lock(&time.state)) >= start + Duration::from_millis(100));
    }
}
