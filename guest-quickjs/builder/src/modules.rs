//! Finds the modules that a plugin's modules import.

use std::path::{Component, Path, PathBuf};

/// The folder that module names are counted from.
pub struct Loader {
    root: PathBuf,
}

/// A module's name and source.
pub struct Source {
    pub name: String,
    pub text: String,
}

impl Loader {
    /// Names are counted from the folder of the main module, so that a component tells nothing about
    /// the machine it was built on.
    pub fn new(main: &Path) -> Self {
        Self {
            root: main.parent().map(Path::to_owned).unwrap_or_default(),
        }
    }

    /// Loads what the module `referrer` imports as `specifier`; an error is for the plugin's author.
    pub fn load(&self, referrer: &str, specifier: &str) -> Result<Source, String> {
        if !specifier.starts_with("./") && !specifier.starts_with("../") {
            return Err(format!(
                "cannot find module \"{specifier}\": a module of the plugin begins with ./ or ../, \
                 an import of its world looks like \"namespace:package/interface\""
            ));
        }
        let folder = Path::new(referrer).parent().unwrap_or(Path::new(""));
        let path = normalize(&folder.join(specifier));
        let name = path
            .components()
            .filter_map(|c| c.as_os_str().to_str())
            .collect::<Vec<_>>()
            .join("/");
        let text = std::fs::read_to_string(self.root.join(&path))
            .map_err(|error| format!("cannot read module \"{name}\": {error}"))?;
        Ok(Source { name, text })
    }
}

/// Removes `.` and resolves `..` where there is something to go back from.
fn normalize(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(out.components().next_back(), Some(Component::Normal(_))) =>
            {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_specifier_is_resolved_from_the_module_that_imports_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("lib")).unwrap();
        std::fs::write(folder.path().join("lib/a.js"), "a").unwrap();
        std::fs::write(folder.path().join("b.js"), "b").unwrap();
        let loader = Loader::new(&folder.path().join("main.js"));

        let a = loader.load("main.js", "./lib/a.js").unwrap();
        assert_eq!((a.name.as_str(), a.text.as_str()), ("lib/a.js", "a"));
        let b = loader.load(&a.name, "./.././b.js").unwrap();
        assert_eq!((b.name.as_str(), b.text.as_str()), ("b.js", "b"));

        let missing = loader.load("lib/a.js", "./c.js").err().unwrap();
        assert!(
            missing.starts_with("cannot read module \"lib/c.js\""),
            "{missing}"
        );
        let bare = loader.load("main.js", "lodash").err().unwrap();
        assert!(bare.starts_with("cannot find module \"lodash\""), "{bare}");
    }
}
