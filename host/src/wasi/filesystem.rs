//! `wasi:filesystem`: files in folders that were granted one by one.

use std::path::PathBuf;

use wasmtime::component::Linker;
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView as _};
use wasmtime_wasi::p2::bindings::filesystem;
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

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

pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    filesystem::types::add_to_linker::<State, WasiFilesystem>(linker, State::filesystem)?;
    filesystem::preopens::add_to_linker::<State, WasiFilesystem>(linker, State::filesystem)
}
