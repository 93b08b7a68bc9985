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
    owner: u32,
    is_told: bool,
}

/// Functions that hear of errors before the host does.
struct Listeners {
    uncaught: Value,
    rejected: Value,
    handled: Value,
}

static REJECTIONS: Global<Vec<Rejection>> = Global::new(Vec::new());
static UNCAUGHT: Global<Vec<Value>> = Global::new(Vec::new());
static LISTENERS: Global<Option<Listeners>> = Global::new(None);
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
        if !forget(promise) {
            tell_handled(promise, reason);
        }
    } else {
        let rejection = Rejection {
            promise: Value::borrow(promise),
            reason: Value::borrow(reason),
            owner: owner(),
            is_told: false,
        };
        // SAFETY: one thread; pushing runs nothing else.
        unsafe { (*REJECTIONS.get()).push(rejection) }
    }
}

/// Forgets the rejection of a promise; whether it was not forgotten before.
fn forget(promise: sys::JSValue) -> bool {
    // SAFETY: one thread; the reference ends before the entry is dropped.
    let entry = unsafe {
        let rejections = &mut *REJECTIONS.get();
        let position = rejections
            .iter()
            .position(|entry| entry.promise.raw() == promise);
        position.map(|position| rejections.swap_remove(position))
    };
    entry.is_some()
}

/// From now on these functions hear of errors that no code catches: `uncaught(error)` of what callbacks throw, in place of the host;
/// `rejected(promise, reason)` of promises that nobody looks after when the microtasks are done; `handled(promise, reason)` of those that somebody looks
/// after when it is too late.
pub fn set_listeners(uncaught: Value, rejected: Value, handled: Value) {
    let listeners = Listeners {
        uncaught,
        rejected,
        handled,
    };
    // SAFETY: one thread; the reference ends before the former ones are dropped.
    let former = unsafe { (*LISTENERS.get()).replace(listeners) };
    drop(former);
}

fn listener(choose: impl FnOnce(&Listeners) -> &Value) -> Option<Value> {
    // SAFETY: one thread; the reference ends here.
    unsafe { (*LISTENERS.get()).as_ref().map(choose).cloned() }
}

/// Whether nobody looks after this promise, which was rejected.
pub fn is_unhandled(promise: &Value) -> bool {
    // SAFETY: one thread; the reference ends here.
    let rejections = unsafe { &*REJECTIONS.get() };
    rejections
        .iter()
        .any(|entry| entry.promise.raw() == promise.raw())
}

/// Says that no code will ever catch this.
pub fn push_uncaught(error: Value) {
    // SAFETY: one thread; pushing runs nothing else.
    unsafe { (*UNCAUGHT.get()).push(error) }
}

/// What a callback threw.
#[cold]
fn uncaught(error: Value) {
    match listener(|listeners| &listeners.uncaught) {
        None => push_uncaught(error),
        Some(listener) => {
            if listener.call(&Value::UNDEFINED, &[error]).is_err() {
                push_uncaught(take_exception());
            }
        }
    }
}

#[cold]
fn tell_handled(promise: sys::JSValue, reason: sys::JSValue) {
    let arguments = [Value::borrow(promise), Value::borrow(reason)];
    if let Some(listener) = listener(|listeners| &listeners.handled)
        && listener.call(&Value::UNDEFINED, &arguments).is_err()
    {
        push_uncaught(take_exception());
    }
}

/// Tells of the promises that nobody looks after, each once.
fn tell_rejections() {
    // SAFETY: plain data.
    if unsafe { (*REJECTIONS.get()).is_empty() } {
        return;
    }
    let Some(listener) = listener(|listeners| &listeners.rejected) else {
        return;
    };
    // SAFETY: one thread; the reference ends before JavaScript runs.
    let untold: Vec<(u32, [Value; 2])> = unsafe {
        let untold = (*REJECTIONS.get())
            .iter_mut()
            .filter(|entry| !entry.is_told);
        let tell = |entry: &mut Rejection| {
            entry.is_told = true;
            (entry.owner, [entry.promise.clone(), entry.reason.clone()])
        };
        untold.map(tell).collect()
    };
    let before = owner();
    for (of_promise, arguments) in untold {
        set_owner(of_promise);
        if listener.call(&Value::UNDEFINED, &arguments).is_err() {
            push_uncaught(take_exception());
        }
    }
    set_owner(before);
}

/// Says that somebody looks after this promise.
pub fn forget_rejection(promise: &Value) {
    // SAFETY: the value is alive.
    unsafe { sys::JS_PromiseMarkAsHandled(context(), promise.raw()) }
    forget(promise.raw());
}

/// Says that nobody needs to look after this promise; if somebody does later, that is told.
pub fn forgive_rejection(promise: &Value) {
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
                    uncaught(take_exception());
                }
            }
            tell_rejections();
            let Some((of_task, task)) = (*TASKS.get()).pop_front() else {
                return;
            };
            let before = owner();
            set_owner(of_task);
            if task.call(&Value::UNDEFINED, &[]).is_err() {
                uncaught(take_exception());
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
