//! Writing a file so that at any moment either the old or the new one is there.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Writes a file.
#[allow(clippy::disallowed_methods)] // a file of the app's developer
pub(super) fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut unfinished: OsString = path.as_os_str().to_owned();
    unfinished.push(format!(".{}.new", std::process::id()));
    let unfinished = Path::new(&unfinished);
    let written = write_new(unfinished, content)
        .and_then(|()| std::fs::rename(unfinished, path))
        .and_then(|()| sync_folder(path));
    if written.is_err() {
        let _ = std::fs::remove_file(unfinished);
    }
    written
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    // A file of that name is left over from a process that had our number and was ended.
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// The new name of a file is on the disk when its folder is.
#[allow(clippy::disallowed_methods)] // a folder of the app's developer
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}
