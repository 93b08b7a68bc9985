//! The folder of the cache, through one descriptor: whatever is done to the path afterwards, no other
//! folder is read or written.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Timespec, Timestamps};

use super::entry::Secret;
use super::file::{Read, Sweep, age_of, write_all};
use super::{FolderFlaw, SECRET, random, unfinished_name};

/// An open folder that belongs to this user, and in which nobody else can write.
#[derive(Debug)]
pub(super) struct Folder(OwnedFd);

impl Folder {
    /// Opens the folder; makes it if need be.
    pub(super) fn open(path: &Path) -> Result<Folder, FolderFlaw> {
        use std::os::unix::fs::DirBuilderExt as _;
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = match rustix::fs::open(path, flags, Mode::empty()) {
            Err(rustix::io::Errno::LOOP | rustix::io::Errno::NOTDIR)
                if path.symlink_metadata().is_ok_and(|m| m.is_symlink()) =>
            {
                return Err(FolderFlaw::Link);
            }
            folder => folder.map_err(io::Error::from)?,
        };
        let stat = rustix::fs::fstat(&folder).map_err(io::Error::from)?;
        if stat.st_uid != rustix::process::geteuid().as_raw() {
            return Err(FolderFlaw::OtherUser);
        }
        if Mode::from_raw_mode(stat.st_mode).intersects(Mode::WGRP | Mode::WOTH) {
            return Err(FolderFlaw::Writable);
        }
        Ok(Folder(folder))
    }

    /// The key of this user: 32 random bytes in a file that only this user can read.
    pub(super) fn secret(&self) -> Result<Secret, FolderFlaw> {
        // The second time round the file is there, whoever made it.
        for _ in 0..2 {
            if let Some(secret) = self.read_secret()? {
                return Ok(secret);
            }
            let name = unfinished_name()?;
            let made = self
                .create(&name, &[&random::<32>()?], true)
                .and_then(|()| {
                    // Unlike renaming, this leaves a key alone that another process has made meanwhile.
                    rustix::fs::linkat(&self.0, &*name, &self.0, SECRET, AtFlags::empty())
                        .map_err(io::Error::from)
                });
            let _ = rustix::fs::unlinkat(&self.0, &*name, AtFlags::empty());
            match made {
                Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e.into()),
                _ => {}
            }
        }
        self.read_secret()?.ok_or(FolderFlaw::Secret)
    }

    fn read_secret(&self) -> Result<Option<Secret>, FolderFlaw> {
        let Some((file, stat)) = self.open_file(SECRET)? else {
            return Ok(None);
        };
        let private = stat.st_uid == rustix::process::geteuid().as_raw()
            && !Mode::from_raw_mode(stat.st_mode).intersects(Mode::RWXG | Mode::RWXO);
        if !private {
            return Err(FolderFlaw::Secret);
        }
        let mut bytes = Vec::new();
        file.take(33).read_to_end(&mut bytes)?;
        match bytes.try_into() {
            Ok(secret) => Ok(Some(Secret(secret))),
            Err(_) => Err(FolderFlaw::Secret),
        }
    }

    /// The content of a file of at most `max` bytes; none if there is no such file.
    pub(super) fn read(&self, name: &str, max: u64) -> Result<Option<Read>, FolderFlaw> {
        let Some((file, stat)) = self.open_file(name)? else {
            return Ok(None);
        };
        let size = u64::try_from(stat.st_size).unwrap_or(u64::MAX);
        if size > max {
            return Ok(None);
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        (&file).take(max).read_to_end(&mut bytes)?;
        Ok(Some(Read {
            age: age_of(&file),
            file,
            bytes,
        }))
    }

    /// Opens a file if it is one: neither a link nor something that would block.
    fn open_file(&self, name: &str) -> Result<Option<(File, rustix::fs::Stat)>, FolderFlaw> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match rustix::fs::openat(&self.0, name, flags, Mode::empty()) {
            Ok(file) => file,
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            Err(rustix::io::Errno::LOOP) => return Err(FolderFlaw::Link),
            Err(error) => return Err(io::Error::from(error).into()),
        };
        let stat = rustix::fs::fstat(&file).map_err(io::Error::from)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(FolderFlaw::Link);
        }
        Ok(Some((File::from(file), stat)))
    }

    /// Notes that a file was used.
    pub(super) fn touch(&self, file: &File) {
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: rustix::fs::UTIME_NOW,
        };
        // If that fails it is removed earlier than it need be.
        let _ = rustix::fs::futimens(
            file,
            &Timestamps {
                last_access: now,
                last_modification: now,
            },
        );
    }

    /// Writes a file, which appears whole or not at all.
    pub(super) fn write(&self, name: &str, parts: &[&[u8]]) -> Result<(), FolderFlaw> {
        let unfinished = unfinished_name()?;
        // Not synchronised with the disk: what a power failure leaves behind is not authentic.
        let written = self.create(&unfinished, parts, false).and_then(|()| {
            rustix::fs::renameat(&self.0, &*unfinished, &self.0, name).map_err(io::Error::from)
        });
        if written.is_err() {
            let _ = rustix::fs::unlinkat(&self.0, &*unfinished, AtFlags::empty());
        }
        Ok(written?)
    }

    fn create(&self, name: &str, parts: &[&[u8]], sync: bool) -> io::Result<()> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = File::from(rustix::fs::openat(
            &self.0,
            name,
            flags,
            Mode::RUSR | Mode::WUSR,
        )?);
        write_all(file, parts, sync)
    }

    /// Removes entries until the rest has at most `max` bytes, and what was never finished.
    pub(super) fn evict(&self, max: u64) -> Result<(), FolderFlaw> {
        let mut sweep = Sweep::default();
        for item in Dir::read_from(&self.0).map_err(io::Error::from)? {
            let item = item.map_err(io::Error::from)?;
            let Ok(name) = item.file_name().to_str() else {
                continue;
            };
            // Another process may have removed it meanwhile.
            let Ok(stat) = rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW) else {
                continue;
            };
            let size = u64::try_from(stat.st_size).unwrap_or(0);
            let modified = u64::try_from(stat.st_mtime).unwrap_or(0);
            let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(modified);
            sweep.note(name, size, modified);
        }
        for name in sweep.superfluous(max) {
            let _ = rustix::fs::unlinkat(&self.0, &*name, AtFlags::empty());
        }
        Ok(())
    }
}
