//! Builds the two wasm files that `outwit-quickjs` carries.

use crate::{
    quickjs_patches,
    setup::Tools,
    shell::{cargo, command, root, run, step, target},
};
use anyhow::{Context, Result};
use std::{fs, path::Path, process::Command};

/// Where the `include_bytes!` of `outwit-quickjs` look.
const ASSETS: &str = "guest-quickjs/module/assets";

/// How QuickJS is compiled, beyond the -O3 of the profile. Jumps threaded through the head of the
/// interpreter's loop would make every bytecode pass a test that is always true, and spill what the loop holds
/// in registers: docs/performance.md, "Levers".
const C_FLAGS: &str = "-mllvm -jump-threading-threshold=0";

/// Builds the QuickJS engine and the QuickJS guest component.
pub fn guests(tools: &Tools) -> Result<()> {
    step("engine", || {
        let mut build = cargo();
        build.args(["build", "--package", "outwit-quickjs-engine"]);
        build_guest(&mut build, tools)?;
        asset("outwit_quickjs_engine.wasm", "engine.wasm")
    })?;
    step("script component", || {
        let mut build = command(&tools.cargo_component);
        build.args(["component", "build", "--package", "outwit-quickjs-script"]);
        build_guest(&mut build, tools)?;
        asset("outwit_quickjs_script.wasm", "script.wasm")
    })
}

/// The environment in which wasm crates compile.
pub fn guest_environment<'a>(command: &'a mut Command, tools: &Tools) -> Result<&'a mut Command> {
    let c_flags = format!("{C_FLAGS} {}", quickjs_patches::flag()?);
    Ok(command
        .env("CARGO_TARGET_DIR", target().join("guests"))
        .env(
            "CC_wasm32_unknown_unknown",
            quickjs_patches::compiler(&tools.c_compiler.cc)?,
        )
        .env("AR_wasm32_unknown_unknown", &tools.c_compiler.ar)
        .env("CFLAGS_wasm32_unknown_unknown", c_flags))
}

fn build_guest(build: &mut Command, tools: &Tools) -> Result<()> {
    build.args(["--target", "wasm32-unknown-unknown", "--profile", "guest"]);
    run(guest_environment(build, tools)?)
}

/// Copies a built file to where it is embedded, if it is not the same already: a newer file
/// would compile everything above it again.
fn asset(built: &str, name: &str) -> Result<()> {
    let from = target()
        .join("guests/wasm32-unknown-unknown/guest")
        .join(built);
    let to = root().join(ASSETS).join(name);
    let bytes = fs::read(&from).with_context(|| format!("cannot read {}", from.display()))?;
    if fs::read(&to).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    fs::create_dir_all(to.parent().unwrap_or(Path::new(".")))?;
    fs::write(&to, &bytes).with_context(|| format!("cannot write {}", to.display()))?;
    eprintln!("    {ASSETS}/{name}: {} bytes", bytes.len());
    Ok(())
}
