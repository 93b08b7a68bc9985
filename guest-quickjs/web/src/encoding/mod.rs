//! Text encodings: the decoders of the Encoding Standard. <https://encoding.spec.whatwg.org/>
//!
//! Encoders other than UTF-8's serve forms and documents, which plugins have not.

mod decoder;
mod gb18030;
mod iso2022jp;
mod tables;
mod utf8;

pub use decoder::{Decoder, Malformed};
pub use utf8::{Encoded, encode_into};

/// An encoding, by its line in the list of labels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Encoding(u8);

impl Encoding {
    /// UTF-8
    pub const UTF_8: Encoding = Encoding(0);
    /// The first and the last encoding of one byte for each character.
    const SINGLE_BYTE: (Encoding, Encoding) = (Encoding(1), Encoding(28));
    const GBK: Encoding = Encoding(29);
    const GB18030: Encoding = Encoding(30);
    const BIG5: Encoding = Encoding(31);
    const EUC_JP: Encoding = Encoding(32);
    const ISO_2022_JP: Encoding = Encoding(33);
    const SHIFT_JIS: Encoding = Encoding(34);
    const EUC_KR: Encoding = Encoding(35);
    const REPLACEMENT: Encoding = Encoding(36);
    const UTF_16BE: Encoding = Encoding(37);
    const UTF_16LE: Encoding = Encoding(38);

    /// The encoding of this label, whatever its case and the white space around it.
    pub fn for_label(label: &str) -> Option<Encoding> {
        let label = label
            .trim_matches(['\t', '\n', '\x0c', '\r', ' '])
            .to_ascii_lowercase();
        if matches!(&*label, "utf-8" | "utf8") {
            return Some(Encoding::UTF_8);
        }
        if label.is_empty() {
            return None;
        }
        let place = tables::labels().lines().position(|line| {
            let mut labels = line.split(' ').skip(1);
            labels.any(|known| known == label)
        });
        place.map(|place| Encoding(place as u8))
    }

    /// Its name, in lower case.
    pub fn name(self) -> String {
        if self == Encoding::UTF_8 {
            return "utf-8".to_owned();
        }
        let line = tables::labels().lines().nth(usize::from(self.0));
        let name = line.and_then(|line| line.split(' ').next());
        name.unwrap_or_default().to_ascii_lowercase()
    }

    /// Whether it is the one that decodes nothing, which the API does not offer.
    pub fn is_replacement(self) -> bool {
        self == Encoding::REPLACEMENT
    }

    fn has_bom(self) -> bool {
        matches!(
            self,
            Encoding::UTF_8 | Encoding::UTF_16BE | Encoding::UTF_16LE
        )
    }

    /// Which of the single-byte encodings it is.
    fn single_byte(self) -> Option<u32> {
        let (first, last) = Encoding::SINGLE_BYTE;
        (first.0..=last.0)
            .contains(&self.0)
            .then(|| u32::from(self.0 - first.0))
    }
}
