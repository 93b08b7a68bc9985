//! `outwit:engine/functions`: what the web APIs do to functions.

use super::{Function, parameters, returned};
use outwit_quickjs_runtime::{check, context, sys};
use std::ffi::c_int;
use std::ptr::null_mut;

/// `uncurry(method)` is a function of the object and of what the method takes.
pub const FUNCTIONS: &[Function] = &[Function {
    name: c"uncurry",
    length: 1,
    call: js_uncurry,
}];

unsafe extern "C" fn js_uncurry(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter; the new function keeps what it gets.
    unsafe {
        let [method] = parameters(arguments);
        let mut method = method.raw();
        let function =
            sys::JS_NewCFunctionData(context(), Some(js_uncurried), 1, 0, 1, &mut method);
        returned(check(function))
    }
}

unsafe extern "C" fn js_uncurried(
    context: *mut sys::JSContext,
    _: sys::JSValue,
    count: c_int,
    arguments: *mut sys::JSValue,
    _: c_int,
    method: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: there is at least one argument, for the function has a parameter; the others follow it.
    unsafe {
        let others = if count > 1 {
            arguments.add(1)
        } else {
            null_mut()
        };
        sys::JS_Call(context, *method, *arguments, (count - 1).max(0), others)
    }
}
