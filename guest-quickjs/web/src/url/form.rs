//! `application/x-www-form-urlencoded`.

use super::percent::{self, Set};

/// The names and values of a query: name, value, name, …
pub fn parse(query: &str) -> Vec<String> {
    let decode = |text: &[u8]| {
        let spaced: Vec<u8> = text
            .iter()
            .map(|byte| if *byte == b'+' { b' ' } else { *byte })
            .collect();
        String::from_utf8(percent::decode(&spaced))
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    };
    let mut pairs = Vec::new();
    for pair in query.as_bytes().split(|byte| *byte == b'&') {
        if pair.is_empty() {
            continue;
        }
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        pairs.push(decode(halves.next().unwrap_or_default()));
        pairs.push(decode(halves.next().unwrap_or_default()));
    }
    pairs
}

/// Appends a name or a value to what [`parse`] reads.
pub fn serialize(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            byte => percent::encode_byte(byte, Set::FORM, out),
        }
    }
}
