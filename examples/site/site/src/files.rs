//! The two folders.

use std::{error::Error, fs, path::Path};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Paths of files below a folder, with `/` between names, sorted.
#[derive(Default)]
pub struct Found {
    /// Markdown files.
    pub pages: Vec<String>,
    /// Pictures that pages may show.
    pub others: Vec<String>,
}

/// Finds the files below `root`; names that start with a dot are left out.
pub fn walk(root: &Path) -> Result<Found> {
    let mut found = Found::default();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let path = root.join(&folder);
        for entry in fs::read_dir(&path).map_err(|error| format!("{}: {error}", path.display()))? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else {
                continue;
            };
            let path = if folder.is_empty() {
                name.to_string()
            } else {
                format!("{folder}/{name}")
            };
            if entry.file_type()?.is_dir() {
                folders.push(path);
                continue;
            }
            match path.rsplit_once('.').map(|(_, extension)| extension) {
                Some("md") => found.pages.push(path),
                Some("png" | "jpg" | "jpeg" | "gif" | "svg" | "webp") => found.others.push(path),
                _ => {}
            }
        }
    }
    found.pages.sort();
    found.others.sort();
    Ok(found)
}

/// The text of a file.
pub fn read(root: &Path, path: &str) -> Result<String> {
    Ok(fs::read_to_string(root.join(path)).map_err(|error| format!("{path}: {error}"))?)
}

/// Writes a file and the folders it is in.
pub fn write(root: &Path, path: &str, text: &str) -> Result<()> {
    let target = root.join(path);
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder).map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(fs::write(target, text).map_err(|error| format!("{path}: {error}"))?)
}

/// Copies a file from one folder to the same place in the other.
pub fn copy(from: &Path, to: &Path, path: &str) -> Result<()> {
    let bytes = fs::read(from.join(path)).map_err(|error| format!("{path}: {error}"))?;
    let target = to.join(path);
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(fs::write(target, bytes).map_err(|error| format!("{path}: {error}"))?)
}
