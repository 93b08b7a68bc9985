//! What a command is pointed at: an app's manifest, a component, or a script.

use anyhow::{Result, bail};
use std::path::{Path, PathBuf};

/// What a path on the command line is.
pub enum Target {
    /// An app: its manifest.
    App(PathBuf),
    /// A single component.
    Component(PathBuf),
    /// A JavaScript file to run as it is.
    Script(PathBuf),
}

impl Target {
    /// Looks at the name, and at whether the file is there at all.
    pub fn of(path: &Path) -> Result<Self> {
        let manifest = path.join("outwit.toml");
        let path = if !path.is_dir() {
            path.to_owned()
        } else if manifest.exists() {
            manifest
        } else {
            bail!("there is no outwit.toml in the folder {}", path.display());
        };
        if !path.exists() {
            bail!("there is no file {}", path.display());
        }
        Ok(match path.extension().and_then(|e| e.to_str()) {
            Some("toml") => Self::App(path),
            Some("js" | "mjs") => Self::Script(path),
            _ => Self::Component(path),
        })
    }

    /// The component at a path where nothing else will do.
    pub fn component(path: &Path) -> Result<PathBuf> {
        match Self::of(path)? {
            Self::Component(path) => Ok(path),
            Self::App(path) => bail!(
                "{} is the manifest of an app; name one of its components",
                path.display()
            ),
            Self::Script(path) => bail!(
                "{} is a script; `outwit build` makes a component of it",
                path.display()
            ),
        }
    }
}
