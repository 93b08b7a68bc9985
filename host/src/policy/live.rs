//! The policy of the moment.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::{AllowGranted, Call, Decision, Denial, Policy, Rules};
use crate::grants::Capability;

/// The policy in force, which can be exchanged, and the grants that were taken back. Both count
/// from the next operation of any plugin on; an operation that was decided before goes on.
///
/// Cheap to clone; the clones are one.
#[derive(Clone)]
pub struct Live {
    inner: Arc<Inner>,
}

struct Inner {
    policy: RwLock<Arc<dyn Policy>>,
    /// Whether `revoked` has anything.
    any_revoked: AtomicBool,
    /// By plugin.
    revoked: RwLock<BTreeMap<String, Vec<Capability>>>,
    /// Whether `rules` has anything.
    any_rules: AtomicBool,
    /// By plugin.
    rules: RwLock<BTreeMap<String, Rules>>,
}

impl Default for Live {
    fn default() -> Live {
        Live::new(Arc::new(AllowGranted))
    }
}

impl Live {
    /// A policy, with nothing revoked.
    #[must_use]
    pub fn new(policy: Arc<dyn Policy>) -> Live {
        Live {
            inner: Arc::new(Inner {
                policy: RwLock::new(policy),
                any_revoked: AtomicBool::new(false),
                revoked: RwLock::default(),
                any_rules: AtomicBool::new(false),
                rules: RwLock::default(),
            }),
        }
    }

    /// Puts another policy in its place.
    pub fn set(&self, policy: Arc<dyn Policy>) {
        *self
            .inner
            .policy
            .write()
            .unwrap_or_else(PoisonError::into_inner) = policy;
    }

    /// Takes a capability away from a plugin, whatever was granted, until it is [restored](Live::restore).
    pub fn revoke(&self, plugin: &str, capability: Capability) {
        let mut revoked = self.revoked_mut();
        let of_plugin = revoked.entry(plugin.to_string()).or_default();
        if !of_plugin.contains(&capability) {
            of_plugin.push(capability);
        }
        self.inner.any_revoked.store(true, Ordering::Release);
    }

    /// Gives a capability back that was [revoked](Live::revoke). Grants nothing new.
    pub fn restore(&self, plugin: &str, capability: Capability) {
        let mut revoked = self.revoked_mut();
        if let Some(of_plugin) = revoked.get_mut(plugin) {
            of_plugin.retain(|c| *c != capability);
            if of_plugin.is_empty() {
                revoked.remove(plugin);
            }
        }
        let any = !revoked.is_empty();
        self.inner.any_revoked.store(any, Ordering::Release);
    }

    /// Whether a capability of a plugin is revoked.
    #[must_use]
    pub fn is_revoked(&self, plugin: &str, capability: Capability) -> bool {
        if !self.inner.any_revoked.load(Ordering::Acquire) {
            return false;
        }
        let revoked = self.inner.revoked.read();
        let revoked = revoked.unwrap_or_else(PoisonError::into_inner);
        members(plugin).any(|plugin| {
            let of_plugin = revoked.get(plugin);
            of_plugin.is_some_and(|of_plugin| of_plugin.contains(&capability))
        })
    }

    /// Puts other rules in the place of those that a plugin has.
    pub fn set_rules(&self, plugin: &str, rules: Rules) {
        let mut all = self
            .inner
            .rules
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if rules.is_empty() {
            all.remove(plugin);
        } else {
            all.insert(plugin.to_string(), rules);
        }
        let any = !all.is_empty();
        self.inner.any_rules.store(any, Ordering::Release);
    }

    /// Why the rules deny an operation, if they do.
    pub(crate) fn ruled_out(&self, call: &Call<'_>) -> Option<Denial> {
        if !self.inner.any_rules.load(Ordering::Acquire) {
            return None;
        }
        let rules = self.inner.rules.read();
        let rules = rules.unwrap_or_else(PoisonError::into_inner);
        members(call.plugin).find_map(|plugin| rules.get(plugin)?.check(call))
    }

    fn revoked_mut(&self) -> std::sync::RwLockWriteGuard<'_, BTreeMap<String, Vec<Capability>>> {
        let revoked = self.inner.revoked.write();
        revoked.unwrap_or_else(PoisonError::into_inner)
    }

    /// The same policy, apart from this one from now on.
    pub(crate) fn detached(&self) -> Live {
        Live::new(self.policy())
    }

    pub(crate) fn policy(&self) -> Arc<dyn Policy> {
        let policy = self.inner.policy.read();
        policy.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn decide_now(&self, call: &Call<'_>) -> Option<Decision> {
        let policy = self.inner.policy.read();
        policy
            .unwrap_or_else(PoisonError::into_inner)
            .decide_now(call)
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").finish_non_exhaustive()
    }
}

/// The plugins behind a name: plugins that were fused share one, `a+b`.
fn members(plugin: &str) -> impl Iterator<Item = &str> {
    plugin.split('+')
}
