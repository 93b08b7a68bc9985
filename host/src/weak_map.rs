//! Things that several share as long as one of them has it, by name.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Weak};

/// Finds what somebody has, by its name, and forgets what nobody has any more.
pub(crate) struct WeakMap<K, V> {
    entries: HashMap<K, Weak<V>>,
    /// With how many entries it is time to look for those that nobody has.
    full: usize,
}

impl<K, V> Default for WeakMap<K, V> {
    fn default() -> WeakMap<K, V> {
        WeakMap {
            entries: HashMap::new(),
            full: 16,
        }
    }
}

impl<K: Hash + Eq, V> WeakMap<K, V> {
    pub(crate) fn get<Q: Hash + Eq + ?Sized>(&self, name: &Q) -> Option<Arc<V>>
    where
        K: Borrow<Q>,
    {
        self.entries.get(name).and_then(Weak::upgrade)
    }

    pub(crate) fn insert(&mut self, name: K, value: &Arc<V>) {
        if self.entries.len() >= self.full {
            self.entries.retain(|_, value| value.strong_count() > 0);
            self.full = self.entries.len().saturating_mul(2).max(16);
        }
        self.entries.insert(name, Arc::downgrade(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_has_is_forgotten() {
        let mut map = WeakMap::default();
        let kept: Vec<_> = (0..20).map(Arc::new).collect();
        for value in &kept {
            map.insert(**value, value);
        }
        for name in 100..10_000 {
            map.insert(name, &Arc::new(name));
            assert!(map.entries.len() <= 41);
        }
        for value in &kept {
            assert!(Arc::ptr_eq(&map.get(&**value).unwrap(), value));
        }
        assert_eq!(map.get(&100), None);
    }
}
