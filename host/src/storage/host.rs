//! The host side of `outwit:storage/local-storage`.

use std::sync::Arc;

use super::{Allowed, Area, Denied, Failure, Grant, Sizes, operations};
use crate::bindings::outwit::storage::local_storage::{self, Error};
use crate::policy::{Gate, Operation, Pass, Refused, Target};

/// What one instance has of its storage area.
pub(crate) struct LocalStorage {
    pub(crate) gate: Gate,
    pub(crate) plugin: Arc<str>,
    pub(crate) grant: Option<Grant>,
    pub(crate) sizes: Sizes,
    pub(crate) area: Option<Arc<dyn Area>>,
}

impl LocalStorage {
    async fn allow(
        &self,
        operation: &Operation,
        target: Target<'_>,
        granted: Result<Allowed, Denied>,
    ) -> Result<(Pass<Allowed>, &dyn Area), Error> {
        let entered = self.gate.pass(operation, target, granted);
        let pass = entered.await.map_err(|refused| match refused {
            Refused::Grant(Denied::NotGranted) | Refused::Policy(_) => Error::NotAllowed,
            Refused::Grant(Denied::TooLarge { quota }) => Error::QuotaExceeded(quota),
        })?;
        let area = self.area.as_deref().ok_or(Error::NotAllowed)?;
        Ok((pass, area))
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
        let granted = Grant::check(self.grant.as_ref());
        let (pass, area) = self
            .allow(&operations::LENGTH, Target::None, granted)
            .await?;
        let result = area.length(pass.allowed).await;
        self.encode(pass.allowed, result)
    }

    async fn key(&mut self, index: u32) -> Result<Option<String>, Error> {
        let granted = Grant::check(self.grant.as_ref());
        let (pass, area) = self.allow(&operations::KEY, Target::None, granted).await?;
        let result = area.key(pass.allowed, index).await;
        self.encode(pass.allowed, result)
    }

    async fn get_item(&mut self, key: String) -> Result<Option<String>, Error> {
        let granted = Grant::check(self.grant.as_ref());
        let (pass, area) = self
            .allow(&operations::GET_ITEM, Target::Key(&key), granted)
            .await?;
        let result = area.get(pass.allowed, key).await;
        self.encode(pass.allowed, result)
    }

    async fn set_item(&mut self, key: String, value: String) -> Result<(), Error> {
        let granted = Grant::check_set(self.grant.as_ref(), self.sizes, &key, &value);
        let target = Target::Key(&key);
        let (pass, area) = self.allow(&operations::SET_ITEM, target, granted).await?;
        let result = area.set(pass.allowed, key, value).await;
        self.encode(pass.allowed, result)
    }

    async fn remove_item(&mut self, key: String) -> Result<(), Error> {
        let granted = Grant::check(self.grant.as_ref());
        let (pass, area) = self
            .allow(&operations::REMOVE_ITEM, Target::Key(&key), granted)
            .await?;
        let result = area.remove(pass.allowed, key).await;
        self.encode(pass.allowed, result)
    }

    async fn clear(&mut self) -> Result<(), Error> {
        let granted = Grant::check(self.grant.as_ref());
        let (pass, area) = self
            .allow(&operations::CLEAR, Target::None, granted)
            .await?;
        let result = area.clear(pass.allowed).await;
        self.encode(pass.allowed, result)
    }
}
