//! What has been begun and has not ended: calls of imports, reads and writes of streams and futures.
//!
//! Each belongs to one task, in whose waitable set it is, so that its end is an event of that task. What was begun
//! in a synchronous call belongs to no task until the next one adopts it; until then every
//! synchronous call asks whether it has ended.

use crate::dispatch::builtin;
use crate::future;
use crate::pump;
use crate::stream;
use crate::subtask;
use crate::task;
use outwit_descriptor::intrinsic;
use outwit_quickjs_runtime::{Global, Value};
use std::collections::BTreeMap;

/// Something that has been begun.
pub enum Wait {
    Call(subtask::Call),
    StreamRead(stream::Read),
    StreamWrite(u32),
    FutureRead(future::Read),
    FutureWrite(u32),
}

/// The events that end it.
mod event {
    pub const NONE: u32 = 0;
    pub const SUBTASK: u32 = 1;
    pub const STREAM_READ: u32 = 2;
    pub const FUTURE_WRITE: u32 = 5;
}

struct Entry {
    /// The task it belongs to; 0 for none.
    task: u32,
    /// The task did not begin it: it was begun in a synchronous call.
    is_adopted: bool,
    /// It was given up in a synchronous call, and is to be cancelled when a task runs.
    is_given_up: bool,
    wait: Wait,
}

struct State {
    /// By their handles, which are unique among all of an instance.
    entries: BTreeMap<u32, Entry>,
    /// How many belong to no task.
    orphans: usize,
    /// How many are given up.
    given_up: usize,
    /// The waitable set of those that belong to no task; 0 if there never were any.
    orphan_set: u32,
}

static STATE: Global<State> = Global::new(State {
    entries: BTreeMap::new(),
    orphans: 0,
    given_up: 0,
    orphan_set: 0,
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

/// Whether nothing at all is going on.
pub fn is_empty() -> bool {
    state().entries.is_empty()
}

/// Waits for the end of something. It belongs to `owner` if that task is still there, else to the
/// task that is running, if there is one.
pub fn begin(handle: u32, owner: u32, wait: Wait) {
    let owner = if task::is_aborting() {
        // what still begins outlives the task
        0
    } else if task::is_alive(owner) {
        owner
    } else {
        task::current()
    };
    insert(handle, owner, wait);
}

/// Waits for the end of something that belongs to no task.
pub fn begin_orphan(handle: u32, wait: Wait) {
    insert(handle, 0, wait);
}

fn insert(handle: u32, owner: u32, wait: Wait) {
    let entry = Entry {
        task: owner,
        is_adopted: false,
        is_given_up: false,
        wait,
    };
    state().entries.insert(handle, entry);
    join(handle, owner);
}

fn join(handle: u32, owner: u32) {
    let set = match task::add_wait(owner) {
        Some(set) => set,
        None => {
            let state = state();
            state.orphans += 1;
            if state.orphan_set == 0 {
                state.orphan_set = builtin(intrinsic::WAITABLE_SET_NEW, []).unwrap_or(0) as u32;
            }
            state.orphan_set
        }
    };
    builtin(intrinsic::WAITABLE_JOIN, [handle, set]);
}

/// Whether anything belongs to no task.
pub fn has_orphans() -> bool {
    state().orphans > 0
}

/// Looks at something that is going on.
pub fn get(handle: u32) -> Option<&'static mut Wait> {
    state()
        .entries
        .get_mut(&handle)
        .map(|entry| &mut entry.wait)
}

/// The handle of the first of which this is true.
pub fn find(test: impl Fn(&Wait) -> bool) -> Option<u32> {
    let mut entries = state().entries.iter();
    entries
        .find(|(_, entry)| test(&entry.wait))
        .map(|(handle, _)| *handle)
}

/// Waits for it no longer: it has ended, or is about to be cancelled. It is still in its waitable set.
fn end(handle: u32) -> Option<Wait> {
    let state = state();
    let entry = state.entries.remove(&handle)?;
    state.given_up -= usize::from(entry.is_given_up);
    if entry.task == 0 {
        state.orphans -= 1;
    }
    task::remove_wait(entry.task);
    Some(entry.wait)
}

/// Takes it out of its waitable set: only then can it be cancelled, or passed on.
pub fn leave_set(handle: u32) {
    builtin(intrinsic::WAITABLE_JOIN, [handle, 0]);
}

/// Takes note of an event.
pub fn event(code: u32, handle: u32, status: u32) {
    match code {
        event::SUBTASK => {
            if subtask::has_ended(status) {
                if let Some(Wait::Call(call)) = end(handle) {
                    call.ended(handle, status);
                }
            } else if let Some(Wait::Call(call)) = get(handle) {
                call.started();
            }
        }
        event::STREAM_READ..=event::FUTURE_WRITE => {
            match end(handle).inspect(|_| leave_set(handle)) {
                Some(Wait::StreamRead(read)) => read.ended(handle, status),
                Some(Wait::StreamWrite(id)) => pump::written(id, status),
                Some(Wait::FutureRead(read)) => read.ended(handle, status),
                Some(Wait::FutureWrite(id)) => future::written(id, status),
                Some(Wait::Call(_)) | None => {}
            }
        }
        _ => {}
    }
}

/// Gives the task what was begun in synchronous calls.
pub fn adopt(id: u32) {
    if state().orphans == 0 {
        return;
    }
    let orphans = state().entries.iter_mut().filter(|(_, e)| e.task == 0);
    let orphans: Vec<u32> = orphans
        .map(|(handle, entry)| {
            entry.task = id;
            entry.is_adopted = true;
            *handle
        })
        .collect();
    state().orphans = 0;
    for handle in orphans {
        join(handle, id);
    }
    cancel_given_up();
}

/// In a synchronous call: takes note of what has ended of that which belongs to no task.
pub fn poll() {
    while state().orphans > 0 {
        let mut payload = [0u32; 2];
        let set = state().orphan_set;
        let place = payload.as_mut_ptr() as u32;
        let code = builtin(intrinsic::WAITABLE_SET_POLL, [set, place]);
        let code = code.map_or(event::NONE, |code| code as u32);
        // SAFETY: written by the built-in, which the compiler does not know of.
        let [handle, status] = unsafe { std::ptr::read_volatile(&payload) };
        if code == event::NONE {
            return;
        }
        event(code, handle, status);
    }
}

/// Cancels it: now in a task, which may block, else when the next one runs.
pub fn give_up(handle: u32) {
    if task::is_synchronous() {
        let Some(entry) = state().entries.get_mut(&handle) else {
            return;
        };
        if !entry.is_given_up {
            entry.is_given_up = true;
            let owner = entry.task;
            match &mut entry.wait {
                Wait::Call(call) => call.give_up(),
                Wait::StreamRead(read) => read.give_up(),
                Wait::StreamWrite(_) | Wait::FutureRead(_) | Wait::FutureWrite(_) => {}
            }
            state().given_up += 1;
            task::ring(owner);
        }
    } else if let Some(wait) = end(handle) {
        cancel(handle, wait, None);
    }
}

/// Cancels what was given up in synchronous calls. Only in a task.
pub fn cancel_given_up() {
    if state().given_up == 0 {
        return;
    }
    for handle in handles(|entry| entry.is_given_up) {
        if let Some(wait) = end(handle) {
            cancel(handle, wait, None);
        }
    }
}

/// Cancels all that a task has begun; its promises are rejected with the reason. What it only adopted
/// belongs to no task again. Only in a task.
pub fn abort(id: u32, reason: &Value) {
    for handle in handles(|entry| entry.task == id && entry.is_adopted) {
        if let Some(entry) = state().entries.get_mut(&handle) {
            entry.task = 0;
            entry.is_adopted = false;
            task::remove_wait(id);
            join(handle, 0);
        }
    }
    for handle in handles(|entry| entry.task == id) {
        if let Some(wait) = end(handle) {
            cancel(handle, wait, Some(reason));
        }
    }
}

fn handles(test: impl Fn(&Entry) -> bool) -> Vec<u32> {
    let entries = state().entries.iter();
    entries
        .filter(|(_, entry)| test(entry))
        .map(|(handle, _)| *handle)
        .collect()
}

fn cancel(handle: u32, wait: Wait, reason: Option<&Value>) {
    leave_set(handle);
    match wait {
        Wait::Call(call) => call.cancel(handle, reason),
        Wait::StreamRead(read) => read.cancel(handle, reason),
        Wait::StreamWrite(id) => pump::cancel(id),
        Wait::FutureRead(read) => read.cancel(handle, reason),
        Wait::FutureWrite(id) => future::cancel(id),
    }
}
