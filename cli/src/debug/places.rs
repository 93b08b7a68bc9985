//! Between what the engine knows of a plugin's functions and what its author wrote.

use outwit_quickjs::source_map::{Module, SourceMaps};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The functions of a plugin, and the lines of its sources where a debugger can stop.
#[derive(Default)]
pub struct Places {
    pub functions: Vec<Function>,
    maps: SourceMaps,
    /// Where the sources are on this machine, by name; those that are there.
    paths: BTreeMap<String, PathBuf>,
    /// The numbers of sources without a file come after this one.
    base: usize,
}

/// No component has more sources than this, or the others cannot be asked for.
const MOST: usize = 1 << 16;

/// A function, as the engine numbers them.
pub struct Function {
    pub file: String,
    pub name: String,
    /// Where it begins in what is evaluated.
    start: (u32, u32),
    /// Where steps may end: the place in its code, and the line of the source.
    pub stops: Vec<(u64, u32)>,
}

impl Places {
    /// Of what the engine tells: `[file, name, line, column, [pc, line, column, whether it can stop there, …]]` for each function.
    pub fn new(maps: SourceMaps, functions: &Value, folders: &[PathBuf]) -> Self {
        let mut places = Self {
            functions: Vec::new(),
            paths: paths(&maps, folders),
            maps,
            base: 0,
        };
        for function in functions.as_array().into_iter().flatten() {
            let text = |index: usize| function[index].as_str().unwrap_or_default().to_owned();
            let number = |index: usize| number(&function[index]);
            let (file, name, start) = (text(0), text(1), (number(2), number(3)));
            let mut stops = Vec::new();
            if let Some(module) = places.maps.module(&file) {
                let lines = module.source().lines().count();
                let mut last = 0;
                let entries = function[4].as_array().map_or(&[][..], Vec::as_slice);
                for entry in entries.chunks_exact(4) {
                    let [pc, line, column, can] = entry else {
                        continue;
                    };
                    let original = module.original(self::number(line), self::number(column));
                    let Some((line, _)) = original else { continue };
                    if line != last && can == &json!(true) && line as usize <= lines {
                        last = line;
                        stops.push((pc.as_u64().unwrap_or_default(), line));
                    }
                }
            }
            places.functions.push(Function {
                file,
                name,
                start,
                stops,
            });
        }
        places
    }

    /// The same with numbers for its sources that no other component of a session has.
    pub fn numbered(mut self, component: usize) -> Self {
        self.base = component.saturating_mul(MOST);
        self
    }

    /// The lines of a source that have code, of those from one to another.
    pub fn lines(&self, file: &str, from: u32, to: u32) -> Vec<u32> {
        let functions = self.functions.iter().filter(|f| f.file == file);
        let lines = functions.flat_map(|function| &function.stops);
        let lines = lines.map(|(_, line)| *line);
        lines.filter(|line| (from..=to).contains(line)).collect()
    }

    /// A function as people are told of it: its name, and where it begins.
    pub fn title(&self, function: &Function) -> String {
        let name = match function.name.as_str() {
            "" => "(anonymous)",
            name => name,
        };
        let (line, column) = function.start;
        let line = match self.original(&function.file, line, column) {
            Some((line, _)) => line,
            None => line,
        };
        format!("{name} ({}:{line})", function.file)
    }

    /// What the engine is told: by function, the places where steps may end with their lines.
    pub fn stops(&self) -> Value {
        let functions = self.functions.iter();
        functions.map(|function| json!(function.stops)).collect()
    }

    /// Where to stop for a line of a source: the line that has code, at or after that one, and the places.
    pub fn breakpoint(&self, file: &str, line: u32) -> Option<(u32, (usize, u64))> {
        let of_file = || {
            let functions = self.functions.iter().enumerate();
            functions.filter(|(_, function)| function.file == file)
        };
        let lines = of_file().flat_map(|(_, function)| &function.stops);
        let line = lines
            .map(|(_, stop)| *stop)
            .filter(|stop| *stop >= line)
            .min()?;
        // of functions inside of each other on one line the outermost
        let found = of_file().filter_map(|(index, function)| {
            let (pc, _) = function.stops.iter().find(|(_, stop)| *stop == line)?;
            Some((function.start, index, *pc))
        });
        let (_, index, pc) = found.min()?;
        Some((line, (index, pc)))
    }

    /// The place in the source of one in what is evaluated.
    pub fn original(&self, file: &str, line: u32, column: u32) -> Option<(u32, u32)> {
        self.maps.module(file)?.original(line, column)
    }

    /// A source as the protocol describes it: a file of this machine, or a number by which to ask for the content.
    pub fn source(&self, file: &str) -> Value {
        let name = file.rsplit('/').next().unwrap_or(file);
        match self.paths.get(file) {
            Some(path) => json!({ "name": name, "path": path }),
            None => json!({ "name": name, "path": file, "sourceReference": self.reference(file) }),
        }
    }

    /// The file of this machine that a source is.
    pub fn path(&self, file: &str) -> Option<&Path> {
        self.paths.get(file).map(PathBuf::as_path)
    }

    pub fn sources(&self) -> Vec<Value> {
        self.maps
            .modules()
            .map(|(name, _)| self.source(name))
            .collect()
    }

    fn reference(&self, file: &str) -> usize {
        let position = self.maps.modules().position(|(name, _)| name == file);
        let position = position.filter(|position| *position < MOST - 1);
        position.map_or(0, |position| self.base + position + 1)
    }

    /// The content of a source that has no file.
    pub fn content(&self, reference: usize) -> Option<&str> {
        let mut modules = self.maps.modules();
        Some(modules.nth(self.index(reference)?)?.1.source())
    }

    /// The content of a source.
    pub fn text(&self, file: &str) -> Option<&str> {
        Some(self.maps.module(file)?.source())
    }

    /// Which source of these a number is.
    fn index(&self, reference: usize) -> Option<usize> {
        let index = reference.checked_sub(self.base)?.checked_sub(1)?;
        (index < MOST - 1).then_some(index)
    }

    /// The name of a source that a client names by path or by number.
    pub fn file(&self, source: &Value) -> Option<String> {
        if let Some(reference) = source["sourceReference"].as_u64()
            && reference > 0
        {
            let reference = usize::try_from(reference).ok()?;
            return Some(
                self.maps
                    .modules()
                    .nth(self.index(reference)?)?
                    .0
                    .to_owned(),
            );
        }
        let path = Path::new(source["path"].as_str()?);
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let known = self.paths.iter().find(|(_, known)| **known == real);
        if let Some((name, _)) = known {
            return Some(name.clone());
        }
        let names = self.maps.modules().map(|(name, _)| name);
        names
            .filter(|name| real.ends_with(name))
            .max_by_key(|name| name.len())
            .map(str::to_owned)
    }
}

fn number(value: &Value) -> u32 {
    value
        .as_u64()
        .and_then(|number| u32::try_from(number).ok())
        .unwrap_or_default()
}

/// Finds the files that hold the sources.
fn paths(maps: &SourceMaps, folders: &[PathBuf]) -> BTreeMap<String, PathBuf> {
    let find = |(name, module): (&str, &Module)| {
        let mut candidates = folders.iter().flat_map(|folder| {
            let inside = ["", "src"].map(|inner| folder.join(inner).join(name));
            inside.into_iter()
        });
        let path = candidates.find(|path| {
            let text = std::fs::read_to_string(path);
            text.is_ok_and(|text| text.trim_start_matches('\u{feff}') == module.source())
        })?;
        Some((name.to_owned(), path.canonicalize().ok()?))
    };
    maps.modules().filter_map(find).collect()
}
