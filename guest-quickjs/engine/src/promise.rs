//! Waiting for promises of JavaScript in native code.

use crate::subtask::{capability, settle};
use crate::{future, pump};
use outwit_quickjs_runtime::{Js, Value, check, context, sys};
use std::ffi::c_int;

/// Who waits for a promise.
#[derive(Clone, Copy)]
pub enum Waiter {
    /// The pump of this number, for its next chunk.
    Pump(u32),
    /// The writer of this number, for the value of its future.
    Writer(u32),
}

/// The promise that a value is, or one that is resolved with it.
///
/// # Errors
/// Throws when memory runs out.
pub fn promise_of(value: &Value) -> Js<Value> {
    if value.is_promise() {
        future::observe(value)?;
        return Ok(value.clone());
    }
    let (promise, resolve, _) = capability()?;
    settle(&resolve, value.clone());
    Ok(promise)
}

/// Tells somebody what becomes of a promise.
///
/// # Errors
/// Throws when memory runs out.
pub fn then(promise: &Value, waiter: Waiter) -> Js<()> {
    let (kind, id) = match waiter {
        Waiter::Pump(id) => (0, id),
        Waiter::Writer(id) => (2, id),
    };
    let callback = |magic: c_int| {
        let mut data = Value::int(id as i32).into_raw();
        // SAFETY: the function copies its data, an integer.
        check(unsafe { sys::JS_NewCFunctionData(context(), Some(call), 1, magic, 1, &mut data) })
    };
    let (fulfilled, rejected) = (callback(kind)?, callback(kind + 1)?);
    // SAFETY: all are alive.
    let next =
        unsafe { sys::JS_PromiseThen(context(), promise.raw(), fulfilled.raw(), rejected.raw()) };
    check(next).map(drop)
}

unsafe extern "C" fn call(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: c_int,
    arguments: *mut sys::JSValue,
    magic: c_int,
    data: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter and one value of data.
    let (value, id) = unsafe { (Value::borrow(*arguments), *data as u32) };
    match magic {
        0 => pump::given(id, value),
        1 => pump::threw(id, value),
        2 => future::resolved(id, value),
        _ => future::rejected(id, value),
    }
    sys::JS_UNDEFINED
}
