//! `outwit sign`: signs a component or a manifest.

use crate::out;
use anyhow::{Context, Result, anyhow};
use outwit::{Signatures, Subject, Timestamp};
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

/// Sign a component or a manifest
///
/// Writes the signature to a file beside it, FILE.sig. Where there is one already, for the same bytes,
/// the signature is added to it.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outwit key new ann.key
  outwit sign theme.wasm --key ann.key
  outwit sign outwit.toml --key ann.key")]
pub struct Args {
    /// A component, or an app's outwit.toml
    file: PathBuf,
    /// A secret key, as `outwit key new` writes it
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Where to write the signature [default: FILE.sig]
    #[arg(short, long, value_name = "SIG")]
    output: Option<PathBuf>,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let key = crate::key::read(&args.key)?;
    let (subject, bytes) = read(&args.file)?;
    let path = args.output.clone().unwrap_or_else(|| beside(&args.file));
    let mut signatures = match std::fs::read_to_string(&path) {
        Ok(text) => Signatures::parse(&text)
            .map_err(|e| anyhow!("cannot add to {}: {e}; remove it first", path.display()))?,
        Err(e) if e.kind() == ErrorKind::NotFound => Signatures::of(subject, &bytes),
        Err(e) => return Err(e).with_context(|| format!("cannot read {}", path.display())),
    };
    if !signatures.are_for(subject, &bytes) {
        // The file was built again; signatures of what it was are of no use.
        signatures = Signatures::of(subject, &bytes);
    }
    signatures.sign(&key, Timestamp::of(SystemTime::now()));
    crate::files::write(&path, signatures.to_text())?;
    out(&format!("{}  {}\n", signatures.digest(), path.display()))
}

/// The bytes of a file, and what they are.
pub fn read(file: &Path) -> Result<(Subject, Vec<u8>)> {
    let bytes = crate::files::read(file)?;
    let subject = match file.extension().is_some_and(|e| e == "toml") {
        true => Subject::Manifest,
        false => Subject::Component,
    };
    Ok((subject, bytes))
}

/// Where the signature of a file is.
pub fn beside(file: &Path) -> PathBuf {
    let mut path: OsString = file.into();
    path.push(".sig");
    path.into()
}
