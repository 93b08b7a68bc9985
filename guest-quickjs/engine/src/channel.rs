//! What streams and futures have in common: their types, and the built-ins of the canonical ABI.
//!
//! An end of a channel is a handle. While it is being read or written it cannot be dropped or passed on;
//! a read or write that was begun has to end first, by itself or by being cancelled. Cancelling may
//! block, which only a task may do.

use crate::dispatch::{builtin, dispatch};
use crate::future;
use crate::pump;
use crate::stream;
use crate::types::{Elements, Kind, Type};
use outwit_descriptor::channel as number;
use outwit_quickjs_runtime::{ErrorKind, Js, Value, alloc_raw, free_raw, sys, throw, trap};

/// The type of a stream or a future.
pub struct Channel {
    /// The type of what goes through it, if anything does.
    pub element: Option<&'static Type>,
    /// The same as a list, for many elements at once.
    list: Option<&'static Type>,
    /// Whether elements are, or hold, handles: those are passed on one by one.
    pub has_handles: bool,
    /// The first dispatch number.
    dispatch: u32,
    is_stream: bool,
    /// How it is called in messages.
    pub name: Box<str>,
}

/// What became of a read or a write.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It goes on; an event tells when it ends.
    Blocked,
    /// It ended after this many elements.
    Ended(End, u32),
}

/// Why a read or a write ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The other end did its part.
    Completed,
    /// The other end is gone.
    Dropped,
    /// It was cancelled.
    Cancelled,
}

impl Status {
    /// Reads a status word.
    pub fn of(word: u32) -> Status {
        const BLOCKED: u32 = u32::MAX;
        if word == BLOCKED {
            return Status::Blocked;
        }
        let end = match word & 0xf {
            0 => End::Completed,
            1 => End::Dropped,
            _ => End::Cancelled,
        };
        Status::Ended(end, word >> 4)
    }
}

impl Channel {
    /// Leaked, as types are.
    pub fn new(
        element: Option<&'static Type>,
        list: Option<&'static Type>,
        dispatch: u32,
        is_stream: bool,
    ) -> &'static Channel {
        let name = if is_stream { "stream" } else { "future" };
        let name = match element {
            Some(element) => format!("{name}<{}>", element.name),
            None => name.to_owned(),
        };
        Box::leak(Box::new(Channel {
            element,
            list,
            has_handles: element.is_some_and(has_handles),
            dispatch,
            is_stream,
            name: name.into(),
        }))
    }

    /// The type of many elements at once.
    pub fn list(&self) -> Option<&'static Type> {
        self.list
    }

    /// The typed array of elements that are numbers.
    pub fn numbers(&self) -> Option<&'static Elements> {
        match &self.list?.kind {
            Kind::NumberList(elements) => Some(elements),
            _ => None,
        }
    }

    /// Whether it is bytes that go through it.
    pub fn is_bytes(&self) -> bool {
        self.numbers()
            .is_some_and(|elements| elements.array == sys::JSTypedArrayEnum_JS_TYPED_ARRAY_UINT8)
    }

    /// The size of an element in memory.
    pub fn size(&self) -> u32 {
        self.element.map_or(0, |element| element.size)
    }

    /// Memory for this many elements.
    pub fn block(&self, count: u32) -> Block {
        let size = self.size() as usize * count as usize;
        Block(alloc_raw(size.max(8)))
    }

    /// Whether a handle of one type is also one of the other.
    pub fn is_same(&self, other: &Channel) -> bool {
        std::ptr::eq(self, other)
            || self.is_stream == other.is_stream && is_same_maybe(self.element, other.element)
    }

    /// A new channel: the readable and the writable end.
    ///
    /// # Errors
    /// Throws while the plugin is built.
    pub fn make(&self) -> Js<(u32, u32)> {
        match builtin(self.dispatch + number::NEW, []) {
            Some(pair) => Ok((pair as u32, (pair >> 32) as u32)),
            None => {
                let message = format!(
                    "a {} cannot be made while the plugin is built; make it in an exported function",
                    self.name
                );
                Err(throw(ErrorKind::Error, &message))
            }
        }
    }

    /// Reads up to `count` elements; a future always reads one.
    pub fn read(&self, readable: u32, at: *mut u8, count: u32) -> Status {
        self.transfer(number::READ, readable, at, count)
    }

    /// Writes up to `count` elements; a future always writes one.
    pub fn write(&self, writable: u32, at: *mut u8, count: u32) -> Status {
        /// More at once the canonical ABI does not take.
        const MOST: u32 = (1 << 28) - 1;
        self.transfer(number::WRITE, writable, at, count.min(MOST))
    }

    fn transfer(&self, what: u32, handle: u32, at: *mut u8, count: u32) -> Status {
        let mut arguments = [u64::from(handle), at as u64, u64::from(count)];
        let mut status = 0;
        // SAFETY: the built-in of a future ignores the last argument.
        if !unsafe { dispatch(self.dispatch + what, arguments.as_mut_ptr(), &mut status) } {
            trap(&format!("a {} has no built-ins here", self.name), "");
        }
        match Status::of(status as u32) {
            // what has one element counts none
            Status::Ended(End::Completed, _) if !self.is_stream => Status::Ended(End::Completed, 1),
            status => status,
        }
    }

    /// What the status word of an event says.
    pub fn status(&self, word: u32) -> Status {
        match Status::of(word) {
            Status::Ended(End::Completed, _) if !self.is_stream => Status::Ended(End::Completed, 1),
            status => status,
        }
    }

    /// Ends a read that goes on and is in no waitable set. Only in a task.
    pub fn cancel_read(&self, readable: u32) -> Status {
        self.cancel(number::CANCEL_READ, readable)
    }

    /// Ends a write that goes on and is in no waitable set. Only in a task.
    pub fn cancel_write(&self, writable: u32) -> Status {
        self.cancel(number::CANCEL_WRITE, writable)
    }

    fn cancel(&self, what: u32, handle: u32) -> Status {
        let word = builtin(self.dispatch + what, [handle]).unwrap_or(2);
        self.status(word as u32)
    }

    /// Drops the readable end.
    pub fn drop_readable(&self, readable: u32) {
        builtin(self.dispatch + number::DROP_READABLE, [readable]);
    }

    /// Drops the writable end. That of a future has to have written first, or have heard that there
    /// is no reader.
    pub fn drop_writable(&self, writable: u32) {
        builtin(self.dispatch + number::DROP_WRITABLE, [writable]);
    }
}

/// Memory of this module that something outside may write to as long as it lives.
pub struct Block(*mut u8);

impl Block {
    /// Where it is.
    pub fn at(&self) -> *mut u8 {
        self.0
    }

    /// Gives the memory away: it came from `alloc_raw`.
    pub fn into_raw(self) -> *mut u8 {
        let at = self.0;
        std::mem::forget(self);
        at
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: it came from `alloc_raw`, and nobody else has it.
        unsafe { free_raw(self.0) }
    }
}

/// An end of a channel that has been lowered, as long as that can be undone.
pub enum Loan {
    /// The readable end behind an object that is passed on.
    Stream(Value),
    /// The readable end behind a promise that is passed on.
    Future(Value),
    /// A new stream, by the number of what fills it.
    Pump(u32),
    /// A new future, by the number of what fills it.
    Writer(u32),
}

impl Loan {
    /// The other side has it.
    pub fn commit(&self) {
        match self {
            Loan::Stream(object) => stream::commit(object),
            Loan::Future(promise) => future::commit(promise),
            Loan::Pump(id) => pump::start(*id),
            Loan::Writer(id) => future::start(*id),
        }
    }

    /// The other side does not get it.
    pub fn undo(self) {
        match self {
            Loan::Stream(object) => stream::undo(&object),
            Loan::Future(promise) => future::undo(&promise),
            Loan::Pump(id) => pump::discard(id),
            Loan::Writer(id) => future::discard(id),
        }
    }
}

fn any_part(ty: &Type, test: &mut dyn FnMut(&Type) -> bool) -> bool {
    if test(ty) {
        return true;
    }
    match &ty.kind {
        Kind::List(element) => any_part(element, test),
        Kind::FixedList(list) => any_part(list.element, test),
        Kind::Map(entries) => any_part(entries.key, test) || any_part(entries.value, test),
        Kind::Record(fields) => fields.iter().any(|field| any_part(field.ty, test)),
        Kind::Tuple(items) => items.iter().any(|item| any_part(item.ty, test)),
        Kind::Variant(cases) => cases
            .cases
            .iter()
            .filter_map(|case| case.ty)
            .any(|ty| any_part(ty, test)),
        Kind::Option { value, .. } => any_part(value, test),
        Kind::Result { ok, err, .. } => {
            [ok, err].into_iter().flatten().any(|ty| any_part(ty, test))
        }
        _ => false,
    }
}

fn has_handles(ty: &'static Type) -> bool {
    any_part(ty, &mut |ty| {
        matches!(
            ty.kind,
            Kind::Own(_) | Kind::Borrow(_) | Kind::Stream(_) | Kind::Future(_)
        )
    })
}

fn is_same_maybe(a: Option<&'static Type>, b: Option<&'static Type>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => is_same(a, b),
        _ => false,
    }
}

/// Whether two types are one for the Component Model, which compares what they are made of.
fn is_same(a: &Type, b: &Type) -> bool {
    if std::ptr::eq(a, b) {
        return true;
    }
    match (&a.kind, &b.kind) {
        (Kind::Bool, Kind::Bool)
        | (Kind::U64, Kind::U64)
        | (Kind::S64, Kind::S64)
        | (Kind::Char, Kind::Char)
        | (Kind::String, Kind::String) => true,
        (Kind::Number(a), Kind::Number(b)) => a == b,
        (Kind::List(a), Kind::List(b)) => is_same(a, b),
        (Kind::NumberList(a), Kind::NumberList(b)) => is_same(a.ty, b.ty),
        (Kind::FixedList(a), Kind::FixedList(b)) => {
            a.length == b.length && is_same(a.element, b.element)
        }
        (Kind::Map(a), Kind::Map(b)) => is_same(a.key, b.key) && is_same(a.value, b.value),
        (Kind::Record(a), Kind::Record(b)) => {
            a.len() == b.len()
                && a.iter().zip(b).all(|(a, b)| {
                    a.js_name == b.js_name && a.offset == b.offset && is_same(a.ty, b.ty)
                })
        }
        (Kind::Tuple(a), Kind::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a.ty, b.ty))
        }
        (Kind::Variant(a), Kind::Variant(b)) | (Kind::Enum(a), Kind::Enum(b)) => {
            a.cases.len() == b.cases.len()
                && a.cases
                    .iter()
                    .zip(&b.cases)
                    .all(|(a, b)| a.name == b.name && is_same_maybe(a.ty, b.ty))
        }
        (Kind::Flags(a), Kind::Flags(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.js_name == b.js_name)
        }
        (Kind::Option { value: a, .. }, Kind::Option { value: b, .. }) => is_same(a, b),
        (
            Kind::Result {
                ok: a, err: a_err, ..
            },
            Kind::Result {
                ok: b, err: b_err, ..
            },
        ) => is_same_maybe(*a, *b) && is_same_maybe(*a_err, *b_err),
        (Kind::Own(a), Kind::Own(b)) | (Kind::Borrow(a), Kind::Borrow(b)) => std::ptr::eq(*a, *b),
        (Kind::Stream(a), Kind::Stream(b)) | (Kind::Future(a), Kind::Future(b)) => a.is_same(b),
        _ => false,
    }
}
