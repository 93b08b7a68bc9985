//! `outwit:engine/tasks`: what the web APIs need of the engine.

use crate::{subtask, task};
use outwit_quickjs_runtime::{Js, Value, enqueue_task, sys};

/// The names of [`functions`].
pub const FUNCTIONS: [&str; 3] = ["currentTask", "cancel", "queueTask"];

/// `currentTask()` is the number of the call of the plugin that is running, `cancel(promise)` ends a
/// call of an import, `queueTask(callback)` calls back after all microtasks.
pub fn functions() -> Js<[(&'static str, Value); 3]> {
    Ok([
        (
            "queueTask",
            Value::function(c"queueTask", 1, js_queue_task)?,
        ),
        (
            "currentTask",
            Value::function(c"currentTask", 0, js_current_task)?,
        ),
        ("cancel", Value::function(c"cancel", 1, js_cancel)?),
    ])
}

unsafe extern "C" fn js_current_task(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    _: *mut sys::JSValue,
) -> sys::JSValue {
    Value::number(f64::from(task::current())).into_raw()
}

unsafe extern "C" fn js_queue_task(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    enqueue_task(Value::borrow(unsafe { *arguments }));
    sys::JS_UNDEFINED
}

unsafe extern "C" fn js_cancel(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    subtask::cancel(&Value::borrow(unsafe { *arguments }));
    sys::JS_UNDEFINED
}
