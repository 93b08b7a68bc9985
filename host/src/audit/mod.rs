//! Audit: a record of every decision about an effect. See [`Sink`].

mod lines;
mod redact;
mod ring;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::policy::{By, Call};

#[cfg(fuzzing)]
pub(crate) use lines::push_record;
pub use lines::{Durability, JsonLines, JsonLinesBuilder};
pub use ring::{Entry, Ring};

/// One decision about one operation, made before the operation happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record<'a> {
    /// Counts the records of an app, from 1. A number that is missing is a record that was lost.
    pub sequence: u64,
    /// What the plugin was about to do, and to what. Secrets in the target are replaced; see
    /// [`Host::with_secrets`](crate::Host::with_secrets).
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
///
/// There are three: [`JsonLines`] for files, [`Ring`] for memory, [`Tracing`] for whoever listens to
/// `tracing`; [`Tee`] is two of them.
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

/// Hands records to `tracing`, as events of the target `outwit::audit`: denials as warnings, the rest
/// as `info`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tracing;

impl Sink for Tracing {
    fn record(&self, record: &Record<'_>) -> Result<(), Unrecorded> {
        let Record {
            sequence,
            call,
            outcome,
            by,
            reason,
        } = record;
        macro_rules! event {
            ($level:expr) => {
                tracing::event!(
                    target: "outwit::audit",
                    $level,
                    sequence,
                    plugin = call.plugin,
                    capability = call.capability.name(),
                    interface = call.interface,
                    function = call.function,
                    // Debug, so that line breaks and the like are escaped.
                    target = ?call.target,
                    outcome = outcome.name(),
                    by = by.name(),
                    reason,
                )
            };
        }
        match outcome {
            Outcome::Denied => event!(tracing::Level::WARN),
            Outcome::Allowed | Outcome::Asked => event!(tracing::Level::INFO),
        }
        Ok(())
    }
}

/// Two sinks. A record is kept if both keep it.
#[derive(Debug, Clone)]
pub struct Tee<A, B>(pub A, pub B);

impl<A: Sink, B: Sink> Sink for Tee<A, B> {
    fn record(&self, record: &Record<'_>) -> Result<(), Unrecorded> {
        let first = self.0.record(record);
        self.1.record(record).and(first)
    }
}

impl<S: Sink> Sink for Arc<S> {
    fn record(&self, record: &Record<'_>) -> Result<(), Unrecorded> {
        (**self).record(record)
    }
}

/// The sink of an app with its counter.
#[derive(Clone, Default)]
pub(crate) struct Audit {
    sink: Option<Arc<dyn Sink>>,
    secrets: Arc<[String]>,
    sequence: Arc<AtomicU64>,
}

impl Audit {
    pub(crate) fn with_sink(self, sink: Arc<dyn Sink>) -> Audit {
        Audit {
            sink: Some(sink),
            ..self
        }
    }

    pub(crate) fn with_secrets(self, secrets: impl IntoIterator<Item = String>) -> Audit {
        let secrets = self.secrets.iter().cloned().chain(secrets);
        Audit {
            // The empty text is in every text.
            secrets: secrets.filter(|secret| !secret.is_empty()).collect(),
            ..self
        }
    }

    pub(crate) fn is_on(&self) -> bool {
        self.sink.is_some()
    }

    /// The same sink, with records counted from 1 again.
    pub(crate) fn detached(&self) -> Audit {
        Audit {
            sequence: Arc::default(),
            ..self.clone()
        }
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
        let redacted = redact::target(call.target, &self.secrets);
        let mut call = *call;
        if let Some(redacted) = &redacted {
            call.target = redacted.as_target();
        }
        sink.record(&Record {
            sequence: self.sequence.fetch_add(1, Ordering::Relaxed) + 1,
            call,
            outcome,
            by,
            reason,
        })
    }
}
