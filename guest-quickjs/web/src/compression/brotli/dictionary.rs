//! The words that everybody knows, and what can be done to them: RFC 7932, section 8 and appendices A and B.

use crate::packed::Packed;
use std::sync::OnceLock;

include!(concat!(env!("OUT_DIR"), "/brotli.rs"));

/// For each length of a word, how many bits number the words of that length.
const WIDTHS: [u8; 25] = [
    0, 0, 0, 0, 10, 10, 11, 11, 10, 10, 10, 10, 10, 9, 9, 8, 7, 7, 8, 7, 7, 6, 6, 5, 5,
];

fn words() -> &'static [u8] {
    static WORDS: OnceLock<Vec<u8>> = OnceLock::new();
    WORDS.get_or_init(|| DICTIONARY_PACKED.bytes())
}

/// The contexts of literals by mode and preceding bytes, and then the transforms.
fn tables() -> &'static [u8] {
    static TABLES: OnceLock<Vec<u8>> = OnceLock::new();
    TABLES.get_or_init(|| TABLES_PACKED.bytes())
}

/// For a mode, what to look up by the last byte, and by the one before that.
pub fn contexts(mode: u32) -> &'static [u8; 512] {
    let start = mode as usize * 512;
    let contexts = tables().get(start..).and_then(<[u8]>::first_chunk);
    contexts.unwrap_or(&[0; 512])
}

/// Appends the word of this length and number; nothing if there is none.
pub fn append(length: usize, number: usize, out: &mut Vec<u8>) -> Option<()> {
    let width = *WIDTHS.get(length).filter(|width| **width > 0)?;
    let start: usize = (0..length)
        .map(|shorter| match WIDTHS.get(shorter) {
            Some(width) if *width > 0 => shorter << width,
            _ => 0,
        })
        .sum();
    let index = number & ((1 << width) - 1);
    let start = start + index * length;
    let word = words().get(start..start + length)?;
    transform(number >> width, word, out)
}

fn transform(number: usize, word: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut rest = tables().get(4 * 512..)?;
    for _ in 0..number {
        rest = Transform::first_of(rest)?.1;
    }
    let (transform, _) = Transform::first_of(rest)?;
    let Transform {
        kind,
        prefix,
        suffix,
    } = transform;
    out.extend_from_slice(prefix);
    let word = match kind {
        1..=9 => word.get(..word.len().saturating_sub(kind))?,
        12..=20 => word.get(kind - 11..).unwrap_or_default(),
        _ => word,
    };
    let start = out.len();
    out.extend_from_slice(word);
    if let (10 | 11, Some(mut letters)) = (kind, out.get_mut(start..)) {
        loop {
            let count = to_upper_case(letters);
            letters = letters.get_mut(count..).unwrap_or_default();
            if kind == 10 || letters.is_empty() {
                break;
            }
        }
    }
    out.extend_from_slice(suffix);
    Some(())
}

/// One of the things that can be done to a word.
struct Transform<'a> {
    kind: usize,
    prefix: &'a [u8],
    suffix: &'a [u8],
}

impl<'a> Transform<'a> {
    /// The first of these, and the others.
    fn first_of(transforms: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (kind, rest) = transforms.split_first()?;
        let (len, rest) = rest.split_first()?;
        let (prefix, rest) = rest.split_at_checked(usize::from(*len))?;
        let (len, rest) = rest.split_first()?;
        let (suffix, rest) = rest.split_at_checked(usize::from(*len))?;
        let kind = usize::from(*kind);
        Some((
            Transform {
                kind,
                prefix,
                suffix,
            },
            rest,
        ))
    }
}

/// As the format has it, which is not as Unicode has it. Says how many bytes that was.
fn to_upper_case(letters: &mut [u8]) -> usize {
    match letters {
        [letter @ b'a'..=b'z', ..] => {
            *letter ^= 0x20;
            1
        }
        [0..0xc0, ..] | [] => 1,
        [0xc0..0xe0, rest @ ..] => {
            if let [letter, ..] = rest {
                *letter ^= 0x20;
            }
            2
        }
        [_, rest @ ..] => {
            if let [_, letter, ..] = rest {
                *letter ^= 5;
            }
            3
        }
    }
}
