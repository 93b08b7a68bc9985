//! `outwit lock`: writes down which components an app consists of.

use crate::target::Target;
use anyhow::{Context, Result, bail};
use outwit::{Error, Lock, Manifest};
use std::path::PathBuf;
use std::process::ExitCode;

/// Write the lock file of an app
///
/// The lock file, outwit.lock beside outwit.toml, has the digest and the grants of each plugin. While
/// it is there, the app does not load with others.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outwit lock
  outwit lock examples/site
  outwit lock examples/site --check
  outwit lock --check --json")]
pub struct Args {
    /// An app's outwit.toml or its folder
    #[arg(default_value = ".")]
    app: PathBuf,
    /// Write nothing; fail if the lock file is not up to date
    #[arg(long)]
    check: bool,
    /// Accept plugins that were signed before those that are locked, or are no longer signed
    #[arg(long)]
    allow_older: bool,
    /// Print JSON: what is locked
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let path = Target::app(&args.app)?;
    let manifest = Manifest::load(&path)?;
    let engine = outwit::Engine::builder().no_cache().build()?;
    let lock = Lock::of(&engine, &manifest)?;
    let earlier = manifest.lock();
    if args.check {
        let Some(earlier) = earlier else {
            bail!(
                "there is no {}: `outwit lock` writes it",
                lock.path().display()
            );
        };
        lock.check_equals(earlier)?;
        return match args.json {
            true => crate::out_json(&json(&lock)),
            false => Ok(ExitCode::SUCCESS),
        };
    }
    if let Some(earlier) = earlier.filter(|_| !args.allow_older) {
        lock.check_successor_of(earlier).map_err(|error| match error {
            Error::Lock { plugin, problem, .. } => anyhow::anyhow!(
                "plugin `{plugin}` would go back: {problem}; --allow-older locks it nevertheless"
            ),
            error => error.into(),
        })?;
    }
    lock.save()
        .with_context(|| format!("cannot write {}", lock.path().display()))?;
    if args.json {
        return crate::out_json(&json(&lock));
    }
    crate::style::write(&changes(earlier, &lock));
    Ok(ExitCode::SUCCESS)
}

/// What a lock file has, for programs.
pub fn json(lock: &Lock) -> serde_json::Value {
    let plugins = lock.plugins().map(|plugin| {
        serde_json::json!({
            "name": plugin.name(),
            "digest": plugin.digest(),
            "key": plugin.key(),
            "signed": plugin.signed().map(|at| at.to_string()),
            "grants": plugin.grants(),
        })
    });
    serde_json::json!({ "file": lock.path(), "plugins": plugins.collect::<Vec<_>>() })
}

/// What is different now.
fn changes(earlier: Option<&Lock>, lock: &Lock) -> String {
    let mut text = format!("wrote {}\n", lock.path().display());
    for plugin in lock.plugins() {
        let old = earlier.and_then(|e| e.plugins().find(|o| o.name() == plugin.name()));
        let name = plugin.name();
        match old {
            None => text.push_str(&format!("  added {name}: {}\n", plugin.digest())),
            Some(old) if old.digest() != plugin.digest() => text.push_str(&format!(
                "  changed {name}: {} -> {}\n",
                old.digest(),
                plugin.digest()
            )),
            Some(_) => {}
        }
        let before = old.map(|old| old.grants()).unwrap_or_default();
        for grant in plugin.grants() {
            if !before.contains(&grant) {
                text.push_str(&format!("  {name} is now granted: {grant}\n"));
            }
        }
    }
    for old in earlier.iter().flat_map(|e| e.plugins()) {
        if !lock.plugins().any(|p| p.name() == old.name()) {
            text.push_str(&format!("  removed {}\n", old.name()));
        }
    }
    text
}
