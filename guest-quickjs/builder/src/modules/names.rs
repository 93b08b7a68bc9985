//! What modules are called.

use std::path::{Component, Path, PathBuf};

/// Names files by their paths from one folder.
pub struct Names {
    root: PathBuf,
}

impl Names {
    pub fn new(root: &Path) -> Self {
        let root = if root.as_os_str().is_empty() {
            Path::new(".")
        } else {
            root
        };
        let absolute = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
        Self {
            root: root.canonicalize().unwrap_or(absolute),
        }
    }

    /// The name of a file. What lies outside of the folder begins with `../`, except that a package is known by its place below
    /// `node_modules`, wherever that is.
    pub fn name(&self, path: &Path) -> String {
        let inside = path
            .strip_prefix(&self.root)
            .map(Path::to_owned)
            .unwrap_or_else(|_| {
                let parts: Vec<Component<'_>> = path.components().collect();
                let modules = parts
                    .iter()
                    .position(|part| part.as_os_str() == "node_modules");
                match modules.and_then(|at| parts.get(at..)) {
                    Some(package) => package.iter().collect(),
                    None => self.relative(path),
                }
            });
        let parts = inside
            .components()
            .map(|part| part.as_os_str().to_string_lossy().into_owned());
        parts.collect::<Vec<_>>().join("/")
    }

    fn relative(&self, path: &Path) -> PathBuf {
        let common = self
            .root
            .components()
            .zip(path.components())
            .take_while(|(a, b)| a == b)
            .count();
        let up = self
            .root
            .components()
            .skip(common)
            .map(|_| Component::ParentDir);
        up.chain(path.components().skip(common)).collect()
    }

    /// The file of a name, if it is one of [`Names::name`]'s.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }
}
