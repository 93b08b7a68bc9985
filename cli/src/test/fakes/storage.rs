//! Storage that ends with the tests.

use super::{CONTROL, Control, Fakes, lock};
use outwit::{keyvalue, storage};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// Storage areas in memory. That of the tests is the plugin's; that of the control component is the fakes.
pub struct Storage {
    pub fakes: Arc<Fakes>,
    pub shared: Arc<storage::MemoryArea>,
    /// The plugin that is tested, and its tests.
    pub names: [String; 2],
}

impl storage::Storage for Storage {
    fn open(
        &self,
        plugin: &str,
        _: &storage::Grant,
    ) -> Result<Arc<dyn storage::Area>, storage::Failure> {
        Ok(if plugin == CONTROL {
            Arc::new(Control(self.fakes.clone()))
        } else if self.names.iter().any(|name| name == plugin) {
            self.shared.clone()
        } else {
            Arc::new(storage::MemoryArea::default())
        })
    }
}

/// Buckets in memory, the tests' being the plugin's.
#[derive(Default)]
pub struct KeyValue {
    memory: keyvalue::SystemKeyValue,
    names: [String; 2],
    opened: Mutex<HashMap<String, Arc<dyn keyvalue::Buckets>>>,
}

impl KeyValue {
    pub fn new(names: [String; 2]) -> KeyValue {
        KeyValue {
            names,
            ..KeyValue::default()
        }
    }
}

impl keyvalue::KeyValue for KeyValue {
    fn open(
        &self,
        plugin: &str,
        grant: &keyvalue::Grant,
    ) -> Result<Arc<dyn keyvalue::Buckets>, keyvalue::Failure> {
        let [tested, tests] = &self.names;
        let plugin = if plugin == tests { tested } else { plugin };
        if let Some(buckets) = lock(&self.opened).get(plugin) {
            return Ok(buckets.clone());
        }
        let grant = keyvalue::Grant::default()
            .with_quota(grant.quota)
            .with_buckets(grant.buckets);
        let buckets = self.memory.open(plugin, &grant)?;
        lock(&self.opened).insert(plugin.to_owned(), buckets.clone());
        Ok(buckets)
    }
}
