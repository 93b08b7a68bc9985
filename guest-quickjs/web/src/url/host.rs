//! Hosts: domains, IPv4 and IPv6 addresses, and those of schemes nobody knows.

use super::percent::{self, Set};
use crate::idna::{self, Normalize};
use core::fmt::Write as _;

/// Parses a host and writes it down again; nothing if it is none. `is_opaque` if the scheme is not special.
pub fn parse(host: &str, is_opaque: bool, normalize: Normalize) -> Option<String> {
    if let Some(address) = host.strip_prefix('[') {
        let address = ipv6(address.strip_suffix(']')?)?;
        return Some(serialize_ipv6(&address));
    }
    if is_opaque {
        if host.bytes().any(is_forbidden) {
            return None;
        }
        let mut encoded = String::with_capacity(host.len());
        percent::encode(host, Set::CONTROLS, &mut encoded);
        return Some(encoded);
    }
    let domain = match host.contains('%') {
        true => String::from_utf8_lossy(&percent::decode(host.as_bytes())).into_owned(),
        false => host.to_owned(),
    };
    let ascii = idna::to_ascii(&domain, normalize)?;
    if ascii.is_empty() || ascii.bytes().any(is_forbidden_in_domain) {
        return None;
    }
    if !ends_in_number(&ascii) {
        return Some(ascii);
    }
    let [a, b, c, d] = ipv4(&ascii)?.to_be_bytes();
    Some(format!("{a}.{b}.{c}.{d}"))
}

fn is_forbidden(byte: u8) -> bool {
    matches!(
        byte,
        0 | b'\t'
            | b'\n'
            | b'\r'
            | b' '
            | b'#'
            | b'/'
            | b':'
            | b'<'
            | b'>'
            | b'?'
            | b'@'
            | b'['
            | b'\\'
            | b']'
            | b'^'
            | b'|'
    )
}

fn is_forbidden_in_domain(byte: u8) -> bool {
    is_forbidden(byte) || byte <= 0x1f || byte == b'%' || byte == 0x7f
}

/// The last part of a domain that is not empty.
fn ends_in_number(domain: &str) -> bool {
    let without_dot = domain.strip_suffix('.').unwrap_or(domain);
    let last = without_dot.rsplit('.').next().unwrap_or_default();
    let is_decimal = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
    is_decimal || ipv4_number(last).is_some()
}

/// A number, decimal, octal or hexadecimal; too large ones are the largest.
fn ipv4_number(text: &str) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (text.get(2..)?, 16),
        [b'0', _, ..] => (text.get(1..)?, 8),
        _ => (text, 10),
    };
    let mut number = 0u64;
    for c in digits.chars() {
        let digit = c.to_digit(radix)?;
        number = number
            .saturating_mul(u64::from(radix))
            .saturating_add(u64::from(digit));
    }
    Some(number)
}

fn ipv4(domain: &str) -> Option<u32> {
    let without_dot = domain.strip_suffix('.').unwrap_or(domain);
    let mut numbers = Vec::new();
    for part in without_dot.split('.') {
        numbers.push(ipv4_number(part)?);
    }
    let last = numbers.pop()?;
    if numbers.len() > 3 || numbers.iter().any(|number| *number > 255) {
        return None;
    }
    let mut address = last;
    if last >= 1 << (8 * (4 - numbers.len())) {
        return None;
    }
    for (index, number) in numbers.iter().enumerate() {
        address |= number << (8 * (3 - index));
    }
    Some(address as u32)
}

fn ipv6(text: &str) -> Option<[u16; 8]> {
    let mut address = [0u16; 8];
    let (mut piece, mut compress) = (0, None);
    let mut rest = text.as_bytes();
    if rest.first() == Some(&b':') {
        rest = rest.strip_prefix(b"::")?;
        piece = 1;
        compress = Some(1);
    }
    while let Some(first) = rest.first() {
        if piece == 8 {
            return None;
        }
        if *first == b':' {
            if compress.is_some() {
                return None;
            }
            rest = rest.get(1..)?;
            piece += 1;
            compress = Some(piece);
            continue;
        }
        let (mut value, mut length) = (0u16, 0);
        while let Some(digit) = rest
            .get(length)
            .and_then(|byte| char::from(*byte).to_digit(16))
        {
            if length == 4 {
                break;
            }
            value = value << 4 | digit as u16;
            length += 1;
        }
        match rest.get(length) {
            Some(b'.') => {
                if length == 0 || piece > 6 {
                    return None;
                }
                for half in embedded_ipv4(rest)? {
                    *address.get_mut(piece)? = half;
                    piece += 1;
                }
                break;
            }
            Some(b':') => {
                rest = rest.get(length + 1..)?;
                if rest.is_empty() {
                    return None;
                }
            }
            Some(_) => return None,
            None => rest = &[],
        }
        *address.get_mut(piece)? = value;
        piece += 1;
    }
    match compress {
        Some(compress) => {
            // what comes after the gap belongs to the end
            address.get_mut(compress..)?.rotate_right(8 - piece);
        }
        None if piece != 8 => return None,
        None => {}
    }
    Some(address)
}

fn embedded_ipv4(text: &[u8]) -> Option<[u16; 2]> {
    let mut bytes = [0u8; 4];
    let mut parts = text.split(|byte| *byte == b'.');
    for byte in &mut bytes {
        let part = parts.next()?;
        let has_leading_zero = part.len() > 1 && part.first() == Some(&b'0');
        if has_leading_zero || !part.iter().all(u8::is_ascii_digit) {
            return None;
        }
        *byte = core::str::from_utf8(part).ok()?.parse().ok()?;
    }
    let [a, b, c, d] = bytes;
    let is_all = parts.next().is_none();
    is_all.then(|| [u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])])
}

fn serialize_ipv6(address: &[u16; 8]) -> String {
    // the longest run of zeros, the first of those, but not of one alone
    let (mut gap, mut longest) = (0..0, 1);
    let mut at = 0;
    while at < 8 {
        let zeros = address
            .iter()
            .skip(at)
            .take_while(|piece| **piece == 0)
            .count();
        if zeros > longest {
            (gap, longest) = (at..at + zeros, zeros);
        }
        at += zeros.max(1);
    }
    let mut text = String::from("[");
    for (index, piece) in address.iter().enumerate() {
        if gap.contains(&index) {
            if index == gap.start {
                text.push_str(if index == 0 { "::" } else { ":" });
            }
            continue;
        }
        let _ = write!(text, "{piece:x}");
        if index < 7 {
            text.push(':');
        }
    }
    text.push(']');
    text
}
