//! Decoding, in pieces as they come.

use super::Encoding;
use super::gb18030::Gb18030;
use super::iso2022jp::Iso2022Jp;
use super::tables::{self, EUC_KR, JIS0208, JIS0212, SINGLE_BYTE};
use super::utf8::Utf8;

/// The bytes are not of the encoding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Malformed;

/// What became of a byte.
pub(super) type Step = Result<(), Again>;

/// A byte, or the end, is an error; these bytes come again.
#[derive(Clone, Copy, Default)]
pub(super) struct Again {
    bytes: [u8; 3],
    count: u8,
    /// The end of the bytes comes again, after them.
    end: bool,
}

impl Again {
    /// Nothing comes again.
    pub const NONE: Again = Again {
        bytes: [0; 3],
        count: 0,
        end: false,
    };

    /// The byte comes again, or the end, if there was none.
    pub fn maybe(byte: Option<u8>) -> Again {
        match byte {
            Some(byte) => Again::of([byte, 0, 0], 1),
            None => Again::NONE.and_end(),
        }
    }

    /// The end comes again after the bytes.
    pub fn and_end(self) -> Again {
        Again { end: true, ..self }
    }

    /// The first so many bytes come again.
    pub fn of(bytes: [u8; 3], count: u8) -> Again {
        Again {
            bytes,
            count,
            end: false,
        }
    }
}

/// UTF-16, as JavaScript has it.
pub(super) fn push(out: &mut Vec<u16>, code_point: u32) {
    match u16::try_from(code_point) {
        Ok(unit) => out.push(unit),
        Err(_) => {
            let offset = code_point - 0x1_0000;
            out.push(0xd800 | (offset >> 10) as u16);
            out.push(0xdc00 | (offset & 0x3ff) as u16);
        }
    }
}

/// Decodes text that comes in pieces.
pub struct Decoder {
    encoding: Encoding,
    is_fatal: bool,
    ignore_bom: bool,
    /// Nothing has been decoded yet.
    at_start: bool,
    state: State,
}

enum State {
    Utf8(Utf8),
    Utf16(Utf16),
    SingleByte(u32),
    Gb18030(Gb18030),
    Big5(u8),
    EucJp { lead: u8, is_jis0212: bool },
    Iso2022Jp(Iso2022Jp),
    ShiftJis(u8),
    EucKr(u8),
    Replacement { is_reported: bool },
    UserDefined,
}

#[derive(Default)]
struct Utf16 {
    is_big_endian: bool,
    first: Option<u8>,
    lead: Option<u16>,
}

impl Decoder {
    /// A decoder at the start of a text.
    pub fn new(encoding: Encoding, is_fatal: bool, ignore_bom: bool) -> Decoder {
        Decoder {
            encoding,
            is_fatal,
            ignore_bom,
            at_start: true,
            state: State::new(encoding),
        }
    }

    /// The encoding.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Begins anew.
    pub fn reset(&mut self) {
        self.at_start = true;
        self.state = State::new(self.encoding);
    }

    /// Decodes the next bytes, as UTF-16. After the last bytes it begins anew.
    ///
    /// # Errors
    /// Fails, if the decoder is fatal, at the first byte that cannot be. What follows of a text that goes on is decoded as if it had not come.
    pub fn decode(&mut self, bytes: &[u8], is_last: bool) -> Result<Vec<u16>, Malformed> {
        let mut out = Vec::with_capacity(bytes.len());
        let result = self.decode_to(bytes, is_last, &mut out);
        if self.at_start && !out.is_empty() {
            self.at_start = false;
            if out.first() == Some(&0xfeff) && !self.ignore_bom && self.encoding.has_bom() {
                out.remove(0);
            }
        }
        if is_last {
            self.reset();
        }
        result.map(|()| out)
    }

    /// Whether a piece that comes now is decoded as a text of its own.
    pub fn is_fresh(&self) -> bool {
        self.at_start && self.state.is_fresh()
    }

    fn decode_to(
        &mut self,
        bytes: &[u8],
        is_last: bool,
        out: &mut Vec<u16>,
    ) -> Result<(), Malformed> {
        if let State::Utf8(utf8) = &mut self.state {
            return utf8.decode(bytes, is_last, self.is_fatal, out);
        }
        let mut rest = bytes;
        while let Some((byte, after)) = rest.split_first() {
            if *byte < 0x80 && self.state.is_ascii() {
                let len = rest.iter().take_while(|byte| **byte < 0x80).count();
                let (ascii, after) = rest.split_at_checked(len).unwrap_or((rest, &[]));
                out.extend(ascii.iter().map(|byte| u16::from(*byte)));
                rest = after;
                continue;
            }
            rest = after;
            self.feed(Some(*byte), out)?;
        }
        if is_last {
            self.feed(None, out)?;
        }
        Ok(())
    }

    /// A byte or the end, and what comes again because of it.
    fn feed(&mut self, byte: Option<u8>, out: &mut Vec<u16>) -> Result<(), Malformed> {
        let Err(mut again) = self.state.step(byte, out) else {
            return Ok(());
        };
        let mut queue = Vec::new();
        loop {
            if self.is_fatal {
                return Err(Malformed);
            }
            out.push(0xfffd);
            if again.end {
                queue.push(None);
            }
            let bytes = again.bytes.iter().take(usize::from(again.count)).rev();
            queue.extend(bytes.map(|byte| Some(*byte)));
            again = loop {
                let Some(byte) = queue.pop() else {
                    return Ok(());
                };
                if let Err(again) = self.state.step(byte, out) {
                    break again;
                }
            };
        }
    }
}

impl State {
    fn new(encoding: Encoding) -> State {
        if let Some(index) = encoding.single_byte() {
            return State::SingleByte(index * 0x80);
        }
        match encoding {
            Encoding::UTF_8 => State::Utf8(Utf8::default()),
            Encoding::GBK | Encoding::GB18030 => State::Gb18030(Gb18030::default()),
            Encoding::BIG5 => State::Big5(0),
            Encoding::EUC_JP => State::EucJp {
                lead: 0,
                is_jis0212: false,
            },
            Encoding::ISO_2022_JP => State::Iso2022Jp(Iso2022Jp::default()),
            Encoding::SHIFT_JIS => State::ShiftJis(0),
            Encoding::EUC_KR => State::EucKr(0),
            Encoding::REPLACEMENT => State::Replacement { is_reported: false },
            Encoding::UTF_16BE | Encoding::UTF_16LE => State::Utf16(Utf16 {
                is_big_endian: encoding == Encoding::UTF_16BE,
                ..Utf16::default()
            }),
            _ => State::UserDefined,
        }
    }

    /// Whether a byte below 0x80 is that character now.
    fn is_ascii(&self) -> bool {
        match self {
            State::SingleByte(_) | State::UserDefined => true,
            State::Gb18030(decoder) => decoder.is_fresh(),
            State::Big5(lead) | State::ShiftJis(lead) | State::EucKr(lead) => *lead == 0,
            State::EucJp { lead, .. } => *lead == 0,
            State::Utf8(_) | State::Utf16(_) | State::Iso2022Jp(_) | State::Replacement { .. } => {
                false
            }
        }
    }

    fn is_fresh(&self) -> bool {
        match self {
            State::Utf8(utf8) => utf8.is_fresh(),
            _ => false,
        }
    }

    fn step(&mut self, byte: Option<u8>, out: &mut Vec<u16>) -> Step {
        match self {
            // decodes by itself
            State::Utf8(_) => Ok(()),
            State::Utf16(state) => state.step(byte, out),
            State::SingleByte(index) => match byte {
                Some(byte @ 0..0x80) => found(Some(u32::from(byte)), out),
                Some(byte) => found(SINGLE_BYTE.get(*index + u32::from(byte & 0x7f)), out),
                None => Ok(()),
            },
            State::UserDefined => match byte {
                Some(byte @ 0..0x80) => found(Some(u32::from(byte)), out),
                Some(byte) => found(Some(0xf700 + u32::from(byte)), out),
                None => Ok(()),
            },
            State::Replacement { is_reported } => match byte {
                Some(_) if !*is_reported => {
                    *is_reported = true;
                    Err(Again::NONE)
                }
                _ => Ok(()),
            },
            State::Gb18030(state) => state.step(byte, out),
            State::Iso2022Jp(state) => state.step(byte, out),
            State::Big5(lead) => two_bytes(lead, byte, out, 0x81..=0xfe, big5),
            State::EucKr(lead) => two_bytes(lead, byte, out, 0x81..=0xfe, euc_kr),
            State::ShiftJis(lead) => shift_jis(lead, byte, out),
            State::EucJp { lead, is_jis0212 } => euc_jp(lead, is_jis0212, byte, out),
        }
    }
}

pub(super) fn found(code_point: Option<u32>, out: &mut Vec<u16>) -> Step {
    match code_point {
        Some(code_point) => {
            push(out, code_point);
            Ok(())
        }
        None => Err(Again::NONE),
    }
}

impl Utf16 {
    fn step(&mut self, byte: Option<u8>, out: &mut Vec<u16>) -> Step {
        let Some(byte) = byte else {
            let is_cut = self.first.take().is_some() | self.lead.take().is_some();
            return if is_cut { Err(Again::NONE) } else { Ok(()) };
        };
        let Some(first) = self.first.take() else {
            self.first = Some(byte);
            return Ok(());
        };
        let unit = match self.is_big_endian {
            true => u16::from_be_bytes([first, byte]),
            false => u16::from_le_bytes([first, byte]),
        };
        if let Some(lead) = self.lead.take() {
            if (0xdc00..0xe000).contains(&unit) {
                out.extend([lead, unit]);
                return Ok(());
            }
            return Err(Again::of([first, byte, 0], 2));
        }
        match unit {
            0xd800..0xdc00 => self.lead = Some(unit),
            0xdc00..0xe000 => return Err(Again::NONE),
            _ => out.push(unit),
        }
        Ok(())
    }
}

/// An encoding of one byte below 0x80, or a lead byte and another.
fn two_bytes(
    lead: &mut u8,
    byte: Option<u8>,
    out: &mut Vec<u16>,
    leads: core::ops::RangeInclusive<u8>,
    decode: fn(u32, u32, &mut Vec<u16>) -> Option<()>,
) -> Step {
    let first = core::mem::take(lead);
    let Some(byte) = byte else {
        return if first == 0 { Ok(()) } else { Err(Again::NONE) };
    };
    if first != 0 {
        return match decode(u32::from(first), u32::from(byte), out) {
            Some(()) => Ok(()),
            None if byte < 0x80 => Err(Again::maybe(Some(byte))),
            None => Err(Again::NONE),
        };
    }
    match byte {
        0..0x80 => found(Some(u32::from(byte)), out),
        _ if leads.contains(&byte) => {
            *lead = byte;
            Ok(())
        }
        _ => Err(Again::NONE),
    }
}

fn big5(lead: u32, byte: u32, out: &mut Vec<u16>) -> Option<()> {
    let offset = match byte {
        0x40..=0x7e => 0x40,
        0xa1..=0xfe => 0x62,
        _ => return None,
    };
    let pointer = (lead - 0x81) * 157 + byte - offset;
    let pair = match pointer {
        1133 => [0xca, 0x304],
        1135 => [0xca, 0x30c],
        1164 => [0xea, 0x304],
        1166 => [0xea, 0x30c],
        _ => {
            push(out, tables::big5(pointer)?);
            return Some(());
        }
    };
    out.extend(pair);
    Some(())
}

fn euc_kr(lead: u32, byte: u32, out: &mut Vec<u16>) -> Option<()> {
    if !(0x41..=0xfe).contains(&byte) {
        return None;
    }
    push(out, EUC_KR.get((lead - 0x81) * 190 + byte - 0x41)?);
    Some(())
}

fn shift_jis(lead: &mut u8, byte: Option<u8>, out: &mut Vec<u16>) -> Step {
    if *lead == 0 {
        match byte {
            Some(0x80) => return found(Some(0x80), out),
            Some(byte @ 0xa1..=0xdf) => return found(Some(0xff61 - 0xa1 + u32::from(byte)), out),
            Some(0xa0) => return Err(Again::NONE),
            _ => {}
        }
    }
    two_bytes(lead, byte, out, 0x81..=0xfc, |lead, byte, out| {
        let offset = match byte {
            0x40..=0x7e => 0x40,
            0x80..=0xfc => 0x41,
            _ => return None,
        };
        let lead_offset = if lead < 0xa0 { 0x81 } else { 0xc1 };
        let pointer = (lead - lead_offset) * 188 + byte - offset;
        push(
            out,
            match pointer {
                // the rows that users define
                8836..=10715 => 0xe000 - 8836 + pointer,
                _ => JIS0208.get(pointer)?,
            },
        );
        Some(())
    })
}

fn euc_jp(lead: &mut u8, is_jis0212: &mut bool, byte: Option<u8>, out: &mut Vec<u16>) -> Step {
    let first = core::mem::take(lead);
    let Some(byte) = byte else {
        *is_jis0212 = false;
        return if first == 0 { Ok(()) } else { Err(Again::NONE) };
    };
    match (first, byte) {
        (0x8e, 0xa1..=0xdf) => return found(Some(0xff61 - 0xa1 + u32::from(byte)), out),
        (0x8f, 0xa1..=0xfe) => {
            *is_jis0212 = true;
            *lead = byte;
            return Ok(());
        }
        (0, 0..0x80) => return found(Some(u32::from(byte)), out),
        (0, 0x8e | 0x8f | 0xa1..=0xfe) => {
            *lead = byte;
            return Ok(());
        }
        (0, _) => return Err(Again::NONE),
        _ => {}
    }
    let table = match core::mem::take(is_jis0212) {
        true => &JIS0212,
        false => &JIS0208,
    };
    let code_point = match (first, byte) {
        (0xa1..=0xfe, 0xa1..=0xfe) => {
            table.get((u32::from(first) - 0xa1) * 94 + u32::from(byte) - 0xa1)
        }
        _ => None,
    };
    match code_point {
        None if byte < 0x80 => Err(Again::maybe(Some(byte))),
        code_point => found(code_point, out),
    }
}
