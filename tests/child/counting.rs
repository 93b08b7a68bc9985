//! An allocator that counts what is there. Memory that is resident tells of fragmentation as well; this does not.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicI64, Ordering};

static ALLOCATIONS: AtomicI64 = AtomicI64::new(0);
static BYTES: AtomicI64 = AtomicI64::new(0);

/// The system's allocator, counted.
pub struct Counting;

fn count(allocations: i64, bytes: usize, sign: i64) {
    ALLOCATIONS.fetch_add(allocations * sign, Ordering::Relaxed);
    BYTES.fetch_add(bytes as i64 * sign, Ordering::Relaxed);
}

// SAFETY: Everything is done by the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, layout.size(), 1);
        // SAFETY: The caller's promise is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(1, layout.size(), 1);
        // SAFETY: As above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(1, layout.size(), -1);
        // SAFETY: As above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(0, layout.size(), -1);
        count(0, size, 1);
        // SAFETY: As above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// What is allocated at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Live {
    pub allocations: i64,
    pub bytes: i64,
}

impl Live {
    pub fn now() -> Live {
        Live {
            allocations: ALLOCATIONS.load(Ordering::Relaxed),
            bytes: BYTES.load(Ordering::Relaxed),
        }
    }
}
