//! Where joiners may be: RFC 5892, appendices A.1 and A.2.

use super::properties::{Joining, properties};

const NON_JOINER: u32 = 0x200c;
const JOINER: u32 = 0x200d;

/// Whether each joiner is where it makes a difference.
pub fn are_valid(label: &[u32]) -> bool {
    label.iter().enumerate().all(|(at, code_point)| {
        if !matches!(*code_point, NON_JOINER | JOINER) {
            return true;
        }
        let (before, after) = label.split_at_checked(at).unwrap_or_default();
        let follows_virama = before
            .last()
            .is_some_and(|last| properties(*last).is_virama());
        follows_virama || (*code_point == NON_JOINER && is_between_letters(before, after))
    })
}

fn is_between_letters(before: &[u32], after: &[u32]) -> bool {
    let joining = |code_point: &u32| properties(*code_point).joining();
    let is_letter = |joining: &Joining| *joining != Joining::Transparent;
    let before = before.iter().rev().map(joining).find(is_letter);
    let after = after.iter().skip(1).map(joining).find(is_letter);
    matches!(before, Some(Joining::Left | Joining::Dual))
        && matches!(after, Some(Joining::Right | Joining::Dual))
}
