//! What gzip has around its data: RFC 1952.

use super::Corrupt;

/// The header that we write: deflate, no name, no time, an unknown system.
pub const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// A header may have a name and a comment of any length; nobody writes such long ones.
const LONGEST_HEADER: usize = 1 << 17;

/// The CRC-32 of what has been seen.
#[derive(Clone, Copy)]
pub struct Crc(u32);

impl Default for Crc {
    fn default() -> Self {
        Crc(!0)
    }
}

impl Crc {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            let (mut value, mut bit) = (byte as u32, 0);
            while bit < 8 {
                value = (value >> 1) ^ (0xedb8_8320 * (value & 1));
                bit += 1;
            }
            table[byte] = value;
            byte += 1;
        }
        table
    };

    /// More.
    pub fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let index = (self.0 as u8 ^ byte) as usize;
            self.0 = Crc::TABLE[index] ^ (self.0 >> 8);
        }
    }

    /// The checksum.
    pub fn value(self) -> u32 {
        !self.0
    }
}

/// What there is of a header.
pub enum Header {
    /// Not all of it.
    More,
    /// All, of this length.
    Len(usize),
}

/// Looks for a header.
pub fn header(input: &[u8]) -> Result<Header, Corrupt> {
    let Some((fixed, rest)) = input.split_first_chunk::<10>() else {
        let known = [0x1f, 0x8b, 8];
        let there = input.get(..3).unwrap_or(input);
        return match known.starts_with(there) {
            true => Ok(Header::More),
            false => Err(Corrupt),
        };
    };
    let [0x1f, 0x8b, 8, flags, ..] = *fixed else {
        return Err(Corrupt);
    };
    if flags & 0xe0 != 0 {
        return Err(Corrupt);
    }
    match rest_of_header(input, rest, flags) {
        Some(Ok(rest)) => Ok(Header::Len(input.len() - rest.len())),
        Some(Err(corrupt)) => Err(corrupt),
        None if input.len() > LONGEST_HEADER => Err(Corrupt),
        None => Ok(Header::More),
    }
}

/// What follows the header; nothing if that is not there yet.
fn rest_of_header<'a>(
    input: &[u8],
    mut rest: &'a [u8],
    flags: u8,
) -> Option<Result<&'a [u8], Corrupt>> {
    if flags & 4 != 0 {
        let (len, after) = rest.split_first_chunk::<2>()?;
        rest = after.get(usize::from(u16::from_le_bytes(*len))..)?;
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            let end = rest.iter().position(|byte| *byte == 0)?;
            rest = rest.get(end + 1..)?;
        }
    }
    if flags & 2 != 0 {
        let (sum, after) = rest.split_first_chunk::<2>()?;
        let mut crc = Crc::default();
        crc.update(input.get(..input.len() - rest.len())?);
        if crc.value() as u16 != u16::from_le_bytes(*sum) {
            return Some(Err(Corrupt));
        }
        rest = after;
    }
    Some(Ok(rest))
}
