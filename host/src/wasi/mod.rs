//! The WASI 0.2 interfaces, group by group, over the `wasmtime-wasi` crate. A group that is not
//! granted is not linked. <https://github.com/WebAssembly/WASI/tree/v0.2.6>

pub mod cli;
pub mod clocks;
pub mod filesystem;
mod gated;
pub(crate) mod http;
pub(crate) mod io;
mod listing;
mod open;
pub(crate) mod operations;
pub mod random;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::error::{Error, Result};
use crate::grants::Grants;
use crate::host::Host;
use crate::instance::Identity;
use crate::limits::Limits;
use crate::state::State;
use gated::Labels;
use http::Http;

/// What one instance has of WASI.
pub(crate) struct Wasi {
    ctx: WasiCtx,
    table: ResourceTable,
    http: Http,
    /// Where what is in the table came from.
    labels: Labels,
    /// Files and folders that are open.
    open: usize,
    /// Entries of folders that were read and not closed.
    listed: usize,
    /// Bytes written to standard output and error in this call.
    pub(crate) written: u64,
}

impl Wasi {
    pub(crate) fn new(
        identity: &Identity,
        grants: &Grants,
        host: &Host,
        limits: &Limits,
        args: &[String],
    ) -> Result<Wasi> {
        let mut ctx = WasiCtx::builder();
        // Sockets are not linked; this is the second lock on that door.
        ctx.allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .allow_blocking_current_thread(false)
            .max_random_size(limits.host_call_bytes);
        if let (Some(grant), Some(backend)) = (&grants.cli, &host.cli) {
            cli::configure(&mut ctx, &identity.cli, grant, backend.as_ref(), args);
        }
        if let (Some(grant), true) = (&grants.filesystem, host.filesystem) {
            filesystem::configure(&mut ctx, grant).map_err(|message| Error::Grant {
                plugin: identity.plugin.to_string(),
                capability: "filesystem",
                message,
            })?;
        }
        let mut table = ResourceTable::new();
        table.set_max_capacity(usize::try_from(limits.handles).unwrap_or(usize::MAX));
        Ok(Wasi {
            ctx: ctx.build(),
            http: Http::new(limits),
            table,
            labels: Labels::default(),
            open: 0,
            listed: 0,
            written: 0,
        })
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi.ctx,
            table: &mut self.wasi.table,
        }
    }
}
