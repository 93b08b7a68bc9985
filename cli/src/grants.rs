//! What a single component is given on the command line, where there is no manifest to say it.

use anyhow::{Context, Result, bail};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The name that a single component goes by in messages.
pub const PLUGIN: &str = "plugin";

/// What a component that is not part of an app may do.
#[derive(clap::Args)]
pub struct Grants {
    /// Grant a capability to the component: console, performance, crypto, timers, storage, clocks, random
    #[arg(long, value_name = "CAPABILITY", value_delimiter = ',')]
    grant: Vec<String>,
    /// Grant a folder to the component, read-only unless :write is added; may be given more than once
    #[arg(long, value_name = "HOST::GUEST[:write]")]
    dir: Vec<String>,
}

impl Grants {
    /// Whether anything was granted.
    pub fn any(&self) -> bool {
        !self.grant.is_empty() || !self.dir.is_empty()
    }

    /// The manifest of an app that consists of `component` alone.
    pub fn manifest(&self, component: &Path, args: &[String]) -> Result<String> {
        let mut text = format!(
            "[app]\nname = \"component\"\n\n[plugins.{PLUGIN}]\npath = {}\n\n[plugins.{PLUGIN}.grant]\n",
            quoted(&absolute(component)?)?
        );
        // Standard output is what a command is for.
        writeln!(
            text,
            "cli = {{ stdout = true, stderr = true, args = {} }}",
            list(args)
        )?;
        for capability in &self.grant {
            if capability.is_empty() || !capability.chars().all(|c| c.is_ascii_lowercase()) {
                bail!("`{capability}` is not the name of a capability");
            }
            writeln!(text, "{capability} = true")?;
        }
        if !self.dir.is_empty() {
            let mut folders = Vec::new();
            for dir in &self.dir {
                folders.push(folder(dir)?);
            }
            writeln!(text, "filesystem = [{}]", folders.join(", "))?;
        }
        Ok(text)
    }
}

fn folder(dir: &str) -> Result<String> {
    let (host, guest) = dir
        .split_once("::")
        .with_context(|| format!("--dir {dir}: expected HOST::GUEST, as in docs::/in"))?;
    let (guest, access) = match guest.strip_suffix(":write") {
        Some(guest) => (guest, "write"),
        None => (guest, "read"),
    };
    let host = quoted(&absolute(Path::new(host))?)?;
    let guest = quoted(Path::new(guest))?;
    Ok(format!(
        "{{ host = {host}, guest = {guest}, access = \"{access}\" }}"
    ))
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("cannot find {}", path.display()))
}

/// A TOML string. JSON's escapes are a subset of TOML's.
fn quoted(path: &Path) -> Result<String> {
    let path = path
        .to_str()
        .with_context(|| format!("{} is not UTF-8", path.display()))?;
    Ok(serde_json::Value::from(path).to_string())
}

fn list(items: &[String]) -> String {
    serde_json::Value::from(items).to_string()
}
