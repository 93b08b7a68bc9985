//! Compiling QuickJS with our few changes to it, which are in `guest-quickjs/quickjs/`.
//!
//! The C sources are those of the crate rquickjs-sys, which compiles them itself. So the compiler that it is told to use is a
//! script that comes back here ([`compile`]), where changed files are replaced by their patched copies.

use crate::shell::{root, target};
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The patches, each a unified diff of one file, which it names; the lines before it say why. What is C there is appended to
/// [`APPENDED_TO`].
const PATCHES: &str = "guest-quickjs/quickjs";

const APPENDED_TO: &str = "quickjs.c";

/// Makes a compiler that takes the arguments of `cc` and compiles patched sources.
pub fn compiler(cc: &Path) -> Result<PathBuf> {
    if cfg!(not(unix)) {
        bail!("building the JavaScript engine needs a Unix shell: on Windows use WSL");
    }
    let xtask = env::current_exe().context("cannot find the program of this task")?;
    let quote = |path: &Path| -> Result<String> {
        let path = path.to_str().context("a path here is not Unicode")?;
        if path.contains('\'') {
            bail!("the path {path} has a quote in it");
        }
        Ok(format!("'{path}'"))
    };
    let script = format!(
        "#!/bin/sh\n# Written by `cargo xtask`: compiles QuickJS with Outwit's patches.\nexec {} compile-quickjs {} \"$@\"\n",
        quote(&xtask)?,
        quote(cc)?
    );
    let path = target().join("tools/quickjs-cc");
    fs::create_dir_all(target().join("tools"))?;
    crate::c_compiler::executable(&path, &script)?;
    Ok(path)
}

/// A compiler flag that differs when a patch does, so that a change of one compiles QuickJS again.
pub fn flag() -> Result<String> {
    let mut digest = Sha256::new();
    for patch in patches()? {
        digest.update(patch.diff);
    }
    digest.update(code()?);
    let digest: String = digest
        .finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(format!("-DOUTWIT_PATCHES=0x{digest}"))
}

/// What the script of [`compiler`] runs: the compiler, and its arguments.
pub fn compile(cc: &str, arguments: &[&str]) -> Result<()> {
    let patches = patches()?;
    let mut patched = Vec::new();
    for argument in arguments {
        let path = Path::new(argument);
        let copy = match path.extension().is_some_and(|extension| extension == "c") {
            true => patch(path, &patches)?,
            false => None,
        };
        patched.push(copy.map_or_else(|| OsString::from(argument), PathBuf::into_os_string));
    }
    // in the folder where the crate's build script runs
    let status = Command::new(cc)
        .args(patched)
        .status()
        .with_context(|| format!("cannot run {cc}"))?;
    if !status.success() {
        bail!("{cc} failed ({status})");
    }
    Ok(())
}

/// Writes the patched copy of a source, and of the headers it includes, beside them, where they find the others. Nothing if no patch is for it.
fn patch(source: &Path, patches: &[Patch]) -> Result<Option<PathBuf>> {
    let name = source.file_name().unwrap_or_default().to_string_lossy();
    let own = patches.iter().filter(|patch| patch.file == name);
    let mut text =
        fs::read_to_string(source).with_context(|| format!("cannot read {}", source.display()))?;
    let mut is_patched = false;
    for patch in own {
        text = patch.apply(&text)?;
        is_patched = true;
    }
    if name == APPENDED_TO {
        text.push_str(&code()?);
        is_patched = true;
    }
    for patch in patches.iter().filter(|patch| patch.file.ends_with(".h")) {
        let include = |file: &str| format!("#include \"{file}\"");
        if text.contains(&include(&patch.file)) {
            let header = beside(source, &patch.file);
            let of_header = patches.iter().filter(|other| other.file == patch.file);
            let mut changed = fs::read_to_string(source.with_file_name(&patch.file))?;
            for patch in of_header {
                changed = patch.apply(&changed)?;
            }
            fs::write(&header, changed)?;
            let renamed = header.file_name().unwrap_or_default().to_string_lossy();
            text = text.replace(&include(&patch.file), &include(&renamed));
            is_patched = true;
        }
    }
    if !is_patched {
        return Ok(None);
    }
    let copy = beside(source, &name);
    fs::write(&copy, text)?;
    Ok(Some(copy))
}

/// The C of our own.
fn code() -> Result<String> {
    let entries: std::io::Result<Vec<_>> = fs::read_dir(root().join(PATCHES))?.collect();
    let mut paths: Vec<PathBuf> = entries?.iter().map(fs::DirEntry::path).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "c"));
    paths.sort();
    let mut code = String::new();
    for path in paths {
        code.push_str(&fs::read_to_string(path)?);
    }
    Ok(code)
}

/// Where the patched copy of a file beside this one is.
fn beside(source: &Path, file: &str) -> PathBuf {
    source.with_file_name(format!("patched-{file}"))
}

/// A change of one file.
struct Patch {
    /// Ours.
    name: String,
    /// The file's name.
    file: String,
    diff: String,
}

impl Patch {
    fn apply(&self, text: &str) -> Result<String> {
        let name = &self.name;
        let patch = diffy::Patch::from_str(&self.diff)
            .with_context(|| format!("{PATCHES}/{name} is not a unified diff"))?;
        diffy::apply(text, &patch).with_context(|| {
            format!("{PATCHES}/{name} does not fit this version of QuickJS: adapt it")
        })
    }
}

fn patches() -> Result<Vec<Patch>> {
    let mut patches = Vec::new();
    for entry in fs::read_dir(root().join(PATCHES))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".patch") {
            let diff = fs::read_to_string(entry.path())?;
            let file = diff.lines().find_map(|line| line.strip_prefix("--- a/"));
            let file = file
                .with_context(|| format!("{PATCHES}/{name} does not say which file it changes"))?
                .to_owned();
            patches.push(Patch { name, file, diff });
        }
    }
    patches.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(patches)
}
