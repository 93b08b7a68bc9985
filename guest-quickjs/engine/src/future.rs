//! Futures: promises, both ways.
//!
//! A future that arrives is a promise whose value is read when somebody first looks at it: at an `await`
//! or a `then`. Until then it can be passed on as it is, and is dropped when the promise is collected. What
//! notices the first look is a getter: every way to wait for a promise reads its `constructor` first.
//!
//! A promise that leaves becomes a future into which its value is written once it has one.

use crate::channel::{Block, Channel, End, Loan, Status};
use crate::export::{Outcome, Place, lower_result, lower_whole};
use crate::import::lift_result_memory;
use crate::mismatch::{Fail, Lowered};
use crate::promise::{Waiter, promise_of, then};
use crate::scope::Scope;
use crate::subtask::{capability, settle};
use crate::task;
use crate::types::Kind;
use crate::waits::{self, Wait};
use outwit_quickjs_runtime::{
    Atom, ErrorKind, Global, Js, Thrown, Value, check, context, runtime, sys, take_exception, throw,
};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ffi::c_int;

/// What the promise of a future that arrived keeps, where JavaScript cannot see it.
struct Guard {
    channel: &'static Channel,
    handle: u32,
    /// The task that received it.
    owner: u32,
    state: Cell<State>,
    /// What settles the promise, until the value is being read.
    functions: RefCell<Option<(Value, Value)>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Unread,
    /// It is an argument of a call that is about to be made.
    Passing,
    Passed,
    /// Its value is being read, or has been.
    Read,
}

/// A read that is going on.
pub struct Read {
    channel: &'static Channel,
    block: Block,
    resolve: Value,
    reject: Value,
}

/// The writable end of a future.
struct Writer {
    channel: &'static Channel,
    readable: u32,
    writable: u32,
    /// The task that made it.
    owner: u32,
    promise: Value,
    /// What is being written.
    value: Option<(Scope, *mut u8)>,
}

/// What the getter needs.
struct Intrinsics {
    /// `Promise`
    promise: Value,
    /// What promises of futures inherit from.
    prototype: Value,
    /// The name of the property that holds the guard.
    guard: Atom,
}

static CLASS: Global<sys::JSClassID> = Global::new(0);
static INTRINSICS: Global<Option<Intrinsics>> = Global::new(None);
static WRITERS: Global<BTreeMap<u32, Writer>> = Global::new(BTreeMap::new());
static LAST: Global<u32> = Global::new(0);

fn class() -> sys::JSClassID {
    // SAFETY: plain data.
    unsafe { *CLASS.get() }
}

fn intrinsics() -> Js<&'static Intrinsics> {
    // SAFETY: written once, before any value is lifted.
    unsafe { (*INTRINSICS.get()).as_ref() }.ok_or(Thrown)
}

/// All writers. References made from it must end before JavaScript runs.
#[allow(
    clippy::mut_from_ref,
    reason = "the lifetime is the caller's care, as said"
)]
fn writers() -> &'static mut BTreeMap<u32, Writer> {
    // SAFETY: one thread; callers keep references short.
    unsafe { &mut *WRITERS.get() }
}

/// Defines what promises of futures inherit from.
pub fn install() -> Js<()> {
    // SAFETY: one thread; the definition is copied.
    unsafe {
        sys::JS_NewClassID(runtime(), CLASS.get());
        let definition = sys::JSClassDef {
            class_name: c"Future".as_ptr(),
            finalizer: Some(finalize),
            gc_mark: Some(mark),
            call: None,
            exotic: std::ptr::null_mut(),
        };
        if sys::JS_NewClass(runtime(), class(), &definition) < 0 {
            return Err(throw(ErrorKind::Error, "out of memory"));
        }
        // guards are plain: nothing about them is to be seen
        sys::JS_SetClassProto(context(), class(), sys::JS_NULL);
    }
    let promise = Value::global().get_named("Promise")?;
    let parent = promise.get_named("prototype")?;
    let getter = Value::function(c"get constructor", 0, js_constructor)?;
    // SAFETY: all are alive; the property takes over the getter.
    let (prototype, guard) = unsafe {
        let prototype = check(sys::JS_NewObjectProto(context(), parent.raw()))?;
        let status = sys::JS_DefinePropertyGetSet(
            context(),
            prototype.raw(),
            Atom::new("constructor")?.raw(),
            getter.into_raw(),
            sys::JS_UNDEFINED,
            sys::JS_PROP_CONFIGURABLE as c_int,
        );
        if status < 0 {
            return Err(Thrown);
        }
        let symbol = check(sys::JS_NewSymbol(context(), c"future".as_ptr(), false))?;
        (prototype, Atom::of(symbol.raw())?)
    };
    // SAFETY: one thread; nothing else runs meanwhile.
    unsafe {
        *INTRINSICS.get() = Some(Intrinsics {
            promise,
            prototype,
            guard,
        });
    }
    Ok(())
}

/// The promise of a future that arrived.
///
/// # Errors
/// Throws when memory runs out.
pub fn lift(channel: &'static Channel, handle: u32) -> Js<Value> {
    let lifted = || {
        let intrinsics = intrinsics()?;
        let (promise, resolve, reject) = capability()?;
        // SAFETY: all are alive; the guard takes over the box.
        unsafe {
            let guard = check(sys::JS_NewObjectClass(context(), class()))?;
            let data = Box::new(Guard {
                channel,
                handle,
                owner: task::current(),
                state: Cell::new(State::Unread),
                functions: RefCell::new(Some((resolve, reject))),
            });
            sys::JS_SetOpaque(guard.raw(), Box::into_raw(data).cast());
            promise.define_with(&intrinsics.guard, guard, 0)?;
            if sys::JS_SetPrototype(context(), promise.raw(), intrinsics.prototype.raw()) < 0 {
                return Err(Thrown);
            }
        }
        Ok(promise)
    };
    lifted().inspect_err(|_| channel.drop_readable(handle))
}

/// What a promise keeps, if it is that of a future that arrived, and the object that holds it.
fn guard(promise: &Value) -> Option<(Value, &'static Guard)> {
    let intrinsics = intrinsics().ok()?;
    if !promise.is_promise() {
        return None;
    }
    let object = promise.own_data(&intrinsics.guard)?;
    // SAFETY: the opaque of this class is a guard, which lives as long as the object; callers keep
    // the reference no longer than that.
    let guard = unsafe {
        sys::JS_GetOpaque(object.raw(), class())
            .cast::<Guard>()
            .as_ref()
    }?;
    Some((object, guard))
}

/// Somebody looks at a promise: if it is that of a future, begins to read its value.
///
/// # Errors
/// Throws if the future was passed on, or the value cannot be lifted.
pub fn observe(promise: &Value) -> Js<()> {
    let Some((_object, guard)) = guard(promise) else {
        return Ok(());
    };
    match guard.state.get() {
        State::Unread => {}
        State::Read => return Ok(()),
        State::Passing | State::Passed => {
            let message = format!("this {} was passed on", guard.channel.name);
            return Err(throw(ErrorKind::Type, &message));
        }
    }
    let Some((resolve, reject)) = guard.functions.take() else {
        return Ok(());
    };
    guard.state.set(State::Read);
    let (channel, handle) = (guard.channel, guard.handle);
    if let Some(reason) = task::abort_reason() {
        channel.drop_readable(handle);
        settle(&reject, reason);
        return Ok(());
    }
    let block = channel.block(1);
    let status = channel.read(handle, block.at(), 1);
    let read = Read {
        channel,
        block,
        resolve,
        reject,
    };
    match status {
        Status::Blocked => waits::begin(handle, guard.owner, Wait::FutureRead(read)),
        Status::Ended(end, _) => read.finish(handle, end),
    }
    Ok(())
}

impl Read {
    /// It has ended by itself.
    pub fn ended(self, handle: u32, status: u32) {
        if let Status::Ended(end, _) = self.channel.status(status) {
            self.finish(handle, end);
        }
    }

    fn finish(self, handle: u32, end: End) {
        self.channel.drop_readable(handle);
        if end != End::Completed {
            let message = format!("the {} ended without a value", self.channel.name);
            throw(ErrorKind::Error, &message);
            settle(&self.reject, take_exception());
            return;
        }
        match self.value() {
            Ok(value) => settle(&self.resolve, value),
            Err(Thrown) => settle(&self.reject, take_exception()),
        }
    }

    /// The value that was read; the error of a `result` is thrown.
    fn value(&self) -> Js<Value> {
        let Some(element) = self.channel.element else {
            return Ok(Value::UNDEFINED);
        };
        // SAFETY: the other side wrote the value.
        unsafe { lift_result_memory(element, self.block.at()) }
    }

    /// Ends it. With a reason its promise is rejected, without one it stays as it is. Only in a task.
    pub fn cancel(self, handle: u32, reason: Option<&Value>) {
        let status = self.channel.cancel_read(handle);
        if matches!(status, Status::Ended(End::Completed, _)) && self.value().is_err() {
            drop(take_exception());
        }
        self.channel.drop_readable(handle);
        if let Some(reason) = reason {
            settle(&self.reject, reason.clone());
        }
    }
}

/// The readable end of the future of a value.
pub fn lower(channel: &'static Channel, value: sys::JSValue, scope: &mut Scope) -> Lowered<u32> {
    let mut promise = Value::borrow(value);
    if promise.is_function() {
        // An `async` function waits for a promise that it returns; a function that gives one it does not.
        promise = promise.call(&Value::UNDEFINED, &[])?;
    }
    if let Some((_object, guard)) = guard(&promise) {
        let why = match guard.state.get() {
            State::Unread if channel.is_same(guard.channel) => {
                guard.state.set(State::Passing);
                scope.hold_channel(Loan::Future(promise));
                return Ok(guard.handle);
            }
            State::Unread | State::Read => "",
            State::Passing => "is passed on by the same call",
            State::Passed => "was passed on by an earlier call",
        };
        if !why.is_empty() {
            return Err(Fail::because(&format!("this {} {why}", channel.name)));
        }
    }
    let (readable, writable) = channel.make()?;
    let writer = Writer {
        channel,
        readable,
        writable,
        owner: task::current(),
        promise,
        value: None,
    };
    // SAFETY: plain data.
    let id = unsafe {
        let last = LAST.get();
        *last = (*last).wrapping_add(1).max(1);
        *last
    };
    writers().insert(id, writer);
    scope.hold_channel(Loan::Writer(id));
    Ok(readable)
}

/// A future was passed on.
pub fn commit(promise: &Value) {
    if let Some((_object, guard)) = guard(promise) {
        guard.state.set(State::Passed);
        drop(guard.functions.take());
    }
}

/// A future was not passed on after all.
pub fn undo(promise: &Value) {
    if let Some((_object, guard)) = guard(promise) {
        guard.state.set(State::Unread);
    }
}

/// The other side has the future: its value is written as soon as there is one.
pub fn start(id: u32) {
    let Some(writer) = writers().get_mut(&id) else {
        return;
    };
    let value = std::mem::replace(&mut writer.promise, Value::UNDEFINED);
    let waiting = promise_of(&value).and_then(|promise| then(&promise, Waiter::Writer(id)));
    if waiting.is_err() {
        rejected(id, take_exception());
    }
}

/// The other side does not get the future.
pub fn discard(id: u32) {
    let Some(writer) = writers().remove(&id) else {
        return;
    };
    writer.channel.drop_readable(writer.readable);
    // Without a reader this writes nothing; before it, the end cannot be dropped.
    let block = writer.channel.block(1);
    writer.channel.write(writer.writable, block.at(), 1);
    writer.channel.drop_writable(writer.writable);
}

/// The promise of a future that leaves has been resolved.
pub fn resolved(id: u32, value: Value) {
    write(id, Outcome::Returned(value));
}

/// The promise of a future that leaves has been rejected. Without a `result` there is no place for
/// that in a future.
pub fn rejected(id: u32, reason: Value) {
    let Some(writer) = writers().get(&id) else {
        return;
    };
    let has_error = writer
        .channel
        .element
        .is_some_and(|element| matches!(element.kind, Kind::Result { .. }));
    if has_error && !task::is_abort(&reason) {
        write(id, Outcome::Threw(reason));
    } else {
        task::report(reason);
    }
}

fn write(id: u32, outcome: Outcome) {
    let Some(writer) = writers().get(&id) else {
        return;
    };
    let channel = writer.channel;
    let mut scope = Scope::new();
    let mut at = scope.block(channel.size() as usize);
    if let Some(element) = channel.element {
        let place = Place::Memory(at);
        // SAFETY: the block has the size of the value.
        let lowered = unsafe {
            match &element.kind {
                Kind::Result { .. } => lower_result(element, &outcome, place, &mut scope),
                _ => match &outcome {
                    Outcome::Returned(value) => {
                        lower_whole(element, value.raw(), place, &mut scope)
                    }
                    Outcome::Threw(_) => Err(Fail::Thrown),
                },
            }
        };
        if let Err(fail) = lowered {
            match outcome {
                Outcome::Threw(reason) => {
                    if matches!(fail, Fail::Thrown) {
                        drop(take_exception());
                    }
                    task::report(reason);
                }
                Outcome::Returned(_) => {
                    fail.throw(&format!("the value of a {}", channel.name), "");
                    task::report(take_exception());
                }
            }
            return;
        }
    } else {
        at = std::ptr::null_mut();
    }
    // lowering runs getters
    let Some(writer) = writers().get_mut(&id) else {
        return;
    };
    let (writable, owner) = (writer.writable, writer.owner);
    writer.value = Some((scope, at));
    match channel.write(writable, at, 1) {
        Status::Blocked => waits::begin(writable, owner, Wait::FutureWrite(id)),
        Status::Ended(end, _) => finish(id, end),
    }
}

/// A write has ended by itself.
pub fn written(id: u32, status: u32) {
    let Some(writer) = writers().get(&id) else {
        return;
    };
    if let Status::Ended(end, _) = writer.channel.status(status) {
        finish(id, end);
    }
}

fn finish(id: u32, end: End) {
    let Some(mut writer) = writers().remove(&id) else {
        return;
    };
    if end == End::Completed
        && let Some((scope, _)) = &mut writer.value
    {
        scope.commit();
    }
    writer.channel.drop_writable(writer.writable);
}

/// Ends a write that goes on. The end cannot be dropped before the reader has the value or is gone: the
/// write belongs to the next task. Only in a task.
pub fn cancel(id: u32) {
    let Some(writer) = writers().get_mut(&id) else {
        return;
    };
    match writer.channel.cancel_write(writer.writable) {
        Status::Ended(End::Cancelled, _) | Status::Blocked => {
            writer.owner = 0;
            if let Some((_, at)) = &writer.value {
                let at = *at;
                match writer.channel.write(writer.writable, at, 1) {
                    Status::Blocked => {
                        waits::begin_orphan(writer.writable, Wait::FutureWrite(id));
                    }
                    Status::Ended(end, _) => finish(id, end),
                }
            }
        }
        Status::Ended(end, _) => finish(id, end),
    }
}

/// The `constructor` of a promise of a future.
unsafe extern "C" fn js_constructor(
    _: *mut sys::JSContext,
    this: sys::JSValue,
    _: c_int,
    _: *mut sys::JSValue,
) -> sys::JSValue {
    let looked = observe(&Value::borrow(this)).and_then(|()| intrinsics());
    match looked {
        Ok(intrinsics) => intrinsics.promise.clone().into_raw(),
        Err(Thrown) => sys::JS_EXCEPTION,
    }
}

unsafe extern "C" fn mark(
    runtime: *mut sys::JSRuntime,
    object: sys::JSValue,
    mark: sys::JS_MarkFunc,
) {
    // SAFETY: the opaque of this class is a guard, or null if it got none.
    unsafe {
        let guard = sys::JS_GetOpaque(object, class()).cast::<Guard>().as_ref();
        if let Some(guard) = guard
            && let Ok(functions) = guard.functions.try_borrow()
            && let Some((resolve, reject)) = &*functions
        {
            sys::JS_MarkValue(runtime, resolve.raw(), mark);
            sys::JS_MarkValue(runtime, reject.raw(), mark);
        }
    }
}

/// The promise has been collected.
unsafe extern "C" fn finalize(_: *mut sys::JSRuntime, object: sys::JSValue) {
    // SAFETY: the opaque is the box that `lift` gave, or null if it got none.
    let guard = unsafe {
        let guard = sys::JS_GetOpaque(object, class()).cast::<Guard>();
        if guard.is_null() {
            return;
        }
        Box::from_raw(guard)
    };
    if guard.state.get() == State::Unread {
        guard.channel.drop_readable(guard.handle);
    }
}
