//! Calls of `async func` exports: tasks.
//!
//! A task runs in steps: it starts, and it goes on after each event of something that it waits for. Each has
//! one waitable set, which holds its calls, reads and writes, and the number of the task is in the
//! task's context slot 0. A task lives until it has returned and nothing of it goes on.
//!
//! Code of one task can settle the promise of another. Only that other task may return its result, so
//! it has to be woken: while it waits it also reads from a stream without elements, and the first
//! task writes to the other end. Streams are kept for later tasks, their reads still going on.

use crate::dispatch::{builtin, dispatch};
use crate::export::{Outcome, Place, check_unhandled, export, invoke, lower_outcome, settled};
use crate::handle::Borrows;
use crate::scope::Scope;
use crate::world::{Export, MAX_FLAT_PARAMS};
use crate::{future, modules, pump, stream, waits};
use outwit_descriptor::intrinsic;
use outwit_quickjs_runtime::{
    Global, Js, Thrown, Value, collect_garbage, drain_jobs, forget_rejection, forget_rejections_of,
    owner, set_owner, take_exception, trap, trap_with_report,
};
use std::collections::BTreeMap;
use std::mem::take;

/// What the host is told at the end of a step.
mod code {
    pub const EXIT: u32 = 0;
    pub const WAIT: u32 = 2;
    pub const SET_SHIFT: u32 = 4;
}

/// What the host tells at the beginning of a step, besides what `waits` knows.
mod event {
    pub const STREAM_READ: u32 = 2;
    pub const CANCELLED: u32 = 6;
}

/// What `stream.read` returns when it takes longer.
const BLOCKED: u32 = u32::MAX;

/// A call of an `async func` export.
struct Task {
    export: &'static Export,
    /// What the function returned, until the result has been given to the caller.
    result: Option<Value>,
    /// The waitable set; 0 as long as nothing had to be waited for.
    set: u32,
    /// How many calls, reads and writes of it go on.
    waits: usize,
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

struct State {
    tasks: BTreeMap<u32, Task>,
    alarms: Vec<Alarm>,
    last: u32,
    /// The task whose step this is; 0 in a synchronous call. Code of another task may run in it.
    step: u32,
    /// While a task is being cancelled: the task, and what its promises are rejected with.
    aborting: Option<(u32, Value)>,
}

static STATE: Global<State> = Global::new(State {
    tasks: BTreeMap::new(),
    alarms: Vec::new(),
    last: 0,
    step: 0,
    aborting: None,
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

fn task(id: u32) -> Option<&'static mut Task> {
    state().tasks.get_mut(&id)
}

/// The number of the task whose code runs; 0 in a synchronous call. Code that goes on after the end of its task belongs
/// to the task in whose step it does.
pub fn current() -> u32 {
    let owner = owner();
    if is_alive(owner) { owner } else { state().step }
}

/// Whether this is a synchronous call, which must not block.
pub fn is_synchronous() -> bool {
    state().step == 0
}

/// Whether there is still a task of this number.
pub fn is_alive(id: u32) -> bool {
    id != 0 && state().tasks.contains_key(&id)
}

/// Begins a step of a task, or the end of one.
fn step(id: u32) {
    state().step = id;
    set_owner(id);
}

/// If the task whose code runs is being cancelled: what all that this code still begins is rejected with.
pub fn abort_reason() -> Option<Value> {
    let (id, reason) = state().aborting.as_ref()?;
    (owner() == *id).then(|| reason.clone())
}

/// Whether the task whose code runs is being cancelled.
pub fn is_aborting() -> bool {
    abort_reason().is_some()
}

/// Whether this is what the promises of the task that is being cancelled were rejected with.
pub fn is_abort(reason: &Value) -> bool {
    let aborting = &state().aborting;
    aborting
        .as_ref()
        .is_some_and(|(_, abort)| abort.raw() == reason.raw())
}

/// Something was thrown where nobody can catch it: the end of the instance, unless it only says
/// that a call was cancelled.
pub fn report(reason: Value) {
    if !is_abort(&reason) {
        trap_with_report(&reason);
    }
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
            waits: 0,
            alarm: None,
            borrows: Borrows::default(),
        };
        state.tasks.insert(id, task);
        id
    };
    step(id);
    builtin(intrinsic::CONTEXT_SET, [id]);
    waits::adopt(id);
    // SAFETY: by contract.
    let (outcome, borrows) = unsafe { invoke(export, arguments) };
    if let Some(task) = task(id) {
        task.borrows = borrows;
    }
    match outcome {
        Outcome::Returned(value) => {
            if value.is_promise() {
                forget_rejection(&value);
                if future::observe(&value).is_err() {
                    trap_with_report(&take_exception());
                }
            }
            if let Some(task) = task(id) {
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
    step(id);
    waits::adopt(id);
    if event == event::CANCELLED {
        return cancel(id);
    }
    let alarm = task(id).and_then(|task| task.alarm.as_mut());
    match alarm.filter(|alarm| event == event::STREAM_READ && alarm.readable == p1) {
        Some(alarm) => {
            alarm.is_reading = false;
            alarm.has_rung = false;
        }
        None => waits::event(event, p1, p2),
    }
    finish_step(id)
}

/// Runs what became runnable, gives results to their callers, and says what the task waits for.
fn finish_step(id: u32) -> u32 {
    drain_jobs();
    waits::cancel_given_up();
    if let Some((export, outcome)) = take_settled(id) {
        give_result(id, export, outcome);
        drain_jobs();
    }
    tell_idle(id);
    wake_settled();
    check_unhandled();
    step(0);

    let Some(task) = task(id) else {
        return code::EXIT;
    };
    if task.waits == 0 {
        match &task.result {
            None => {
                end(id);
                return code::EXIT;
            }
            Some(result) => check_hope(task.export, &result.clone()),
        }
    }
    let set = waitable_set(id);
    set_alarm(id, set);
    code::WAIT | set << code::SET_SHIFT
}

/// What is told of tasks that have returned and wait for one thing only.
static WHEN_IDLE: Global<Option<Value>> = Global::new(None);

/// Has a function called with the number of each such task.
pub fn when_idle(callback: Value) {
    // SAFETY: one thread; the reference ends before the former one is dropped.
    let former = unsafe { (*WHEN_IDLE.get()).replace(callback) };
    drop(former);
}

/// That one thing may not be worth waiting for.
fn tell_idle(id: u32) {
    let is_idle = task(id).is_some_and(|task| task.waits == 1 && task.result.is_none());
    // SAFETY: one thread; the reference ends here.
    let callback = unsafe { (*WHEN_IDLE.get()).clone() };
    if let Some(callback) = callback.filter(|_| is_idle) {
        if callback
            .call(&Value::UNDEFINED, &[Value::number(f64::from(id))])
            .is_err()
        {
            report(take_exception());
        }
        drain_jobs();
        waits::cancel_given_up();
    }
}

/// Ends the instance if a promise can never settle. That is known when nobody has what would settle it.
fn check_hope(export: &Export, result: &Value) {
    // Ours, and the caller's.
    const OURS: i32 = 2;
    let is_lost = || result.owners() == Some(OURS);
    if !is_lost() && waits::is_empty() && is_time_to_collect() {
        // Only references in cycles are left, or code that a later call runs.
        collect_garbage();
        drain_jobs();
        if !is_lost() {
            be_patient();
        }
    }
    if is_lost() {
        let title = export.ty.title();
        let message = format!(
            "Error: the promise that {title} returned can never settle: nothing is left that could settle it"
        );
        trap(&message, "");
    }
}

/// How many collections found nothing, and how many chances were let go since the last.
static PATIENCE: Global<(u32, u32)> = Global::new((0, 0));

/// Whether to collect garbage for a promise that nothing outside can settle. Each time in vain makes the
/// next one rarer: plugins may well have calls wait for other calls.
fn is_time_to_collect() -> bool {
    // SAFETY: plain data, one thread.
    let (in_vain, skipped) = unsafe { &mut *PATIENCE.get() };
    *skipped += 1;
    *skipped >= 1 << (*in_vain).min(16)
}

fn be_patient() {
    // SAFETY: plain data, one thread.
    let (in_vain, skipped) = unsafe { &mut *PATIENCE.get() };
    *in_vain += 1;
    *skipped = 0;
}

/// After a step, or a synchronous call: wakes the tasks whose promises it settled, and one for what a
/// synchronous call began.
pub fn wake_settled() {
    let state = state();
    if state.tasks.is_empty() {
        return;
    }
    let current = state.step;
    let rings = |(id, task): &(&u32, &mut Task)| {
        **id != current
            && task
                .result
                .as_ref()
                .is_some_and(|result| settled(result).is_some())
    };
    for (_, task) in state.tasks.iter_mut().filter(rings) {
        task.ring();
    }
    if current == 0
        && waits::has_orphans()
        && let Some((_, task)) = state.tasks.iter_mut().next()
    {
        task.ring();
    }
}

/// Has a task take a step soon, if it waits.
pub fn ring(id: u32) {
    if let Some(task) = task(id) {
        task.ring();
    }
}

impl Task {
    fn ring(&mut self) {
        let Some(alarm) = self.alarm.as_mut() else {
            return;
        };
        if alarm.is_reading && !alarm.has_rung {
            builtin(intrinsic::WAKE_WRITE, [alarm.writable, 0, 1]);
            alarm.has_rung = true;
        }
    }
}

/// What the function of a task returned, if that is final.
fn take_settled(id: u32) -> Option<(&'static Export, Outcome)> {
    let task = task(id)?;
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
    let borrows = task(id).map(|task| take(&mut task.borrows));
    borrows.unwrap_or_default().give_back();
}

/// The waitable set of a task.
fn waitable_set(id: u32) -> u32 {
    let Some(task) = task(id) else { return 0 };
    if task.set == 0 {
        task.set = builtin(intrinsic::WAITABLE_SET_NEW, []).unwrap_or(0) as u32;
    }
    task.set
}

/// A task waits for one thing more: says in which waitable set. Nothing if there is no such task.
pub fn add_wait(id: u32) -> Option<u32> {
    task(id)?.waits += 1;
    Some(waitable_set(id))
}

/// A task waits for one thing less.
pub fn remove_wait(id: u32) {
    let state = state();
    if let Some(task) = state.tasks.get_mut(&id) {
        task.waits = task.waits.saturating_sub(1);
        if state.step != id && task.waits == 0 {
            // it may have nothing left to do
            task.ring();
        }
    }
}

/// Lets other code wake the task.
fn set_alarm(id: u32, set: u32) {
    let state = state();
    let Some(task) = state.tasks.get_mut(&id) else {
        return;
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
            let Some(alarm) = alarm else { return };
            builtin(intrinsic::WAITABLE_JOIN, [alarm.readable, set]);
            task.alarm.insert(alarm)
        }
    };
    if !alarm.is_reading {
        let status = builtin(intrinsic::WAKE_READ, [alarm.readable, 0, 1]);
        alarm.is_reading = status.is_some_and(|status| status as u32 == BLOCKED);
    }
}

/// Gives back what a task has. Nothing of it goes on.
fn end(id: u32) {
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

/// The caller wants the result no more: ends what the task began, rejects its promises with an
/// `AbortError`, and lets its code clean up; what that still begins is rejected at once.
fn cancel(id: u32) -> u32 {
    let reason = abort_error(id);
    state().aborting = Some((id, reason.clone()));
    waits::abort(id, &reason);
    stream::abort(id, &reason);
    pump::abort(id);
    drain_jobs();
    waits::cancel_given_up();
    drain_jobs();
    forget_rejections_of(&reason);
    state().aborting = None;

    let result = task(id).and_then(|task| task.result.take());
    if result.is_some() {
        give_back(id);
        builtin(intrinsic::TASK_CANCEL, []);
    }
    drop(result);
    end(id);
    step(0);
    wake_settled();
    check_unhandled();
    code::EXIT
}

fn abort_error(id: u32) -> Value {
    let title = task(id).map_or_else(String::new, |task| task.export.ty.title());
    let message = format!("the call of {title} was cancelled");
    let make = || -> Js<Value> {
        let class = modules::require(c"outwit:dom/exception.js")?.get_named("DOMException")?;
        class.construct(&[Value::string(&message)?, Value::string("AbortError")?])
    };
    make().unwrap_or_else(|Thrown| take_exception())
}
