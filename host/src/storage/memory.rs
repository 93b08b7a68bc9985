//! Values in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::backend::size;
use super::{Allowed, Area, Failure};

/// A storage area in memory.
#[derive(Debug, Default)]
pub struct MemoryArea(Mutex<BTreeMap<String, String>>);

impl MemoryArea {
    fn items(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Area for MemoryArea {
    async fn length(&self, _: Allowed) -> Result<u32, Failure> {
        Ok(u32::try_from(self.items().len()).unwrap_or(u32::MAX))
    }

    async fn key(&self, _: Allowed, index: u32) -> Result<Option<String>, Failure> {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        Ok(self.items().keys().nth(index).cloned())
    }

    async fn get(&self, _: Allowed, key: String) -> Result<Option<String>, Failure> {
        Ok(self.items().get(&key).cloned())
    }

    async fn set(&self, allowed: Allowed, key: String, value: String) -> Result<(), Failure> {
        let mut items = self.items();
        let others: u64 = items
            .iter()
            .filter(|(k, _)| **k != key)
            .fold(0, |sum, (k, v)| sum.saturating_add(size(k, v)));
        if others.saturating_add(size(&key, &value)) > allowed.quota() {
            return Err(Failure::Full);
        }
        items.insert(key, value);
        Ok(())
    }

    async fn remove(&self, _: Allowed, key: String) -> Result<(), Failure> {
        self.items().remove(&key);
        Ok(())
    }

    async fn clear(&self, _: Allowed) -> Result<(), Failure> {
        self.items().clear();
        Ok(())
    }
}
