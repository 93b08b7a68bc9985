//! The engine of all JavaScript plugins: QuickJS, and the bridge between its values and the Component
//! Model's.
//!
//! One module, the same for every plugin. It imports a memory and nothing else. What a plugin is lies in
//! that memory, as its snapshot left it. All ways in are here; the one way out is
//! `dispatch`. Names, parameters and who frees what are a contract with
//! `guest-quickjs/builder`, which generates what calls this.

mod apis;
mod channel;
mod clock;
mod component_error;
mod debug;
mod dispatch;
mod export;
mod fixed_list;
mod future;
mod globals;
mod handle;
mod import;
mod instances;
mod lift;
mod lower;
mod lower_lists;
mod lower_scalars;
mod map;
mod mismatch;
mod modules;
mod native;
mod promise;
mod pump;
mod random;
mod ready;
mod resource;
mod scope;
mod setup;
mod stream;
mod subtask;
mod task;
mod types;
mod waits;
mod web_streams;
mod world;

pub(crate) use setup::is_built;

use outwit_quickjs_runtime::{CAllocator, alloc_lifted, free_lifted};

#[global_allocator]
static ALLOCATOR: CAllocator = CAllocator;

/// Memory for a value from outside, or more of it.
///
/// # Safety
/// As the canonical ABI says: `old` came from here with `old_size`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cabi_realloc(
    old: *mut u8,
    old_size: usize,
    align: usize,
    new_size: usize,
) -> *mut u8 {
    if new_size == 0 {
        return align as *mut u8;
    }
    let new = alloc_lifted(new_size, align);
    if old_size > 0 {
        // SAFETY: both blocks are at least as large as what is copied.
        unsafe {
            old.copy_to_nonoverlapping(new, old_size.min(new_size));
            free_lifted(old);
        }
    }
    new
}

/// Calls a synchronous export; returns where its result is.
///
/// # Safety
/// `arguments` are the core parameters of the export, one slot of 8 bytes each.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outwit_call(number: u32, arguments: *mut u64) -> *mut u64 {
    // SAFETY: by contract.
    unsafe { export::call(number, arguments) }
}

/// Frees what the result of the last call points to.
#[unsafe(no_mangle)]
pub extern "C" fn outwit_post_return(_number: u32) {
    export::post_return();
}

/// Starts a call of an asynchronous export; returns the code of the callback ABI.
///
/// # Safety
/// `arguments` are the core parameters of the export, one slot of 8 bytes each.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outwit_start(number: u32, arguments: *mut u64) -> u32 {
    // SAFETY: by contract.
    unsafe { task::start(number, arguments) }
}

/// Goes on with an asynchronous call after an event.
#[unsafe(no_mangle)]
pub extern "C" fn outwit_callback(event: u32, p1: u32, p2: u32) -> u32 {
    task::resume(event, p1, p2)
}

/// Ends a handle of a resource that the plugin defines: the destructor of all of them.
#[unsafe(no_mangle)]
pub extern "C" fn outwit_drop(rep: u32) {
    instances::dropped(rep);
}

/// The 17 slots in which thunks of exports store their core parameters.
#[unsafe(no_mangle)]
pub extern "C" fn outwit_args() -> *mut u64 {
    export::arguments()
}

/// The slot of the engine's table that the adapter's `dispatch` goes to.
#[unsafe(no_mangle)]
pub extern "C" fn outwit_dispatch_slot() -> u32 {
    dispatch::slot()
}

/// The slot of the engine's table that a debugger's own function goes to.
#[unsafe(no_mangle)]
pub extern "C" fn outwit_debug_slot() -> u32 {
    debug::slot()
}

/// A debugger has written to its slot, before any code of the plugin runs.
#[unsafe(no_mangle)]
pub extern "C" fn outwit_debug_start() {
    debug::start();
}

/// Lets the debugger ask while no code of the plugin runs.
#[unsafe(no_mangle)]
pub extern "C" fn outwit_debug_wake() {
    debug::wake();
}

unsafe extern "C" {
    /// The C library's constructors; there are none. The linker takes a module that never mentions this
    /// for a program of one run, and makes each of its exports end with the C library's destructors.
    fn __wasm_call_ctors();
}

/// While the plugin is built: starts the engine for the world that these bytes describe.
///
/// # Safety
/// The bytes came from [`cabi_realloc`] and now belong to the engine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outwit_init(description: u32, len: u32) -> i32 {
    // SAFETY: by contract; what is called has nothing to do and may be called at any time.
    let description = unsafe {
        __wasm_call_ctors();
        modules::take_bytes(description, len)
    };
    setup::init(&description)
}

/// While the plugin is built: evaluates the plugin's module and binds its exports.
///
/// # Safety
/// As for [`outwit_init`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn outwit_main(
    name: u32,
    name_len: u32,
    source: u32,
    source_len: u32,
) -> i32 {
    // SAFETY: by contract.
    let (name, source) = unsafe {
        (
            modules::take_bytes(name, name_len),
            modules::take_bytes(source, source_len),
        )
    };
    setup::main(&name, &source)
}

/// Ends the building of the plugin.
#[unsafe(no_mangle)]
pub extern "C" fn outwit_finish() -> i32 {
    setup::finish()
}

/// The error of the last step that returned 1: where its JSON is, and how long.
#[unsafe(no_mangle)]
pub extern "C" fn outwit_error() -> *const [u32; 2] {
    setup::error()
}
