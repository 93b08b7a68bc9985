//! Coverage of JavaScript by line: which lines of the sources that have code were reached.
//!
//! Each line where a statement begins has a breakpoint that tells once, so code runs at its usual speed after that.

use super::agent::AGENT;
use super::places::Places;
use outwit::async_trait;
use outwit::debug::{Answer, Debugger, Teller};
use outwit_quickjs::source_map::SourceMaps;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// By file and line of the source, whether it was reached.
pub type Lines = BTreeMap<String, BTreeMap<u32, bool>>;

/// Which lines of the sources of some plugins were reached: of the files in a folder, without tests and packages.
pub struct Coverage {
    folder: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By plugin.
    components: BTreeMap<String, Vec<u8>>,
    places: BTreeMap<String, Places>,
    lines: Lines,
}

impl Coverage {
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.canonicalize().unwrap_or_else(|_| folder.to_owned()),
            state: Mutex::default(),
        }
    }

    /// Watches a plugin whose component has its source map.
    pub fn watch(&self, plugin: &str, component: Vec<u8>) {
        let mut state = self.state();
        state.components.insert(plugin.to_owned(), component);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a source is called here: its path from the folder. None if it does not count.
    fn name(&self, places: &Places, file: &str) -> Option<String> {
        let path = places.path(file)?.strip_prefix(&self.folder).ok()?;
        let name = path.to_string_lossy().replace('\\', "/");
        let last = name.rsplit('/').next().unwrap_or(&name);
        let counts =
            !last.contains(".test.") && !name.split('/').any(|part| part == "node_modules");
        counts.then_some(name)
    }

    /// The lines of all plugins together. Only functions count: what stands outside of them runs while a component is built.
    pub fn lines(&self) -> Lines {
        self.state().lines.clone()
    }
}

#[async_trait]
impl Debugger for Coverage {
    async fn exchange(&self, teller: &Teller<'_>, message: String) -> Answer {
        if teller.component > 0 {
            return Answer::default();
        }
        let plugin = teller.plugin;
        if message == "attach" {
            return Answer {
                text: format!("{AGENT}\0"),
                stopped: true,
            };
        }
        let message: Value = serde_json::from_str(&message).unwrap_or_default();
        let mut state = self.state();
        let State {
            components,
            places,
            lines,
        } = &mut *state;
        match (message["t"].as_str(), components.get(plugin)) {
            (Some("hello"), Some(component)) => {
                let maps = SourceMaps::of(component);
                let folders = [self.folder.clone()];
                let of_plugin = Places::new(maps, &message["functions"], &folders);
                for function in &of_plugin.functions {
                    let Some(name) = self.name(&of_plugin, &function.file) else {
                        continue;
                    };
                    let file = lines.entry(name).or_default();
                    for (_, line) in &function.stops {
                        file.entry(*line).or_default();
                    }
                }
                let setup = json!({ "lines": of_plugin.stops(), "covers": true });
                places.insert(plugin.to_owned(), of_plugin);
                Answer {
                    text: setup.to_string(),
                    stopped: false,
                }
            }
            (Some("covered"), _) => {
                let index = message["f"].as_u64();
                let index = index.and_then(|index| usize::try_from(index).ok());
                if let Some((places, index)) = places.get(plugin).zip(index)
                    && let Some(function) = places.functions.get(index)
                    && let Some(name) = self.name(places, &function.file)
                    && let Some((_, line)) = function
                        .stops
                        .iter()
                        .find(|(pc, _)| Some(*pc) == message["pc"].as_u64())
                {
                    lines.entry(name).or_default().insert(*line, true);
                }
                Answer::default()
            }
            _ => Answer::default(),
        }
    }
}

/// In the format of lcov.
pub fn lcov(lines: &Lines) -> String {
    let mut text = String::new();
    for (file, lines) in lines {
        let _ = writeln!(text, "TN:\nSF:{file}");
        for (line, reached) in lines {
            let _ = writeln!(text, "DA:{line},{}", u8::from(*reached));
        }
        let reached = lines.values().filter(|reached| **reached).count();
        let _ = writeln!(text, "LF:{}\nLH:{reached}\nend_of_record", lines.len());
    }
    text
}

/// For people: each file with its share, and the lines that were not reached.
pub fn table(lines: &Lines) -> String {
    let width = lines
        .keys()
        .map(|file| file.chars().count())
        .max()
        .unwrap_or(0)
        .max(4);
    let mut text = format!("{:<width$}  lines  reached  not reached\n", "file");
    for (file, lines) in lines {
        let reached = lines.values().filter(|reached| **reached).count();
        let share = if lines.is_empty() {
            100.0
        } else {
            reached as f64 / lines.len() as f64 * 100.0
        };
        let _ = writeln!(
            text,
            "{file:<width$}  {:>5}  {share:>6.1}%  {}",
            lines.len(),
            ranges(lines)
        );
    }
    text
}

/// The lines that were not reached, those without code between them left out: `3, 7-9`.
fn ranges(lines: &BTreeMap<u32, bool>) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    let mut was_reached = true;
    for (line, reached) in lines {
        if !reached {
            match ranges.last_mut().filter(|_| !was_reached) {
                Some((_, end)) => *end = *line,
                None => ranges.push((*line, *line)),
            }
        }
        was_reached = *reached;
    }
    let ranges = ranges.iter().map(|(start, end)| match start == end {
        true => start.to_string(),
        false => format!("{start}-{end}"),
    });
    ranges.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_reported() {
        let file = [(2, true), (3, false), (5, false), (8, true), (9, false)];
        let lines = BTreeMap::from([("a.ts".to_owned(), BTreeMap::from(file))]);
        assert_eq!(
            lcov(&lines),
            "TN:\nSF:a.ts\nDA:2,1\nDA:3,0\nDA:5,0\nDA:8,1\nDA:9,0\nLF:5\nLH:2\nend_of_record\n"
        );
        assert!(
            table(&lines).ends_with("a.ts      5    40.0%  3-5, 9\n"),
            "{}",
            table(&lines)
        );
    }
}
