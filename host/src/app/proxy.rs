//! Resources of one instance that plugins in other stores have handles to.
//!
//! A plugin's handle to a resource of another is a *proxy*: an entry in the table of its own store, which
//! says in which instance the resource is and where. Nothing a plugin does reaches another entry. A
//! proxy names its instance, not the plugin: after a restart it fits nothing any more.

use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use wasmtime::component::ResourceAny;

use super::cell::Cell;
use super::pipe::Tally;
use super::plan::Kind;
use super::slab::{Key, Slab};
use crate::error::{Error, LimitKind, Result};

/// A resource, as others know it. Dropping it drops the resource.
pub(crate) struct Remote {
    /// The instance it is in.
    pub(crate) home: Arc<Cell>,
    key: Key,
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.home.drop_later(self.key);
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").finish_non_exhaustive()
    }
}

/// A handle of a plugin to a resource of another.
#[derive(Debug)]
pub(crate) enum Proxy {
    Own(Arc<Remote>),
    /// For the duration of a call.
    Lent(Arc<Remote>),
}

/// What the instance of a store has of other instances, and they of it.
pub(crate) struct Links {
    plugin: Arc<str>,
    /// The instance itself, if others can call it.
    home: Weak<Cell>,
    pub(crate) tally: Arc<Tally>,
    /// The most proxies.
    limit: u64,
    proxies: Slab<Proxy>,
    /// Resources of this instance that others have.
    given: Slab<ResourceAny>,
}

impl Default for Links {
    /// Of an instance that nobody is linked to, and without proxies.
    fn default() -> Links {
        Links::new(Arc::from(""), None, 0)
    }
}

impl Links {
    pub(crate) fn new(plugin: Arc<str>, home: Option<&Arc<Cell>>, limit: u64) -> Links {
        Links {
            plugin,
            tally: home.map(|cell| cell.tally.clone()).unwrap_or_default(),
            home: home.map(Arc::downgrade).unwrap_or_default(),
            limit,
            proxies: Slab::default(),
            given: Slab::default(),
        }
    }

    fn count(&self) {
        let Tally { proxies, owned, .. } = &*self.tally;
        proxies.store(self.proxies.len(), Ordering::Relaxed);
        owned.store(self.given.len(), Ordering::Relaxed);
    }

    /// Makes a resource of this instance known to others.
    pub(crate) fn give(&mut self, resource: ResourceAny, _: Kind) -> Result<Arc<Remote>> {
        let home = self.home.upgrade().ok_or_else(|| self.stale())?;
        let key = self.given.insert(resource).ok_or_else(|| self.full())?;
        self.count();
        Ok(Arc::new(Remote { home, key }))
    }

    /// Whether a resource is in this instance.
    ///
    /// # Errors
    ///
    /// If it is in another instance of the same plugin.
    pub(crate) fn is_home_of(&self, remote: &Remote) -> Result<bool> {
        if std::ptr::eq(Arc::as_ptr(&remote.home), self.home.as_ptr()) {
            return Ok(true);
        }
        if *remote.home.plugin() == *self.plugin {
            return Err(self.stale());
        }
        Ok(false)
    }

    /// A resource of this instance that another has a handle to.
    pub(crate) fn own(&self, remote: &Remote) -> Result<ResourceAny> {
        self.given
            .get(remote.key)
            .copied()
            .ok_or_else(|| self.stale())
    }

    /// A resource of this instance that comes back to it.
    pub(crate) fn take_back(&mut self, remote: &Remote) -> Result<ResourceAny> {
        let resource = self.given.remove(remote.key);
        self.count();
        resource.ok_or_else(|| self.stale())
    }

    /// A resource of this instance that nobody has any more.
    pub(crate) fn dropped(&mut self, key: Key) -> Option<ResourceAny> {
        let resource = self.given.remove(key);
        self.count();
        resource
    }

    /// Whether there may be one more end of a stream or future that leads to another plugin. There may be
    /// as many as proxies.
    pub(crate) fn check_pipes(&self) -> Result<()> {
        let used = self.tally.pipes.load(Ordering::Relaxed);
        self.check(u64::try_from(used).unwrap_or(u64::MAX))
    }

    fn check(&self, used: u64) -> Result<()> {
        if used < self.limit {
            return Ok(());
        }
        Err(Error::Limit {
            plugin: self.plugin.to_string(),
            limit: LimitKind::Handles,
            used: used.saturating_add(1),
            allowed: self.limit,
        })
    }

    /// Puts a proxy into the table.
    pub(crate) fn put(&mut self, proxy: Proxy) -> Result<u32> {
        self.check(u64::try_from(self.proxies.len()).unwrap_or(u64::MAX))?;
        let key = self.proxies.insert(proxy).ok_or_else(|| self.full())?;
        self.count();
        Ok(key.at)
    }

    /// Takes a proxy out of the table.
    pub(crate) fn take(&mut self, rep: u32) -> Option<Proxy> {
        let proxy = self.proxies.remove_at(rep);
        self.count();
        proxy
    }

    /// The resource a proxy stands for.
    pub(crate) fn get(&self, rep: u32) -> Option<Arc<Remote>> {
        match self.proxies.get_at(rep)? {
            Proxy::Own(remote) | Proxy::Lent(remote) => Some(remote.clone()),
        }
    }

    fn stale(&self) -> Error {
        Error::StaleResource {
            plugin: self.plugin.to_string(),
        }
    }

    fn full(&self) -> Error {
        Error::Limit {
            plugin: self.plugin.to_string(),
            limit: LimitKind::Handles,
            used: u64::from(u32::MAX),
            allowed: u64::from(u32::MAX),
        }
    }
}
