//! Calls that come in.

use crate::handle::Borrows;
use crate::lift::{lift_flat, lift_memory};
use crate::lower::{Chosen, lower_case_flat, lower_case_memory, lower_flat, lower_memory};
use crate::mismatch::{Fail, Lowered};
use crate::scope::Scope;
use crate::types::{Kind, Type};
use crate::world::{Export, Function, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, World};
use crate::{future, task, waits};
use outwit_quickjs_runtime::{
    Atom, Global, Js, Value, alloc_raw, drain_jobs, first_unhandled, forget_rejection, free_lifted,
    has_jobs, sys, take_exception, trap, trap_with_report,
};
use std::mem::MaybeUninit;

/// The slots in which export thunks store their core parameters.
static ARGUMENTS: Global<[u64; 17]> = Global::new([0; 17]);
/// Where the result of the last synchronous call is, large enough for any.
static RESULT: Global<*mut u64> = Global::new(std::ptr::null_mut());
/// What the result of the last synchronous call points to.
static RESULT_SCOPE: Global<Option<Scope>> = Global::new(None);
/// The own property of an error that carries the error of a `result`.
static PAYLOAD: Global<Option<Atom>> = Global::new(None);

/// Calls with at most this many parameters allocate nothing for them.
const INLINE_PARAMS: usize = 8;

/// What became of a call of a plugin's function.
pub enum Outcome {
    Returned(Value),
    Threw(Value),
}

/// Where a result is written.
#[derive(Clone, Copy)]
pub enum Place {
    Slots(*mut u64),
    Memory(*mut u8),
}

/// Prepares for calls of this world's exports.
pub fn install(world: &World) -> Js<()> {
    let results = world.exported.iter().filter_map(|export| export.ty.result);
    let size = results.map(|ty| ty.size).max().unwrap_or(0).max(8);
    // SAFETY: one thread, while nothing is being called.
    unsafe {
        *RESULT.get() = alloc_raw(size as usize).cast();
        *PAYLOAD.get() = Some(Atom::new("payload")?);
    }
    Ok(())
}

/// The slots in which export thunks store their core parameters.
pub fn arguments() -> *mut u64 {
    ARGUMENTS.get().cast()
}

/// A synchronous call.
///
/// # Safety
/// `arguments` are the core parameters of the export.
pub unsafe fn call(number: u32, arguments: *const u64) -> *mut u64 {
    let export = export(number);
    if waits::has_orphans() {
        waits::poll();
    }
    // SAFETY: by contract.
    let (outcome, mut borrows) = unsafe { invoke(export, arguments) };
    drain_jobs();
    let outcome = settle(&export.ty, outcome);
    check_unhandled();

    // SAFETY: one thread; no reference to these variables lives on.
    unsafe {
        let result = *RESULT.get();
        let place = match export.ty.result {
            Some(ty) if ty.flat > MAX_FLAT_RESULTS => Place::Memory(result.cast()),
            _ => Place::Slots(result),
        };
        let mut scope = Scope::new();
        lower_outcome(&export.ty, outcome, place, &mut scope);
        scope.commit();
        // lowering runs getters, and those may have queued more
        if has_jobs() {
            drain_jobs();
        }
        check_unhandled();
        task::wake_settled();
        borrows.give_back();
        if !scope.is_empty() {
            *RESULT_SCOPE.get() = Some(scope);
        }
        result
    }
}

/// Frees what the last result points to.
pub fn post_return() {
    // SAFETY: one thread; the scope is taken out before it is dropped.
    drop(unsafe { (*RESULT_SCOPE.get()).take() });
}

/// The export of this number.
pub fn export(number: u32) -> &'static Export {
    match World::get().and_then(|world| world.exported.get(number as usize)) {
        Some(export) => export,
        None => trap(&format!("there is no export {number}"), ""),
    }
}

/// Lifts the parameters and calls the function. What was borrowed has to be given back before the
/// call returns its result.
///
/// # Safety
/// `arguments` are the core parameters of the export.
pub unsafe fn invoke(export: &Export, arguments: *const u64) -> (Outcome, Borrows) {
    let mut params = Params::new(export.ty.params.len());
    // SAFETY: by contract.
    let lifted = unsafe { lift_params(&export.ty, arguments, &mut params) };
    let borrows = Borrows::received();
    let outcome = match lifted.and_then(|()| export.callee.call(params.values())) {
        Ok(value) => Outcome::Returned(value),
        Err(_) => Outcome::Threw(take_exception()),
    };
    (outcome, borrows)
}

/// Lifted parameters: a few in place, more in a block of their own.
struct Params {
    inline: [MaybeUninit<Value>; INLINE_PARAMS],
    len: usize,
    block: Vec<Value>,
}

impl Params {
    #[inline]
    fn new(count: usize) -> Params {
        let block = if count > INLINE_PARAMS {
            Vec::with_capacity(count)
        } else {
            Vec::new()
        };
        Params {
            inline: [const { MaybeUninit::uninit() }; INLINE_PARAMS],
            len: 0,
            block,
        }
    }

    #[inline]
    fn push(&mut self, value: Value) {
        if self.block.capacity() > 0 {
            self.block.push(value);
        } else if let Some(place) = self.inline.get_mut(self.len) {
            place.write(value);
            self.len += 1;
        }
    }

    #[inline]
    fn values(&self) -> &[Value] {
        if self.block.capacity() > 0 {
            return &self.block;
        }
        // SAFETY: the first `len` are written.
        unsafe { std::slice::from_raw_parts(self.inline.as_ptr().cast(), self.len) }
    }
}

impl Drop for Params {
    #[inline]
    fn drop(&mut self) {
        for value in &mut self.inline[..self.len] {
            // SAFETY: the first `len` are written, and not used again.
            unsafe { value.assume_init_drop() }
        }
    }
}

#[inline]
unsafe fn lift_params(ty: &Function, arguments: *const u64, params: &mut Params) -> Js<()> {
    // SAFETY: by contract of `invoke`; parameters in memory are in a block of our own.
    unsafe {
        if ty.params_flat <= MAX_FLAT_PARAMS {
            let mut slots = arguments;
            for item in &ty.params {
                params.push(lift_flat(item.ty, &mut slots)?);
            }
        } else {
            let block = *arguments.cast::<u32>() as *mut u8;
            for item in &ty.params {
                params.push(lift_memory(item.ty, block.add(item.offset as usize))?);
            }
            free_lifted(block);
        }
    }
    Ok(())
}

/// Replaces a promise, in a synchronous call, with what it was settled with.
fn settle(ty: &Function, outcome: Outcome) -> Outcome {
    let Outcome::Returned(promise) = &outcome else {
        return outcome;
    };
    if !promise.is_promise() {
        return outcome;
    }
    forget_rejection(promise);
    if future::observe(promise).is_err() {
        return Outcome::Threw(take_exception());
    }
    settled(promise).unwrap_or_else(|| {
        let message = format!(
            "Error: {} returned a promise that can no longer settle in a synchronous export: it waits \
             for something that only an `async func` can wait for",
            ty.title()
        );
        trap(&message, "")
    })
}

/// What a promise was settled with, if it was.
pub fn settled(promise: &Value) -> Option<Outcome> {
    let context = outwit_quickjs_runtime::context();
    // SAFETY: the promise is alive.
    unsafe {
        let state = sys::JS_PromiseState(context, promise.raw());
        let result = || Value::own(sys::JS_PromiseResult(context, promise.raw()));
        match state {
            sys::JSPromiseStateEnum_JS_PROMISE_FULFILLED => Some(Outcome::Returned(result())),
            sys::JSPromiseStateEnum_JS_PROMISE_REJECTED => Some(Outcome::Threw(result())),
            _ => None,
        }
    }
}

/// Ends the instance if something was thrown that no code will ever see.
pub fn check_unhandled() {
    if let Some(unhandled) = first_unhandled() {
        trap_with_report(&unhandled.reason);
    }
}

/// Lowers what a function returned or threw, or ends the instance if there is no place for it.
///
/// # Safety
/// The place is one for the function's result.
pub unsafe fn lower_outcome(ty: &Function, outcome: Outcome, place: Place, scope: &mut Scope) {
    // SAFETY: by contract.
    let lowered = unsafe {
        match (&ty.result, &outcome) {
            (None, Outcome::Returned(_)) => Ok(()),
            (Some(result), outcome) if matches!(result.kind, Kind::Result { .. }) => {
                lower_result(result, outcome, place, scope)
            }
            (Some(result), Outcome::Returned(value)) => {
                lower_whole(result, value.raw(), place, scope)
            }
            (_, Outcome::Threw(_)) => Err(Fail::Thrown),
        }
    };
    let Err(fail) = lowered else { return };
    match outcome {
        // What the function threw says more than why it does not fit.
        Outcome::Threw(thrown) => {
            if matches!(fail, Fail::Thrown) && ty.result.is_some() {
                drop(take_exception());
            }
            trap_with_report(&thrown)
        }
        Outcome::Returned(_) => {
            fail.throw(&format!("result of {}", ty.title()), "");
            trap_with_report(&take_exception())
        }
    }
}

/// Lowers a value that no `result` surrounds.
///
/// # Safety
/// The place is one for a value of this type.
pub unsafe fn lower_whole(
    ty: &'static Type,
    value: sys::JSValue,
    place: Place,
    scope: &mut Scope,
) -> Lowered {
    // SAFETY: by contract.
    unsafe {
        match place {
            Place::Slots(slots) => lower_flat(ty, value, slots, scope),
            Place::Memory(at) => lower_memory(ty, value, at, scope),
        }
    }
}

/// Lowers a `result`: what was returned is its value, what was thrown its error.
///
/// # Safety
/// The place is one for a value of this type.
pub unsafe fn lower_result(
    ty: &'static Type,
    outcome: &Outcome,
    place: Place,
    scope: &mut Scope,
) -> Lowered {
    let Kind::Result { ok, err, .. } = &ty.kind else {
        return Err(Fail::Thrown);
    };
    let chosen = match outcome {
        Outcome::Returned(value) => Chosen {
            tag: 0,
            ty: *ok,
            payload: value.clone(),
            field: None,
        },
        Outcome::Threw(thrown) => Chosen {
            tag: 1,
            ty: *err,
            payload: error_payload(*err, thrown)?,
            field: None,
        },
    };
    // SAFETY: by contract of `lower_outcome`.
    unsafe {
        match place {
            Place::Slots(slots) => lower_case_flat(ty, &chosen, slots, scope),
            Place::Memory(at) => lower_case_memory(ty, &chosen, at, scope),
        }
    }
}

/// What of something thrown is the error of a `result`.
fn error_payload(err: Option<&Type>, thrown: &Value) -> Lowered<Value> {
    // SAFETY: written once, before any call.
    let payload = unsafe { (*PAYLOAD.get()).as_ref() };
    if let Some(payload) = payload.and_then(|name| thrown.own_data(name)) {
        return Ok(payload);
    }
    match err {
        Some(ty) if thrown.is_error() && matches!(ty.kind, Kind::String) => {
            Ok(thrown.get_named("message")?)
        }
        Some(_) => Ok(thrown.clone()),
        // An error that carries nothing: only one that was meant for the caller is.
        None if thrown.is_undefined() => Ok(Value::UNDEFINED),
        None => Err(Fail::expected("a ComponentError", thrown.raw())),
    }
}
