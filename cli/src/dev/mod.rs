//! `outwit dev`: runs an app while its plugins are being written.

mod calls;
mod console;
mod member;

use crate::recipe;
use crate::style::{BAD, CARE, FAINT, GOOD, complain, say};
use crate::target::Target;
use crate::watch::{self, How, Watch};
use anyhow::{Context, Result, bail};
use calls::Calls;
use console::Console;
use member::Member;
use outwit::{App, Engine, Error, Host, Manifest};
use outwit_js::{Kept, Timings};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio::task::JoinHandle;

/// Run an app while its plugins are being written
///
/// Builds the plugins whose manifest entry says what they are built from, starts the app, and watches. When a file changes,
/// what depends on it is built again and put in the place of what runs; the other plugins keep their state. A build that fails, or a
/// plugin that no longer fits those that call it, changes nothing. A change of the manifest starts the app anew.
///
/// A plugin that exports wasi:cli/run is run, again after each change when it has ended. Other functions are called by --call, after
/// each change, or by lines of standard input, unless a plugin was granted that.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outwit dev
  outwit dev examples/site
  outwit dev examples/site --call 'markdown:render(\"# Hello\")'")]
pub struct Args {
    /// An app's outwit.toml or its folder
    #[arg(default_value = ".")]
    app: PathBuf,
    /// A call to make when the app has started and after each change, as for `outwit call`; may be given more than once
    #[arg(long, value_name = "CALL")]
    call: Vec<String>,
    /// The plugin to run, if more than one can be
    #[arg(long)]
    plugin: Option<String>,
    #[command(flatten)]
    how: How,
    /// Say, after each change, how long every step took
    #[arg(long)]
    timings: bool,
    /// What the program finds as its arguments
    #[arg(last = true)]
    args: Vec<String>,
}

/// How long calls have to finish when the app ends or starts anew.
const GRACE: Duration = Duration::from_secs(1);

pub fn run(args: &Args) -> Result<ExitCode> {
    let path = Target::app(&args.app)?;
    let manifest = Manifest::load(&path)?;
    if manifest.plugins().all(|entry| entry.recipe().is_none()) {
        bail!(
            "{} does not say what its plugins are built from: add a line like `build = \"plugin.ts\"` to one",
            path.display()
        );
    }
    let takes_stdin = manifest.plugins().any(outwit::Entry::takes_stdin);
    let engine = crate::run::engine()?;
    crate::run::block_on(async {
        let mut dev = Dev {
            args,
            path: watch::real(&path),
            engine,
            manifest,
            members: Vec::new(),
            kept: Kept::default(),
            watch: Watch::new(args.how)?,
            app: None,
            calls: Calls::start(!takes_stdin),
            running: None,
        };
        dev.start().await;
        dev.serve().await
    })
}

struct Dev<'a> {
    args: &'a Args,
    path: PathBuf,
    engine: Engine,
    manifest: Manifest,
    members: Vec<Member>,
    kept: Kept,
    watch: Watch,
    /// None as long as something does not build.
    app: Option<App>,
    calls: Calls,
    running: Option<Running>,
}

/// The command of the app, while it runs.
struct Running {
    plugin: String,
    task: JoinHandle<outwit::Result<i32>>,
}

impl Dev<'_> {
    /// Builds everything and starts the app. What goes wrong is said, and tried again when something changes.
    async fn start(&mut self) {
        let started = Instant::now();
        let entries = self.manifest.plugins();
        self.members = entries.filter_map(Member::of).collect();
        let lock = self.path.with_extension("lock");
        self.watch.add([&self.path, &lock], SystemTime::now());
        let all: BTreeSet<usize> = (0..self.members.len()).collect();
        self.build(&all).await;
        self.load(started).await;
    }

    /// Builds some of the plugins, at the same time. Gives those that could be built.
    async fn build(&mut self, which: &BTreeSet<usize>) -> Vec<(String, Timings)> {
        let since = SystemTime::now();
        let concerned = self.members.iter().enumerate();
        let concerned = concerned.filter(|(index, _)| which.contains(index));
        // What is said of one comes when all have ended, so that one line can be there for all.
        let progress = recipe::progress(concerned.map(|(_, member)| member.recipe()));
        let mut builds = Vec::new();
        for (index, member) in self.members.iter().enumerate() {
            if which.contains(&index) {
                builds.push((index, member.build(&self.kept)));
            }
        }
        let mut outcomes = Vec::new();
        for (index, build) in builds {
            outcomes.push((index, build.await));
        }
        drop(progress);
        let mut done = Vec::new();
        for (index, outcome) in outcomes {
            let Some(member) = self.members.get_mut(index) else {
                continue;
            };
            match outcome {
                Ok(outcome) => done.extend(member.built(outcome)),
                Err(error) => complain(&error.into()),
            }
            self.watch.add(member.inputs(), since);
        }
        done
    }

    /// Starts the app, unless something it needs is missing.
    async fn load(&mut self, started: Instant) {
        if self.members.iter().any(Member::has_failed) {
            say(CARE, "waiting", "for a change that mends it");
            return;
        }
        let names = self.manifest.plugins().map(|entry| entry.name().to_owned());
        let host = Host::system().with_console(Arc::new(Console::new(names)));
        let manifest = self.manifest.clone().for_development();
        let builder = App::builder(&self.engine).host(host);
        let loading = tokio::task::spawn_blocking(move || builder.manifest(&manifest)?.build());
        let app = match loading.await {
            Ok(Ok(app)) => app,
            Ok(Err(error)) => return self.refuse(&error.into()),
            Err(error) => return self.refuse(&error.into()),
        };
        if let Some(old) = self.app.replace(app.clone()) {
            self.stop_running();
            old.shutdown(GRACE).await;
        }
        self.calls.of(&app);
        let took = started.elapsed().as_secs_f64();
        say(GOOD, "started", &format!("{} in {took:.2} s", app.name()));
        self.act(None);
    }

    fn refuse(&self, error: &anyhow::Error) {
        complain(error);
        let text = match self.app {
            Some(_) => "what ran goes on",
            None => "waiting for a change that mends it",
        };
        say(FAINT, "note:", text);
    }

    /// Runs the command of the app, if it has one and it does not run, and makes the calls that were asked for. Of a plugin that was
    /// exchanged no call goes on.
    fn act(&mut self, changed: Option<&[String]>) {
        let Some(app) = self.app.clone() else { return };
        if let (Some(running), Some(changed)) = (&self.running, changed)
            && changed.contains(&running.plugin)
        {
            self.stop_running();
        }
        if self.running.is_none()
            && let Some(plugin) = self.command(&app)
        {
            let (app, args, name) = (app.clone(), self.args.args.clone(), plugin.clone());
            let task = tokio::spawn(async move { app.run(&name, &args).await });
            self.running = Some(Running { plugin, task });
        }
        for call in &self.args.call {
            self.calls.make(call.clone());
        }
    }

    fn command(&self, app: &App) -> Option<String> {
        let mut commands = app.commands().map(|plugin| plugin.name().to_owned());
        match &self.args.plugin {
            Some(plugin) => commands.find(|name| name == plugin),
            None => commands.next(),
        }
    }

    fn stop_running(&mut self) {
        if let Some(running) = self.running.take() {
            running.task.abort();
        }
    }

    /// Waits for whatever happens.
    async fn serve(mut self) -> Result<ExitCode> {
        // One for all the time: what is asked for while something is built counts, too.
        let end = tokio::signal::ctrl_c();
        tokio::pin!(end);
        loop {
            tokio::select! {
                biased;
                asked = &mut end => {
                    asked.context("cannot wait for the end")?;
                    break;
                }
                ended = ended(&mut self.running) => self.tell_end(ended),
                changes = self.watch.changed() => self.change(&changes).await,
            }
        }
        self.stop_running();
        if let Some(app) = &self.app {
            app.shutdown(GRACE).await;
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn change(&mut self, changes: &BTreeSet<PathBuf>) {
        let started = Instant::now();
        if changes.contains(&self.path) || changes.contains(&self.path.with_extension("lock")) {
            return self.change_manifest().await;
        }
        let concerned = self.members.iter().enumerate();
        let concerned: BTreeSet<usize> = concerned
            .filter(|(_, member)| member.is_concerned(changes))
            .map(|(index, _)| index)
            .collect();
        if concerned.is_empty() {
            return;
        }
        let built = self.build(&concerned).await;
        if self.app.is_none() {
            return self.load(started).await;
        }
        let mut reloaded = Vec::new();
        for (name, timings) in built {
            match self.reload(&name, &timings).await {
                Ok(Reloaded::New) => {
                    if self.args.timings {
                        let steps = recipe::steps(&timings);
                        say(FAINT, "timings", &format!("{name}: {steps}"));
                    }
                    reloaded.push(name);
                }
                Ok(Reloaded::Same) => {}
                Ok(Reloaded::Everything) => return,
                Err(error) => {
                    complain(&error);
                    say(FAINT, "note:", &format!("{name} goes on as it was"));
                }
            }
        }
        if reloaded.is_empty() {
            return;
        }
        let took = started.elapsed().as_secs_f64();
        say(
            GOOD,
            "reloaded",
            &format!("{} in {took:.2} s", reloaded.join(", ")),
        );
        self.act(Some(&reloaded));
    }

    /// Puts a plugin in the place of the one that runs.
    async fn reload(&mut self, name: &str, timings: &Timings) -> Result<Reloaded> {
        let Some(app) = self.app.clone() else {
            return Ok(Reloaded::Same);
        };
        let (manifest, engine) = (self.manifest.clone().for_development(), self.engine.clone());
        let plugin = name.to_owned();
        let noted = timings.clone();
        let opening = tokio::task::spawn_blocking(move || {
            noted.take("open", || manifest.open(&engine, &plugin))
        });
        let plugin = opening.await??;
        let running = app.plugin(name);
        if running.is_some_and(|running| running.digest() == plugin.digest()) {
            return Ok(Reloaded::Same);
        }
        let compiling = plugin.clone();
        let noted = timings.clone();
        tokio::task::spawn_blocking(move || noted.take("machine code", || compiling.compile()))
            .await??;
        let started = Instant::now();
        let reloaded = app.reload(plugin).await;
        timings.add("exchange", started.elapsed());
        match reloaded {
            Ok(()) => Ok(Reloaded::New),
            Err(Error::FusedReload { .. }) => {
                say(FAINT, "note:", "fused plugins start anew together");
                self.load(Instant::now()).await;
                Ok(Reloaded::Everything)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn change_manifest(&mut self) {
        let file = self.path.file_name().map(Path::new).unwrap_or(&self.path);
        say(FAINT, "note:", &format!("{} has changed", file.display()));
        match Manifest::load(&self.path) {
            Ok(manifest) => {
                self.manifest = manifest;
                self.start().await;
            }
            Err(error) => self.refuse(&error.into()),
        }
    }

    fn tell_end(&mut self, ended: Ended) {
        let plugin = self.running.take().map(|running| running.plugin);
        let plugin = plugin.unwrap_or_default();
        match ended {
            Ok(Ok(0)) => say(GOOD, "ended", &plugin),
            Ok(Ok(code)) => say(BAD, "ended", &format!("{plugin} with {code}")),
            Ok(Err(error)) => complain(&crate::run::explain(error, false)),
            Err(error) => complain(&error.into()),
        }
    }
}

/// What became of a plugin that was built.
enum Reloaded {
    New,
    /// It runs already; it keeps its state.
    Same,
    /// The app was started anew with it.
    Everything,
}

type Ended = std::result::Result<outwit::Result<i32>, tokio::task::JoinError>;

/// Waits for the end of what runs; for ever if nothing does.
async fn ended(running: &mut Option<Running>) -> Ended {
    match running {
        Some(running) => (&mut running.task).await,
        None => std::future::pending().await,
    }
}
