//! The folder of the cache, by its path. Who may write in it is for the system's own rules about a
//! user's folders to say.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::entry::Secret;
use super::file::{Read, Sweep, age_of, write_all};
use super::{FolderFlaw, SECRET, random, unfinished_name};

/// A folder that is one.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

#[allow(clippy::disallowed_methods)] // this is the backend
impl Folder {
    /// Opens the folder; makes it if need be.
    pub(super) fn open(path: &Path) -> Result<Folder, FolderFlaw> {
        std::fs::create_dir_all(path)?;
        if path.symlink_metadata()?.is_symlink() {
            return Err(FolderFlaw::Link);
        }
        Ok(Folder(path.to_path_buf()))
    }

    /// The key of this user.
    pub(super) fn secret(&self) -> Result<Secret, FolderFlaw> {
        for _ in 0..2 {
            if let Some(read) = self.read(SECRET, 32)? {
                let bytes = read.bytes.try_into();
                return bytes.map(Secret).map_err(|_| FolderFlaw::Secret);
            }
            let name = unfinished_name()?;
            let made = self
                .create(&name, &[&random::<32>()?], true)
                .and_then(|()| std::fs::hard_link(self.0.join(&name), self.0.join(SECRET)));
            let _ = std::fs::remove_file(self.0.join(&name));
            match made {
                Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e.into()),
                _ => {}
            }
        }
        Err(FolderFlaw::Secret)
    }

    /// The content of a file of at most `max` bytes; none if there is no such file.
    pub(super) fn read(&self, name: &str, max: u64) -> Result<Option<Read>, FolderFlaw> {
        let path = self.0.join(name);
        match path.symlink_metadata() {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e.into()),
            Ok(metadata) if !metadata.is_file() => return Err(FolderFlaw::Link),
            Ok(_) => {}
        }
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        if file.metadata()?.len() > max {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        (&file).take(max).read_to_end(&mut bytes)?;
        let age = age_of(&file);
        Ok(Some(Read { file, bytes, age }))
    }

    /// Notes that a file was used.
    pub(super) fn touch(&self, file: &File) {
        // If that fails it is removed earlier than it need be.
        let _ = file.set_modified(SystemTime::now());
    }

    /// Writes a file, which appears whole or not at all.
    pub(super) fn write(&self, name: &str, parts: &[&[u8]]) -> Result<(), FolderFlaw> {
        let unfinished = unfinished_name()?;
        let written = self
            .create(&unfinished, parts, false)
            .and_then(|()| std::fs::rename(self.0.join(&unfinished), self.0.join(name)));
        if written.is_err() {
            let _ = std::fs::remove_file(self.0.join(&unfinished));
        }
        Ok(written?)
    }

    fn create(&self, name: &str, parts: &[&[u8]], sync: bool) -> io::Result<()> {
        let mut options = OpenOptions::new();
        let file = options
            .write(true)
            .create_new(true)
            .open(self.0.join(name))?;
        write_all(file, parts, sync)
    }

    /// Removes entries until the rest has at most `max` bytes, and what was never finished.
    pub(super) fn evict(&self, max: u64) -> Result<(), FolderFlaw> {
        let mut sweep = Sweep::default();
        for item in std::fs::read_dir(&self.0)? {
            let item = item?;
            let name = item.file_name();
            let Some(name) = name.to_str() else {
                continue;
            };
            let Ok(metadata) = item.metadata() else {
                continue;
            };
            let modified = metadata.modified().unwrap_or_else(|_| SystemTime::now());
            sweep.note(name, metadata.len(), modified);
        }
        for name in sweep.superfluous(max) {
            let _ = std::fs::remove_file(self.0.join(name));
        }
        Ok(())
    }
}
