//! Every command line that the book, the readmes and the help show is one.

use crate::Cli;
use clap::Parser;
use std::path::{Path, PathBuf};

/// What `ed25519:...` stands for.
const KEY: &str = "ed25519:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

/// The pages, the readmes, and what `--help` prints.
fn texts() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut texts = vec![root.join("README.md"), root.join("cli/README.md")];
    for folder in ["docs", "cli/tests/snapshots"] {
        let entries = std::fs::read_dir(root.join(folder)).expect("a folder");
        texts.extend(entries.map(|entry| entry.expect("an entry").path()));
    }
    let examples = std::fs::read_dir(root.join("examples")).expect("a folder");
    texts.extend(examples.map(|entry| entry.expect("an entry").path().join("README.md")));
    texts.retain(|path| {
        let name = path.extension().unwrap_or_default();
        path.is_file() && (name == "md" || name == "txt")
    });
    texts
}

/// The command lines in a text: those after `$`, those in blocks of `sh`, and those after `Examples:`.
fn commands(text: &str) -> Vec<String> {
    let mut block = "";
    let mut commands: Vec<String> = Vec::new();
    for line in text.lines() {
        if let Some(language) = line.strip_prefix("```") {
            block = language;
        } else if line == "Examples:" {
            block = "sh";
        } else if let Some(command) = line.strip_prefix("$ ") {
            commands.push(command.to_owned());
        } else if block == "sh" {
            let line = line.trim_start();
            match commands.last_mut() {
                // Help is as wide as a terminal.
                Some(last) if last.ends_with("--annotation") => *last += &format!(" {line}"),
                _ => commands.push(line.to_owned()),
            }
        }
    }
    commands.retain(|command| command.starts_with("outwit "));
    commands
}

/// The words of a line, as a shell takes them apart, up to a comment or what is no longer this command.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in command.chars() {
        match (letter, quote) {
            (letter, Some(open)) if letter == open => quote = None,
            ('\'' | '"', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (' ', None) => words.extend(word.take()),
            ('#' | '|' | '>', None) if word.is_none() => return words,
            (letter, _) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

#[test]
fn command_lines_that_are_shown_are_command_lines() {
    let mut seen = 0;
    let mut wrong = Vec::new();
    for path in texts() {
        let text = std::fs::read_to_string(&path).expect("a text");
        for command in commands(&text) {
            seen += 1;
            let command = command.replace("ed25519:...", KEY);
            if let Err(error) = Cli::try_parse_from(words(&command)) {
                let reason = error.to_string();
                let reason = reason.lines().next().unwrap_or_default();
                wrong.push(format!("{}: `{command}`: {reason}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 150, "{seen}");
}
