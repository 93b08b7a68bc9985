//! Base64, as forgiving as the Infra Standard wants it. <https://infra.spec.whatwg.org/#forgiving-base64>

/// Decodes, ignoring white space; nothing if it is not Base64.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let is_space = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\x0c' | b'\r' | b' ');
    let mut digits: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !is_space(byte))
        .collect();
    if digits.len().is_multiple_of(4) {
        for _ in 0..2 {
            if digits.last() == Some(&b'=') {
                digits.pop();
            }
        }
    }
    if digits.len() % 4 == 1 {
        return None;
    }
    decode_digits(&digits, [b'+', b'/'])
}

/// Decodes base64url without padding; nothing if it is not that.
pub fn decode_url(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() % 4 == 1 {
        return None;
    }
    decode_digits(text, [b'-', b'_'])
}

fn decode_digits(digits: &[u8], [plus, slash]: [u8; 2]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    let (mut bits, mut count) = (0u32, 0);
    for digit in digits {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            _ if *digit == plus => 62,
            _ if *digit == slash => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    Some(bytes)
}

/// Encodes with padding.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = encode_digits(bytes, [b'+', b'/']);
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

/// Encodes as base64url without padding.
pub fn encode_url(bytes: &[u8]) -> String {
    encode_digits(bytes, [b'-', b'_'])
}

fn encode_digits(bytes: &[u8], [plus, slash]: [u8; 2]) -> String {
    let digit = |value: u32| {
        let value = (value & 63) as u8;
        char::from(match value {
            0..26 => b'A' + value,
            26..52 => b'a' + value - 26,
            52..62 => b'0' + value - 52,
            62 => plus,
            _ => slash,
        })
    };
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let mut bits = 0u32;
        for index in 0..3 {
            bits = bits << 8 | u32::from(group.get(index).copied().unwrap_or(0));
        }
        for index in 0..=group.len() {
            text.push(digit(bits >> (18 - 6 * index)));
        }
    }
    text
}
