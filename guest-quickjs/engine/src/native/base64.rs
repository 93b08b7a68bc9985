//! `outwit:engine/base64`: forgiving Base64 (Infra, WHATWG).

use super::{Function, bytes_of, parameters, returned};
use outwit_quickjs_runtime::{Js, Value, sys};
use outwit_quickjs_web::base64;

/// `decode(text)` gives a string of bytes, `encode(bytes)` the Base64 of one; each `undefined` if the text is no such thing. `encodeBytes(bytes)` is
/// the Base64 of a `Uint8Array`.
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
    Function {
        name: c"encodeBytes",
        length: 1,
        call: js_encode_bytes,
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
        match base64::decode(text.text()?.bytes()) {
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
            Ok(bytes) => Value::string(&base64::encode(&bytes)),
            Err(_) => Ok(Value::UNDEFINED),
        }
    };
    returned(encode())
}

unsafe extern "C" fn js_encode_bytes(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    let [bytes] = unsafe { parameters(arguments) };
    returned(bytes_of(&bytes).and_then(|bytes| Value::string(&base64::encode(bytes))))
}
