//! The host side of `outwit:crypto/entropy`.

use std::sync::Arc;

use super::{Denied, Entropy, Grant, MAX_BYTES, operations};
use crate::bindings::outwit::crypto::entropy;
use crate::policy::{Gate, Refused, Target};

/// What one instance has of randomness.
pub(crate) struct Crypto {
    pub(crate) gate: Gate,
    pub(crate) plugin: Arc<str>,
    pub(crate) grant: Option<Grant>,
    pub(crate) entropy: Option<Arc<dyn Entropy>>,
}

impl entropy::Host for Crypto {
    async fn get_random_bytes(&mut self, length: u32) -> Result<Vec<u8>, entropy::Error> {
        let granted = Grant::check(self.grant.as_ref(), length);
        let target = Target::Bytes(length.into());
        let entered = self
            .gate
            .pass(&operations::GET_RANDOM_BYTES, target, granted);
        let pass = entered.await.map_err(|refused| match refused {
            Refused::Grant(Denied::NotGranted) | Refused::Policy(_) => entropy::Error::NotAllowed,
            Refused::Grant(Denied::TooMuch) => entropy::Error::QuotaExceeded(MAX_BYTES),
        })?;
        let source = self.entropy.as_ref().ok_or(entropy::Error::NotAllowed)?;
        let mut bytes = vec![0; pass.allowed.length()];
        source.fill(&mut bytes).map_err(|e| {
            tracing::error!(plugin = %self.plugin, error = %e, "the source of randomness failed");
            entropy::Error::Other("the host's source of randomness failed".to_string())
        })?;
        Ok(bytes)
    }
}
