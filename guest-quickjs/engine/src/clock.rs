//! What `Date` reads: outwit:performance/clock if the world imports it, else 1970-01-01T00:00:00Z.
//!
//! While the plugin is built it is always 1970, so no moment of the build is frozen into a plugin.

use crate::dispatch::dispatch;
use crate::is_built;
use crate::world::World;
use outwit_quickjs_runtime::{Global, set_clock};

/// The dispatch numbers of `now` and `time-origin`.
static FUNCTIONS: Global<Option<(u32, u32)>> = Global::new(None);
/// When this instance was created, in milliseconds, once it has been asked for.
static ORIGIN: Global<Option<f64>> = Global::new(None);

/// Reads the world's clock, if it has one.
pub fn install() {
    let function = |name| {
        let function = World::get()?.find_import("outwit:performance/clock", name)?;
        Some(function.dispatch)
    };
    if let Some(functions) = function("now").zip(function("time-origin")) {
        // SAFETY: one thread; nothing else runs meanwhile.
        unsafe { *FUNCTIONS.get() = Some(functions) };
        set_clock(microseconds);
    }
}

fn microseconds() -> f64 {
    let Some((now, origin)) = (unsafe {
        // SAFETY: plain data.
        *FUNCTIONS.get()
    }) else {
        return 0.0;
    };
    if !is_built() {
        return 0.0;
    }
    // SAFETY: plain data, one thread.
    let origin = unsafe {
        let known = ORIGIN.get();
        *(*known).get_or_insert_with(|| milliseconds(origin))
    };
    (origin + milliseconds(now)) * 1000.0
}

/// Calls a function that takes nothing and returns an `f64`.
fn milliseconds(function: u32) -> f64 {
    let (mut arguments, mut result) = (0, 0);
    // SAFETY: the function has that type.
    match unsafe { dispatch(function, &mut arguments, &mut result) } {
        true => f64::from_bits(result),
        false => 0.0,
    }
}
