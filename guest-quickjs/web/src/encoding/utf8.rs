//! UTF-8, both ways.

use super::decoder::Malformed;
use core::str::from_utf8;

/// The bytes of a character whose others have not come yet.
#[derive(Default)]
pub(super) struct Utf8 {
    bytes: [u8; 4],
    count: usize,
}

impl Utf8 {
    pub fn is_fresh(&self) -> bool {
        self.count == 0
    }

    pub fn decode(
        &mut self,
        bytes: &[u8],
        is_last: bool,
        is_fatal: bool,
        out: &mut Vec<u16>,
    ) -> Result<(), Malformed> {
        let mut rest = bytes;
        while self.count > 0 {
            let Some((byte, after)) = rest.split_first() else {
                break;
            };
            if let Some(place) = self.bytes.get_mut(self.count) {
                *place = *byte;
            }
            let begun = self.bytes.get(..self.count + 1).unwrap_or_default();
            match from_utf8(begun) {
                Ok(text) => {
                    out.extend(text.encode_utf16());
                    rest = after;
                    self.count = 0;
                }
                Err(error) if error.error_len().is_none() => {
                    rest = after;
                    self.count += 1;
                }
                // the byte does not belong to it and comes again
                Err(_) => {
                    self.count = 0;
                    replace(is_fatal, out)?;
                }
            }
        }
        while !rest.is_empty() {
            let error = match from_utf8(rest) {
                Ok(text) => {
                    out.extend(text.encode_utf16());
                    break;
                }
                Err(error) => error,
            };
            let (valid, invalid) = rest
                .split_at_checked(error.valid_up_to())
                .unwrap_or_default();
            out.extend(from_utf8(valid).unwrap_or_default().encode_utf16());
            match error.error_len() {
                Some(len) => {
                    replace(is_fatal, out)?;
                    rest = invalid.get(len..).unwrap_or_default();
                }
                None => {
                    self.count = invalid.len();
                    for (to, from) in self.bytes.iter_mut().zip(invalid) {
                        *to = *from;
                    }
                    break;
                }
            }
        }
        if is_last && core::mem::take(&mut self.count) > 0 {
            replace(is_fatal, out)?;
        }
        Ok(())
    }
}

fn replace(is_fatal: bool, out: &mut Vec<u16>) -> Result<(), Malformed> {
    if is_fatal {
        return Err(Malformed);
    }
    out.push(0xfffd);
    Ok(())
}

/// What [`encode_into`] did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Encoded {
    /// How many units of UTF-16 were read.
    pub read: usize,
    /// How many bytes were written.
    pub written: usize,
}

/// How much of a text fits into so many bytes of UTF-8, in whole characters.
pub fn encode_into(text: &str, room: usize) -> Encoded {
    let written = text.floor_char_boundary(room);
    let fitting = text.as_bytes().get(..written).unwrap_or_default();
    // a character of four bytes is two units, any other one
    let read = fitting
        .iter()
        .map(|byte| usize::from(byte & 0xc0 != 0x80) + usize::from(*byte >= 0xf0))
        .sum();
    Encoded { read, written }
}
