//! `outwit:engine/wire`: streams that arrived, for `js/streams/wire.js`.

use super::{Function, parameters, returned};
use crate::stream;
use outwit_quickjs_runtime::{Value, sys};

/// `read(stream, most)` is `{ value, done }`, or a promise of that if it has to be waited for; 0 is no limit. `cancel(stream)` drops it. `isOpen(stream)` says
/// whether it can be read, `isPassed(stream)` whether it was passed on.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: c"read",
        length: 2,
        call: js_read,
    },
    Function {
        name: c"cancel",
        length: 1,
        call: js_cancel,
    },
    Function {
        name: c"isOpen",
        length: 1,
        call: js_is_open,
    },
    Function {
        name: c"isPassed",
        length: 1,
        call: js_is_passed,
    },
];

unsafe extern "C" fn js_read(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has two parameters.
    let [stream, most] = unsafe { parameters(arguments) };
    returned(stream::read_now(&stream, &most))
}

unsafe extern "C" fn js_cancel(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    let [stream] = unsafe { parameters(arguments) };
    returned(stream::cancel_object(&stream).map(|()| Value::UNDEFINED))
}

unsafe extern "C" fn js_is_open(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    let [stream] = unsafe { parameters(arguments) };
    Value::bool(stream::is_open(&stream)).into_raw()
}

unsafe extern "C" fn js_is_passed(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    let [stream] = unsafe { parameters(arguments) };
    Value::bool(stream::is_passed(&stream)).into_raw()
}
