//! The lock file of an app, `outwit.lock`: exactly which components it was put together from, and
//! with which grants.
//!
//! A path in a manifest says where a component is; whoever writes there says what it is. The lock
//! file, kept under version control beside the manifest, holds both fast: a component that was
//! exchanged, or a grant that was added, is refused until `outwit lock` is run again.

mod file;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::manifest::{Entry, Manifest};
use crate::plugin::Plugin;
use crate::signature::{SignedBy, Timestamp};

/// Why an app does not fit its lock file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LockProblem {
    /// The lock file does not have the plugin.
    #[error("the plugin is not in it")]
    NotLocked,
    /// The manifest no longer has the plugin.
    #[error("the manifest does not have the plugin")]
    NotInManifest,
    /// The component is another one.
    #[error("{} is {found}, and {locked} is locked", path.display())]
    OtherContent {
        /// The component.
        path: PathBuf,
        /// The digest in the lock file.
        locked: String,
        /// The digest of the component.
        found: String,
    },
    /// The manifest names another file.
    #[error("the manifest names {}, and {} is locked", found.display(), locked.display())]
    Moved {
        /// The path in the lock file.
        locked: PathBuf,
        /// The path in the manifest.
        found: PathBuf,
    },
    /// The manifest grants something else.
    #[error("what the manifest grants is not what is locked: {}", capabilities.join(", "))]
    OtherGrants {
        /// The capabilities of which the grants differ.
        capabilities: Vec<String>,
    },
    /// What would be locked was signed before what is locked.
    #[error("it was signed on {found}, which is before {locked}, when what is locked was signed")]
    Older {
        /// When what is locked was signed.
        locked: Timestamp,
        /// When the component was signed.
        found: Timestamp,
    },
    /// What would be locked is not signed, and what is locked was.
    #[error("it is not signed, and what is locked was, on {locked}")]
    NoLongerSigned {
        /// When what is locked was signed.
        locked: Timestamp,
    },
}

/// The lock file of an app, `outwit.lock`: which components it consists of, and what they may do.
///
/// While it is there, beside the manifest, the app does not load with other components or other
/// grants; see [`LockProblem`].
#[derive(Debug, Clone, PartialEq)]
pub struct Lock {
    path: PathBuf,
    plugins: BTreeMap<String, Locked>,
}

/// A plugin in a lock file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Locked {
    /// As in the manifest.
    path: PathBuf,
    /// `sha256:…`.
    digest: String,
    /// When it was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed: Option<String>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// As in the manifest.
    #[serde(default, skip_serializing_if = "toml::Table::is_empty")]
    grant: toml::Table,
}

impl Locked {
    fn of(entry: &Entry, plugin: &Plugin, signature: Option<&SignedBy>) -> Locked {
        Locked {
            path: entry.written_path.clone(),
            digest: format!("sha256:{}", plugin.digest()),
            signed: signature.map(|s| s.signed().to_string()),
            key: signature.map(|s| s.key().to_string()),
            grant: entry.written_grant.clone(),
        }
    }
}

/// A plugin in a [`Lock`].
#[derive(Debug, Clone, Copy)]
pub struct LockedPlugin<'a> {
    name: &'a str,
    locked: &'a Locked,
}

impl<'a> LockedPlugin<'a> {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// The digest of its component, `sha256:…`.
    #[must_use]
    pub fn digest(&self) -> &'a str {
        &self.locked.digest
    }

    /// When it was signed.
    #[must_use]
    pub fn signed(&self) -> Option<Timestamp> {
        self.locked.signed.as_ref()?.parse().ok()
    }

    /// The key it was signed with.
    #[must_use]
    pub fn key(&self) -> Option<&'a str> {
        self.locked.key.as_deref()
    }

    /// What is granted to it, each as a line of TOML.
    #[must_use]
    pub fn grants(&self) -> Vec<String> {
        let lines = self.locked.grant.iter();
        lines
            .map(|(key, value)| format!("{key} = {value}"))
            .collect()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    #[serde(default)]
    plugins: BTreeMap<String, Locked>,
}

const HEAD: &str = "# Which components this app consists of, and what they may do. Written by `outwit lock`; keep it under\n\
                    # version control.\n";

impl Lock {
    /// The lock file of a manifest: `outwit.lock` for `outwit.toml`.
    #[must_use]
    pub fn path_for(manifest: &Path) -> PathBuf {
        manifest.with_extension("lock")
    }

    /// Reads the components of an app, checks their signatures if the manifest has keys, and locks
    /// what is there.
    ///
    /// # Errors
    ///
    /// [`Error::Manifest`] for a file that cannot be read, [`Error::Signature`], and those of
    /// [`Plugin::from_file`](crate::Plugin::from_file).
    pub fn of(engine: &Engine, manifest: &Manifest) -> Result<Lock> {
        let mut plugins = BTreeMap::new();
        for entry in manifest.plugins() {
            let (plugin, signature) = entry.open(engine, manifest.trust())?;
            let locked = Locked::of(entry, &plugin, signature.as_ref());
            plugins.insert(entry.name().to_string(), locked);
        }
        Ok(Lock {
            path: Lock::path_for(manifest.path()),
            plugins,
        })
    }

    /// Reads a lock file.
    ///
    /// # Errors
    ///
    /// [`Error::Read`], or [`Error::Manifest`] for a mistake in it.
    pub fn load(path: impl AsRef<Path>) -> Result<Lock> {
        let path = path.as_ref();
        #[allow(clippy::disallowed_methods)] // this is what the function is for
        let text = std::fs::read_to_string(path).map_err(|source| Error::Read {
            path: path.to_path_buf(),
            source,
        })?;
        Lock::parse(&text, path)
    }

    /// Parses the text of a lock file. `path` is where it comes from.
    ///
    /// # Errors
    ///
    /// [`Error::Manifest`] for a mistake in it.
    pub fn parse(text: &str, path: impl AsRef<Path>) -> Result<Lock> {
        let path = path.as_ref();
        let file: File = toml::from_str(text).map_err(|e| {
            let at = e.span().map_or(0, |span| span.start);
            crate::manifest::mistake(text, path, at, e.message().to_string())
        })?;
        if file.version != 1 {
            let message = format!("this lock file is of version {}, not 1", file.version);
            return Err(crate::manifest::mistake(text, path, 0, message));
        }
        Ok(Lock {
            path: path.to_path_buf(),
            plugins: file.plugins,
        })
    }

    /// The text of the file.
    #[must_use]
    pub fn to_text(&self) -> String {
        let file = File {
            version: 1,
            plugins: self.plugins.clone(),
        };
        // Nothing of the kind a table cannot hold is in there.
        format!("{HEAD}{}", toml::to_string(&file).unwrap_or_default())
    }

    /// Writes the file: as a whole or not at all, and it is on the disk when this returns.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn save(&self) -> std::io::Result<()> {
        file::write(&self.path, self.to_text().as_bytes())
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The plugins, in the order of their names.
    pub fn plugins(&self) -> impl Iterator<Item = LockedPlugin<'_>> {
        let plugins = self.plugins.iter();
        plugins.map(|(name, locked)| LockedPlugin { name, locked })
    }

    /// Whether everything in this lock is in another one, and the other way round.
    ///
    /// # Errors
    ///
    /// [`Error::Lock`] with what the other one has that does not fit.
    pub fn check_equals(&self, other: &Lock) -> Result<()> {
        for (name, found) in &self.plugins {
            other.compare(name, &found.path, found)?;
        }
        match other
            .plugins
            .keys()
            .find(|n| !self.plugins.contains_key(*n))
        {
            Some(name) => Err(other.error(name, LockProblem::NotInManifest)),
            None => Ok(()),
        }
    }

    /// Whether this lock may take the place of an earlier one: whether no plugin goes back to what was
    /// signed before, or to what is not signed.
    ///
    /// # Errors
    ///
    /// [`Error::Lock`].
    pub fn check_successor_of(&self, earlier: &Lock) -> Result<()> {
        for (name, new) in &self.plugins {
            let time =
                |locked: &Locked| -> Option<Timestamp> { locked.signed.as_ref()?.parse().ok() };
            let old = earlier.plugins.get(name).filter(|o| o.digest != new.digest);
            let problem = match (old.and_then(time), time(new)) {
                (Some(locked), Some(found)) if found < locked => {
                    LockProblem::Older { locked, found }
                }
                (Some(locked), None) => LockProblem::NoLongerSigned { locked },
                _ => continue,
            };
            return Err(earlier.error(name, problem));
        }
        Ok(())
    }

    /// Whether a plugin is the one that is locked, with the same grants.
    pub(crate) fn check(&self, entry: &Entry, plugin: &Plugin) -> Result<()> {
        let found = Locked::of(entry, plugin, None);
        self.compare(entry.name(), entry.path(), &found)
    }

    fn compare(&self, plugin: &str, path: &Path, found: &Locked) -> Result<()> {
        let error = |problem| Err(self.error(plugin, problem));
        let Some(locked) = self.plugins.get(plugin) else {
            return error(LockProblem::NotLocked);
        };
        if locked.digest != found.digest {
            return error(LockProblem::OtherContent {
                path: path.to_path_buf(),
                locked: locked.digest.clone(),
                found: found.digest.clone(),
            });
        }
        if locked.path != found.path {
            return error(LockProblem::Moved {
                locked: locked.path.clone(),
                found: found.path.clone(),
            });
        }
        let capabilities = differences(&locked.grant, &found.grant);
        if !capabilities.is_empty() {
            return error(LockProblem::OtherGrants { capabilities });
        }
        Ok(())
    }

    fn error(&self, plugin: &str, problem: LockProblem) -> Error {
        Error::Lock {
            plugin: plugin.to_string(),
            lock: self.path.clone(),
            problem: Box::new(problem),
        }
    }
}

/// The keys at which two tables differ.
fn differences(one: &toml::Table, other: &toml::Table) -> Vec<String> {
    let mut keys: Vec<&String> = one.keys().chain(other.keys()).collect();
    keys.sort();
    keys.dedup();
    keys.retain(|key| one.get(*key) != other.get(*key));
    keys.into_iter().cloned().collect()
}
