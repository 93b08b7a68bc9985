//! The indexes of the standard, inflated when they are first used.

use crate::packed::Packed;
use std::sync::OnceLock;

include!(concat!(env!("OUT_DIR"), "/encoding.rs"));

/// One index: what a pointer means.
pub struct Table {
    packed: Packed,
    table: OnceLock<Vec<u32>>,
}

impl Table {
    const fn new(packed: Packed) -> Table {
        Table {
            packed,
            table: OnceLock::new(),
        }
    }

    /// The code point at a pointer.
    pub fn get(&self, pointer: u32) -> Option<u32> {
        let table = self.all();
        table
            .get(pointer as usize)
            .copied()
            .filter(|code_point| *code_point != 0)
    }

    /// All of it.
    pub fn all(&self) -> &[u32] {
        self.table.get_or_init(|| self.packed.code_points())
    }
}

/// The upper halves of all single-byte encodings, in the order of [`super::Encoding`].
pub static SINGLE_BYTE: Table = Table::new(SINGLE_BYTE_PACKED);
/// JIS X 0208 and its extensions, 94 to a row.
pub static JIS0208: Table = Table::new(JIS0208_PACKED);
/// JIS X 0212, 94 to a row.
pub static JIS0212: Table = Table::new(JIS0212_PACKED);
/// Big5 with HKSCS, 157 to a row.
static BIG5: Table = Table::new(BIG5_PACKED);
/// Which places of Big5 are in plane 2, a bit each.
static BIG5_PLANES: OnceLock<Vec<u8>> = OnceLock::new();
/// EUC-KR, 190 to a row.
pub static EUC_KR: Table = Table::new(EUC_KR_PACKED);
/// The two-byte part of gb18030, 190 to a row.
pub static GB18030: Table = Table::new(GB18030_PACKED);
/// The four-byte part: where ranges begin, a pointer and a code point each.
pub static GB18030_RANGES: OnceLock<Vec<u32>> = OnceLock::new();

/// See [`GB18030_RANGES`].
pub fn gb18030_ranges() -> &'static [u32] {
    GB18030_RANGES.get_or_init(|| GB18030_RANGES_PACKED.numbers())
}

/// The code point at a pointer of Big5.
pub fn big5(pointer: u32) -> Option<u32> {
    let planes = BIG5_PLANES.get_or_init(|| BIG5_PLANES_PACKED.bytes());
    let bits = planes.get(pointer as usize / 8).copied().unwrap_or(0);
    let plane = u32::from(bits >> (pointer % 8) & 1) << 17;
    Some(BIG5.get(pointer)? | plane)
}

/// The names and labels: a line for each encoding, its name first.
pub fn labels() -> &'static str {
    static LABELS: OnceLock<String> = OnceLock::new();
    LABELS.get_or_init(|| String::from_utf8(LABELS_PACKED.bytes()).unwrap_or_default())
}
