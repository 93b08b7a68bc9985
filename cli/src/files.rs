//! Reading and writing files that the user has named, and saying what to do where that fails.

use anyhow::{Error, Result, anyhow};
use outwit_js::nearest;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// The largest file that is read, in bytes: no component, key or signature is that large.
const LARGEST: u64 = 256 << 20;

/// Reads a file.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let file = std::fs::File::open(path).map_err(|error| unreadable(path, error))?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(path, error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(anyhow!(
            "{} is too large: no more than {} MiB are read",
            path.display(),
            LARGEST >> 20
        ));
    }
    Ok(bytes)
}

/// Reads a text.
pub fn read_text(path: &Path) -> Result<String> {
    let text = String::from_utf8(read(path)?);
    text.map_err(|_| anyhow!("{} is not UTF-8 text", path.display()))
}

/// Writes a file, in a folder that is there.
pub fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    std::fs::write(path, content).map_err(|error| unwritable(path, error))
}

/// Writes a file that others may read at any time: they have the old one or the new one, as a whole.
pub fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty());
    let mut file = tempfile::Builder::new();
    file.prefix(".outwit-");
    #[cfg(unix)]
    file.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    // What is no file of its own, such as /dev/stdout or a link, stays what it is.
    let is_file = path.symlink_metadata().map_or(true, |m| m.is_file());
    let file = is_file.then(|| file.tempfile_in(folder.unwrap_or(Path::new("."))));
    // A folder in which no file can be made may have one that can be written.
    let Some(Ok(mut file)) = file else {
        return write(path, content);
    };
    io::Write::write_all(&mut file, content).map_err(|error| unwritable(path, error))?;
    let replaced = file.persist(path);
    replaced
        .map(drop)
        .map_err(|error| unwritable(path, error.error))
}

/// Why a file cannot be read.
pub fn unreadable(path: &Path, error: io::Error) -> Error {
    match error.kind() {
        ErrorKind::NotFound => missing(path),
        _ => Error::new(error).context(format!("cannot read {}", path.display())),
    }
}

/// Why a file cannot be written.
pub fn unwritable(path: &Path, error: io::Error) -> Error {
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty());
    match folder {
        Some(folder) if error.kind() == ErrorKind::NotFound && !folder.exists() => anyhow!(
            "cannot write {}: there is no folder {}; make it first",
            path.display(),
            folder.display()
        ),
        _ => Error::new(error).context(format!("cannot write {}", path.display())),
    }
}

/// Says that a file is not there, and which one may be meant.
pub fn missing(path: &Path) -> Error {
    match neighbour(path) {
        Some(near) => anyhow!("there is no file {}; is {near} meant?", path.display()),
        None => anyhow!("there is no file {}", path.display()),
    }
}

/// A name without its extension, and that with its dot.
fn split(name: &str) -> (&str, &str) {
    name.split_at(name.rfind('.').unwrap_or(name.len()))
}

/// A file in the same folder with a name like this.
fn neighbour(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let folder = path.parent()?;
    let real = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    let entries = std::fs::read_dir(real).ok()?.flatten().take(1000);
    let names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    let (stem, extension) = split(name);
    let mut stems: Vec<&str> = names
        .iter()
        .map(|name| split(name))
        .filter(|(_, other)| *other == extension)
        .map(|(stem, _)| stem)
        .collect();
    stems.sort_unstable();
    let near = nearest(stem, &stems)?;
    // Of a short name half may be different.
    (stem.len() > 4 || near.starts_with(stem) || stem.starts_with(near)).then(|| {
        folder
            .join(format!("{near}{extension}"))
            .display()
            .to_string()
    })
}
