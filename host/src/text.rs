//! Text of plugins, made fit to be shown to people and to be written to logs.

/// The text with characters written out that would do something instead of being seen: control
/// characters, and those of Unicode that have no width or turn the direction of text. A plugin can
/// neither move the cursor, nor make one line look like two, nor show text in another order than it
/// is read. Line breaks and tabs stay.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) && c != '\n' && c != '\t' {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, b| {
        use std::fmt::Write as _;
        let _ = write!(out, "{b:02x}");
        out
    })
}

/// Whether a character does something instead of being seen.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Appends text as a string of JSON, in quotes, in which every character is visible.
pub(crate) fn push_json(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut buffer = [0; 4];
    let mut rest = text;
    loop {
        // Most of it is letters that stand for themselves.
        let special = |b: u8| !(0x20..0x7f).contains(&b) || b == b'"' || b == b'\\';
        let plain = rest.bytes().position(special).unwrap_or(rest.len());
        let (letters, others) = rest.split_at_checked(plain).unwrap_or((rest, ""));
        out.extend_from_slice(letters.as_bytes());
        let mut others = others.chars();
        let Some(c) = others.next() else {
            break;
        };
        rest = others.as_str();
        match c {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\t' => out.extend_from_slice(b"\\t"),
            c if is_hidden(c) => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.extend_from_slice(b"\\u");
                    for shift in [12, 8, 4, 0] {
                        let digit = u32::from(*unit) >> shift & 0xf;
                        let digit = char::from_digit(digit, 16).unwrap_or('0');
                        out.extend_from_slice(digit.encode_utf8(&mut buffer).as_bytes());
                    }
                }
            }
            c => out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes()),
        }
    }
    out.push(b'"');
}

/// The start of a text of at most so many bytes.
pub(crate) fn start(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// The bytes in a text of twice as many hexadecimal digits. Only lower case: there is one way to
/// write them.
pub(crate) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return None;
    };
    if pairs.len() != N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_is_read_as_it_is_written() {
        let bytes = [0, 1, 0x9a, 0xff];
        assert_eq!(hex(&bytes), "00019aff");
        assert_eq!(unhex("00019aff"), Some(bytes));
        for text in ["", "00019af", "00019aff0", "00019AFF", "00019agg", "0001ää"] {
            assert_eq!(unhex::<4>(text), None, "{text}");
        }
    }

    #[test]
    fn hidden_characters_are_shown() {
        assert_eq!(visible("a\u{1b}[2Jb\rc\té\n"), "a\\u{1b}[2Jb\\rc\té\n");
        assert_eq!(visible("\u{202e}fdp.exe"), "\\u{202e}fdp.exe");
        assert_eq!(visible("ad\u{200b}min"), "ad\\u{200b}min");
        assert_eq!(visible("Grüße, 世界 🙂"), "Grüße, 世界 🙂");
    }

    #[test]
    fn json_has_no_character_that_is_not_seen() {
        let json = |text: &str| {
            let mut out = Vec::new();
            push_json(&mut out, text);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(json("a\"b\\c\n\td"), r#""a\"b\\c\n\td""#);
        assert_eq!(json("\u{1b}\u{85}\u{202e}"), r#""\u001b\u0085\u202e""#);
        assert_eq!(json("\u{e0041}ü"), r#""\udb40\udc41ü""#);
    }

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(start("aüb", 10), "aüb");
        assert_eq!(start("aüb", 3), "aü");
        assert_eq!(start("aüb", 2), "a");
    }
}
