//! `outwit:engine/modules`: what a web API asks about others that may not be there.

use super::{Function, parameters, returned};
use crate::{apis, modules};
use outwit_quickjs_runtime::{Js, Value, sys};
use std::ffi::CString;

/// `require(name)` evaluates a module of the web APIs, such as `"outwit:timers/timers.js"`, if that has not happened yet, and returns its
/// namespace; `undefined` if it belongs to an interface that the world does not import. `hasInterface(name)` says whether the world imports
/// an interface, named without its version. `isEvaluated(name)` says whether a module has been evaluated: an object of its classes cannot be
/// there before that.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: c"require",
        length: 1,
        call: js_require,
    },
    Function {
        name: c"hasInterface",
        length: 1,
        call: js_has_interface,
    },
    Function {
        name: c"isEvaluated",
        length: 1,
        call: js_is_evaluated,
    },
];

unsafe extern "C" fn js_require(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    let [name] = unsafe { parameters(arguments) };
    let require = || -> Js<Value> {
        let name = CString::new(name.text()?.bytes()).unwrap_or_default();
        if apis::exists(apis::interface_of(&name)) {
            modules::require(&name)
        } else {
            Ok(Value::UNDEFINED)
        }
    };
    returned(require())
}

unsafe extern "C" fn js_has_interface(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    let [name] = unsafe { parameters(arguments) };
    returned(
        name.text()
            .map(|name| Value::bool(apis::exists(name.as_str()))),
    )
}

unsafe extern "C" fn js_is_evaluated(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    let [name] = unsafe { parameters(arguments) };
    returned(name.text().map(|name| {
        let name = CString::new(name.bytes()).unwrap_or_default();
        Value::bool(modules::is_evaluated(&name))
    }))
}
