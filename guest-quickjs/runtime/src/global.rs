use core::cell::UnsafeCell;

/// A module-wide variable. A wasm module has one thread, so it is `Sync` by construction.
#[repr(transparent)]
pub struct Global<T>(UnsafeCell<T>);

// SAFETY: wasm32 without the threads proposal has one thread.
unsafe impl<T> Sync for Global<T> {}

impl<T> Global<T> {
    /// A variable with this initial value.
    pub const fn new(value: T) -> Self {
        Global(UnsafeCell::new(value))
    }

    /// Where it is. The caller keeps references made from it short: none may live across a call
    /// that can come back to the same variable.
    #[inline(always)]
    pub const fn get(&self) -> *mut T {
        self.0.get()
    }
}
