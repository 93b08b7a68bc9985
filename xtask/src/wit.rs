//! Published WIT text does not change without a new version.
//!
//! `wit/published.toml` holds a digest for every version of every package under `wit/`. Changed text
//! under a recorded version fails the check; a new version is recorded by `cargo xtask bless`. While a
//! version has been in no release (no `v*` tag of this repository has it), `bless --unreleased` may
//! record it anew.

use crate::shell::{command, root, text};
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

const LOCK: &str = "wit/published.toml";
const HEADER: &str = "\
# The digest of every published version of the packages in this folder, over the text with line ends
# and trailing spaces normalised. `cargo xtask wit` compares; `cargo xtask bless` adds new versions.
";

/// `package@version` to the digest of its text.
type Digests = BTreeMap<String, String>;

/// A WIT package of this folder.
struct Package {
    file: PathBuf,
    name: String,
    digest: String,
}

/// Fails if the text of a recorded version changed, or if an example's copy of a package differs.
pub fn check() -> Result<()> {
    let packages = packages()?;
    let mut problems = differences(&recorded()?, &packages);
    for (copy, original) in copies()? {
        if fs::read(&copy)? != fs::read(&original)? {
            problems.push(format!(
                "{}: differs from {}: run `cargo xtask bless`",
                relative(&copy).display(),
                relative(&original).display()
            ));
        }
    }
    if !problems.is_empty() {
        bail!("WIT:\n  {}", problems.join("\n  "));
    }
    eprintln!("    {} packages are as published", packages.len());
    Ok(())
}

/// What is not as it was recorded.
fn differences(recorded: &Digests, packages: &[Package]) -> Vec<String> {
    let mut problems = Vec::new();
    for Package { file, name, digest } in packages {
        let file = file.display();
        match recorded.get(name) {
            Some(known) if known == digest => {}
            Some(_) => problems.push(format!(
                "{file}: the text of {name} changed. Published text stays as it is: give the package \
                a new version, then run `cargo xtask bless` (`cargo xtask bless --unreleased` if no \
                release has {name} yet)"
            )),
            None => problems.push(format!(
                "{file}: {name} is not in {LOCK}: run `cargo xtask bless`"
            )),
        }
    }
    problems
}

/// Records what is new and brings the examples' copies up to date.
pub fn bless(unreleased: bool) -> Result<()> {
    let mut recorded = recorded()?;
    let released = released();
    for Package { file, name, digest } in packages()? {
        match recorded.get(&name) {
            Some(known) if *known == digest => continue,
            Some(_) if released.contains_key(&name) => bail!(
                "{}: {name} is part of a release and cannot change: give the package a new version",
                file.display()
            ),
            Some(_) if !unreleased => bail!(
                "{}: the text of {name} changed: give the package a new version, or pass --unreleased \
                if nobody can have used {name} yet",
                file.display()
            ),
            _ => {
                println!("recorded {name}");
                recorded.insert(name, digest);
            }
        }
    }
    let mut lock = HEADER.to_string();
    for (name, digest) in &recorded {
        writeln!(lock, "\"{name}\" = \"sha256:{digest}\"")?;
    }
    fs::write(root().join(LOCK), lock)?;
    for (copy, original) in copies()? {
        let bytes = fs::read(&original)?;
        if fs::read(&copy)? != bytes {
            fs::write(&copy, bytes)?;
            println!("updated {}", relative(&copy).display());
        }
    }
    Ok(())
}

fn recorded() -> Result<Digests> {
    let path = root().join(LOCK);
    if !path.exists() {
        return Ok(Digests::new());
    }
    parse(&fs::read_to_string(&path)?)
}

/// Everything that the lock file of any release names.
fn released() -> Digests {
    let tags = text(command("git").args(["tag", "--list", "v*"])).unwrap_or_default();
    tags.lines()
        .filter_map(|tag| text(command("git").args(["show", &format!("{tag}:{LOCK}")])))
        .filter_map(|lock| parse(&lock).ok())
        .flatten()
        .collect()
}

fn parse(lock: &str) -> Result<Digests> {
    lock.lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|line| {
            let words: Vec<&str> = line.split('"').collect();
            match words[..] {
                ["", name, " = ", digest, ""] if digest.starts_with("sha256:") => {
                    Ok((name.to_string(), digest["sha256:".len()..].to_string()))
                }
                _ => bail!(
                    "{LOCK} has a line that is not `\"package@version\" = \"sha256:…\"`: {line}"
                ),
            }
        })
        .collect()
}

/// The packages in wit/ and wit/deps/ that are ours; copies of other people's packages are not
/// ours to version.
fn packages() -> Result<Vec<Package>> {
    let mut packages = Vec::new();
    for folder in ["wit", "wit/deps"] {
        for file in wit_files(&root().join(folder))? {
            let source = fs::read_to_string(&file)?;
            packages.extend(package(relative(&file), &source)?);
        }
    }
    Ok(packages)
}

/// The package in a file with this text, if it is one of ours.
fn package(file: PathBuf, source: &str) -> Result<Option<Package>> {
    let text = normalised(source);
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("package "))
        .and_then(|rest| rest.strip_suffix(';'))
        .with_context(|| format!("{} has no `package` line", file.display()))?
        .to_string();
    if !name.starts_with("outwit:") {
        return Ok(None);
    }
    if !name.contains('@') {
        bail!("{}: the package {name} has no version", file.display());
    }
    let digest = Sha256::digest(&text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(Some(Package { file, name, digest }))
}

fn normalised(source: &str) -> String {
    let mut text: String = source
        .lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect();
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// Copies of our packages in the `deps` folders of examples and test plugins, which hold them as an author's
/// own plugin does, each with its original.
fn copies() -> Result<Vec<(PathBuf, PathBuf)>> {
    let deps = root().join("wit/deps");
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = ["examples", "guest-rust", "guest-quickjs", "tests"]
        .iter()
        .map(|name| root().join(name))
        .collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                if !path.ends_with("target") && !path.is_symlink() {
                    folders.push(path);
                }
            } else if folder.ends_with("deps")
                && let Some(name) = path.file_name()
                && deps.join(name).is_file()
            {
                let original = deps.join(name);
                found.push((path, original));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn wit_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "wit") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn relative(path: &Path) -> PathBuf {
    path.strip_prefix(root()).unwrap_or(path).to_path_buf()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "/// An API.\npackage outwit:test@0.1.0;\n\ninterface a {\n    f: func();\n}\n";

    /// What there is to say about a text when `TEXT` is what was published.
    fn differences_of(text: &str) -> Vec<String> {
        let read = |text| package("test.wit".into(), text).unwrap().unwrap();
        let published = read(TEXT);
        let recorded = Digests::from([(published.name, published.digest)]);
        differences(&recorded, &[read(text)])
    }

    #[test]
    fn changed_text_needs_a_new_version() {
        let changed = differences_of(&TEXT.replace("f: func()", "f: func() -> u32"));
        assert!(changed[0].contains("test.wit: the text of outwit:test@0.1.0 changed"));
        let documented = differences_of(&TEXT.replace("An API", "Another API"));
        assert_eq!(documented.len(), 1);
    }

    #[test]
    fn a_new_version_has_to_be_recorded() {
        let new = differences_of(&TEXT.replace("0.1.0", "0.2.0"));
        assert!(new[0].contains("outwit:test@0.2.0 is not in wit/published.toml"));
    }

    #[test]
    fn line_ends_and_trailing_spaces_do_not_count() {
        assert_eq!(differences_of(TEXT), [""; 0]);
        assert_eq!(differences_of(&TEXT.replace('\n', "  \r\n")), [""; 0]);
        assert_eq!(differences_of(&format!("{TEXT}\n\n")), [""; 0]);
    }

    #[test]
    fn packages_of_others_are_not_ours_to_version() {
        let found = package("io.wit".into(), "package wasi:io@0.2.12;\n").unwrap();
        assert!(found.is_none());
        assert!(package("x.wit".into(), "package outwit:x;\n").is_err());
    }

    #[test]
    fn the_lock_file_is_read_strictly() {
        let lock = parse("# comment\n\"outwit:a@0.1.0\" = \"sha256:00\"\n").unwrap();
        assert_eq!(lock["outwit:a@0.1.0"], "00");
        assert!(parse("outwit:a = 00\n").is_err());
    }
}
