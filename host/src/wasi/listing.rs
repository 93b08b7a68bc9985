//! What is in a folder, as a plugin reads it: all of it is read at once, so there is a limit to it.
//!
//! wasmtime-wasi reads as much as there is.

use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::p2::bindings::filesystem::types::{self, DirectoryEntry, ErrorCode};

use super::filesystem::Descriptor;
use crate::state::State;

/// The most entries of folders that an instance has read and not closed.
const MOST: usize = 1 << 16;

/// What was in a folder.
pub(super) struct Listing {
    entries: std::vec::IntoIter<Result<DirectoryEntry, ErrorCode>>,
    /// How many it had in the beginning.
    length: usize,
}

impl Listing {
    pub(super) fn next(&mut self) -> Result<Option<DirectoryEntry>, ErrorCode> {
        self.entries.next().transpose()
    }

    pub(super) fn length(&self) -> usize {
        self.length
    }
}

/// Reads a folder, unless there is too much in it.
pub(super) async fn read(
    state: &mut State,
    fd: Descriptor,
) -> wasmtime::Result<Result<Listing, ErrorCode>> {
    let room = MOST.saturating_sub(state.wasi.listed);
    let entries = match entries(state, fd, room).await? {
        Ok(entries) if entries.len() <= room => entries,
        Ok(_) => return Ok(Err(ErrorCode::InsufficientMemory)),
        Err(error) => return Ok(Err(error)),
    };
    let length = entries.len();
    state.wasi.listed += length;
    Ok(Ok(Listing {
        length,
        entries: entries.into_iter(),
    }))
}

type Entries = Vec<Result<DirectoryEntry, ErrorCode>>;

/// The entries of a folder; one more than there is room for if there are too many.
#[cfg(unix)]
async fn entries(
    state: &mut State,
    fd: Descriptor,
    room: usize,
) -> wasmtime::Result<Result<Entries, ErrorCode>> {
    let folder = match folder(&state.wasi.table, &fd)? {
        Ok(folder) => folder,
        Err(error) => return Ok(Err(error)),
    };
    let read = tokio::task::spawn_blocking(move || unix::read(&folder, room));
    Ok(read.await.unwrap_or(Err(ErrorCode::Io)))
}

/// The same by way of wasmtime-wasi, where a folder is read by its path.
#[cfg(not(unix))]
async fn entries(
    state: &mut State,
    fd: Descriptor,
    room: usize,
) -> wasmtime::Result<Result<Entries, ErrorCode>> {
    use wasmtime_wasi::filesystem::WasiFilesystemView as _;
    use wasmtime_wasi::p2::bindings::filesystem::types::HostDescriptor as _;

    if let Err(error) = folder(&state.wasi.table, &fd)? {
        return Ok(Err(error));
    }
    let stream = match state.filesystem().read_directory(fd).await {
        Ok(stream) => stream,
        Err(error) => return Ok(Err(error.downcast()?)),
    };
    let stream = state.wasi.table.delete(stream)?;
    let mut entries = Vec::new();
    for entry in stream.into_iter().take(room.saturating_add(1)) {
        entries.push(match entry {
            Ok(entry) => Ok(entry),
            Err(error) => Err(error.downcast()?),
        });
    }
    Ok(Ok(entries))
}

/// The folder of a descriptor.
fn folder(
    table: &ResourceTable,
    fd: &Descriptor,
) -> wasmtime::Result<Result<Arc<std::fs::File>, ErrorCode>> {
    Ok(match table.get(fd)? {
        types::Descriptor::Dir(dir) => Ok(dir.dir.clone()),
        types::Descriptor::File(_) => Err(ErrorCode::NotDirectory),
    })
}

#[cfg(unix)]
mod unix {
    use super::{DirectoryEntry, Entries, ErrorCode};
    use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
    use rustix::io::Errno;
    use wasmtime_wasi::p2::bindings::filesystem::types::DescriptorType;

    pub(super) fn read(folder: &std::fs::File, room: usize) -> Result<Entries, ErrorCode> {
        let mut all = Vec::new();
        // The descriptor of a granted folder may be one that names it and cannot be read.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = &rustix::fs::openat(folder, c".", flags, Mode::empty()).map_err(error)?;
        for entry in Dir::read_from(folder).map_err(error)? {
            let entry = entry.map_err(error)?;
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            if all.len() > room {
                break;
            }
            let kind = match entry.file_type() {
                // Some file systems do not say.
                FileType::Unknown => {
                    match rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
                        Ok(stat) => FileType::from_raw_mode(stat.st_mode),
                        // It was removed meanwhile.
                        Err(Errno::NOENT) => continue,
                        Err(e) => {
                            all.push(Err(error(e)));
                            continue;
                        }
                    }
                }
                kind => kind,
            };
            all.push(match name.to_str() {
                Ok(name) => Ok(DirectoryEntry {
                    type_: type_of(kind),
                    name: name.to_string(),
                }),
                Err(_) => Err(ErrorCode::IllegalByteSequence),
            });
        }
        Ok(all)
    }

    fn type_of(kind: FileType) -> DescriptorType {
        match kind {
            FileType::RegularFile => DescriptorType::RegularFile,
            FileType::Directory => DescriptorType::Directory,
            FileType::Symlink => DescriptorType::SymbolicLink,
            FileType::BlockDevice => DescriptorType::BlockDevice,
            FileType::CharacterDevice => DescriptorType::CharacterDevice,
            FileType::Fifo => DescriptorType::Fifo,
            FileType::Socket => DescriptorType::Socket,
            _ => DescriptorType::Unknown,
        }
    }

    fn error(error: Errno) -> ErrorCode {
        std::io::Error::from(error).into()
    }
}
