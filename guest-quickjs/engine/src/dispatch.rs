//! The way out: one function in the engine's table that the adapter puts its own over.

use outwit_descriptor::{DISPATCH_DONE, DISPATCH_UNAVAILABLE};
use outwit_quickjs_runtime::Global;

/// Calls the function of this number with parameters and results in slots of 8 bytes.
type Dispatch = extern "C" fn(number: u32, arguments: *mut u64, results: *mut u64) -> u32;

static DISPATCH: Global<Dispatch> = Global::new(unavailable);
static UNAVAILABLE: Global<u32> = Global::new(DISPATCH_UNAVAILABLE);

/// What is in the table as long as there is no adapter. Reads a variable so that no other function has
/// the same code, for then the linker could give both one table slot.
extern "C" fn unavailable(_: u32, _: *mut u64, _: *mut u64) -> u32 {
    // SAFETY: plain data.
    unsafe { std::ptr::read_volatile(UNAVAILABLE.get()) }
}

/// The slot of the table that the adapter writes to.
pub fn slot() -> u32 {
    // SAFETY: plain data. On wasm a function's address is its table slot.
    unsafe { std::ptr::read_volatile(DISPATCH.get()) as usize as u32 }
}

/// Calls the function of this number; says whether it could be called.
///
/// # Safety
/// Arguments and results are as the function wants them.
#[inline]
pub unsafe fn dispatch(number: u32, arguments: *mut u64, results: *mut u64) -> bool {
    // SAFETY: read anew every time, so that the call goes through the table.
    let function = unsafe { std::ptr::read_volatile(DISPATCH.get()) };
    function(number, arguments, results) == DISPATCH_DONE
}

/// Calls a built-in whose parameters are `i32`. Its result, or nothing where there is no such
/// built-in, as while the plugin is built.
pub fn builtin<const N: usize>(number: u32, arguments: [u32; N]) -> Option<u64> {
    let mut slots = arguments.map(u64::from);
    let mut result = 0;
    // SAFETY: built-ins take `i32` and return at most one value.
    unsafe { dispatch(number, slots.as_mut_ptr(), &mut result) }.then_some(result)
}
