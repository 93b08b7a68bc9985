//! `outwit key`: makes keys for `outwit sign`.

use crate::out;
use anyhow::{Context, Result, anyhow, bail};
use outwit::SecretKey;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Make a key to sign with, or show the public half of one
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outwit key new ann.key
  outwit key show ann.key")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Make a key, write it to FILE, and print its public half
    New {
        /// Where to write the secret key; only you will be able to read it
        file: PathBuf,
    },
    /// Print the public half of a key
    Show {
        /// A file that `outwit key new` wrote
        file: PathBuf,
    },
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let key = match &args.command {
        Command::New { file } => {
            let key = SecretKey::generate().context("cannot make a key")?;
            write_secret(file, &key.to_text()).map_err(|error| match error.kind() {
                // Whoever loses a key can no longer sign in its name.
                ErrorKind::AlreadyExists => anyhow!(
                    "{} is there already, and a key is never overwritten: choose another name",
                    file.display()
                ),
                _ => crate::files::unwritable(file, error),
            })?;
            key
        }
        Command::Show { file } => read(file)?,
    };
    out(&format!("{}\n", key.public()))
}

/// Reads a secret key.
pub fn read(file: &Path) -> Result<SecretKey> {
    if file
        .to_str()
        .is_some_and(|text| text.starts_with("ed25519:"))
    {
        bail!(
            "{} is the public half of a key; signing takes the file with the secret half, which `outwit key new` wrote",
            file.display()
        );
    }
    let text = crate::files::read_text(file)?;
    SecretKey::parse(&text).with_context(|| format!("cannot use {}", file.display()))
}

/// Writes a new file that only this user can read.
fn write_secret(file: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(file)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
