//! `outwit test`: the tests of a plugin, in the sandbox and with the grants that the plugin will have.

mod crate_tests;
mod fakes;
mod junit;
mod project;
mod report;
mod runner;
mod snapshots;
mod watching;

use crate::debug::coverage::{self, Coverage};
use anyhow::{Context, Result, bail};
use fakes::Quiet;
use project::Project;
use report::{Report, Status};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Run the tests of a plugin
///
/// The tests are files like plugin.test.ts and parser.test.js, which import `describe`, `it` and `expect` from "outwit:test". They run in a
/// component of their own with what outwit.toml grants to the plugin: they import the plugin's modules, and they call the finished plugin by
/// importing the interfaces it exports. Of a Rust plugin, the crate's own tests run first, in the sandbox as well: they are compiled for
/// wasm32-wasip2.
///
/// Storage is in memory. There is no network but that which tests make up by `fake.fetch`, unless --network is given.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outwit test
  outwit test my-plugin --filter 'greets'
  outwit test parser.test.ts
  outwit test --watch
  outwit test --junit build/tests.xml
  outwit test --coverage --lcov build/lcov.info

Exit codes: 0 if all tests passed, 1 if one failed or there is none, 2 if the command line is wrong.")]
pub struct Args {
    /// The folder of the plugin, or one file of tests
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Only tests whose name, with those of the suites around it, has this text in it
    #[arg(short, long, visible_short_alias = 't', value_name = "TEXT")]
    filter: Option<String>,
    /// In an app of several plugins: the one to test [default: the one with the name of the app]
    #[arg(long)]
    plugin: Option<String>,
    /// The plugin's world, if the WIT has more than one
    #[arg(long)]
    world: Option<String>,
    /// How long one test may take: 5s, 1min, ...
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    timeout: Duration,
    /// Write snapshots anew that are different, and remove those that no test asks for
    #[arg(short, long)]
    update: bool,
    /// Go on, and run tests again when a file changes; those of one file, if that is all that changed
    #[arg(long, conflicts_with = "json")]
    watch: bool,
    /// Stop after so many tests have failed
    #[arg(long, value_name = "COUNT", num_args = 0..=1, default_missing_value = "1")]
    bail: Option<usize>,
    /// Let requests that no test answers go to the network, as far as the plugin's grant allows
    #[arg(long)]
    network: bool,
    /// Also write the outcome in the form of JUnit
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Print the outcome for programs
    #[arg(long)]
    json: bool,
    /// Of JavaScript, also print which lines the tests reach
    #[arg(long)]
    coverage: bool,
    /// Also write which lines the tests reach, in the format of lcov
    #[arg(long, value_name = "FILE")]
    lcov: Option<PathBuf>,
}

fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits
        .parse()
        .map_err(|_| format!("`{text}` is no time, like 500ms, 5s or 1min"))?;
    match text.get(digits.len()..) {
        Some("ms") => Ok(Duration::from_millis(number)),
        Some("s") => Ok(Duration::from_secs(number)),
        Some("min") => Ok(Duration::from_secs(number.saturating_mul(60))),
        _ => Err(format!("`{text}` has no unit, like 500ms, 5s or 1min")),
    }
}

/// Where a server runs tests, nobody looks at new snapshots.
fn snapshot_mode(update: bool) -> snapshots::Mode {
    let is_server =
        std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
    match (update, is_server) {
        (true, _) => snapshots::Mode::Update,
        (false, true) => snapshots::Mode::Keep,
        (false, false) => snapshots::Mode::New,
    }
}

/// The programs that the tests of a crate are. Where they cannot be compiled for the sandbox, cargo runs them on this machine.
fn of_crate(folder: &Path, args: &Args, report: &mut Report) -> Result<Vec<crate_tests::Binary>> {
    if !crate_tests::has_target(folder) {
        eprintln!(
            "note: the tests of the crate run on this machine and not in the sandbox; for that: rustup target add wasm32-wasip2"
        );
        let filter = args.filter.as_deref();
        report.crate_tests = Some(project::cargo_test(folder, filter, args.json)?);
        return Ok(Vec::new());
    }
    let compiled = crate_tests::compile(folder)?;
    if compiled.is_none() {
        report.crate_tests = Some(false);
    }
    Ok(compiled.unwrap_or_default())
}

/// Runs tests: those of the crate first.
async fn run_all(
    runner: &runner::Runner<'_>,
    binaries: &[crate_tests::Binary],
    files: &[PathBuf],
    is_for_programs: bool,
    report: &mut Report,
) -> Result<()> {
    let is_enough = |report: &Report| runner.is_enough(report.count(Status::Failed));
    if !binaries.is_empty() {
        runner.project.build_others()?;
    }
    for binary in binaries {
        let outcome = runner.binary(binary, report.count(Status::Failed)).await?;
        // There is a program for every part of a crate, with tests in it or without.
        if !outcome.tests.is_empty() || outcome.filtered > 0 {
            if !is_for_programs && !outcome.tests.is_empty() {
                report::print_file(&outcome)?;
            }
            report.files.push(outcome);
        }
        if is_enough(report) {
            return Ok(());
        }
    }
    if !files.is_empty() {
        runner.project.build()?;
    }
    for file in files {
        let outcome = runner.file(file, report.count(Status::Failed)).await?;
        if !is_for_programs {
            report::print_file(&outcome)?;
        }
        report.files.push(outcome);
        if is_enough(report) {
            return Ok(());
        }
    }
    Ok(())
}

pub fn run(args: &Args) -> Result<ExitCode> {
    if args.watch {
        return watching::run(args);
    }
    once(args, None)
}

/// Runs the tests; of several files only these, if that is said.
fn once(args: &Args, only: Option<&BTreeSet<PathBuf>>) -> Result<ExitCode> {
    let started = Instant::now();
    let project = Project::find(&args.path, args.plugin.as_deref(), args.world.as_deref())?;
    let mut report = Report::default();
    // A file that was named is all that is to be run.
    let is_whole = !args.path.is_file() && only.is_none();
    let folder = project.crate_folder().filter(|_| is_whole);
    let binaries = match folder {
        Some(folder) => of_crate(folder, args, &mut report)?,
        None => Vec::new(),
    };
    let mut files = project.test_files(&args.path)?;
    if let Some(only) = only {
        files.retain(|file| only.contains(&crate::watch::real(file)));
    }
    if files.is_empty() && folder.is_none() {
        bail!(
            "there are no tests in {}: they are files like plugin.test.ts or plugin.test.js",
            project.folder().display()
        );
    }
    if report.crate_tests == Some(false) {
        files.clear();
    }
    let watches = args.coverage || args.lcov.is_some();
    let coverage = watches.then(|| Arc::new(Coverage::new(project.folder())));
    if !files.is_empty() || !binaries.is_empty() {
        let quiet = Arc::new(Quiet::default());
        let runtime = quiet.runtime()?;
        let options = runner::Options {
            filter: args.filter.clone(),
            timeout: args.timeout,
            network: args.network,
            coverage: coverage.clone(),
            quiet,
            snapshots: snapshot_mode(args.update),
            bail: args.bail,
        };
        let runner = runner::Runner::new(&project, options)?;
        runtime.block_on(run_all(&runner, &binaries, &files, args.json, &mut report))?;
    }
    report.duration = started.elapsed();
    if let Some(path) = &args.junit {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)
                .with_context(|| format!("cannot make the folder {}", parent.display()))?;
        }
        crate::files::write(path, junit::text(&report)?)?;
    }
    if args.json {
        crate::out(&format!("{}\n", report.json()))?;
    } else if !report.files.is_empty() {
        report::print_summary(&report, args.filter.as_deref())?;
    }
    if let Some(coverage) = coverage {
        let lines = coverage.lines();
        if let Some(path) = &args.lcov {
            crate::files::write(path, coverage::lcov(&lines))?;
        }
        if args.coverage && !args.json {
            crate::out(&format!("\n{}", coverage::table(&lines)))?;
        }
    }
    let has_run = report.count(Status::Passed) > 0 || report.crate_tests == Some(true);
    let is_good = report.count(Status::Failed) == 0
        && report.crate_tests != Some(false)
        && report.files.iter().all(|file| file.error.is_none());
    Ok(if is_good && has_run {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
