//! Globals that are too small to be made later: `queueMicrotask`, `self`.

use outwit_quickjs_runtime::{ErrorKind, Js, Thrown, Value, context, enqueue_callback, sys, throw};

/// Defines them.
pub fn install() -> Js<()> {
    let function = Value::function(c"queueMicrotask", 1, queue_microtask)?;
    let name = outwit_quickjs_runtime::Atom::new("queueMicrotask")?;
    // functions of the global scope are enumerable in Web IDL
    Value::global().define(&name, function)?;
    let getter = Value::function(c"get self", 0, get_self)?;
    let flags = sys::JS_PROP_ENUMERABLE | sys::JS_PROP_CONFIGURABLE;
    let name = outwit_quickjs_runtime::Atom::new("self")?;
    // SAFETY: the property takes over the getter.
    let status = unsafe {
        sys::JS_DefinePropertyGetSet(
            context(),
            Value::global().raw(),
            name.raw(),
            getter.into_raw(),
            sys::JS_UNDEFINED,
            flags as i32,
        )
    };
    if status < 0 { Err(Thrown) } else { Ok(()) }
}

unsafe extern "C" fn get_self(
    _: *mut sys::JSContext,
    this: sys::JSValue,
    _: i32,
    _: *mut sys::JSValue,
) -> sys::JSValue {
    let (this, global) = (Value::borrow(this), Value::global());
    let is_absent = this.is_undefined() || this.raw() == Value::NULL.raw();
    if !is_absent && this.raw() != global.raw() {
        throw(ErrorKind::Type, "Illegal invocation");
        return sys::JS_EXCEPTION;
    }
    global.into_raw()
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
        throw(ErrorKind::Type, "queueMicrotask: callback: not a function");
        return sys::JS_EXCEPTION;
    }
    match enqueue_callback(callback.raw()) {
        Ok(()) => sys::JS_UNDEFINED,
        Err(_) => sys::JS_EXCEPTION,
    }
}
