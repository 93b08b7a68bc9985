//! `outwit:engine/encoding`: text encodings.

use super::held::{self, Held};
use super::{Function, bytes_of, is_true, new_bytes, parameters, returned};
use crate::lift::array;
use outwit_quickjs_runtime::{ErrorKind, Js, Value, check, context, sys, throw};
use outwit_quickjs_web::encoding::{Decoder, Encoding, encode_into};

/// `encode(text)` is a `Uint8Array` of UTF-8. `encodeInto(text, bytes)` writes as much of a text as there is room for and is `[read, written]`.
/// `decodeUtf8(bytes, isFatal, ignoreBOM)` is a string, or `undefined` if it is fatal and the bytes are no UTF-8.
///
/// `encodingOf(label)` is the name of an encoding, in lower case, or `undefined`. `makeDecoder(name, isFatal, ignoreBOM)` is a decoder for text
/// that comes in pieces; `decode(decoder, bytes, isLast)` is what the next bytes are, or `undefined` if that is an error.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: c"encode",
        length: 1,
        call: js_encode,
    },
    Function {
        name: c"encodeInto",
        length: 2,
        call: js_encode_into,
    },
    Function {
        name: c"decodeUtf8",
        length: 3,
        call: js_decode_utf8,
    },
    Function {
        name: c"encodingOf",
        length: 1,
        call: js_encoding_of,
    },
    Function {
        name: c"makeDecoder",
        length: 3,
        call: js_make_decoder,
    },
    Function {
        name: c"decode",
        length: 3,
        call: js_decode,
    },
];

unsafe extern "C" fn js_encode(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    let [text] = unsafe { parameters(arguments) };
    returned(text.text().and_then(|text| new_bytes(text.bytes())))
}

unsafe extern "C" fn js_encode_into(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has two parameters.
    let [text, bytes] = unsafe { parameters(arguments) };
    let encode = || -> Js<Value> {
        let text = text.text()?;
        let room = bytes_of(&bytes)?;
        let encoded = encode_into(text.as_str(), room.len());
        let from = text.bytes().get(..encoded.written).unwrap_or_default();
        // SAFETY: the bytes are the array's, and there are at least so many; the text is elsewhere.
        unsafe {
            std::ptr::copy_nonoverlapping(from.as_ptr(), room.as_ptr().cast_mut(), from.len());
        }
        let counts = [encoded.read, encoded.written];
        array(counts.map(|count| Value::number(count as f64)).into())
    };
    returned(encode())
}

unsafe extern "C" fn js_decode_utf8(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has three parameters.
    let [bytes, is_fatal, ignore_bom] = unsafe { parameters(arguments) };
    let decode = || -> Js<Value> {
        let bytes = bytes_of(&bytes)?;
        let (is_fatal, ignore_bom) = (is_true(&is_fatal), is_true(&ignore_bom));
        if std::str::from_utf8(bytes).is_ok() {
            let without_bom = match ignore_bom {
                true => None,
                false => bytes.strip_prefix(b"\xef\xbb\xbf"),
            };
            return Value::string_from(without_bom.unwrap_or(bytes));
        }
        let mut decoder = Decoder::new(Encoding::UTF_8, is_fatal, ignore_bom);
        match decoder.decode(bytes, true) {
            Ok(units) => utf16(&units),
            Err(_) => Ok(Value::UNDEFINED),
        }
    };
    returned(decode())
}

unsafe extern "C" fn js_encoding_of(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    let [label] = unsafe { parameters(arguments) };
    let name = || -> Js<Value> {
        let encoding = Encoding::for_label(label.text()?.as_str());
        match encoding.filter(|encoding| !encoding.is_replacement()) {
            Some(encoding) => Value::string(&encoding.name()),
            None => Ok(Value::UNDEFINED),
        }
    };
    returned(name())
}

unsafe extern "C" fn js_make_decoder(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has three parameters.
    let [name, is_fatal, ignore_bom] = unsafe { parameters(arguments) };
    let make = || -> Js<Value> {
        let encoding = Encoding::for_label(name.text()?.as_str())
            .ok_or_else(|| throw(ErrorKind::Range, "there is no such encoding"))?;
        let decoder = Decoder::new(encoding, is_true(&is_fatal), is_true(&ignore_bom));
        held::object(Held::Decoder(decoder))
    };
    returned(make())
}

unsafe extern "C" fn js_decode(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has three parameters.
    let [decoder, bytes, is_last] = unsafe { parameters(arguments) };
    let decode = || -> Js<Value> {
        let bytes = bytes_of(&bytes)?;
        let units = held::with(&decoder, |held| match held {
            Held::Decoder(decoder) => Some(decoder.decode(bytes, is_true(&is_last))),
            _ => None,
        })?;
        units.map_or(Ok(Value::UNDEFINED), |units| utf16(&units))
    };
    returned(decode())
}

/// A string of UTF-16; one of ASCII alone takes half the memory.
fn utf16(units: &[u16]) -> Js<Value> {
    if units.iter().all(|unit| *unit < 0x80) {
        let ascii: Vec<u8> = units.iter().map(|unit| *unit as u8).collect();
        return Value::string_from(&ascii);
    }
    // SAFETY: pointer and length are those of a slice.
    check(unsafe { sys::JS_NewStringUTF16(context(), units.as_ptr(), units.len() as _) })
}
