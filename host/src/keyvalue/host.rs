//! The host side of `outwit:keyvalue/store`.

use std::sync::Arc;

use wasmtime::component::{Accessor, HasSelf, Resource, ResourceTable};

use super::grant::{MAX_KEY, MAX_NAME, MAX_VALUE};
use super::{Allowed, Buckets, Denied, Failure, Grant, operations};
use crate::bindings::outwit::keyvalue::store::{self as wit, Entry, Error};
use crate::policy::{Gate, Operation, Refused, Target};

/// The most keys that one call lists.
const MAX_LISTED: usize = 10_000;
/// No more keys and values once they have so many bytes: the host copies them for the plugin.
const MAX_LISTED_BYTES: usize = 2 << 20;

/// A bucket that a plugin has opened.
#[derive(Debug, Clone)]
pub struct Bucket {
    name: String,
}

/// What one instance has of its buckets.
pub(crate) struct KeyValueStore {
    gate: Gate,
    plugin: Arc<str>,
    grant: Option<Grant>,
    buckets: Option<Arc<dyn Buckets>>,
    open: ResourceTable,
}

/// What an operation needs of the store.
struct Means {
    gate: Gate,
    plugin: Arc<str>,
    grant: Option<Grant>,
    buckets: Option<Arc<dyn Buckets>>,
}

impl KeyValueStore {
    pub(crate) fn new(
        gate: Gate,
        plugin: Arc<str>,
        grant: Option<Grant>,
        buckets: Option<Arc<dyn Buckets>>,
        handles: u64,
    ) -> KeyValueStore {
        let mut open = ResourceTable::new();
        open.set_max_capacity(usize::try_from(handles).unwrap_or(usize::MAX));
        KeyValueStore {
            gate,
            plugin,
            grant,
            buckets,
            open,
        }
    }

    fn means(&self) -> Means {
        Means {
            gate: self.gate.clone(),
            plugin: self.plugin.clone(),
            grant: self.grant.clone(),
            buckets: self.buckets.clone(),
        }
    }
}

impl Means {
    async fn allow(
        &self,
        operation: &Operation,
        target: Target<'_>,
        granted: Result<Allowed, Denied>,
    ) -> Result<(Allowed, &dyn Buckets), Error> {
        let entered = self.gate.enter(operation, target, granted);
        let allowed = entered.await.map_err(|refused| match refused {
            Refused::Grant(Denied::NotGranted) | Refused::Policy(_) => Error::NotAllowed,
            Refused::Grant(Denied::BadName) => Error::BadName(MAX_NAME),
            Refused::Grant(Denied::LongKey) => Error::KeyTooLong(MAX_KEY),
            Refused::Grant(Denied::LongValue) => Error::ValueTooLong(MAX_VALUE),
        })?;
        let buckets = self.buckets.as_deref().ok_or(Error::NotAllowed)?;
        Ok((allowed, buckets))
    }

    fn encode<T>(&self, allowed: Allowed, result: Result<T, Failure>) -> Result<T, Error> {
        result.map_err(|failure| match failure {
            Failure::Full => Error::QuotaExceeded(allowed.quota()),
            Failure::Buckets => Error::TooManyBuckets(allowed.buckets()),
            Failure::Backend(e) => {
                // The reason may name paths of the host, which are not the plugin's business.
                tracing::error!(plugin = %self.plugin, error = %e, "the key-value store failed");
                Error::Other("the host's key-value store failed".to_string())
            }
        })
    }

    async fn commit(
        &self,
        operation: &Operation,
        bucket: Bucket,
        expectations: Vec<wit::Expectation>,
        changes: Vec<wit::Change>,
    ) -> Result<bool, Error> {
        let expectations: Vec<_> = expectations.into_iter().map(expectation).collect();
        let changes: Vec<_> = changes.into_iter().map(change).collect();
        let sizes = changes
            .iter()
            .map(|c| (c.key.as_str(), c.value.as_ref().map_or(0, Vec::len)))
            .chain(expectations.iter().map(|e| (e.key.as_str(), 0)));
        let granted = Grant::check_sizes(self.grant.as_ref(), sizes);
        let key = changes.first().map(|c| c.key.as_str());
        let target = match (key, changes.len()) {
            (Some(key), 1) => Target::Key(key),
            _ => Target::Name(&bucket.name),
        };
        let (allowed, buckets) = self.allow(operation, target, granted).await?;
        let result = buckets
            .commit(allowed, bucket.name.clone(), expectations, changes)
            .await;
        self.encode(allowed, result)
    }
}

fn change(change: wit::Change) -> super::Change {
    match change {
        wit::Change::Set(Entry { key, value }) => super::Change {
            key,
            value: Some(value),
        },
        wit::Change::Delete(key) => super::Change { key, value: None },
    }
}

fn expectation(wit::Expectation { key, value }: wit::Expectation) -> super::Expectation {
    super::Expectation { key, value }
}

fn range(
    wit::Range {
        prefix,
        after,
        limit,
    }: wit::Range,
) -> super::Range {
    super::Range {
        prefix,
        after,
        limit: (limit as usize).min(MAX_LISTED),
        bytes: MAX_LISTED_BYTES,
    }
}

fn begin<T>(
    accessor: &Accessor<T, HasSelf<KeyValueStore>>,
    bucket: &Resource<Bucket>,
) -> wasmtime::Result<(Means, Bucket)> {
    accessor.with(|mut view| {
        let store = view.get();
        Ok((store.means(), store.open.get(bucket)?.clone()))
    })
}

impl wit::Host for KeyValueStore {}

impl wit::HostBucket for KeyValueStore {
    async fn drop(&mut self, bucket: Resource<Bucket>) -> wasmtime::Result<()> {
        self.open.delete(bucket)?;
        Ok(())
    }
}

type Answer<T> = wasmtime::Result<Result<T, Error>>;

impl<T> wit::HostBucketWithStore<T> for HasSelf<KeyValueStore> {
    async fn get(
        accessor: &Accessor<T, Self>,
        bucket: Resource<Bucket>,
        key: String,
    ) -> Answer<Option<Vec<u8>>> {
        let (means, bucket) = begin(accessor, &bucket)?;
        let get = async || {
            let granted = Grant::check_sizes(means.grant.as_ref(), [(key.as_str(), 0)]);
            let target = Target::Key(&key);
            let (allowed, buckets) = means.allow(&operations::GET, target, granted).await?;
            let result = buckets.get(allowed, bucket.name.clone(), key.clone()).await;
            means.encode(allowed, result)
        };
        Ok(get().await)
    }

    async fn set(
        accessor: &Accessor<T, Self>,
        bucket: Resource<Bucket>,
        key: String,
        value: Vec<u8>,
    ) -> Answer<()> {
        let (means, bucket) = begin(accessor, &bucket)?;
        let changes = vec![wit::Change::Set(Entry { key, value })];
        let result = means
            .commit(&operations::SET, bucket, Vec::new(), changes)
            .await;
        Ok(result.map(|_| ()))
    }

    async fn delete(
        accessor: &Accessor<T, Self>,
        bucket: Resource<Bucket>,
        key: String,
    ) -> Answer<()> {
        let (means, bucket) = begin(accessor, &bucket)?;
        let changes = vec![wit::Change::Delete(key)];
        let result = means
            .commit(&operations::DELETE, bucket, Vec::new(), changes)
            .await;
        Ok(result.map(|_| ()))
    }

    async fn keys(
        accessor: &Accessor<T, Self>,
        bucket: Resource<Bucket>,
        asked: wit::Range,
    ) -> Answer<Vec<String>> {
        let (means, bucket) = begin(accessor, &bucket)?;
        let keys = async || {
            let granted = Grant::check(means.grant.as_ref());
            let target = Target::Name(&bucket.name);
            let (allowed, buckets) = means.allow(&operations::KEYS, target, granted).await?;
            let result = buckets
                .keys(allowed, bucket.name.clone(), range(asked))
                .await;
            means.encode(allowed, result)
        };
        Ok(keys().await)
    }

    async fn entries(
        accessor: &Accessor<T, Self>,
        bucket: Resource<Bucket>,
        asked: wit::Range,
    ) -> Answer<Vec<Entry>> {
        let (means, bucket) = begin(accessor, &bucket)?;
        let entries = async || {
            let granted = Grant::check(means.grant.as_ref());
            let target = Target::Name(&bucket.name);
            let (allowed, buckets) = means.allow(&operations::ENTRIES, target, granted).await?;
            let result = buckets
                .entries(allowed, bucket.name.clone(), range(asked))
                .await;
            let entries = means.encode(allowed, result)?;
            Ok(entries
                .into_iter()
                .map(|(key, value)| Entry { key, value })
                .collect())
        };
        Ok(entries().await)
    }

    async fn commit(
        accessor: &Accessor<T, Self>,
        bucket: Resource<Bucket>,
        expectations: Vec<wit::Expectation>,
        changes: Vec<wit::Change>,
    ) -> Answer<bool> {
        let (means, bucket) = begin(accessor, &bucket)?;
        Ok(means
            .commit(&operations::COMMIT, bucket, expectations, changes)
            .await)
    }
}

impl<T> wit::HostWithStore<T> for HasSelf<KeyValueStore> {
    async fn open(accessor: &Accessor<T, Self>, name: String) -> Answer<Resource<Bucket>> {
        let means = accessor.with(|mut view| view.get().means());
        let granted = Grant::check_name(means.grant.as_ref(), &name);
        let allowed = means
            .allow(&operations::OPEN, Target::Name(&name), granted)
            .await;
        if let Err(e) = allowed {
            return Ok(Err(e));
        }
        accessor.with(|mut view| Ok(Ok(view.get().open.push(Bucket { name })?)))
    }

    async fn buckets(accessor: &Accessor<T, Self>) -> Answer<Vec<String>> {
        let means = accessor.with(|mut view| view.get().means());
        let names = async || {
            let granted = Grant::check(means.grant.as_ref());
            let entered = means.allow(&operations::BUCKETS, Target::None, granted);
            let (allowed, buckets) = entered.await?;
            let result = buckets.buckets(allowed).await;
            means.encode(allowed, result)
        };
        Ok(names().await)
    }

    async fn remove(accessor: &Accessor<T, Self>, name: String) -> Answer<()> {
        let means = accessor.with(|mut view| view.get().means());
        let remove = async || {
            let granted = Grant::check_name(means.grant.as_ref(), &name);
            let target = Target::Name(&name);
            let (allowed, buckets) = means.allow(&operations::REMOVE, target, granted).await?;
            let result = buckets.remove(allowed, name.clone()).await;
            means.encode(allowed, result)
        };
        Ok(remove().await)
    }
}
