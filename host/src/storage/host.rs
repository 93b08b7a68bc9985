//! The host side of `outwit:storage/local-storage`.

use std::sync::Arc;

use super::{Allowed, Area, Denied, Failure, Grant};
use crate::bindings::outwit::storage::local_storage::{self, Error};

/// What one instance has of its storage area.
pub(crate) struct LocalStorage {
    pub(crate) plugin: Arc<str>,
    pub(crate) grant: Option<Grant>,
    pub(crate) area: Option<Arc<dyn Area>>,
}

impl LocalStorage {
    fn allow(&self, decision: Result<Allowed, Denied>) -> Result<(Allowed, &dyn Area), Error> {
        let allowed = decision.map_err(|denied| match denied {
            Denied::NotGranted => Error::NotAllowed,
            Denied::TooLarge { quota } => Error::QuotaExceeded(quota),
        })?;
        let area = self.area.as_deref().ok_or(Error::NotAllowed)?;
        Ok((allowed, area))
    }

    fn encode<T>(&self, allowed: Allowed, result: Result<T, Failure>) -> Result<T, Error> {
        result.map_err(|failure| match failure {
            Failure::Full => Error::QuotaExceeded(allowed.quota()),
            Failure::Backend(e) => {
                // The reason may name paths of the host, which are not the plugin's business.
                tracing::error!(plugin = %self.plugin, error = %e, "storage failed");
                Error::Other("the host's storage failed".to_string())
            }
        })
    }
}

impl local_storage::Host for LocalStorage {
    async fn length(&mut self) -> Result<u32, Error> {
        let (allowed, area) = self.allow(Grant::check(self.grant.as_ref()))?;
        let result = area.length(allowed).await;
        self.encode(allowed, result)
    }

    async fn key(&mut self, index: u32) -> Result<Option<String>, Error> {
        let (allowed, area) = self.allow(Grant::check(self.grant.as_ref()))?;
        let result = area.key(allowed, index).await;
        self.encode(allowed, result)
    }

    async fn get_item(&mut self, key: String) -> Result<Option<String>, Error> {
        let (allowed, area) = self.allow(Grant::check(self.grant.as_ref()))?;
        let result = area.get(allowed, key).await;
        self.encode(allowed, result)
    }

    async fn set_item(&mut self, key: String, value: String) -> Result<(), Error> {
        let decision = Grant::check_set(self.grant.as_ref(), &key, &value);
        let (allowed, area) = self.allow(decision)?;
        let result = area.set(allowed, key, value).await;
        self.encode(allowed, result)
    }

    async fn remove_item(&mut self, key: String) -> Result<(), Error> {
        let (allowed, area) = self.allow(Grant::check(self.grant.as_ref()))?;
        let result = area.remove(allowed, key).await;
        self.encode(allowed, result)
    }

    async fn clear(&mut self) -> Result<(), Error> {
        let (allowed, area) = self.allow(Grant::check(self.grant.as_ref()))?;
        let result = area.clear(allowed).await;
        self.encode(allowed, result)
    }
}
