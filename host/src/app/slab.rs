//! Tables of entries that others have keys to.

/// A place in a table, and how often it had been used before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// The place.
    pub at: u32,
    uses: u32,
}

/// A table whose keys never mean another entry.
#[derive(Debug)]
pub struct Slab<T> {
    entries: Vec<(u32, Option<T>)>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Slab<T> {
        Slab {
            entries: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T> Slab<T> {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len() - self.free.len()
    }

    /// Puts an entry into the table; none if the table is full.
    pub fn insert(&mut self, value: T) -> Option<Key> {
        if let Some(at) = self.free.pop()
            && let Some(entry) = self.entries.get_mut(usize::try_from(at).ok()?)
        {
            entry.1 = Some(value);
            return Some(Key { at, uses: entry.0 });
        }
        let at = u32::try_from(self.entries.len()).ok()?;
        self.entries.push((0, Some(value)));
        Some(Key { at, uses: 0 })
    }

    /// The entry of a key; none once that was removed.
    pub fn get(&self, key: Key) -> Option<&T> {
        match self.entries.get(usize::try_from(key.at).ok()?)? {
            (uses, value) if *uses == key.uses => value.as_ref(),
            _ => None,
        }
    }

    /// The entry at a place, whichever it is.
    pub fn get_at(&self, at: u32) -> Option<&T> {
        self.entries.get(usize::try_from(at).ok()?)?.1.as_ref()
    }

    /// Takes the entry of a key out.
    pub fn remove(&mut self, key: Key) -> Option<T> {
        self.get(key)?;
        self.remove_at(key.at)
    }

    /// Takes the entry at a place out, whichever it is.
    pub fn remove_at(&mut self, at: u32) -> Option<T> {
        let entry = self.entries.get_mut(usize::try_from(at).ok()?)?;
        let value = entry.1.take()?;
        // An entry that was used too often is not used again.
        if let Some(uses) = entry.0.checked_add(1) {
            entry.0 = uses;
            self.free.push(at);
        }
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::Slab;

    #[test]
    fn a_key_never_means_another_entry() {
        let mut slab = Slab::default();
        let a = slab.insert('a').unwrap();
        let b = slab.insert('b').unwrap();
        assert_eq!(slab.remove(a), Some('a'));
        assert_eq!(slab.get(a), None);
        assert_eq!(slab.remove(a), None);
        let c = slab.insert('c').unwrap();
        assert_eq!(c.at, a.at, "a place is used again");
        assert_eq!((slab.get(a), slab.get(c)), (None, Some(&'c')));
        assert_eq!(slab.remove_at(b.at), Some('b'));
        assert_eq!((slab.get(b), slab.len()), (None, 1));
    }
}
