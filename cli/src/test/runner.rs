//! Runs the tests of one file after the other, each file in an app of its own.

use super::fakes::{CONTROL, Client, Fakes, KeyValue, Storage};
use super::project::Project;
use super::report::{Failure, FileOutcome, Outcome, Status};
use crate::debug::coverage::Coverage;
use anyhow::{Context, Result};
use outwit::{App, Backoff, Engine, Grants, Host, Lifecycle, Plugin, PluginConfig, Restart};
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
}

pub struct Runner<'a> {
    project: &'a Project,
    options: Options,
    engine: Engine,
    /// The component that hands questions to the fakes.
    control: Vec<u8>,
}

/// A test as the component describes it.
#[derive(Deserialize)]
struct Test {
    path: Vec<String>,
    mode: String,
}

/// What came out, as the component describes it.
#[derive(Deserialize)]
struct Ran {
    errors: Vec<Thrown>,
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
    /// Builds the plugin.
    pub fn new(project: &'a Project, options: Options) -> Result<Runner<'a>> {
        project.build()?;
        let cache = crate::build::cache_folder();
        Ok(Runner {
            project,
            options,
            engine: crate::run::engine()?,
            control: outwit_js::Tests::control(cache.as_deref())?,
        })
    }

    /// Runs the tests of a file.
    pub async fn file(&self, file: &Path) -> Result<FileOutcome> {
        let started = Instant::now();
        let name = file.strip_prefix(self.project.folder()).unwrap_or(file);
        let mut outcome = FileOutcome {
            name: name.to_string_lossy().replace('\\', "/"),
            ..FileOutcome::default()
        };
        match self.component(file) {
            Ok((component, exports)) => {
                let maps = SourceMaps::of(&component);
                let app = self.app(component, &exports)?;
                self.run(&app, &maps, &mut outcome).await?;
                app.shutdown(Duration::ZERO).await;
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

    /// The app of the plugin, with the tests and the fakes in it.
    fn app(&self, component: Vec<u8>, exports: &[String]) -> Result<App> {
        let plugin = self.project.plugin();
        let names = [plugin.to_owned(), self.name()];
        let fakes = Arc::new(Fakes::default());
        let client = Client {
            fakes: fakes.clone(),
            real: self.options.network.then(Default::default),
        };
        let mut host = Host::system()
            .with_clock(fakes.time.clone())
            .with_scheduler(fakes.time.clone())
            .with_fetch(Arc::new(client))
            .with_keyvalue(Arc::new(KeyValue::new(names.clone())))
            .with_storage(Arc::new(Storage {
                fakes,
                shared: Arc::default(),
                names,
            }));
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
        // What the tests compute is no call of the plugin: the limits on those hold for the plugin itself.
        let mut limits = entry.limits().clone();
        limits.cpu = limits.cpu.max(self.options.timeout);
        limits.wall = self.options.timeout;
        limits.output = limits.output.max(1 << 20);
        limits.memory = Some(limits.memory.unwrap_or_default().max(256 << 20));
        limits.component = limits.component.max(64 << 20);
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

    async fn run(&self, app: &App, maps: &SourceMaps, outcome: &mut FileOutcome) -> Result<()> {
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
        for (test, number) in tests.into_iter().zip(0u32..) {
            if !is_wanted(&test) {
                outcome.filtered += 1;
                continue;
            }
            let started = Instant::now();
            let (status, failures) = match test.mode.as_str() {
                "run" => {
                    let ran: Result<(String,), outwit::Error> = app
                        .call_typed(&name, SUITE, "run", (number, selected.clone()))
                        .await;
                    let failures = self.failures(ran, maps)?;
                    match failures.is_empty() {
                        true => (Status::Passed, failures),
                        false => (Status::Failed, failures),
                    }
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
        Ok(())
    }

    fn failures(
        &self,
        ran: Result<(String,), outwit::Error>,
        maps: &SourceMaps,
    ) -> Result<Vec<Failure>> {
        let ran: Ran = match ran {
            Ok((text,)) => serde_json::from_str(&text).context("the outcome is not JSON")?,
            Err(error) => return Ok(vec![self.ended(&error)]),
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
        Ok(failures.collect())
    }

    /// Why a call of a test did not end by itself.
    fn ended(&self, error: &outwit::Error) -> Failure {
        let message = match error {
            outwit::Error::Limit {
                limit: outwit::LimitKind::Wall | outwit::LimitKind::Cpu,
                ..
            } => format!(
                "the test took longer than {:?}; --timeout changes that",
                self.options.timeout
            ),
            other => own(&other.to_string()),
        };
        Failure {
            message,
            ..Failure::default()
        }
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
