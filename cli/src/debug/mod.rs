//! `outwit debug`: a debugger for plugins in JavaScript, for editors that speak the Debug Adapter Protocol.
//!
//! An editor's requests, what the plugin tells, and the end of its calls arrive on one channel; [`session`] works them off one by one.

mod agent;
mod breakpoints;
pub mod coverage;
mod places;
mod session;
mod wire;

pub use agent::AGENT;
pub use places::Places;

use crate::grants::Grants;
use anyhow::{Context, Result, bail};
use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;

/// Debug a plugin in JavaScript or TypeScript from an editor
///
/// Speaks the Debug Adapter Protocol on standard input and output. The editor may name plugin, calls and folders in its launch
/// request, as `program`, `plugin`, `calls` and `sources`, instead of the command line. The plugin needs no special build and no grant; its component has to have its source map.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outwit debug plugin.wasm -- 'greet(\"world\")'
  outwit debug plugin.wasm --grant console --sources src -- 'greet(\"a\")' 'greet(\"b\")'
  outwit debug --listen 127.0.0.1:4711")]
pub struct Args {
    /// An app's outwit.toml or its folder, or a component
    target: Option<PathBuf>,
    /// In an app: the plugin to debug, if it has more than one
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
    let (input, output): (Box<dyn Read + Send>, Box<dyn Write + Send>) = match args.listen {
        None => (Box::new(std::io::stdin()), Box::new(std::io::stdout())),
        Some(address) if !address.ip().is_loopback() => {
            bail!(
                "--listen {address}: whoever can connect controls the plugin, so only addresses of this machine will do, such as 127.0.0.1:4711"
            )
        }
        Some(address) => {
            let listener = TcpListener::bind(address)
                .with_context(|| format!("cannot listen on {address}"))?;
            eprintln!("listening on {}", listener.local_addr()?);
            let (stream, _) = listener.accept()?;
            (Box::new(stream.try_clone()?), Box::new(stream))
        }
    };
    let launch = session::Launch {
        target: args.target,
        plugin: args.plugin,
        sources: args.sources,
        calls: args.calls,
        grants: args.grants,
    };
    session::run(launch, BufReader::new(input), wire::Writer::new(output))
}
