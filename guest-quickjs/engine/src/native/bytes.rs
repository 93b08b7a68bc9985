//! `outwit:engine/bytes`: text and bytes.

use super::{Function, bytes_of, new_bytes, parameters, returned};
use outwit_quickjs_runtime::{Js, Value, context, sys};

/// `encodeUtf8(text)` is a `Uint8Array`. `decodeUtf8(bytes, keepsMark)` is a string; what is not UTF-8 becomes U+FFFD, and a byte order mark at
/// the beginning is left out unless it is to be kept. `indexOf(bytes, wanted, from, to)` is where `wanted` is between these two places, or -1. All bytes are
/// in a `Uint8Array`.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: c"encodeUtf8",
        length: 1,
        call: js_encode_utf8,
    },
    Function {
        name: c"decodeUtf8",
        length: 2,
        call: js_decode_utf8,
    },
    Function {
        name: c"indexOf",
        length: 4,
        call: js_index_of,
    },
];

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

unsafe extern "C" fn js_encode_utf8(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    let [text] = unsafe { parameters(arguments) };
    let encode = || -> Js<Value> { new_bytes(text.text()?.bytes()) };
    returned(encode())
}

unsafe extern "C" fn js_decode_utf8(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has two parameters.
    let [bytes, keeps_mark] = unsafe { parameters(arguments) };
    let decode = || -> Js<Value> {
        let mut bytes = bytes_of(&bytes)?;
        if keeps_mark.raw() != Value::bool(true).raw() {
            bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
        }
        Value::string(&String::from_utf8_lossy(bytes))
    };
    returned(decode())
}

unsafe extern "C" fn js_index_of(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has four parameters.
    let [bytes, wanted, from, to] = unsafe { parameters(arguments) };
    let find = || -> Js<Value> {
        let (bytes, wanted) = (bytes_of(&bytes)?, bytes_of(&wanted)?);
        let (from, to) = (place(&from), place(&to).min(bytes.len()));
        let found = bytes
            .get(from..to)
            .and_then(|bytes| find(bytes, wanted))
            .map(|index| from + index);
        Ok(Value::number(found.map_or(-1.0, |index| index as f64)))
    };
    returned(find())
}

/// A place that JavaScript counted.
fn place(value: &Value) -> usize {
    let mut place = 0;
    // SAFETY: the value is alive; a number converts without running code.
    unsafe { sys::JS_ToInt64(context(), &mut place, value.raw()) };
    usize::try_from(place).unwrap_or(0)
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let (first, rest) = wanted.split_first()?;
    let mut at = 0;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| byte == first)?;
        if bytes.get(at + 1..)?.starts_with(rest) {
            return Some(at);
        }
        at += 1;
    }
}
