//! Where printed text goes.

use std::io::Write as _;
use std::sync::{Mutex, PoisonError};

use crate::text::visible;

/// How important a message is, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// `console.debug`.
    Debug,
    /// `console.log` and `console.info`.
    Info,
    /// `console.warn`.
    Warn,
    /// `console.error`.
    Error,
}

/// A place that takes what plugins print.
pub trait Sink: Send + Sync + 'static {
    /// Takes one message of `plugin`. Must not block for long.
    fn write(&self, plugin: &str, level: Level, message: &str);
}

/// Writes to the standard error of this process, each line with the plugin's name in front. Control
/// characters are shown, not obeyed: a plugin cannot move the cursor or forge another's line.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stderr;

impl Sink for Stderr {
    fn write(&self, plugin: &str, level: Level, message: &str) {
        let mark = match level {
            Level::Debug => "debug: ",
            Level::Info => "",
            Level::Warn => "warning: ",
            Level::Error => "error: ",
        };
        let mut out = String::new();
        for line in message.split('\n') {
            out.push_str(&format!("[{plugin}] {mark}{}\n", visible(line)));
        }
        // There is nobody to tell that stderr is closed.
        let _ = std::io::stderr().lock().write_all(out.as_bytes());
    }
}

/// Hands messages to `tracing`, as events of the target `outwit::console` with the fields `plugin`
/// and `message`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tracing;

impl Sink for Tracing {
    fn write(&self, plugin: &str, level: Level, message: &str) {
        let message = visible(message);
        match level {
            Level::Debug => tracing::debug!(target: "outwit::console", plugin, "{message}"),
            Level::Info => tracing::info!(target: "outwit::console", plugin, "{message}"),
            Level::Warn => tracing::warn!(target: "outwit::console", plugin, "{message}"),
            Level::Error => tracing::error!(target: "outwit::console", plugin, "{message}"),
        }
    }
}

/// Keeps messages in memory, for tests.
#[derive(Debug, Default)]
pub struct Capture(Mutex<Vec<Entry>>);

/// A message in a [`Capture`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The plugin that printed it.
    pub plugin: String,
    /// How important it is.
    pub level: Level,
    /// The text.
    pub message: String,
}

impl Capture {
    /// Takes the messages out.
    pub fn take(&self) -> Vec<Entry> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Sink for Capture {
    fn write(&self, plugin: &str, level: Level, message: &str) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Entry {
                plugin: plugin.to_string(),
                level,
                message: message.to_string(),
            });
    }
}
