//! gb18030, of which GBK is a part.

use super::decoder::{Again, Step, found};
use super::tables::{GB18030, gb18030_ranges};

/// The bytes of a character so far; 0 for none.
#[derive(Default)]
pub(super) struct Gb18030 {
    first: u8,
    second: u8,
    third: u8,
}

impl Gb18030 {
    pub fn is_fresh(&self) -> bool {
        self.first == 0
    }

    pub fn step(&mut self, byte: Option<u8>, out: &mut Vec<u16>) -> Step {
        let Some(byte) = byte else {
            let is_cut = !self.is_fresh();
            *self = Gb18030::default();
            return if is_cut { Err(Again::NONE) } else { Ok(()) };
        };
        let Gb18030 {
            first,
            second,
            third,
        } = *self;
        if third != 0 {
            *self = Gb18030::default();
            if !byte.is_ascii_digit() {
                return Err(Again::of([second, third, byte], 3));
            }
            let [first, second, third, fourth] = [first, second, third, byte].map(u32::from);
            let pointer =
                ((first - 0x81) * 10 + second - 0x30) * 126 * 10 + (third - 0x81) * 10 + fourth
                    - 0x30;
            return found(range_code_point(pointer), out);
        }
        if second != 0 {
            if (0x81..=0xfe).contains(&byte) {
                self.third = byte;
                return Ok(());
            }
            *self = Gb18030::default();
            return Err(Again::of([second, byte, 0], 2));
        }
        if first != 0 {
            if byte.is_ascii_digit() {
                self.second = byte;
                return Ok(());
            }
            *self = Gb18030::default();
            let offset = if byte < 0x7f { 0x40 } else { 0x41 };
            let code_point = match byte {
                0x40..=0x7e | 0x80..=0xfe => {
                    GB18030.get((u32::from(first) - 0x81) * 190 + u32::from(byte) - offset)
                }
                _ => None,
            };
            return match code_point {
                None if byte < 0x80 => Err(Again::maybe(Some(byte))),
                code_point => found(code_point, out),
            };
        }
        match byte {
            0..0x80 => found(Some(u32::from(byte)), out),
            0x80 => found(Some(0x20ac), out),
            0x81..=0xfe => {
                self.first = byte;
                Ok(())
            }
            0xff => Err(Again::NONE),
        }
    }
}

fn range_code_point(pointer: u32) -> Option<u32> {
    match pointer {
        0..=39419 => {
            let (ranges, _) = gb18030_ranges().as_chunks();
            let after = ranges.partition_point(|[start, _]| *start <= pointer);
            let [start, code_point] = ranges.get(after.checked_sub(1)?)?;
            Some(code_point + pointer - start)
        }
        189_000..=1_237_575 => Some(0x1_0000 + pointer - 189_000),
        _ => None,
    }
}
