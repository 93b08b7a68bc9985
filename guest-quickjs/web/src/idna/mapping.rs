//! What UTS #46 maps each code point to.

use crate::packed::Packed;
use std::sync::OnceLock;

include!(concat!(env!("OUT_DIR"), "/idna.rs"));

/// The properties that the checks need.
pub(super) const PROPERTIES: Packed = PROPERTIES_PACKED;

struct Run {
    /// The first code point.
    start: u32,
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    Valid,
    Disallowed,
    Ignored,
    /// To one, with this difference.
    Shifted(u32),
    /// To these places of `several`.
    Several(u16, u8),
}

struct Mapping {
    runs: Vec<Run>,
    several: Vec<u32>,
}

fn zigzag(number: u32) -> u32 {
    (number >> 1) ^ (number & 1).wrapping_neg()
}

fn mapping() -> &'static Mapping {
    static MAPPING: OnceLock<Mapping> = OnceLock::new();
    MAPPING.get_or_init(|| {
        let (mut runs, mut several) = (Vec::new(), Vec::new());
        let mut numbers = MAPPING_PACKED.numbers().into_iter();
        let mut start = 0;
        while let (Some(count), Some(kind)) = (numbers.next(), numbers.next()) {
            let what = match kind {
                0 => What::Valid,
                1 => What::Disallowed,
                2 => What::Ignored,
                3 => What::Shifted(zigzag(numbers.next().unwrap_or_default())),
                more => {
                    let place = several.len() as u16;
                    let mut last = start;
                    for difference in numbers.by_ref().take(more as usize - 2) {
                        last = zigzag(difference).wrapping_add(last);
                        several.push(last);
                    }
                    What::Several(place, more as u8 - 2)
                }
            };
            runs.push(Run { start, what });
            start = after(start, count);
        }
        Mapping { runs, several }
    })
}

/// Where a run of so many characters ends. Surrogates are none, so no run counts them.
pub(super) fn after(start: u32, count: u32) -> u32 {
    let end = start + count;
    match start < 0xd800 && end >= 0xd800 {
        true => end + 0x800,
        false => end,
    }
}

fn what(code_point: u32) -> What {
    let runs = &mapping().runs;
    let after = runs.partition_point(|run| run.start <= code_point);
    let run = after.checked_sub(1).and_then(|place| runs.get(place));
    run.map_or(What::Disallowed, |run| run.what)
}

/// Whether a code point stays as it is.
pub fn is_valid(code_point: u32) -> bool {
    matches!(what(code_point), What::Valid)
}

/// What a character becomes; nothing if it is not allowed.
pub fn map(c: char, out: &mut Vec<u32>) -> Option<()> {
    let code_point = u32::from(c);
    match what(code_point) {
        What::Valid => out.push(code_point),
        What::Disallowed => return None,
        What::Ignored => {}
        What::Shifted(difference) => out.push(code_point.wrapping_add(difference)),
        What::Several(place, count) => {
            let place = usize::from(place);
            out.extend(mapping().several.get(place..place + usize::from(count))?);
        }
    }
    Some(())
}
