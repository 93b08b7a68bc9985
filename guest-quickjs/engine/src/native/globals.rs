//! `outwit:engine/globals`: how a web API defines its globals.
//!
//! A global that code of the plugin has replaced in the meantime stays as it is.

use super::{Function, parameters, returned};
use crate::apis;
use outwit_quickjs_runtime::{Atom, Js, Thrown, Value, context, sys};
use std::ffi::c_int;

/// `define(name, value, isEnumerable)` defines a data property of the global object, `defineAccessor(name, getter, setter)` an
/// enumerable accessor. Both are configurable, and the first is writable.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: c"define",
        length: 3,
        call: js_define,
    },
    Function {
        name: c"defineAccessor",
        length: 3,
        call: js_define_accessor,
    },
];

unsafe extern "C" fn js_define(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has three parameters.
    let [name, value, is_enumerable] = unsafe { parameters(arguments) };
    let define = || -> Js<Value> {
        if let Some(name) = definable(&name)? {
            let enumerable = if is_enumerable.raw() == Value::bool(true).raw() {
                sys::JS_PROP_ENUMERABLE
            } else {
                0
            };
            let flags = sys::JS_PROP_WRITABLE | sys::JS_PROP_CONFIGURABLE | enumerable;
            Value::global().define_with(&name, value, flags)?;
        }
        Ok(Value::UNDEFINED)
    };
    returned(define())
}

unsafe extern "C" fn js_define_accessor(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has three parameters.
    let [name, getter, setter] = unsafe { parameters(arguments) };
    let define = || -> Js<Value> {
        if let Some(name) = definable(&name)? {
            let global = Value::global();
            let flags = sys::JS_PROP_ENUMERABLE | sys::JS_PROP_CONFIGURABLE;
            // SAFETY: the property takes over both functions.
            let status = unsafe {
                sys::JS_DefinePropertyGetSet(
                    context(),
                    global.raw(),
                    name.raw(),
                    getter.into_raw(),
                    setter.into_raw(),
                    flags as c_int,
                )
            };
            if status < 0 {
                return Err(Thrown);
            }
        }
        Ok(Value::UNDEFINED)
    };
    returned(define())
}

fn definable(name: &Value) -> Js<Option<Atom>> {
    let text = name.text()?;
    let atom = Atom::new(text.as_str())?;
    Ok(apis::may_define(&atom, text.as_str()).then_some(atom))
}
