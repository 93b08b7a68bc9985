//! Calls of `async func` imports that have been made and have not returned.

use crate::dispatch::builtin;
use crate::import::{lift_async_result, status};
use crate::scope::Scope;
use crate::waits::{self, Wait};
use crate::world::Function;
use outwit_descriptor::intrinsic;
use outwit_quickjs_runtime::{
    ErrorKind, Js, Value, check, context, sys, take_exception, throw, trap_with_report,
};

/// A call that is going on.
pub struct Call {
    import: &'static Function,
    promise: Value,
    resolve: Value,
    reject: Value,
    /// Where the result will be.
    area: *mut u8,
    /// Keeps the parameters and the area.
    scope: Scope,
    /// Nobody waits for it any more.
    is_given_up: bool,
}

/// Whether a call of this status has ended, with a result or without.
pub fn has_ended(status: u32) -> bool {
    status >= status::RETURNED
}

/// The promise of a call that has been made and has not returned.
///
/// # Errors
/// Throws when memory runs out.
pub fn wait_for(
    word: u32,
    task: u32,
    import: &'static Function,
    area: *mut u8,
    scope: Scope,
) -> Js<Value> {
    let (promise, resolve, reject) = capability()?;
    let mut call = Call {
        import,
        promise: promise.clone(),
        resolve,
        reject,
        area,
        scope,
        is_given_up: false,
    };
    if word & status::MASK != status::STARTING {
        call.started();
    }
    waits::begin(word >> status::SHIFT, task, Wait::Call(call));
    Ok(promise)
}

/// A promise, and the functions that resolve and reject it.
///
/// # Errors
/// Throws when memory runs out.
pub fn capability() -> Js<(Value, Value, Value)> {
    let mut functions = [sys::JS_UNDEFINED; 2];
    // SAFETY: writes the two functions, which are then owned.
    let promise =
        check(unsafe { sys::JS_NewPromiseCapability(context(), functions.as_mut_ptr()) })?;
    let [resolve, reject] = functions.map(Value::own);
    Ok((promise, resolve, reject))
}

/// Calls one of the functions of [`capability`]. They throw only when memory runs out.
pub fn settle(function: &Value, value: Value) {
    if function.call(&Value::UNDEFINED, &[value]).is_err() {
        trap_with_report(&take_exception());
    }
}

impl Call {
    /// The other side has the parameters: what they gave away is gone.
    pub fn started(&mut self) {
        self.scope.commit();
    }

    /// Nobody waits for it any more.
    pub fn give_up(&mut self) {
        self.is_given_up = true;
    }

    /// It has ended.
    pub fn ended(mut self, handle: u32, status: u32) {
        builtin(intrinsic::SUBTASK_DROP, [handle]);
        if status != status::CANCELLED_BEFORE_STARTED {
            self.started();
        }
        if status != status::RETURNED {
            let message = format!("{} was cancelled", self.import.title());
            throw(ErrorKind::Error, &message);
            let error = take_exception();
            if !self.is_given_up {
                settle(&self.reject, error);
            }
            return;
        }
        // Also where nobody waits for it, so that what it holds is freed.
        // SAFETY: the call has returned and wrote its result.
        let result = unsafe { lift_async_result(self.import, self.area) };
        let (function, value) = match result {
            Ok(value) => (&self.resolve, value),
            Err(_) => (&self.reject, take_exception()),
        };
        if !self.is_given_up {
            settle(function, value);
        }
    }

    /// Ends it. With a reason its promise is rejected, without one it stays as it is. Only in a task.
    pub fn cancel(mut self, handle: u32, reason: Option<&Value>) {
        let status = builtin(intrinsic::SUBTASK_CANCEL, [handle]).unwrap_or(0) as u32;
        builtin(intrinsic::SUBTASK_DROP, [handle]);
        if status == status::RETURNED {
            // it was faster
            self.started();
            // SAFETY: the call has returned and wrote its result.
            if unsafe { lift_async_result(self.import, self.area) }.is_err() {
                drop(take_exception());
            }
        } else if status != status::CANCELLED_BEFORE_STARTED {
            self.started();
        }
        if let Some(reason) = reason
            && !self.is_given_up
        {
            settle(&self.reject, reason.clone());
        }
    }
}

/// Ends the call behind a promise of an asynchronous import; the promise stays as it is.
pub fn cancel(promise: &Value) {
    let is_its =
        |wait: &Wait| matches!(wait, Wait::Call(call) if call.promise.raw() == promise.raw());
    if let Some(handle) = waits::find(is_its) {
        waits::give_up(handle);
    }
}
