//! Files of the folder, whatever the system: how old they are, and which have to go.

use std::fs::File;
use std::io::{self, Write as _};
use std::time::SystemTime;

use super::{ENTRY, GIVEN_UP, UNFINISHED};

/// A file that was read.
pub(super) struct Read {
    pub(super) file: File,
    pub(super) bytes: Vec<u8>,
    /// How long ago it was written or used, in seconds.
    pub(super) age: u64,
}

/// Writes all of a new file.
pub(super) fn write_all(mut file: File, parts: &[&[u8]], sync: bool) -> io::Result<()> {
    for part in parts {
        file.write_all(part)?;
    }
    if sync {
        file.sync_all()?;
    }
    Ok(())
}

pub(super) fn age_of(file: &File) -> u64 {
    let modified = file.metadata().and_then(|m| m.modified());
    modified.map_or(0, age)
}

#[allow(clippy::disallowed_methods)] // the ages of files are the file system's time
fn age(modified: SystemTime) -> u64 {
    SystemTime::now()
        .duration_since(modified)
        .map_or(0, |age| age.as_secs())
}

/// The files of the folder, of which some have to go.
#[derive(Default)]
pub(super) struct Sweep {
    /// Age, size and name.
    entries: Vec<(u64, u64, String)>,
    /// What was never finished, and will not be.
    given_up: Vec<String>,
}

impl Sweep {
    /// Notes a file that was found. One that is not ours stays.
    pub(super) fn note(&mut self, name: &str, size: u64, modified: SystemTime) {
        let (entry, unfinished) = is_ours(name);
        let age = age(modified);
        if entry {
            self.entries.push((age, size, name.to_string()));
        } else if unfinished && age > GIVEN_UP {
            self.given_up.push(name.to_string());
        }
    }

    /// What is removed so that entries of at most `max` bytes are left.
    pub(super) fn superfluous(self, max: u64) -> impl Iterator<Item = String> {
        self.given_up.into_iter().chain(surplus(self.entries, max))
    }
}

/// Whether a file of this folder is an entry, and whether it is one that was never finished.
fn is_ours(name: &str) -> (bool, bool) {
    let entry = name
        .strip_suffix(ENTRY)
        .is_some_and(|s| s.len() == 64 && s.bytes().all(|b| b.is_ascii_hexdigit()));
    (entry, name.starts_with(UNFINISHED))
}

/// What is removed so that the rest fits: what was not used for longest. Some room is made for what
/// comes next.
fn surplus<T>(mut entries: Vec<(u64, u64, T)>, max: u64) -> Vec<T> {
    let total = entries
        .iter()
        .fold(0_u64, |sum, (_, size, _)| sum.saturating_add(*size));
    if total <= max {
        return Vec::new();
    }
    // Oldest first.
    entries.sort_by_key(|(age, _, _)| std::cmp::Reverse(*age));
    let wanted = max - max / 8;
    let mut left = total;
    entries
        .into_iter()
        .map_while(|(_, size, entry)| {
            let over = left > wanted;
            left = left.saturating_sub(size);
            over.then_some(entry)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::surplus;

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let entries = || vec![(1, 40, 'a'), (9, 40, 'b'), (5, 40, 'c')];
        assert!(surplus(entries(), 120).is_empty());
        assert_eq!(surplus(entries(), 100), ['b']);
        assert_eq!(surplus(entries(), 60), ['b', 'c']);
        assert_eq!(surplus(entries(), 0), ['b', 'c', 'a']);
    }
}
