//! `outwit:engine/base64`: forgiving Base64 (Infra, WHATWG).

use super::{Function, parameters, returned};
use outwit_quickjs_runtime::{Js, Value, sys};

/// `decode(text)` gives a string of bytes, `encode(bytes)` the Base64 of one; each `undefined` if the text is no such thing.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: c"decode",
        length: 1,
        call: js_decode,
    },
    Function {
        name: c"encode",
        length: 1,
        call: js_encode,
    },
];

unsafe extern "C" fn js_decode(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    let [text] = unsafe { parameters(arguments) };
    let decode = || -> Js<Value> {
        match decode(text.text()?.bytes()) {
            Some(bytes) => {
                let text: String = bytes.into_iter().map(char::from).collect();
                Value::string(&text)
            }
            None => Ok(Value::UNDEFINED),
        }
    };
    returned(decode())
}

unsafe extern "C" fn js_encode(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    let [text] = unsafe { parameters(arguments) };
    let encode = || -> Js<Value> {
        let text = text.text()?;
        let bytes: Result<Vec<u8>, _> = text.as_str().chars().map(u8::try_from).collect();
        match bytes {
            Ok(bytes) => Value::string(&encode(&bytes)),
            Err(_) => Ok(Value::UNDEFINED),
        }
    };
    returned(encode())
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |index| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let digit = ALPHABET[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= chunk.len() {
                char::from(digit)
            } else {
                '='
            });
        }
    }
    text
}

/// The value of a digit.
fn digit(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let is_space = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\x0c' | b'\r' | b' ');
    let mut digits: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !is_space(byte))
        .collect();
    if digits.len().is_multiple_of(4) {
        let padding = digits
            .iter()
            .rev()
            .take(2)
            .take_while(|byte| **byte == b'=');
        digits.truncate(digits.len() - padding.count());
    }
    if digits.len() % 4 == 1 {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    let (mut bits, mut count) = (0, 0);
    for byte in digits {
        bits = bits << 6 | digit(byte)?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes)
}
