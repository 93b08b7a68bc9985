//! ISO-2022-JP, whose bytes mean something else after each escape.

use super::decoder::{Again, Step, found};
use super::tables::JIS0208;

#[derive(Default)]
pub(super) struct Iso2022Jp {
    state: State,
    /// The set that the last escape chose.
    set: Set,
    lead: u8,
    /// The last thing was an escape.
    is_escaped: bool,
}

#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    Text,
    Trail,
    EscapeStart,
    Escape,
}

#[derive(Clone, Copy, Default)]
enum Set {
    #[default]
    Ascii,
    Roman,
    Katakana,
    Jis0208,
}

impl Iso2022Jp {
    pub fn step(&mut self, byte: Option<u8>, out: &mut Vec<u16>) -> Step {
        match self.state {
            State::Text => self.text(byte, out),
            State::Trail => {
                self.state = State::Text;
                match byte {
                    Some(0x1b) => {
                        self.state = State::EscapeStart;
                        Err(Again::NONE)
                    }
                    Some(byte @ 0x21..=0x7e) => {
                        let pointer = u32::from(self.lead - 0x21) * 94 + u32::from(byte) - 0x21;
                        found(JIS0208.get(pointer), out)
                    }
                    Some(_) => Err(Again::NONE),
                    None => Err(Again::maybe(None)),
                }
            }
            State::EscapeStart => match byte {
                Some(byte @ (0x24 | 0x28)) => {
                    self.lead = byte;
                    self.state = State::Escape;
                    Ok(())
                }
                byte => {
                    self.is_escaped = false;
                    self.state = State::Text;
                    Err(Again::maybe(byte))
                }
            },
            State::Escape => {
                self.state = State::Text;
                self.set = match (self.lead, byte) {
                    (0x28, Some(0x42)) => Set::Ascii,
                    (0x28, Some(0x4a)) => Set::Roman,
                    (0x28, Some(0x49)) => Set::Katakana,
                    (0x24, Some(0x40 | 0x42)) => Set::Jis0208,
                    (lead, byte) => {
                        self.is_escaped = false;
                        return Err(match byte {
                            Some(byte) => Again::of([lead, byte, 0], 2),
                            None => Again::of([lead, 0, 0], 1).and_end(),
                        });
                    }
                };
                // one escape right after another is an error
                match core::mem::replace(&mut self.is_escaped, true) {
                    true => Err(Again::NONE),
                    false => Ok(()),
                }
            }
        }
    }

    fn text(&mut self, byte: Option<u8>, out: &mut Vec<u16>) -> Step {
        let Some(byte) = byte else {
            return Ok(());
        };
        if byte == 0x1b {
            self.state = State::EscapeStart;
            return Ok(());
        }
        self.is_escaped = false;
        let code_point = u32::from(byte);
        let code_point = match (self.set, byte) {
            (Set::Jis0208, 0x21..=0x7e) => {
                self.lead = byte;
                self.state = State::Trail;
                return Ok(());
            }
            (Set::Katakana, 0x21..=0x5f) => Some(0xff61 - 0x21 + code_point),
            (Set::Ascii | Set::Roman, 0x0e | 0x0f) => None,
            (Set::Roman, 0x5c) => Some(0xa5),
            (Set::Roman, 0x7e) => Some(0x203e),
            (Set::Ascii | Set::Roman, 0..0x80) => Some(code_point),
            _ => None,
        };
        found(code_point, out)
    }
}
