//! The `outwit` command: builds, runs, calls, inspects and composes plugins.
//!
//! Exit codes: 0 when all went well, 1 when something failed, 2 when the command line is wrong. `outwit
//! run` passes on the exit code of what it ran. Results go to standard output, everything else to standard error.

#![deny(missing_docs)]

use anyhow::Context;
use clap::{Parser, Subcommand};
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

mod build;
pub mod build_rust;
mod call;
mod completions;
mod compose;
mod debug;
mod dev;
mod failure;
mod files;
mod grants;
mod inspect;
mod json;
mod key;
mod lock;
mod memory;
mod misfit;
mod new;
mod policy;
mod profile;
mod progress;
mod publish;
mod pull;
mod recipe;
mod registry;
mod repl;
mod run;
mod script;
#[cfg(test)]
mod shown;
mod sign;
mod style;
mod target;
mod test;
mod types;
mod verify;
mod watch;
mod wave;

/// Build, run, call, inspect and compose WebAssembly component plugins.
#[derive(Parser)]
#[command(name = "outwit", version, propagate_version = true)]
#[command(
    after_help = "Exit codes: 0 when all went well, 1 when something failed, 2 when the command line is wrong;
`outwit run` ends with the exit code of what it ran. NO_COLOR=1 leaves colours away.

Examples:
  outwit build plugin.ts -o plugin.wasm
  outwit call plugin.wasm 'greet(\"you\")'
  outwit dev examples/site"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    New(new::Args),
    Build(build::Args),
    Dev(dev::Args),
    Test(test::Args),
    Run(run::Args),
    Call(call::Args),
    Inspect(inspect::Args),
    Compose(compose::Args),
    Debug(debug::Args),
    Policy(policy::Args),
    Profile(profile::Args),
    Publish(publish::Args),
    Pull(pull::Args),
    Repl(repl::Args),
    Lock(lock::Args),
    Key(key::Args),
    Sign(sign::Args),
    Types(types::Args),
    Verify(verify::Args),
    Completions(completions::Args),
}

/// Does what the command line says. To be called first in `main`.
pub fn main() -> ExitCode {
    // In a child process that compiles, this does not return.
    let _ = outwit::Compiler::child();
    let command = Cli::parse().command;
    let has_stdout = !matches!(command, Command::Run(_));
    let outcome = match command {
        Command::New(args) => new::run(&args),
        Command::Build(args) => build::run(&args),
        Command::Dev(args) => dev::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Run(args) => run::run(&args),
        Command::Call(args) => call::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Compose(args) => compose::run(&args),
        Command::Debug(args) => debug::run(args),
        Command::Policy(args) => policy::run(&args),
        Command::Profile(args) => profile::run(&args),
        Command::Publish(args) => publish::run(&args),
        Command::Pull(args) => pull::run(&args),
        Command::Repl(args) => repl::run(&args),
        Command::Lock(args) => lock::run(&args),
        Command::Key(args) => key::run(&args),
        Command::Sign(args) => sign::run(&args),
        Command::Types(args) => types::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Completions(args) => completions::run(&args),
    };
    outcome.unwrap_or_else(|error| {
        style::complain(&error);
        if failure::is_wanted() {
            let json = failure::json(&error);
            // The program that runs has standard output to itself.
            match has_stdout {
                true => drop(out_json(&json)),
                false => eprintln!("{json}"),
            }
        }
        ExitCode::FAILURE
    })
}

/// Writes JSON that a command was asked for to standard output.
fn out_json(value: &serde_json::Value) -> anyhow::Result<ExitCode> {
    out(&format!("{value:#}\n"))
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
