//! `outwit verify`: checks signatures, and the lock file of an app.

use crate::out;
use crate::target::Target;
use anyhow::{Context, Result, anyhow, bail};
use outwit::{Lock, Manifest, PublicKey, Signatures, Timestamp, Trust, TrustedKey};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

/// Check the signature of a component or a manifest, or of all plugins of an app
///
/// With --key: that one of these keys has signed the file. Without: that the manifest and each plugin of
/// the app were signed by a key the manifest trusts, and that each is the one in the lock file, if there
/// is one. Nothing is compiled or run.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outwit verify theme.wasm --key ed25519:...
  outwit verify outwit.toml --key ed25519:...
  outwit verify examples/site
  outwit verify examples/site --json")]
pub struct Args {
    /// A component, or an app's outwit.toml or its folder
    file: PathBuf,
    /// A key that may have signed it; may be given more than once
    #[arg(long, value_name = "KEY")]
    key: Vec<PublicKey>,
    /// Where the signature is [default: FILE.sig]
    #[arg(long, value_name = "SIG", requires = "key")]
    signature: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    if !args.key.is_empty() {
        return verify_file(args);
    }
    match Target::of(&args.file)? {
        Target::App(manifest) => verify_app(&manifest, args.json),
        _ => bail!(
            "whose signature has to be there? Name a key with --key; `outwit key show FILE` prints one"
        ),
    }
}

fn verify_file(args: &Args) -> Result<ExitCode> {
    let file = match Target::of(&args.file)? {
        Target::App(file) | Target::Component(file) | Target::Script(file) => file,
    };
    let (subject, bytes) = crate::sign::read(&file)?;
    let path = args.signature.clone();
    let path = path.unwrap_or_else(|| crate::sign::beside(&file));
    if !path.exists() {
        bail!(
            "{0} is not signed: there is no {1}; `outwit sign {0} --key FILE` makes one",
            file.display(),
            path.display()
        );
    }
    let text = crate::files::read_text(&path)?;
    let signatures = Signatures::parse(&text)
        .map_err(|e| anyhow!("{} has no signatures: {e}", path.display()))?;
    let mut trust = Trust::nobody();
    for key in &args.key {
        trust = trust.and(TrustedKey::new(key.to_string(), *key));
    }
    let now = Timestamp::of(SystemTime::now());
    let signature = trust
        .check(subject, &bytes, &signatures, now)
        .with_context(|| format!("{} is not good", path.display()))?;
    if args.json {
        return crate::out_json(&serde_json::json!({
            "file": file,
            "digest": signatures.digest().to_string(),
            "key": signature.key().to_string(),
            "signed": signature.signed().to_string(),
        }));
    }
    out(&format!(
        "{} is good: {} signed {} on {}\n",
        file.display(),
        signature.key(),
        signatures.digest(),
        signature.signed()
    ))
}

fn verify_app(path: &Path, json: bool) -> Result<ExitCode> {
    let manifest = Manifest::load(path)?;
    if manifest.trust().is_none() && manifest.lock().is_none() {
        bail!(
            "there is nothing to verify: {} has no [trust] keys, and there is no lock file",
            path.display()
        );
    }
    // Nothing is compiled, so there is nothing to keep.
    let engine = outwit::Engine::builder().no_cache().build()?;
    let found = Lock::of(&engine, &manifest)?;
    if let Some(lock) = manifest.lock() {
        found.check_equals(lock)?;
    }
    if json {
        return crate::out_json(&crate::lock::json(&found));
    }
    let mut text = String::new();
    if let Some(signature) = manifest.signature() {
        let (key, signed) = (signature.key(), signature.signed());
        writeln!(text, "{}  signed by {key} on {signed}", path.display())?;
    }
    for plugin in found.plugins() {
        write!(text, "{}  {}", plugin.digest(), plugin.name())?;
        if let (Some(key), Some(signed)) = (plugin.key(), plugin.signed()) {
            write!(text, "  signed by {key} on {signed}")?;
        }
        text.push('\n');
    }
    out(&text)
}
