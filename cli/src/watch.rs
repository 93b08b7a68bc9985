//! Watches files.

use anyhow::{Context, Result};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A program that saves writes more than once: what comes within this time belongs together.
const BURST: Duration = Duration::from_millis(20);

/// Tells of changes to files. Their folders are what is watched, so that files may be replaced, and come into being.
pub struct Watch {
    watcher: RecommendedWatcher,
    folders: BTreeSet<PathBuf>,
    changes: UnboundedReceiver<Vec<PathBuf>>,
    /// Files that changed before their folders were watched.
    missed: BTreeSet<PathBuf>,
}

impl Watch {
    pub fn new() -> Result<Watch> {
        let (sender, changes) = unbounded_channel();
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            let Ok(event) = event else { return };
            let changed = matches!(
                event.kind,
                EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_)
            );
            if changed {
                // Nobody listens any more when the command ends.
                let _ = sender.send(event.paths);
            }
        });
        Ok(Watch {
            watcher: watcher.context("cannot watch files")?,
            folders: BTreeSet::new(),
            changes,
            missed: BTreeSet::new(),
        })
    }

    /// Watches these files too. One that has changed since is told of at once.
    pub fn add<'a>(&mut self, files: impl IntoIterator<Item = &'a PathBuf>, since: SystemTime) {
        for file in files {
            let Some(folder) = file.parent() else {
                continue;
            };
            if !self.folders.contains(folder)
                && self
                    .watcher
                    .watch(folder, RecursiveMode::NonRecursive)
                    .is_ok()
            {
                self.folders.insert(folder.to_owned());
                let changed = file.metadata().and_then(|file| file.modified());
                if changed.is_ok_and(|at| at > since) {
                    self.missed.insert(file.clone());
                }
            }
        }
    }

    /// Waits for changes, and gives what has changed.
    pub async fn changed(&mut self) -> BTreeSet<PathBuf> {
        let mut changed = std::mem::take(&mut self.missed);
        if changed.is_empty() {
            // The other end is in the watcher.
            changed.extend(self.changes.recv().await.unwrap_or_default());
        }
        while let Ok(Some(paths)) = tokio::time::timeout(BURST, self.changes.recv()).await {
            changed.extend(paths);
        }
        // A folder that was removed is not watched any more, also when there is one of the name again.
        self.folders.retain(|folder| !changed.contains(folder));
        changed
    }
}

/// A path as the system tells of it: without links in its folder.
pub fn real(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path,
    }
}

/// Whether changes concern somebody who depends on these files. Somebody whose build failed may wait for a file
/// that is not there yet, so then any in the same folders does.
pub fn concerns(changes: &BTreeSet<PathBuf>, inputs: &BTreeSet<PathBuf>, failed: bool) -> bool {
    changes.iter().any(|change| {
        // The folder itself stands for what is in it.
        inputs.contains(change)
            || (change.extension().is_some_and(|e| e == "wit")
                && change.parent().is_some_and(|f| inputs.contains(f)))
            || (failed && inputs.iter().any(|input| input.parent() == change.parent()))
    })
}
