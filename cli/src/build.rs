//! `outwit build`: JavaScript, TypeScript or a Rust crate into a component.

use crate::recipe::{self, Built, Outcome};
use crate::style::{GOOD, say};
use crate::target::Target;
use crate::watch::{self, How, Watch};
use anyhow::{Context, Result, bail};
use clap::CommandFactory;
use etcetera::BaseStrategy;
use outwit::{Manifest, Recipe};
use outwit_js::Kept;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

/// Build a plugin, or the plugins of an app, into components
///
/// SOURCE is the main file of a JavaScript or TypeScript plugin (an ES module), the folder of a Rust crate, or an app whose
/// manifest says what its plugins are built from. The component imports and exports what its WIT world names, and nothing else.
/// What the main file imports may be JavaScript, TypeScript, JSX, JSON, text, or a package in node_modules.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outwit build plugin.js --wit wit -o plugin.wasm
  outwit build plugin.ts --wit wit --world theme --minify -o theme.wasm
  outwit build plugin.ts -o plugin.wasm --watch
  outwit build my-crate -o my-crate.wasm
  outwit build plugin.wasm --strip -o small.wasm
  outwit build examples/site")]
pub struct Args {
    /// A .js, .mjs, .jsx, .ts, .mts or .tsx file, the folder of a crate with a Cargo.toml, or an app's outwit.toml or its folder
    source: PathBuf,
    /// The WIT file or folder of a JavaScript plugin [default: `wit` beside SOURCE]
    #[arg(long, value_name = "PATH")]
    wit: Option<PathBuf>,
    /// The world to build for, if the WIT has more than one
    #[arg(long)]
    world: Option<String>,
    /// The form of a JavaScript plugin: with the engine inside, or without, for Outwit's host only
    #[arg(long, value_name = "FORM", default_value = "standalone")]
    cut: Cut,
    /// Make JavaScript as small as can be: shorter names, nothing that never runs
    #[arg(long)]
    minify: bool,
    /// Leave the sources of a JavaScript plugin out of the component: errors then show what its code was made into
    #[arg(long)]
    no_source_map: bool,
    /// Take the sources out of SOURCE, a component that has been built
    #[arg(long, conflicts_with_all = ["wit", "world", "cut", "minify", "no_source_map", "watch", "json"])]
    strip: bool,
    /// Where to write the component; in an app its manifest says it
    #[arg(short, long, value_name = "OUT.wasm")]
    output: Option<PathBuf>,
    /// Go on, and build again whenever a file changes
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    how: How,
    /// Print JSON: each component with its size and how long it took
    #[arg(long, conflicts_with = "watch")]
    json: bool,
}

/// The form of a finished JavaScript plugin.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Cut {
    /// Runs on any component host
    Standalone,
    /// Runs on Outwit's host of the same version, and is much smaller
    Shared,
}

/// A component to build.
struct Job {
    recipe: Recipe,
    output: PathBuf,
    inputs: BTreeSet<PathBuf>,
    failed: bool,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    if args.strip {
        return strip(args);
    }
    let mut jobs = jobs(args)?;
    if args.watch {
        return crate::run::block_on(watch_all(&mut jobs, args.how));
    }
    let mut built = Vec::new();
    let kept = Kept::default();
    for job in &mut jobs {
        let outcome = job.run(&kept, SystemTime::now(), None).result?;
        let took = outcome.took.as_secs_f64();
        built
            .push(serde_json::json!({ "file": job.output, "size": outcome.size, "seconds": took }));
        if !args.json {
            job.tell(&outcome);
        }
    }
    match args.json {
        true => crate::out_json(&serde_json::json!({ "built": built })),
        false => Ok(ExitCode::SUCCESS),
    }
}

fn jobs(args: &Args) -> Result<Vec<Job>> {
    if let Some(manifest) = app(&args.source) {
        return jobs_of_app(args, &manifest);
    }
    if args.source.is_dir()
        && (args.wit.is_some() || args.world.is_some() || args.minify || args.no_source_map)
    {
        bail!(
            "--wit, --world, --minify and --no-source-map are for JavaScript plugins; a crate names its world in its own Cargo.toml"
        );
    }
    let output = output(args);
    let mut recipe = Recipe::new(&args.source);
    recipe.wit.clone_from(&args.wit);
    recipe.world.clone_from(&args.world);
    recipe.minify = args.minify;
    recipe.shared = args.cut == Cut::Shared;
    recipe.source_map = !args.no_source_map;
    Ok(vec![Job::new(&recipe, output)])
}

/// Where a single component goes, which has to be said.
fn output(args: &Args) -> &Path {
    args.output.as_deref().unwrap_or_else(|| {
        let kind = clap::error::ErrorKind::MissingRequiredArgument;
        let message = "the following required arguments were not provided:\n  --output <OUT.wasm>";
        let mut cli = crate::Cli::command();
        cli.build();
        let missing = match cli.find_subcommand_mut("build") {
            Some(command) => command.error(kind, message),
            None => clap::Error::raw(kind, message),
        };
        missing.exit()
    })
}

/// Takes the source maps out of a component.
fn strip(args: &Args) -> Result<ExitCode> {
    let started = Instant::now();
    let component = crate::files::read(&args.source)?;
    let stripped = outwit_quickjs::source_map::strip(&component)
        .with_context(|| format!("{} is not a component", args.source.display()))?;
    let output = output(args);
    crate::files::write(output, &stripped)?;
    tell(output, stripped.len(), started.elapsed());
    Ok(ExitCode::SUCCESS)
}

/// The manifest, if this is an app. A crate may have one beside its Cargo.toml; then the folder is the crate.
fn app(source: &Path) -> Option<PathBuf> {
    if source.is_dir() && source.join("Cargo.toml").exists() {
        return None;
    }
    match Target::of(source) {
        Ok(Target::App(manifest)) => Some(manifest),
        _ => None,
    }
}

fn jobs_of_app(args: &Args, manifest: &Path) -> Result<Vec<Job>> {
    if args.output.is_some()
        || args.wit.is_some()
        || args.world.is_some()
        || args.minify
        || args.cut == Cut::Shared
        || args.no_source_map
    {
        bail!(
            "--output, --wit, --world, --cut, --minify and --no-source-map are for a single plugin; those of an app stand in its manifest"
        );
    }
    let manifest = Manifest::load(manifest)?;
    let recipes = manifest
        .plugins()
        .filter_map(|entry| Some(Job::new(entry.recipe()?, entry.path())));
    let jobs: Vec<Job> = recipes.collect();
    for job in &jobs {
        recipe::make_folder(&job.output);
    }
    if jobs.is_empty() {
        bail!(
            "{} does not say what its plugins are built from: add a line like `build = \"plugin.ts\"` to one",
            manifest.path().display()
        );
    }
    Ok(jobs)
}

impl Job {
    fn new(recipe: &Recipe, output: &Path) -> Job {
        Job {
            recipe: recipe.clone(),
            output: output.to_owned(),
            inputs: BTreeSet::new(),
            failed: false,
        }
    }

    /// Builds, and watches what it was built from.
    fn run(&mut self, kept: &Kept, started: SystemTime, watch: Option<&mut Watch>) -> Outcome {
        let progress = recipe::progress(std::iter::once(&self.recipe));
        let outcome = recipe::build(&self.recipe, &self.output, kept);
        drop(progress);
        self.failed = outcome.result.is_err();
        self.inputs = outcome.inputs.iter().map(|f| watch::real(f)).collect();
        if let Some(watch) = watch {
            watch.add(&self.inputs, started);
        }
        outcome
    }

    fn tell(&self, built: &Built) {
        tell(&self.output, built.size, built.took);
    }
}

fn tell(output: &Path, size: usize, took: Duration) {
    let (output, size) = (output.display(), human_size(size));
    let text = format!("{output} ({size}) in {:.2} s", took.as_secs_f64());
    say(GOOD, "built", &text);
}

/// Builds, and again whenever something changes, until somebody ends it.
async fn watch_all(jobs: &mut [Job], how: How) -> Result<ExitCode> {
    let mut watch = Watch::new(how)?;
    let kept = Kept::default();
    for job in jobs.iter_mut() {
        build_watched(job, &kept, &mut watch);
    }
    // One for all the time: what is asked for while something is built counts, too.
    let end = tokio::signal::ctrl_c();
    tokio::pin!(end);
    loop {
        let changes = tokio::select! {
            biased;
            ended = &mut end => {
                ended?;
                return Ok(ExitCode::SUCCESS);
            }
            changes = watch.changed() => changes,
        };
        for job in jobs.iter_mut() {
            if watch::concerns(&changes, &job.inputs, job.failed) {
                build_watched(job, &kept, &mut watch);
            }
        }
    }
}

fn build_watched(job: &mut Job, kept: &Kept, watch: &mut Watch) {
    // Building is all there is to do; nothing else waits meanwhile.
    let outcome = tokio::task::block_in_place(|| job.run(kept, SystemTime::now(), Some(watch)));
    match outcome.result {
        Ok(built) => job.tell(&built),
        Err(error) => crate::style::complain(&error),
    }
}

/// Where compiled code is kept between runs.
///
/// `OUTWIT_CACHE` names a folder, or is empty to keep nothing; the default is the user's cache folder.
pub fn cache_folder() -> Option<PathBuf> {
    let folder = match std::env::var_os("OUTWIT_CACHE") {
        Some(folder) if folder.is_empty() => return None,
        Some(folder) => PathBuf::from(folder),
        None => etcetera::choose_base_strategy()
            .ok()?
            .cache_dir()
            .join("outwit"),
    };
    std::path::absolute(folder).ok()
}

/// A size as people say it.
pub fn human_size(bytes: usize) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.2} MB", bytes as f64 / 1e6),
    }
}
