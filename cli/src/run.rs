//! `outwit run`: runs an app, a command component, or a script.

use crate::grants::Grants;
use crate::target::Target;
use anyhow::{Context, Result, anyhow, bail};
use outwit::{App, Compiler, Engine, Host, Manifest};
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
  outwit run examples/site --json
  outwit run script.js")]
pub struct Args {
    /// An app's outwit.toml or its folder, a component, or a .js file
    target: PathBuf,
    /// In an app: the plugin to run, if more than one can be
    #[arg(long)]
    plugin: Option<String>,
    #[command(flatten)]
    grants: Grants,
    /// Write to standard error, when it has ended, a line of JSON: its exit code, how long it took, and what its plugins used
    #[arg(long)]
    json: bool,
    /// What the program finds as its arguments
    #[arg(last = true)]
    args: Vec<String>,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    if let Target::Script(script) = Target::of(&args.target)? {
        if args.json {
            bail!("--json is for apps and components; a script has nothing to tell of");
        }
        return crate::script::run(&script);
    }
    let Loaded { app, single } = app(&args.target, &args.grants, &args.args)?;
    let plugin = match &args.plugin {
        Some(plugin) => plugin.clone(),
        None => command_of(&app)?,
    };
    let started = std::time::Instant::now();
    let code = block_on(async {
        let ran = app.run(&plugin, &args.args).await;
        ran.map_err(|error| explain(error, single))
    })?;
    if args.json {
        let used = app.metrics().plugins.into_iter().map(|(name, numbers)| {
            let used = serde_json::json!({
                "instances": numbers.started,
                "seconds": numbers.time.as_secs_f64(),
                "operations": { "allowed": numbers.allowed, "denied": numbers.denied },
            });
            (name, used)
        });
        let used: serde_json::Map<_, _> = used.collect();
        let seconds = started.elapsed().as_secs_f64();
        let line = serde_json::json!({ "plugin": plugin, "exit_code": code, "seconds": seconds, "plugins": used });
        eprintln!("{line}");
    }
    // Exit codes beyond a byte cannot be passed on; a failure stays one.
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}

/// What the command line named.
pub struct Loaded {
    pub app: App,
    /// Whether it is a single component and not an app.
    pub single: bool,
}

/// Loads what the command line names.
pub fn app(target: &Path, grants: &Grants, args: &[String]) -> Result<Loaded> {
    app_on(target, grants, args, None)
}

/// Loads what the command line names, on another host than this machine.
pub fn app_on(
    target: &Path,
    grants: &Grants,
    args: &[String],
    host: Option<Host>,
) -> Result<Loaded> {
    let engine = engine()?;
    let builder = || {
        let builder = App::builder(&engine);
        match &host {
            Some(host) => builder.host(host.clone()),
            None => builder,
        }
    };
    match Target::of(target)? {
        Target::App(manifest) => {
            if grants.any() {
                bail!(
                    "--grant, --dir and --limit are for a single component; those of an app stand in its manifest"
                );
            }
            Ok(Loaded {
                app: builder().manifest(&Manifest::load(manifest)?)?.build()?,
                single: false,
            })
        }
        Target::Component(component) => {
            let plugin = crate::grants::name_of(&component, |_| false);
            let manifest = grants.manifest(&plugin, &component, args)?;
            let app = builder()
                .manifest(&manifest)?
                .build()
                .map_err(|error| explain_single(error, &component))?;
            Ok(Loaded { app, single: true })
        }
        Target::Script(script) => {
            bail!(
                "{} is a script; build it into a component first, or use `outwit run`",
                script.display()
            )
        }
    }
}

/// Says what to do about a component that does not load, where there is no manifest to change.
fn explain_single(error: outwit::Error, component: &Path) -> anyhow::Error {
    match error {
        outwit::Error::MissingGrant(missing) => anyhow!(
            "{} imports {}, which nothing grants: add {}",
            component.display(),
            missing.interfaces.join(", "),
            crate::grants::options(&missing)
        ),
        outwit::Error::MissingProvider { interface, .. } => anyhow!(
            "{} imports {interface}, which has to come from another component: use `outwit compose`, or an app with both",
            component.display()
        ),
        error => error.into(),
    }
}

/// Adds to an error of a call what the user can do about it.
pub fn explain(error: outwit::Error, single: bool) -> anyhow::Error {
    let mut cause = &error;
    while let outwit::Error::Provider { source, .. } = cause {
        cause = source;
    }
    match cause {
        // The stack is what it is.
        outwit::Error::Limit { limit, .. } if *limit == outwit::LimitKind::Stack => error.into(),
        outwit::Error::Limit { limit, .. } if single => {
            anyhow!("{error}; --limit {limit}=VALUE changes that")
        }
        outwit::Error::Limit { plugin, limit, .. } => {
            anyhow!(
                "{error}; `{limit}` under [plugins.{plugin}.limits] in the manifest changes that"
            )
        }
        _ => error.into(),
    }
}

/// The one plugin of an app that can be run.
pub fn command_of(app: &App) -> Result<String> {
    let mut commands: Vec<String> = app
        .plugins()
        .filter(|plugin| {
            plugin
                .exports()
                .iter()
                .any(|e| e.name().starts_with("wasi:cli/run@"))
        })
        .map(|plugin| plugin.name().to_owned())
        .collect();
    match commands.len() {
        1 => Ok(commands.remove(0)),
        0 => bail!(
            "nothing here can be run: no plugin exports wasi:cli/run; `outwit call` calls single functions"
        ),
        _ => bail!(
            "more than one plugin can be run: choose one of {} with --plugin",
            commands.join(", ")
        ),
    }
}

/// The engine: compiled code is kept in the user's cache folder, and compiled in a child process.
pub fn engine() -> Result<Engine> {
    let mut engine = Engine::builder().compiler(Compiler::child());
    engine = match crate::build::cache_folder() {
        Some(folder) => engine.cache_directory(folder.join("code")),
        None => engine.no_cache(),
    };
    let engine = engine.build()?;
    if let Some(problem) = engine.cache_problem() {
        eprintln!("warning: {problem}");
    }
    Ok(engine)
}

pub fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the asynchronous runtime")?
        .block_on(work)
}
