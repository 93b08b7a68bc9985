//! What the command says on standard error, in colour on a terminal.
//!
//! `anstream` leaves the colour away where nobody sees it: in files and pipes, with `NO_COLOR`, on a dumb terminal.
//! `CLICOLOR_FORCE=1` keeps it.

use anstyle::{AnsiColor, Style};
use std::io::Write;

/// What went wrong.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// What to mind.
pub const CARE: Style = AnsiColor::Yellow.on_default().bold();
/// What went well.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What is beside the point.
pub const FAINT: Style = Style::new().dimmed();

/// The colours that plugins take in turn.
pub const PLUGINS: [Style; 6] = [
    AnsiColor::Cyan.on_default(),
    AnsiColor::Magenta.on_default(),
    AnsiColor::Blue.on_default(),
    AnsiColor::Green.on_default(),
    AnsiColor::BrightCyan.on_default(),
    AnsiColor::BrightMagenta.on_default(),
];

/// Writes a line that begins with a word in a style.
pub fn say(style: Style, word: &str, text: &str) {
    write(&format!("{style}{word}{style:#} {text}\n"));
}

/// Writes an error and what caused it.
pub fn complain(error: &anyhow::Error) {
    let mut text = format!("{BAD}error:{BAD:#} {error}\n");
    let mut said = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        // Some errors repeat their cause in their own text.
        if !said.contains(&cause) {
            text.push_str(&format!("  caused by: {cause}\n"));
            said = cause;
        }
    }
    write(&text);
}

/// Writes to standard error, as one piece.
pub fn write(text: &str) {
    // There is nobody to tell that standard error is closed.
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}
