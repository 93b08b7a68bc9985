//! Globals that need no import: `queueMicrotask`.

use outwit_quickjs_runtime::{ErrorKind, Js, Value, enqueue_callback, sys, throw};

/// Defines them.
pub fn install() -> Js<()> {
    let function = Value::function(c"queueMicrotask", 1, queue_microtask)?;
    let name = outwit_quickjs_runtime::Atom::new("queueMicrotask")?;
    // functions of the global scope are enumerable in Web IDL
    Value::global().define(&name, function)
}

unsafe extern "C" fn queue_microtask(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    let callback = Value::borrow(unsafe { *arguments });
    if !callback.is_function() {
        throw(
            ErrorKind::Type,
            "queueMicrotask: the argument is not a function",
        );
        return sys::JS_EXCEPTION;
    }
    match enqueue_callback(callback.raw()) {
        Ok(()) => sys::JS_UNDEFINED,
        Err(_) => sys::JS_EXCEPTION,
    }
}
