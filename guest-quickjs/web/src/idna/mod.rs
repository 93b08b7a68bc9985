//! Internationalised domain names: ToASCII of UTS #46, as the URL Standard asks for it. <https://www.unicode.org/reports/tr46/>

mod bidi;
mod joiners;
mod mapping;
mod properties;
mod punycode;

use properties::properties;

/// Unicode's normalisation form C. The engine has it already, so it is not here a second time.
pub type Normalize = fn(&[u32]) -> Vec<u32>;

/// The domain in ASCII; nothing if it is no domain.
///
/// Neither hyphens nor lengths are checked, and what is ASCII may be any ASCII: which of that cannot be in a host is for the host parser.
pub fn to_ascii(domain: &str, normalize: Normalize) -> Option<String> {
    let has_punycode = |label: &str| {
        let prefix = label.as_bytes().get(..4);
        prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(b"xn--"))
    };
    if domain.is_ascii() && !domain.split('.').any(has_punycode) {
        return Some(domain.to_ascii_lowercase());
    }
    let mut mapped = Vec::with_capacity(domain.len());
    for c in domain.chars() {
        mapping::map(c, &mut mapped)?;
    }
    let mapped = normalize(&mapped);
    let labels: Option<Vec<Label>> = mapped
        .split(|code_point| *code_point == u32::from('.'))
        .map(|label| Label::of(label, normalize))
        .collect();
    let labels = labels?;
    let is_bidi = labels.iter().any(|label| bidi::is_rtl(&label.unicode));
    let mut ascii = String::with_capacity(domain.len());
    for (index, label) in labels.iter().enumerate() {
        if is_bidi && !bidi::is_valid(&label.unicode) {
            return None;
        }
        if index > 0 {
            ascii.push('.');
        }
        if label.unicode.iter().all(|code_point| *code_point < 0x80) {
            ascii.extend(label.unicode.iter().filter_map(|c| char::from_u32(*c)));
        } else {
            ascii.push_str("xn--");
            punycode::encode(&label.unicode, &mut ascii)?;
        }
    }
    Some(ascii)
}

struct Label {
    unicode: Vec<u32>,
}

impl Label {
    /// Checks a label, decoding it if it is in Punycode.
    fn of(label: &[u32], normalize: Normalize) -> Option<Label> {
        let unicode = match label {
            [0x78, 0x6e, 0x2d, 0x2d, encoded @ ..] => {
                let unicode = punycode::decode(encoded)?;
                let is_ascii = unicode.iter().all(|code_point| *code_point < 0x80);
                let is_valid = unicode
                    .iter()
                    .all(|code_point| mapping::is_valid(*code_point));
                if is_ascii || !is_valid || normalize(&unicode) != unicode {
                    return None;
                }
                // what is decoded must not look encoded
                if unicode.starts_with(&[0x78, 0x6e, 0x2d, 0x2d]) {
                    return None;
                }
                unicode
            }
            label => label.to_vec(),
        };
        let starts_with_mark = unicode
            .first()
            .is_some_and(|first| properties(*first).is_mark());
        (!starts_with_mark && joiners::are_valid(&unicode)).then_some(Label { unicode })
    }
}
