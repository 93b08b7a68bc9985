//! Places in modules: from what the engine says to what the author wrote.

use crate::JsError;
pub use outwit_quickjs::source_map::{Map, code_frame as frame};

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

/// Where a name last is before a text.
pub fn word_before(source: &str, name: &str, text: &str) -> Option<(u32, u32)> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let before = source.get(..source.find(text)?)?;
    let is_word = |at: &usize| {
        let (start, rest) = (before.get(..*at), before.get(at + name.len()..));
        !start.is_some_and(|start| start.ends_with(is_part))
            && !rest.is_some_and(|rest| rest.starts_with(is_part))
    };
    let mut places = before.rmatch_indices(name).map(|(at, _)| at);
    place(source, places.find(is_word)?)
}
