//! `outwit run`: runs an app, a command component, or a script.

use crate::grants::Grants;
use crate::target::Target;
use anyhow::{Context, Result, bail};
use outwit::{App, Engine};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Run an app, a component or a JavaScript file
///
/// An app is run through the plugin that exports wasi:cli/run; a component must export it itself. A
/// JavaScript file is evaluated as it is, with no build step and with nothing but a console.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outwit run examples/site
  outwit run tool.wasm --dir docs::/in -- --verbose
  outwit run script.js")]
pub struct Args {
    /// An app's outwit.toml or its folder, a component, or a .js file
    target: PathBuf,
    /// In an app: the plugin to run, if more than one can be
    #[arg(long)]
    plugin: Option<String>,
    #[command(flatten)]
    grants: Grants,
    /// What the program finds as its arguments
    #[arg(last = true)]
    args: Vec<String>,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    if let Target::Script(script) = Target::of(&args.target)? {
        return crate::script::run(&script);
    }
    let app = app(&args.target, &args.grants, &args.args)?;
    let plugin = match &args.plugin {
        Some(plugin) => plugin.clone(),
        None => command_of(&app)?,
    };
    let code = block_on(async { Ok(app.run(&plugin, &args.args).await?) })?;
    // Exit codes beyond a byte cannot be passed on; a failure stays one.
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}

/// Loads what the command line names.
pub fn app(target: &Path, grants: &Grants, args: &[String]) -> Result<App> {
    let engine = engine()?;
    match Target::of(target)? {
        Target::App(manifest) => {
            if grants.any() {
                bail!(
                    "--grant and --dir are for a single component; an app's grants stand in its manifest"
                );
            }
            Ok(App::load(&engine, manifest)?)
        }
        Target::Component(component) => {
            let manifest = grants.manifest(&component, args)?;
            // Relative paths in it are absolute already.
            let manifest = outwit::Manifest::parse(&manifest, "the command line")?;
            Ok(App::builder(&engine).manifest(&manifest)?.build()?)
        }
        Target::Script(script) => {
            bail!(
                "{} is a script; build it into a component first, or use `outwit run`",
                script.display()
            )
        }
    }
}

/// The one plugin of an app that can be run.
fn command_of(app: &App) -> Result<String> {
    let mut commands: Vec<&str> = app
        .plugins()
        .filter(|plugin| {
            plugin
                .exports()
                .iter()
                .any(|e| e.name().starts_with("wasi:cli/run@"))
        })
        .map(outwit::Plugin::name)
        .collect();
    match commands.len() {
        1 => Ok(commands.remove(0).to_owned()),
        0 => bail!(
            "nothing here can be run: no plugin exports wasi:cli/run; `outwit call` calls single functions"
        ),
        _ => bail!(
            "more than one plugin can be run: choose one of {} with --plugin",
            commands.join(", ")
        ),
    }
}

/// The engine, with compiled code kept in the user's cache folder.
pub fn engine() -> Result<Engine> {
    let mut engine = Engine::builder();
    if let Some(folder) = crate::build::cache_folder() {
        engine = engine.cache_directory(folder.join("code"));
    }
    Ok(engine.build()?)
}

pub fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the asynchronous runtime")?
        .block_on(work)
}
