//! `wasi:filesystem`: files in folders that were granted one by one.

use std::path::PathBuf;
use std::sync::Arc;

use wasmtime::component::{Linker, Resource, ResourceType};
use wasmtime_wasi::filesystem::WasiFilesystemView as _;
use wasmtime_wasi::p2::bindings::filesystem::preopens;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    self, Advice, DescriptorFlags, DescriptorType, ErrorCode, HostDescriptor, NewTimestamp,
    OpenFlags, PathFlags,
};
use wasmtime_wasi::p2::{FsError, FsResult};
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

use super::gated::{Aim, Label, gated};
use super::listing::{self, Listing};
use super::open::{self, How};
use super::operations;
use crate::grants::Capability;
use crate::state::State;

/// Lets a plugin use files below some folders; by default below none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Grant {
    /// The folders.
    pub folders: Vec<Folder>,
}

impl Grant {
    /// Adds a folder the plugin may read.
    #[must_use]
    pub fn read(self, host: impl Into<PathBuf>, guest: impl Into<String>) -> Grant {
        self.folder(host, guest, Access::Read)
    }

    /// Adds a folder the plugin may read and write.
    #[must_use]
    pub fn write(self, host: impl Into<PathBuf>, guest: impl Into<String>) -> Grant {
        self.folder(host, guest, Access::Write)
    }

    fn folder(
        mut self,
        host: impl Into<PathBuf>,
        guest: impl Into<String>,
        access: Access,
    ) -> Grant {
        self.folders.push(Folder {
            host: host.into(),
            guest: guest.into(),
            access,
        });
        self
    }
}

/// A folder of the host as a plugin sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// The folder on the host.
    pub host: PathBuf,
    /// Its name in the plugin, for example `/in`.
    pub guest: String,
    /// What the plugin may do there.
    pub access: Access,
}

/// What a plugin may do in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Read files and list folders.
    Read,
    /// Also create, change and remove them.
    Write,
}

pub(crate) fn configure(ctx: &mut WasiCtxBuilder, grant: &Grant) -> Result<(), String> {
    for Folder {
        host,
        guest,
        access,
    } in &grant.folders
    {
        let perms = match access {
            Access::Read => FsPerms::ReadOnly,
            Access::Write => FsPerms::ReadWrite,
        };
        ctx.preopened_dir(host, guest, perms)
            .map_err(|e| format!("cannot open the folder {}: {e:#}", host.display()))?;
    }
    Ok(())
}

/// The most files and folders that an instance has open: each is one of this process, which has not many.
const MOST_OPEN: usize = 256;

pub(super) type Descriptor = Resource<types::Descriptor>;
type Entries = Resource<Listing>;
type Answer<T> = wasmtime::Result<(Result<T, ErrorCode>,)>;

pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    gated!(linker, "wasi:filesystem/preopens" {
        GET_DIRECTORIES |s| (Aim::Nothing) denied (Ok((Vec::new(),)))
            does {
                let folders = preopens::Host::get_directories(&mut s.filesystem())?;
                for (folder, name) in &folders {
                    s.wasi.labels.put(folder, label(name.as_str().into()));
                }
                s.wasi.open += folders.len();
                Ok((folders,))
            };
    });
    let mut types = gated!(linker, "wasi:filesystem/types" {
        READ_VIA_STREAM |s, fd: Descriptor, offset: u64| (s.path(&fd)) denied (denied())
            does {
                let path = s.wasi.labels.path(&fd);
                let stream = s.filesystem().read_via_stream(fd, offset);
                s.labelled_file(stream, path)
            };
        WRITE_VIA_STREAM |s, fd: Descriptor, offset: u64| (s.path(&fd)) denied (denied())
            does {
                let path = s.wasi.labels.path(&fd);
                let stream = s.filesystem().write_via_stream(fd, offset);
                s.labelled_file(stream, path)
            };
        APPEND_VIA_STREAM |s, fd: Descriptor| (s.path(&fd)) denied (denied())
            does {
                let path = s.wasi.labels.path(&fd);
                let stream = s.filesystem().append_via_stream(fd);
                s.labelled_file(stream, path)
            };
        ADVISE |s, fd: Descriptor, offset: u64, len: u64, advice: Advice| (s.path(&fd)) denied (denied())
            does answer(s.filesystem().advise(fd, offset, len, advice).await);
        SYNC_DATA |s, fd: Descriptor| (s.path(&fd)) denied (denied())
            does answer(s.filesystem().sync_data(fd).await);
        GET_FLAGS |s, fd: Descriptor| (s.path(&fd)) denied (denied())
            does answer(s.filesystem().get_flags(fd).await);
        GET_TYPE |s, fd: Descriptor| (s.path(&fd)) denied (denied())
            does answer(s.filesystem().get_type(fd).await);
        SET_SIZE |s, fd: Descriptor, size: u64| (s.path(&fd)) denied (denied())
            does answer(s.filesystem().set_size(fd, size).await);
        SET_TIMES |s, fd: Descriptor, access: NewTimestamp, change: NewTimestamp|
            (s.path(&fd)) denied (denied())
            does answer(s.filesystem().set_times(fd, access, change).await);
        READ |s, fd: Descriptor, len: u64, offset: u64| (s.path(&fd)) denied (denied())
            does answer(s.filesystem().read(fd, len, offset).await);
        WRITE |s, fd: Descriptor, bytes: Vec<u8>, offset: u64| (s.path(&fd)) denied (denied())
            does answer(s.filesystem().write(fd, bytes, offset).await);
        READ_DIRECTORY |s, fd: Descriptor| (s.path(&fd)) denied (denied())
            does {
                let path = s.wasi.labels.path(&fd);
                match listing::read(s, fd).await? {
                    Ok(entries) => {
                        let entries = s.wasi.table.push(entries)?;
                        s.wasi.labels.put(&entries, label(path));
                        Ok((Ok(entries),))
                    }
                    Err(error) => Ok((Err(error),)),
                }
            };
        SYNC |s, fd: Descriptor| (s.path(&fd)) denied (denied())
            does answer(s.filesystem().sync(fd).await);
        CREATE_DIRECTORY_AT |s, fd: Descriptor, path: String| (s.below(&fd, &path)) denied (denied())
            does answer(s.filesystem().create_directory_at(fd, path).await);
        STAT |s, fd: Descriptor| (s.path(&fd)) denied (denied())
            does answer(s.filesystem().stat(fd).await);
        STAT_AT |s, fd: Descriptor, flags: PathFlags, path: String| (s.below(&fd, &path)) denied (denied())
            does answer(s.filesystem().stat_at(fd, flags, path).await);
        SET_TIMES_AT |s, fd: Descriptor, flags: PathFlags, path: String, access: NewTimestamp, change: NewTimestamp|
            (s.below(&fd, &path)) denied (denied())
            does answer(s.filesystem().set_times_at(fd, flags, path, access, change).await);
        LINK_AT |s, fd: Descriptor, flags: PathFlags, path: String, new_fd: Descriptor, new_path: String|
            (Aim::Paths(s.wasi.labels.below(&fd, &path), s.wasi.labels.below(&new_fd, &new_path)))
            denied (denied())
            does answer(s.filesystem().link_at(fd, flags, path, new_fd, new_path).await);
        OPEN_AT |s, fd: Descriptor, flags: PathFlags, path: String, how: OpenFlags, access: DescriptorFlags|
            (s.below(&fd, &path)) denied (denied())
            does {
                if s.wasi.open >= MOST_OPEN {
                    return Ok((Err(ErrorCode::InsufficientMemory),));
                }
                // What is no file is not even opened, unless it is put there between this and that.
                let found = Descriptor::new_borrow(fd.rep());
                let found = s.filesystem().stat_at(found, flags, path.clone()).await;
                if found.is_ok_and(|stat| !is_file(stat.type_)) {
                    return Ok((Err(ErrorCode::NotPermitted),));
                }
                let full = s.wasi.labels.below(&fd, &path);
                let at_once = How { follow: flags, path: path.clone(), open: how, access };
                let opened = match open::open(&mut s.wasi.table, &fd, at_once).await? {
                    Some(opened) => opened.map_err(FsError::from),
                    None => s.filesystem().open_at(fd, flags, path, how, access).await,
                };
                s.wasi.open += usize::from(opened.is_ok());
                s.labelled_file(opened, full)
            };
        READLINK_AT |s, fd: Descriptor, path: String| (s.below(&fd, &path)) denied (denied())
            does answer(s.filesystem().readlink_at(fd, path).await);
        REMOVE_DIRECTORY_AT |s, fd: Descriptor, path: String| (s.below(&fd, &path)) denied (denied())
            does answer(s.filesystem().remove_directory_at(fd, path).await);
        RENAME_AT |s, fd: Descriptor, path: String, new_fd: Descriptor, new_path: String|
            (Aim::Paths(s.wasi.labels.below(&fd, &path), s.wasi.labels.below(&new_fd, &new_path)))
            denied (denied())
            does answer(s.filesystem().rename_at(fd, path, new_fd, new_path).await);
        SYMLINK_AT |s, fd: Descriptor, to: String, path: String|
            (Aim::Paths(to.as_str().into(), s.wasi.labels.below(&fd, &path))) denied (denied())
            does answer(s.filesystem().symlink_at(fd, to, path).await);
        UNLINK_FILE_AT |s, fd: Descriptor, path: String| (s.below(&fd, &path)) denied (denied())
            does answer(s.filesystem().unlink_file_at(fd, path).await);
        IS_SAME_OBJECT |s, fd: Descriptor, other: Descriptor|
            (Aim::Paths(s.wasi.labels.path(&fd), s.wasi.labels.path(&other))) denied (Ok((false,)))
            does Ok((s.filesystem().is_same_object(fd, other).await?,));
        METADATA_HASH |s, fd: Descriptor| (s.path(&fd)) denied (denied())
            does answer(s.filesystem().metadata_hash(fd).await);
        METADATA_HASH_AT |s, fd: Descriptor, flags: PathFlags, path: String|
            (s.below(&fd, &path)) denied (denied())
            does answer(s.filesystem().metadata_hash_at(fd, flags, path).await);
        READ_DIRECTORY_ENTRY |s, entries: Entries| (Aim::Path(s.wasi.labels.path(&entries))) denied (denied())
            does Ok((s.wasi.table.get_mut(&entries)?.next(),));
        FILESYSTEM_ERROR_CODE |s, error: Resource<wasmtime::Error>| (Aim::Nothing) denied (Ok((None,)))
            does Ok((types::Host::filesystem_error_code(&mut s.filesystem(), error)?,));
    });
    types.resource(
        "descriptor",
        ResourceType::host::<types::Descriptor>(),
        |mut store, rep| {
            let state = store.data_mut();
            state.wasi.labels.remove(rep);
            state.wasi.open = state.wasi.open.saturating_sub(1);
            HostDescriptor::drop(&mut state.filesystem(), Resource::new_own(rep))
        },
    )?;
    types.resource(
        "directory-entry-stream",
        ResourceType::host::<Listing>(),
        |mut store, rep| {
            let state = store.data_mut();
            state.wasi.labels.remove(rep);
            let entries: Listing = state.wasi.table.delete(Entries::new_own(rep))?;
            state.wasi.listed = state.wasi.listed.saturating_sub(entries.length());
            Ok(())
        },
    )
}

impl State {
    fn path(&self, fd: &Descriptor) -> Aim {
        Aim::Path(self.wasi.labels.path(fd))
    }

    fn below(&self, fd: &Descriptor, path: &str) -> Aim {
        Aim::Path(self.wasi.labels.below(fd, path))
    }

    /// Something that was opened, known by its path.
    fn labelled_file<T: 'static>(
        &mut self,
        opened: FsResult<Resource<T>>,
        path: Arc<str>,
    ) -> Answer<Resource<T>> {
        if let Ok(resource) = &opened {
            self.wasi.labels.put(resource, label(path));
        }
        answer(opened)
    }
}

fn label(path: Arc<str>) -> Label {
    Label {
        capability: Capability::Filesystem,
        path: Some(path),
        output: false,
    }
}

/// Whether it is something a folder is granted for: not a pipe, a socket, a device.
fn is_file(kind: DescriptorType) -> bool {
    use DescriptorType::{Directory, RegularFile, SymbolicLink};
    matches!(kind, RegularFile | Directory | SymbolicLink)
}

fn denied<T>() -> Answer<T> {
    Ok((Err(ErrorCode::NotPermitted),))
}

fn answer<T>(result: FsResult<T>) -> Answer<T> {
    Ok((match result {
        Ok(value) => Ok(value),
        Err(error) => Err(error.downcast()?),
    },))
}
