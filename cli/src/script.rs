//! `outwit run FILE.js`: a script in the QuickJS guest component, with no build step.

use anyhow::{Context, Result, bail};
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
    let source =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
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
        let args = [Val::String(name), Val::String(source)];
        Ok(instance
            .call("outwit:quickjs/script", "load", &args)
            .await?)
    })?;
    match results.into_iter().next() {
        Some(Val::Result(Err(Some(error)))) => bail!("{}", describe(&error)),
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
fn describe(error: &Val) -> String {
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
    let mut message = text("message").unwrap_or_default();
    if !place.is_empty() {
        message = format!("{}: {message}", place.join(":"));
    }
    for frame in text("stack").unwrap_or_default().lines() {
        message.push_str("\n  ");
        message.push_str(frame.trim());
    }
    message
}
