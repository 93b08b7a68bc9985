//! Compiles the packages as those who get them do: unpacked, outside of this workspace, each with what is in the others' packages. And a
//! program that uses them, which is the one of the embedding guide.
//!
//! `cargo package` could compile them as well, but each by itself, with features of its own, and so with a wasmtime of its own. Here they are
//! one workspace with the features that this one has, so what they depend on is there already.

use crate::{
    packages::CRATES,
    shell::{cargo, command, root, run, target},
};
use anyhow::{Context, Result, bail};
use std::{fs, path::Path};

/// The program; the last three dependencies are there for their features, which the tests of this workspace need.
const MANIFEST: &str = r#"[package]
name = "consumer"
version = "0.1.0"
edition = "2024"

[dependencies]
outwit = "0.1.0"
outwit-guest = { version = "0.1.0", features = ["console", "fetch", "timers"] }
outwit-js = "0.1.0"
tokio = { version = "1", features = ["macros", "rt-multi-thread", "test-util"] }
icu_normalizer = "2"
wit-bindgen = { version = "0.61", default-features = false, features = ["async", "async-spawn", "macros", "realloc"] }
"#;

/// Builds the plugin that the guide's program loads.
const PLUGIN: &str = r#"fn main() -> Result<(), Box<dyn std::error::Error>> {
    let component = outwit_js::Build::new("plugin.js", "wit").run()?;
    Ok(std::fs::write("hello.wasm", component)?)
}
"#;

/// Compiles the packages that are in `target/package`, and runs the program.
pub fn verify() -> Result<()> {
    let folder = target().join("packaged");
    let packages = folder.join("packages");
    // What they were compiled to, beside it, stays.
    let _ = fs::remove_dir_all(&packages);
    fs::create_dir_all(&packages)?;
    for (name, _) in CRATES {
        let package = format!("{name}-{}.crate", env!("CARGO_PKG_VERSION"));
        let package = target().join("package").join(package);
        run(command("tar")
            .arg("-xzf")
            .arg(&package)
            .arg("-C")
            .arg(&packages))?;
    }
    fs::write(folder.join("Cargo.toml"), workspace()?)?;
    for file in ["Cargo.lock", "rust-toolchain.toml"] {
        fs::copy(root().join(file), folder.join(file)).context(file)?;
    }
    consumer(&folder.join("consumer"))?;
    // Compiled crates are those of this workspace, programs are not: there is an `outwit` already.
    let cargo = || {
        let mut cargo = cargo();
        cargo
            .current_dir(&folder)
            .env("CARGO_BUILD_BUILD_DIR", target())
            .env("CARGO_TARGET_DIR", folder.join("target"));
        cargo
    };
    run(cargo().args(["build", "--quiet", "--workspace"]))?;
    let built = folder.join("target").join("debug");
    let program = |name: &str| {
        let mut program = command(built.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)));
        program.current_dir(folder.join("consumer"));
        program
    };
    run(&mut program("plugin"))?;
    let greeted = program("consumer").output().context("cannot start it")?;
    let text = String::from_utf8_lossy(&greeted.stdout);
    if text != "Hello, you! This is JavaScript.\n" {
        let said = String::from_utf8_lossy(&greeted.stderr);
        bail!("the program of the embedding guide printed {text:?}, and said\n{said}");
    }
    Ok(())
}

/// The manifest of a workspace of all packages, in which they take the place of those in the registry.
fn workspace() -> Result<String> {
    let ours = fs::read_to_string(root().join("Cargo.toml"))?;
    let profiles = ours.find("[profile.dev]").context("there is no profile")?;
    let dependencies = ours[profiles..].split("\n\n# Benchmarks").next();
    let mut members = String::from("\"consumer\"");
    let mut patches = String::new();
    for (name, _) in CRATES {
        let path = format!("packages/{name}-{}", env!("CARGO_PKG_VERSION"));
        members.push_str(&format!(", \"{path}\""));
        patches.push_str(&format!("{name} = {{ path = \"{path}\" }}\n"));
    }
    Ok(format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{members}]\n\n[patch.crates-io]\n{patches}\n{}\n",
        dependencies.unwrap_or_default()
    ))
}

/// Writes the program, its plugin and its app.
fn consumer(folder: &Path) -> Result<()> {
    let guide = fs::read_to_string(root().join("docs/embedding.md"))?;
    let code = guide.split("```rust,no_run\n").nth(1);
    let code = code.and_then(|rest| rest.split("```").next());
    let code = code.context("docs/embedding.md shows no program")?;
    fs::create_dir_all(folder.join("src/bin"))?;
    fs::create_dir_all(folder.join("wit"))?;
    for (name, text) in [
        ("Cargo.toml", MANIFEST),
        ("src/main.rs", code),
        ("src/bin/plugin.rs", PLUGIN),
    ] {
        fs::write(folder.join(name), text)?;
    }
    let example = root().join("examples/hello-js");
    for name in ["outwit.toml", "plugin.js", "wit/hello.wit"] {
        fs::copy(example.join(name), folder.join(name)).context(name)?;
    }
    Ok(())
}
