//! How deep JavaScript may go.
//!
//! QuickJS measures depth by the shadow stack in linear memory. Most of a deep recursion is on the native
//! stack, though, which overflows with a trap that no `catch` sees and which nothing inside of
//! wasm can measure. What is known is how much of it each way of recursing takes for a byte of
//! shadow stack (measured with wasmtime 48 on x86-64, see [`NATIVE_STACK`]): calls of functions, getters,
//! proxies, generators and constructors 2 to 7 bytes; but `Array.prototype.flat` 4.3,
//! `JSON.parse` 11, the parser 12, `JSON.stringify` 15, whose frames are nearly all native. So those
//! run with a lower limit.

use crate::{Atom, Global, Js, Value, check, context, runtime, sys};

/// The native stack this module counts on, in bytes. Outwit's host gives twice as much: the
/// rest is for its own frames, and for what another compiler makes of the same code.
const NATIVE_STACK: usize = 960 * 1024;
/// Bytes of native stack for a byte of shadow stack, in calls of JavaScript.
const CALL_COST: usize = 7;
/// The shadow stack for calls of JavaScript, in bytes. About 1200 plain calls.
const LIMIT: usize = 136 * 1024;

/// The costs of functions that recurse on their own.
const COSTS: [(&str, &str, usize); 3] = [
    ("JSON", "parse", 13),
    ("JSON", "stringify", 17),
    ("Array", "flat", 6),
];
/// The same for compiling source text.
pub const PARSER_COST: usize = 14;

static TOP: Global<usize> = Global::new(0);
static CURRENT_LIMIT: Global<usize> = Global::new(LIMIT);

pub(crate) fn install() -> Js<()> {
    // SAFETY: plain data, and a plain C call.
    unsafe {
        *TOP.get() = stack_pointer();
        sys::JS_UpdateStackTop(runtime());
        sys::JS_SetMaxStackSize(runtime(), LIMIT as _);
    }
    let global = Value::global();
    for (holder, name, cost) in COSTS {
        let mut holder = global.get_named(holder)?;
        if holder.is_function() {
            holder = holder.get_named("prototype")?;
        }
        let atom = Atom::new(name)?;
        let function = holder.get(&atom)?;
        let flags = sys::JS_PROP_WRITABLE | sys::JS_PROP_CONFIGURABLE;
        holder.define_with(&atom, limited(name, &function, cost)?, flags)?;
    }
    Ok(())
}

/// The same function, run with a lower limit.
fn limited(name: &str, function: &Value, cost: usize) -> Js<Value> {
    let length = function.get_named("length")?.raw() as i32;
    let c_name = std::ffi::CString::new(name).unwrap_or_default();
    let mut data = function.raw();
    // SAFETY: the new function keeps the old one alive.
    check(unsafe {
        sys::JS_NewCFunctionData2(
            context(),
            Some(call_limited),
            c_name.as_ptr(),
            length,
            cost as i32,
            1,
            &mut data,
        )
    })
}

unsafe extern "C" fn call_limited(
    context: *mut sys::JSContext,
    this: sys::JSValue,
    count: i32,
    arguments: *mut sys::JSValue,
    cost: i32,
    data: *mut sys::JSValue,
) -> sys::JSValue {
    // SAFETY: passes on what QuickJS passed; the function is the one given to `limited`.
    with_native_cost(cost as usize, || unsafe {
        sys::JS_Call(context, *data, this, count, arguments)
    })
}

/// Runs code that takes `cost` bytes of native stack for a byte of shadow stack.
pub fn with_native_cost<T>(cost: usize, run: impl FnOnce() -> T) -> T {
    // SAFETY: plain data, plain C calls.
    unsafe {
        let used = (*TOP.get()).saturating_sub(stack_pointer());
        let left = NATIVE_STACK.saturating_sub(used * CALL_COST);
        let before = *CURRENT_LIMIT.get();
        let limit = (used + left / cost).min(before);
        *CURRENT_LIMIT.get() = limit;
        sys::JS_SetMaxStackSize(runtime(), limit as _);
        let result = run();
        *CURRENT_LIMIT.get() = before;
        sys::JS_SetMaxStackSize(runtime(), before as _);
        result
    }
}

/// About where the shadow stack is.
#[inline(never)]
fn stack_pointer() -> usize {
    let here = 0u8;
    std::hint::black_box(&raw const here) as usize
}
