//! `outwit:engine/compression`: compressed streams.

use super::held::{self, Held};
use super::{Function, bytes_of, new_bytes, parameters, returned};
use outwit_quickjs_runtime::{ErrorKind, Js, Value, sys, throw};
use outwit_quickjs_web::compression::{Compressor, Decompressor, Format};

/// `makeCompressor(format)` and `makeDecompressor(format)` begin a stream of `"gzip"`, `"deflate"`, `"deflate-raw"` or `"brotli"`.
///
/// `compress(compressor, bytes)` is the output there is so far, a `Uint8Array` that may be empty; without bytes it is the rest, and the end.
///
/// `push(decompressor, bytes)` takes input; `pull(decompressor)` is the next of the output, empty if that takes more input, and `undefined` if the input is
/// not of the format. `isComplete(decompressor)` says whether the stream has ended.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: c"makeCompressor",
        length: 1,
        call: js_make_compressor,
    },
    Function {
        name: c"makeDecompressor",
        length: 1,
        call: js_make_decompressor,
    },
    Function {
        name: c"compress",
        length: 2,
        call: js_compress,
    },
    Function {
        name: c"push",
        length: 2,
        call: js_push,
    },
    Function {
        name: c"pull",
        length: 1,
        call: js_pull,
    },
    Function {
        name: c"isComplete",
        length: 1,
        call: js_is_complete,
    },
];

fn format(name: &Value) -> Js<Format> {
    Format::named(name.text()?.as_str())
        .ok_or_else(|| throw(ErrorKind::Type, "there is no such format"))
}

unsafe extern "C" fn js_make_compressor(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    let [name] = unsafe { parameters(arguments) };
    let make = |format| held::object(Held::Compressor(Compressor::new(format)));
    returned(format(&name).and_then(make))
}

unsafe extern "C" fn js_make_decompressor(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    let [name] = unsafe { parameters(arguments) };
    let make = |format| held::object(Held::Decompressor(Decompressor::new(format)));
    returned(format(&name).and_then(make))
}

unsafe extern "C" fn js_compress(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has two parameters.
    let [compressor, bytes] = unsafe { parameters(arguments) };
    let compress = || -> Js<Value> {
        let input = match bytes.is_undefined() {
            true => None,
            false => Some(bytes_of(&bytes)?),
        };
        let output = held::with(&compressor, |held| match (held, input) {
            (Held::Compressor(compressor), Some(input)) => Some(compressor.push(input)),
            (Held::Compressor(compressor), None) => Some(compressor.finish()),
            _ => None,
        })?;
        new_bytes(&output)
    };
    returned(compress())
}

unsafe extern "C" fn js_push(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has two parameters.
    let [decompressor, bytes] = unsafe { parameters(arguments) };
    let push = || -> Js<Value> {
        let input = bytes_of(&bytes)?;
        held::with(&decompressor, |held| match held {
            Held::Decompressor(decompressor) => {
                decompressor.push(input);
                Some(Value::UNDEFINED)
            }
            _ => None,
        })
    };
    returned(push())
}

unsafe extern "C" fn js_pull(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    let [decompressor] = unsafe { parameters(arguments) };
    let pull = || -> Js<Value> {
        let output = held::with(&decompressor, |held| match held {
            Held::Decompressor(decompressor) => Some(decompressor.pull()),
            _ => None,
        })?;
        output.map_or(Ok(Value::UNDEFINED), |output| new_bytes(&output))
    };
    returned(pull())
}

unsafe extern "C" fn js_is_complete(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    let [decompressor] = unsafe { parameters(arguments) };
    returned(held::with(&decompressor, |held| match held {
        Held::Decompressor(decompressor) => Some(Value::bool(decompressor.finish().is_ok())),
        _ => None,
    }))
}
