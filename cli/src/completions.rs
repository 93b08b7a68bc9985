//! `outwit completions`: what shells need to complete command lines.

use anyhow::Result;
use clap::CommandFactory;
use clap_complete::Shell;
use std::process::ExitCode;

/// Print a script that lets a shell complete command lines
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outwit completions bash > ~/.local/share/bash-completion/completions/outwit
  outwit completions zsh > ~/.zfunc/_outwit
  outwit completions fish > ~/.config/fish/completions/outwit.fish")]
pub struct Args {
    /// The shell
    shell: Shell,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(
        args.shell,
        &mut crate::Cli::command(),
        "outwit",
        &mut script,
    );
    crate::out(&String::from_utf8(script)?)
}
