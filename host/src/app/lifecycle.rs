//! When instances of a plugin start and end, and how a plugin is.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::error::{DownReason, Error};

/// How a plugin's instances start and end.
///
/// In a manifest this is `[plugins.NAME.lifecycle]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lifecycle {
    /// Which instances serve the calls.
    pub instances: Instances,
    /// What happens after a fault.
    pub restart: Restart,
}

impl Lifecycle {
    /// One instance for all calls, which is started again after a fault.
    #[must_use]
    pub fn new() -> Lifecycle {
        Lifecycle::default()
    }

    /// Sets which instances serve the calls.
    #[must_use]
    pub fn instances(mut self, instances: Instances) -> Lifecycle {
        self.instances = instances;
        self
    }

    /// Sets what happens after a fault.
    #[must_use]
    pub fn restart(mut self, restart: Restart) -> Lifecycle {
        self.restart = restart;
        self
    }
}

/// Which instances of a plugin serve its calls.
///
/// An instance is a few microseconds' work: its memory is mapped from the compiled component and copied where
/// it is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Instances {
    /// One for all calls. What the plugin keeps in its variables is there in the next call. Calls of
    /// functions that are `async` run in it at the same time, others one after the other.
    #[default]
    One,
    /// A new one for each call, so that no call sees what another left behind.
    PerCall {
        /// How many there may be at once.
        size: u32,
        /// How long a call waits while there are that many.
        wait: Duration,
    },
    /// Up to `size`, each for one call at a time. Which one a call gets is not defined, so the plugin should keep
    /// nothing.
    Pool {
        /// How many there may be.
        size: u32,
        /// How long a call waits while all are in use.
        wait: Duration,
    },
}

impl Instances {
    /// How long a call waits for an instance if nothing else is said.
    pub const WAIT: Duration = Duration::from_secs(1);

    /// A new instance for each call, at most `size` at once. Calls wait [`Instances::WAIT`] for one.
    #[must_use]
    pub fn per_call(size: u32) -> Instances {
        Instances::PerCall {
            size,
            wait: Instances::WAIT,
        }
    }

    /// Up to `size` instances, each for one call at a time. Calls wait [`Instances::WAIT`] for one.
    #[must_use]
    pub fn pool(size: u32) -> Instances {
        Instances::Pool {
            size,
            wait: Instances::WAIT,
        }
    }

    /// How many there may be, and how long a call waits for one; none if there is one for all.
    pub(crate) fn bounds(self) -> Option<(u32, Duration)> {
        match self {
            Instances::One => None,
            Instances::PerCall { size, wait } | Instances::Pool { size, wait } => {
                Some((size.max(1), wait))
            }
        }
    }
}

/// What happens after a plugin went over a limit, trapped, or threw an exception nobody caught.
///
/// The instance is gone in any case, with its variables and the resources others had of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Restart {
    /// Calls fail with [`Error::Down`] until [`App::restart`](crate::App::restart).
    Never,
    /// The next call starts a new instance. After several faults without a successful call in between there
    /// is a pause first, which doubles with each fault; in it calls fail with [`Error::Down`].
    OnFault(Backoff),
}

impl Default for Restart {
    fn default() -> Restart {
        Restart::OnFault(Backoff::default())
    }
}

/// The pauses before a plugin that keeps failing is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backoff {
    /// How many faults in a row have no pause after them.
    ///
    /// # Default
    ///
    /// 16.
    pub free: u32,
    /// The first pause.
    ///
    /// # Default
    ///
    /// 100 ms.
    pub first: Duration,
    /// The longest pause.
    ///
    /// # Default
    ///
    /// 30 s.
    pub most: Duration,
}

impl Default for Backoff {
    fn default() -> Backoff {
        Backoff {
            free: 16,
            first: Duration::from_millis(100),
            most: Duration::from_secs(30),
        }
    }
}

impl Backoff {
    /// Pauses from the first fault on.
    #[must_use]
    pub fn at_once(first: Duration, most: Duration) -> Backoff {
        Backoff {
            free: 0,
            first,
            most,
        }
    }

    /// Sets how many faults in a row have no pause after them.
    #[must_use]
    pub fn free(mut self, faults: u32) -> Backoff {
        self.free = faults;
        self
    }

    /// Sets the first pause.
    #[must_use]
    pub fn first(mut self, pause: Duration) -> Backoff {
        self.first = pause;
        self
    }

    /// Sets the longest pause.
    #[must_use]
    pub fn most(mut self, pause: Duration) -> Backoff {
        self.most = pause;
        self
    }

    fn pause(&self, faults: u32) -> Option<Duration> {
        let doublings = faults.checked_sub(self.free)?.checked_sub(1)?;
        let pause = self.first.saturating_mul(2_u32.saturating_pow(doublings));
        Some(pause.min(self.most))
    }
}

/// How a plugin is; see [`App::health`](crate::App::health).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// The plugin.
    pub plugin: String,
    /// Whether it can be called.
    pub state: HealthState,
    /// Its instances, those that only finish their calls included.
    pub instances: usize,
    /// Calls that run or wait for an instance that is busy.
    pub calls: usize,
    /// Faults so far.
    pub faults: u64,
    /// Instances that were started after a fault.
    pub restarts: u64,
    /// What the last fault was.
    pub last_fault: Option<String>,
    /// Handles it has to resources of other plugins.
    pub proxies: usize,
    /// Its resources that other plugins have handles to.
    pub resources: usize,
    /// Ends of streams and futures that lead to other plugins.
    pub streams: usize,
}

/// Whether a plugin can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HealthState {
    /// It can; its first call starts an instance.
    Idle,
    /// It can, and it has an instance.
    Running,
    /// It has failed too often; calls fail until the pause is over.
    Pausing {
        /// How long the pause still is.
        retry_in: Duration,
    },
    /// It has failed and is not started again by itself.
    Down,
    /// The app is shutting down.
    Stopped,
}

impl fmt::Display for HealthState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HealthState::Idle => f.write_str("idle"),
            HealthState::Running => f.write_str("running"),
            HealthState::Pausing { retry_in } => write!(f, "pausing for {retry_in:?}"),
            HealthState::Down => f.write_str("down"),
            HealthState::Stopped => f.write_str("stopped"),
        }
    }
}

/// What happened to the instances of a plugin.
#[derive(Debug)]
pub(crate) struct Record {
    restart: Restart,
    /// Faults since the last call that went well.
    in_a_row: AtomicU32,
    past: Mutex<Past>,
}

#[derive(Debug, Default)]
struct Past {
    faults: u64,
    restarts: u64,
    last_fault: Option<String>,
    not_before: Option<Instant>,
    down: bool,
    /// Whether the next instance is one after a fault.
    owes_restart: bool,
}

impl Record {
    pub(crate) fn new(restart: Restart) -> Record {
        Record {
            restart,
            in_a_row: AtomicU32::new(0),
            past: Mutex::default(),
        }
    }

    fn past(&self) -> MutexGuard<'_, Past> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn success(&self) {
        if self.in_a_row.load(Ordering::Relaxed) != 0 {
            self.in_a_row.store(0, Ordering::Relaxed);
        }
    }

    /// Notes that an instance ended, if that was its own fault.
    pub(crate) fn fault(&self, error: &Error) {
        if !matches!(
            error,
            Error::Limit { .. } | Error::Exception { .. } | Error::Trap { .. }
        ) {
            return;
        }
        let in_a_row = self
            .in_a_row
            .fetch_add(1, Ordering::Relaxed)
            .saturating_add(1);
        let mut past = self.past();
        past.faults += 1;
        past.owes_restart = true;
        past.last_fault = Some(error.to_string());
        match self.restart {
            Restart::Never => past.down = true,
            Restart::OnFault(backoff) => {
                past.not_before = backoff.pause(in_a_row).map(|pause| Instant::now() + pause);
            }
        }
    }

    /// Why no instance may be started now, if so.
    pub(crate) fn refusal(&self) -> Option<DownReason> {
        let past = self.past();
        if past.down {
            return Some(DownReason::Fault);
        }
        let pause = past.not_before?.checked_duration_since(Instant::now())?;
        (!pause.is_zero()).then_some(DownReason::Pause { retry_in: pause })
    }

    /// Notes that an instance is started.
    pub(crate) fn started(&self) {
        let mut past = self.past();
        if std::mem::take(&mut past.owes_restart) {
            past.restarts += 1;
        }
    }

    /// Forgets that there were faults.
    pub(crate) fn forgive(&self) {
        self.in_a_row.store(0, Ordering::Relaxed);
        let mut past = self.past();
        past.down = false;
        past.not_before = None;
    }

    /// Fills in what the record knows.
    pub(crate) fn describe(&self, health: &mut Health) {
        let past = self.past();
        health.faults = past.faults;
        health.restarts = past.restarts;
        health.last_fault.clone_from(&past.last_fault);
    }
}
