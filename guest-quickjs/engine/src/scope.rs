//! What has to stay alive until the other side has read a lowered value.

use crate::channel;
use crate::handle::Loan;
use crate::mismatch::{Fail, Lowered};
use crate::types::Type;
use outwit_quickjs_runtime::{ErrorKind, Global, Text, alloc_raw, free_raw, throw};

/// The blocks, strings and handles of one lowered value; freed, and given back, when it is dropped.
///
/// Scopes are taken from and go back to a store, so that a call of few values allocates nothing.
#[derive(Default)]
pub struct Scope {
    blocks: Vec<*mut u8>,
    texts: Vec<*const u8>,
    loans: Vec<Loan>,
    channels: Vec<channel::Loan>,
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
        self.blocks.is_empty()
            && self.texts.is_empty()
            && self.loans.is_empty()
            && self.channels.is_empty()
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

    /// Keeps a handle that has been lowered. It is given back unless [`Scope::commit`] says that it
    /// has arrived.
    pub fn hold(&mut self, loan: Loan) {
        self.loans.push(loan);
    }

    /// Keeps an end of a stream or a future that has been lowered, in the same way.
    pub fn hold_channel(&mut self, loan: channel::Loan) {
        self.channels.push(loan);
    }

    /// The other side has what was lowered: handles that were given away are its own. Borrowed ones
    /// come back when the scope ends.
    #[inline]
    pub fn commit(&mut self) {
        if !self.loans.is_empty() {
            self.loans.retain(Loan::commit);
        }
        for loan in self.channels.drain(..) {
            loan.commit();
        }
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
        for loan in self.loans.drain(..) {
            loan.undo();
        }
        for loan in self.channels.drain(..) {
            loan.undo();
        }
    }
}

impl Drop for Scope {
    #[inline]
    fn drop(&mut self) {
        self.clear();
        let Scope {
            blocks,
            texts,
            loans,
            channels,
        } = self;
        if blocks.capacity() == 0
            && texts.capacity() == 0
            && loans.capacity() == 0
            && channels.capacity() == 0
        {
            return;
        }
        // SAFETY: one thread; the reference ends before anything else runs.
        let store = unsafe { &mut *STORE.get() };
        if store.len() < STORE_SIZE {
            store.push(Scope {
                blocks: std::mem::take(blocks),
                texts: std::mem::take(texts),
                loans: std::mem::take(loans),
                channels: std::mem::take(channels),
            });
        }
    }
}
