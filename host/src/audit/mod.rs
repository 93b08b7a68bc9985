//! Audit: a record of every decision about an effect. See [`Sink`].

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::policy::{By, Call};

/// One decision about one operation, made before the operation happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record<'a> {
    /// Counts the records of an app, from 1. A number that is missing is a record that was lost.
    pub sequence: u64,
    /// What the plugin was about to do, and to what.
    pub call: Call<'a>,
    /// What was decided.
    pub outcome: Outcome,
    /// Who decided.
    pub by: By,
    /// Why it was denied; empty if it was not.
    pub reason: &'a str,
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// The operation is about to happen.
    Allowed,
    /// The operation does not happen.
    Denied,
    /// The policy asked somebody; another record will say what came of it.
    Asked,
}

impl Outcome {
    /// Its name in records: `allowed`, `denied`, `asked`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Allowed => "allowed",
            Outcome::Denied => "denied",
            Outcome::Asked => "asked",
        }
    }
}

/// A place that keeps records. Set it with [`Host::with_audit`](crate::Host::with_audit).
pub trait Sink: Send + Sync + 'static {
    /// Keeps a record. Called before the operation happens, from the task of the plugin; must not
    /// block for long.
    ///
    /// # Errors
    ///
    /// The record could not be kept. An operation whose record is lost does not happen.
    fn record(&self, record: &Record<'_>) -> Result<(), Unrecorded>;
}

/// A record could not be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the audit record could not be kept")]
pub struct Unrecorded;

/// The sink of an app with its counter.
#[derive(Clone, Default)]
pub(crate) struct Audit {
    sink: Option<Arc<dyn Sink>>,
    sequence: Arc<AtomicU64>,
}

impl Audit {
    pub(crate) fn new(sink: Option<Arc<dyn Sink>>) -> Audit {
        Audit {
            sink,
            sequence: Arc::default(),
        }
    }

    pub(crate) fn is_on(&self) -> bool {
        self.sink.is_some()
    }

    /// The same sink, with records counted from 1 again.
    pub(crate) fn detached(&self) -> Audit {
        Audit::new(self.sink.clone())
    }

    pub(crate) fn record(
        &self,
        call: &Call<'_>,
        outcome: Outcome,
        by: By,
        reason: &str,
    ) -> Result<(), Unrecorded> {
        let Some(sink) = &self.sink else {
            return Ok(());
        };
        sink.record(&Record {
            sequence: self.sequence.fetch_add(1, Ordering::Relaxed) + 1,
            call: *call,
            outcome,
            by,
            reason,
        })
    }
}
