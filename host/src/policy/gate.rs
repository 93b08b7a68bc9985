//! What every operation passes between its grant and its backend.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::{By, Call, Decision, Denial, Live, OnDenial, Operation, Rates, Target};
use crate::audit::{self, Audit, Outcome};
use crate::error::{Error, LimitKind};
use crate::instance::Identity;
use crate::metrics::Counters;

/// The gate of one instance. Cheap to clone; the clones are one.
#[derive(Clone)]
pub(crate) struct Gate {
    inner: Arc<Inner>,
}

struct Inner {
    identity: Identity,
    live: Live,
    audit: Audit,
    /// Whether `fault` has an error.
    faulty: AtomicBool,
    /// Why the call has to end.
    fault: Mutex<Option<Error>>,
    /// Operations that are allowed in a call.
    host_calls: u64,
    /// Operations of this call.
    used: AtomicU64,
    rates: Arc<Rates>,
    counters: Counters,
    /// How long questions took.
    asked: Mutex<Asked>,
}

#[derive(Default)]
struct Asked {
    total: Duration,
    /// The questions that are open, and since when there are any.
    open: u32,
    since: Option<Instant>,
}

/// An operation that was allowed. It is over when this is dropped.
pub(crate) struct Pass<A> {
    pub(crate) allowed: A,
    _timer: Timer,
}

/// The span of an operation, with how long it took.
struct Timer {
    span: tracing::Span,
    started: Option<Instant>,
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some(started) = self.started {
            let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.span.record("duration_us", micros);
        }
    }
}

/// Why an operation does not happen.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused<D> {
    /// The grant says so.
    Grant(D),
    /// The policy says so, or somebody it asked, or a limit. Recorded, and where the interface has no
    /// error for it ([`OnDenial::Ends`]), the call ends when this operation returns, whatever it
    /// returns.
    Policy(Denial),
}

impl Gate {
    pub(crate) fn new(
        identity: Identity,
        live: Live,
        audit: Audit,
        host_calls: u64,
        rates: Arc<Rates>,
        counters: Counters,
    ) -> Gate {
        Gate {
            inner: Arc::new(Inner {
                identity,
                live,
                audit,
                faulty: AtomicBool::new(false),
                fault: Mutex::new(None),
                host_calls,
                used: AtomicU64::new(0),
                rates,
                counters,
                asked: Mutex::default(),
            }),
        }
    }

    /// Asks whether an operation may happen: `granted` is what its grant says, then the policy
    /// decides, then the decision is recorded. What the grant gave is given back.
    ///
    /// Called by `host.rs` of each capability after decoding and before anything else.
    pub(crate) async fn enter<A, D>(
        &self,
        operation: &Operation,
        target: Target<'_>,
        granted: Result<A, D>,
    ) -> Result<A, Refused<D>> {
        let call = self.call(operation, target);
        let allowed = match granted {
            Ok(allowed) => allowed,
            Err(denied) => {
                let denial = Denial::new("the grant does not allow it");
                self.refuse(operation, &call, By::Grant, &denial);
                return Err(Refused::Grant(denied));
            }
        };
        if let Err(denial) = self.count(&call) {
            self.refuse(operation, &call, By::Limit, &denial);
            return Err(Refused::Policy(denial));
        }
        if let OnDenial::NotAsked(_) = operation.on_denial {
            return Ok(allowed);
        }
        if self.inner.live.is_revoked(call.plugin, call.capability) {
            let denial = Denial::new("the capability is revoked");
            self.refuse(operation, &call, By::Revoked, &denial);
            return Err(Refused::Policy(denial));
        }
        if let Some(denial) = self.inner.live.ruled_out(&call) {
            self.refuse(operation, &call, By::Rule, &denial);
            return Err(Refused::Policy(denial));
        }
        let verdict = match self.inner.live.decide_now(&call) {
            Some(decision) => self.settle(&call, decision).await,
            None => {
                let policy = self.inner.live.policy();
                let decision = policy.decide(&call).await;
                self.settle(&call, decision).await
            }
        };
        match verdict.and_then(|by| self.record(&call, Outcome::Allowed, by, "")) {
            Ok(()) => {
                self.inner.counters.operation(operation, true);
                Ok(allowed)
            }
            Err((by, denial)) => {
                self.refuse(operation, &call, by, &denial);
                Err(Refused::Policy(denial))
            }
        }
    }

    /// As [`Gate::enter`], for an operation that takes time: it is a span of `tracing` until the pass is
    /// dropped.
    pub(crate) async fn pass<A, D>(
        &self,
        operation: &Operation,
        target: Target<'_>,
        granted: Result<A, D>,
    ) -> Result<Pass<A>, Refused<D>> {
        let span = tracing::debug_span!(
            target: "outwit::operation",
            "operation",
            plugin = self.inner.identity.owner(operation.capability),
            interface = operation.interface,
            function = operation.function,
            outcome = tracing::field::Empty,
            duration_us = tracing::field::Empty,
        );
        let timer = Timer {
            // The clock is read only if somebody listens.
            started: (!span.is_disabled()).then(Instant::now),
            span,
        };
        let entered = self.enter(operation, target, granted).await;
        let outcome = if entered.is_ok() { "allowed" } else { "denied" };
        timer.span.record("outcome", outcome);
        Ok(Pass {
            allowed: entered?,
            _timer: timer,
        })
    }

    /// Somebody is asked something, until what this gives is dropped.
    pub(crate) fn open(&self) -> Open<'_> {
        Open::new(self)
    }

    /// How long questions took and take so far.
    pub(crate) fn asked(&self) -> Duration {
        let asked = self.asked_mut();
        let open = asked.since.map_or(Duration::ZERO, |since| since.elapsed());
        asked.total.saturating_add(open)
    }

    fn asked_mut(&self) -> MutexGuard<'_, Asked> {
        let asked = self.inner.asked.lock();
        asked.unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an operation. Over the limit the call of the plugin ends.
    fn count(&self, call: &Call<'_>) -> Result<(), Denial> {
        let over = |limit, used, allowed| {
            self.over(limit, used, allowed);
            Err(Denial::new("the plugin is over its limit"))
        };
        let used = self.inner.used.fetch_add(1, Ordering::Relaxed) + 1;
        if used > self.inner.host_calls {
            return over(LimitKind::HostCalls, used, self.inner.host_calls);
        }
        match self.inner.rates.over(call.capability) {
            Some(allowed) => over(LimitKind::Rate, allowed.saturating_add(1), allowed),
            None => Ok(()),
        }
    }

    /// Counts a call of a function of the application. Over the limit the call of the plugin ends.
    pub(crate) fn count_foreign(&self) -> Result<(), Error> {
        let used = self.inner.used.fetch_add(1, Ordering::Relaxed) + 1;
        if used <= self.inner.host_calls {
            return Ok(());
        }
        Err(Error::Limit {
            plugin: self.inner.identity.plugin.to_string(),
            limit: LimitKind::HostCalls,
            used,
            allowed: self.inner.host_calls,
        })
    }

    fn call<'a>(&'a self, operation: &Operation, target: Target<'a>) -> Call<'a> {
        let Operation {
            capability,
            interface,
            function,
            ..
        } = *operation;
        Call {
            plugin: self.inner.identity.owner(capability),
            capability,
            interface,
            function,
            target,
        }
    }

    /// Who allowed it, or who denied it and why.
    async fn settle(&self, call: &Call<'_>, decision: Decision) -> Result<By, (By, Denial)> {
        match decision {
            Decision::Allow => Ok(By::Policy),
            Decision::Deny(denial) => Err((By::Policy, denial)),
            Decision::Ask(question) => {
                self.record(call, Outcome::Asked, By::Policy, "")?;
                let _open = Open::new(self);
                question.answered().await.map(|()| By::Answer)
            }
        }
    }

    /// Records a denial, and sees to it that it is not overlooked.
    fn refuse(&self, operation: &Operation, call: &Call<'_>, by: By, denial: &Denial) {
        self.inner.counters.operation(operation, false);
        // A denial that cannot be recorded is still a denial.
        let _ = self.record(call, Outcome::Denied, by, denial.reason());
        if operation.on_denial == OnDenial::Ends {
            self.end_call(Error::Denied {
                plugin: call.plugin.to_string(),
                operation: format!("{}.{}", call.interface, call.function),
                reason: denial.reason().to_string(),
            });
        }
    }

    fn record(
        &self,
        call: &Call<'_>,
        outcome: Outcome,
        by: By,
        reason: &str,
    ) -> Result<(), (By, Denial)> {
        self.inner
            .audit
            .record(call, outcome, by, reason)
            .map_err(|audit::Unrecorded| {
                let denial = Denial::new("the audit record could not be written");
                (By::Audit, denial)
            })
    }

    /// Ends the call of the plugin with this error as soon as control would come back to the plugin.
    pub(crate) fn end_call(&self, error: Error) {
        let mut fault = self
            .inner
            .fault
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        fault.get_or_insert(error);
        self.inner.faulty.store(true, Ordering::Release);
    }

    /// Ends the call because the plugin uses more than it may.
    pub(crate) fn over(&self, limit: LimitKind, used: u64, allowed: u64) {
        self.end_call(Error::Limit {
            plugin: self.inner.identity.plugin.to_string(),
            limit,
            used,
            allowed,
        });
    }

    /// Why the call has to end, once.
    pub(crate) fn fault(&self) -> Option<Error> {
        if !self.inner.faulty.load(Ordering::Acquire) {
            return None;
        }
        let mut fault = self
            .inner
            .fault
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        fault.take()
    }

    /// Starts counting anew.
    pub(crate) fn begin_call(&self) {
        self.inner.used.store(0, Ordering::Relaxed);
    }
}

/// A question that is open until this is dropped.
pub(crate) struct Open<'a>(&'a Gate);

impl Open<'_> {
    fn new(gate: &Gate) -> Open<'_> {
        let mut asked = gate.asked_mut();
        asked.open += 1;
        asked.since.get_or_insert_with(Instant::now);
        Open(gate)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        let mut asked = self.0.asked_mut();
        asked.open -= 1;
        if asked.open == 0
            && let Some(since) = asked.since.take()
        {
            asked.total = asked.total.saturating_add(since.elapsed());
        }
    }
}
