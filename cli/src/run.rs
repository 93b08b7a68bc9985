//! `outwit run`: runs an app, a command component, or a script.

use crate::grants::Grants;
use crate::target::Target;
use anyhow::{Context, Result, anyhow, bail};
use outwit::{App, Compiler, Engine, Host, Manifest, Plugin};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

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
        Some(plugin) => command_named(&app, plugin)?,
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
    // who looks into a plugin of their own waits for it
    let engine = match &host {
        Some(_) => engine_on(Compiler::child().time(PATIENCE))?,
        None => engine()?,
    };
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
                .manifest(&manifest)
                .and_then(outwit::AppBuilder::build)
                .map_err(|error| explain_single(error, &component))?;
            Ok(Loaded { app, single: true })
        }
        Target::Script(script) => {
            bail!(
                "{0} is a script: `outwit run` runs it as it is, `outwit build {0} -o {1}` makes a component of it",
                script.display(),
                script.with_extension("wasm").display()
            )
        }
    }
}

/// Says what to do about a component that does not load, where there is no manifest to change.
pub fn explain_single(error: outwit::Error, component: &Path) -> anyhow::Error {
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
        error => of_file(error, component),
    }
}

/// An error of a component that was named by its file, and so is called in messages.
pub fn of_file(error: outwit::Error, file: &Path) -> anyhow::Error {
    use outwit::Error;
    let plugin = match &error {
        Error::NotAComponent { plugin, .. }
        | Error::InvalidComponent { plugin, .. }
        | Error::NotOffered { plugin, .. }
        | Error::JsEngine { plugin, .. }
        | Error::Shadows { plugin, .. } => plugin,
        _ => return error.into(),
    };
    let (name, file) = (format!("plugin `{plugin}`"), file.display().to_string());
    anyhow!(error.to_string().replacen(&name, &file, 1))
}

/// Says that an app has no such plugin.
pub fn no_plugin(name: &str, known: &[&str]) -> String {
    match outwit_js::nearest(name, known) {
        Some(near) => format!("there is no plugin `{name}`; is `{near}` meant?"),
        None => format!(
            "there is no plugin `{name}`; the app has {}",
            known.join(", ")
        ),
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
        outwit::Error::Exception { message, .. } => match outwit_js::about_global(message) {
            Some(hint) => anyhow!("{error}\n{hint}"),
            None => error.into(),
        },
        _ => error.into(),
    }
}

/// Whether a plugin can be run.
fn is_command(plugin: &Plugin) -> bool {
    let mut exports = plugin.exports().iter();
    exports.any(|export| export.name().starts_with("wasi:cli/run@"))
}

/// The plugin of this name, which can be run.
fn command_named(app: &App, name: &str) -> Result<String> {
    let Some(plugin) = app.plugins().find(|plugin| plugin.name() == name) else {
        let known: Vec<String> = app.plugins().map(|p| p.name().to_owned()).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        bail!("{}", no_plugin(name, &known));
    };
    if !is_command(&plugin) {
        bail!(
            "plugin `{name}` cannot be run: it does not export wasi:cli/run; `outwit call` calls single functions"
        );
    }
    Ok(name.to_owned())
}

/// The one plugin of an app that can be run.
pub fn command_of(app: &App) -> Result<String> {
    let mut commands: Vec<String> = app
        .plugins()
        .filter(is_command)
        .map(|plugin| plugin.name().to_owned())
        .collect();
    match commands.len() {
        1 => Ok(commands.remove(0)),
        0 if app.plugins().next().is_none() => bail!(
            "the app has no plugins: add one to its outwit.toml, as in\n\n[plugins.NAME]\npath = \"NAME.wasm\""
        ),
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
    engine_on(Compiler::child())
}

/// How long compiling may take where a plugin is debugged, profiled or measured.
const PATIENCE: Duration = Duration::from_secs(60);

fn engine_on(compiler: Compiler) -> Result<Engine> {
    let mut engine = Engine::builder().compiler(compiler).debug_info(true);
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
