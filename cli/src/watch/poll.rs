//! Looks at folders every now and then, where nobody tells of changes.

use super::Kind;
use std::collections::BTreeMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, SystemTime};
use tokio::sync::mpsc::UnboundedSender;

/// What is in a folder, and what it looks like.
type Listing = BTreeMap<PathBuf, Look>;

/// What changes when a file does.
#[derive(PartialEq, Eq)]
struct Look {
    modified: Option<SystemTime>,
    size: u64,
    is_folder: bool,
    #[cfg(unix)]
    inode: u64,
}

/// Looks at folders until it is dropped.
pub struct Poll(Arc<Mutex<BTreeMap<PathBuf, Listing>>>);

impl Poll {
    pub fn start(interval: Duration, tell: UnboundedSender<(Kind, Vec<PathBuf>)>) -> Poll {
        let folders = Arc::default();
        let watched = Arc::downgrade(&folders);
        std::thread::spawn(move || {
            while let Some(changes) = look_again(&watched) {
                for change in changes {
                    if tell.send(change).is_err() {
                        return;
                    }
                }
                std::thread::sleep(interval);
            }
        });
        Poll(folders)
    }

    /// Looks at this folder from now on, if it is there.
    pub fn watch(&self, folder: &Path) -> bool {
        let Some(listing) = list(folder) else {
            return false;
        };
        let mut folders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        folders.insert(folder.to_owned(), listing);
        true
    }

    pub fn unwatch(&self, folder: &Path) {
        let mut folders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        folders.remove(folder);
    }
}

/// What has changed since the last time; None if nobody wants to know any more.
fn look_again(
    watched: &Weak<Mutex<BTreeMap<PathBuf, Listing>>>,
) -> Option<Vec<(Kind, Vec<PathBuf>)>> {
    let folders = watched.upgrade()?;
    let mut folders = folders.lock().unwrap_or_else(PoisonError::into_inner);
    let mut changes = Vec::new();
    folders.retain(|folder, before| {
        let Some(now) = list(folder) else {
            changes.push((Kind::Gone, vec![folder.clone()]));
            return false;
        };
        for (path, look) in &now {
            match before.get(path) {
                None => changes.push((Kind::Come, vec![path.clone()])),
                Some(former) if former != look => changes.push((Kind::Other, vec![path.clone()])),
                Some(_) => {}
            }
        }
        for path in before.keys().filter(|path| !now.contains_key(*path)) {
            changes.push((Kind::Gone, vec![path.clone()]));
        }
        *before = now;
        true
    });
    Some(changes)
}

fn list(folder: &Path) -> Option<Listing> {
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    let looks = entries.filter_map(|entry| {
        let path = entry.path();
        // Of what a link leads to, which is what is read.
        let metadata = std::fs::metadata(&path).ok()?;
        Some((path, look(&metadata)))
    });
    Some(looks.collect())
}

fn look(metadata: &Metadata) -> Look {
    // What is in a folder inside is not looked at, and changes when that does.
    let is_folder = metadata.is_dir();
    Look {
        modified: metadata.modified().ok().filter(|_| !is_folder),
        size: if is_folder { 0 } else { metadata.len() },
        is_folder,
        #[cfg(unix)]
        inode: std::os::unix::fs::MetadataExt::ino(metadata),
    }
}
