//! `outwit compose`: several components into one.

use crate::build::human_size;
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::process::ExitCode;

/// Compose several components into one
///
/// Each component's imports are satisfied by the exports of the others; what none of them exports, the
/// composed component imports. It exports what the first one exports.
#[derive(clap::Args)]
#[command(after_help = "Example:
  outwit compose theme.wasm markdown.wasm -o page.wasm")]
pub struct Args {
    /// The components, the one that is to be called first
    #[arg(required = true, num_args = 2..)]
    components: Vec<PathBuf>,
    /// Where to write the composed component
    #[arg(short, long, value_name = "OUT.wasm")]
    output: PathBuf,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let engine = outwit::Engine::new()?;
    let mut plugins = Vec::new();
    for (number, path) in args.components.iter().enumerate() {
        plugins.push(outwit::Plugin::from_file(&engine, format!("component-{}", number + 1), path)?);
    }
    let composed = outwit::compose(&plugins)?;
    std::fs::write(&args.output, &composed)
        .with_context(|| format!("cannot write {}", args.output.display()))?;
    eprintln!("composed {} ({})", args.output.display(), human_size(composed.len()));
    Ok(ExitCode::SUCCESS)
}
