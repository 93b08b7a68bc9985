//! What `build.rs` packed: deflated bytes, and numbers in them.

/// A deflated table.
pub struct Packed {
    /// How long it is when it has been inflated.
    pub len: usize,
    /// The deflated bytes.
    pub bytes: &'static [u8],
}

impl Packed {
    /// Inflates it.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.len];
        let mut inflate = Box::<miniz_oxide::inflate::core::DecompressorOxide>::default();
        let flags =
            miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        miniz_oxide::inflate::core::decompress(&mut inflate, self.bytes, &mut bytes, 0, flags);
        bytes
    }

    /// The numbers in it, each written as LEB128.
    pub fn numbers(&self) -> Vec<u32> {
        let mut numbers = Vec::new();
        let (mut number, mut shift) = (0u32, 0);
        for byte in self.bytes() {
            number |= u32::from(byte & 0x7f) << (shift & 31);
            shift += 7;
            if byte < 0x80 {
                numbers.push(number);
                (number, shift) = (0, 0);
            }
        }
        numbers
    }

    /// The code points in it: 0 for none, or the difference to the last, one more than zigzag.
    pub fn code_points(&self) -> Vec<u32> {
        let mut numbers = self.numbers();
        let mut last = 0;
        for number in &mut numbers {
            if *number != 0 {
                let zigzag = *number - 1;
                let difference = (zigzag >> 1) ^ (zigzag & 1).wrapping_neg();
                last = difference.wrapping_add(last).wrapping_add(1);
                *number = last;
            }
        }
        numbers
    }
}
