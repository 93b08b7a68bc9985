//! The numbers of source maps: base 64, five bits a digit, the sign in the lowest bit.

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Appends a number.
pub fn write(out: &mut String, number: i64) {
    let mut rest = (number.unsigned_abs() << 1) | u64::from(number < 0);
    loop {
        let mut digit = rest & 31;
        rest >>= 5;
        if rest > 0 {
            digit |= 32;
        }
        let digit = DIGITS.get(digit as usize).copied().unwrap_or_default();
        out.push(char::from(digit));
        if rest == 0 {
            return;
        }
    }
}

/// Reads the numbers of a segment; `Some(None)` for what is no number of at most 32 bits.
pub struct Reader<'a>(std::str::Bytes<'a>);

impl<'a> Reader<'a> {
    pub fn new(segment: &'a str) -> Self {
        Self(segment.bytes())
    }

    fn number(&mut self, first: u8) -> Option<i64> {
        let mut value = 0u64;
        let mut next = Some(first);
        for shift in (0..35).step_by(5) {
            let digit = u64::from(digit(next?)?);
            value |= (digit & 31) << shift;
            if digit & 32 == 0 {
                let magnitude = i64::try_from(value >> 1).ok()?;
                return Some(if value & 1 == 1 {
                    -magnitude
                } else {
                    magnitude
                });
            }
            next = self.0.next();
        }
        None
    }
}

impl Iterator for Reader<'_> {
    type Item = Option<i64>;

    fn next(&mut self) -> Option<Option<i64>> {
        let first = self.0.next()?;
        Some(self.number(first))
    }
}

fn digit(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}
