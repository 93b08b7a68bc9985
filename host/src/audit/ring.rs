//! The latest records, in memory.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Outcome, Record, Sink, Unrecorded};
use crate::grants::Capability;
use crate::performance::{Clock, SystemClock};
use crate::policy::By;
use crate::text::start;

/// The most bytes that are kept of a name, a target, a reason.
const TEXT: usize = 128;

/// Keeps the latest records in memory. All of it is allocated when it is made, so that a record
/// costs no allocation.
pub struct Ring {
    clock: Arc<dyn Clock>,
    inner: Mutex<Inner>,
}

struct Inner {
    entries: Vec<Entry>,
    /// Where the next record goes.
    next: usize,
    /// How many there were.
    total: u64,
}

/// A record in a [`Ring`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// Counts the records of an app, from 1.
    pub sequence: u64,
    /// When it was made, since 1970-01-01T00:00:00Z.
    pub time: Duration,
    /// The plugin that acted. Names, targets and reasons are cut at 128 bytes.
    pub plugin: String,
    /// What the operation was granted with.
    pub capability: Capability,
    /// The interface.
    pub interface: &'static str,
    /// The function.
    pub function: &'static str,
    /// The kind of target.
    pub target_kind: &'static str,
    /// The target.
    pub target: String,
    /// What was decided.
    pub outcome: Outcome,
    /// Who decided.
    pub by: By,
    /// Why it was denied.
    pub reason: String,
}

impl Ring {
    /// A ring of this many records, at least 1.
    #[must_use]
    pub fn new(records: usize) -> Ring {
        Ring::with_clock(records, Arc::new(SystemClock::default()))
    }

    /// A ring that tells the time of this clock.
    #[must_use]
    pub fn with_clock(records: usize, clock: Arc<dyn Clock>) -> Ring {
        let entry = || Entry {
            sequence: 0,
            time: Duration::ZERO,
            plugin: String::with_capacity(TEXT),
            capability: Capability::Console,
            interface: "",
            function: "",
            target_kind: "",
            target: String::with_capacity(TEXT),
            outcome: Outcome::Denied,
            by: By::Policy,
            reason: String::with_capacity(TEXT),
        };
        Ring {
            clock,
            inner: Mutex::new(Inner {
                entries: std::iter::repeat_with(entry).take(records.max(1)).collect(),
                next: 0,
                total: 0,
            }),
        }
    }

    /// The records that are still there, oldest first.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let (newer, older) = inner.entries.split_at(inner.next);
        let all = older.iter().chain(newer);
        all.filter(|entry| entry.sequence > 0).cloned().collect()
    }

    /// How many records were overwritten by later ones.
    #[must_use]
    pub fn overwritten(&self) -> u64 {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.total.saturating_sub(inner.entries.len() as u64)
    }
}

impl Sink for Ring {
    fn record(&self, record: &Record<'_>) -> Result<(), Unrecorded> {
        use std::fmt::Write as _;
        let time = self.clock.wall();
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, length) = (inner.next, inner.entries.len());
        inner.next = (at + 1) % length;
        inner.total += 1;
        if let Some(entry) = inner.entries.get_mut(at) {
            entry.sequence = record.sequence;
            entry.time = time;
            set(&mut entry.plugin, record.call.plugin);
            entry.capability = record.call.capability;
            entry.interface = record.call.interface;
            entry.function = record.call.function;
            entry.target_kind = record.call.target.kind();
            entry.target.clear();
            // Cut, not grown; that a piece did not fit is no error.
            let _ = write!(Cut(&mut entry.target), "{}", record.call.target);
            entry.outcome = record.outcome;
            entry.by = record.by;
            set(&mut entry.reason, record.reason);
        }
        Ok(())
    }
}

fn set(slot: &mut String, text: &str) {
    slot.clear();
    slot.push_str(start(text, TEXT));
}

/// Writes into a string what fits.
struct Cut<'a>(&'a mut String);

impl std::fmt::Write for Cut<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.push_str(start(text, TEXT - self.0.len().min(TEXT)));
        Ok(())
    }
}

impl std::fmt::Debug for Ring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ring").finish_non_exhaustive()
    }
}
