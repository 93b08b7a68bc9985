//! The lines of a source around a place.

use std::fmt::Write as _;

/// The lines around a place, with a mark below it. Line and column are counted from 1. Nothing if there is no such line.
#[must_use]
pub fn code_frame(source: &str, line: u32, column: u32) -> Option<String> {
    const AROUND: u32 = 2;
    const WIDTH: usize = 160;
    let first = line.saturating_sub(AROUND).max(1);
    let last = line.saturating_add(AROUND);
    let width = last.to_string().len();
    let mut out = String::new();
    let mut is_there = false;
    let lines = source.lines().zip(1u32..).skip(first as usize - 1);
    for (text, number) in lines.take_while(|(_, number)| *number <= last) {
        // generated or minified files have lines nobody wants to see
        let shown: String = text.chars().take(WIDTH).collect();
        let marker = if number == line { '>' } else { ' ' };
        let shown = shown.replace('\t', "  ");
        let shown = format!("{marker} {number:width$} | {shown}");
        writeln!(out, "{}", shown.trim_end()).ok()?;
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
