//! Runs Web Platform Tests in plugins: `cargo xtask wpt [FOLDER…]`.
//!
//! The tree of tests is not part of this repository: `WPT_ROOT` says where it is, and without it nothing runs. Each file, and each variant of
//! it, runs in an instance of its own. What fails is compared with `expectations/`; a subtest that fails and should not is as wrong as one that passes and
//! should not.
//!
//! Without `--server`, requests read files of the tree. With it, the tree's own server runs meanwhile, and what is expected is in `expectations/server/`.

mod expectations;
mod offline;
mod options;
mod outcome;
mod progress;
mod runner;
mod server;
mod summary;
mod test;

use expectations::Expectations;
use options::Options;
use server::Server;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let options = match Options::from_arguments(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("error: {message}");
            return ExitCode::FAILURE;
        }
    };
    let Some(root) = std::env::var_os("WPT_ROOT").map(PathBuf::from) else {
        println!("skipped: WPT_ROOT does not say where the Web Platform Tests are");
        return ExitCode::SUCCESS;
    };
    let tests = test::find(&root, &options.folders);
    if tests.is_empty() {
        eprintln!("error: no tests in {} match", root.display());
        return ExitCode::FAILURE;
    }
    let server = match options.has_server.then(|| Server::start(&root)).transpose() {
        Ok(server) => server,
        Err(message) => {
            eprintln!("error: {message}");
            return ExitCode::FAILURE;
        }
    };
    let outcomes = runner::run(&root, tests, &options, server.as_ref());
    drop(server);
    if let Some(path) = &options.json
        && let Err(error) = outcome::write_json(path, &outcomes)
    {
        eprintln!("error: cannot write {}: {error}", path.display());
        return ExitCode::FAILURE;
    }
    summary::print(&outcomes, &options);
    let mut folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/wpt/expectations"));
    if options.has_server {
        folder.push("server");
    }
    let mut expectations = match Expectations::read(&folder) {
        Ok(expectations) => expectations,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    if options.is_blessing {
        expectations.bless(&outcomes);
        return match expectations.write(&folder) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        };
    }
    let differences = expectations.compare(&outcomes);
    for difference in &differences {
        println!("{difference}");
    }
    if differences.is_empty() {
        ExitCode::SUCCESS
    } else {
        println!(
            "{} differences from {}; --bless records them",
            differences.len(),
            folder.display()
        );
        ExitCode::FAILURE
    }
}
