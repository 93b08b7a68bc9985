//! The `outwit` command: builds, runs, calls, inspects and composes plugins.
//!
//! Exit codes: 0 when all went well, 1 when something failed, 2 when the command line is wrong. `outwit
//! run` passes on the exit code of what it ran.

use anyhow::Context;
use clap::{Parser, Subcommand};
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

mod build;
pub mod build_rust;
mod call;
mod compose;
mod grants;
mod inspect;
mod key;
mod lock;
mod policy;
mod run;
mod script;
mod sign;
mod target;
mod types;
mod verify;

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
    Policy(policy::Args),
    Lock(lock::Args),
    Key(key::Args),
    Sign(sign::Args),
    Types(types::Args),
    Verify(verify::Args),
}

/// Does what the command line says. To be called first in `main`.
pub fn main() -> ExitCode {
    // In a child process that compiles, this does not return.
    let _ = outwit::Compiler::child();
    let outcome = match Cli::parse().command {
        Command::Build(args) => build::run(&args),
        Command::Run(args) => run::run(&args),
        Command::Call(args) => call::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Compose(args) => compose::run(&args),
        Command::Policy(args) => policy::run(&args),
        Command::Lock(args) => lock::run(&args),
        Command::Key(args) => key::run(&args),
        Command::Sign(args) => sign::run(&args),
        Command::Types(args) => types::run(&args),
        Command::Verify(args) => verify::run(&args),
    };
    outcome.unwrap_or_else(|error| {
        let mut text = format!("error: {error}\n");
        let mut said = error.to_string();
        for cause in error.chain().skip(1).map(ToString::to_string) {
            // Some errors repeat their cause in their own text.
            if !said.contains(&cause) {
                text.push_str(&format!("  caused by: {cause}\n"));
                said = cause;
            }
        }
        // There is nobody to tell that standard error is closed.
        let _ = std::io::stderr().write_all(text.as_bytes());
        ExitCode::FAILURE
    })
}

/// Writes what a command was asked for to standard output. Who closes it early has seen enough.
fn out(text: &str) -> anyhow::Result<ExitCode> {
    let mut stdout = std::io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to standard output")
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}
