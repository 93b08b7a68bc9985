//! The tests of a crate, in the sandbox: its `#[test]` functions are compiled for wasm32-wasip2 and get what is granted to the plugin.
//!
//! A panic ends a component, so each test is run in an instance of its own, by its name.

use super::report::{Failure, FileOutcome, Outcome, Status};
use super::runner::{Runner, too_long};
use anyhow::{Context, Result, bail};
use outwit::wasi::cli::{Args, Captured};
use outwit::{App, Grants, Plugin, PluginConfig};
use outwit_quickjs::source_map::code_frame;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What Rust's own test harness needs: the standard library of this target speaks WASI.
const TARGET: &str = "wasm32-wasip2";

/// A program made of tests.
pub struct Binary {
    /// The file that its tests are in, or below.
    name: String,
    path: PathBuf,
}

/// Whether a crate can be compiled for the sandbox here, by the toolchain that its folder says.
pub fn has_target(folder: &Path) -> bool {
    let mut rustc = Command::new("rustc");
    rustc.current_dir(folder);
    rustc.args(["--print", "target-libdir", "--target", TARGET]);
    rustc.stderr(Stdio::null());
    let folder = rustc
        .output()
        .map(|output| output.stdout)
        .unwrap_or_default();
    Path::new(String::from_utf8_lossy(&folder).trim()).is_dir()
}

/// Compiles the tests of a crate. None if there is something wrong with it, of which cargo has told.
pub fn compile(folder: &Path) -> Result<Option<Vec<Binary>>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut child = Command::new(cargo)
        .args(["test", "--no-run", "--target", TARGET])
        .args(["--message-format", "json-render-diagnostics"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run cargo: it comes with Rust, from https://rustup.rs")?;
    let mut binaries = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            binaries.extend(binary(&line?, folder));
        }
    }
    Ok(child.wait()?.success().then_some(binaries))
}

/// The program that a line of cargo's JSON tells of.
fn binary(line: &str, folder: &Path) -> Option<Binary> {
    let message: Value = serde_json::from_str(line).ok()?;
    if message["profile"]["test"] != true {
        return None;
    }
    let source = Path::new(message["target"]["src_path"].as_str()?);
    let folder = folder.canonicalize().ok()?;
    let name = source.strip_prefix(folder).unwrap_or(source);
    Some(Binary {
        name: name.to_string_lossy().replace('\\', "/"),
        path: message["executable"].as_str()?.into(),
    })
}

impl Runner<'_> {
    /// Runs the tests of a program, after so many have failed.
    pub async fn binary(&self, binary: &Binary, failed: usize) -> Result<FileOutcome> {
        let started = Instant::now();
        let mut outcome = FileOutcome {
            name: binary.name.clone(),
            ..FileOutcome::default()
        };
        let terminal = Captured::default();
        let app = self.app_of_crate(binary, &terminal)?;
        let harness = Harness {
            app,
            terminal,
            plugin: self.project.plugin().to_owned(),
        };
        self.tests_of_crate(&harness, &mut outcome, failed).await?;
        harness.app.shutdown(Duration::ZERO).await;
        outcome.duration = started.elapsed();
        Ok(outcome)
    }

    /// The app, with the tests in the place of the plugin.
    fn app_of_crate(&self, binary: &Binary, terminal: &Captured) -> Result<App> {
        let manifest = self.project.manifest();
        let name = self.project.plugin();
        let host = self
            .host(Arc::default())
            .with_cli(Arc::new(terminal.clone()));
        let mut app = App::builder(&self.engine).host(host);
        for entry in manifest.plugins() {
            let mut config = PluginConfig::new()
                .limits(entry.limits().clone())
                .lifecycle(entry.lifecycle().clone())
                .rules(entry.rules().clone());
            for (interface, provider) in entry.links() {
                config = config.link(interface, provider);
            }
            let plugin = if entry.name() == name {
                let bytes = std::fs::read(&binary.path)
                    .with_context(|| format!("cannot read {}", binary.path.display()))?;
                config = config
                    .grants(with_harness(entry.grants().clone()))
                    .limits(super::runner::limits(entry.limits()));
                Plugin::from_bytes(&self.engine, name, bytes)?
            } else {
                config = config.grants(entry.grants().clone());
                Plugin::from_file(&self.engine, entry.name(), entry.path())?
            };
            app = app.plugin(plugin, config);
        }
        Ok(app.build()?)
    }

    async fn tests_of_crate(
        &self,
        harness: &Harness,
        outcome: &mut FileOutcome,
        mut failed: usize,
    ) -> Result<()> {
        let ignored = harness.list(&["--ignored"]).await?;
        for name in harness.list(&[]).await? {
            let path: Vec<String> = name.split("::").map(str::to_owned).collect();
            let filter = self.options.filter.as_deref();
            if filter.is_some_and(|text| !name.contains(text) && !path.join(" > ").contains(text)) {
                outcome.filtered += 1;
                continue;
            }
            if self.is_enough(failed) {
                break;
            }
            let started = Instant::now();
            let (status, failures) = match ignored.contains(&name) {
                true => (Status::Skipped, Vec::new()),
                false => self.test_of_crate(harness, &name).await,
            };
            failed += usize::from(status == Status::Failed);
            outcome.tests.push(Outcome {
                path,
                status,
                duration: started.elapsed(),
                failures,
            });
        }
        Ok(())
    }

    async fn test_of_crate(&self, harness: &Harness, name: &str) -> (Status, Vec<Failure>) {
        let timeout = self.options.timeout;
        let args = ["--exact", name, "--nocapture", "--test-threads=1"];
        let run = harness.run(&args);
        let Ok(ran) = tokio::time::timeout(timeout, run).await else {
            return (Status::Failed, vec![too_long(timeout, false)]);
        };
        match ran {
            // Nothing can catch a panic here, so the harness leaves out those that are to panic.
            Ran {
                error: None,
                stdout,
                ..
            } if stdout.contains("... ignored") => (Status::Skipped, Vec::new()),
            Ran { error: None, .. } => (Status::Passed, Vec::new()),
            Ran {
                error: Some(error),
                stderr,
                stdout,
            } => {
                let folder = self.project.crate_folder().unwrap_or(Path::new(""));
                let failure = panicked(&stderr, folder).unwrap_or_else(|| {
                    let said = if stderr.trim().is_empty() {
                        stdout
                    } else {
                        stderr
                    };
                    Failure {
                        message: error,
                        stack: said.trim().to_owned(),
                        ..Failure::default()
                    }
                });
                (Status::Failed, vec![failure])
            }
        }
    }
}

/// What the harness itself needs beside what is granted to the plugin: to say what it found, and what the standard library asks for.
fn with_harness(grants: Grants) -> Grants {
    use outwit::{Capability, wasi};
    let mut cli = wasi::cli::Grant::default();
    cli.stdout = true;
    cli.stderr = true;
    cli.args = Args::Caller;
    let has_folders = grants.has(Capability::Filesystem);
    let grants = grants.with_cli(cli).with_clocks().with_random();
    match has_folders {
        true => grants,
        false => grants.with_filesystem(wasi::filesystem::Grant::default()),
    }
}

/// A program made of tests, and what it prints.
struct Harness {
    app: App,
    terminal: Captured,
    plugin: String,
}

struct Ran {
    /// Why it did not end well.
    error: Option<String>,
    stdout: String,
    stderr: String,
}

impl Harness {
    async fn run(&self, args: &[&str]) -> Ran {
        let [out, err] = [self.terminal.stdout_text(), self.terminal.stderr_text()];
        let ended = self.app.run(&self.plugin, args.iter().copied()).await;
        let after =
            |text: String, before: String| text.get(before.len()..).unwrap_or("").to_owned();
        Ran {
            error: match ended {
                Ok(0) => None,
                Ok(code) => Some(format!("the test ended with the code {code}")),
                Err(error) => Some(error.to_string()),
            },
            stdout: after(self.terminal.stdout_text(), out),
            stderr: after(self.terminal.stderr_text(), err),
        }
    }

    /// The names of the tests.
    async fn list(&self, args: &[&str]) -> Result<BTreeSet<String>> {
        let args = [&["--list", "--format", "terse"], args].concat();
        let ran = self.run(&args).await;
        if let Some(error) = ran.error {
            bail!(
                "the tests of the crate cannot be listed: {error}\n{}",
                ran.stderr
            );
        }
        let names = ran
            .stdout
            .lines()
            .filter_map(|line| line.strip_suffix(": test"));
        Ok(names.map(str::to_owned).collect())
    }
}

/// What a panic has said: `thread 'a' panicked at src/lib.rs:7:9:`, and the message in the lines below.
fn panicked(stderr: &str, folder: &Path) -> Option<Failure> {
    let (_, rest) = stderr.split_once("panicked at ")?;
    let (place, message) = rest.split_once(":\n")?;
    let message = message.split("\nnote: ").next()?.trim_end();
    let frame = frame(place, folder).unwrap_or_default();
    Some(Failure {
        message: format!("panicked: {message}"),
        frame: match frame.as_str() {
            "" => place.to_owned(),
            frame => format!("{place}\n{frame}"),
        },
        ..Failure::default()
    })
}

/// The lines around a place, by the file's path from the crate or from its workspace.
fn frame(place: &str, folder: &Path) -> Option<String> {
    let mut parts = place.rsplitn(3, ':');
    let column = parts.next()?.parse().ok()?;
    let line = parts.next()?.parse().ok()?;
    let file = parts.next()?;
    let folder = folder.canonicalize().ok()?;
    let mut sources = folder.ancestors().map(|folder| folder.join(file));
    let source = sources.find_map(|path| std::fs::read_to_string(path).ok())?;
    code_frame(&source, line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_are_understood() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("src")).unwrap();
        std::fs::write(
            folder.path().join("src/lib.rs"),
            "fn a() {\n    panic!();\n}\n",
        )
        .unwrap();
        let said = "\nthread 'tests::a' (1) panicked at src/lib.rs:2:5:\nassertion failed\n  left: 1\nnote: run with it\n";
        let failure = panicked(said, folder.path()).unwrap();
        assert_eq!(failure.message, "panicked: assertion failed\n  left: 1");
        assert!(
            failure.frame.starts_with("src/lib.rs:2:5\n"),
            "{}",
            failure.frame
        );
        assert!(
            failure.frame.contains("> 2 |     panic!();"),
            "{}",
            failure.frame
        );
        let elsewhere = panicked("panicked at /rustc/x.rs:1:1:\nno\n", folder.path()).unwrap();
        assert_eq!(elsewhere.frame, "/rustc/x.rs:1:1");
        assert!(panicked("nothing", folder.path()).is_none());
    }
}
