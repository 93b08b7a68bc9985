//! Calls that go out.

use crate::component_error::new as component_error;
use crate::dispatch::dispatch;
use crate::lift::{lift_flat, lift_memory};
use crate::lower::{lower_flat, lower_memory};
use crate::scope::Scope;
use crate::types::{Item, Kind, Type};
use crate::world::{
    Function, FunctionKind, MAX_FLAT_ASYNC_PARAMS, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, World,
};
use crate::{is_built, subtask, task};
use outwit_quickjs_runtime::{
    ErrorKind, Js, Thrown, Value, check, context, sys, take_exception, throw, throw_value,
};
use std::ffi::{CString, c_int};

/// Results of at most this size need no block of their own.
const INLINE_RESULT: usize = 16;

/// Methods with at most this many arguments need no block for them.
const INLINE_ARGUMENTS: usize = 8;

/// The status of a call of an asynchronous import, in the low bits of what the call returns.
pub mod status {
    /// The call has not taken its parameters yet.
    pub const STARTING: u32 = 0;
    /// The call returned; there is no subtask.
    pub const RETURNED: u32 = 2;
    /// It was cancelled before it took its parameters; there is another number for later.
    pub const CANCELLED_BEFORE_STARTED: u32 = 3;
    /// The bits of the status.
    pub const MASK: u32 = 0xf;
    /// The subtask is in the bits above.
    pub const SHIFT: u32 = 4;
}

/// The JavaScript function that calls an import.
pub fn function(number: usize, ty: &Function) -> Js<Value> {
    let (call, count): (Magic, _) = match ty.kind {
        FunctionKind::Method(_) => (call_method, ty.params.len() - 1),
        _ => (call, ty.params.len()),
    };
    let kind = sys::JSCFunctionEnum_JS_CFUNC_generic_magic;
    new_function(&ty.js_name, call, count, kind, number)
}

/// The class whose constructor is an import.
pub fn constructor(number: usize, ty: &Function, name: &str) -> Js<Value> {
    let kind = sys::JSCFunctionEnum_JS_CFUNC_constructor_magic;
    new_function(name, construct, ty.params.len(), kind, number)
}

/// A function that knows its number.
type Magic = unsafe extern "C" fn(
    *mut sys::JSContext,
    sys::JSValue,
    c_int,
    *mut sys::JSValue,
    c_int,
) -> sys::JSValue;

/// Makes a function that knows its number.
pub fn new_function(
    name: &str,
    function: Magic,
    params: usize,
    kind: sys::JSCFunctionEnum,
    number: usize,
) -> Js<Value> {
    let name = CString::new(name).unwrap_or_default();
    // SAFETY: the union is read as what it was written as: the type that kinds with magic want.
    check(unsafe {
        sys::JS_NewCFunction2(
            context(),
            sys::JSCFunctionType {
                generic_magic: Some(function),
            }
            .generic,
            name.as_ptr(),
            params as c_int,
            kind,
            number as c_int,
        )
    })
}

/// The first parameter of a method is what it is called on.
unsafe extern "C" fn call_method(
    context: *mut sys::JSContext,
    this: sys::JSValue,
    _: c_int,
    arguments: *mut sys::JSValue,
    number: c_int,
) -> sys::JSValue {
    let ty = World::get().and_then(|world| world.imported.get(usize::from(number as u16)));
    let rest = ty.map_or(0, |ty| ty.params.len().saturating_sub(1));
    // SAFETY: QuickJS passes at least as many arguments as the function has parameters.
    let arguments = unsafe { std::slice::from_raw_parts(arguments, rest) };
    let mut inline = [sys::JS_UNDEFINED; INLINE_ARGUMENTS + 1];
    let mut block;
    let all = match inline.get_mut(1..=rest) {
        Some(place) => {
            place.copy_from_slice(arguments);
            &mut inline[..]
        }
        None => {
            block = [&[this], arguments].concat();
            &mut block[..]
        }
    };
    all[0] = this;
    // SAFETY: the arguments are alive, and only lent.
    unsafe { call(context, this, rest as c_int + 1, all.as_mut_ptr(), number) }
}

/// `new Class(…)`: the first parameter is `new.target`.
unsafe extern "C" fn construct(
    context: *mut sys::JSContext,
    target: sys::JSValue,
    count: c_int,
    arguments: *mut sys::JSValue,
    number: c_int,
) -> sys::JSValue {
    // SAFETY: passes on what QuickJS passed.
    let made = check(unsafe { call(context, target, count, arguments, number) });
    let made = made.and_then(|object| derive(object, &Value::borrow(target)));
    made.map_or(sys::JS_EXCEPTION, Value::into_raw)
}

/// Makes a new object one of the class that extends its own.
fn derive(object: Value, target: &Value) -> Js<Value> {
    let prototype = target.get_named("prototype")?;
    // SAFETY: both are alive.
    let set = !prototype.is_object()
        || unsafe { sys::JS_SetPrototype(context(), object.raw(), prototype.raw()) } >= 0;
    if set { Ok(object) } else { Err(Thrown) }
}

unsafe extern "C" fn call(
    _: *mut sys::JSContext,
    _: sys::JSValue,
    _: c_int,
    arguments: *mut sys::JSValue,
    number: c_int,
) -> sys::JSValue {
    // QuickJS keeps the number in 16 bits with a sign
    let number = usize::from(number as u16);
    let Some(ty) = World::get().and_then(|world| world.imported.get(number)) else {
        return sys::JS_EXCEPTION;
    };
    // SAFETY: QuickJS passes at least as many arguments as the function has parameters.
    let called = unsafe {
        let arguments = std::slice::from_raw_parts(arguments, ty.params.len());
        if ty.is_async {
            call_async(ty, arguments)
        } else {
            call_sync(ty, arguments)
        }
    };
    called.map_or(sys::JS_EXCEPTION, Value::into_raw)
}

/// Lowers the arguments into slots, or into a block when they are too many.
fn lower_arguments(
    ty: &'static Function,
    arguments: &[sys::JSValue],
    slots: *mut u64,
    max_flat: u32,
    scope: &mut Scope,
) -> Js<usize> {
    let throw_at = |index: usize, fail: crate::mismatch::Fail| -> Thrown {
        let is_method = matches!(ty.kind, FunctionKind::Method(_));
        if is_method && index == 0 {
            return fail.throw(&format!("`this` of {}", ty.title()), "");
        }
        let number = index + usize::from(!is_method);
        let name = &*ty.param_names[index];
        fail.throw(&format!("argument {number} (\"{name}\")"), name)
    };
    if ty.params_flat <= max_flat {
        let mut used = 0;
        for (index, (item, argument)) in ty.params.iter().zip(arguments).enumerate() {
            // SAFETY: the slots suffice for `max_flat` values.
            unsafe { lower_flat(item.ty, *argument, slots.add(used), scope) }
                .map_err(|fail| throw_at(index, fail))?;
            used += item.ty.flat as usize;
        }
        return Ok(used);
    }
    let block = scope.block(ty.params_size as usize);
    for (index, (Item { ty, offset }, argument)) in ty.params.iter().zip(arguments).enumerate() {
        // SAFETY: the block is as large as the parameters.
        unsafe { lower_memory(ty, *argument, block.add(*offset as usize), scope) }
            .map_err(|fail| throw_at(index, fail))?;
    }
    // SAFETY: there is at least one slot.
    unsafe { *slots = block as u64 };
    Ok(1)
}

fn call_sync(ty: &'static Function, arguments: &[sys::JSValue]) -> Js<Value> {
    let mut slots = [0u64; MAX_FLAT_PARAMS as usize + 1];
    let mut result = [0u64; INLINE_RESULT];
    let mut scope = Scope::new();
    let used = lower_arguments(
        ty,
        arguments,
        slots.as_mut_ptr(),
        MAX_FLAT_PARAMS,
        &mut scope,
    )?;
    let mut area = result.as_mut_ptr().cast::<u8>();
    let in_memory = ty.result.filter(|result| result.flat > MAX_FLAT_RESULTS);
    if let Some(result) = in_memory {
        if result.size as usize > INLINE_RESULT * 8 {
            area = scope.block(result.size as usize);
        }
        slots[used] = area as u64;
    }
    // SAFETY: the slots hold the core parameters; the area is large enough for the result.
    unsafe {
        if !dispatch(ty.dispatch, slots.as_mut_ptr(), result.as_mut_ptr()) {
            return Err(unavailable(ty));
        }
        scope.commit();
        match ty.result {
            None => Ok(Value::UNDEFINED),
            Some(_) if in_memory.is_some() => lift_result(ty, From::Memory(area)),
            Some(_) => lift_result(ty, From::Slots(result.as_ptr())),
        }
    }
}

/// Arguments that do not fit reject the promise; an import is an `async` function.
fn call_async(ty: &'static Function, arguments: &[sys::JSValue]) -> Js<Value> {
    if let Some(reason) = task::abort_reason() {
        return settled_promise(Err(throw_value(reason)));
    }
    start(ty, arguments).or_else(|Thrown| settled_promise(Err(Thrown)))
}

fn start(ty: &'static Function, arguments: &[sys::JSValue]) -> Js<Value> {
    let mut slots = [0u64; MAX_FLAT_ASYNC_PARAMS as usize + 1];
    let mut status = 0u64;
    let mut scope = Scope::new();
    let used = lower_arguments(
        ty,
        arguments,
        slots.as_mut_ptr(),
        MAX_FLAT_ASYNC_PARAMS,
        &mut scope,
    )?;
    let mut area = std::ptr::null_mut();
    if let Some(result) = ty.result {
        area = scope.block(result.size as usize);
        slots[used] = area as u64;
    }
    // SAFETY: the slots hold the core parameters; the scope keeps what they point to until the end.
    if !unsafe { dispatch(ty.dispatch, slots.as_mut_ptr(), &mut status) } {
        return Err(unavailable(ty));
    }
    let status = status as u32;
    if status & status::MASK == status::RETURNED {
        scope.commit();
        // SAFETY: the call wrote its result.
        return settled_promise(unsafe { lift_async_result(ty, area) });
    }
    subtask::wait_for(status, task::current(), ty, area, scope)
}

/// What an asynchronous call returned.
///
/// # Safety
/// The call wrote its result to the area.
pub unsafe fn lift_async_result(ty: &'static Function, area: *const u8) -> Js<Value> {
    match ty.result {
        None => Ok(Value::UNDEFINED),
        // SAFETY: by contract.
        Some(_) => unsafe { lift_result(ty, From::Memory(area)) },
    }
}

/// A promise that is settled already.
fn settled_promise(result: Js<Value>) -> Js<Value> {
    let (is_reject, value) = match result {
        Ok(value) => (false, value),
        Err(_) => (true, take_exception()),
    };
    // SAFETY: the value is alive.
    check(unsafe { sys::JS_NewSettledPromise(context(), is_reject, value.raw()) })
}

#[derive(Clone, Copy)]
enum From {
    Slots(*const u64),
    Memory(*const u8),
}

impl From {
    /// # Safety
    /// There is a value of this type.
    unsafe fn lift(self, ty: &Type) -> Js<Value> {
        // SAFETY: by contract.
        unsafe {
            match self {
                From::Slots(mut slots) => lift_flat(ty, &mut slots),
                From::Memory(at) => lift_memory(ty, at),
            }
        }
    }

    /// What follows the discriminant of a `result`.
    fn payload(self, offset: u32) -> From {
        match self {
            From::Slots(slots) => From::Slots(slots.wrapping_add(1)),
            From::Memory(at) => From::Memory(at.wrapping_add(offset as usize)),
        }
    }
}

/// Lifts a function's result: the error of a `result` is thrown.
unsafe fn lift_result(ty: &'static Function, from: From) -> Js<Value> {
    match ty.result {
        // SAFETY: by contract of the callers.
        Some(result) => unsafe { lift_thrown(result, from) },
        None => Ok(Value::UNDEFINED),
    }
}

/// Lifts a value from memory; the error of a `result` is thrown.
///
/// # Safety
/// The memory holds a value of this type that the host lowered.
pub unsafe fn lift_result_memory(ty: &'static Type, at: *const u8) -> Js<Value> {
    // SAFETY: by contract.
    unsafe { lift_thrown(ty, From::Memory(at)) }
}

unsafe fn lift_thrown(result: &'static Type, from: From) -> Js<Value> {
    // SAFETY: by contract of the callers.
    unsafe {
        let Kind::Result { ok, err, offset } = &result.kind else {
            return from.lift(result);
        };
        let is_err = match from {
            From::Slots(slots) => *slots.cast::<u32>() != 0,
            From::Memory(at) => *at != 0,
        };
        let payload = match if is_err { err } else { ok } {
            Some(ty) => from.payload(*offset).lift(ty)?,
            None => Value::UNDEFINED,
        };
        if is_err {
            Err(throw_value(component_error(payload)?))
        } else {
            Ok(payload)
        }
    }
}

#[cold]
fn unavailable(ty: &Function) -> Thrown {
    let title = ty.title();
    let message = if is_built() {
        format!("{title} cannot be called here")
    } else {
        format!(
            "{title} cannot be called while the plugin is built; call it from an exported function"
        )
    };
    throw(ErrorKind::Error, &message)
}
