//! The Bidi Rule: RFC 5893, section 2.

use super::properties::{Direction, properties};

fn direction(code_point: &u32) -> Direction {
    properties(*code_point).direction()
}

/// Whether a label has a character that makes its domain a bidi domain.
pub fn is_rtl(label: &[u32]) -> bool {
    let is_rtl = |code_point| {
        matches!(
            direction(code_point),
            Direction::Right | Direction::ArabicNumber
        )
    };
    label.iter().any(is_rtl)
}

/// Whether a label may be in a bidi domain.
pub fn is_valid(label: &[u32]) -> bool {
    let Some(first) = label.first() else {
        return true;
    };
    let has = |wanted| {
        label
            .iter()
            .any(|code_point| direction(code_point) == wanted)
    };
    let mut backwards = label.iter().rev().map(direction);
    let last = backwards.find(|direction| *direction != Direction::Mark);
    if has(Direction::Other) {
        return false;
    }
    match direction(first) {
        Direction::Right => {
            let ends_well = matches!(
                last,
                Some(Direction::Right | Direction::EuropeanNumber | Direction::ArabicNumber)
            );
            let mixes_numbers = has(Direction::EuropeanNumber) && has(Direction::ArabicNumber);
            ends_well && !mixes_numbers && !has(Direction::Left)
        }
        Direction::Left => {
            let ends_well = matches!(last, Some(Direction::Left | Direction::EuropeanNumber));
            ends_well && !is_rtl(label)
        }
        _ => false,
    }
}
