//! Bits of the input, lowest first, of which more may come.

/// Why reading stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// There are not enough bits yet.
    More,
    /// This cannot be.
    Corrupt,
}

pub type Read<T> = Result<T, Stop>;

/// The input that has not been read. What a step has read comes back if it stops for lack of more: see [`Bits::place`].
#[derive(Default)]
pub struct Bits {
    bytes: Vec<u8>,
    /// In bits.
    place: usize,
}

impl Bits {
    /// More input.
    pub fn push(&mut self, input: &[u8]) {
        let whole = self.place / 8;
        self.bytes.drain(..whole.min(self.bytes.len()));
        self.place %= 8;
        self.bytes.extend_from_slice(input);
    }

    /// Where reading is.
    pub fn place(&self) -> usize {
        self.place
    }

    /// Goes back to where reading was.
    pub fn go_back(&mut self, place: usize) {
        self.place = place;
    }

    fn left(&self) -> usize {
        (self.bytes.len() * 8).saturating_sub(self.place)
    }

    /// The next bits, at least 25; beyond the end they are 0.
    #[inline]
    pub fn peek(&self) -> u32 {
        let at = self.place / 8;
        let bytes = match self.bytes.get(at..).and_then(<[u8]>::first_chunk::<4>) {
            Some(bytes) => *bytes,
            None => core::array::from_fn(|index| self.bytes.get(at + index).copied().unwrap_or(0)),
        };
        u32::from_le_bytes(bytes) >> (self.place % 8)
    }

    /// Takes bits that have been looked at.
    #[inline]
    pub fn skip(&mut self, count: u32) -> Read<()> {
        if self.left() < count as usize {
            return Err(Stop::More);
        }
        self.place += count as usize;
        Ok(())
    }

    /// At most 24 bits.
    #[inline]
    pub fn take(&mut self, count: u32) -> Read<u32> {
        let bits = self.peek() & ((1 << count) - 1);
        self.skip(count)?;
        Ok(bits)
    }

    /// Goes to the next whole byte; what is left of this one is 0.
    pub fn align(&mut self) -> Read<()> {
        let rest = self.place.wrapping_neg() % 8;
        match self.take(rest as u32)? {
            0 => Ok(()),
            _ => Err(Stop::Corrupt),
        }
    }

    /// At most so many bytes, from a whole one on.
    pub fn bytes(&mut self, most: usize) -> &[u8] {
        let rest = self.bytes.get(self.place / 8..).unwrap_or_default();
        let bytes = rest.get(..most).unwrap_or(rest);
        self.place += bytes.len() * 8;
        bytes
    }

    /// Whether whole bytes are left.
    pub fn has_bytes(&self) -> bool {
        self.left() >= 8
    }
}
