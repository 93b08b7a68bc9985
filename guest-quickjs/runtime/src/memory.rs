//! One allocator for everything: the C library's, which QuickJS uses too.
//!
//! What a host lowers into the module ("lifted" memory, because the module lifts it) comes mostly in
//! small pieces that live for a moment. Those come from a small arena that starts over whenever
//! nothing in it is alive.

use crate::{Global, fatal, sys};
use core::alloc::{GlobalAlloc, Layout};
use core::ffi::c_void;

unsafe extern "C" {
    fn malloc(size: usize) -> *mut c_void;
    fn realloc(pointer: *mut c_void, size: usize) -> *mut c_void;
    fn calloc(count: usize, size: usize) -> *mut c_void;
    fn free(pointer: *mut c_void);
    fn aligned_alloc(align: usize, size: usize) -> *mut c_void;
}

/// The alignment that `malloc` always gives.
const MALLOC_ALIGN: usize = 8;

/// The Rust side of the C library's allocator. Where memory runs out it traps with a message.
pub struct CAllocator;

// SAFETY: forwards to the C allocator, which has the same rules.
unsafe impl GlobalAlloc for CAllocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: plain C calls.
        let pointer: *mut u8 = unsafe {
            if layout.align() <= MALLOC_ALIGN {
                malloc(layout.size())
            } else {
                let align = layout.align();
                aligned_alloc(align, layout.size().next_multiple_of(align))
            }
            .cast()
        };
        if pointer.is_null() {
            fatal::out_of_memory()
        }
        pointer
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.align() > MALLOC_ALIGN {
            // SAFETY: the new block has this size.
            return unsafe {
                let pointer = self.alloc(layout);
                pointer.write_bytes(0, layout.size());
                pointer
            };
        }
        // SAFETY: plain C call.
        let pointer: *mut u8 = unsafe { calloc(1, layout.size()).cast() };
        if pointer.is_null() {
            fatal::out_of_memory()
        }
        pointer
    }

    #[inline]
    unsafe fn dealloc(&self, pointer: *mut u8, _: Layout) {
        // SAFETY: it came from the functions above.
        unsafe { free(pointer.cast()) }
    }

    #[inline]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if layout.align() > MALLOC_ALIGN {
            // SAFETY: both blocks are at least as large as what is copied.
            return unsafe {
                let to = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
                pointer.copy_to_nonoverlapping(to, layout.size().min(size));
                free(pointer.cast());
                to
            };
        }
        // SAFETY: it came from the functions above.
        let pointer: *mut u8 = unsafe { realloc(pointer.cast(), size).cast() };
        if pointer.is_null() {
            fatal::out_of_memory()
        }
        pointer
    }
}

/// Bytes from `malloc`; traps when memory runs out.
#[inline]
pub fn alloc_raw(size: usize) -> *mut u8 {
    // SAFETY: plain C call.
    let pointer: *mut u8 = unsafe { malloc(size).cast() };
    if pointer.is_null() {
        fatal::out_of_memory()
    }
    pointer
}

/// Gives back what [`alloc_raw`] gave.
///
/// # Safety
/// The pointer came from there and is not used again.
#[inline]
pub unsafe fn free_raw(pointer: *mut u8) {
    // SAFETY: by contract.
    unsafe { free(pointer.cast()) }
}

unsafe extern "C" {
    /// Where the heap begins: the linker's.
    static __heap_base: u8;
    /// A patch of ours: what is free in the blocks that QuickJS divides itself.
    fn JS_WipeFreeBlocks(runtime: *mut sys::JSRuntime);
}

/// Zeroes what is free, so that a snapshot of the memory does not carry what was there once: sources, their tokens, the garbage of what was evaluated.
///
/// # Safety
/// The runtime is alive, and nothing else allocates meanwhile.
pub unsafe fn wipe_free(runtime: *mut sys::JSRuntime) {
    // SAFETY: by contract; of the arena only bytes that nobody has are written.
    unsafe {
        JS_WipeFreeBlocks(runtime);
        wipe_chunks();
        let arena = &mut *ARENA.get();
        let used = arena.used;
        arena.bytes.iter_mut().skip(used).for_each(|byte| *byte = 0);
    }
}

/// Zeroes the free chunks of the C library's allocator, which is dlmalloc 2.8: they lie side by side from the heap's base on. Each begins with a word for
/// the chunk before and one with its own size and flags; in a free one the links of its list follow. Whatever does not look like that ends the walk.
unsafe fn wipe_chunks() {
    const HEAD: usize = 8;
    const LINKS: usize = 24;
    const IN_USE: usize = 2;
    const FLAGS: usize = 7;
    const ALIGN: usize = 16;
    let end = core::arch::wasm32::memory_size::<0>() << 16;
    // what the caller of `malloc` gets is aligned
    let mut chunk = (&raw const __heap_base as usize).next_multiple_of(ALIGN) + ALIGN - HEAD;
    while chunk + HEAD <= end {
        // SAFETY: within the memory.
        let head = unsafe { ((chunk + 4) as *const usize).read() };
        let size = head & !FLAGS;
        if size < ALIGN || !size.is_multiple_of(ALIGN) || size > end - chunk {
            return;
        }
        if head & IN_USE == 0 && size > HEAD + LINKS {
            // SAFETY: the chunk is free, and this is all of it but its head and links.
            unsafe {
                ((chunk + HEAD + LINKS) as *mut u8).write_bytes(0, size - HEAD - LINKS);
            }
        }
        chunk += size;
    }
}

const ARENA_SIZE: usize = 16 * 1024;
const ARENA_LARGEST: usize = 2 * 1024;

/// The counters lie before the bytes: what a small call touches is then one page, not two.
#[repr(C, align(16))]
struct Arena {
    used: usize,
    alive: usize,
    bytes: [u8; ARENA_SIZE],
}

static ARENA: Global<Arena> = Global::new(Arena {
    used: 0,
    alive: 0,
    bytes: [0; ARENA_SIZE],
});

/// Memory for a value that arrives from outside. `size` is not 0; `align` is at most 8.
#[inline]
pub fn alloc_lifted(size: usize, align: usize) -> *mut u8 {
    // SAFETY: one thread; the reference ends before anything else runs.
    let arena = unsafe { &mut *ARENA.get() };
    let start = (arena.used + align - 1) & !(align - 1);
    if size <= ARENA_LARGEST && start + size <= ARENA_SIZE {
        arena.used = start + size;
        arena.alive += 1;
        // SAFETY: `start + size` is within the arena.
        return unsafe { arena.bytes.as_mut_ptr().add(start) };
    }
    alloc_raw(size)
}

/// Gives back what [`alloc_lifted`] gave.
///
/// # Safety
/// The pointer came from there and is not used again.
#[inline]
pub unsafe fn free_lifted(pointer: *mut u8) {
    if is_adoptable(pointer) {
        // SAFETY: by contract; it did not come from the arena.
        return unsafe { free_raw(pointer) };
    }
    // SAFETY: one thread; the reference ends before anything else runs.
    let arena = unsafe { &mut *ARENA.get() };
    arena.alive = arena.alive.saturating_sub(1);
    if arena.alive == 0 {
        arena.used = 0;
    }
}

/// Whether a lifted block came from `malloc`, so that JavaScript may keep it instead of a copy.
#[inline]
pub fn is_adoptable(pointer: *const u8) -> bool {
    // SAFETY: only the address is taken.
    let bytes = unsafe { &raw const (*ARENA.get()).bytes };
    (pointer as usize).wrapping_sub(bytes as usize) >= ARENA_SIZE
}
