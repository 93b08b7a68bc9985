//! Streams that arrive: readable ends, as objects of JavaScript.
//!
//! Such an object is an async iterator of chunks, and its own reader: `read()` gives a promise of
//! `{ value, done }`. A chunk of numbers is a typed array of those there are, at most as many as `read(n)`
//! asks for; any other chunk is one element. Nothing is read that was not asked for, so a slow reader
//! holds back whoever writes.
//!
//! The object holds the handle where JavaScript cannot see it. An end that is not being read can be
//! passed on, and then cannot be used here any more.

use crate::channel::{Block, Channel, End, Loan, Status};
use crate::lift::lift_memory;
use crate::mismatch::{Fail, Lowered};
use crate::scope::Scope;
use crate::subtask::{capability, settle};
use crate::task;
use crate::waits::{self, Wait};
use crate::web_streams;
use outwit_quickjs_runtime::{
    Atom, ErrorKind, Global, Js, Thrown, Value, check, context, runtime, sys, take_exception,
    throw, throw_value,
};
use std::collections::{BTreeMap, VecDeque};
use std::ffi::{c_int, c_void};

/// How many bytes of numbers are read at once unless `read` asks for something else.
const CHUNK_SIZE: u32 = 64 * 1024;
/// The most bytes that are read at once, whatever `read` asks for.
const LARGEST_CHUNK: u32 = 16 * 1024 * 1024;

/// The readable end of a stream.
struct Stream {
    channel: &'static Channel,
    handle: u32,
    /// The task that received it.
    owner: u32,
    state: State,
    is_reading: bool,
    /// Reads that wait for the one that is going on.
    queue: VecDeque<Request>,
    /// The object is gone; the end is dropped when the read that is going on ends.
    is_collected: bool,
}

enum State {
    Open,
    /// It is an argument of a call that is about to be made.
    Passing,
    Passed,
    Ended,
    /// The call it belonged to was cancelled.
    Aborted(Value),
}

/// A call of `read` that was given a promise.
struct Request {
    most: u32,
    resolve: Value,
    reject: Value,
}

/// A read that is going on.
pub struct Read {
    /// The stream, as long as anybody waits for the read.
    stream: u32,
    channel: &'static Channel,
    block: Block,
    capacity: u32,
    request: Option<Request>,
}

static CLASS: Global<sys::JSClassID> = Global::new(0);
static STREAMS: Global<BTreeMap<u32, Stream>> = Global::new(BTreeMap::new());
static LAST: Global<u32> = Global::new(0);
static NAMES: Global<Option<[Atom; 2]>> = Global::new(None);

fn class() -> sys::JSClassID {
    // SAFETY: plain data.
    unsafe { *CLASS.get() }
}

/// All streams. References made from it must end before JavaScript runs.
#[allow(
    clippy::mut_from_ref,
    reason = "the lifetime is the caller's care, as said"
)]
fn streams() -> &'static mut BTreeMap<u32, Stream> {
    // SAFETY: one thread; callers keep references short.
    unsafe { &mut *STREAMS.get() }
}

fn stream(id: u32) -> Option<&'static mut Stream> {
    streams().get_mut(&id)
}

/// Defines the class.
pub fn install() -> Js<()> {
    // SAFETY: one thread; the definition is copied.
    unsafe {
        sys::JS_NewClassID(runtime(), CLASS.get());
        let definition = sys::JSClassDef {
            class_name: c"Stream".as_ptr(),
            finalizer: Some(finalize),
            gc_mark: None,
            call: None,
            exotic: std::ptr::null_mut(),
        };
        if sys::JS_NewClass(runtime(), class(), &definition) < 0 {
            return Err(throw(ErrorKind::Error, "out of memory"));
        }
        *NAMES.get() = Some([Atom::new("value")?, Atom::new("done")?]);
    }
    let prototype = web_streams::async_iterator_prototype()?;
    let flags = sys::JS_PROP_WRITABLE | sys::JS_PROP_CONFIGURABLE;
    let read = Value::function(c"read", 0, js_read)?;
    let cancel = Value::function(c"cancel", 0, js_cancel)?;
    let dispose = Value::function(c"[Symbol.dispose]", 0, js_dispose)?;
    let itself = Value::function(c"getReader", 0, js_itself)?;
    for (name, value) in [
        ("next", Value::function(c"next", 0, js_next)?),
        ("read", read),
        ("return", Value::function(c"return", 0, js_return)?),
        ("cancel", cancel),
        ("getReader", itself),
        (
            "releaseLock",
            Value::function(c"releaseLock", 0, js_nothing)?,
        ),
    ] {
        prototype.define_with(&Atom::new(name)?, value, flags)?;
    }
    let symbol = Value::global().get_named("Symbol")?;
    let dispose_symbol = symbol.get_named("dispose")?;
    if !dispose_symbol.is_undefined() {
        prototype.define_with(&Atom::of(dispose_symbol.raw())?, dispose, flags)?;
    }
    let tag = Atom::of(symbol.get_named("toStringTag")?.raw())?;
    prototype.define_with(&tag, Value::string("Stream")?, sys::JS_PROP_CONFIGURABLE)?;
    // SAFETY: the context takes over the prototype.
    unsafe { sys::JS_SetClassProto(context(), class(), prototype.into_raw()) };
    Ok(())
}

/// The number behind an object, if it is one of this module's.
fn number(value: sys::JSValue) -> Option<u32> {
    // SAFETY: the opaque of this class is a number.
    match unsafe { sys::JS_GetOpaque(value, class()) } as usize as u32 {
        0 => None,
        id => Some(id),
    }
}

/// The object of a readable end that arrived.
///
/// # Errors
/// Throws when memory runs out.
pub fn lift(channel: &'static Channel, handle: u32) -> Js<Value> {
    // SAFETY: plain C call.
    let object = check(unsafe { sys::JS_NewObjectClass(context(), class()) })
        .inspect_err(|_| channel.drop_readable(handle))?;
    // SAFETY: plain data; the opaque of this class is a number.
    unsafe {
        let last = LAST.get();
        *last = (*last).wrapping_add(1).max(1);
        let id = *last;
        sys::JS_SetOpaque(object.raw(), id as usize as *mut c_void);
        let stream = Stream {
            channel,
            handle,
            owner: task::current(),
            state: State::Open,
            is_reading: false,
            queue: VecDeque::new(),
            is_collected: false,
        };
        streams().insert(id, stream);
    }
    web_streams::wrap(object, channel.is_bytes())
}

/// The handle of a readable end that is passed on, if the value is one and of this type.
pub fn lower(
    channel: &'static Channel,
    value: sys::JSValue,
    scope: &mut Scope,
) -> Lowered<Option<u32>> {
    let object = web_streams::unwrap(value).unwrap_or_else(|| Value::borrow(value));
    let Some(stream) = number(object.raw()).and_then(stream) else {
        return Ok(None);
    };
    let why = match stream.state {
        State::Open if stream.is_reading => "is being read",
        State::Open if channel.is_same(stream.channel) => {
            stream.state = State::Passing;
            scope.hold_channel(Loan::Stream(object));
            return Ok(Some(stream.handle));
        }
        // read here, and written to another
        State::Open => return Ok(None),
        State::Passing => "is passed on by the same call",
        State::Passed => "was passed on by an earlier call",
        State::Ended => return Ok(None),
        State::Aborted(_) => "belonged to a call that was cancelled",
    };
    Err(Fail::because(&format!("this {} {why}", channel.name)))
}

/// An end was passed on.
pub fn commit(object: &Value) {
    if let Some(stream) = number(object.raw()).and_then(stream) {
        stream.state = State::Passed;
    }
}

/// An end was not passed on after all.
pub fn undo(object: &Value) {
    if let Some(stream) = number(object.raw()).and_then(stream) {
        stream.state = State::Open;
    }
}

/// A task was cancelled: ends that it received can be used no more.
pub fn abort(owner: u32, reason: &Value) {
    let owned = streams().iter().filter(|(_, stream)| stream.owner == owner);
    let owned: Vec<u32> = owned.map(|(id, _)| *id).collect();
    for id in owned {
        if let Some(stream) = stream(id)
            && matches!(stream.state, State::Open)
        {
            stream.state = State::Aborted(reason.clone());
            close(id, Some(reason));
        }
    }
}

/// Drops an end that has been marked as closed, and answers the reads that wait.
fn close(id: u32, reason: Option<&Value>) {
    let Some(stream) = stream(id) else { return };
    let (channel, handle) = (stream.channel, stream.handle);
    let is_reading = std::mem::take(&mut stream.is_reading);
    let mut waiting = std::mem::take(&mut stream.queue);
    if is_reading {
        // the read that is going on drops the end when it ends
        if let Some(Wait::StreamRead(read)) = waits::get(handle) {
            read.stream = 0;
            if let Some(request) = read.request.take() {
                waiting.push_front(request);
            }
        }
        waits::give_up(handle);
    } else {
        channel.drop_readable(handle);
    }
    for request in waiting {
        answer(request, reason);
    }
}

/// Settles the promise of a read of an end that has been closed.
fn answer(request: Request, reason: Option<&Value>) {
    match reason {
        Some(reason) => settle(&request.reject, reason.clone()),
        None => match result(Value::UNDEFINED, true) {
            Ok(result) => settle(&request.resolve, result),
            Err(Thrown) => settle(&request.reject, take_exception()),
        },
    }
}

/// `{ value, done }`
fn result(value: Value, done: bool) -> Js<Value> {
    // SAFETY: written once, before anything is read.
    let [value_name, done_name] = unsafe { (*NAMES.get()).as_ref() }.ok_or(Thrown)?;
    let object = Value::object()?;
    object.define(value_name, value)?;
    object.define(done_name, Value::bool(done))?;
    Ok(object)
}

/// What a read starts with: whether it is done already.
enum Begun {
    Done(Js<Value>),
    Blocked(Block, u32),
}

fn begin(id: u32, most: u32) -> Begun {
    let Some(stream) = stream(id) else {
        return Begun::Done(result(Value::UNDEFINED, true));
    };
    match &stream.state {
        State::Open => {}
        State::Ended => return Begun::Done(result(Value::UNDEFINED, true)),
        State::Aborted(reason) => return Begun::Done(Err(throw_value(reason.clone()))),
        State::Passing | State::Passed => {
            let message = format!("this {} was passed on", stream.channel.name);
            return Begun::Done(Err(throw(ErrorKind::Type, &message)));
        }
    }
    if let Some(reason) = task::abort_reason() {
        return Begun::Done(Err(throw_value(reason)));
    }
    let (channel, handle) = (stream.channel, stream.handle);
    let capacity = match channel.numbers() {
        Some(_) => {
            let size = channel.size().max(1);
            let largest = LARGEST_CHUNK / size;
            if most == 0 {
                CHUNK_SIZE / size
            } else {
                most.min(largest)
            }
        }
        None => 1,
    };
    let block = channel.block(capacity);
    loop {
        match channel.read(handle, block.at(), capacity) {
            Status::Blocked => return Begun::Blocked(block, capacity),
            // the other side asked whether anybody reads
            Status::Ended(End::Completed, 0) => {}
            Status::Ended(end, count) => {
                return Begun::Done(ended(id, block, capacity, end, count));
            }
        }
    }
}

/// The result of a read that has ended.
fn ended(id: u32, block: Block, capacity: u32, end: End, count: u32) -> Js<Value> {
    let Some(stream) = stream(id) else {
        return result(Value::UNDEFINED, true);
    };
    let (channel, handle) = (stream.channel, stream.handle);
    if end == End::Dropped {
        stream.state = State::Ended;
        channel.drop_readable(handle);
    }
    if count == 0 {
        return result(Value::UNDEFINED, true);
    }
    // SAFETY: the other side wrote this many elements.
    let chunk = unsafe { chunk(channel, block, capacity, count) }?;
    result(chunk, false)
}

/// The value of elements that have been read.
unsafe fn chunk(channel: &'static Channel, block: Block, capacity: u32, count: u32) -> Js<Value> {
    let Some(element) = channel.element else {
        return Ok(Value::UNDEFINED);
    };
    let Some(elements) = channel.numbers() else {
        // SAFETY: by contract of the caller.
        return unsafe { lift_memory(element, block.at()) };
    };
    let (len, whole) = (count * element.size, capacity * element.size);
    if len < whole / 2 {
        // SAFETY: so many bytes are there.
        let bytes = unsafe { std::slice::from_raw_parts(block.at(), len as usize) };
        return crate::lift::typed_array(elements, bytes);
    }
    crate::lift::adopt(elements, block.into_raw(), len)
}

impl Read {
    /// Nobody waits for it any more.
    pub fn give_up(&mut self) {
        self.request = None;
    }

    /// It has ended by itself.
    pub fn ended(self, handle: u32, status: u32) {
        let Status::Ended(end, count) = self.channel.status(status) else {
            return;
        };
        let id = self.stream;
        let Some(stream) = stream(id) else {
            self.discard(handle, count);
            return;
        };
        stream.is_reading = false;
        let Some(request) = self.request else { return };
        if end == End::Completed && count == 0 {
            read_on(id, request);
            return;
        }
        match ended(id, self.block, self.capacity, end, count) {
            Ok(value) => settle(&request.resolve, value),
            Err(Thrown) => settle(&request.reject, take_exception()),
        }
        if collected(id) {
            return;
        }
        while let Some(stream) = self::stream(id)
            && !stream.is_reading
            && let Some(request) = stream.queue.pop_front()
        {
            read_on(id, request);
        }
    }

    /// Ends it, and drops the stream's end. Only in a task.
    pub fn cancel(mut self, handle: u32, reason: Option<&Value>) {
        let count = match self.channel.cancel_read(handle) {
            Status::Ended(_, count) => count,
            Status::Blocked => 0,
        };
        let request = self.request.take();
        if let Some(stream) = stream(self.stream) {
            stream.is_reading = false;
            stream.state = match reason {
                Some(reason) => State::Aborted(reason.clone()),
                None => State::Ended,
            };
            let waiting = std::mem::take(&mut stream.queue);
            for request in request.into_iter().chain(waiting) {
                answer(request, reason);
            }
            let _ = collected(self.stream);
        }
        self.discard(handle, count);
    }

    /// Frees what was read, and drops the end.
    fn discard(self, handle: u32, count: u32) {
        if count > 0 {
            // SAFETY: the other side wrote this many elements.
            match unsafe { chunk(self.channel, self.block, self.capacity, count) } {
                Ok(value) => drop(value),
                Err(Thrown) => drop(take_exception()),
            }
        }
        self.channel.drop_readable(handle);
    }
}

/// Forgets a stream whose object is gone, if that could not be done at once.
fn collected(id: u32) -> bool {
    let Some(stream) = stream(id).filter(|stream| stream.is_collected) else {
        return false;
    };
    if matches!(stream.state, State::Open) {
        if stream.is_reading || !stream.queue.is_empty() {
            return false;
        }
        stream.channel.drop_readable(stream.handle);
    }
    streams().remove(&id);
    true
}

/// Begins a read for a promise that has been given.
fn read_on(id: u32, request: Request) {
    match begin(id, request.most) {
        Begun::Done(Ok(value)) => settle(&request.resolve, value),
        Begun::Done(Err(Thrown)) => settle(&request.reject, take_exception()),
        Begun::Blocked(block, capacity) => wait(id, block, capacity, request),
    }
}

fn wait(id: u32, block: Block, capacity: u32, request: Request) {
    let Some(stream) = stream(id) else { return };
    stream.is_reading = true;
    let read = Read {
        stream: id,
        channel: stream.channel,
        block,
        capacity,
        request: Some(request),
    };
    waits::begin(stream.handle, stream.owner, Wait::StreamRead(read));
}

/// What a read gives.
enum Given {
    /// The result, which was there.
    Result(Value),
    /// A promise of the result.
    Promise(Value),
}

fn read(this: sys::JSValue, arguments: &[sys::JSValue]) -> Js<Value> {
    let most = match arguments.first() {
        Some(most) => match (most >> 32) as i32 {
            sys::JS_TAG_INT if *most as i32 > 0 => *most as u32,
            sys::JS_TAG_UNDEFINED => 0,
            _ => {
                let message = "read: the argument is the most elements to read, an integer above 0";
                return Err(throw(ErrorKind::Type, message));
            }
        },
        None => 0,
    };
    match try_read(this_number(this, "read")?, most)? {
        Given::Result(result) => resolved(result),
        Given::Promise(promise) => Ok(promise),
    }
}

/// Reads from a stream: the result, or a promise of it.
///
/// # Errors
/// Throws if it can be read no more.
pub fn read_now(object: &Value, most: &Value) -> Js<Value> {
    let most = u32::try_from(most.raw() as i32).unwrap_or(0);
    match try_read(this_number(object.raw(), "read")?, most)? {
        Given::Result(value) | Given::Promise(value) => Ok(value),
    }
}

fn try_read(id: u32, most: u32) -> Js<Given> {
    let is_reading = stream(id).is_some_and(|stream| stream.is_reading);
    let begun = match is_reading {
        true => None,
        false => match begin(id, most) {
            Begun::Done(result) => return result.map(Given::Result),
            Begun::Blocked(block, capacity) => Some((block, capacity)),
        },
    };
    let (promise, resolve, reject) = capability()?;
    let request = Request {
        most,
        resolve,
        reject,
    };
    match begun {
        Some((block, capacity)) => wait(id, block, capacity, request),
        None => {
            if let Some(stream) = stream(id) {
                stream.queue.push_back(request);
            }
        }
    }
    Ok(Given::Promise(promise))
}

/// Drops a stream, unless that has happened.
///
/// # Errors
/// Throws while a call takes it.
pub fn cancel_object(object: &Value) -> Js<()> {
    cancel(object.raw(), "cancel")
}

/// Whether a stream can be read.
pub fn is_open(object: &Value) -> bool {
    let stream = number(object.raw()).and_then(stream);
    stream.is_some_and(|stream| matches!(stream.state, State::Open))
}

/// Whether a stream was, or is being, passed on.
pub fn is_passed(object: &Value) -> bool {
    let stream = number(object.raw()).and_then(stream);
    stream.is_some_and(|stream| matches!(stream.state, State::Passing | State::Passed))
}

fn resolved(value: Value) -> Js<Value> {
    // SAFETY: the value is alive.
    check(unsafe { sys::JS_NewSettledPromise(context(), false, value.raw()) })
}

fn cancel(this: sys::JSValue, method: &str) -> Js<()> {
    let id = this_number(this, method)?;
    match stream(id) {
        Some(stream) if matches!(stream.state, State::Open) => {
            stream.state = State::Ended;
            close(id, None);
            Ok(())
        }
        Some(stream) if matches!(stream.state, State::Passing) => Err(throw(
            ErrorKind::Type,
            "the stream cannot be cancelled while a call takes it",
        )),
        _ => Ok(()),
    }
}

fn this_number(this: sys::JSValue, method: &str) -> Js<u32> {
    number(this).ok_or_else(|| {
        throw(
            ErrorKind::Type,
            &format!("{method}: `this` is not a stream"),
        )
    })
}

fn to_promise(result: Js<Value>) -> sys::JSValue {
    let promise = result.or_else(|Thrown| {
        let reason = take_exception();
        // SAFETY: the value is alive.
        check(unsafe { sys::JS_NewSettledPromise(context(), true, reason.raw()) })
    });
    promise.map_or(sys::JS_EXCEPTION, Value::into_raw)
}

unsafe extern "C" fn js_read(
    _: *mut sys::JSContext,
    this: sys::JSValue,
    count: c_int,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    let arguments = match count {
        ..=0 => &[],
        // SAFETY: so many arguments there are.
        _ => unsafe { std::slice::from_raw_parts(arguments, 1) },
    };
    to_promise(read(this, arguments))
}

/// `next()` of an iterator, whose argument means nothing here
unsafe extern "C" fn js_next(
    _: *mut sys::JSContext,
    this: sys::JSValue,
    _: c_int,
    _: *mut sys::JSValue,
) -> sys::JSValue {
    to_promise(read(this, &[]))
}

unsafe extern "C" fn js_cancel(
    _: *mut sys::JSContext,
    this: sys::JSValue,
    _: c_int,
    _: *mut sys::JSValue,
) -> sys::JSValue {
    to_promise(cancel(this, "cancel").and_then(|()| resolved(Value::UNDEFINED)))
}

/// `return(value)` of an iterator
unsafe extern "C" fn js_return(
    _: *mut sys::JSContext,
    this: sys::JSValue,
    count: c_int,
    arguments: *mut sys::JSValue,
) -> sys::JSValue {
    let value = match count {
        ..=0 => Value::UNDEFINED,
        // SAFETY: there is one argument.
        _ => Value::borrow(unsafe { *arguments }),
    };
    let result = cancel(this, "return").and_then(|()| result(value, true));
    to_promise(result.and_then(resolved))
}

unsafe extern "C" fn js_dispose(
    _: *mut sys::JSContext,
    this: sys::JSValue,
    _: c_int,
    _: *mut sys::JSValue,
) -> sys::JSValue {
    match cancel(this, "[Symbol.dispose]") {
        Ok(()) => sys::JS_UNDEFINED,
        Err(Thrown) => sys::JS_EXCEPTION,
    }
}

unsafe extern "C" fn js_itself(
    _: *mut sys::JSContext,
    this: sys::JSValue,
    _: c_int,
    _: *mut sys::JSValue,
) -> sys::JSValue {
    match this_number(this, "getReader") {
        Ok(_) => Value::borrow(this).into_raw(),
        Err(Thrown) => sys::JS_EXCEPTION,
    }
}

unsafe extern "C" fn js_nothing(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: c_int,
    _: *mut sys::JSValue,
) -> sys::JSValue {
    sys::JS_UNDEFINED
}

/// The object has been collected.
unsafe extern "C" fn finalize(_: *mut sys::JSRuntime, object: sys::JSValue) {
    let Some(id) = number(object) else { return };
    let Some(stream) = stream(id) else { return };
    if matches!(stream.state, State::Open) && (stream.is_reading || !stream.queue.is_empty()) {
        stream.is_collected = true;
        return;
    }
    if matches!(stream.state, State::Open) {
        stream.channel.drop_readable(stream.handle);
    }
    streams().remove(&id);
}
