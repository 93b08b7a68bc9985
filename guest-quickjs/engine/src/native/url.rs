//! `outwit:engine/url`: URLs, queries, `data:` URLs.

use super::{Function, new_bytes, parameters, returned};
use crate::lift::array;
use outwit_quickjs_runtime::{Js, Value, check, context, sys};
use outwit_quickjs_web::data_url::DataUrl;
use outwit_quickjs_web::url::{Part, Url, form};
use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

/// `parse(url, base)` is `[href, …]`: the serialized URL and where its parts are, as `js/url/url.js` takes them apart; `undefined` if it is no URL. `base` is a
/// URL, or `undefined`. `change(href, part, value)` is the same with a part changed, or `undefined` if the value cannot be that part; parts are
/// numbered in the order protocol, username, password, host, hostname, port, pathname, search, hash. `originOf(href)` is the origin.
///
/// `parseQuery(text)` is an array of names and values, in turn; `serializeQuery(array)` is the text.
///
/// `openDataUrl(href)` is `[type, bytes]` of a `data:` URL, or `undefined`.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: c"parse",
        length: 2,
        call: js_parse,
    },
    Function {
        name: c"change",
        length: 3,
        call: js_change,
    },
    Function {
        name: c"originOf",
        length: 1,
        call: js_origin_of,
    },
    Function {
        name: c"parseQuery",
        length: 1,
        call: js_parse_query,
    },
    Function {
        name: c"serializeQuery",
        length: 1,
        call: js_serialize_query,
    },
    Function {
        name: c"openDataUrl",
        length: 1,
        call: js_open_data_url,
    },
];

unsafe extern "C" {
    fn unicode_normalize(
        to: *mut *mut u32,
        from: *const u32,
        len: c_int,
        form: c_int,
        opaque: *mut c_void,
        realloc: unsafe extern "C" fn(*mut c_void, *mut c_void, usize) -> *mut c_void,
    ) -> c_int;
    fn realloc(pointer: *mut c_void, size: usize) -> *mut c_void;
    fn free(pointer: *mut c_void);
}

unsafe extern "C" fn reallocate(_: *mut c_void, pointer: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: by contract of the callback.
    unsafe {
        if size == 0 {
            free(pointer);
            return null_mut();
        }
        realloc(pointer, size)
    }
}

/// Normalisation form C, as `String.prototype.normalize` has it.
fn normalize(text: &[u32]) -> Vec<u32> {
    const FORM_C: c_int = 0;
    let mut normalized = null_mut();
    let len = c_int::try_from(text.len()).unwrap_or(0);
    // SAFETY: pointer and length are those of a slice; what is allocated for the result is given back.
    unsafe {
        let len = unicode_normalize(
            &mut normalized,
            text.as_ptr(),
            len,
            FORM_C,
            null_mut(),
            reallocate,
        );
        if normalized.is_null() {
            return Vec::new();
        }
        let result = std::slice::from_raw_parts(normalized, usize::try_from(len).unwrap_or(0));
        let result = result.to_vec();
        free(normalized.cast());
        result
    }
}

/// What JavaScript gets of a URL.
fn parts(url: &Url) -> Js<Value> {
    let serialized = url.serialize();
    let mut values = vec![Value::string(&serialized.href)?];
    values.extend(serialized.places.map(|place| Value::int(place as i32)));
    array(values)
}

fn parse(url: &Value) -> Js<Option<Url>> {
    Ok(Url::parse(url.text()?.as_str(), None, normalize))
}

unsafe extern "C" fn js_parse(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has two parameters.
    let [url, base] = unsafe { parameters(arguments) };
    let parse = || -> Js<Value> {
        let base = match base.is_undefined() {
            true => None,
            false => match parse(&base)? {
                Some(base) => Some(base),
                None => return Ok(Value::UNDEFINED),
            },
        };
        let url = Url::parse(url.text()?.as_str(), base.as_ref(), normalize);
        url.map_or(Ok(Value::UNDEFINED), |url| parts(&url))
    };
    returned(parse())
}

unsafe extern "C" fn js_change(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has three parameters.
    let [href, part, value] = unsafe { parameters(arguments) };
    let change = || -> Js<Value> {
        let part = Part::ALL.get(part.raw() as u32 as usize).copied();
        let (Some(mut url), Some(part)) = (parse(&href)?, part) else {
            return Ok(Value::UNDEFINED);
        };
        let changed = url.set(part, value.text()?.as_str(), normalize);
        // a host may be set even if the port after it cannot
        if changed.is_none() && part != Part::Host {
            return Ok(Value::UNDEFINED);
        }
        parts(&url)
    };
    returned(change())
}

unsafe extern "C" fn js_origin_of(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    let [href] = unsafe { parameters(arguments) };
    let origin = || -> Js<Value> {
        match parse(&href)? {
            Some(url) => Value::string(&url.origin(normalize)),
            None => Ok(Value::UNDEFINED),
        }
    };
    returned(origin())
}

unsafe extern "C" fn js_parse_query(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    let [text] = unsafe { parameters(arguments) };
    let parse = || -> Js<Value> {
        let pairs = form::parse(text.text()?.as_str());
        let values: Js<Vec<Value>> = pairs.iter().map(|text| Value::string(text)).collect();
        array(values?)
    };
    returned(parse())
}

unsafe extern "C" fn js_serialize_query(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    let [pairs] = unsafe { parameters(arguments) };
    let serialize = || -> Js<Value> {
        let mut text = String::new();
        for index in 0u32.. {
            // SAFETY: the array is alive.
            let item = unsafe { check(sys::JS_GetPropertyUint32(context(), pairs.raw(), index))? };
            if item.is_undefined() {
                break;
            }
            match index {
                0 => {}
                index if index % 2 == 0 => text.push('&'),
                _ => text.push('='),
            }
            form::serialize(item.text()?.as_str(), &mut text);
        }
        Value::string(&text)
    };
    returned(serialize())
}

unsafe extern "C" fn js_open_data_url(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    let [href] = unsafe { parameters(arguments) };
    let open = || -> Js<Value> {
        match DataUrl::parse(href.text()?.as_str()) {
            Some(data) => array(vec![Value::string(&data.mime)?, new_bytes(&data.bytes)?]),
            None => Ok(Value::UNDEFINED),
        }
    };
    returned(open())
}
