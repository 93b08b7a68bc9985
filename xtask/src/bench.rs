//! The benchmarks, with what they compare to.

use crate::{
    guests::guests,
    setup::{Tools, setup},
    shell::{cargo, command, quiet, root, run, step, target, which},
};
use anyhow::{Context, Result, bail};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The peer that is measured beside ours.
const PEER: &str = "componentize-qjs";
const PEER_VERSION: &str = "0.4.5";

/// What crossing into a JavaScript plugin costs.
pub fn bridge() -> Result<()> {
    let tools = prepare()?;
    let peer = Peer::install();
    let mut bench = bench("bridge", &tools)?;
    if let Some(peer) = &peer {
        let wit = root().join("tests/bridge/fmt.wit");
        let module = root().join("tests/bridge/fmt.js");
        bench.env("OUTWIT_BENCH_PEER", peer.build(&module, &wit, "fmt", &[])?);
        let sync = peer.build(&module, &wit, "fmt-sync", &["--sync"])?;
        bench.env("OUTWIT_BENCH_PEER_SYNC", sync);
    }
    run(&mut bench)
}

/// What a call from plugin to plugin costs.
pub fn links() -> Result<()> {
    run(&mut bench("links", &prepare()?)?)
}

/// How fast JavaScript runs in a plugin.
pub fn kernels() -> Result<()> {
    let tools = prepare()?;
    let peer = Peer::install();
    step("native QuickJS", || {
        run(cargo().args(["build", "--package", "outwit-kernels-native"]))
    })?;
    let program = format!("debug/outwit-kernels-native{}", env::consts::EXE_SUFFIX);
    let mut bench = bench("kernels", &tools)?;
    bench.env("OUTWIT_BENCH_NATIVE", target().join(program));
    if let Some(peer) = &peer {
        let wit = root().join("tests/kernels/kernels.wit");
        let module = root().join("tests/kernels/kernels.js");
        let built = peer.build(&module, &wit, "kernels", &[])?;
        let mut components = env::var_os("OUTWIT_BENCH_COMPONENTS").unwrap_or_default();
        components.push(format!(";{PEER}="));
        components.push(built);
        bench.env("OUTWIT_BENCH_COMPONENTS", components);
    }
    run(&mut bench)
}

/// What a decision of the policy costs.
pub fn policy() -> Result<()> {
    run(&mut bench("policy", &prepare()?)?)
}

/// How soon a changed plugin runs in `outwit dev`.
pub fn dev() -> Result<()> {
    run(&mut bench("dev", &prepare()?)?)
}

/// A thousand instances, some of them hostile, for ten minutes or so many seconds.
pub fn soak(seconds: Option<&str>) -> Result<()> {
    prepare()?;
    // Built as the tests build it, so that nothing is compiled for this alone.
    run(cargo().args(["build", "--quiet", "--bin", "outwit-test-child"]))?;
    let program = format!("debug/outwit-test-child{}", env::consts::EXE_SUFFIX);
    run(command(target().join(program)).args(["soak", seconds.unwrap_or("600")]))
}

fn prepare() -> Result<Tools> {
    let tools = step("set-up", setup)?;
    guests(&tools)?;
    Ok(tools)
}

/// The command that runs a benchmark. Dependencies are optimised in the dev profile, and so is what
/// measures; the bench profile would compile wasmtime once more, and so would other features, which
/// `--package` would choose.
fn bench(name: &str, tools: &Tools) -> Result<Command> {
    let mut bench = cargo();
    bench
        .args(["bench", "--quiet", "--profile", "dev"])
        .args(["--bench", name])
        .env("PATH", tools.path()?);
    Ok(bench)
}

/// npm's componentize-qjs, installed below the target folder.
struct Peer {
    program: PathBuf,
    folder: PathBuf,
}

impl Peer {
    /// Installs it. Without npm, or without a network, the benchmark goes on alone.
    fn install() -> Option<Self> {
        let installed = Self::try_install();
        if let Err(error) = &installed {
            eprintln!("    {PEER} {PEER_VERSION} is left out: {error:#}");
        }
        installed.ok()
    }

    fn try_install() -> Result<Self> {
        let folder = target().join("peers");
        let package = folder.join("node_modules").join(PEER);
        let cmd = if cfg!(windows) { ".cmd" } else { "" };
        let program = folder
            .join("node_modules/.bin")
            .join(format!("{PEER}{cmd}"));
        let wanted = format!("\"version\": \"{PEER_VERSION}\"");
        let there = fs::read_to_string(package.join("package.json"));
        if !there.is_ok_and(|text| text.contains(&wanted)) {
            let npm = which("npm")
                .or_else(|| which("npm.cmd"))
                .context("npm is not in PATH")?;
            fs::create_dir_all(&folder)?;
            quiet(
                command(npm)
                    .args(["install", "--no-audit", "--no-fund", "--prefix"])
                    .arg(&folder)
                    .arg(format!("{PEER}@{PEER_VERSION}")),
            )
            .context("npm cannot install it")?;
        }
        if !program.is_file() {
            bail!("npm did not install its program");
        }
        Ok(Self { program, folder })
    }

    /// Builds a module for the world `bench`.
    fn build(&self, module: &Path, wit: &Path, name: &str, flags: &[&str]) -> Result<PathBuf> {
        let built = self.folder.join(format!("{name}.wasm"));
        quiet(
            command(&self.program)
                .args(flags)
                .args(["--world", "bench", "--wit"])
                .arg(wit)
                .arg("--js")
                .arg(module)
                .arg("--output")
                .arg(&built),
        )
        .with_context(|| format!("{PEER} cannot build {}", module.display()))?;
        Ok(built)
    }
}
