//! What an app gives its plugins.

use std::collections::BTreeMap;

use super::Lifecycle;
use crate::grants::Grants;
use crate::limits::Limits;
use crate::policy;

/// How plugins that call each other are linked. Both give the same results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum LinkMode {
    /// Each plugin is an instance of its own; calls are carried from one to the other. A fault ends
    /// the instances that took part in the call and no other.
    #[default]
    Trampoline,
    /// Plugins that are linked become one component and one instance. Calls between them are fast;
    /// faults and limits are shared, and errors name the whole group, `a+b`.
    Fused,
}

/// What an app gives one of its plugins.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct PluginConfig {
    /// What it may do. By default nothing.
    pub grants: Grants,
    /// How much it may use.
    pub limits: Limits,
    /// Which plugin provides an interface it imports, for those that several plugins export.
    pub links: BTreeMap<String, String>,
    /// When its instances start and end.
    pub lifecycle: Lifecycle,
    /// What it may do with what was granted to it. By default everything.
    pub rules: policy::Rules,
}

impl PluginConfig {
    /// Nothing granted, default limits.
    #[must_use]
    pub fn new() -> PluginConfig {
        PluginConfig::default()
    }

    /// Sets what it may do.
    #[must_use]
    pub fn grants(mut self, grants: Grants) -> PluginConfig {
        self.grants = grants;
        self
    }

    /// Sets how much it may use.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> PluginConfig {
        self.limits = limits;
        self
    }

    /// Sets when its instances start and end.
    #[must_use]
    pub fn lifecycle(mut self, lifecycle: Lifecycle) -> PluginConfig {
        self.lifecycle = lifecycle;
        self
    }

    /// Sets what it may do with what was granted to it.
    #[must_use]
    pub fn rules(mut self, rules: policy::Rules) -> PluginConfig {
        self.rules = rules;
        self
    }

    /// Chooses the plugin that provides an interface.
    #[must_use]
    pub fn link(
        mut self,
        interface: impl Into<String>,
        provider: impl Into<String>,
    ) -> PluginConfig {
        self.links.insert(interface.into(), provider.into());
        self
    }
}
