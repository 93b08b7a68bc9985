//! Installs what the build needs and is not there.

use crate::{
    c_compiler::{self, CCompiler},
    shell::{cargo, command, root, run, target, text, which},
};
use anyhow::{Context, Result, bail};
use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

/// The version of cargo-component that this workspace was tested with.
const CARGO_COMPONENT: &str = "0.21.1";

/// The tools that [`setup`] found or installed.
pub struct Tools {
    /// Compiles QuickJS.
    pub c_compiler: CCompiler,
    /// The `cargo-component` program.
    pub cargo_component: PathBuf,
}

impl Tools {
    /// PATH with cargo-component in front: `outwit build` looks for it there.
    pub fn path(&self) -> Result<OsString> {
        let folder = self.cargo_component.parent().map(Path::to_path_buf);
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = folder.into_iter().chain(env::split_paths(&path));
        Ok(env::join_paths(folders)?)
    }
}

/// Installs what is missing. What cannot be installed is an error that says how to do it by hand;
/// all of them are reported together.
pub fn setup() -> Result<Tools> {
    let targets = targets();
    let c_compiler = c_compiler::find();
    let cargo_component = cargo_component();
    let problems: Vec<String> = [
        targets.as_ref().err(),
        c_compiler.as_ref().err(),
        cargo_component.as_ref().err(),
    ]
    .into_iter()
    .flatten()
    .map(|error| format!("  * {error:#}"))
    .collect();
    match (targets, c_compiler, cargo_component) {
        (Ok(()), Ok(c_compiler), Ok(cargo_component)) => {
            eprintln!(
                "    wasm32 targets, C compiler {}, cargo-component {CARGO_COMPONENT}",
                c_compiler::describe(&c_compiler)
            );
            Ok(Tools {
                c_compiler,
                cargo_component,
            })
        }
        _ => bail!("set-up is not complete:\n{}", problems.join("\n")),
    }
}

/// The Rust targets that rust-toolchain.toml lists.
fn targets() -> Result<()> {
    let toolchain = fs::read_to_string(root().join("rust-toolchain.toml"))?;
    let listed = toolchain
        .lines()
        .find_map(|line| line.strip_prefix("targets = "))
        .context("rust-toolchain.toml lists no targets")?;
    let sysroot = text(command("rustc").args(["--print", "sysroot"]))
        .context("`rustc --print sysroot` failed: install Rust with https://rustup.rs")?;
    let installed = PathBuf::from(sysroot.trim()).join("lib/rustlib");
    let missing: Vec<&str> = listed
        .split('"')
        .filter(|word| word.starts_with("wasm32-"))
        .filter(|name| !installed.join(name).join("lib").is_dir())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    let fix = format!(
        "the Rust targets {names} are missing, which plugins are compiled for: \
        run `rustup target add {names}`"
    );
    if which("rustup").is_none() {
        bail!("{fix} (there is no rustup in PATH)");
    }
    run(command("rustup").args(["target", "add"]).args(&missing)).context(fix)
}

/// cargo-component of the right version, from PATH or from target/tools.
fn cargo_component() -> Result<PathBuf> {
    let tools = target().join("tools");
    let ours = tools
        .join("bin")
        .join(format!("cargo-component{}", env::consts::EXE_SUFFIX));
    let right = |program: &PathBuf| {
        text(command(program).args(["component", "--version"]))
            .is_some_and(|out| out.split_whitespace().any(|word| word == CARGO_COMPONENT))
    };
    if let Some(found) = [Some(ours.clone()), which("cargo-component")]
        .into_iter()
        .flatten()
        .find(right)
    {
        return Ok(found);
    }
    eprintln!("    installing cargo-component {CARGO_COMPONENT}; this takes some minutes, once");
    // A tool that waits for cargo most of the time: quick to compile matters more than quick to run.
    run(cargo()
        .args(["install", "--locked", "--quiet", "cargo-component"])
        .args(["--version", CARGO_COMPONENT, "--root"])
        .arg(&tools)
        .env("CARGO_TARGET_DIR", tools.join("build"))
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"))
    .with_context(|| {
        format!(
            "cargo-component {CARGO_COMPONENT} is missing, which builds components from Rust: \
            run `cargo install --locked --version {CARGO_COMPONENT} cargo-component`"
        )
    })?;
    let _ = fs::remove_dir_all(tools.join("build"));
    if !right(&ours) {
        bail!(
            "cargo-component was installed but does not run: {}",
            ours.display()
        );
    }
    Ok(ours)
}
