//! What has to stay alive until the other side has read a lowered value.

use crate::mismatch::{Fail, Lowered};
use crate::types::Type;
use outwit_quickjs_runtime::{ErrorKind, Global, Text, alloc_raw, free_raw, throw};

/// The blocks and strings of one lowered value; freed when it is dropped.
///
/// Scopes are taken from and go back to a store, so that a call of few values allocates nothing.
#[derive(Default)]
pub struct Scope {
    blocks: Vec<*mut u8>,
    texts: Vec<*const u8>,
}

static STORE: Global<Vec<Scope>> = Global::new(Vec::new());
/// More scopes than this are rarely in use at once.
const STORE_SIZE: usize = 16;

impl Scope {
    /// An empty scope.
    #[inline]
    pub fn new() -> Scope {
        // SAFETY: one thread; nothing else runs meanwhile.
        unsafe { (*STORE.get()).pop().unwrap_or_default() }
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty() && self.texts.is_empty()
    }

    /// Keeps a string; says where its UTF-8 is.
    #[inline]
    pub fn keep_text(&mut self, text: Text) -> (*const u8, usize) {
        let (pointer, len) = text.into_parts();
        self.texts.push(pointer);
        (pointer, len)
    }

    /// A block of this size.
    #[inline]
    pub fn block(&mut self, size: usize) -> *mut u8 {
        let block = alloc_raw(size.max(8));
        self.blocks.push(block);
        block
    }

    /// A block for the elements of a list. Fails when the list is larger than the canonical ABI
    /// can express.
    pub fn allocate(&mut self, ty: &Type, len: u32, size: u32) -> Lowered<*mut u8> {
        /// More cannot be addressed by a signed 32-bit offset.
        const LARGEST: u64 = i32::MAX as u64;
        let bytes = u64::from(len) * u64::from(size);
        if bytes > LARGEST {
            let message = format!(
                "a value of type {} has {bytes} bytes, at most {LARGEST} can be passed",
                ty.name
            );
            throw(ErrorKind::Range, &message);
            return Err(Fail::Thrown);
        }
        Ok(self.block(bytes as usize))
    }

    /// Frees what it holds and goes back to the store.
    #[inline]
    pub fn clear(&mut self) {
        for text in self.texts.drain(..) {
            // SAFETY: the pointer came from `into_parts` and leaves the list.
            drop(unsafe { Text::from_parts(text) });
        }
        for block in self.blocks.drain(..) {
            // SAFETY: the pointer came from `alloc_raw` and leaves the list.
            unsafe { free_raw(block) }
        }
    }
}

impl Drop for Scope {
    #[inline]
    fn drop(&mut self) {
        self.clear();
        if self.blocks.capacity() == 0 && self.texts.capacity() == 0 {
            return;
        }
        // SAFETY: one thread; the reference ends before anything else runs.
        let store = unsafe { &mut *STORE.get() };
        if store.len() < STORE_SIZE {
            store.push(Scope {
                blocks: std::mem::take(&mut self.blocks),
                texts: std::mem::take(&mut self.texts),
            });
        }
    }
}
