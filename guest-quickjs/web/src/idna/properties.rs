//! The properties of a character that decide where in a label it may be.

use super::mapping::{PROPERTIES, after};
use std::sync::OnceLock;

/// As `build.rs` packs them: three bits for the direction, one for marks, three for joining, one for viramas.
#[derive(Clone, Copy)]
pub struct Properties(u32);

/// Which way text runs; the classes that no rule tells apart are one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// L
    Left,
    /// R, AL
    Right,
    /// AN
    ArabicNumber,
    /// EN
    EuropeanNumber,
    /// ES, CS, ET, ON, BN
    Neutral,
    /// NSM
    Mark,
    /// What is in no name of a bidi domain.
    Other,
}

/// How a letter joins others.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Joining {
    /// It does not.
    None,
    /// L
    Left,
    /// R
    Right,
    /// D
    Dual,
    /// T
    Transparent,
}

impl Properties {
    pub fn direction(self) -> Direction {
        match self.0 & 7 {
            0 => Direction::Left,
            1 => Direction::Right,
            2 => Direction::ArabicNumber,
            3 => Direction::EuropeanNumber,
            4 => Direction::Neutral,
            5 => Direction::Mark,
            _ => Direction::Other,
        }
    }

    pub fn is_mark(self) -> bool {
        self.0 >> 3 & 1 != 0
    }

    pub fn joining(self) -> Joining {
        match self.0 >> 4 & 7 {
            1 => Joining::Left,
            2 => Joining::Right,
            3 => Joining::Dual,
            4 => Joining::Transparent,
            _ => Joining::None,
        }
    }

    pub fn is_virama(self) -> bool {
        self.0 >> 7 & 1 != 0
    }
}

/// The properties of a code point.
pub fn properties(code_point: u32) -> Properties {
    /// Where runs begin, and what is true of them.
    static RUNS: OnceLock<Vec<(u32, u32)>> = OnceLock::new();
    let runs = RUNS.get_or_init(|| {
        let mut start = 0;
        let numbers = PROPERTIES.numbers();
        let (pairs, _) = numbers.as_chunks();
        let mut runs = Vec::with_capacity(pairs.len());
        for [count, value] in pairs {
            runs.push((start, *value));
            start = after(start, *count);
        }
        runs
    });
    let after = runs.partition_point(|(start, _)| *start <= code_point);
    let run = after.checked_sub(1).and_then(|place| runs.get(place));
    Properties(run.map_or(6, |(_, value)| *value))
}
