//! What a place that keeps buckets can do.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Allowed, Grant};

/// Gives each plugin its buckets.
pub trait KeyValue: Send + Sync + 'static {
    /// Opens the buckets of `plugin`. Called once per plugin of an app.
    ///
    /// # Errors
    ///
    /// They cannot be opened; the app does not load.
    fn open(&self, plugin: &str, grant: &Grant) -> Result<Arc<dyn Buckets>, Failure>;
}

/// Which keys to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Range {
    /// Only keys that begin with this.
    pub prefix: String,
    /// Only keys after this one.
    pub after: Option<String>,
    /// At most so many keys.
    pub limit: usize,
    /// No more keys once they and their values have so many bytes; but one at least.
    pub bytes: usize,
}

/// What a key must hold for changes to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// The key.
    pub key: String,
    /// The value it must have; none if it must not be there.
    pub value: Option<Vec<u8>>,
}

/// A change of one key: the value it gets, none to remove it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The key.
    pub key: String,
    /// The value.
    pub value: Option<Vec<u8>>,
}

/// The buckets of one plugin. A name or a key is any text, and means nothing but itself. Keys are in the order of their bytes.
#[async_trait]
pub trait Buckets: Send + Sync + 'static {
    /// The value of a key.
    async fn get(
        &self,
        allowed: Allowed,
        bucket: String,
        key: String,
    ) -> Result<Option<Vec<u8>>, Failure>;
    /// The keys of a range.
    async fn keys(
        &self,
        allowed: Allowed,
        bucket: String,
        range: Range,
    ) -> Result<Vec<String>, Failure>;
    /// The keys of a range, with their values.
    async fn entries(
        &self,
        allowed: Allowed,
        bucket: String,
        range: Range,
    ) -> Result<Vec<(String, Vec<u8>)>, Failure>;
    /// Makes all changes, durably once this returns, if all expectations hold; says whether they did. Fails, and changes
    /// nothing, with [`Failure::Full`] if the bucket would grow beyond [`Allowed::quota`], and with [`Failure::Buckets`] if it would be one
    /// more than [`Allowed::buckets`].
    async fn commit(
        &self,
        allowed: Allowed,
        bucket: String,
        expectations: Vec<Expectation>,
        changes: Vec<Change>,
    ) -> Result<bool, Failure>;
    /// The names of the buckets that hold something.
    async fn buckets(&self, allowed: Allowed) -> Result<Vec<String>, Failure>;
    /// Removes a bucket and all that it holds.
    async fn remove(&self, allowed: Allowed, bucket: String) -> Result<(), Failure>;
}

/// Why an operation on a bucket did not happen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The bucket has no room left.
    #[error("the bucket is full")]
    Full,
    /// There are too many buckets.
    #[error("there are too many buckets")]
    Buckets,
    /// The backend failed. The plugin is not told why.
    #[error("{0}")]
    Backend(#[source] Box<dyn std::error::Error + Send + Sync>),
}
