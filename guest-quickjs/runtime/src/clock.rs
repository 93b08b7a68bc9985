use crate::Global;

/// Microseconds since 1970-01-01T00:00:00Z.
type Clock = fn() -> f64;

static CLOCK: Global<Clock> = Global::new(epoch);

fn epoch() -> f64 {
    0.0
}

/// Says where `Date` reads the time, in microseconds since 1970-01-01T00:00:00Z.
///
/// # Default
/// Time stands still at 1970-01-01T00:00:00Z.
pub fn set_clock(clock: fn() -> f64) {
    // SAFETY: plain data, one thread.
    unsafe { *CLOCK.get() = clock }
}

/// The clock that QuickJS's C library asks. Defined here so that the module does not import it.
#[unsafe(no_mangle)]
extern "C" fn __rquickjs_host_now_us() -> f64 {
    // SAFETY: plain data, one thread.
    unsafe { (*CLOCK.get())() }
}
