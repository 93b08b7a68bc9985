//! Percent-encoding.

use core::fmt::Write as _;

/// Which characters of ASCII are encoded; what is not ASCII always is.
#[derive(Clone, Copy)]
pub struct Set(u128);

impl Set {
    /// The C0 control set.
    pub const CONTROLS: Set = Set(0xffff_ffff | 1 << 0x7f);
    /// The fragment set.
    pub const FRAGMENT: Set = Set::CONTROLS.and(b" \"<>`");
    /// The query set.
    pub const QUERY: Set = Set::CONTROLS.and(b" \"#<>");
    /// The special-query set.
    pub const SPECIAL_QUERY: Set = Set::QUERY.and(b"'");
    /// The path set.
    pub const PATH: Set = Set::QUERY.and(b"?^`{}");
    /// The userinfo set.
    pub const USERINFO: Set = Set::PATH.and(b"/:;=@[\\]|");
    /// The set of `application/x-www-form-urlencoded`.
    pub const FORM: Set = Set::USERINFO.and(b"$%&+,!'()~");

    const fn and(self, more: &[u8]) -> Set {
        let (mut set, mut at) = (self.0, 0);
        while at < more.len() {
            set |= 1 << more[at];
            at += 1;
        }
        Set(set)
    }

    /// Whether it has this byte.
    pub fn has(self, byte: u8) -> bool {
        byte >= 0x80 || self.0 >> byte & 1 != 0
    }
}

/// Appends text, encoding what is in the set.
pub fn encode(text: &str, set: Set, out: &mut String) {
    for byte in text.bytes() {
        encode_byte(byte, set, out);
    }
}

/// The same for one byte.
pub fn encode_byte(byte: u8, set: Set, out: &mut String) {
    if set.has(byte) {
        let _ = write!(out, "%{byte:02X}");
    } else {
        out.push(char::from(byte));
    }
}

fn hex(byte: Option<&u8>) -> Option<u8> {
    let digit = char::from(*byte?).to_digit(16)?;
    Some(digit as u8)
}

/// Decodes all that is encoded well; the rest stays.
pub fn decode(bytes: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        decoded.push(match (byte, hex(after.first()), hex(after.get(1))) {
            (b'%', Some(high), Some(low)) => {
                rest = after.get(2..).unwrap_or_default();
                high << 4 | low
            }
            _ => *byte,
        });
    }
    decoded
}
