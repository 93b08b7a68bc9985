//! Places in modules: from what the engine says to what the author wrote.

use crate::JsError;
use std::fmt::Write as _;

/// From places in generated code to places in its source; all counted from 0, columns in UTF-16 units.
#[derive(Clone, Debug, Default)]
pub struct Map {
    /// (line, column) in the code and (line, column) in the source, in order.
    places: Vec<((u32, u32), (u32, u32))>,
}

impl Map {
    pub fn new(places: impl Iterator<Item = ((u32, u32), (u32, u32))>) -> Self {
        let mut places: Vec<_> = places.collect();
        places.sort_unstable();
        Self { places }
    }

    /// The place in the source; both counted from 1.
    fn source(&self, line: u32, column: u32) -> Option<(u32, u32)> {
        let wanted = (line.checked_sub(1)?, column.saturating_sub(1));
        let after = self.places.partition_point(|(code, _)| *code <= wanted);
        let (_, (line, column)) = self.places.get(after.checked_sub(1)?)?;
        Some((line + 1, column + 1))
    }
}

/// Translates the place of an error and those of its stack. `module` gives the map and the source of a module.
pub fn original<'a>(
    mut error: JsError,
    module: impl Fn(&str) -> Option<(Option<&'a Map>, &'a str)>,
) -> JsError {
    let translate = |file: &str, line: u32, column: u32| {
        let (map, _) = module(file)?;
        map.map_or(Some((line, column)), |map| map.source(line, column))
    };
    if let (Some(file), Some(line)) = (error.file.as_deref(), error.line)
        && let Some((line, column)) = translate(file, line, error.column.unwrap_or(1))
    {
        error.line = Some(line);
        error.column = error.column.map(|_| column);
        error.frame =
            module(file).and_then(|(_, source)| frame(source, line, error.column.unwrap_or(1)));
    }
    if let Some(stack) = &error.stack {
        let lines = stack
            .lines()
            .map(|frame| translate_frame(frame, translate).unwrap_or_else(|| frame.to_owned()));
        error.stack = Some(lines.collect::<Vec<_>>().join("\n"));
    }
    error
}

/// Translates `    at name (file:line:column)`.
fn translate_frame(
    frame: &str,
    translate: impl Fn(&str, u32, u32) -> Option<(u32, u32)>,
) -> Option<String> {
    let (before, after) = frame.rsplit_once('(').unwrap_or(("", frame.trim_start()));
    let place = after.trim_start_matches("at ").trim_end_matches(')');
    let mut parts = place.rsplitn(3, ':');
    let column = parts.next()?.parse().ok()?;
    let line = parts.next()?.parse().ok()?;
    let file = parts.next()?;
    let (line, column) = translate(file, line, column)?;
    Some(if before.is_empty() {
        format!("    at {file}:{line}:{column}")
    } else {
        format!("{before}({file}:{line}:{column})")
    })
}

/// The lines around a place, with a mark below it. Line and column are counted from 1.
pub fn frame(source: &str, line: u32, column: u32) -> Option<String> {
    const AROUND: u32 = 2;
    const WIDTH: usize = 160;
    let first = line.saturating_sub(AROUND).max(1);
    let width = (line + AROUND).to_string().len();
    let mut out = String::new();
    let mut is_there = false;
    let lines = source
        .lines()
        .enumerate()
        .skip(first as usize - 1)
        .take((line + AROUND + 1 - first) as usize);
    for (index, text) in lines {
        let number = index as u32 + 1;
        // generated or minified files have lines nobody wants to see
        let shown: String = text.chars().take(WIDTH).collect();
        let marker = if number == line { '>' } else { ' ' };
        writeln!(
            out,
            "{marker} {number:width$} | {}",
            shown.replace('\t', "  ")
        )
        .ok()?;
        if number == line {
            is_there = true;
            let before: String = text
                .chars()
                .take((column as usize).saturating_sub(1).min(WIDTH))
                .collect();
            let indent = before.replace('\t', "  ").chars().count();
            writeln!(out, "  {:width$} | {}^", "", " ".repeat(indent)).ok()?;
        }
    }
    is_there.then(|| out.trim_end().to_owned())
}

/// Where a text first is; line and column counted from 1.
pub fn find(source: &str, text: &str) -> Option<(u32, u32)> {
    if text.is_empty() {
        return None;
    }
    place(source, source.find(text)?)
}

/// The line and the column of a byte, counted from 1.
pub fn place(source: &str, offset: usize) -> Option<(u32, u32)> {
    let before = source.get(..offset)?;
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before.get(start..)?.encode_utf16().count() + 1;
    Some((u32::try_from(line).ok()?, u32::try_from(column).ok()?))
}
