//! What the plugins print, each in a colour of its own.

use crate::style::{BAD, CARE, FAINT, PLUGINS, write};
use anstyle::Style;
use outwit::console::{Level, Sink, visible};
use std::fmt::Write;

/// Writes to standard error, each line with the plugin's name in front.
pub struct Console {
    plugins: Vec<String>,
}

impl Console {
    pub fn new(plugins: impl IntoIterator<Item = String>) -> Console {
        Console {
            plugins: plugins.into_iter().collect(),
        }
    }

    fn style(&self, plugin: &str) -> Style {
        let place = self.plugins.iter().position(|name| name == plugin);
        let place = place.unwrap_or_default() % PLUGINS.len();
        PLUGINS.get(place).copied().unwrap_or_default()
    }
}

impl Sink for Console {
    fn write(&self, plugin: &str, level: Level, message: &str) {
        let name = self.style(plugin);
        let (style, mark) = match level {
            Level::Debug => (FAINT, "debug: "),
            Level::Info => (Style::new(), ""),
            Level::Warn => (CARE, "warning: "),
            Level::Error => (BAD, "error: "),
        };
        let mut text = String::new();
        for line in message.split('\n') {
            // Writing to a string does not fail.
            let _ = writeln!(
                text,
                "{name}[{plugin}]{name:#} {style}{mark}{style:#}{}",
                visible(line)
            );
        }
        write(&text);
    }
}
