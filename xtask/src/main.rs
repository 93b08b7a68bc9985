//! The tasks of this workspace: `cargo xtask TASK`.

mod c_compiler;
mod check;
mod guests;
mod setup;
mod shell;
mod wit;

use anyhow::{Result, bail};
use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask TASK

Tasks:
  setup    install what the build needs: Rust targets, a C compiler for wasm32, cargo-component
