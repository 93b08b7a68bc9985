//! Compiling QuickJS with our few changes to it, which are in `guest-quickjs/quickjs/`.
//!
//! The C sources are those of the crate rquickjs-sys, which compiles them itself. So the compiler that it is told to use is a
//! script that comes back here ([`compile`]), where the one changed file is replaced by its patched copy.

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

/// The patches, each a unified diff of [`SOURCE`]; the lines before it say why.
const PATCHES: &str = "guest-quickjs/quickjs";
/// The file they change.
const SOURCE: &str = "quickjs.c";

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
    for (_, text) in patches()? {
        digest.update(text);
    }
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
    let mut patched = Vec::new();
    for argument in arguments {
        let path = Path::new(argument);
        patched.push(if path.file_name().is_some_and(|name| name == SOURCE) {
            patch(path)?.into_os_string()
        } else {
            OsString::from(argument)
        });
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

/// Writes the patched copy beside the source, where it finds the headers.
fn patch(source: &Path) -> Result<PathBuf> {
    let mut text =
        fs::read_to_string(source).with_context(|| format!("cannot read {}", source.display()))?;
    for (name, diff) in patches()? {
        let patch = diffy::Patch::from_str(&diff)
            .with_context(|| format!("{PATCHES}/{name} is not a unified diff"))?;
        text = diffy::apply(&text, &patch).with_context(|| {
            format!("{PATCHES}/{name} does not fit this version of QuickJS: adapt it")
        })?;
    }
    let patched = source.with_file_name("quickjs-patched.c");
    fs::write(&patched, text)?;
    Ok(patched)
}

fn patches() -> Result<Vec<(String, String)>> {
    let mut patches = Vec::new();
    for entry in fs::read_dir(root().join(PATCHES))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".patch") {
            patches.push((name, fs::read_to_string(entry.path())?));
        }
    }
    patches.sort();
    Ok(patches)
}
