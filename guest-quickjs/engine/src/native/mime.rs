//! `outwit:engine/mime`: MIME types.

use super::{Function, parameters, returned};
use crate::lift::array;
use outwit_quickjs_runtime::{Js, Value, check, context, sys};
use outwit_quickjs_web::mime::Mime;

/// `parse(text)` is `[essence, name, value, …]`, with the parameters in turn, or `null` if it is no MIME type; `extract(text)` the same of what
/// all values of `content-type` say, with commas between. `serialize(mime)` is the text.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: c"parse",
        length: 1,
        call: js_parse,
    },
    Function {
        name: c"extract",
        length: 1,
        call: js_extract,
    },
    Function {
        name: c"serialize",
        length: 1,
        call: js_serialize,
    },
];

fn to_js(mime: Option<Mime>) -> Js<Value> {
    let Some(mime) = mime else {
        return Ok(Value::NULL);
    };
    let mut texts = vec![&mime.essence];
    for (name, value) in &mime.parameters {
        texts.extend([name, value]);
    }
    let values: Js<Vec<Value>> = texts.into_iter().map(|text| Value::string(text)).collect();
    array(values?)
}

unsafe extern "C" fn js_parse(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    let [text] = unsafe { parameters(arguments) };
    let parse = || to_js(Mime::parse(text.text()?.as_str()));
    returned(parse())
}

unsafe extern "C" fn js_extract(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    let [text] = unsafe { parameters(arguments) };
    let extract = || to_js(Mime::extract(text.text()?.as_str()));
    returned(extract())
}

unsafe extern "C" fn js_serialize(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    let [mime] = unsafe { parameters(arguments) };
    let serialize = || -> Js<Value> {
        let mut texts = Vec::new();
        for index in 0u32.. {
            // SAFETY: the array is alive.
            let item = unsafe { check(sys::JS_GetPropertyUint32(context(), mime.raw(), index))? };
            if item.is_undefined() {
                break;
            }
            texts.push(item.text()?.as_str().to_owned());
        }
        let mut texts = texts.into_iter();
        let essence = texts.next().unwrap_or_default();
        let mut parameters = Vec::new();
        while let Some((name, value)) = texts.next().zip(texts.next()) {
            parameters.push((name, value));
        }
        let mime = Mime {
            essence,
            parameters,
        };
        Value::string(&mime.serialize())
    };
    returned(serialize())
}
