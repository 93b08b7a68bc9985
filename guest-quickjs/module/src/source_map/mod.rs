//! Where a plugin's code comes from: the source map that the builder keeps in the component.
//!
//! It is the custom section [`SECTION`]: a byte with the version, 1, and a deflated JSON document
//! `{ "modules": { NAME: MAP } }`. A name is what the engine calls the module in stacks, a map is a source map of version 3 with
//! one source and its content. A module that is evaluated as it was written has no mappings. The engine never sees any of
//! this; who reads it trusts nothing of it.

mod frame;
mod map;
mod vlq;

pub use frame::code_frame;
pub use map::{Function, Map};

use crate::cut::sections;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::sync::OnceLock;
use wasm_encoder::{Component, ComponentSection as _, CustomSection, RawSection};
use wasmparser::{Parser, Payload};

/// The name of the custom section.
pub const SECTION: &str = "outwit-source-map";

/// The version of the section's form.
const VERSION: u8 = 1;
/// All maps of a component together are at most this large when they are inflated, in bytes.
const LARGEST: u64 = 32 << 20;
/// More maps than this are not read: a component that others were composed into has one for each.
const MOST: usize = 64;
/// Frames of a stack that are translated.
const FRAMES: usize = 1000;

#[derive(Serialize, Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    modules: BTreeMap<Cow<'a, str>, Entry<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    version: u8,
    #[serde(borrow)]
    sources: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    sources_content: Vec<Cow<'a, str>>,
    #[serde(default)]
    names: Vec<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    mappings: Option<Cow<'a, str>>,
    /// The functions of the source, where the code has other names for them: line and column of the first character and of
    /// the one behind the last, counted from 1, and the name.
    #[serde(
        borrow,
        default,
        rename = "x_outwit_functions",
        skip_serializing_if = "Vec::is_empty"
    )]
    functions: Vec<(u32, u32, u32, u32, Cow<'a, str>)>,
}

/// Adds a source map to a component: the modules it consists of, each with its name, its source, and the way from what is
/// evaluated back to that, unless they are the same.
#[must_use]
pub fn attach<'a>(
    component: &[u8],
    modules: impl Iterator<Item = (&'a str, &'a str, Option<&'a Map>)>,
) -> Vec<u8> {
    let modules = modules.map(|(name, source, map)| {
        let entry = Entry {
            version: 3,
            sources: vec![name.into()],
            sources_content: vec![source.into()],
            names: Vec::new(),
            mappings: map.map(|map| map.mappings().into()),
            functions: map.map_or_else(Vec::new, |map| {
                let functions = map.functions().iter();
                let entry =
                    |f: &'a Function| (f.start.0, f.start.1, f.end.0, f.end.1, Cow::from(&*f.name));
                functions.map(entry).collect()
            }),
        };
        (name.into(), entry)
    });
    let document = Document {
        modules: modules.collect(),
    };
    let mut deflated = DeflateEncoder::new(vec![VERSION], Compression::default());
    // Neither writing to memory nor JSON of texts and numbers fails.
    let written = serde_json::to_vec(&document).is_ok_and(|json| deflated.write_all(&json).is_ok());
    let mut out = component.to_vec();
    if let (true, Ok(data)) = (written, deflated.finish()) {
        let section = CustomSection {
            name: SECTION.into(),
            data: data.into(),
        };
        section.append_to_component(&mut out);
    }
    out
}

/// Takes all source maps out of a component and of those inside of it. Nothing for what is no component.
#[must_use]
pub fn strip(component: &[u8]) -> Option<Vec<u8>> {
    // components of components of components: no builder makes more
    strip_within(component, 8)
}

fn strip_within(component: &[u8], depth: u8) -> Option<Vec<u8>> {
    let mut out = Component::new();
    let mut is_component = false;
    for payload in sections(component) {
        match payload.ok()? {
            Payload::Version { encoding, .. } => {
                is_component = encoding == wasmparser::Encoding::Component;
            }
            Payload::CustomSection(section) if section.name() == SECTION => {}
            Payload::ComponentSection {
                unchecked_range, ..
            } => {
                let inner = component.get(unchecked_range)?;
                let inner = strip_within(inner, depth.checked_sub(1)?)?;
                out.section(&RawSection {
                    id: 4,
                    data: &inner,
                });
            }
            payload => crate::cut::copy(&mut out, component, payload)?,
        }
    }
    is_component.then(|| out.finish())
}

/// The source maps of a component: its own, and those of components composed into it.
#[derive(Debug, Default)]
pub struct SourceMaps {
    maps: Vec<BTreeMap<String, Module>>,
}

/// A module of a plugin.
#[derive(Debug)]
pub struct Module {
    source: String,
    mappings: Option<String>,
    functions: Vec<Function>,
    map: OnceLock<Option<Map>>,
}

impl Module {
    /// What its author wrote.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The way from what is evaluated to the source; nothing where they are the same.
    #[must_use]
    pub fn map(&self) -> Option<&Map> {
        let decode = || self.mappings.as_deref().and_then(Map::parse);
        self.map.get_or_init(decode).as_ref()
    }

    /// The place in the source of a place in what is evaluated; all counted from 1.
    #[must_use]
    pub fn original(&self, line: u32, column: u32) -> Option<(u32, u32)> {
        match (self.map(), &self.mappings) {
            (Some(map), _) => map.source(line, column),
            (None, None) => Some((line, column)),
            // the mappings make no sense
            (None, Some(_)) => None,
        }
    }

    /// What the function is called that a place in the source belongs to, where the code has another name for it; empty if it
    /// has no name.
    #[must_use]
    pub fn function(&self, line: u32, column: u32) -> Option<&str> {
        let place = (line, column);
        let around = self.functions.iter();
        let around = around.filter(|function| function.start <= place && place < function.end);
        // The one that begins last is the innermost.
        around.max_by_key(|f| f.start).map(|f| f.name.as_str())
    }

    /// How well a place fits the module: 2 if something begins there, 1 if it can be.
    fn fit(&self, line: u32, column: u32) -> u32 {
        match self.map() {
            Some(map) if map.has(line, column) => 2,
            Some(map) => u32::from(map.source(line, column).is_some()),
            None => {
                let line = self.source.lines().nth((line as usize).saturating_sub(1));
                let Some(line) = line else { return 0 };
                let mut rest = line.chars().skip((column as usize).saturating_sub(1));
                match rest.next() {
                    Some(c) if !c.is_whitespace() => 2,
                    _ => 1,
                }
            }
        }
    }
}

/// A stack in terms of what the author wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stack {
    /// The frames, one a line.
    pub text: String,
    /// The lines around the place of the first frame that is known, with its place in front; empty if none is.
    pub frame: String,
}

impl SourceMaps {
    /// Reads the source maps of a component. What cannot be read is left out.
    #[must_use]
    pub fn of(component: &[u8]) -> Self {
        let mut left = LARGEST;
        let mut maps = Vec::new();
        for payload in Parser::new(0).parse_all(component) {
            let Ok(payload) = payload else { break };
            if let Payload::CustomSection(section) = payload
                && section.name() == SECTION
                && maps.len() < MOST
                && let Some(map) = read(section.data(), &mut left)
            {
                maps.push(map);
            }
        }
        Self { maps }
    }

    /// Whether there is nothing in them.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.maps.iter().all(BTreeMap::is_empty)
    }

    /// All modules with their names, of the component's own map first.
    pub fn modules(&self) -> impl Iterator<Item = (&str, &Module)> {
        let modules = self.maps.iter().flatten();
        modules.map(|(name, module)| (name.as_str(), module))
    }

    /// A module by what stacks call it, where there is one of that name only.
    #[must_use]
    pub fn module(&self, name: &str) -> Option<&Module> {
        let mut found = self.maps.iter().filter_map(|map| map.get(name));
        let module = found.next();
        module.filter(|_| found.next().is_none())
    }

    /// Translates a stack as the engine writes it.
    #[must_use]
    pub fn stack(&self, stack: &str) -> Stack {
        let Some(map) = self.map_of(stack) else {
            return Stack {
                text: without_engine(stack).collect::<Vec<_>>().join("\n"),
                frame: String::new(),
            };
        };
        let mut translated = Stack::default();
        for (index, line) in without_engine(stack).enumerate() {
            if index > 0 {
                translated.text.push('\n');
            }
            let place = (index < FRAMES).then(|| Place::of(line)).flatten();
            let found = place.as_ref().and_then(|place| {
                let module = map.get(place.file)?;
                Some((module, module.original(place.line, place.column)?))
            });
            let (Some(place), Some((module, (line_there, column)))) = (&place, found) else {
                translated.text.push_str(line);
                continue;
            };
            let at = format!("{}:{line_there}:{column}", place.file);
            match module.function(line_there, column) {
                Some(name) if place.after == ")" => {
                    translated.text.push_str(place.start());
                    translated
                        .text
                        .push_str(if name.is_empty() { "<anonymous>" } else { name });
                    translated.text.push_str(" (");
                }
                _ => translated.text.push_str(place.before),
            }
            translated.text.push_str(&at);
            translated.text.push_str(place.after);
            if translated.frame.is_empty()
                && let Some(frame) = code_frame(&module.source, line_there, column)
            {
                translated.frame = format!("{at}\n{frame}");
            }
        }
        translated
    }

    /// Translates the frames of stacks in a text that may have some, such as a message of the console.
    #[must_use]
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.is_empty() || !text.contains("    at ") {
            return Cow::Borrowed(text);
        }
        let end = if text.ends_with('\n') { "\n" } else { "" };
        Cow::Owned(self.stack(text).text + end)
    }

    /// The map that a stack belongs to. Composed components may call different modules the same, so it is the one that
    /// the places fit best; nothing if two do.
    fn map_of(&self, stack: &str) -> Option<&BTreeMap<String, Module>> {
        if let [map] = self.maps.as_slice() {
            return Some(map);
        }
        let fits = self.maps.iter().map(|map| {
            let places = stack.lines().take(FRAMES).filter_map(Place::of);
            let fit = |place: Place<'_>| {
                let module = map.get(place.file)?;
                Some(module.fit(place.line, place.column))
            };
            (places.filter_map(fit).sum::<u32>(), map)
        });
        let fits: Vec<_> = fits.collect();
        let best = fits.iter().map(|(fit, _)| *fit).max()?;
        let mut found = fits.iter().filter(|(fit, _)| *fit == best && best > 0);
        let (_, map) = found.next()?;
        found.next().is_none().then_some(*map)
    }
}

fn read(section: &[u8], left: &mut u64) -> Option<BTreeMap<String, Module>> {
    let (version, deflated) = section.split_first()?;
    if *version != VERSION {
        return None;
    }
    let mut json = Vec::new();
    let mut inflated = DeflateDecoder::new(deflated).take(left.saturating_add(1));
    inflated.read_to_end(&mut json).ok()?;
    *left = left.checked_sub(json.len() as u64)?;
    let document: Document<'_> = serde_json::from_slice(&json).ok()?;
    let modules = document.modules.into_iter().filter_map(|(name, entry)| {
        let source = entry.sources_content.into_iter().next()?;
        let module = Module {
            source: source.into_owned(),
            mappings: entry.mappings.map(Cow::into_owned),
            functions: entry.functions.into_iter().map(function).collect(),
            map: OnceLock::new(),
        };
        Some((name.into_owned(), module))
    });
    Some(modules.collect())
}

fn function(
    (line, column, end_line, end_column, name): (u32, u32, u32, u32, Cow<'_, str>),
) -> Function {
    Function {
        start: (line, column),
        end: (end_line, end_column),
        name: name.into_owned(),
    }
}

/// A place in a line of a stack: `    at name (file:line:column)` or `    at file:line:column`.
struct Place<'a> {
    before: &'a str,
    file: &'a str,
    line: u32,
    column: u32,
    after: &'a str,
}

/// The lines of a stack without the functions that web APIs consist of: of those in a row, which call each other, only the one
/// that the plugin's code called is left, and none where they called that code.
fn without_engine(stack: &str) -> impl Iterator<Item = &str> {
    let lines: Vec<&str> = stack.lines().collect();
    let is_frame = |line: &str| line.trim_start().starts_with("at ");
    let is_native = |line: &str| is_frame(line) && line.ends_with(" (native)");
    let is_own = |line: &&&str| is_frame(line) && !is_native(line);
    let has_own = lines.iter().any(|line| is_own(&line));
    let is_kept: Vec<bool> = lines
        .iter()
        .enumerate()
        .map(|(at, line)| {
            let next = lines.get(at + 1);
            let is_called = next.as_ref().is_some_and(is_own);
            !has_own || !is_native(line) || (is_called && !line.contains("at <anonymous>"))
        })
        .collect();
    lines
        .into_iter()
        .zip(is_kept)
        .filter_map(|(line, is_kept)| is_kept.then_some(line))
}

impl<'a> Place<'a> {
    /// What stands before the name of the function: `    at ` or `    at async `.
    fn start(&self) -> &'a str {
        let name = self.before.find("at ").map_or(0, |at| at + 3);
        let rest = self.before.get(name..).unwrap_or_default();
        let end = if rest.starts_with("async ") {
            name + 6
        } else {
            name
        };
        self.before.get(..end).unwrap_or_default()
    }

    fn of(frame: &'a str) -> Option<Self> {
        let start = frame.find("at ")?;
        let (head, place) = frame.split_at_checked(start + 3)?;
        if !head.trim_start().eq("at ") {
            return None;
        }
        let (skipped, place, after) = match place.strip_suffix(')') {
            Some(inner) => {
                let open = inner.rfind(" (")? + 2;
                (open, inner.get(open..)?, ")")
            }
            None => (0, place, ""),
        };
        let (rest, column) = place.rsplit_once(':')?;
        let (file, line) = rest.rsplit_once(':')?;
        Some(Self {
            before: frame.get(..head.len() + skipped)?,
            file,
            line: line.parse().ok()?,
            column: column.parse().ok()?,
            after,
        })
    }
}

#[cfg(test)]
mod tests;
