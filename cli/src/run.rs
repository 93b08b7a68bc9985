//! `outwit run`: runs an app, a command component, or a script.

use crate::grants::{Grants, PLUGIN};
use crate::target::Target;
use anyhow::{Context, Result, bail};
use outwit::{App, Engine};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Run an app, a component or a JavaScript file
///
/// An app is run through the plugin that exports wasi:cli/run; a component must export it itself. A
/// JavaScript file is evaluated as it is, with no build step and with nothing but a console.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outwit run examples/site
  outwit run tool.wasm --dir docs::/in -- --verbose
  outwit run script.js")]
pub struct Args {
    /// An app's outwit.toml or its folder, a component, or a .js file
    target: PathBuf,
    /// In an app: the plugin to run, if more than one can be
    #[arg(long)]
    plugin: Option<String>,
    #[command(flatten)]
    grants: Grants,
    /// What the program finds as its arguments
    #[arg(last = true)]
    args: Vec<String>,
}
