//! `outwit repl`: JavaScript, a line at a time, inside a plugin or beside it.

mod editor;
mod inside;
mod outside;
mod world;

use crate::grants::Grants;
use crate::style::{FAINT, complain, say};
use crate::target::Target;
use anyhow::{Context, Result, bail};
use editor::{Editor, Line};
use inside::Inside;
use outside::Outside;
use outwit::Manifest;
use outwit::console::{Level, Sink};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// Evaluate JavaScript line by line, inside a plugin or beside it
///
/// Lines are evaluated in the scope of the main module of a plugin in JavaScript, in its sandbox and with its grants: what the module declares
/// and imports can be read and changed, and stays changed. The component needs no special build.
///
/// Without a plugin, with one in another language, and with --outside, lines have a sandbox of their own, with a console, timers, and what --grant gives
/// it. The interfaces that the plugin exports are globals then, by the last part of their names: `greeter.greet("you")`.
///
/// What a line declares stays; TypeScript and `await` are allowed; `_` is the value of the line before. A line that is not complete goes on
/// in the next one. Lines that begin with a dot are commands; .help lists them.
///
/// A plugin that traps ends its instance: the next line starts it anew.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outwit repl
  outwit repl hello.wasm
  outwit repl hello.wasm --outside
  outwit repl examples/site --plugin markdown
  echo 'new Date(0).toISOString()' | outwit repl")]
pub struct Args {
    /// A component, or an app's outwit.toml or its folder
    plugin: Option<PathBuf>,
    /// In an app: the plugin, if it has more than one
    #[arg(long = "plugin", value_name = "NAME")]
    name: Option<String>,
    /// Evaluate lines in a sandbox of their own, which calls the plugin as any other does
    #[arg(long)]
    outside: bool,
    #[command(flatten)]
    grants: Grants,
}

/// How long a line may compute and take: as long as somebody is willing to watch it.
const PATIENCE: &str = "24h";
/// What the plugin of the session is called, unless another one is.
const NAME: &str = "repl";

/// Where lines are evaluated.
pub trait Lines: Send + Sync {
    /// What to tell somebody who sees the prompt for the first time.
    fn greeting(&self) -> String;

    /// Evaluates a line, prints what comes of it, and says whether it threw nothing. Ctrl+C gives it up.
    fn evaluate(&self, line: &str) -> Result<bool>;

    /// What the name at the end of a text may become.
    fn complete(&self, before: &str) -> Vec<String>;

    /// The commands it has beside those that all have, and what they do.
    fn commands(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Does what a command says; false if there is none of this name.
    fn command(&self, name: &str, rest: &str) -> Result<bool> {
        let _ = (name, rest);
        Ok(false)
    }
}

/// The commands that are there wherever lines are evaluated.
const COMMANDS: [(&str, &str); 3] = [
    (".help", "list the commands"),
    (".load FILE", "evaluate the lines of a file"),
    (".exit", "end the session, as Ctrl+D does"),
];

pub fn run(args: &Args) -> Result<ExitCode> {
    // As long as the session lasts: a sandbox of lines is built there.
    let mut folder = tempfile::Builder::new();
    folder.prefix("outwit-repl-");
    #[cfg(unix)]
    folder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let folder = folder.tempdir().context("cannot make a temporary folder")?;
    let session = start(args, folder.path())?;
    let mut editor = Editor::new(session.clone())?;
    if editor.is_terminal() {
        say(FAINT, "outwit", &session.greeting());
    }
    let mut failed = false;
    loop {
        let done = match editor.read()? {
            Line::Code(code) => perform(&*session, &code),
            Line::GivenUp => Ok(Done::Well),
            Line::End => break,
        };
        match done {
            Ok(Done::Well) => {}
            Ok(Done::Badly) => failed = true,
            Ok(Done::Exit) => break,
            Err(error) => {
                failed = true;
                complain(&error);
            }
        }
    }
    editor.save();
    // Somebody at a terminal has seen it; a program that passed lines in wants to know.
    match failed && !editor.is_terminal() {
        true => Ok(ExitCode::FAILURE),
        false => Ok(ExitCode::SUCCESS),
    }
}

/// What became of a line.
enum Done {
    Well,
    Badly,
    Exit,
}

/// Evaluates a line, or does what it says if it is a command.
fn perform(session: &dyn Lines, line: &str) -> Result<Done> {
    let line = line.trim();
    let Some((name, rest)) = command(line) else {
        return Ok(match line.is_empty() || session.evaluate(line)? {
            true => Done::Well,
            false => Done::Badly,
        });
    };
    match name {
        "help" => {
            let commands = session.commands().iter().chain(&COMMANDS);
            let lines = commands.map(|(name, does)| format!("{name:<17} {does}\n"));
            crate::out(&lines.collect::<String>())?;
        }
        "exit" => return Ok(Done::Exit),
        "load" if rest.is_empty() => bail!(".load wants the name of a file"),
        "load" => {
            let text = crate::files::read_text(Path::new(rest))?;
            if !session.evaluate(&text)? {
                return Ok(Done::Badly);
            }
        }
        name => {
            if !session.command(name, rest)? {
                bail!("there is no command .{name}; .help lists those there are");
            }
        }
    }
    Ok(Done::Well)
}

/// The name of a command and what comes after it. A number may begin with a dot, too.
fn command(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix('.')?;
    line.starts_with(|c: char| c.is_ascii_alphabetic())
        .then(|| {
            let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            (name, rest.trim())
        })
}

fn start(args: &Args, folder: &Path) -> Result<Arc<dyn Lines>> {
    let engine = crate::run::engine()?;
    let provider = provider(args)?;
    if let Some(Provider {
        manifest,
        plugin,
        single,
    }) = &provider
        && !args.outside
    {
        let session = Inside::start(&engine, Console, manifest, plugin, *single)?;
        if let Some(session) = session {
            return Ok(Arc::new(session));
        }
    }
    let provider = provider.as_ref().map(|p| (&p.manifest, p.plugin.as_str()));
    let session = Outside::start(&engine, &args.grants, folder, provider)?;
    Ok(Arc::new(session))
}

fn runtime() -> Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the asynchronous runtime")
}

/// Says what the end of an instance means for who types.
fn explain_end(error: anyhow::Error) -> anyhow::Error {
    error.context("the session ended, and its variables with it")
}

/// What was named on the command line.
struct Provider {
    manifest: Manifest,
    plugin: String,
    /// Whether it is a single component.
    single: bool,
}

/// The app that was named, and the plugin of it.
fn provider(args: &Args) -> Result<Option<Provider>> {
    let Some(path) = &args.plugin else {
        return Ok(None);
    };
    match Target::of(path)? {
        Target::Component(component) => {
            let name = crate::grants::name_of(&component, |_| false);
            let grants = match args.outside {
                true => args.grants.clone(),
                false => args.grants.with_patience(PATIENCE),
            };
            Ok(Some(Provider {
                manifest: grants.manifest(&name, &component, &[])?,
                plugin: name,
                single: true,
            }))
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
            Ok(Some(Provider {
                manifest,
                plugin: name,
                single: false,
            }))
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
