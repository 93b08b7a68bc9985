//! The `outwit` command: builds, runs, calls, inspects and composes plugins.
//!
//! Exit codes: 0 when all went well, 1 when something failed, 2 when the command line is wrong. `outwit
//! run` passes on the exit code of what it ran.

use clap::{Parser, Subcommand};
use std::process::ExitCode;

mod build;
pub mod build_rust;
mod call;
mod compose;
mod grants;
mod inspect;
mod run;
mod script;

mod target;

/// Build, run, call, inspect and compose WebAssembly component plugins.
#[derive(Parser)]
#[command(name = "outwit", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Build(build::Args),
    Run(run::Args),
    Call(call::Args),
    Inspect(inspect::Args),
    Compose(compose::Args),
}

/// Does what the command line says.
pub fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Build(args) => build::run(&args),
        Command::Run(args) => run::run(&args),
        Command::Call(args) => call::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Compose(args) => compose::run(&args),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        let mut said = error.to_string();
        for cause in error.chain().skip(1).map(ToString::to_string) {
            // Some errors repeat their cause in their own text.
            if !said.contains(&cause) {
                eprintln!("  caused by: {cause}");
                said = cause;
            }
        }
        ExitCode::FAILURE
    })
}
