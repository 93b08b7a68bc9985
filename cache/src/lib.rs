//! Compiled WebAssembly code, kept between runs.
//!
//! This is what Outwit's host and its builder of JavaScript plugins keep compiled code in; it is not meant to
//! be used by itself.
//!
//! An entry is one file. Its name follows from what was compiled and how (see [`Key`]); its content is
//! authenticated with a random key of this user. Whatever is wrong with an entry, a folder or a disk, the
//! worst that follows is that code is compiled again.
//!
//! Processes share a folder without locks: an entry appears whole, by renaming, or not at all, and
//! any of several entries for one key is as good as another.

#![deny(missing_docs)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]
#![deny(unsafe_code)]

mod code;
mod entry;
mod file;
#[cfg(unix)]
#[path = "folder_unix.rs"]
mod folder;
#[cfg(not(unix))]
#[path = "folder_other.rs"]
mod folder;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod key;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use etcetera::BaseStrategy as _;

pub use code::{Code, Genuine};
pub use entry::hmac;
use folder::Folder;
pub use key::{Key, Kind, engine_digest};

/// How the name of an entry ends.
const ENTRY: &str = ".code";
/// How the name of a file that is being written begins.
const UNFINISHED: &str = "new-";
/// The key of this user; see [`Folder::secret`].
const SECRET: &str = "key";
/// Files that were being written so long ago, in seconds, were given up.
const GIVEN_UP: u64 = 60 * 60;
/// The last use of an entry is written down to this precision, in seconds.
const USE_PRECISION: u64 = 60 * 60;

/// Where compiled code is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Place {
    /// It is not kept.
    Nowhere,
    /// In `outwit/code` in the user's cache folder.
    #[default]
    User,
    /// In this folder.
    Folder(PathBuf),
}

/// Why compiled code is not kept although it was meant to be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheProblem {
    /// The folder; empty if none could be found.
    pub folder: PathBuf,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for CacheProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.folder.as_os_str().is_empty() {
            return write!(f, "compiled code is not kept: {}", self.message);
        }
        write!(
            f,
            "compiled code is not kept: {}: {}",
            self.folder.display(),
            self.message
        )
    }
}

impl std::error::Error for CacheProblem {}

/// The cache. Touches the disk when it is first used.
#[derive(Debug)]
pub struct Cache {
    place: Place,
    max_size: u64,
    opened: OnceLock<Result<Option<Open>, CacheProblem>>,
}

#[derive(Debug)]
struct Open {
    path: PathBuf,
    folder: Folder,
    secret: entry::Secret,
}

impl Cache {
    /// A cache with at most so many bytes in it.
    #[must_use]
    pub fn new(place: Place, max_size: u64) -> Cache {
        Cache {
            place,
            max_size,
            opened: OnceLock::new(),
        }
    }

    /// Whether code is kept.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.open().is_some()
    }

    /// The folder in use, none if code is not kept.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        Some(&self.open()?.path)
    }

    /// Why code is not kept.
    #[must_use]
    pub fn problem(&self) -> Option<&CacheProblem> {
        self.open();
        self.opened.get()?.as_ref().err()
    }

    /// Code that was compiled before. The bytes were written by [`Cache::put`] in a process of this
    /// user, for the same key.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<Genuine> {
        let open = self.open()?;
        let name = format!("{}{ENTRY}", key.name());
        let file = open.folder.read(&name, entry::MAX).ok()??;
        match entry::open(file.bytes, key, &open.secret) {
            Ok(code) => {
                if file.age > USE_PRECISION {
                    open.folder.touch(&file.file);
                }
                Some(Genuine::opened(code))
            }
            Err(flaw) => {
                tracing::warn!(entry = name, %flaw, "an entry of the code cache is refused");
                None
            }
        }
    }

    /// Keeps code. If that fails the code is compiled again the next time.
    pub fn put(&self, key: &Key, code: &Genuine) {
        let Some(open) = self.open() else {
            return;
        };
        let code = code.bytes();
        let name = format!("{}{ENTRY}", key.name());
        let sealed = entry::seal(code, key, &open.secret);
        let written = open
            .folder
            .write(&name, &[&sealed, code])
            .and_then(|()| open.folder.evict(self.max_size));
        if let Err(error) = written {
            tracing::warn!(folder = %open.path.display(), %error, "compiled code could not be kept");
        }
    }

    /// The code of `bytes` for this engine: the one that is kept, or compiled here and now, and then kept.
    ///
    /// # Errors
    ///
    /// What wasmtime says of bytes that cannot be compiled.
    pub fn get_or_compile<T: Code>(
        &self,
        engine: &wasmtime::Engine,
        bytes: &[u8],
    ) -> wasmtime::Result<T> {
        let key = Key::new(T::KIND, bytes, engine_digest(engine));
        if let Some(code) = self.get(&key)
            && let Ok(loaded) = T::load(engine, &code)
        {
            return Ok(loaded);
        }
        let compiled = T::compile(engine, bytes)?;
        if self.is_on() {
            self.put(&key, &compiled.to_code()?);
        }
        Ok(compiled)
    }

    fn open(&self) -> Option<&Open> {
        let opened = self.opened.get_or_init(|| {
            let opened = self.try_open();
            if let Err(problem) = &opened {
                tracing::warn!("{problem}");
            }
            opened
        });
        opened.as_ref().ok()?.as_ref()
    }

    fn try_open(&self) -> Result<Option<Open>, CacheProblem> {
        let path = match &self.place {
            Place::Nowhere => return Ok(None),
            Place::Folder(path) => path.clone(),
            Place::User => user_folder().ok_or_else(|| CacheProblem {
                folder: PathBuf::new(),
                message: "this user has no cache folder".to_string(),
            })?,
        };
        let problem = |message: String| CacheProblem {
            folder: path.clone(),
            message,
        };
        let folder = Folder::open(&path).map_err(|e| problem(e.to_string()))?;
        let secret = folder.secret().map_err(|e| problem(e.to_string()))?;
        Ok(Some(Open {
            folder,
            secret,
            path,
        }))
    }
}

/// The folder `outwit/code` in the user's cache folder: `~/.cache` on Linux.
fn user_folder() -> Option<PathBuf> {
    let folders = etcetera::choose_base_strategy().ok()?;
    Some(folders.cache_dir().join("outwit").join("code"))
}

/// What is wrong with a folder or its key.
#[derive(Debug, thiserror::Error)]
enum FolderFlaw {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("it is a symbolic link")]
    Link,
    #[error("it belongs to another user")]
    #[cfg_attr(not(unix), allow(dead_code))]
    OtherUser,
    #[error("other users can write there; `chmod go-w` it")]
    #[cfg_attr(not(unix), allow(dead_code))]
    Writable,
    #[error("its file `key` is not a file of this user alone; remove it, and a new one is made")]
    Secret,
    #[error("there is no randomness for its key")]
    Entropy,
}

/// A name nobody else uses at the moment.
fn unfinished_name() -> Result<String, FolderFlaw> {
    let random = random::<8>()?;
    Ok(format!("{UNFINISHED}{}", key::hex(&random)))
}

#[allow(clippy::disallowed_methods)] // a key and names of files are the process's, not a plugin's
fn random<const N: usize>() -> Result<[u8; N], FolderFlaw> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| FolderFlaw::Entropy)?;
    Ok(bytes)
}
