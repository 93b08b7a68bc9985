//! Prefix codes: RFC 7932, section 3.

use super::bits::{Bits, Read, Stop};

const LONGEST: usize = 15;
/// Codes up to this length are found at once.
const ROOT: u32 = 8;

/// A prefix code.
pub struct Code {
    /// By the next bits: the symbol and, above it, the length; 0 for codes that are longer.
    root: Vec<u16>,
    /// How many codes there are of each length.
    counts: [u16; LONGEST + 1],
    /// By length, then by value.
    symbols: Vec<u16>,
}

impl Code {
    /// The code whose symbols have these lengths; 0 for those that do not occur.
    fn new(lengths: &[u8]) -> Code {
        let mut counts = [0u16; LONGEST + 1];
        let mut symbols = Vec::new();
        for length in 1..=LONGEST as u8 {
            for (symbol, its) in (0u16..).zip(lengths) {
                if *its == length {
                    symbols.push(symbol);
                    if let Some(count) = counts.get_mut(usize::from(length)) {
                        *count += 1;
                    }
                }
            }
        }
        let mut code = Code {
            root: Vec::new(),
            counts,
            symbols,
        };
        if code.symbols.len() > 1 {
            let root = (0..1 << ROOT).map(|bits| match code.walk(bits, ROOT) {
                Some((symbol, length)) => symbol | (length as u16) << 10,
                None => 0,
            });
            code.root = root.collect();
        }
        code
    }

    /// The code of one symbol, which takes no bits.
    fn single(symbol: u16) -> Code {
        Code {
            root: Vec::new(),
            counts: [0; LONGEST + 1],
            symbols: vec![symbol],
        }
    }

    /// Reads a symbol.
    #[inline]
    pub fn read(&self, bits: &mut Bits) -> Read<u16> {
        let next = bits.peek();
        let found = self.root.get((next & ((1 << ROOT) - 1)) as usize);
        match found {
            Some(entry) if *entry != 0 => {
                bits.skip(u32::from(entry >> 10))?;
                Ok(entry & 0x3ff)
            }
            Some(_) => self.read_long(next, bits),
            None => self.symbols.first().copied().ok_or(Stop::Corrupt),
        }
    }

    #[cold]
    fn read_long(&self, next: u32, bits: &mut Bits) -> Read<u16> {
        let (symbol, length) = self.walk(next, LONGEST as u32).ok_or(Stop::Corrupt)?;
        bits.skip(length)?;
        Ok(symbol)
    }

    /// The symbol that these bits begin with, and how many of them it takes.
    fn walk(&self, bits: u32, longest: u32) -> Option<(u16, u32)> {
        let (mut code, mut first, mut index) = (0u32, 0u32, 0u32);
        for length in 1..=longest {
            code |= bits >> (length - 1) & 1;
            let count = u32::from(*self.counts.get(length as usize)?);
            if code < first + count {
                let symbol = self.symbols.get((index + code - first) as usize)?;
                return Some((*symbol, length));
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        None
    }

    /// Reads the description of a code over so many symbols.
    pub fn parse(bits: &mut Bits, alphabet: u16) -> Read<Code> {
        match bits.take(2)? {
            1 => Code::parse_simple(bits, alphabet),
            skip => Code::parse_complex(bits, alphabet, skip as usize),
        }
    }

    fn parse_simple(bits: &mut Bits, alphabet: u16) -> Read<Code> {
        let count = bits.take(2)? as usize + 1;
        let width = u16::BITS - (alphabet - 1).leading_zeros();
        let mut symbols = [0u16; 4];
        for place in 0..count {
            let symbol = bits.take(width)? as u16;
            let known = symbols.get(..place).unwrap_or_default();
            if symbol >= alphabet || known.contains(&symbol) {
                return Err(Stop::Corrupt);
            }
            if let Some(place) = symbols.get_mut(place) {
                *place = symbol;
            }
        }
        let lengths: [u8; 4] = match count {
            1 => return Ok(Code::single(symbols[0])),
            2 => [1, 1, 0, 0],
            3 => [1, 2, 2, 0],
            _ if bits.take(1)? == 0 => [2, 2, 2, 2],
            _ => [1, 2, 3, 3],
        };
        let mut all = vec![0; usize::from(alphabet)];
        for (symbol, length) in symbols.iter().zip(lengths).take(count) {
            if let Some(place) = all.get_mut(usize::from(*symbol)) {
                *place = length;
            }
        }
        Ok(Code::new(&all))
    }

    fn parse_complex(bits: &mut Bits, alphabet: u16, skip: usize) -> Read<Code> {
        let lengths = Code::parse_lengths(bits, skip)?;
        let mut all = vec![0u8; usize::from(alphabet)];
        let (mut at, mut space) = (0usize, 1i32 << LONGEST);
        let mut previous = 8u8;
        // the last symbol, if it was a repetition, and how often
        let mut run = (0u16, 0usize);
        while at < all.len() && space > 0 {
            let symbol = lengths.read(bits)?;
            if symbol < 16 {
                run = (0, 0);
                let length = symbol as u8;
                if let Some(place) = all.get_mut(at) {
                    *place = length;
                }
                at += 1;
                if length != 0 {
                    previous = length;
                    space -= 1 << (LONGEST - usize::from(length));
                }
                continue;
            }
            let width = if symbol == 16 { 2 } else { 3 };
            let extra = bits.take(width)? as usize;
            let before = if run.0 == symbol { run.1 } else { 0 };
            let total = match before {
                0 => extra + 3,
                before => ((before - 2) << width) + extra + 3,
            };
            run = (symbol, total);
            let places = all
                .get_mut(at..at + (total - before))
                .ok_or(Stop::Corrupt)?;
            if symbol == 16 {
                places.fill(previous);
                let each = 1i32 << (LONGEST - usize::from(previous));
                space = space.saturating_sub(each.saturating_mul(places.len() as i32));
            }
            at += total - before;
        }
        match space {
            0 => Ok(Code::new(&all)),
            _ => Err(Stop::Corrupt),
        }
    }

    /// The code of the lengths of a code.
    fn parse_lengths(bits: &mut Bits, skip: usize) -> Read<Code> {
        const ORDER: [usize; 18] = [1, 2, 3, 4, 0, 5, 17, 6, 16, 7, 8, 9, 10, 11, 12, 13, 14, 15];
        let mut lengths = [0u8; 18];
        let (mut space, mut count) = (32i32, 0);
        for symbol in ORDER.iter().skip(skip) {
            let (length, width) = match bits.peek() & 15 {
                0 | 4 | 8 | 12 => (0, 2),
                1 | 5 | 9 | 13 => (4, 2),
                2 | 6 | 10 | 14 => (3, 2),
                3 | 11 => (2, 3),
                7 => (1, 4),
                _ => (5, 4),
            };
            bits.skip(width)?;
            if let Some(place) = lengths.get_mut(*symbol) {
                *place = length;
            }
            if length != 0 {
                space -= 32 >> length;
                count += 1;
                if space <= 0 {
                    break;
                }
            }
        }
        if count == 1 {
            let only = lengths.iter().position(|length| *length != 0);
            return Ok(Code::single(only.unwrap_or_default() as u16));
        }
        match space {
            0 => Ok(Code::new(&lengths)),
            _ => Err(Stop::Corrupt),
        }
    }
}
