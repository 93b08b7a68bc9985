//! Streams that leave: what JavaScript gives for a stream is written to one, chunk by chunk.
//!
//! A *pump* takes the next chunk when the reader has taken the last: one write is outstanding at most, so a slow
//! reader holds back the iterable. When the reader goes away, the iterable's `return` is called.

use crate::channel::{Channel, End, Loan, Status};
use crate::lower::lower_memory;
use crate::lower_lists::is_typed_array;
use crate::mismatch::{Fail, Lowered};
use crate::promise::{Waiter, promise_of, then};
use crate::scope::Scope;
use crate::stream;
use crate::task;
use crate::waits::{self, Wait};
use crate::web_streams;
use outwit_quickjs_runtime::{
    Atom, ErrorKind, Global, Js, Thrown, Value, check, context, sys, take_exception, throw,
    trap_with_report,
};
use std::collections::BTreeMap;
use std::ffi::c_int;
use std::mem::take;

/// What writes a stream.
struct Pump {
    channel: &'static Channel,
    readable: u32,
    writable: u32,
    /// The task that made the stream.
    owner: u32,
    source: Source,
    /// What is being written.
    chunk: Option<Chunk>,
    /// How many chunks there were before.
    position: u32,
    is_writing: bool,
}

/// Where chunks come from.
#[derive(Clone)]
enum Source {
    /// A single one: an array of all elements, or a typed array.
    All(Value),
    Iterator {
        iterator: Value,
        next: Value,
        is_async: bool,
    },
    /// A reader, and whether it is one of ours, which gives results that are there without a promise.
    Reader {
        reader: Value,
        read: Value,
        is_ours: bool,
    },
    /// Nothing comes any more.
    End,
}

/// Elements in memory.
struct Chunk {
    /// Keeps them.
    scope: Scope,
    at: *mut u8,
    /// How many are left.
    len: u32,
}

/// The names of the protocols.
struct Names {
    async_iterator: Atom,
    iterator: Atom,
    get_reader: Atom,
    next: Atom,
    read: Atom,
    done: Atom,
    value: Atom,
    end: Atom,
    cancel: Atom,
}

static NAMES: Global<Option<Names>> = Global::new(None);
static PUMPS: Global<BTreeMap<u32, Pump>> = Global::new(BTreeMap::new());
static LAST: Global<u32> = Global::new(0);

/// Interns the names of the protocols.
pub fn install() -> Js<()> {
    let symbol = Value::global().get_named("Symbol")?;
    let well_known = |name| Atom::of(symbol.get_named(name)?.raw());
    let names = Names {
        async_iterator: well_known("asyncIterator")?,
        iterator: well_known("iterator")?,
        get_reader: Atom::new("getReader")?,
        next: Atom::new("next")?,
        read: Atom::new("read")?,
        done: Atom::new("done")?,
        value: Atom::new("value")?,
        end: Atom::new("return")?,
        cancel: Atom::new("cancel")?,
    };
    // SAFETY: one thread; nothing else runs meanwhile.
    unsafe { *NAMES.get() = Some(names) };
    Ok(())
}

fn names() -> Js<&'static Names> {
    // SAFETY: written once, before any plugin's code runs.
    unsafe { (*NAMES.get()).as_ref() }.ok_or(Thrown)
}

/// All pumps. References made from it must end before JavaScript runs.
#[allow(
    clippy::mut_from_ref,
    reason = "the lifetime is the caller's care, as said"
)]
fn pumps() -> &'static mut BTreeMap<u32, Pump> {
    // SAFETY: one thread; callers keep references short.
    unsafe { &mut *PUMPS.get() }
}

fn pump(id: u32) -> Option<&'static mut Pump> {
    pumps().get_mut(&id)
}

/// The readable end of the stream of a value. Nothing is taken from the value yet.
pub fn lower(channel: &'static Channel, value: sys::JSValue, scope: &mut Scope) -> Lowered<u32> {
    if let Some(handle) = stream::lower(channel, value, scope)? {
        return Ok(handle);
    }
    let source = source(channel, value)?;
    let (readable, writable) = channel.make()?;
    let pump = Pump {
        channel,
        readable,
        writable,
        owner: task::current(),
        source,
        chunk: None,
        position: 0,
        is_writing: false,
    };
    // SAFETY: plain data.
    let id = unsafe {
        let last = LAST.get();
        *last = (*last).wrapping_add(1).max(1);
        *last
    };
    pumps().insert(id, pump);
    scope.hold_channel(Loan::Pump(id));
    Ok(readable)
}

fn source(channel: &'static Channel, value: sys::JSValue) -> Lowered<Source> {
    let object = Value::borrow(value);
    if !object.is_object() {
        return Err(unsuitable(channel, value));
    }
    if channel.numbers().is_some() && is_typed_array(value) {
        return Ok(Source::All(object));
    }
    // SAFETY: the value is alive.
    if unsafe { sys::JS_IsArray(value) } && !channel.has_handles && channel.element.is_some() {
        return Ok(Source::All(object));
    }
    let names = names()?;
    if let Some(reader) = web_streams::open(&object)? {
        let read = reader.get(&names.read)?;
        return Ok(Source::Reader {
            reader,
            read,
            is_ours: true,
        });
    }
    for (name, is_async) in [(&names.async_iterator, true), (&names.iterator, false)] {
        let method = object.get(name)?;
        if method.is_function() {
            let iterator = method.call(&object, &[])?;
            let next = iterator.get(&names.next)?;
            return Ok(Source::Iterator {
                iterator,
                next,
                is_async,
            });
        }
    }
    let method = object.get(&names.get_reader)?;
    if method.is_function() {
        let reader = method.call(&object, &[])?;
        let read = reader.get(&names.read)?;
        return Ok(Source::Reader {
            reader,
            read,
            is_ours: false,
        });
    }
    Err(unsuitable(channel, value))
}

#[cold]
fn unsuitable(channel: &Channel, value: sys::JSValue) -> Fail {
    let what = format!(
        "a stream, an async iterable or an iterable ({})",
        channel.name
    );
    Fail::expected(&what, value)
}

/// The other side has the stream: begins to fill it, as soon as the running code has ended.
pub fn start(id: u32) {
    let mut argument = Value::int(id as i32).into_raw();
    // SAFETY: the job duplicates its argument, which needs no freeing.
    if unsafe { sys::JS_EnqueueJob(context(), Some(job), 1, &mut argument) } < 0 {
        trap_with_report(&take_exception());
    }
}

unsafe extern "C" fn job(
    _: *mut sys::JSContext,
    _: c_int,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: the job has one argument.
    let id = unsafe { *arguments } as u32;
    run(id);
    sys::JS_UNDEFINED
}

/// The other side does not get the stream.
pub fn discard(id: u32) {
    let Some(pump) = pumps().remove(&id) else {
        return;
    };
    pump.channel.drop_readable(pump.readable);
    pump.channel.drop_writable(pump.writable);
}

/// Goes on as long as nothing has to be waited for.
fn run(id: u32) {
    if let Err(Thrown) = try_run(id) {
        fail(id);
    }
}

fn try_run(id: u32) -> Js<()> {
    loop {
        if !write(id) {
            return Ok(());
        }
        let Some(pump) = pump(id) else { return Ok(()) };
        let names = names()?;
        let given = match &pump.source {
            Source::End => {
                finish(id);
                return Ok(());
            }
            Source::All(_) => {
                if let Source::All(value) = std::mem::replace(&mut pump.source, Source::End) {
                    put_all(id, &value)?;
                }
                continue;
            }
            Source::Iterator { .. } | Source::Reader { .. } => pump.source.clone(),
        };
        let (result, is_async) = match &given {
            Source::Iterator {
                iterator,
                next,
                is_async,
            } => (next.call(iterator, &[])?, *is_async),
            Source::Reader {
                reader,
                read,
                is_ours,
            } => {
                let result = read.call(reader, &[])?;
                let is_later = !is_ours || result.is_promise();
                (result, is_later)
            }
            _ => return Ok(()),
        };
        if is_async {
            return then(&promise_of(&result)?, Waiter::Pump(id));
        }
        if !put(id, &result, names)? {
            return Ok(());
        }
    }
}

/// What an asynchronous iterator gave.
pub fn given(id: u32, result: Value) {
    let gone = pump(id).is_none();
    if gone {
        return;
    }
    let put = names().and_then(|names| put(id, &result, names));
    match put {
        Ok(true) => run(id),
        Ok(false) => {}
        Err(Thrown) => fail(id),
    }
}

/// What an asynchronous iterator threw.
pub fn threw(id: u32, reason: Value) {
    let Some(pump) = pumps().remove(&id) else {
        return;
    };
    pump.channel.drop_writable(pump.writable);
    task::report(reason);
}

/// An iterator threw, or gave what is no element.
#[cold]
fn fail(id: u32) {
    let reason = take_exception();
    threw(id, reason);
}

/// Takes a result `{ value, done }`. Says whether there was a value; else the stream has ended.
fn put(id: u32, result: &Value, names: &Names) -> Js<bool> {
    if !result.is_object() {
        let message = "the iterator of a stream gave something that is not an object";
        return Err(throw(ErrorKind::Type, message));
    }
    let done = result.get(&names.done)?;
    // SAFETY: the value is alive.
    if unsafe { sys::JS_ToBool(context(), done.raw()) } != 0 {
        finish(id);
        return Ok(false);
    }
    let value = result.get(&names.value)?;
    put_value(id, &value)?;
    Ok(true)
}

fn put_value(id: u32, value: &Value) -> Js<()> {
    let Some(pump) = pump(id) else { return Ok(()) };
    let channel = pump.channel;
    pump.position += 1;
    let position = pump.position - 1;
    let Some(element) = channel.element else {
        set_chunk(id, Scope::new(), std::ptr::null_mut(), 1);
        return Ok(());
    };
    // SAFETY: the value is alive.
    let is_array = unsafe { sys::JS_IsArray(value.raw()) };
    if channel.numbers().is_some() && (is_array || is_typed_array(value.raw())) {
        return put_list(id, value, position);
    }
    let mut scope = Scope::new();
    let at = scope.block(element.size as usize);
    // SAFETY: the block has the size of an element.
    unsafe { lower_memory(element, value.raw(), at, &mut scope) }
        .map_err(|fail| fail.throw(&place(channel, position), ""))?;
    set_chunk(id, scope, at, 1);
    Ok(())
}

/// The place of a chunk in messages.
fn place(channel: &Channel, position: u32) -> String {
    format!("chunk {position} of a {}", channel.name)
}

fn put_all(id: u32, value: &Value) -> Js<()> {
    put_list(id, value, 0)
}

/// Takes many elements at once.
fn put_list(id: u32, value: &Value, position: u32) -> Js<()> {
    let Some(channel) = pump(id).map(|pump| pump.channel) else {
        return Ok(());
    };
    let Some(list) = channel.list() else {
        return Ok(());
    };
    let mut scope = Scope::new();
    let mut pair = [0u32; 2];
    // SAFETY: a list is two words.
    unsafe { lower_memory(list, value.raw(), pair.as_mut_ptr().cast(), &mut scope) }
        .map_err(|fail| fail.throw(&place(channel, position), ""))?;
    set_chunk(id, scope, pair[0] as *mut u8, pair[1]);
    Ok(())
}

fn set_chunk(id: u32, scope: Scope, at: *mut u8, len: u32) {
    if let Some(pump) = pump(id) {
        pump.chunk = Some(Chunk { scope, at, len });
    }
}

/// Writes what there is. Says whether all of it is written.
fn write(id: u32) -> bool {
    loop {
        let Some(pump) = pump(id) else { return false };
        let Some(chunk) = &pump.chunk else {
            return !pump.is_writing;
        };
        if chunk.len == 0 {
            pump.chunk = None;
            return true;
        }
        if task::abort_reason().is_some() {
            end(id);
            return false;
        }
        match pump.channel.write(pump.writable, chunk.at, chunk.len) {
            Status::Blocked => {
                pump.is_writing = true;
                waits::begin(pump.writable, pump.owner, Wait::StreamWrite(id));
                return false;
            }
            Status::Ended(why, count) => {
                if !took(id, why, count) {
                    return false;
                }
            }
        }
    }
}

/// The reader took so many elements. Says whether it may take more.
fn took(id: u32, why: End, count: u32) -> bool {
    let Some(pump) = pump(id) else { return false };
    if let Some(chunk) = &mut pump.chunk {
        let count = count.min(chunk.len);
        chunk.len -= count;
        chunk.at = chunk
            .at
            .wrapping_add((count * pump.channel.size()) as usize);
        if chunk.len == 0 {
            chunk.scope.commit();
            let done = pump.chunk.take();
            drop(done);
        }
    }
    if why == End::Completed {
        return true;
    }
    end(id);
    false
}

/// A write has ended by itself.
pub fn written(id: u32, status: u32) {
    let Some(pump) = pump(id) else { return };
    pump.is_writing = false;
    if let Status::Ended(why, count) = pump.channel.status(status)
        && took(id, why, count)
    {
        run(id);
    }
}

/// Ends a write that goes on, and the stream. Only in a task.
pub fn cancel(id: u32) {
    let Some(pump) = pump(id) else { return };
    pump.is_writing = false;
    if let Status::Ended(_, count) = pump.channel.cancel_write(pump.writable) {
        took(id, End::Completed, count);
    }
    end(id);
}

/// A task was cancelled: the streams that it made end. Their writes have been cancelled.
pub fn abort(owner: u32) {
    let owned = pumps().iter().filter(|(_, pump)| pump.owner == owner);
    let owned: Vec<u32> = owned.map(|(id, _)| *id).collect();
    owned.into_iter().for_each(end);
}

/// All is written.
fn finish(id: u32) {
    if let Some(pump) = pumps().remove(&id) {
        pump.channel.drop_writable(pump.writable);
    }
}

/// Nobody reads any more: ends the stream, and tells where the chunks come from.
fn end(id: u32) {
    let Some(mut pump) = pumps().remove(&id) else {
        return;
    };
    pump.channel.drop_writable(pump.writable);
    let source = std::mem::replace(&mut pump.source, Source::End);
    drop(take(&mut pump.chunk));
    let told = names().and_then(|names| match source {
        Source::Iterator { iterator, .. } => call_if_there(&iterator, &names.end),
        Source::Reader { reader, .. } => call_if_there(&reader, &names.cancel),
        Source::All(_) | Source::End => Ok(()),
    });
    if let Err(Thrown) = told {
        task::report(take_exception());
    }
}

fn call_if_there(object: &Value, name: &Atom) -> Js<()> {
    // SAFETY: both are alive.
    let method = check(unsafe { sys::JS_GetProperty(context(), object.raw(), name.raw()) })?;
    if method.is_function() {
        method.call(object, &[])?;
    }
    Ok(())
}
