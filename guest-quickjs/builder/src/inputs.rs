//! What a build reads.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The files that builds have read. Clones note into the same list.
#[derive(Clone, Debug, Default)]
pub struct Inputs(Arc<Mutex<BTreeSet<PathBuf>>>);

impl Inputs {
    /// Notes a file.
    pub fn add(&self, file: &Path) {
        // What another panicked over is a list of files still.
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(std::path::absolute(file).unwrap_or_else(|_| file.to_owned()));
    }

    /// Notes a WIT file, or those in a folder, with the folder itself: one may be added.
    pub fn add_wit(&self, path: &Path) {
        self.add(path);
        let Ok(entries) = std::fs::read_dir(path) else {
            return;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let is_deps =
                path.ends_with("deps") || path.parent().is_some_and(|p| p.ends_with("deps"));
            if is_deps && path.is_dir() {
                self.add_wit(&path);
            } else if path.extension().is_some_and(|extension| extension == "wit") {
                self.add(&path);
            }
        }
    }

    /// Takes the files out, in the order of their names.
    #[must_use]
    pub fn take(&self) -> BTreeSet<PathBuf> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
