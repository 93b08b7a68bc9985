//! Files of redb, each opened once however many use it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use redb::Database;
use redb::backends::InMemoryBackend;

use crate::storage::Place;
use crate::weak_map::WeakMap;

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The files that are open, since a file can be opened only once.
#[derive(Default)]
pub(crate) struct Databases {
    open: Mutex<WeakMap<PathBuf, Database>>,
}

impl Databases {
    /// The database of a plugin at a place; one in memory is made anew each time.
    pub(crate) fn at(&self, place: &Place, plugin: &str) -> Result<Arc<Database>, Failure> {
        match place {
            Place::Memory => {
                let database = Database::builder().create_with_backend(InMemoryBackend::new())?;
                Ok(Arc::new(database))
            }
            Place::Path(path) if path.is_dir() => self.file(&path.join(format!("{plugin}.redb"))),
            Place::Path(path) => self.file(path),
        }
    }

    #[allow(clippy::disallowed_methods)] // a backend, which is the surroundings
    pub(crate) fn file(&self, path: &Path) -> Result<Arc<Database>, Failure> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        // One spelling per file.
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).canonicalize()?;
        let path = match path.file_name() {
            Some(name) => folder.join(name),
            None => return Err("the path has no file name".into()),
        };
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(database) = open.get(&path) {
            return Ok(database);
        }
        let database = Arc::new(Database::create(&path)?);
        open.insert(path, &database);
        Ok(database)
    }
}
