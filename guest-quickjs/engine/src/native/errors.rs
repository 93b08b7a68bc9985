//! `outwit:engine/errors`: errors that no code of the plugin catches.

use super::{Function, parameters};
use outwit_quickjs_runtime::{
    Value, forgive_rejection, is_unhandled, push_uncaught, set_listeners, sys,
};

/// `fail(error)` makes something an error of the call of the plugin that is running. `listen(uncaught, rejected, handled)` sets who hears of errors before
/// that: `uncaught(error)` of what callbacks throw, in place of the host; `rejected(promise, reason)` of a promise that nobody looks after; `handled(promise,
/// reason)` of one that somebody looks after too late. `isUnhandled(promise)` says whether nobody does yet, `forgive(promise)` that nobody needs to.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: c"fail",
        length: 1,
        call: js_fail,
    },
    Function {
        name: c"listen",
        length: 3,
        call: js_listen,
    },
    Function {
        name: c"isUnhandled",
        length: 1,
        call: js_is_unhandled,
    },
    Function {
        name: c"forgive",
        length: 1,
        call: js_forgive,
    },
];

unsafe extern "C" fn js_fail(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    let [error] = unsafe { parameters(arguments) };
    push_uncaught(error);
    sys::JS_UNDEFINED
}

unsafe extern "C" fn js_listen(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has three parameters.
    let [uncaught, rejected, handled] = unsafe { parameters(arguments) };
    set_listeners(uncaught, rejected, handled);
    sys::JS_UNDEFINED
}

unsafe extern "C" fn js_is_unhandled(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    let [promise] = unsafe { parameters(arguments) };
    Value::bool(is_unhandled(&promise)).into_raw()
}

unsafe extern "C" fn js_forgive(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    let [promise] = unsafe { parameters(arguments) };
    forgive_rejection(&promise);
    sys::JS_UNDEFINED
}
