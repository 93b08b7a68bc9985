//! Asynchronous calls, both ways: tasks are calls of the plugin's `async func` exports, subtasks calls
//! that the plugin made of `async func` imports.
//!
//! Each task has one waitable set, which holds its subtasks, and the number of the task is in the
//! task's context slot 0. A subtask belongs to the task that was running when it was started; one that was
//! started in a synchronous call belongs to the next task there is.
//!
//! Code of one task can settle the promise of another. Only that other task may return its result, so
//! it has to be woken: while it waits it also reads from a stream without elements, and the first
//! task writes to the other end. Streams are kept for later tasks, their reads still going on.

use crate::dispatch::{builtin, dispatch};
use crate::export::{Outcome, Place, check_unhandled, export, invoke, lower_outcome, settled};
use crate::handle::Borrows;
use crate::import::{lift_async_result, status};
use crate::scope::Scope;
use crate::world::{Export, Function, MAX_FLAT_PARAMS};
use outwit_descriptor::intrinsic;
use outwit_quickjs_runtime::{
    Global, Js, Value, check, context, drain_jobs, enqueue_task, forget_rejection, sys,
    take_exception, throw, trap, trap_with_report,
};
use std::collections::BTreeMap;
use std::mem::take;

/// What the host is told at the end of a step.
mod code {
    pub const EXIT: u32 = 0;
    pub const WAIT: u32 = 2;
    pub const SET_SHIFT: u32 = 4;
}

/// What the host tells at the beginning of a step.
mod event {
    pub const SUBTASK: u32 = 1;
    pub const STREAM_READ: u32 = 2;
    pub const CANCELLED: u32 = 6;
}

/// What `stream.read` and `subtask.cancel` return when it takes longer.
const BLOCKED: u32 = u32::MAX;
/// The states in which a subtask has ended without a result.
const CANCELLED_STATES: [u32; 2] = [CANCELLED_BEFORE_STARTED, 4];
/// The one of them in which it never took its parameters.
const CANCELLED_BEFORE_STARTED: u32 = 3;

/// A call of an `async func` export.
struct Task {
    export: &'static Export,
    /// What the function returned, until the result has been given to the caller.
    result: Option<Value>,
    /// The waitable set; 0 as long as nothing had to be waited for.
    set: u32,
    /// How many subtasks it has.
    subtasks: u32,
    /// What wakes it, while it waits.
    alarm: Option<Alarm>,
    /// What it has to give back before it returns.
    borrows: Borrows,
}

/// A stream without elements that wakes whoever reads it.
#[derive(Clone, Copy)]
struct Alarm {
    readable: u32,
    writable: u32,
    is_reading: bool,
    has_rung: bool,
}

/// A call of an `async func` import.
struct Subtask {
    import: &'static Function,
    /// The task it belongs to; 0 for none.
    task: u32,
    promise: Value,
    resolve: Value,
    reject: Value,
    /// Where the result will be.
    area: *mut u8,
    /// Keeps the parameters and the area.
    scope: Scope,
    /// Nobody waits for it any more.
    is_abandoned: bool,
    /// It has been told to end, and is about to.
    is_ending: bool,
}

struct State {
    tasks: BTreeMap<u32, Task>,
    subtasks: BTreeMap<u32, Subtask>,
    alarms: Vec<Alarm>,
    last: u32,
    /// The task whose code runs; 0 in a synchronous call.
    current: u32,
}

static STATE: Global<State> = Global::new(State {
    tasks: BTreeMap::new(),
    subtasks: BTreeMap::new(),
    alarms: Vec::new(),
    last: 0,
    current: 0,
});

/// The state. References made from it must end before JavaScript runs.
#[allow(
    clippy::mut_from_ref,
    reason = "the lifetime is the caller's care, as said"
)]
fn state() -> &'static mut State {
    // SAFETY: one thread; callers keep references short.
    unsafe { &mut *STATE.get() }
}

/// The number of the task whose code runs; 0 in a synchronous call.
pub fn current() -> u32 {
    state().current
}

/// Starts a call of an asynchronous export.
///
/// # Safety
/// `arguments` are the core parameters of the export.
pub unsafe fn start(number: u32, arguments: *const u64) -> u32 {
    let export = export(number);
    let id = {
        let state = state();
        state.last = state.last.wrapping_add(1).max(1);
        let id = state.last;
        let task = Task {
            export,
            result: None,
            set: 0,
            subtasks: 0,
            alarm: None,
            borrows: Borrows::default(),
        };
        state.tasks.insert(id, task);
        state.current = id;
        id
    };
    builtin(intrinsic::CONTEXT_SET, [id]);
    adopt_orphans(id);
    // SAFETY: by contract.
    let (outcome, borrows) = unsafe { invoke(export, arguments) };
    if let Some(task) = state().tasks.get_mut(&id) {
        task.borrows = borrows;
    }
    match outcome {
        Outcome::Returned(value) => {
            if value.is_promise() {
                forget_rejection(&value);
            }
            if let Some(task) = state().tasks.get_mut(&id) {
                task.result = Some(value);
            }
        }
        // what is thrown before the first `await` of a function that is not `async`
        thrown @ Outcome::Threw(_) => {
            drain_jobs();
            give_result(id, export, thrown);
        }
    }
    finish_step(id)
}

/// Goes on with a task after an event.
pub fn resume(event: u32, p1: u32, p2: u32) -> u32 {
    let id = builtin(intrinsic::CONTEXT_GET, []).unwrap_or(0) as u32;
    state().current = id;
    match event {
        event::SUBTASK => subtask_event(p1, p2),
        event::STREAM_READ => {
            let alarm = state()
                .tasks
                .get_mut(&id)
                .and_then(|task| task.alarm.as_mut());
            if let Some(alarm) = alarm.filter(|alarm| alarm.readable == p1) {
                alarm.is_reading = false;
                alarm.has_rung = false;
            }
        }
        event::CANCELLED => return cancel_task(id),
        _ => {}
    }
    finish_step(id)
}

/// Runs what became runnable, gives results to their callers, and says what the task waits for.
fn finish_step(id: u32) -> u32 {
    drain_jobs();
    cancel_abandoned(id);
    if let Some((export, outcome)) = take_settled(id) {
        give_result(id, export, outcome);
        drain_jobs();
    }
    wake_settled();
    check_unhandled();
    state().current = 0;

    let Some(task) = state().tasks.get(&id) else {
        return code::EXIT;
    };
    if task.result.is_none() && task.subtasks == 0 {
        end_task(id);
        return code::EXIT;
    }
    let has_subtasks = task.subtasks > 0;
    let set = waitable_set(id);
    if !set_alarm(id, set) && !has_subtasks {
        trap(
            "Error: the promise of an `async func` waits for nothing that can still happen",
            "",
        );
    }
    code::WAIT | set << code::SET_SHIFT
}

/// After a synchronous call: wakes the tasks whose promises it settled.
pub fn wake_settled() {
    let state = state();
    if state.tasks.is_empty() {
        return;
    }
    let current = state.current;
    let rings = |(id, task): &(&u32, &mut Task)| {
        **id != current
            && task
                .result
                .as_ref()
                .is_some_and(|result| settled(result).is_some())
    };
    for (_, task) in state.tasks.iter_mut().filter(rings) {
        ring(task);
    }
}

fn ring(task: &mut Task) {
    let Some(alarm) = task.alarm.as_mut() else {
        return;
    };
    if alarm.is_reading && !alarm.has_rung {
        builtin(intrinsic::WAKE_WRITE, [alarm.writable, 0, 1]);
        alarm.has_rung = true;
    }
}

/// What the function of a task returned, if that is final.
fn take_settled(id: u32) -> Option<(&'static Export, Outcome)> {
    let task = state().tasks.get_mut(&id)?;
    let result = task.result.as_ref()?;
    let outcome = if result.is_promise() {
        settled(result)?
    } else {
        Outcome::Returned(result.clone())
    };
    let export = task.export;
    let result = task.result.take();
    drop(result);
    Some((export, outcome))
}

/// Gives the result of the current task to its caller.
fn give_result(id: u32, export: &'static Export, outcome: Outcome) {
    let mut slots = [0u64; MAX_FLAT_PARAMS as usize];
    let mut scope = Scope::new();
    // SAFETY: the place is one for the result, in memory if it has too many core values.
    unsafe {
        let place = match export.ty.result {
            Some(ty) if ty.flat > MAX_FLAT_PARAMS => {
                let block = scope.block(ty.size as usize);
                slots[0] = block as u64;
                Place::Memory(block)
            }
            _ => Place::Slots(slots.as_mut_ptr()),
        };
        lower_outcome(&export.ty, outcome, place, &mut scope);
        give_back(id);
        let mut unused = 0;
        if !dispatch(export.ty.dispatch, slots.as_mut_ptr(), &mut unused) {
            trap(
                &format!("the result of {} cannot be returned", export.ty.title()),
                "",
            );
        }
    }
    scope.commit();
}

/// Gives back what the task borrowed.
fn give_back(id: u32) {
    let borrows = state()
        .tasks
        .get_mut(&id)
        .map(|task| take(&mut task.borrows));
    borrows.unwrap_or_default().give_back();
}

/// The waitable set of a task.
fn waitable_set(id: u32) -> u32 {
    let Some(task) = state().tasks.get_mut(&id) else {
        return 0;
    };
    if task.set == 0 {
        task.set = builtin(intrinsic::WAITABLE_SET_NEW, []).unwrap_or(0) as u32;
    }
    task.set
}

/// Lets other code wake the task. Says whether that is possible.
fn set_alarm(id: u32, set: u32) -> bool {
    let state = state();
    let Some(task) = state.tasks.get_mut(&id) else {
        return false;
    };
    let alarm = match &mut task.alarm {
        Some(alarm) => alarm,
        None => {
            let alarm = state.alarms.pop().or_else(|| {
                let pair = builtin(intrinsic::WAKE_NEW, [])?;
                let (readable, writable) = (pair as u32, (pair >> 32) as u32);
                Some(Alarm {
                    readable,
                    writable,
                    is_reading: false,
                    has_rung: false,
                })
            });
            let Some(alarm) = alarm else { return false };
            builtin(intrinsic::WAITABLE_JOIN, [alarm.readable, set]);
            task.alarm.insert(alarm)
        }
    };
    if !alarm.is_reading {
        let status = builtin(intrinsic::WAKE_READ, [alarm.readable, 0, 1]);
        alarm.is_reading = status.is_some_and(|status| status as u32 == BLOCKED);
    }
    alarm.is_reading
}

/// Gives back what a task has. It has no subtasks.
fn end_task(id: u32) {
    let state = state();
    let Some(task) = state.tasks.remove(&id) else {
        return;
    };
    if let Some(alarm) = task.alarm {
        builtin(intrinsic::WAITABLE_JOIN, [alarm.readable, 0]);
        state.alarms.push(alarm);
    }
    if task.set != 0 {
        builtin(intrinsic::WAITABLE_SET_DROP, [task.set]);
    }
}

/// Ends the calls that a synchronous call gave up.
fn cancel_abandoned(id: u32) {
    let is_left = |(_, subtask): &(&u32, &Subtask)| {
        subtask.task == id && subtask.is_abandoned && !subtask.is_ending
    };
    let handles: Vec<u32> = state()
        .subtasks
        .iter()
        .filter(is_left)
        .map(|(handle, _)| *handle)
        .collect();
    handles.into_iter().for_each(cancel_subtask);
}

/// The caller wants the result no more.
fn cancel_task(id: u32) -> u32 {
    let of_task = |(_, subtask): &(&u32, &Subtask)| subtask.task == id;
    let handles: Vec<u32> = state()
        .subtasks
        .iter()
        .filter(of_task)
        .map(|(h, _)| *h)
        .collect();
    for handle in handles {
        cancel_subtask(handle);
    }
    let had_result = state()
        .tasks
        .get(&id)
        .is_some_and(|task| task.result.is_none());
    if !had_result {
        give_back(id);
        builtin(intrinsic::TASK_CANCEL, []);
    }
    state().current = 0;
    end_task(id);
    code::EXIT
}

/// The promise of a call that has been started and not yet returned.
pub fn wait_for(handle: u32, import: &'static Function, area: *mut u8, scope: Scope) -> Js<Value> {
    let mut functions = [sys::JS_UNDEFINED; 2];
    // SAFETY: writes the two functions, which are then owned.
    let promise =
        check(unsafe { sys::JS_NewPromiseCapability(context(), functions.as_mut_ptr()) })?;
    let [resolve, reject] = functions.map(Value::own);
    let task = current();
    let subtask = Subtask {
        import,
        task,
        promise: promise.clone(),
        resolve,
        reject,
        area,
        scope,
        is_abandoned: false,
        is_ending: false,
    };
    state().subtasks.insert(handle, subtask);
    if task != 0 {
        join(handle, task);
    }
    Ok(promise)
}

fn join(handle: u32, id: u32) {
    let set = waitable_set(id);
    builtin(intrinsic::WAITABLE_JOIN, [handle, set]);
    if let Some(task) = state().tasks.get_mut(&id) {
        task.subtasks += 1;
    }
}

/// Gives the task what was started in synchronous calls.
fn adopt_orphans(id: u32) {
    let orphans = state()
        .subtasks
        .iter_mut()
        .filter(|(_, subtask)| subtask.task == 0);
    let orphans: Vec<u32> = orphans
        .map(|(handle, subtask)| {
            subtask.task = id;
            *handle
        })
        .collect();
    for handle in orphans {
        join(handle, id);
        if state()
            .subtasks
            .get(&handle)
            .is_some_and(|subtask| subtask.is_abandoned)
        {
            cancel_subtask(handle);
        }
    }
}

fn subtask_event(handle: u32, status: u32) {
    let has_ended = status == status::RETURNED || CANCELLED_STATES.contains(&status);
    if !has_ended {
        // it has taken its parameters
        if let Some(subtask) = state().subtasks.get_mut(&handle) {
            subtask.scope.commit();
        }
        return;
    }
    let Some(subtask) = remove_subtask(handle, status) else {
        return;
    };
    if subtask.is_abandoned {
        return;
    }
    let (function, value) = if status == status::RETURNED {
        // SAFETY: the call has returned and wrote its result.
        match unsafe { lift_async_result(subtask.import, subtask.area) } {
            Ok(value) => (&subtask.resolve, value),
            Err(_) => (&subtask.reject, take_exception()),
        }
    } else {
        let message = format!("{} was cancelled", subtask.import.title());
        throw(outwit_quickjs_runtime::ErrorKind::Error, &message);
        (&subtask.reject, take_exception())
    };
    if function.call(&Value::UNDEFINED, &[value]).is_err() {
        trap_with_report(&take_exception());
    }
}

/// `status` is how it ended.
fn remove_subtask(handle: u32, status: u32) -> Option<Subtask> {
    let state = state();
    let mut subtask = state.subtasks.remove(&handle)?;
    if status != CANCELLED_BEFORE_STARTED {
        subtask.scope.commit();
    }
    if let Some(task) = state.tasks.get_mut(&subtask.task) {
        task.subtasks = task.subtasks.saturating_sub(1);
    }
    builtin(intrinsic::SUBTASK_DROP, [handle]);
    Some(subtask)
}

/// Ends the call behind a promise of an asynchronous import; the promise stays as it is.
pub fn cancel(promise: &Value) {
    let state = state();
    let found = state
        .subtasks
        .iter()
        .find(|(_, s)| s.promise.raw() == promise.raw());
    let Some((handle, _)) = found else { return };
    cancel_subtask(*handle);
}

fn cancel_subtask(handle: u32) {
    let current = current();
    let Some(subtask) = state().subtasks.get_mut(&handle) else {
        return;
    };
    if subtask.is_ending {
        return;
    }
    subtask.is_abandoned = true;
    let owner = subtask.task;
    if current == 0 {
        // Only a task may wait for the end of a call: its own, or else the next one.
        if let Some(task) = state().tasks.get_mut(&owner) {
            ring(task);
        }
        return;
    }
    subtask.is_ending = true;
    builtin(intrinsic::WAITABLE_JOIN, [handle, 0]);
    let status =
        builtin(intrinsic::SUBTASK_CANCEL, [handle]).map_or(BLOCKED, |status| status as u32);
    if status == BLOCKED {
        // It ends later, and its task hears of it.
        let set = waitable_set(owner);
        builtin(intrinsic::WAITABLE_JOIN, [handle, set]);
        return;
    }
    drop(remove_subtask(handle, status));
    if owner != current
        && let Some(task) = state().tasks.get_mut(&owner)
    {
        // it may have nothing left to wait for
        ring(task);
    }
}

/// The names of [`functions`].
pub const FUNCTIONS: [&str; 3] = ["currentTask", "cancel", "queueTask"];

/// What the web APIs need of the engine: `currentTask()` is the number of the call of the plugin that is
/// running, `cancel(promise)` ends a call of an import, `queueTask(callback)` calls back after all microtasks.
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
    Value::number(f64::from(current())).into_raw()
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
    cancel(&Value::borrow(unsafe { *arguments }));
    sys::JS_UNDEFINED
}
