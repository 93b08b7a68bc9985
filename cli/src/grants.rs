//! What a single component is given on the command line, where there is no manifest to say it.

use anyhow::{Context, Result, bail};
use outwit::Capability;
use outwit_js::nearest;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// What a component that is not part of an app may do and use.
#[derive(clap::Args, Clone)]
pub struct Grants {
    /// Grant a capability to the component: clocks, console, crypto, fetch=ORIGIN, keyvalue, locks, messaging[=NAME], performance, random, storage, subtle, timers, websocket=ORIGIN
    #[arg(long, value_name = "CAPABILITY", value_delimiter = ',')]
    grant: Vec<String>,
    /// Grant a folder to the component, read-only unless :write is added; may be given more than once
    #[arg(long, value_name = "HOST::GUEST[:write]")]
    dir: Vec<String>,
    /// Change a limit of the component: cpu=2s, wall=1min, memory=1GiB, ...
    #[arg(long, value_name = "LIMIT=VALUE", value_delimiter = ',')]
    limit: Vec<String>,
}

impl Grants {
    /// Whether anything was given.
    pub fn any(&self) -> bool {
        !self.grant.is_empty() || !self.dir.is_empty() || !self.limit.is_empty()
    }

    /// The same with more capabilities and limits.
    pub fn with(mut self, grants: Vec<String>, limits: Vec<String>) -> Grants {
        self.grant.extend(grants);
        self.limit.extend(limits);
        self
    }

    /// The same for a session in which somebody types: it has a console and timers, and as much time as it takes.
    pub fn for_session(&self, patience: &str) -> Grants {
        let mut session = self.with_patience(patience);
        for name in ["console", "timers"] {
            if !session.grant.iter().any(|granted| granted == name) {
                session.grant.push(name.to_owned());
            }
        }
        session
    }

    /// The same with as much time as it takes.
    pub fn with_patience(&self, patience: &str) -> Grants {
        let mut session = self.clone();
        for limit in ["cpu", "wall"] {
            let given = |l: &String| l.split_once('=').is_some_and(|(name, _)| name == limit);
            if !session.limit.iter().any(given) {
                session.limit.push(format!("{limit}={patience}"));
            }
        }
        session
    }

    /// The manifest of an app that consists of `component` alone, under the name `plugin`.
    pub fn manifest(
        &self,
        plugin: &str,
        component: &Path,
        args: &[String],
    ) -> Result<outwit::Manifest> {
        let mut text = format!(
            "[app]\nname = \"component\"\n\n[plugins.{plugin}]\npath = {}\n\n[plugins.{plugin}.grant]\n",
            quoted(&absolute(component)?)?
        );
        // Standard output is what a command is for.
        writeln!(
            text,
            "cli = {{ stdout = true, stderr = true, args = {} }}",
            list(args)
        )?;
        let mut origins: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut names: Vec<String> = Vec::new();
        for name in &self.grant {
            if let Some((name, origin)) = name.split_once('=') {
                match Capability::ALL.into_iter().find(|c| c.name() == name) {
                    Some(c @ (Capability::Fetch | Capability::WebSocket)) => {
                        origins.entry(c.name()).or_default().push(origin);
                    }
                    Some(Capability::Messaging) => names.push(origin.to_string()),
                    _ => bail!(
                        "--grant {name}={origin}: only fetch and websocket have origins, and messaging has names"
                    ),
                }
                continue;
            }
            match Capability::ALL.into_iter().find(|c| c.name() == name) {
                // Granted already.
                Some(Capability::Cli) => {}
                Some(Capability::Filesystem) => {
                    bail!("--grant {name}: folders are granted by --dir HOST::GUEST")
                }
                Some(capability @ (Capability::Fetch | Capability::WebSocket)) => {
                    bail!(
                        "--grant {name}: say where to: {}",
                        option(capability.name())
                    )
                }
                Some(Capability::Messaging) => names.push("*".to_string()),
                Some(capability) => writeln!(text, "{} = true", capability.name())?,
                None => {
                    let meant = Capability::ALL.into_iter().map(Capability::name);
                    let meant = nearest(name, &meant.collect::<Vec<_>>())
                        .map_or(String::from("."), |near| format!("; is `{near}` meant?"));
                    let mut all: Vec<_> = Capability::ALL
                        .into_iter()
                        .map(Capability::name)
                        .filter(|name| !matches!(*name, "cli" | "filesystem"))
                        .collect();
                    all.sort_unstable();
                    bail!(
                        "--grant {name}: there is no such capability{meant} There are {}",
                        all.join(", ")
                    )
                }
            }
        }
        for (name, origins) in origins {
            let origins: Vec<String> = origins.into_iter().map(str::to_string).collect();
            writeln!(text, "{name} = {}", list(&origins))?;
        }
        if !names.is_empty() {
            let names = list(&names);
            writeln!(
                text,
                "messaging = {{ send = {names}, receive = {names}, connect = {names}, accept = {names} }}"
            )?;
        }
        if !self.dir.is_empty() {
            let mut folders = Vec::new();
            for dir in &self.dir {
                folders.push(folder(dir)?);
            }
            writeln!(text, "filesystem = [{}]", folders.join(", "))?;
        }
        writeln!(text, "\n[plugins.{plugin}.limits]")?;
        for limit in &self.limit {
            let (key, value) = limit
                .split_once('=')
                .with_context(|| format!("--limit {limit}: expected LIMIT=VALUE, as in cpu=2s"))?;
            let is_key = |c: char| c.is_ascii_lowercase() || c == '-';
            if key.is_empty() || !key.chars().all(is_key) {
                bail!("--limit {limit}: expected LIMIT=VALUE, as in cpu=2s");
            }
            match value.parse::<u64>() {
                Ok(number) => writeln!(text, "{key} = {number}")?,
                Err(_) => writeln!(text, "{key} = {}", serde_json::Value::from(value))?,
            }
        }
        // Relative paths in it are absolute already.
        outwit::Manifest::parse(&text, "the command line").map_err(|error| match error {
            // Where in a text that nobody has seen does not matter.
            outwit::Error::Manifest { message, .. } => {
                anyhow::anyhow!("the command line: {message}")
            }
            error => error.into(),
        })
    }
}

/// What to write on the command line to grant what was missing.
pub fn options(missing: &outwit::MissingGrant) -> String {
    let mut names = Vec::new();
    let mut options = Vec::new();
    for capability in &missing.capabilities {
        if *capability == Capability::Filesystem.name() {
            options.push(String::from("--dir FOLDER::/"));
        } else {
            names.push(option_value(capability));
        }
    }
    if !names.is_empty() {
        options.insert(0, format!("--grant {}", names.join(",")));
    }
    options.join(" ")
}

/// The option that grants a capability.
fn option(capability: &str) -> String {
    format!("--grant {}", option_value(capability))
}

/// What it is given: some capabilities have to say where to.
fn option_value(capability: &str) -> &str {
    match capability {
        "fetch" => "fetch=https://HOST",
        "websocket" => "websocket=wss://HOST",
        name => name,
    }
}

/// What to call a component in messages: its file's name as far as a plugin's name may have it, with a
/// number behind it if that is taken.
pub fn name_of(path: &Path, taken: impl Fn(&str) -> bool) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_differ() {
        let name = |path: &str, taken: &[&str]| name_of(Path::new(path), |n| taken.contains(&n));
        assert_eq!(name("a/theme.wasm", &[]), "theme");
        assert_eq!(name("1 my theme.wasm", &[]), "my-theme");
        assert_eq!(name("2.wasm", &["component"]), "component-2");
        assert_eq!(name("theme.wasm", &["theme", "theme-2"]), "theme-3");
    }
}
