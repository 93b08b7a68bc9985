//! `outwit repl`: JavaScript, a line at a time, with the exports of a plugin at hand.
//!
//! Lines are evaluated by a plugin that is built for the session and linked to the other one, so they run in a sandbox of their own, and
//! calls cross the same boundary as those of any plugin.

mod editor;
mod world;

use crate::grants::Grants;
use crate::style::{FAINT, complain, say};
use crate::target::Target;
use anyhow::{Context, Result, bail};
use editor::{Editor, Line};
use outwit::console::{Level, Sink};
use outwit::{App, Host, Manifest, Val};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// Evaluate JavaScript line by line, and call a plugin
///
/// Lines are evaluated in a sandbox that has a console, timers, and what --grant gives it. The interfaces that the plugin exports are
/// globals, by the last part of their names: `greeter.greet("you")`. What a line declares stays; `await` is allowed; `_` is the value of
/// the line before. A line that is not complete goes on in the next one.
///
/// A call in which the plugin fails ends its instance and the session's: the next line starts both anew.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outwit repl
  outwit repl hello.wasm
  outwit repl examples/site --plugin markdown
  echo 'new Date(0).toISOString()' | outwit repl")]
pub struct Args {
    /// A component, or an app's outwit.toml or its folder
    plugin: Option<PathBuf>,
    /// In an app: the plugin whose exports are at hand, if it has more than one
    #[arg(long = "plugin", value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    grants: Grants,
}

/// How long a line may compute and take: as long as somebody is willing to watch it.
const PATIENCE: &str = "24h";
/// What the plugin of the session is called, unless another one is.
const NAME: &str = "repl";

pub fn run(args: &Args) -> Result<ExitCode> {
    let mut folder = tempfile::Builder::new();
    folder.prefix("outwit-repl-");
    #[cfg(unix)]
    folder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let folder = folder.tempdir().context("cannot make a temporary folder")?;
    let session = Arc::new(Session::start(args, folder.path())?);
    let mut editor = Editor::new(session.clone())?;
    if editor.is_terminal() {
        say(FAINT, "outwit", &session.greeting);
    }
    let mut failed = false;
    loop {
        match editor.read()? {
            Line::Code(code) if code.trim().is_empty() => {}
            Line::Code(code) => match session.evaluate(&code) {
                Ok(went_well) => failed |= !went_well,
                Err(error) => {
                    failed = true;
                    complain(&error);
                }
            },
            Line::GivenUp => {}
            Line::End => break,
        }
    }
    editor.save();
    // Somebody at a terminal has seen it; a program that passed lines in wants to know.
    match failed && !editor.is_terminal() {
        true => Ok(ExitCode::FAILURE),
        false => Ok(ExitCode::SUCCESS),
    }
}

/// The app with the plugin of the session in it.
pub struct Session {
    runtime: Runtime,
    app: App,
    name: String,
    greeting: String,
}

impl Session {
    fn start(args: &Args, folder: &Path) -> Result<Session> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .context("cannot start the asynchronous runtime")?;
        let engine = crate::run::engine()?;
        let host = Host::system().with_console(Arc::new(Console));
        let mut builder = App::builder(&engine).host(host);
        let provider = provider(args)?;
        let mut bytes = None;
        let mut taken = Vec::new();
        if let Some((manifest, provider)) = &provider {
            builder = builder.manifest(manifest)?;
            bytes = Some(manifest.open(&engine, provider)?.bytes().to_vec());
            taken.extend(manifest.plugins().map(|p| p.name().to_owned()));
        }
        let name = crate::grants::name_of(Path::new(NAME), |name| taken.iter().any(|t| t == name));
        let component = folder.join("repl.wasm");
        let grants = args.grants.for_session(PATIENCE);
        let session = grants.manifest(&name, &component, &[])?;
        let granted = session.plugins().next().map(outwit::Entry::grants).cloned();
        let granted = granted.unwrap_or_default();
        let names = world::build(folder, bytes.as_deref(), |c| granted.has(c))?;
        let app = builder.manifest(&session)?.build()?;
        let globals: Vec<&str> = names
            .interfaces
            .keys()
            .chain(names.functions.keys())
            .map(String::as_str)
            .collect();
        Ok(Session {
            runtime,
            app,
            name,
            greeting: match globals.is_empty() {
                true => String::from("evaluates JavaScript; Ctrl+D ends it"),
                false => format!("has {}; Ctrl+D ends it", globals.join(", ")),
            },
        })
    }

    /// Evaluates a line, which prints what comes of it, and says whether it threw nothing. Ctrl+C gives it up.
    fn evaluate(&self, line: &str) -> Result<bool> {
        let args = [Val::String(line.to_owned())];
        let outcome = self.runtime.block_on(async {
            tokio::select! {
                outcome = self.app.call(&self.name, None, "evaluate", &args) => Some(outcome),
                _ = tokio::signal::ctrl_c() => None,
            }
        });
        match outcome {
            Some(Ok(values)) => Ok(values == [Val::Bool(true)]),
            Some(Err(error)) => {
                let error = crate::run::explain(error, true);
                Err(error.context("the session ended, and its variables with it"))
            }
            None => bail!("given up: the session ended, and its variables with it"),
        }
    }

    /// What the name at the end of a text may become.
    pub fn complete(&self, before: &str) -> Vec<String> {
        let args = [Val::String(before.to_owned())];
        let called = self.app.call(&self.name, None, "complete", &args);
        // No completion is no reason to disturb who types.
        let values = self.runtime.block_on(called).unwrap_or_default();
        let Some(Val::List(names)) = values.into_iter().next() else {
            return Vec::new();
        };
        let texts = names.into_iter().filter_map(|name| match name {
            Val::String(name) => Some(name),
            _ => None,
        });
        texts.collect()
    }
}

/// The app that was named, and the plugin of it.
fn provider(args: &Args) -> Result<Option<(Manifest, String)>> {
    let Some(path) = &args.plugin else {
        return Ok(None);
    };
    match Target::of(path)? {
        Target::Component(component) => {
            let name = crate::grants::name_of(&component, |_| false);
            let manifest = args.grants.manifest(&name, &component, &[])?;
            Ok(Some((manifest, name)))
        }
        Target::Script(script) => bail!(
            "{} is a script; build it into a component first, or use `outwit run`",
            script.display()
        ),
        Target::App(path) => {
            let manifest = Manifest::load(&path)?;
            let names: Vec<&str> = manifest.plugins().map(outwit::Entry::name).collect();
            let name = match (&args.name, names.as_slice()) {
                (Some(name), names) if names.contains(&name.as_str()) => name.clone(),
                (None, [name]) => (*name).to_owned(),
                (Some(name), _) => bail!(
                    "there is no plugin `{name}`; the app has {}",
                    names.join(", ")
                ),
                (None, _) => bail!(
                    "choose a plugin with --plugin: the app has {}",
                    names.join(", ")
                ),
            };
            Ok(Some((manifest, name)))
        }
    }
}

/// Values and what lines print go to standard output, errors and warnings do not.
struct Console;

impl Sink for Console {
    fn write(&self, plugin: &str, level: Level, message: &str) {
        let text = outwit::console::visible(message);
        let mark = match plugin.starts_with(NAME) {
            true => String::new(),
            false => format!("[{plugin}] "),
        };
        match level {
            // There is nobody to tell that standard output is closed.
            Level::Debug | Level::Info => drop(writeln!(std::io::stdout().lock(), "{mark}{text}")),
            Level::Warn | Level::Error => crate::style::write(&format!("{mark}{text}\n")),
        }
    }
}
