//! Handles of resources that others define.
//!
//! An object of such a resource holds its handle where JavaScript cannot see it. A handle ends in one
//! of three ways: the object is disposed of or collected, it is passed on, or, if it was only borrowed,
//! the call it was borrowed for ends. Using the object afterwards is an error that says which.
//!
//! What a call passes is only held at first: a *loan*. Loans become final when the call is made, and
//! are undone if it cannot be, as when a later argument does not fit.

use crate::dispatch::builtin;
use crate::instances;
use crate::mismatch::{Fail, Lowered};
use crate::resource::Resource;
use crate::scope::Scope;
use outwit_quickjs_runtime::{
    ErrorKind, Global, Js, Value, check, context, runtime, sys, throw, trap,
};
use std::cell::Cell;
use std::ffi::c_int;
use std::mem::take;

/// What an object has.
struct Handle {
    resource: &'static Resource,
    number: u32,
    state: Cell<State>,
    /// How many calls that are going on borrow it.
    lent: Cell<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Owned,
    Borrowed,
    /// An argument of a call that is about to be made.
    Passing,
    Passed,
    Disposed,
    Expired,
}

/// What has been lowered, as long as it can be undone.
pub enum Loan {
    /// An object whose handle a call borrows.
    Lent(Value),
    /// An object whose handle is given away.
    Passing(Value),
    /// A new handle of an object of the plugin's own.
    Made {
        resource: &'static Resource,
        number: u32,
    },
}

static CLASS: Global<sys::JSClassID> = Global::new(0);
/// The objects of borrowed handles that have been lifted since anybody asked.
static BORROWED: Global<Vec<Value>> = Global::new(Vec::new());

fn class() -> sys::JSClassID {
    // SAFETY: plain data.
    unsafe { *CLASS.get() }
}

/// Tells QuickJS what kind of object this is.
pub fn install() -> Js<()> {
    // SAFETY: one thread; the definition is copied.
    unsafe {
        sys::JS_NewClassID(runtime(), CLASS.get());
        let definition = sys::JSClassDef {
            class_name: c"Resource".as_ptr(),
            finalizer: Some(finalize),
            gc_mark: None,
            call: None,
            exotic: std::ptr::null_mut(),
        };
        if sys::JS_NewClass(runtime(), class(), &definition) < 0 {
            return Err(throw(ErrorKind::Error, "out of memory"));
        }
    }
    Ok(())
}

/// What an object has, if it is one of this module's.
#[inline]
fn handle(value: sys::JSValue) -> Option<&'static Handle> {
    // SAFETY: the opaque of this class is a handle, which lives as long as the object; callers keep
    // the reference no longer than that.
    unsafe { sys::JS_GetOpaque(value, class()).cast::<Handle>().as_ref() }
}

/// The name of an object's class, if it is one of this module's.
pub fn class_name(value: sys::JSValue) -> Option<&'static str> {
    handle(value).map(|handle| &*handle.resource.js_name)
}

fn object(resource: &'static Resource, number: u32, state: State) -> Js<Value> {
    // SAFETY: the prototype is alive; the object takes over the box.
    unsafe {
        let prototype = resource.prototype().raw();
        let object = check(sys::JS_NewObjectProtoClass(context(), prototype, class()));
        let object = object.inspect_err(|_| drop_handle(resource, number))?;
        let handle = Box::new(Handle {
            resource,
            number,
            state: Cell::new(state),
            lent: Cell::new(0),
        });
        sys::JS_SetOpaque(object.raw(), Box::into_raw(handle).cast());
        Ok(object)
    }
}

/// The object of an `own` handle that arrived.
pub fn lift_own(resource: &'static Resource, number: u32) -> Js<Value> {
    if resource.imported {
        object(resource, number, State::Owned)
    } else {
        instances::take(resource, number)
    }
}

/// The object of a `borrow` handle that arrived; of the plugin's own resources that is their number.
pub fn lift_borrow(resource: &'static Resource, number: u32) -> Js<Value> {
    if !resource.imported {
        return instances::get(number);
    }
    let object = object(resource, number, State::Borrowed)?;
    // SAFETY: one thread; nothing else runs meanwhile.
    unsafe { (*BORROWED.get()).push(object.clone()) };
    Ok(object)
}

/// The handle of an object that is given away.
pub fn lower_own(
    resource: &'static Resource,
    value: sys::JSValue,
    scope: &mut Scope,
) -> Lowered<u32> {
    if !resource.imported {
        return instances::lower(resource, value, scope);
    }
    let handle = usable(resource, value)?;
    let name = &resource.js_name;
    if handle.state.get() == State::Borrowed {
        return Err(Fail::because(&format!(
            "this {name} is only borrowed and cannot be given away"
        )));
    }
    if handle.lent.get() > 0 {
        return Err(Fail::because(&format!(
            "this {name} cannot be given away while a call borrows it"
        )));
    }
    handle.state.set(State::Passing);
    scope.hold(Loan::Passing(Value::borrow(value)));
    Ok(handle.number)
}

/// The handle of an object that is lent.
pub fn lower_borrow(
    resource: &'static Resource,
    value: sys::JSValue,
    scope: &mut Scope,
) -> Lowered<u32> {
    if !resource.imported {
        return Err(Fail::because("it cannot be lent"));
    }
    let handle = usable(resource, value)?;
    handle.lent.set(handle.lent.get() + 1);
    scope.hold(Loan::Lent(Value::borrow(value)));
    Ok(handle.number)
}

/// What an object has, if it is of this class and can still be used.
#[inline]
fn usable(resource: &'static Resource, value: sys::JSValue) -> Lowered<&'static Handle> {
    let handle = handle(value).filter(|handle| std::ptr::eq(handle.resource, resource));
    let Some(handle) = handle else {
        return Err(Fail::expected(&resource.title(), value));
    };
    match handle.state.get() {
        State::Owned | State::Borrowed => Ok(handle),
        state => Err(unusable(&resource.js_name, state)),
    }
}

#[cold]
fn unusable(name: &str, state: State) -> Fail {
    let why = match state {
        State::Passing => "is being given away already",
        State::Passed => "was given away by an earlier call",
        State::Disposed => "has been disposed of",
        _ => "was borrowed for a call that has ended",
    };
    Fail::because(&format!("this {name} {why}"))
}

impl Loan {
    /// The call was made. Says whether there is anything left to undo when it ends.
    pub fn commit(&self) -> bool {
        match self {
            Loan::Lent(_) => true,
            Loan::Passing(object) => {
                if let Some(handle) = handle(object.raw()) {
                    handle.state.set(State::Passed);
                }
                false
            }
            Loan::Made { .. } => false,
        }
    }

    /// The call was not made, or what it borrowed is back.
    pub fn undo(self) {
        match self {
            Loan::Lent(object) => {
                if let Some(handle) = handle(object.raw()) {
                    handle.lent.set(handle.lent.get().saturating_sub(1));
                }
            }
            Loan::Passing(object) => {
                if let Some(handle) = handle(object.raw()) {
                    handle.state.set(State::Owned);
                }
            }
            Loan::Made { resource, number } => instances::unmake(resource, number),
        }
    }
}

/// The borrowed handles that a call of the plugin received.
#[derive(Default)]
pub struct Borrows(Vec<Value>);

impl Borrows {
    /// Those that have been lifted since this was last asked.
    #[inline]
    pub fn received() -> Borrows {
        // SAFETY: one thread; nothing else runs meanwhile.
        Borrows(take(unsafe { &mut *BORROWED.get() }))
    }

    /// Gives them back: the call ends. The canonical ABI wants that before the result is returned.
    #[inline]
    pub fn give_back(&mut self) {
        for object in self.0.drain(..) {
            let Some(handle) = handle(object.raw()) else {
                continue;
            };
            if handle.state.get() != State::Borrowed {
                continue;
            }
            if handle.lent.get() > 0 {
                let name = &handle.resource.js_name;
                trap(
                    &format!(
                        "Error: a borrowed {name} is still lent to a call that the plugin made when its \
                         own call ends; wait for that call first"
                    ),
                    "",
                );
            }
            handle.state.set(State::Expired);
            drop_handle(handle.resource, handle.number);
        }
    }
}

fn drop_handle(resource: &Resource, number: u32) {
    builtin(resource.drop, [number]);
}

/// `[Symbol.dispose]()`. Doing it twice, or after the object was given away, does nothing.
pub unsafe extern "C" fn js_dispose(
    _: *mut sys::JSContext,
    this: sys::JSValue,
    _: c_int,
    _: *mut sys::JSValue,
) -> sys::JSValue {
    let Some(handle) = handle(this) else {
        throw(
            ErrorKind::Type,
            "[Symbol.dispose]: `this` is not a resource of an imported interface",
        );
        return sys::JS_EXCEPTION;
    };
    let name = &handle.resource.js_name;
    match handle.state.get() {
        State::Owned | State::Borrowed if handle.lent.get() > 0 => {
            let message = format!("this {name} cannot be disposed of while a call borrows it");
            throw(ErrorKind::Type, &message);
            sys::JS_EXCEPTION
        }
        State::Passing => {
            let message = format!("this {name} cannot be disposed of while a call takes it");
            throw(ErrorKind::Type, &message);
            sys::JS_EXCEPTION
        }
        State::Owned | State::Borrowed => {
            handle.state.set(State::Disposed);
            drop_handle(handle.resource, handle.number);
            sys::JS_UNDEFINED
        }
        State::Passed | State::Disposed | State::Expired => sys::JS_UNDEFINED,
    }
}

/// The object has been collected.
unsafe extern "C" fn finalize(_: *mut sys::JSRuntime, object: sys::JSValue) {
    // SAFETY: the opaque is the box that `object` gave, or null if it got none.
    let handle = unsafe {
        let handle = sys::JS_GetOpaque(object, class()).cast::<Handle>();
        if handle.is_null() {
            return;
        }
        Box::from_raw(handle)
    };
    if matches!(handle.state.get(), State::Owned | State::Borrowed) {
        drop_handle(handle.resource, handle.number);
    }
}
