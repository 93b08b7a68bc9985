//! `outwit:engine/tasks`: what the web APIs need of the engine.

use super::Function;
use crate::{subtask, task};
use outwit_quickjs_runtime::{Value, enqueue_task, sys};

/// `currentTask()` is the number of the call of the plugin that is running, `cancel(promise)` ends a
/// call of an import, `queueTask(callback)` calls back after all microtasks,
/// `whenIdle(callback)` with the number of a call that has returned and waits for one thing only.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: c"queueTask",
        length: 1,
        call: js_queue_task,
    },
    Function {
        name: c"currentTask",
        length: 0,
        call: js_current_task,
    },
    Function {
        name: c"whenIdle",
        length: 1,
        call: js_when_idle,
    },
    Function {
        name: c"cancel",
        length: 1,
        call: js_cancel,
    },
];

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

unsafe extern "C" fn js_when_idle(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: i32,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the function has one parameter.
    task::when_idle(Value::borrow(unsafe { *arguments }));
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
