//! Reading lines: with history and completion on a terminal, as they come from anything else.

use super::{COMMANDS, Lines};
use anyhow::{Context as _, Result};
use etcetera::BaseStrategy;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Config, Context, Helper};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;

/// What was read.
pub enum Line {
    Code(String),
    /// Ctrl+C.
    GivenUp,
    End,
}

pub struct Editor {
    editor: rustyline::Editor<Prompt, DefaultHistory>,
    history: Option<PathBuf>,
}

impl Editor {
    pub fn new(session: Arc<dyn Lines>) -> Result<Editor> {
        let config = Config::builder()
            .history_ignore_space(true)
            .max_history_size(1000)?
            .auto_add_history(true)
            .build();
        let mut editor = rustyline::Editor::with_config(config).context("cannot read lines")?;
        editor.set_helper(Some(Prompt(session)));
        let history = std::io::stdin().is_terminal().then(history_file).flatten();
        if let Some(history) = &history {
            // The first session has none.
            let _ = editor.load_history(history);
        }
        Ok(Editor { editor, history })
    }

    pub fn is_terminal(&self) -> bool {
        std::io::stdin().is_terminal()
    }

    pub fn read(&mut self) -> Result<Line> {
        match self.editor.readline("> ") {
            Ok(code) => Ok(Line::Code(code)),
            Err(ReadlineError::Interrupted) => Ok(Line::GivenUp),
            Err(ReadlineError::Eof) => Ok(Line::End),
            Err(error) => Err(error).context("cannot read a line"),
        }
    }

    /// Keeps the history for the next session.
    pub fn save(&mut self) {
        if let Some(history) = &self.history {
            if let Some(folder) = history.parent() {
                let _ = std::fs::create_dir_all(folder);
            }
            // A history that cannot be kept is no reason to fail.
            let _ = self.editor.save_history(history);
        }
    }
}

/// Where the history is: in the user's folder for data.
fn history_file() -> Option<PathBuf> {
    let folder = etcetera::choose_base_strategy().ok()?.data_dir();
    Some(folder.join("outwit").join("repl-history"))
}

/// What helps who types.
struct Prompt(Arc<dyn Lines>);

impl Helper for Prompt {}
impl Highlighter for Prompt {}

impl Hinter for Prompt {
    type Hint = String;
}

impl Completer for Prompt {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let before = line.get(..position).unwrap_or(line);
        let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let start = before.trim_end_matches(is_name).len();
        if before
            .strip_prefix('.')
            .is_some_and(|name| name.chars().all(is_name))
        {
            let commands = self.0.commands().iter().chain(&COMMANDS);
            let names = commands.filter_map(|(name, _)| name.get(1..)?.split(' ').next());
            let typed = before.get(start..).unwrap_or_default();
            let names = names
                .filter(|name| name.starts_with(typed))
                .map(str::to_owned);
            return Ok((start, names.collect()));
        }
        Ok((start, self.0.complete(before)))
    }
}

impl Validator for Prompt {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(match is_complete(context.input()) {
            true => ValidationResult::Valid(None),
            false => ValidationResult::Incomplete,
        })
    }
}

/// Whether all that was opened is closed: brackets, comments, templates. What regular expressions hold is taken for code, so a
/// bracket in one may ask for another line; an empty line is always an end.
fn is_complete(code: &str) -> bool {
    if code.ends_with("\n\n") || code.ends_with("\n\r\n") {
        return true;
    }
    let mut open = Vec::new();
    let mut letters = code.chars().peekable();
    while let Some(letter) = letters.next() {
        // In the text of a template everything but its end and `${` is text.
        if open.last() == Some(&'`') {
            match letter {
                '\\' => drop(letters.next()),
                '`' => drop(open.pop()),
                '$' if letters.next_if_eq(&'{').is_some() => open.push('$'),
                _ => {}
            }
            continue;
        }
        match letter {
            '(' | '[' | '{' | '`' => open.push(letter),
            ')' | ']' | '}' => drop(open.pop()),
            '\'' | '"' => {
                while let Some(inside) = letters.next() {
                    match inside {
                        '\\' => drop(letters.next()),
                        _ if inside == letter || inside == '\n' => break,
                        _ => {}
                    }
                }
            }
            '/' if letters.next_if_eq(&'/').is_some() => {
                while letters.next_if(|c| *c != '\n').is_some() {}
            }
            '/' if letters.next_if_eq(&'*').is_some() => {
                let mut last = ' ';
                loop {
                    match letters.next() {
                        Some('/') if last == '*' => break,
                        Some(letter) => last = letter,
                        None => return false,
                    }
                }
            }
            _ => {}
        }
    }
    open.is_empty()
}

#[cfg(test)]
mod tests {
    use super::is_complete;

    #[test]
    fn what_is_open_goes_on() {
        for code in ["f(", "{ a: [1,", "`a\n", "/* x", "`${ {", "() => {\n"] {
            assert!(!is_complete(code), "{code}");
        }
        for code in [
            "1",
            "'('",
            "\"{\\\"{\"",
            "// (",
            "/* ( */ 1",
            "`(${ [1] }`",
            "f(\n)",
            "f(\n\n",
            ")",
        ] {
            assert!(is_complete(code), "{code}");
        }
    }
}
