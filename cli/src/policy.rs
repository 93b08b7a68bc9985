//! `outwit policy`: what the plugins of an app may do.

use crate::out;
use crate::target::Target;
use anyhow::{Result, bail};
use outwit::policy::Standing;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Show what the plugins of an app may do, and why
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outwit policy explain outwit.toml theme
  outwit policy explain . theme --json")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Explain(Explain),
}

/// Show what a plugin asks for, what it was granted, and where the manifest says so
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outwit policy explain outwit.toml theme
  outwit policy explain . theme --json

Ends with 1 if the plugin asks for something that it does not get.")]
struct Explain {
    /// The manifest of an app, or its folder
    app: PathBuf,
    /// The plugin
    plugin: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    match &args.command {
        Command::Explain(args) => explain(args),
    }
}

fn explain(args: &Explain) -> Result<ExitCode> {
    let path = Target::app(&args.app)?;
    let manifest = outwit::Manifest::load(&path)?;
    let Some(entry) = manifest.plugins().find(|p| p.name() == args.plugin) else {
        let known: Vec<_> = manifest.plugins().map(outwit::Entry::name).collect();
        bail!("{}", crate::run::no_plugin(&args.plugin, &known));
    };
    let engine = outwit::Engine::new()?;
    let plugin = outwit::Plugin::from_file(&engine, entry.name(), entry.path())?;
    let standings = outwit::policy::explain(&plugin, entry.grants(), &outwit::Host::system());
    let missing = standings.iter().any(Standing::is_missing);
    let text = if args.json {
        json(entry, &standings)
    } else {
        text(entry, &standings)?
    };
    let code = out(&text)?;
    Ok(if missing { ExitCode::FAILURE } else { code })
}

fn verdict(standing: &Standing) -> &'static str {
    if standing.is_effective() {
        "allowed"
    } else if standing.imports.is_empty() {
        "not used"
    } else if standing.granted {
        "not offered"
    } else {
        "not granted"
    }
}

fn text(entry: &outwit::Entry, standings: &[Standing]) -> Result<String> {
    let mut text = format!("{}\n", entry.name());
    if standings.is_empty() {
        text.push_str("  asks for nothing, and was granted nothing\n");
    }
    for standing in standings {
        let capability = standing.capability;
        writeln!(
            text,
            "  {:<13} {:<12} {}",
            capability.name(),
            verdict(standing),
            capability.description()
        )?;
        for import in &standing.imports {
            writeln!(text, "    imports {import}")?;
        }
        match entry.granted_at(capability) {
            Some(at) => writeln!(text, "    granted at {at}")?,
            None => writeln!(
                text,
                "    granted nowhere; to grant it: [plugins.{}.grant] {}",
                entry.name(),
                capability.manifest_line()
            )?,
        }
        for detail in &standing.details {
            writeln!(text, "    {detail}")?;
        }
        if standing.imports.is_empty() {
            writeln!(text, "    the plugin has no use for it")?;
        }
    }
    Ok(text)
}

fn json(entry: &outwit::Entry, standings: &[Standing]) -> String {
    let capabilities: Vec<_> = standings
        .iter()
        .map(|standing| {
            let at = entry.granted_at(standing.capability).map(|at| {
                serde_json::json!({
                    "file": at.path,
                    "line": at.line,
                    "column": at.column,
                })
            });
            serde_json::json!({
                "capability": standing.capability.name(),
                "verdict": verdict(standing),
                "effective": standing.is_effective(),
                "imports": standing.imports,
                "granted": standing.granted,
                "granted_at": at,
                "offered": standing.offered,
                "details": standing.details,
            })
        })
        .collect();
    let json = serde_json::json!({ "plugin": entry.name(), "capabilities": capabilities });
    format!("{json:#}\n")
}
