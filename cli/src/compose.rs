//! `outwit compose`: several components into one.

use crate::build::human_size;
use anyhow::{Context, Result};
use outwit::{ComposedExports, Plugin, PluginConfig};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Compose several components into one
///
/// Each component's imports are satisfied by the exports of the others; what none of them exports, the
/// composed component imports. Only what the first one exports stays exported.
#[derive(clap::Args)]
#[command(after_help = "Example:
  outwit compose theme.wasm markdown.wasm -o page.wasm")]
pub struct Args {
    /// The components, the one that is to be called first
    #[arg(required = true, num_args = 2..)]
    components: Vec<PathBuf>,
    /// Export what any of them exports, not only the first
    #[arg(long)]
    export_all: bool,
    /// Where to write the composed component
    #[arg(short, long, value_name = "OUT.wasm")]
    output: PathBuf,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let engine = outwit::Engine::new()?;
    let mut plugins: Vec<(Plugin, PluginConfig)> = Vec::new();
    for path in &args.components {
        let name = free_name(path, |name| plugins.iter().any(|(p, _)| p.name() == name));
        plugins.push((Plugin::from_file(&engine, name, path)?, PluginConfig::new()));
    }
    let exports = match plugins.first() {
        Some((first, _)) if !args.export_all => ComposedExports::Of(first.name().to_owned()),
        _ => ComposedExports::All,
    };
    let composed = outwit::compose(&plugins, &exports)?;
    std::fs::write(&args.output, &composed)
        .with_context(|| format!("cannot write {}", args.output.display()))?;
    eprintln!(
        "composed {} ({})",
        args.output.display(),
        human_size(composed.len())
    );
    Ok(ExitCode::SUCCESS)
}

/// What to call a component in messages: its file's name as far as a plugin's name may have it, with a
/// number behind it if need be.
fn free_name(path: &Path, taken: impl Fn(&str) -> bool) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let plain: String = stem
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '_' {
                c
            } else {
                '-'
            }
        })
        .skip_while(|c| !c.is_ascii_alphabetic())
        .take(48)
        .collect();
    let name = if plain.is_empty() {
        String::from("component")
    } else {
        plain
    };
    if !taken(&name) {
        return name;
    }
    (2..)
        .map(|n| format!("{name}-{n}"))
        .find(|name| !taken(name))
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_differ() {
        let name = |path: &str, taken: &[&str]| free_name(Path::new(path), |n| taken.contains(&n));
        assert_eq!(name("a/theme.wasm", &[]), "theme");
        assert_eq!(name("1 my theme.wasm", &[]), "my-theme");
        assert_eq!(name("2.wasm", &["component"]), "component-2");
        assert_eq!(name("theme.wasm", &["theme", "theme-2"]), "theme-3");
    }
}
