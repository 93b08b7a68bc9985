//! What is published: crates, and the npm package.

use crate::shell::{cargo, command, root, run, target, text};
use anyhow::{Context, Result, bail};
use std::{fs, path::Path};

/// The crates that are published, each after those it depends on, and their folders.
pub const CRATES: &[(&str, &str)] = &[
    ("outwit-cache", "cache"),
    ("outwit-descriptor", "guest-quickjs/descriptor"),
    ("outwit-quickjs", "guest-quickjs/module"),
    ("outwit-js", "guest-quickjs/builder"),
    ("outwit", "host"),
    ("outwit-guest", "guest-rust"),
    ("outwit-cli", "cli"),
];

/// Packages the crates, without compiling them once more, and checks that they are whole: that nothing their sources include
/// lies outside. (`wit` in a crate is a link to the one folder; a package has a copy.)
pub fn crates() -> Result<()> {
    only_these_are_published()?;
    let mut package = cargo();
    // The engine, which is built and not under version control, belongs to one of them.
    package.args(["package", "--quiet", "--no-verify", "--allow-dirty"]);
    for (name, _) in CRATES {
        package.args(["--package", name]);
    }
    run(&mut package)?;
    for (name, folder) in CRATES {
        let list = text(cargo().args(["package", "--list", "--allow-dirty", "--package", name]));
        let list = list.with_context(|| format!("cannot list the files of {name}"))?;
        let files: Vec<&str> = list.lines().collect();
        let sources = files.iter().filter(|file| file.starts_with("src/"));
        for file in sources.filter(|file| file.ends_with(".rs")) {
            let source = fs::read_to_string(root().join(folder).join(file))?;
            for included in included(&source, file) {
                if !files.contains(&included.as_str()) {
                    bail!("{name}: {file} includes {included}, which is not in the package");
                }
            }
        }
    }
    Ok(())
}

/// The files a source includes, by their paths in the package: `include_str!` and `include_bytes!` count from the source's folder, `path:` of
/// the macros that read WIT from the crate's.
fn included(source: &str, file: &str) -> Vec<String> {
    let mut found = Vec::new();
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    let mut lines = source.lines().peekable();
    while let Some(line) = lines.next() {
        let line = line.trim();
        // For the tests of the documentation only; they are not run on packages.
        if line == "#[cfg(doctest)]" {
            lines.next();
            continue;
        }
        for (start, from) in [
            ("include_str!(\"", folder),
            ("include_bytes!(\"", folder),
            ("path: \"wit", Path::new("wit")),
            ("\"wit/", Path::new("wit")),
        ] {
            let code = line.split("//").next().unwrap_or_default();
            if let Some((_, rest)) = code.split_once(start) {
                let path = rest.split('"').next().unwrap_or_default();
                let path = path.strip_prefix('/').unwrap_or(path);
                // What has a brace is put together when the program runs.
                if path.contains('.') && !path.contains('{') {
                    found.push(plain(&from.join(path)));
                }
            }
        }
    }
    found
}

/// A path without `..`, as far as there is something to leave.
fn plain(path: &Path) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in path {
        let part = part.to_string_lossy().into_owned();
        match parts.last() {
            Some(last) if part == ".." && last != ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// A crate that is added has to say whether it is published.
fn only_these_are_published() -> Result<()> {
    let workspace = fs::read_to_string(root().join("Cargo.toml"))?;
    let members = workspace.split_once("\nmembers = [");
    let members = members.and_then(|(_, rest)| rest.split(']').next());
    let members = members.context("the workspace has no members")?;
    for member in members.split('"').skip(1).step_by(2) {
        let manifest = fs::read_to_string(root().join(member).join("Cargo.toml"))?;
        let is_private = manifest.lines().any(|line| line == "publish = false");
        let is_listed = CRATES.iter().any(|(_, folder)| *folder == member);
        if is_private == is_listed {
            bail!(
                "{member}/Cargo.toml: a crate is either published, and in the list of xtask/src/packages.rs, or says `publish = false`"
            );
        }
    }
    Ok(())
}

/// Tests the npm package with the command that was built.
pub fn npm() -> Result<()> {
    if text(command("node").arg("--version")).is_none() {
        eprintln!("    skipped: node is not installed");
        return Ok(());
    }
    let outwit = format!("outwit{}", std::env::consts::EXE_SUFFIX);
    run(command("node")
        .args(["--test", "npm/test/"])
        .env("OUTWIT", target().join("debug").join(outwit)))
}
