//! From places in generated code to places in its source.

use super::vlq;

/// A place: line and column, counted from 0, columns in UTF-16 units.
type Place = (u32, u32);

/// From places in generated code to places in its source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Map {
    /// The place in the code and that in the source, in order.
    places: Vec<(Place, Place)>,
    /// The functions of the source, where the code has other names for them.
    functions: Vec<Function>,
}

/// A function of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Line and column where it begins, counted from 1.
    pub start: (u32, u32),
    /// Line and column behind its end, counted from 1.
    pub end: (u32, u32),
    /// What it is called; empty if it has no name.
    pub name: String,
}

impl Map {
    /// Of pairs of places (line and column, counted from 0): in the code, and in the source.
    pub fn new(places: impl Iterator<Item = ((u32, u32), (u32, u32))>) -> Self {
        let mut places: Vec<_> = places.collect();
        places.sort_unstable();
        places.dedup();
        Self {
            places,
            functions: Vec::new(),
        }
    }

    /// With the functions of the source, whose names the code does not have.
    #[must_use]
    pub fn with_functions(mut self, functions: Vec<Function>) -> Self {
        self.functions = functions;
        self
    }

    /// The functions whose names the code does not have.
    #[must_use]
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// The place in the source of a place in the code; both counted from 1.
    #[must_use]
    pub fn source(&self, line: u32, column: u32) -> Option<(u32, u32)> {
        let wanted = (line.checked_sub(1)?, column.saturating_sub(1));
        let after = self.places.partition_point(|(code, _)| *code <= wanted);
        let (_, (line, column)) = self.places.get(after.checked_sub(1)?)?;
        Some((line.checked_add(1)?, column.checked_add(1)?))
    }

    /// Whether something of the source begins at this place in the code, counted from 1.
    pub(super) fn has(&self, line: u32, column: u32) -> bool {
        let wanted = (line.wrapping_sub(1), column.wrapping_sub(1));
        let found = self.places.binary_search_by_key(&wanted, |(code, _)| *code);
        found.is_ok()
    }

    /// All pairs of places, in the order of the code: line and column in the code and in the source, counted from 1.
    pub fn places(&self) -> impl Iterator<Item = ((u32, u32), (u32, u32))> {
        let from_1 = |(line, column): Place| (line.saturating_add(1), column.saturating_add(1));
        let places = self.places.iter();
        places.map(move |(code, source)| (from_1(*code), from_1(*source)))
    }

    /// As the `mappings` of a source map with one source.
    #[must_use]
    pub fn mappings(&self) -> String {
        let mut out = String::new();
        let (mut line, mut column, mut source) = (0, 0, (0, 0));
        let mut is_first = true;
        for ((code_line, code_column), (source_line, source_column)) in &self.places {
            while line < *code_line {
                out.push(';');
                line += 1;
                column = 0;
                is_first = true;
            }
            if !is_first {
                out.push(',');
            }
            is_first = false;
            vlq::write(&mut out, i64::from(*code_column) - column);
            // there is one source
            vlq::write(&mut out, 0);
            vlq::write(&mut out, i64::from(*source_line) - source.0);
            vlq::write(&mut out, i64::from(*source_column) - source.1);
            column = i64::from(*code_column);
            source = (i64::from(*source_line), i64::from(*source_column));
        }
        out
    }

    /// Reads the `mappings` of a source map with one source; nothing if they make no sense.
    #[must_use]
    pub fn parse(mappings: &str) -> Option<Self> {
        let mut places = Vec::new();
        let (mut source, mut source_line, mut source_column) = (0i64, 0i64, 0i64);
        for (line, segments) in mappings.split(';').enumerate() {
            let line = u32::try_from(line).ok()?;
            let mut column = 0i64;
            for segment in segments.split(',').filter(|segment| !segment.is_empty()) {
                let mut numbers = vlq::Reader::new(segment);
                column = column.checked_add(numbers.next()??)?;
                // without a source: code that nobody wrote
                let Some(number) = numbers.next() else {
                    continue;
                };
                source = source.checked_add(number?)?;
                source_line = source_line.checked_add(numbers.next()??)?;
                source_column = source_column.checked_add(numbers.next()??)?;
                if source != 0 {
                    return None;
                }
                let place = |line, column| Some((line, u32::try_from(column).ok()?));
                places.push((
                    place(line, column)?,
                    place(u32::try_from(source_line).ok()?, source_column)?,
                ));
            }
        }
        Some(Self::new(places.into_iter()))
    }
}
