//! Buckets in a redb database: in a file or in memory.

use std::sync::Arc;

use async_trait::async_trait;
use redb::{Database, ReadableDatabase as _, ReadableTable, TableDefinition, TableError};

use super::{Allowed, Buckets, Change, Expectation, Failure, Grant, KeyValue, Range};
use crate::database::Databases;

/// Bucket and key, to value. One table for each plugin.
type Values<'a> = TableDefinition<'a, (&'static str, &'static str), &'static [u8]>;

/// Plugin and bucket, to the bytes and the keys in it.
const SIZES: TableDefinition<'_, (&str, &str), (u64, u64)> =
    TableDefinition::new("outwit:keyvalue-sizes");

/// Keeps buckets where the grant says: in memory or in a file.
#[derive(Default)]
pub struct SystemKeyValue {
    databases: Arc<Databases>,
}

impl SystemKeyValue {
    /// One that opens its files together with others.
    pub(crate) fn new(databases: Arc<Databases>) -> SystemKeyValue {
        SystemKeyValue { databases }
    }
}

impl std::fmt::Debug for SystemKeyValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SystemKeyValue").finish_non_exhaustive()
    }
}

impl KeyValue for SystemKeyValue {
    fn open(&self, plugin: &str, grant: &Grant) -> Result<Arc<dyn Buckets>, Failure> {
        let database = self.databases.at(&grant.place, plugin);
        Ok(Arc::new(PluginBuckets(Arc::new(Inner {
            database: database.map_err(Failure::Backend)?,
            plugin: plugin.to_string(),
            table: format!("keyvalue:{plugin}"),
        }))))
    }
}

/// The buckets of one plugin. Each operation is a transaction on a thread for blocking work; a change has reached the disk
/// when it returns.
struct PluginBuckets(Arc<Inner>);

struct Inner {
    database: Arc<Database>,
    plugin: String,
    table: String,
}

type Table<'a> = redb::Table<'a, (&'static str, &'static str), &'static [u8]>;

impl PluginBuckets {
    async fn run<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<R, Failure> + Send + 'static,
    ) -> Result<R, Failure> {
        let inner = self.0.clone();
        tokio::task::spawn_blocking(move || work(&inner))
            .await
            .unwrap_or_else(|e| Err(failed(e)))
    }
}

impl Inner {
    /// Reads the values; `empty` if there are none yet.
    fn read<R>(
        &self,
        empty: R,
        work: impl FnOnce(
            redb::ReadOnlyTable<(&'static str, &'static str), &'static [u8]>,
        ) -> Result<R, redb::StorageError>,
    ) -> Result<R, Failure> {
        let transaction = self.database.begin_read().map_err(failed)?;
        match transaction.open_table(Values::new(&self.table)) {
            Ok(table) => work(table).map_err(failed),
            Err(TableError::TableDoesNotExist(_)) => Ok(empty),
            Err(e) => Err(failed(e)),
        }
    }

    /// Calls `each` with the keys and values of a range until it says that this is enough.
    fn walk(
        &self,
        bucket: &str,
        range: &Range,
        mut each: impl FnMut(&str, &[u8]) -> bool,
    ) -> Result<(), Failure> {
        if range.limit == 0 {
            return Ok(());
        }
        // The first key that can be in the range.
        let start = match range.after.as_deref() {
            Some(after) if after >= range.prefix.as_str() => after,
            _ => range.prefix.as_str(),
        };
        self.read((), |table| {
            for item in table.range((bucket, start)..)? {
                let (place, value) = item?;
                let (found, key) = place.value();
                if found != bucket || !key.starts_with(&range.prefix) {
                    break;
                }
                if range.after.as_deref() == Some(key) {
                    continue;
                }
                if each(key, value.value()) {
                    break;
                }
            }
            Ok(())
        })
    }

    fn commit(
        &self,
        allowed: Allowed,
        bucket: &str,
        expectations: &[Expectation],
        changes: &[Change],
    ) -> Result<bool, Failure> {
        // If anything fails the transaction is dropped, so nothing has changed.
        let transaction = self.database.begin_write().map_err(failed)?;
        {
            let mut values: Table<'_> = transaction
                .open_table(Values::new(&self.table))
                .map_err(failed)?;
            for Expectation { key, value } in expectations {
                let found = values.get((bucket, key.as_str())).map_err(failed)?;
                if found.as_ref().map(|found| found.value()) != value.as_deref() {
                    return Ok(false);
                }
            }
            let mut sizes = transaction.open_table(SIZES).map_err(failed)?;
            let place = (self.plugin.as_str(), bucket);
            let before = sizes.get(place).map_err(failed)?.map(|size| size.value());
            let (mut bytes, mut keys) = before.unwrap_or_default();
            for Change { key, value } in changes {
                let old = match value {
                    Some(value) => values.insert((bucket, key.as_str()), value.as_slice()),
                    None => values.remove((bucket, key.as_str())),
                };
                if let Some(old) = old.map_err(failed)? {
                    bytes = bytes.saturating_sub(size(key, old.value()));
                    keys = keys.saturating_sub(1);
                }
                if let Some(value) = value {
                    bytes = bytes.saturating_add(size(key, value));
                    keys = keys.saturating_add(1);
                }
            }
            if bytes > allowed.quota() {
                return Err(Failure::Full);
            }
            if keys == 0 {
                sizes.remove(place).map_err(failed)?;
            } else {
                sizes.insert(place, (bytes, keys)).map_err(failed)?;
            }
            if before.is_none() && names(&sizes, &self.plugin)?.len() > allowed.buckets() as usize {
                return Err(Failure::Buckets);
            }
        }
        transaction.commit().map_err(failed)?;
        Ok(true)
    }

    fn remove(&self, bucket: &str) -> Result<(), Failure> {
        let transaction = self.database.begin_write().map_err(failed)?;
        {
            let mut values: Table<'_> = transaction
                .open_table(Values::new(&self.table))
                .map_err(failed)?;
            let mut keys = Vec::new();
            for item in values.range((bucket, "")..).map_err(failed)? {
                let (place, _) = item.map_err(failed)?;
                let (found, key) = place.value();
                if found != bucket {
                    break;
                }
                keys.push(key.to_string());
            }
            for key in keys {
                values.remove((bucket, key.as_str())).map_err(failed)?;
            }
            let mut sizes = transaction.open_table(SIZES).map_err(failed)?;
            sizes
                .remove((self.plugin.as_str(), bucket))
                .map_err(failed)?;
        }
        transaction.commit().map_err(failed)
    }
}

/// The buckets of a plugin that hold something.
fn names(
    sizes: &impl ReadableTable<(&'static str, &'static str), (u64, u64)>,
    plugin: &str,
) -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    for item in sizes.range((plugin, "")..).map_err(failed)? {
        let (place, _) = item.map_err(failed)?;
        let (found, bucket) = place.value();
        if found != plugin {
            break;
        }
        names.push(bucket.to_string());
    }
    Ok(names)
}

/// The size of an entry, as the quota counts it.
fn size(key: &str, value: &[u8]) -> u64 {
    (key.len() as u64).saturating_add(value.len() as u64)
}

fn failed(e: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Failure {
    Failure::Backend(e.into())
}

#[async_trait]
impl Buckets for PluginBuckets {
    async fn get(
        &self,
        _: Allowed,
        bucket: String,
        key: String,
    ) -> Result<Option<Vec<u8>>, Failure> {
        self.run(move |inner| {
            inner.read(None, |table| {
                let found = table.get((bucket.as_str(), key.as_str()))?;
                Ok(found.map(|value| value.value().to_vec()))
            })
        })
        .await
    }

    async fn keys(&self, _: Allowed, bucket: String, range: Range) -> Result<Vec<String>, Failure> {
        self.run(move |inner| {
            let (mut keys, mut bytes) = (Vec::new(), 0);
            inner.walk(&bucket, &range, |key, _| {
                keys.push(key.to_string());
                bytes += key.len();
                keys.len() >= range.limit || bytes >= range.bytes
            })?;
            Ok(keys)
        })
        .await
    }

    async fn entries(
        &self,
        _: Allowed,
        bucket: String,
        range: Range,
    ) -> Result<Vec<(String, Vec<u8>)>, Failure> {
        self.run(move |inner| {
            let (mut entries, mut bytes) = (Vec::new(), 0);
            inner.walk(&bucket, &range, |key, value| {
                entries.push((key.to_string(), value.to_vec()));
                bytes += key.len() + value.len();
                entries.len() >= range.limit || bytes >= range.bytes
            })?;
            Ok(entries)
        })
        .await
    }

    async fn commit(
        &self,
        allowed: Allowed,
        bucket: String,
        expectations: Vec<Expectation>,
        changes: Vec<Change>,
    ) -> Result<bool, Failure> {
        self.run(move |inner| inner.commit(allowed, &bucket, &expectations, &changes))
            .await
    }

    async fn buckets(&self, _: Allowed) -> Result<Vec<String>, Failure> {
        self.run(|inner| {
            let transaction = inner.database.begin_read().map_err(failed)?;
            match transaction.open_table(SIZES) {
                Ok(sizes) => names(&sizes, &inner.plugin),
                Err(TableError::TableDoesNotExist(_)) => Ok(Vec::new()),
                Err(e) => Err(failed(e)),
            }
        })
        .await
    }

    async fn remove(&self, _: Allowed, bucket: String) -> Result<(), Failure> {
        self.run(move |inner| inner.remove(&bucket)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(quota: u64, buckets: u32) -> Allowed {
        let grant = Grant::default().with_quota(quota).with_buckets(buckets);
        Grant::check(Some(&grant)).unwrap()
    }

    fn text(text: &str) -> String {
        text.to_string()
    }

    fn set(key: &str, value: &str) -> Change {
        Change {
            key: text(key),
            value: Some(value.as_bytes().to_vec()),
        }
    }

    fn delete(key: &str) -> Change {
        Change {
            key: text(key),
            value: None,
        }
    }

    fn range(prefix: &str, after: Option<&str>, limit: usize) -> Range {
        Range {
            prefix: text(prefix),
            after: after.map(text),
            limit,
            bytes: usize::MAX,
        }
    }

    async fn put(
        at: &dyn Buckets,
        a: Allowed,
        bucket: &str,
        changes: Vec<Change>,
    ) -> Result<bool, Failure> {
        at.commit(a, text(bucket), Vec::new(), changes).await
    }

    async fn get(at: &dyn Buckets, bucket: &str, key: &str) -> Option<String> {
        let found = at
            .get(allowed(0, 0), text(bucket), text(key))
            .await
            .unwrap();
        found.map(|bytes| String::from_utf8(bytes).unwrap())
    }

    /// What every backend has to do.
    async fn contract(at: &dyn Buckets) {
        let a = allowed(20, 2);
        assert_eq!(at.buckets(a).await.unwrap(), Vec::<String>::new());
        assert_eq!(get(at, "b", "k").await, None);
        assert!(
            put(
                at,
                a,
                "b",
                vec![set("k", "v"), set("kk", "w"), set("x", "y")]
            )
            .await
            .unwrap()
        );
        assert_eq!(get(at, "b", "kk").await.as_deref(), Some("w"));
        // Names that look alike are different buckets.
        assert_eq!(get(at, "bk", "").await, None);
        for other in ["", "B", "b\0", "../b", "b/", "b:k"] {
            assert_eq!(get(at, other, "k").await, None, "{other:?}");
        }
        let keys = async |r| at.keys(a, text("b"), r).await.unwrap();
        assert_eq!(keys(range("", None, 9)).await, ["k", "kk", "x"]);
        assert_eq!(keys(range("k", None, 9)).await, ["k", "kk"]);
        assert_eq!(keys(range("k", Some("k"), 9)).await, ["kk"]);
        assert_eq!(keys(range("k", Some("a"), 1)).await, ["k"]);
        assert_eq!(keys(range("k", Some("x"), 9)).await, Vec::<String>::new());
        assert_eq!(keys(range("", None, 0)).await, Vec::<String>::new());
        let entries = at.entries(a, text("b"), range("x", None, 9)).await.unwrap();
        assert_eq!(entries, [(text("x"), b"y".to_vec())]);
        let few = Range {
            bytes: 1,
            ..range("", None, 9)
        };
        assert_eq!(at.entries(a, text("b"), few).await.unwrap().len(), 1);
        // Expectations: all hold, or nothing happens.
        let expect = |key: &str, value: Option<&str>| Expectation {
            key: text(key),
            value: value.map(|value| value.as_bytes().to_vec()),
        };
        let expected = vec![expect("k", Some("v")), expect("new", Some(""))];
        assert!(
            !at.commit(a, text("b"), expected, vec![set("k", "2")])
                .await
                .unwrap()
        );
        assert_eq!(get(at, "b", "k").await.as_deref(), Some("v"));
        let expected = vec![expect("k", Some("v")), expect("new", None)];
        assert!(
            at.commit(a, text("b"), expected, vec![set("new", "1"), delete("k")])
                .await
                .unwrap()
        );
        assert_eq!(keys(range("", None, 9)).await, ["kk", "new", "x"]);
        // 9 bytes are taken; a change that is too large takes the others of its commit with it.
        let too_much = put(at, a, "b", vec![delete("x"), set("big", &"z".repeat(11))]).await;
        assert!(matches!(too_much, Err(Failure::Full)));
        assert_eq!(get(at, "b", "x").await.as_deref(), Some("y"));
        // Only so many buckets, each with its own quota.
        assert!(put(at, a, "c", vec![set("", "")]).await.unwrap());
        assert!(matches!(
            put(at, a, "d", vec![set("k", "v")]).await,
            Err(Failure::Buckets)
        ));
        assert_eq!(at.buckets(a).await.unwrap(), ["b", "c"]);
        at.remove(a, text("b")).await.unwrap();
        assert_eq!(at.buckets(a).await.unwrap(), ["c"]);
        assert_eq!(get(at, "b", "kk").await, None);
        assert_eq!(get(at, "c", "").await.as_deref(), Some(""));
        assert!(put(at, a, "c", vec![delete("")]).await.unwrap());
        assert_eq!(at.buckets(a).await.unwrap(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn backends_keep_the_contract() {
        let folder = tempfile::tempdir().unwrap();
        let system = SystemKeyValue::default();
        contract(&*system.open("m", &Grant::default()).unwrap()).await;
        let grant = Grant::at(folder.path().join("new/file.redb"));
        contract(&*system.open("p", &grant).unwrap()).await;
        // Another plugin in the same file has its own buckets.
        contract(&*system.open("q", &grant).unwrap()).await;
    }

    #[tokio::test]
    async fn plugins_in_one_file_do_not_see_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let grant = Grant::at(folder.path().join("shared.redb"));
        let system = SystemKeyValue::default();
        let names = ["a", "ab", "a:b", "a\0b", "../a", "a/b"];
        for name in names {
            let mine = system.open(name, &grant).unwrap();
            put(&*mine, allowed(99, 9), "b", vec![set("who", name)])
                .await
                .unwrap();
        }
        for name in names {
            let mine = system.open(name, &grant).unwrap();
            assert_eq!(get(&*mine, "b", "who").await.as_deref(), Some(name));
            assert_eq!(mine.buckets(allowed(99, 9)).await.unwrap(), ["b"]);
        }
    }

    #[tokio::test]
    async fn what_was_committed_survives() {
        let folder = tempfile::tempdir().unwrap();
        let grant = Grant::at(folder.path());
        {
            let at = SystemKeyValue::default().open("p", &grant).unwrap();
            put(&*at, allowed(99, 9), "b", vec![set("k", "v")])
                .await
                .unwrap();
        }
        let at = SystemKeyValue::default().open("p", &grant).unwrap();
        assert_eq!(get(&*at, "b", "k").await.as_deref(), Some("v"));
    }
}
