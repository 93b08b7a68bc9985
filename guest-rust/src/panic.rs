//! What a panic says reaches the host.
//!
//! A component has no standard error unless it asks for one, so the message of a panic would be lost: it ends in a trap
//! that says `unreachable`. So a hook leaves it at an address that the core module exports, and the host reads it from there.
//! Nothing is imported for that.

use core::cell::UnsafeCell;

/// What the host finds after a trap. All zero while nothing has panicked.
#[repr(C)]
pub struct Report {
    /// [`MAGIC`] once something has panicked.
    magic: u32,
    /// The message, in UTF-8.
    message: *const u8,
    message_len: usize,
}

/// "OWPA".
const MAGIC: u32 = 0x4f57_5041;

#[repr(transparent)]
pub struct Global(UnsafeCell<Report>);

// SAFETY: a component has one thread.
unsafe impl Sync for Global {}

/// The one report, found by its address.
#[unsafe(no_mangle)]
#[allow(
    non_upper_case_globals,
    reason = "the name is part of the contract with the host"
)]
pub static outwit_panic_report: Global = Global(UnsafeCell::new(Report {
    magic: 0,
    message: core::ptr::null(),
    message_len: 0,
}));

/// Runs before the first exported function does.
#[used]
#[unsafe(link_section = ".init_array")]
static INSTALL: extern "C" fn() = install;

extern "C" fn install() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let message = info.to_string();
        let report = Report {
            magic: MAGIC,
            message: message.as_ptr(),
            message_len: message.len(),
        };
        // SAFETY: one thread. The text lives on: nothing but the hook that was here before runs after this one.
        unsafe { core::ptr::write_volatile(outwit_panic_report.0.get(), report) };
        core::mem::forget(message);
        before(info);
    }));
}
