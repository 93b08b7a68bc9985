//! Microtasks, and the promises that were rejected with nobody listening.

use crate::{Global, Thrown, Value, context, runtime, sys, take_exception};
use core::ffi::{c_int, c_void};
use core::ptr::null_mut;
use std::collections::VecDeque;

/// Something thrown that no code will ever see.
pub struct Unhandled {
    /// What was thrown.
    pub reason: Value,
}

struct Rejection {
    promise: Value,
    reason: Value,
}

static REJECTIONS: Global<Vec<Rejection>> = Global::new(Vec::new());
static UNCAUGHT: Global<Vec<Value>> = Global::new(Vec::new());
static TASKS: Global<VecDeque<(u32, Value)>> = Global::new(VecDeque::new());

unsafe extern "C" {
    /// Where QuickJS keeps whose code runs; see `guest-quickjs/quickjs/job-owner.patch`.
    fn outwit_job_owner(runtime: *mut sys::JSRuntime) -> *mut u32;
}

/// Whose code runs: the number that [`set_owner`] was given before the code ran that asked for this microtask.
#[inline]
pub fn owner() -> u32 {
    // SAFETY: the runtime exists, and with it the number.
    unsafe { *outwit_job_owner(runtime()) }
}

/// Says whose code runs from now on.
#[inline]
pub fn set_owner(owner: u32) {
    // SAFETY: as above.
    unsafe { *outwit_job_owner(runtime()) = owner }
}

pub(crate) fn install() {
    // SAFETY: the runtime exists and the callback has the right type.
    unsafe { sys::JS_SetHostPromiseRejectionTracker(runtime(), Some(track), null_mut()) }
}

unsafe extern "C" fn track(
    _: *mut sys::JSContext,
    promise: sys::JSValue,
    reason: sys::JSValue,
    is_handled: bool,
    _: *mut c_void,
) {
    if is_handled {
        forget(promise);
    } else {
        let rejection = Rejection {
            promise: Value::borrow(promise),
            reason: Value::borrow(reason),
        };
        // SAFETY: one thread; pushing runs nothing else.
        unsafe { (*REJECTIONS.get()).push(rejection) }
    }
}

fn forget(promise: sys::JSValue) {
    // SAFETY: one thread; the reference ends before the entry is dropped.
    let entry = unsafe {
        let rejections = &mut *REJECTIONS.get();
        let position = rejections
            .iter()
            .position(|entry| entry.promise.raw() == promise);
        position.map(|position| rejections.swap_remove(position))
    };
    drop(entry);
}

/// Says that somebody looks after this promise.
pub fn forget_rejection(promise: &Value) {
    // SAFETY: the value is alive.
    unsafe { sys::JS_PromiseMarkAsHandled(context(), promise.raw()) }
    forget(promise.raw());
}

/// Says that somebody looks after all promises that were rejected with this object.
pub fn forget_rejections_of(reason: &Value) {
    // SAFETY: one thread; the reference ends before anything is dropped.
    let forgotten: Vec<Rejection> = unsafe {
        (*REJECTIONS.get())
            .extract_if(.., |entry| entry.reason.raw() == reason.raw())
            .collect()
    };
    drop(forgotten);
}

/// Runs microtasks until there are none, then tasks, each with the microtasks it leaves behind.
pub fn drain_jobs() {
    loop {
        // SAFETY: plain C calls; no reference to a variable lives across a call of JavaScript.
        unsafe {
            while sys::JS_IsJobPending(runtime()) {
                let mut context = null_mut();
                if sys::JS_ExecutePendingJob(runtime(), &mut context) < 0 {
                    let uncaught = take_exception();
                    (*UNCAUGHT.get()).push(uncaught);
                }
            }
            let Some((of_task, task)) = (*TASKS.get()).pop_front() else {
                return;
            };
            let before = owner();
            set_owner(of_task);
            if task.call(&Value::UNDEFINED, &[]).is_err() {
                let uncaught = take_exception();
                (*UNCAUGHT.get()).push(uncaught);
            }
            set_owner(before);
        }
    }
}

/// Whether there is something for [`drain_jobs`] to run.
#[inline]
pub fn has_jobs() -> bool {
    // SAFETY: a plain C call, plain data.
    unsafe { sys::JS_IsJobPending(runtime()) || !(*TASKS.get()).is_empty() }
}

/// Queues a call of `callback` as a task: it runs when there are no microtasks, for whoever's code queues it.
pub fn enqueue_task(callback: Value) {
    // SAFETY: one thread; nothing else runs meanwhile.
    unsafe { (*TASKS.get()).push_back((owner(), callback)) }
}

/// The first error that nobody will see, of a callback or a rejected promise. Forgets all of them.
#[inline]
pub fn first_unhandled() -> Option<Unhandled> {
    // SAFETY: plain data.
    let is_empty = unsafe { (*UNCAUGHT.get()).is_empty() && (*REJECTIONS.get()).is_empty() };
    if is_empty { None } else { take_unhandled() }
}

#[cold]
fn take_unhandled() -> Option<Unhandled> {
    // SAFETY: one thread; the references end before anything is dropped.
    let (uncaught, rejections) = unsafe {
        (
            core::mem::take(&mut *UNCAUGHT.get()),
            core::mem::take(&mut *REJECTIONS.get()),
        )
    };
    let first = uncaught.into_iter().next();
    let reason = first.or_else(|| {
        rejections
            .into_iter()
            .next()
            .map(|rejection| rejection.reason)
    });
    reason.map(|reason| Unhandled { reason })
}

/// Queues a call of `callback` as a microtask.
///
/// # Errors
/// Throws when memory runs out.
pub fn enqueue_callback(callback: sys::JSValue) -> Result<(), Thrown> {
    let mut argument = callback;
    // SAFETY: the job duplicates its argument.
    let status = unsafe { sys::JS_EnqueueJob(context(), Some(run_callback), 1, &mut argument) };
    if status < 0 { Err(Thrown) } else { Ok(()) }
}

unsafe extern "C" fn run_callback(
    context: *mut sys::JSContext,
    _: c_int,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the job has one argument.
    unsafe { sys::JS_Call(context, *arguments, sys::JS_UNDEFINED, 0, null_mut()) }
}
