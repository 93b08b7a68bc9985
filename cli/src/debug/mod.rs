//! `outwit debug`: a debugger for plugins in JavaScript, for editors that speak the Debug Adapter Protocol.
//!
//! [`session`] works off an editor's requests and what plugins tell, one by one.

mod agent;
mod breakpoints;
mod conditions;
pub mod coverage;
mod launch;
mod listen;
mod places;
mod session;
mod stack;
mod threads;
mod variables;
mod wire;

pub use agent::AGENT;
pub use places::Places;

use crate::grants::Grants;
use anyhow::Result;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// Debug a plugin in JavaScript or TypeScript from an editor
///
/// Speaks the Debug Adapter Protocol on standard input and output. The editor may name plugin, calls and folders in its launch
/// request, as `program`, `plugin`, `calls`, `sources`, `grants` and `limits`, instead of the command line. The plugin needs no special build and no grant; its component has to have its source map.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outwit debug plugin.wasm -- 'greet(\"world\")'
  outwit debug plugin.wasm --grant console --sources src -- 'greet(\"a\")' 'greet(\"b\")'
  outwit debug --listen 127.0.0.1:4711")]
pub struct Args {
    /// An app's outwit.toml or its folder, or a component
    target: Option<PathBuf>,
    /// In an app: the only plugin to debug; without it all are
    #[arg(long)]
    plugin: Option<String>,
    /// A folder with the sources; the current one and that of the component are searched without
    #[arg(long, value_name = "FOLDER")]
    sources: Vec<PathBuf>,
    /// Wait for one client on this address of this machine instead of using standard input and output
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = address)]
    listen: Option<SocketAddr>,
    #[command(flatten)]
    grants: Grants,
    /// What to call, one after the other, as for `outwit call`; without any the command of the plugin is run
    #[arg(last = true)]
    calls: Vec<String>,
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse()
        .map_err(|_| "this is not an address with a port, such as 127.0.0.1:4711")
}

pub fn run(args: Args) -> Result<ExitCode> {
    let client = match args.listen {
        None => listen::Client::new(std::io::stdin(), std::io::stdout()),
        Some(address) => listen::listen(address)?,
    };
    let launch = launch::Launch {
        target: args.target,
        plugin: args.plugin,
        sources: args.sources,
        calls: args.calls,
        grants: args.grants,
        is_run_only: false,
    };
    let requests = listen::read(client.input)?;
    session::run(launch, requests, client.output)
}
