//! The way to a debugger: one function in the engine's table that the debugger puts its own over. What it does is in
//! `guest-quickjs/quickjs/debugger.c`.

use crate::{modules, task, waits};
use outwit_quickjs_runtime::{
    Global, Js, Value, drain_jobs, first_unhandled, free_lifted, runtime, sys, take_exception,
};

/// Sends a text; gets the answer: where it is, and how long.
type Exchange = extern "C" fn(text: *const u8, len: usize, answer: *mut [usize; 2]);

unsafe extern "C" {
    fn outwit_debug_attach(
        runtime: *mut sys::JSRuntime,
        exchange: Exchange,
        release: extern "C" fn(*mut u8, usize),
        engine: extern "C" fn(i32, sys::JSValue) -> sys::JSValue,
    );
    fn outwit_debug_idle();
}

static EXCHANGE: Global<Exchange> = Global::new(nobody);
static NOTHING: Global<[usize; 2]> = Global::new([0; 2]);

/// What is in the table as long as there is no debugger. Reads a variable so that no other function has the same code.
extern "C" fn nobody(_: *const u8, _: usize, answer: *mut [usize; 2]) {
    // SAFETY: plain data.
    unsafe { *answer = std::ptr::read_volatile(NOTHING.get()) }
}

/// The slot of the table that the debugger writes to.
pub fn slot() -> u32 {
    // SAFETY: plain data. On wasm a function's address is its table slot.
    unsafe { std::ptr::read_volatile(EXCHANGE.get()) as usize as u32 }
}

/// Begins: the debugger has written to its slot.
pub fn start() {
    // SAFETY: the runtime exists, and the functions are what the other side expects.
    unsafe { outwit_debug_attach(runtime(), exchange, release, engine) }
}

/// Lets the debugger ask while nothing runs.
pub fn wake() {
    // SAFETY: one thread, and no code runs.
    unsafe { outwit_debug_idle() }
}

extern "C" fn exchange(text: *const u8, len: usize, answer: *mut [usize; 2]) {
    // SAFETY: read anew every time, so that the call goes through the table.
    let function = unsafe { std::ptr::read_volatile(EXCHANGE.get()) };
    function(text, len, answer);
}

extern "C" fn release(text: *mut u8, len: usize) {
    if len > 0 {
        // SAFETY: it was allocated for the answer, which is not used any more.
        unsafe { free_lifted(text) }
    }
}

/// What the engine does for an agent while no code of the plugin runs, by number.
extern "C" fn engine(what: i32, value: sys::JSValue) -> sys::JSValue {
    let done = match what {
        // goes on with what waits, and says whether something still does
        0 => {
            if waits::has_orphans() {
                waits::poll();
            }
            drain_jobs();
            task::wake_settled();
            Value::bool(waits::has_orphans())
        }
        // shows a value as the console does
        1 => inspect(value).unwrap_or_else(|_| {
            drop(take_exception());
            Value::UNDEFINED
        }),
        // an error that nobody has caught
        _ => first_unhandled().map_or(Value::UNDEFINED, |unhandled| unhandled.reason),
    };
    done.into_raw()
}

fn inspect(value: sys::JSValue) -> Js<Value> {
    let value = Value::borrow(value);
    modules::require(c"outwit:console/inspect.js")?
        .get_named("inspect")?
        .call(&Value::UNDEFINED, &[value])
}
