//! Opening files of a granted folder, without waiting for anything.
//!
//! To open a pipe is to wait for its other end, on a thread that nothing can wake, and to look first what a path
//! leads to is not enough: plugins that share a folder can put another thing there in between.

use wasmtime::component::ResourceTable;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    DescriptorFlags, ErrorCode, OpenFlags, PathFlags,
};

use super::filesystem::Descriptor;

/// How something is to be opened.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
pub(super) struct How {
    pub(super) follow: PathFlags,
    pub(super) path: String,
    pub(super) open: OpenFlags,
    pub(super) access: DescriptorFlags,
}

/// Opens what is below a folder. None if this system cannot do it in one step: the caller has to look first.
#[cfg(target_os = "linux")]
pub(super) async fn open(
    table: &mut ResourceTable,
    folder: &Descriptor,
    how: How,
) -> wasmtime::Result<Option<Result<Descriptor, ErrorCode>>> {
    use linux::Opened;
    use wasmtime_wasi::filesystem::{Descriptor as Open, Dir, File};

    let Open::Dir(dir) = table.get(folder)? else {
        return Ok(Some(Err(ErrorCode::NotDirectory)));
    };
    let (perms, at) = (dir.perms, dir.dir.clone());
    let mode = match linux::mode(perms, &how) {
        Ok(mode) => mode,
        Err(error) => return Ok(Some(Err(error))),
    };
    let opened = tokio::task::spawn_blocking(move || linux::open(&at, &how, mode));
    let opened = match opened.await {
        Ok(Ok(opened)) => opened,
        Ok(Err(error)) => return Ok(error.map(Err)),
        Err(_) => return Ok(Some(Err(ErrorCode::Io))),
    };
    let open = match opened {
        Opened::Dir(dir) => Open::Dir(Dir::new(dir, perms, mode, false)),
        Opened::File(file) => Open::File(File::new(file, perms, mode, false)),
    };
    Ok(Some(Ok(table.push(open)?)))
}

/// Elsewhere nothing opens a path below a folder in one step.
#[cfg(not(target_os = "linux"))]
pub(super) async fn open(
    _: &mut ResourceTable,
    _: &Descriptor,
    _: How,
) -> wasmtime::Result<Option<Result<Descriptor, ErrorCode>>> {
    Ok(None)
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::File;
    use std::io;

    use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, fcntl_getfl, fcntl_setfl, fstat};
    use rustix::io::Errno;
    use wasmtime_wasi::p2::bindings::filesystem::types::{
        DescriptorFlags, ErrorCode, OpenFlags, PathFlags,
    };
    use wasmtime_wasi::{FsPerms, OpenMode};

    use super::How;

    /// How often an opening that collided with a renaming somewhere on the machine is tried again.
    const TRIES: u32 = 64;

    pub(super) enum Opened {
        Dir(File),
        File(File),
    }

    fn creates(how: &How) -> bool {
        how.open.contains(OpenFlags::CREATE)
    }

    fn truncates(how: &How) -> bool {
        how.open.contains(OpenFlags::TRUNCATE)
    }

    /// What may be done with it, if it may be opened so.
    pub(super) fn mode(perms: FsPerms, how: &How) -> Result<OpenMode, ErrorCode> {
        let sync = DescriptorFlags::FILE_INTEGRITY_SYNC
            | DescriptorFlags::DATA_INTEGRITY_SYNC
            | DescriptorFlags::REQUESTED_WRITE_SYNC;
        if how.access.intersects(sync) {
            return Err(ErrorCode::Unsupported);
        }
        let makes = OpenFlags::CREATE | OpenFlags::EXCLUSIVE | OpenFlags::TRUNCATE;
        if how.open.contains(OpenFlags::DIRECTORY) && how.open.intersects(makes) {
            return Err(ErrorCode::Invalid);
        }
        let mut mode = OpenMode::empty();
        let writes = how.access.contains(DescriptorFlags::WRITE);
        if writes || creates(how) || truncates(how) {
            mode |= OpenMode::WRITE;
        }
        if how.access.contains(DescriptorFlags::READ) || !writes {
            mode |= OpenMode::READ;
        }
        if mode.contains(OpenMode::WRITE) && !matches!(perms, FsPerms::ReadWrite) {
            return Err(ErrorCode::NotPermitted);
        }
        Ok(mode)
    }

    fn flags(how: &How, mode: OpenMode) -> OFlags {
        let mut flags = match (
            mode.contains(OpenMode::READ),
            mode.contains(OpenMode::WRITE),
        ) {
            (true, true) => OFlags::RDWR,
            (false, true) => OFlags::WRONLY,
            _ => OFlags::RDONLY,
        };
        flags |= OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        if creates(how) {
            flags |= OFlags::CREATE;
            if how.open.contains(OpenFlags::EXCLUSIVE) {
                flags |= OFlags::EXCL;
            }
        }
        if truncates(how) {
            flags |= OFlags::TRUNC;
        }
        if !how.follow.contains(PathFlags::SYMLINK_FOLLOW) {
            flags |= OFlags::NOFOLLOW;
        }
        flags
    }

    /// Whether this process may open files so at all: some sandboxes do not know the call, and say `EPERM`.
    fn is_allowed(folder: &File) -> bool {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        rustix::fs::openat2(folder, ".", flags, Mode::empty(), ResolveFlags::BENEATH).is_ok()
    }

    /// Opens it; the error is none if the system cannot do this.
    pub(super) fn open(
        folder: &File,
        how: &How,
        mode: OpenMode,
    ) -> Result<Opened, Option<ErrorCode>> {
        let flags = flags(how, mode);
        let rights = if creates(how) {
            Mode::from_raw_mode(0o666)
        } else {
            Mode::empty()
        };
        let beneath = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        let known = |errno: Errno| Some(ErrorCode::from(io::Error::from(errno)));
        let mut tries = 0;
        let file = loop {
            tries += 1;
            match rustix::fs::openat2(folder, how.path.as_str(), flags, rights, beneath) {
                Ok(file) => break File::from(file),
                // Something was renamed while `..` was looked up.
                Err(Errno::AGAIN) if tries < TRIES => {}
                Err(Errno::AGAIN) => return Err(Some(ErrorCode::Busy)),
                // What lies outside of the folder.
                Err(Errno::XDEV) => return Err(Some(ErrorCode::NotPermitted)),
                // A pipe that nobody reads, or a socket.
                Err(Errno::NXIO) => return Err(Some(ErrorCode::NotPermitted)),
                Err(Errno::NOSYS) => return Err(None),
                Err(Errno::PERM) if !is_allowed(folder) => return Err(None),
                Err(errno) => return Err(known(errno)),
            }
        };
        let stat = fstat(&file).map_err(known)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => Ok(Opened::Dir(file)),
            FileType::RegularFile if how.open.contains(OpenFlags::DIRECTORY) => {
                Err(Some(ErrorCode::NotDirectory))
            }
            FileType::RegularFile => {
                // It only mattered on the way here.
                let flags = fcntl_getfl(&file).map_err(known)?;
                fcntl_setfl(&file, flags - OFlags::NONBLOCK).map_err(known)?;
                Ok(Opened::File(file))
            }
            _ => Err(Some(ErrorCode::NotPermitted)),
        }
    }
}
