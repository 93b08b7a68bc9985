//! What a place to keep values can do.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Allowed, Grant};

/// Gives each plugin its storage area.
pub trait Storage: Send + Sync + 'static {
    /// Opens the area of `plugin`. Called once per plugin of an app.
    ///
    /// # Errors
    ///
    /// The area cannot be opened; the app does not load.
    fn open(&self, plugin: &str, grant: &Grant) -> Result<Arc<dyn Area>, Failure>;
}

/// The storage area of one plugin. Keys are ordered; the order changes only when a key is added or
/// removed.
#[async_trait]
pub trait Area: Send + Sync + 'static {
    /// The number of keys.
    async fn length(&self, allowed: Allowed) -> Result<u32, Failure>;
    /// The key at a position, counted from 0.
    async fn key(&self, allowed: Allowed, index: u32) -> Result<Option<String>, Failure>;
    /// The value of a key.
    async fn get(&self, allowed: Allowed, key: String) -> Result<Option<String>, Failure>;
    /// Sets a key, durably once this returns. Fails with [`Failure::Full`], and changes nothing, if
    /// the area would grow beyond [`Allowed::quota`].
    async fn set(&self, allowed: Allowed, key: String, value: String) -> Result<(), Failure>;
    /// Removes a key if it is there.
    async fn remove(&self, allowed: Allowed, key: String) -> Result<(), Failure>;
    /// Removes all keys.
    async fn clear(&self, allowed: Allowed) -> Result<(), Failure>;
}

/// Why a storage operation did not happen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The area has no room left.
    #[error("the storage area is full")]
    Full,
    /// The backend failed. The plugin is not told why.
    #[error("{0}")]
    Backend(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The size of an entry, as the quota counts it.
pub(crate) fn size(key: &str, value: &str) -> u64 {
    (key.len() as u64).saturating_add(value.len() as u64)
}
