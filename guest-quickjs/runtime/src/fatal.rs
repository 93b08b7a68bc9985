use crate::{Global, Report, Value};

/// What the host finds after a trap: see the fields. All zero when there is no report.
#[repr(C)]
pub struct Trap {
    /// [`Trap::MAGIC`] when there is a report.
    magic: u32,
    /// The message, in UTF-8.
    message: *const u8,
    message_len: usize,
    /// The JavaScript stack, in UTF-8.
    stack: *const u8,
    stack_len: usize,
}

impl Trap {
    /// What `magic` is when there is a report: "OWTR".
    pub const MAGIC: u32 = 0x4f57_5452;
}

/// The one report, found by its address.
#[unsafe(no_mangle)]
#[allow(
    non_upper_case_globals,
    reason = "the name is part of the contract with the host"
)]
pub static outwit_trap_report: Global<Trap> = Global::new(Trap {
    magic: 0,
    message: core::ptr::null(),
    message_len: 0,
    stack: core::ptr::null(),
    stack_len: 0,
});

/// Ends the instance, leaving a message and a JavaScript stack for the host.
pub fn trap(message: &str, stack: &str) -> ! {
    let report = Trap {
        magic: Trap::MAGIC,
        message: message.as_ptr(),
        message_len: message.len(),
        stack: stack.as_ptr(),
        stack_len: stack.len(),
    };
    // SAFETY: one thread. The strings live on: nothing runs after the trap.
    unsafe { core::ptr::write_volatile(outwit_trap_report.get(), report) }
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
    #[cfg(not(target_arch = "wasm32"))]
    std::process::abort()
}

/// Ends the instance because of a JavaScript exception that nothing can take.
pub fn trap_with_report(exception: &Value) -> ! {
    let report = Report::of(exception);
    trap(&report.message, &report.stack)
}

/// Makes a panic of this module's own code, which is a bug in it, readable at the host.
pub fn install_panic_hook() {
    std::panic::set_hook(Box::new(|info| {
        trap(&format!("the JavaScript engine failed: {info}"), "");
    }));
}

/// Ends the instance because memory ran out in the bridge's own code.
pub(crate) fn out_of_memory() -> ! {
    trap("out of memory", "")
}
