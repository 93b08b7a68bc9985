//! The tasks of this workspace: `cargo xtask TASK`.

mod bench;
mod c_compiler;
mod check;
mod demo;
mod fuzz;
mod guests;
mod packages;
mod quickjs_patches;
mod setup;
mod shell;
mod verify;
mod walk;
mod wit;
mod wpt;

use anyhow::{Result, bail};
use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask TASK

Tasks:
  setup    install what the build needs: Rust targets, a C compiler for wasm32, cargo-component
  demo     set up, build everything, render this repository's documentation with examples/site
  test     set up, then every check and every test
  check    the checks of `test` without the tests
  docs     check the book, and render it if mdBook is installed
  guests   build the QuickJS engine and the QuickJS guest component
  wit      check that published WIT packages have not changed
  bless    record the WIT packages of new versions; with --unreleased, also those
           that changed and were in no release yet; write the generated pages of the book.
           With --attacks, write the page of the attacks from what its test shows
  bench    measure: `bench bridge`, what a call into a plugin costs; `bench links`, what
           one from plugin to plugin costs; `bench kernels`, how fast JavaScript runs in one;
           `bench policy`, what a decision of the policy and its record cost; `bench dev`, how
           soon a changed plugin runs in `outwit dev`
  fuzz     give damaged and made-up input to what reads manifests, signatures, entries of the cache
           and so on, a minute each: `fuzz`, or `fuzz manifest --seconds 600`; needs nightly
           Rust and cargo-fuzz (`cargo install --locked cargo-fuzz`)
  wpt      run the Web Platform Tests in WPT_ROOT, or some folders of them, in plugins:
           `wpt dom/events url`; --bless records what fails, --verbose shows it
  packages package the crates that are published, and test the npm package; with --verify,
           compile the packages outside of the workspace, and a program that uses them
  soak     a thousand instances of twenty plugins, one in ten hostile, for ten minutes, or as long
           as `--seconds N` says
  walk     from an empty folder to a passing test in each language, with the seconds of each
           command: `walk`, or `walk path/to/outwit`
  help     print this text
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<()> {
    match arguments {
        ["setup"] => setup::setup().map(drop),
        ["demo"] => demo::demo(),
        ["test"] => check::test(),
        ["check"] => check::check(),
        ["docs"] => check::docs(),
        ["packages"] => packages::crates().and_then(|()| packages::npm()),
        ["packages", "--verify"] => packages::crates().and_then(|()| verify::verify()),
        ["guests"] => guests::guests(&setup::setup()?),
        ["bench", "dev"] => bench::dev(),
        ["bench", "bridge"] => bench::bridge(),
        ["bench", "links"] => bench::links(),
        ["bench", "kernels"] => bench::kernels(),
        ["bench", "policy"] => bench::policy(),
        ["compile-quickjs", cc, arguments @ ..] => quickjs_patches::compile(cc, arguments),
        ["wpt", arguments @ ..] => wpt::wpt(arguments),
        ["fuzz", arguments @ ..] => fuzz::fuzz(arguments),
        ["soak"] => bench::soak(None),
        ["soak", "--seconds", seconds] => bench::soak(Some(seconds)),
        ["walk"] => walk::walk(None),
        ["walk", outwit] => walk::walk(Some(outwit)),
        ["wit"] => wit::check(),
        ["bless"] => wit::bless(false).and_then(|()| check::pages()),
        ["bless", "--attacks"] => check::bless_attacks(),
        ["bless", "--unreleased"] => wit::bless(true).and_then(|()| check::pages()),
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        other => bail!("there is no task `{}`\n\n{USAGE}", other.join(" ")),
    }
}
