//! `outwit types`: what a world looks like in TypeScript.

use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Write the TypeScript declarations of a plugin's world
///
/// They describe what the world imports, as modules; what the plugin has to export, as the type `Exports` of a module with the name of the
/// world; and the web APIs that the world has, as globals. They stand on their own: use them with `"lib": ["ES2024"]` and `"types": []`.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outwit types                                      # wit/ -> outwit.d.ts
  outwit types --check                              # fails if outwit.d.ts is not up to date
  outwit types --wit wit --world theme -o types/theme.d.ts
  outwit types my-plugin -o -                       # to standard output")]
pub struct Args {
    /// The folder of the plugin, with its WIT in `wit`
    #[arg(value_name = "PLUGIN_DIR", default_value = ".")]
    folder: PathBuf,
    /// The WIT file or folder [default: `wit` in PLUGIN_DIR]
    #[arg(long, value_name = "PATH")]
    wit: Option<PathBuf>,
    /// The world, if the WIT has more than one
    #[arg(long)]
    world: Option<String>,
    /// Where to write the declarations, or - for standard output [default: outwit.d.ts in PLUGIN_DIR]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write nothing, and fail if the file is not what would be written
    #[arg(long)]
    check: bool,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let wit = match &args.wit {
        Some(wit) => wit.clone(),
        None => args.folder.join("wit"),
    };
    if !args.folder.is_dir() {
        bail!("there is no folder {}", args.folder.display());
    }
    if !wit.exists() {
        return Err(crate::recipe::no_wit(&wit));
    }
    let text = outwit_js::types(&wit, args.world.as_deref())?;
    let output = match &args.output {
        Some(output) if output == Path::new("-") => return crate::out(&text),
        Some(output) => output.clone(),
        None if args.folder == Path::new(".") => PathBuf::from("outwit.d.ts"),
        None => args.folder.join("outwit.d.ts"),
    };
    let is_current = std::fs::read_to_string(&output).is_ok_and(|before| before == text);
    if args.check {
        if !is_current {
            let what = if output.exists() {
                format!("{} is not up to date", output.display())
            } else {
                format!("there is no {}", output.display())
            };
            bail!("{what}: run `outwit types`");
        }
    } else if !is_current {
        crate::files::write(&output, text)?;
        eprintln!("wrote {}", output.display());
    }
    Ok(ExitCode::SUCCESS)
}
