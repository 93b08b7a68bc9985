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
        let manifest = match path == Path::new(".") {
            true => PathBuf::from("outwit.toml"),
            false => path.join("outwit.toml"),
        };
        let path = if !path.is_dir() {
            path.to_owned()
        } else if manifest.exists() {
            manifest
        } else {
            let here = match path == Path::new(".") {
                true => String::from("here"),
                false => format!("in the folder {}", path.display()),
            };
            bail!("there is no outwit.toml {here}; `outwit new NAME` makes a plugin with one");
        };
        if !path.exists() {
            return Err(crate::files::missing(&path));
        }
        Ok(match path.extension().and_then(|e| e.to_str()) {
            Some("toml") => Self::App(path),
            Some("js" | "mjs") => Self::Script(path),
            Some("ts" | "mts" | "tsx" | "jsx") => bail!(
                "{0} has to be built first, as in `outwit build {0} -o {1}`",
                path.display(),
                path.with_extension("wasm").display()
            ),
            _ => Self::Component(path),
        })
    }

    /// The manifest at a path where nothing else will do.
    pub fn app(path: &Path) -> Result<PathBuf> {
        match Self::of(path)? {
            Self::App(path) => Ok(path),
            _ => bail!(
                "{} is not the manifest of an app: that is an outwit.toml, or the folder with one",
                path.display()
            ),
        }
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
                "{0} is a script; `outwit build {0} -o {1}` makes a component of it",
                path.display(),
                path.with_extension("wasm").display()
            ),
        }
    }
}
