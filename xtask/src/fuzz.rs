//! Fuzzing: `fuzz/` has the targets, cargo-fuzz runs them.

use crate::{
    guests::guests,
    setup::setup,
    shell::{cargo, command, root, run, step, target, text},
};
use anyhow::{Context, Result, bail};
use std::{fs, path::PathBuf, process::Command};

/// How long each target runs unless told otherwise, in seconds.
const SECONDS: &str = "60";

/// Runs one target or all of them: `[TARGET] [--seconds N]`.
pub fn fuzz(arguments: &[&str]) -> Result<()> {
    let known = targets()?;
    let (wanted, seconds) = match arguments {
        [] => (None, SECONDS),
        ["--seconds", seconds] => (None, *seconds),
        [target] => (Some(*target), SECONDS),
        [target, "--seconds", seconds] => (Some(*target), *seconds),
        other => bail!(
            "`{}` is not `[TARGET] [--seconds N]`; the targets are {}",
            other.join(" "),
            known.join(", ")
        ),
    };
    let seconds: u32 = seconds
        .parse()
        .with_context(|| format!("`{seconds}` is not a number of seconds"))?;
    let chosen: Vec<&String> = match wanted {
        Some(wanted) => vec![known.iter().find(|name| *name == wanted).with_context(|| {
            format!(
                "there is no target `{wanted}`; there are {}",
                known.join(", ")
            )
        })?],
        None => known.iter().collect(),
    };
    let tools = step("set-up", || {
        check_tools()?;
        setup()
    })?;
    // The engine is in one of the targets.
    guests(&tools)?;
    let folder = root().join("fuzz");
    // The versions of the workspace, so that what is fuzzed is what is shipped.
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    for name in chosen {
        step(name, || run_target(name, seconds))?;
    }
    Ok(())
}

/// The targets, by the names of their files.
fn targets() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root().join("fuzz/targets"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "rs")
            && let Some(name) = path.file_stem().and_then(|name| name.to_str())
        {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn cargo_fuzz() -> Command {
    // The cargo that runs this is a toolchain's own; the one in PATH takes `+nightly`.
    let mut cargo = command("cargo");
    cargo
        .env_remove("RUSTUP_TOOLCHAIN")
        .args(["+nightly", "fuzz"]);
    cargo
}

fn check_tools() -> Result<()> {
    let nightly = command("cargo")
        .env_remove("RUSTUP_TOOLCHAIN")
        .args(["+nightly", "--version"])
        .output();
    if !nightly.is_ok_and(|out| out.status.success()) {
        bail!(
            "fuzzing needs nightly Rust, for its instrumentation: run `rustup toolchain install nightly`"
        );
    }
    if text(cargo().args(["fuzz", "--version"])).is_none() {
        bail!("cargo-fuzz is not installed: run `cargo install --locked cargo-fuzz`");
    }
    Ok(())
}

fn run_target(name: &str, seconds: u32) -> Result<()> {
    let seeds = root().join("fuzz/seeds").join(name);
    // What a run finds is kept here, and never among the seeds.
    let corpus = target().join("fuzz/corpus").join(name);
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&seeds)?;
    let mut fuzz = cargo_fuzz();
    fuzz.args(["run", "--sanitizer", "none", "--target-dir"])
        .arg(target().join("fuzz"))
        .arg(name)
        .arg(&corpus)
        .arg(&seeds)
        .arg("--")
        .arg(format!("-max_total_time={seconds}"))
        .args(["-timeout=20", "-rss_limit_mb=4096", "-print_final_stats=1"]);
    let dictionary = dictionary(name);
    if dictionary.is_file() {
        fuzz.arg(format!("-dict={}", dictionary.display()));
    }
    run(&mut fuzz).with_context(|| {
        format!(
            "`{name}` found something: its input is in fuzz/artifacts/{name}; \
             `cargo +nightly fuzz run {name} INPUT` shows it again"
        )
    })
}

fn dictionary(name: &str) -> PathBuf {
    root()
        .join("fuzz/dictionaries")
        .join(format!("{name}.dict"))
}
