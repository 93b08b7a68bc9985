//! What every operation passes between its grant and its backend.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::{By, Call, Decision, Denial, Live, OnDenial, Operation, Rates, Target};
use crate::audit::{self, Audit, Outcome};
use crate::error::{Error, LimitKind};
use crate::instance::Identity;

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
        let verdict = match self.inner.live.decide_now(&call) {
            Some(decision) => self.settle(&call, decision).await,
            None => {
                let policy = self.inner.live.policy();
                let decision = policy.decide(&call).await;
                self.settle(&call, decision).await
            }
        };
        match verdict.and_then(|by| self.record(&call, Outcome::Allowed, by, "")) {
            Ok(()) => Ok(allowed),
            Err((by, denial)) => {
                self.refuse(operation, &call, by, &denial);
                Err(Refused::Policy(denial))
            }
        }
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
                question.answered().await.map(|()| By::Answer)
            }
        }
    }

    /// Records a denial, and sees to it that it is not overlooked.
    fn refuse(&self, operation: &Operation, call: &Call<'_>, by: By, denial: &Denial) {
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
