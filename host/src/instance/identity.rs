//! Whose name is on what an instance does.

use std::sync::Arc;

use crate::grants::Capability;
use crate::plugin::Plugin;

/// Whose name is on what an instance does. For plugins that were fused, each capability belongs to
/// the one that imports it.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// In errors.
    pub(crate) plugin: Arc<str>,
    /// In front of printed messages.
    pub(crate) console: Arc<str>,
    /// On the storage area.
    pub(crate) storage: Arc<str>,
    /// On requests.
    pub(crate) fetch: Arc<str>,
    /// On WebSockets.
    pub(crate) websocket: Arc<str>,
    /// On the buckets.
    pub(crate) keyvalue: Arc<str>,
    /// On the locks.
    pub(crate) locks: Arc<str>,
    /// On messages.
    pub(crate) messaging: Arc<str>,
    /// As the name of the program.
    pub(crate) cli: Arc<str>,
}

impl Identity {
    pub(crate) fn of(plugin: &Plugin) -> Identity {
        Identity::named(plugin.name())
    }

    pub(crate) fn named(name: &str) -> Identity {
        let name: Arc<str> = name.into();
        Identity {
            plugin: name.clone(),
            console: name.clone(),
            storage: name.clone(),
            fetch: name.clone(),
            websocket: name.clone(),
            keyvalue: name.clone(),
            locks: name.clone(),
            messaging: name.clone(),
            cli: name,
        }
    }

    /// Whose name is on what is done with a capability.
    pub(crate) fn owner(&self, capability: Capability) -> &str {
        match capability {
            Capability::Console => &self.console,
            Capability::Storage => &self.storage,
            Capability::Fetch => &self.fetch,
            Capability::WebSocket => &self.websocket,
            Capability::Keyvalue => &self.keyvalue,
            Capability::Locks => &self.locks,
            Capability::Messaging => &self.messaging,
            Capability::Cli => &self.cli,
            _ => &self.plugin,
        }
    }
}
