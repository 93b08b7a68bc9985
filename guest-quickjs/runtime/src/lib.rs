//! QuickJS inside a wasm module: one runtime, one context, values that free themselves.
//!
//! A wasm module has one thread, so the runtime and its context are module-wide and [`Value`] needs no
//! lifetime. Everything that can throw returns [`Js`]; the exception then waits in the context
//! until [`take_exception`] fetches it.

mod atom;
mod clock;
mod error;
mod fatal;
mod global;
mod jobs;
mod memory;
mod stack;
mod value;

pub use atom::Atom;
pub use clock::set_clock;
pub use error::{ErrorKind, Js, Report, Thrown, take_exception, throw, throw_value};
pub use fatal::{Trap, install_panic_hook, trap, trap_with_report};
pub use global::Global;
pub use jobs::{
    Unhandled, drain_jobs, enqueue_callback, enqueue_task, first_unhandled, forget_rejection,
    forget_rejections_of, forgive_rejection, has_jobs, is_unhandled, owner, push_uncaught,
    set_listeners, set_owner,
};
pub use memory::{
    CAllocator, alloc_lifted, alloc_raw, free_lifted, free_raw, is_adoptable, wipe_free,
};
pub use rquickjs_sys as sys;
pub use stack::{PARSER_COST, with_native_cost};
pub use value::{Text, Value, check};

use core::ptr::null_mut;

static RUNTIME: Global<*mut sys::JSRuntime> = Global::new(null_mut());
static CONTEXT: Global<*mut sys::JSContext> = Global::new(null_mut());

/// The context.
#[inline(always)]
pub fn context() -> *mut sys::JSContext {
    // SAFETY: one thread, and the pointer is plain data.
    unsafe { *CONTEXT.get() }
}

/// The runtime.
#[inline(always)]
pub fn runtime() -> *mut sys::JSRuntime {
    // SAFETY: as above.
    unsafe { *RUNTIME.get() }
}

/// Collects what only cycles hold.
pub fn collect_garbage() {
    // SAFETY: the runtime exists.
    unsafe { sys::JS_RunGC(runtime()) }
}

/// Defines `DOMException`, `atob` and `btoa` as QuickJS has them, for whoever has no others.
///
/// # Errors
/// Fails if there is not enough memory.
pub fn add_base64() -> Result<(), &'static str> {
    // SAFETY: the context exists.
    match unsafe { sys::JS_AddIntrinsicAToB(context()) } {
        0 => Ok(()),
        _ => Err("not enough memory to start the JavaScript engine"),
    }
}

/// Creates the runtime and its context. Fails when memory runs out.
///
/// The context has all of ECMAScript, and nothing that reads the outside world except `Date`; see [`set_clock`].
///
/// # Errors
/// Fails if there is not enough memory.
pub fn start() -> Result<(), &'static str> {
    const FAILED: &str = "not enough memory to start the JavaScript engine";
    // SAFETY: called once, before anything else of this crate.
    unsafe {
        let runtime = sys::JS_NewRuntime();
        if runtime.is_null() {
            return Err(FAILED);
        }
        let context = sys::JS_NewContextRaw(runtime);
        if context.is_null()
            || sys::JS_AddIntrinsicBaseObjects(context) != 0
            || sys::JS_AddIntrinsicDate(context) != 0
            || sys::JS_AddIntrinsicEval(context) != 0
            || sys::JS_AddIntrinsicRegExp(context) != 0
            || sys::JS_AddIntrinsicJSON(context) != 0
            || sys::JS_AddIntrinsicProxy(context) != 0
            || sys::JS_AddIntrinsicMapSet(context) != 0
            || sys::JS_AddIntrinsicTypedArrays(context) != 0
            || sys::JS_AddIntrinsicPromise(context) != 0
            || sys::JS_AddIntrinsicWeakRef(context) != 0
        {
            return Err(FAILED);
        }
        *RUNTIME.get() = runtime;
        *CONTEXT.get() = context;
    }
    jobs::install();
    error::install()
        .and_then(|()| stack::install())
        .map_err(|_| FAILED)
}
