//! Runs the tests of one file after the other, each file in an app of its own.

use super::fakes::{CONTROL, Client, Fakes, KeyValue, Quiet, Storage};
use super::project::Project;
use super::report::{Failure, FileOutcome, Outcome, Status};
use super::snapshots::{Mode, Snapshots};
use crate::debug::coverage::Coverage;
use anyhow::{Context, Result};
use outwit::{
    App, Backoff, Engine, Grants, Host, Lifecycle, Limits, Plugin, PluginConfig, Restart,
};
use outwit_quickjs::source_map::SourceMaps;
use serde::Deserialize;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const SUITE: &str = "outwit-test:runner/suite";

pub struct Options {
    pub filter: Option<String>,
    pub timeout: Duration,
    pub network: bool,
    pub coverage: Option<Arc<Coverage>>,
    pub quiet: Arc<Quiet>,
    pub snapshots: Mode,
    /// How many tests may fail before the others are left alone.
    pub bail: Option<usize>,
}

pub struct Runner<'a> {
    pub(super) project: &'a Project,
    pub(super) options: Options,
    pub(super) engine: Engine,
    /// The component that hands questions to the fakes.
    control: Vec<u8>,
}

/// A test as the component describes it.
#[derive(Deserialize)]
struct Test {
    path: Vec<String>,
    mode: String,
    /// How long it may take, in milliseconds.
    timeout: Option<f64>,
}

/// No call ends by the limits of the plugin: each test has a time of its own.
const FOREVER: Duration = Duration::from_secs(24 * 3600);

/// What came out, as the component describes it.
#[derive(Deserialize)]
struct Ran {
    errors: Vec<Thrown>,
    #[serde(default)]
    skipped: bool,
}

#[derive(Deserialize)]
struct Thrown {
    message: String,
    stack: String,
    #[serde(default)]
    causes: Vec<String>,
    expected: Option<String>,
    actual: Option<String>,
}

impl<'a> Runner<'a> {
    pub fn new(project: &'a Project, options: Options) -> Result<Runner<'a>> {
        let cache = crate::build::cache_folder();
        Ok(Runner {
            project,
            options,
            engine: crate::run::engine()?,
            control: outwit_js::Tests::control(cache.as_deref())?,
        })
    }

    /// Whether so many tests have failed that the others are left alone.
    pub fn is_enough(&self, failed: usize) -> bool {
        self.options.bail.is_some_and(|most| failed >= most)
    }

    /// Runs the tests of a file, after so many have failed.
    pub async fn file(&self, file: &Path, failed: usize) -> Result<FileOutcome> {
        let started = Instant::now();
        let name = file.strip_prefix(self.project.folder()).unwrap_or(file);
        let mut outcome = FileOutcome {
            name: name.to_string_lossy().replace('\\', "/"),
            ..FileOutcome::default()
        };
        match self.component(file) {
            Ok((component, exports)) => {
                let maps = SourceMaps::of(&component);
                let snapshots = Arc::new(Snapshots::read(
                    file,
                    self.project.folder(),
                    self.options.snapshots,
                    SourceMaps::of(&component),
                )?);
                let app = self.app(component, &exports, snapshots.clone())?;
                let is_whole = self.run(&app, &maps, &mut outcome, failed).await?;
                app.shutdown(Duration::ZERO).await;
                outcome.snapshots = snapshots.finish(is_whole)?;
            }
            Err(error) => outcome.error = Some(error.to_string()),
        }
        outcome.duration = started.elapsed();
        Ok(outcome)
    }

    /// The component of a file, and the interfaces of the plugin that it imports.
    fn component(&self, file: &Path) -> Result<(Vec<u8>, Vec<String>), outwit_js::Error> {
        let project = self.project;
        let mut tests = outwit_js::Tests::new(file, project.folder(), project.wit());
        if let Some(world) = project.world() {
            tests = tests.world(world);
        }
        if let Some(cache) = crate::build::cache_folder() {
            tests = tests.cache(cache);
        }
        Ok((tests.run()?, tests.exports()?))
    }

    /// What the tests are called as a plugin.
    fn name(&self) -> String {
        format!("{}-test", self.project.plugin())
    }

    /// The machine that the tests see: the fakes.
    pub(super) fn host(&self, snapshots: Arc<Snapshots>) -> Host {
        let names = [self.project.plugin().to_owned(), self.name()];
        let fakes = Arc::new(Fakes::new(self.options.quiet.clone(), snapshots));
        let client = Client {
            fakes: fakes.clone(),
            real: self.options.network.then(Default::default),
        };
        Host::system()
            .with_audit(self.options.quiet.clone())
            .with_clock(fakes.time.clone())
            .with_scheduler(fakes.time.clone())
            .with_fetch(Arc::new(client))
            .with_keyvalue(Arc::new(KeyValue::new(names.clone())))
            .with_storage(Arc::new(Storage {
                fakes,
                shared: Arc::default(),
                names,
            }))
    }

    /// The app of the plugin, with the tests and the fakes in it.
    fn app(
        &self,
        component: Vec<u8>,
        exports: &[String],
        snapshots: Arc<Snapshots>,
    ) -> Result<App> {
        let plugin = self.project.plugin();
        let mut host = self.host(snapshots);
        let manifest = self.project.manifest();
        let entry = manifest
            .plugins()
            .find(|entry| entry.name() == plugin)
            .context("the plugin is not in its manifest")?;
        if let Some(coverage) = &self.options.coverage {
            let finished = entry.path();
            let finished = std::fs::read(finished)
                .with_context(|| format!("cannot read {}", finished.display()))?;
            coverage.watch(plugin, finished);
            coverage.watch(&self.name(), component.clone());
            host = host.with_debugger(coverage.clone());
        }
        let mut limits = limits(entry.limits());
        let pauses = Backoff::default().free(u32::MAX);
        let lifecycle = Lifecycle::new().restart(Restart::OnFault(pauses));
        let mut config = PluginConfig::new()
            .grants(entry.grants().clone())
            .limits(limits.clone())
            .lifecycle(lifecycle.clone());
        for interface in exports {
            config = config.link(interface.as_str(), plugin);
        }
        limits.storage_key = 1 << 20;
        limits.storage_value = 16 << 20;
        limits.host_calls = u64::MAX;
        let control = PluginConfig::new()
            .grants(Grants::none().with_storage(outwit::storage::Grant::default()))
            .limits(limits)
            .lifecycle(lifecycle);
        let app = App::builder(&self.engine)
            .manifest(manifest)?
            .host(host)
            .plugin(
                Plugin::from_bytes(&self.engine, self.name(), component)?,
                config,
            )
            .plugin(
                Plugin::from_bytes(&self.engine, CONTROL, self.control.clone())?,
                control,
            );
        Ok(app.build()?)
    }

    /// Runs the tests; says whether none was left out.
    async fn run(
        &self,
        app: &App,
        maps: &SourceMaps,
        outcome: &mut FileOutcome,
        mut failed: usize,
    ) -> Result<bool> {
        let name = self.name();
        let (tests,): (String,) = app.call_typed(&name, SUITE, "all", ()).await?;
        let tests: Vec<Test> = serde_json::from_str(&tests).context("the tests are not JSON")?;
        let is_wanted = |test: &Test| {
            let filter = self.options.filter.as_deref();
            filter.is_none_or(|filter| test.path.join(" > ").contains(filter))
        };
        let selected: Vec<u32> = tests
            .iter()
            .zip(0..)
            .filter(|(test, _)| test.mode == "run" && is_wanted(test))
            .map(|(_, number)| number)
            .collect();
        let mut is_whole = true;
        for (test, number) in tests.into_iter().zip(0u32..) {
            if !is_wanted(&test) {
                outcome.filtered += 1;
                is_whole = false;
                continue;
            }
            if self.is_enough(failed) {
                is_whole = false;
                break;
            }
            let started = Instant::now();
            let (status, failures) = match test.mode.as_str() {
                "run" => {
                    let timeout = match test.timeout {
                        Some(millis) => Duration::try_from_secs_f64(millis.max(0.0) / 1e3)
                            .unwrap_or(FOREVER)
                            .min(FOREVER),
                        None => self.options.timeout,
                    };
                    let call = app.call_typed(&name, SUITE, "run", (number, selected.clone()));
                    let (status, failures) = match tokio::time::timeout(timeout, call).await {
                        Ok(ran) => self.failures(ran, maps)?,
                        Err(_) => (
                            Status::Failed,
                            vec![too_long(timeout, test.timeout.is_some())],
                        ),
                    };
                    is_whole &= status == Status::Passed;
                    failed += usize::from(status == Status::Failed);
                    (status, failures)
                }
                "todo" => (Status::Todo, Vec::new()),
                _ => (Status::Skipped, Vec::new()),
            };
            outcome.tests.push(Outcome {
                path: test.path,
                status,
                duration: started.elapsed(),
                failures,
            });
        }
        Ok(is_whole)
    }

    fn failures(
        &self,
        ran: Result<(String,), outwit::Error>,
        maps: &SourceMaps,
    ) -> Result<(Status, Vec<Failure>)> {
        let ran: Ran = match ran {
            Ok((text,)) => serde_json::from_str(&text).context("the outcome is not JSON")?,
            Err(error) => return Ok((Status::Failed, vec![ended(&error)])),
        };
        let status = match (ran.errors.is_empty(), ran.skipped) {
            (false, _) => Status::Failed,
            (true, true) => Status::Skipped,
            (true, false) => Status::Passed,
        };
        let failures = ran.errors.into_iter().map(|thrown| {
            let stack = maps.stack(&own(&thrown.stack));
            Failure {
                message: thrown.message,
                causes: thrown.causes,
                stack: stack.text,
                frame: stack.frame,
                diff: thrown.expected.zip(thrown.actual),
            }
        });
        Ok((status, failures.collect()))
    }
}

/// What the tests compute is no call of the plugin: the limits on those hold for the plugin itself.
pub(super) fn limits(own: &Limits) -> Limits {
    let mut limits = own.clone();
    limits.cpu = FOREVER;
    limits.wall = FOREVER;
    limits.output = limits.output.max(1 << 20);
    limits.memory = Some(limits.memory.unwrap_or_default().max(256 << 20));
    limits.component = limits.component.max(64 << 20);
    limits
}

/// Why a call of a test did not end by itself.
fn ended(error: &outwit::Error) -> Failure {
    Failure {
        message: own(&error.to_string()),
        ..Failure::default()
    }
}

pub(super) fn too_long(timeout: Duration, is_own: bool) -> Failure {
    let advice = match is_own {
        true => "",
        false => "; --timeout changes that, or a number after the test",
    };
    Failure {
        message: format!("the test took longer than {timeout:?}{advice}"),
        ..Failure::default()
    }
}

/// A stack without the frames of the runner and of the language.
fn own(stack: &str) -> String {
    let is_ours = |line: &&str| {
        let line = line.trim_start();
        line.starts_with("at ") && (line.contains("outwit:test") || line.contains("(native)"))
    };
    let lines = stack.lines().filter(|line| !is_ours(line));
    lines.collect::<Vec<_>>().join("\n")
}
