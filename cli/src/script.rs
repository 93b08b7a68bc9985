//! `outwit run FILE.js`: a script in the QuickJS guest component, with no build step.

use anyhow::{Result, bail};
use outwit::console::{Level, Sink};
use outwit::{Grants, Host, Instance, Limits, Plugin, Val};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// How long a script may run: as long as somebody is willing to watch it.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

pub fn run(file: &Path) -> Result<ExitCode> {
    let source = crate::files::read_text(file)?;
    let name = file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let engine = crate::run::engine()?;
    let plugin = Plugin::from_bytes(&engine, "script", outwit_quickjs::SCRIPT_COMPONENT.to_vec())?;
    let mut limits = Limits::default();
    limits.cpu = PATIENCE;
    limits.wall = PATIENCE;
    limits.output = u64::MAX;

    let results = crate::run::block_on(async {
        let mut instance = Instance::builder(&plugin)
            .grants(Grants::none().with_console())
            .limits(limits)
            .host(Host::none().with_console(Arc::new(Console)))
            .start()
            .await?;
        let args = [Val::String(name.clone()), Val::String(source.clone())];
        Ok(instance
            .call("outwit:quickjs/script", "load", &args)
            .await?)
    })?;
    match results.into_iter().next() {
        Some(Val::Result(Err(Some(error)))) => bail!("{}", describe(&error, &name, &source)),
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// The console of a script is the terminal: what it logs is its output, what it warns of is not.
struct Console;

impl Sink for Console {
    fn write(&self, _: &str, level: Level, message: &str) {
        let text = outwit::console::visible(message);
        // There is nobody to tell that a stream is closed.
        let _ = match level {
            Level::Debug | Level::Info => writeln!(std::io::stdout().lock(), "{text}"),
            Level::Warn | Level::Error => writeln!(std::io::stderr().lock(), "{text}"),
        };
    }
}

/// The record `error` of `outwit:quickjs/script`.
fn describe(error: &Val, name: &str, source: &str) -> String {
    let Val::Record(fields) = error else {
        return String::from("the script failed");
    };
    let field = |name: &str| {
        let (_, value) = fields.iter().find(|(field, _)| field == name)?;
        match value {
            Val::Option(Some(value)) => Some(value.as_ref()),
            Val::Option(None) => None,
            value => Some(value),
        }
    };
    let text = |name| match field(name) {
        Some(Val::String(text)) => Some(text.clone()),
        Some(Val::U32(number)) => Some(number.to_string()),
        _ => None,
    };
    let place: Vec<String> = ["file", "line", "column"]
        .into_iter()
        .map_while(text)
        .collect();
    let said = text("message").unwrap_or_default();
    let mut message = match place.is_empty() {
        true => format!("{name}: {}", said.strip_prefix("Error: ").unwrap_or(&said)),
        false => format!("{}: {said}", place.join(":")),
    };
    if said.contains("cannot find the module") {
        message.push_str("; a script imports nothing, what `outwit build` makes of it can");
    }
    let number = |name| text(name).and_then(|text| text.parse::<u32>().ok());
    if let (Some(line), Some(column)) = (number("line"), number("column"))
        && place.first().is_some_and(|file| file == name)
        && let Some(frame) = outwit_quickjs::source_map::code_frame(source, line, column)
    {
        message.push('\n');
        message.push_str(&frame);
    }
    // One frame says no more than the place.
    let stack = text("stack").unwrap_or_default();
    for frame in stack.lines().filter(|_| stack.lines().count() > 1) {
        message.push_str("\n    ");
        message.push_str(frame.trim());
    }
    if outwit_js::about_global(&said).is_some() {
        message.push_str("\na script has a console and no other web API that needs a grant: build a plugin for that");
    }
    message
}
