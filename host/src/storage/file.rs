//! Values in a redb file, one table per plugin.

use std::sync::Arc;

use async_trait::async_trait;
use redb::{Database, ReadableDatabase as _, ReadableTable as _, ReadableTableMetadata as _};
use redb::{TableDefinition, TableError};

use super::backend::size;
use super::{Allowed, Area, Failure, Grant, MemoryArea, Place, Storage};
use crate::database::Databases;

/// The bytes each plugin's area holds, by table name.
const SIZES: TableDefinition<'_, &str, u64> = TableDefinition::new("outwit:sizes");

/// Keeps values where the grant says: in memory or in a file.
#[derive(Default)]
pub struct SystemStorage {
    databases: Arc<Databases>,
}

impl SystemStorage {
    /// One that opens its files together with others.
    pub(crate) fn new(databases: Arc<Databases>) -> SystemStorage {
        SystemStorage { databases }
    }
}

impl std::fmt::Debug for SystemStorage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SystemStorage").finish_non_exhaustive()
    }
}

impl Storage for SystemStorage {
    fn open(&self, plugin: &str, grant: &Grant) -> Result<Arc<dyn Area>, Failure> {
        match &grant.place {
            Place::Memory => Ok(Arc::new(MemoryArea::default())),
            place => {
                let database = self.databases.at(place, plugin);
                Ok(Arc::new(FileArea {
                    database: database.map_err(Failure::Backend)?,
                    table: format!("area:{plugin}").into(),
                }))
            }
        }
    }
}

/// The area of one plugin in a file. Each operation is a transaction on a thread for blocking work;
/// a write has reached the disk when it returns.
struct FileArea {
    database: Arc<Database>,
    table: Arc<str>,
}

impl FileArea {
    async fn read<T: Send + 'static>(
        &self,
        empty: T,
        work: impl FnOnce(
            &redb::ReadOnlyTable<&'static str, &'static str>,
        ) -> Result<T, redb::StorageError>
        + Send
        + 'static,
    ) -> Result<T, Failure> {
        let (database, name) = (self.database.clone(), self.table.clone());
        blocking(move || {
            let transaction = database.begin_read().map_err(failed)?;
            match transaction.open_table(TableDefinition::<&str, &str>::new(&name)) {
                Ok(table) => work(&table).map_err(failed),
                Err(TableError::TableDoesNotExist(_)) => Ok(empty),
                Err(e) => Err(failed(e)),
            }
        })
        .await
    }

    /// Changes the area and its size in one transaction. `work` gets the table and the size and
    /// returns the new size.
    async fn write(
        &self,
        work: impl FnOnce(&mut redb::Table<'_, &'static str, &'static str>, u64) -> Result<u64, Failure>
        + Send
        + 'static,
    ) -> Result<(), Failure> {
        let (database, name) = (self.database.clone(), self.table.clone());
        blocking(move || {
            let transaction = database.begin_write().map_err(failed)?;
            {
                let mut table = transaction
                    .open_table(TableDefinition::<&str, &str>::new(&name))
                    .map_err(failed)?;
                let mut sizes = transaction.open_table(SIZES).map_err(failed)?;
                let before = sizes
                    .get(&*name)
                    .map_err(failed)?
                    .map_or(0, |size| size.value());
                let after = work(&mut table, before)?;
                sizes.insert(&*name, after).map_err(failed)?;
            }
            transaction.commit().map_err(failed)
        })
        .await
    }
}

#[async_trait]
impl Area for FileArea {
    async fn length(&self, _: Allowed) -> Result<u32, Failure> {
        let length = self.read(0, redb::ReadOnlyTable::len).await?;
        Ok(u32::try_from(length).unwrap_or(u32::MAX))
    }

    async fn key(&self, _: Allowed, index: u32) -> Result<Option<String>, Failure> {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        self.read(None, move |table| {
            let item = table.iter()?.nth(index).transpose()?;
            Ok(item.map(|(key, _)| key.value().to_string()))
        })
        .await
    }

    async fn get(&self, _: Allowed, key: String) -> Result<Option<String>, Failure> {
        self.read(None, move |table| {
            let value = table.get(key.as_str())?;
            Ok(value.map(|value| value.value().to_string()))
        })
        .await
    }

    async fn set(&self, allowed: Allowed, key: String, value: String) -> Result<(), Failure> {
        self.write(move |table, before| {
            let replaced = table
                .insert(key.as_str(), value.as_str())
                .map_err(failed)?
                .map_or(0, |old| size(&key, old.value()));
            let after = before
                .saturating_sub(replaced)
                .saturating_add(size(&key, &value));
            if after > allowed.quota() {
                // The transaction is dropped, so nothing has changed.
                return Err(Failure::Full);
            }
            Ok(after)
        })
        .await
    }

    async fn remove(&self, _: Allowed, key: String) -> Result<(), Failure> {
        self.write(move |table, before| {
            let removed = table
                .remove(key.as_str())
                .map_err(failed)?
                .map_or(0, |old| size(&key, old.value()));
            Ok(before.saturating_sub(removed))
        })
        .await
    }

    async fn clear(&self, _: Allowed) -> Result<(), Failure> {
        self.write(|table, _| {
            table.retain(|_, _| false).map_err(failed)?;
            Ok(0)
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|e| Err(failed(e)))
}

fn failed(e: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Failure {
    Failure::Backend(e.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(quota: u64) -> Allowed {
        Grant::check(Some(&Grant::default().with_quota(quota))).unwrap()
    }

    /// What every area has to do; run against each backend.
    async fn contract(area: &dyn Area) {
        let a = allowed(20);
        let (k, v) = (|k: &str| k.to_string(), |v: &str| v.to_string());
        assert_eq!(area.length(a).await.unwrap(), 0);
        assert_eq!(area.key(a, 0).await.unwrap(), None);
        assert_eq!(area.get(a, k("x")).await.unwrap(), None);
        area.remove(a, k("x")).await.unwrap();
        area.set(a, k("b"), v("two")).await.unwrap();
        area.set(a, k("a"), v("one")).await.unwrap();
        area.set(a, k("a"), v("eins")).await.unwrap();
        assert_eq!(area.length(a).await.unwrap(), 2);
        assert_eq!(area.key(a, 0).await.unwrap().as_deref(), Some("a"));
        assert_eq!(area.key(a, 1).await.unwrap().as_deref(), Some("b"));
        assert_eq!(area.key(a, u32::MAX).await.unwrap(), None);
        assert_eq!(area.get(a, k("a")).await.unwrap().as_deref(), Some("eins"));
        // 9 bytes are taken; 11 fit, 12 do not, and a refused write changes nothing.
        assert!(matches!(
            area.set(a, k("c"), "x".repeat(11)).await,
            Err(Failure::Full)
        ));
        assert_eq!(area.get(a, k("c")).await.unwrap(), None);
        area.set(a, k("c"), "x".repeat(10)).await.unwrap();
        area.set(a, k("c"), "y".repeat(10)).await.unwrap();
        area.remove(a, k("c")).await.unwrap();
        area.set(a, k(""), "ü".repeat(5)).await.unwrap();
        area.clear(a).await.unwrap();
        assert_eq!(area.length(a).await.unwrap(), 0);
        area.set(a, k("k"), "z".repeat(19)).await.unwrap();
    }

    #[tokio::test]
    async fn backends_keep_the_contract() {
        let folder = tempfile::tempdir().unwrap();
        let storage = SystemStorage::default();
        contract(&*storage.open("m", &Grant::default()).unwrap()).await;
        let grant = Grant::at(folder.path().join("new/file.redb"));
        contract(&*storage.open("p", &grant).unwrap()).await;
        // Another plugin in the same file has its own area.
        contract(&*storage.open("q", &grant).unwrap()).await;
    }

    #[tokio::test]
    async fn files_survive_the_storage() {
        let folder = tempfile::tempdir().unwrap();
        let grant = Grant::at(folder.path());
        let a = allowed(100);
        {
            let area = SystemStorage::default().open("p", &grant).unwrap();
            area.set(a, "k".into(), "v".into()).await.unwrap();
        }
        let area = SystemStorage::default().open("p", &grant).unwrap();
        assert_eq!(area.get(a, "k".into()).await.unwrap().as_deref(), Some("v"));
        assert!(folder.path().join("p.redb").exists());
    }
}
