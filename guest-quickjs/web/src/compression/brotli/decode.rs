//! Decoding: RFC 7932, section 10.
//!
//! The input comes in pieces of any size. Decoding goes in small steps; one that runs out of input is done again from its start when
//! there is more. The largest thing that is read in one step is the description of one prefix code.

use super::bits::{Bits, Read, Stop};
use super::dictionary;
use super::prefix::Code;
use crate::compression::Corrupt;

/// How much is decoded before it is handed out.
const CHUNK: usize = 1 << 16;

/// Decodes a stream.
pub struct Decoder {
    bits: Bits,
    state: State,
    /// What has been decoded: what references can reach, and what has not been handed out.
    out: Vec<u8>,
    /// From here on it has not been handed out.
    fresh: usize,
    /// How far references reach.
    window: usize,
    /// The last distances, the latest first.
    distances: [usize; 4],
    is_last: bool,
    block: Block,
}

/// A meta-block.
#[derive(Default)]
struct Block {
    /// How much there is left of it.
    left: usize,
    /// Of literals, of insert-and-copy lengths, of distances.
    kinds: [Kind; 3],
    postfix: u32,
    direct: u32,
    modes: Vec<u32>,
    literal_map: Map,
    distance_map: Map,
    literals: Vec<Code>,
    commands: Vec<Code>,
    distances: Vec<Code>,
}

/// The block types of one category.
struct Kind {
    count: u32,
    types: Option<Code>,
    lengths: Option<Code>,
    current: u32,
    previous: u32,
    left: u32,
}

impl Default for Kind {
    fn default() -> Self {
        Kind {
            count: 1,
            types: None,
            lengths: None,
            current: 0,
            previous: 1,
            left: 1 << 24,
        }
    }
}

/// Which prefix code a context uses.
#[derive(Default)]
struct Map {
    trees: u32,
    size: usize,
    longest_run: u32,
    code: Option<Code>,
    entries: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Window,
    Header,
    Skip(usize),
    Uncompressed,
    Kinds(usize),
    Parameters,
    LiteralMap,
    DistanceMapHeader,
    DistanceMap,
    Literals,
    Commands,
    Distances,
    Command,
    Insert {
        count: u32,
        copy: u32,
        is_last_distance: bool,
    },
    Copy {
        count: u32,
        is_last_distance: bool,
    },
    Done,
}

impl Default for Decoder {
    fn default() -> Self {
        Decoder {
            bits: Bits::default(),
            state: State::Window,
            out: Vec::new(),
            fresh: 0,
            window: 0,
            distances: [4, 11, 15, 16],
            is_last: false,
            block: Block::default(),
        }
    }
}

impl Decoder {
    /// More input.
    pub fn push(&mut self, input: &[u8]) {
        self.bits.push(input);
    }

    /// Whether this is the end of the stream.
    pub fn is_done(&self) -> bool {
        self.state == State::Done && self.fresh == self.out.len()
    }

    /// Whether there is input after the end.
    pub fn has_rest(&self) -> bool {
        self.bits.has_bytes()
    }

    /// What comes next; nothing if that takes more input, or at the end.
    pub fn pull(&mut self) -> Result<Vec<u8>, Corrupt> {
        self.forget();
        let mut result = Ok(());
        while self.state != State::Done && self.out.len() - self.fresh < CHUNK {
            let place = self.bits.place();
            match self.step() {
                Ok(()) => {}
                Err(Stop::More) => {
                    self.bits.go_back(place);
                    break;
                }
                Err(Stop::Corrupt) => {
                    result = Err(Corrupt);
                    break;
                }
            }
        }
        let fresh = self.out.get(self.fresh..).unwrap_or_default().to_vec();
        self.fresh = self.out.len();
        // what is good comes before the error
        match result {
            Err(corrupt) if fresh.is_empty() => Err(corrupt),
            _ => Ok(fresh),
        }
    }

    /// Drops what no reference reaches any more, when that is much.
    fn forget(&mut self) {
        let reachable = self.window.max(CHUNK);
        if self.out.len() > 2 * reachable {
            self.out.drain(..self.out.len() - reachable);
            self.fresh = self.out.len();
        }
    }

    fn step(&mut self) -> Read<()> {
        self.state = match self.state {
            State::Window => self.read_window()?,
            State::Header => self.read_header()?,
            State::Skip(left) => match self.bits.bytes(left).len() {
                0 if left > 0 => return Err(Stop::More),
                count if count < left => State::Skip(left - count),
                _ => self.after_block(),
            },
            State::Uncompressed => {
                let bytes = self.bits.bytes(self.block.left.min(CHUNK));
                if bytes.is_empty() {
                    return Err(Stop::More);
                }
                self.block.left -= bytes.len();
                self.out.extend_from_slice(bytes);
                match self.block.left {
                    0 => self.after_block(),
                    _ => State::Uncompressed,
                }
            }
            State::Kinds(3) => State::Parameters,
            State::Kinds(index) => {
                let kind = Kind::parse(&mut self.bits)?;
                if let Some(place) = self.block.kinds.get_mut(index) {
                    *place = kind;
                }
                State::Kinds(index + 1)
            }
            State::Parameters => self.read_parameters()?,
            State::LiteralMap => match self.block.literal_map.is_complete() {
                true => State::DistanceMapHeader,
                false => {
                    self.block.literal_map.read(&mut self.bits)?;
                    State::LiteralMap
                }
            },
            State::DistanceMapHeader => {
                let [_, _, distances] = &self.block.kinds;
                let size = distances.count as usize * 4;
                self.block.distance_map = Map::parse(&mut self.bits, size)?;
                State::DistanceMap
            }
            State::DistanceMap => match self.block.distance_map.is_complete() {
                true => State::Literals,
                false => {
                    self.block.distance_map.read(&mut self.bits)?;
                    State::DistanceMap
                }
            },
            State::Literals => {
                let block = &mut self.block;
                if block.literals.len() < block.literal_map.trees as usize {
                    block.literals.push(Code::parse(&mut self.bits, 256)?);
                    State::Literals
                } else {
                    State::Commands
                }
            }
            State::Commands => {
                let block = &mut self.block;
                let [_, commands, _] = &block.kinds;
                if block.commands.len() < commands.count as usize {
                    block.commands.push(Code::parse(&mut self.bits, 704)?);
                    State::Commands
                } else {
                    State::Distances
                }
            }
            State::Distances => {
                let block = &mut self.block;
                if block.distances.len() < block.distance_map.trees as usize {
                    let alphabet = 16 + block.direct + (48 << block.postfix);
                    let code = Code::parse(&mut self.bits, alphabet as u16)?;
                    block.distances.push(code);
                    State::Distances
                } else {
                    State::Command
                }
            }
            State::Command => self.read_command()?,
            State::Insert {
                count,
                copy,
                is_last_distance,
            } => self.insert(count, copy, is_last_distance)?,
            State::Copy {
                count,
                is_last_distance,
            } => self.copy(count, is_last_distance)?,
            State::Done => State::Done,
        };
        Ok(())
    }

    fn after_block(&mut self) -> State {
        self.block = Block::default();
        match self.is_last {
            true => State::Done,
            false => State::Header,
        }
    }

    fn read_window(&mut self) -> Read<State> {
        let bits = &mut self.bits;
        let width = if bits.take(1)? == 0 {
            16
        } else {
            match bits.take(3)? {
                0 => match bits.take(3)? {
                    0 => 17,
                    1 => return Err(Stop::Corrupt),
                    more => 8 + more,
                },
                more => 17 + more,
            }
        };
        self.window = (1 << width) - 16;
        Ok(State::Header)
    }

    fn read_header(&mut self) -> Read<State> {
        let bits = &mut self.bits;
        let is_last = bits.take(1)? == 1;
        if is_last && bits.take(1)? == 1 {
            bits.align()?;
            return Ok(State::Done);
        }
        let nibbles = match bits.take(2)? {
            3 => {
                if bits.take(1)? != 0 {
                    return Err(Stop::Corrupt);
                }
                let count = bits.take(2)?;
                let mut length = 0;
                for index in 0..count {
                    let byte = bits.take(8)?;
                    if byte == 0 && index > 0 && index == count - 1 {
                        return Err(Stop::Corrupt);
                    }
                    length |= byte << (8 * index);
                }
                bits.align()?;
                self.is_last = is_last;
                return Ok(State::Skip(match count {
                    0 => 0,
                    _ => length as usize + 1,
                }));
            }
            count => 4 + count,
        };
        let mut length = 0;
        for index in 0..nibbles {
            let nibble = bits.take(4)?;
            if nibble == 0 && index > 3 && index == nibbles - 1 {
                return Err(Stop::Corrupt);
            }
            length |= nibble << (4 * index);
        }
        let is_uncompressed = !is_last && bits.take(1)? == 1;
        if is_uncompressed {
            bits.align()?;
        }
        self.is_last = is_last;
        self.block.left = length as usize + 1;
        Ok(match is_uncompressed {
            true => State::Uncompressed,
            false => State::Kinds(0),
        })
    }

    fn read_parameters(&mut self) -> Read<State> {
        let (bits, block) = (&mut self.bits, &mut self.block);
        let postfix = bits.take(2)?;
        let direct = bits.take(4)? << postfix;
        let [literals, ..] = &block.kinds;
        let mut modes = Vec::new();
        for _ in 0..literals.count {
            modes.push(bits.take(2)?);
        }
        let map = Map::parse(bits, literals.count as usize * 64)?;
        (block.postfix, block.direct) = (postfix, direct);
        block.modes = modes;
        block.literal_map = map;
        Ok(State::LiteralMap)
    }

    fn read_command(&mut self) -> Read<State> {
        const INSERT_BASES: [u32; 24] = [
            0, 1, 2, 3, 4, 5, 6, 8, 10, 14, 18, 26, 34, 50, 66, 98, 130, 194, 322, 578, 1090, 2114,
            6210, 22594,
        ];
        const INSERT_BITS: [u8; 24] = [
            0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 9, 10, 12, 14, 24,
        ];
        const COPY_BASES: [u32; 24] = [
            2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 18, 22, 30, 38, 54, 70, 102, 134, 198, 326, 582,
            1094, 2118,
        ];
        const COPY_BITS: [u8; 24] = [
            0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 9, 10, 24,
        ];
        // for each 64 symbols, where insert and copy codes begin
        const CELLS: [(u16, u16); 11] = [
            (0, 0),
            (0, 8),
            (0, 0),
            (0, 8),
            (8, 0),
            (8, 8),
            (0, 16),
            (16, 0),
            (8, 16),
            (16, 8),
            (16, 16),
        ];
        let (bits, block) = (&mut self.bits, &mut self.block);
        let [_, kind, _] = &mut block.kinds;
        if kind.left == 0 {
            kind.switch(bits)?;
            // done, even if what follows has to wait
            return Ok(State::Command);
        }
        let code = block.commands.get(kind.current as usize);
        let symbol = code.ok_or(Stop::Corrupt)?.read(bits)?;
        let (insert, copy) = *CELLS.get(usize::from(symbol >> 6)).ok_or(Stop::Corrupt)?;
        let insert = usize::from(insert + (symbol >> 3 & 7));
        let copy = usize::from(copy + (symbol & 7));
        let value = |bases: &[u32; 24], widths: &[u8; 24], index: usize, bits: &mut Bits| {
            let (Some(base), Some(width)) = (bases.get(index), widths.get(index)) else {
                return Err(Stop::Corrupt);
            };
            Ok(base + bits.take(u32::from(*width))?)
        };
        let count = value(&INSERT_BASES, &INSERT_BITS, insert, bits)?;
        let copy = value(&COPY_BASES, &COPY_BITS, copy, bits)?;
        kind.left -= 1;
        if count as usize > block.left {
            return Err(Stop::Corrupt);
        }
        Ok(State::Insert {
            count,
            copy,
            is_last_distance: symbol < 128,
        })
    }

    /// Literals, as many as there are bits for.
    fn insert(&mut self, mut count: u32, copy: u32, is_last_distance: bool) -> Read<State> {
        let block = &mut self.block;
        let [kind, ..] = &mut block.kinds;
        let start = self.bits.place();
        let mut room = CHUNK;
        while count > 0 {
            let literal = (|| {
                if kind.left == 0 {
                    kind.switch(&mut self.bits)?;
                }
                let mode = block.modes.get(kind.current as usize).copied();
                let contexts = dictionary::contexts(mode.unwrap_or_default());
                let last = |back: usize| {
                    let at = self.out.len().wrapping_sub(back);
                    self.out.get(at).copied().map_or(0, usize::from)
                };
                let (last, other) = (last(1), last(2));
                let context = contexts.get(last).copied().unwrap_or_default()
                    | contexts.get(256 + other).copied().unwrap_or_default();
                let tree = block
                    .literal_map
                    .tree(kind.current as usize * 64 + usize::from(context));
                let code = block.literals.get(tree).ok_or(Stop::Corrupt)?;
                code.read(&mut self.bits)
            })();
            let again = State::Insert {
                count,
                copy,
                is_last_distance,
            };
            match literal {
                Ok(literal) => self.out.push(literal as u8),
                // what has been read is kept; a switch and a literal are read all or not at all
                Err(Stop::More) if self.bits.place() != start || self.state != again => {
                    return Ok(again);
                }
                Err(stop) => return Err(stop),
            }
            kind.left -= 1;
            block.left -= 1;
            count -= 1;
            room -= 1;
            if room == 0 {
                return Ok(State::Insert {
                    count,
                    copy,
                    is_last_distance,
                });
            }
        }
        Ok(match block.left {
            0 => self.end_block()?,
            _ => State::Copy {
                count: copy,
                is_last_distance,
            },
        })
    }

    fn end_block(&mut self) -> Read<State> {
        let state = self.after_block();
        if state == State::Done {
            self.bits.align()?;
        }
        Ok(state)
    }

    fn copy(&mut self, count: u32, is_last_distance: bool) -> Read<State> {
        let (code, distance) = match is_last_distance {
            true => (0, self.distances[0]),
            false => match self.read_distance(count)? {
                Some(distance) => distance,
                None => return Ok(self.state),
            },
        };
        let reachable = self.window.min(self.out.len());
        let count = count as usize;
        let start = self.out.len();
        if distance > reachable {
            let number = distance - reachable - 1;
            dictionary::append(count, number, &mut self.out).ok_or(Stop::Corrupt)?;
        } else {
            if count > self.block.left {
                return Err(Stop::Corrupt);
            }
            if code != 0 {
                let [first, second, third, _] = self.distances;
                self.distances = [distance, first, second, third];
            }
            copy_within(&mut self.out, distance, count);
        }
        let written = self.out.len() - start;
        self.block.left = self.block.left.checked_sub(written).ok_or(Stop::Corrupt)?;
        match self.block.left {
            0 => self.end_block(),
            _ => Ok(State::Command),
        }
    }

    /// A distance and its code; nothing if only the block type has been switched.
    fn read_distance(&mut self, count: u32) -> Read<Option<(u32, usize)>> {
        let (bits, block) = (&mut self.bits, &mut self.block);
        let [_, _, kind] = &mut block.kinds;
        if kind.left == 0 {
            kind.switch(bits)?;
            return Ok(None);
        }
        let context = (count as usize - 2).min(3);
        let tree = block.distance_map.tree(kind.current as usize * 4 + context);
        let code = block.distances.get(tree).ok_or(Stop::Corrupt)?;
        let code = u32::from(code.read(bits)?);
        let distance = match code {
            0..16 => recent(&self.distances, code).ok_or(Stop::Corrupt)?,
            _ if code < 16 + block.direct => (code - 15) as usize,
            _ => {
                let code = code - 16 - block.direct;
                let high = code >> block.postfix;
                let low = code & ((1 << block.postfix) - 1);
                let width = 1 + (high >> 1);
                if width > 24 {
                    return Err(Stop::Corrupt);
                }
                let offset = ((2 + (high & 1)) << width) - 4;
                let extra = bits.take(width)?;
                (((offset + extra) << block.postfix) + low + block.direct + 1) as usize
            }
        };
        kind.left -= 1;
        Ok(Some((code, distance)))
    }
}

/// One of the last distances, or one close to it.
fn recent(distances: &[usize; 4], code: u32) -> Option<usize> {
    let [first, second, ..] = *distances;
    let (distance, place) = match code {
        0..4 => return distances.get(code as usize).copied(),
        4..10 => (first, code - 4),
        _ => (second, code - 10),
    };
    let step = (place / 2 + 1) as usize;
    let near = match place % 2 {
        0 => distance.checked_sub(step)?,
        _ => distance + step,
    };
    (near > 0).then_some(near)
}

fn copy_within(out: &mut Vec<u8>, distance: usize, count: usize) {
    let mut left = count;
    while left > 0 {
        let from = out.len() - distance;
        let step = left.min(distance);
        out.extend_from_within(from..from + step);
        left -= step;
    }
}

/// A number from 1 to 256.
fn read_count(bits: &mut Bits) -> Read<u32> {
    if bits.take(1)? == 0 {
        return Ok(1);
    }
    let width = bits.take(3)?;
    Ok(1 + (1 << width) + bits.take(width)?)
}

impl Kind {
    fn parse(bits: &mut Bits) -> Read<Kind> {
        let count = read_count(bits)?;
        let mut kind = Kind {
            count,
            ..Kind::default()
        };
        if count > 1 {
            kind.types = Some(Code::parse(bits, count as u16 + 2)?);
            let lengths = Code::parse(bits, 26)?;
            kind.left = read_block_length(&lengths, bits)?;
            kind.lengths = Some(lengths);
        }
        Ok(kind)
    }

    /// The next block begins. Reads all that says so or nothing.
    #[cold]
    fn switch(&mut self, bits: &mut Bits) -> Read<()> {
        let (Some(types), Some(lengths)) = (&self.types, &self.lengths) else {
            return Err(Stop::Corrupt);
        };
        let place = bits.place();
        let mut read = || Ok((types.read(bits)?, read_block_length(lengths, bits)?));
        let (code, left) = match read() {
            Ok(read) => read,
            Err(stop) => {
                bits.go_back(place);
                return Err(stop);
            }
        };
        let next = match code {
            0 => self.previous,
            1 if self.current + 1 == self.count => 0,
            1 => self.current + 1,
            more => u32::from(more) - 2,
        };
        self.previous = self.current;
        (self.current, self.left) = (next, left);
        Ok(())
    }
}

fn read_block_length(code: &Code, bits: &mut Bits) -> Read<u32> {
    const BASES: [u16; 26] = [
        1, 5, 9, 13, 17, 25, 33, 41, 49, 65, 81, 97, 113, 145, 177, 209, 241, 305, 369, 497, 753,
        1265, 2289, 4337, 8433, 16625,
    ];
    const WIDTHS: [u8; 26] = [
        2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 7, 8, 9, 10, 11, 12, 13, 24,
    ];
    let symbol = usize::from(code.read(bits)?);
    let (Some(base), Some(width)) = (BASES.get(symbol), WIDTHS.get(symbol)) else {
        return Err(Stop::Corrupt);
    };
    Ok(u32::from(*base) + bits.take(u32::from(*width))?)
}

impl Map {
    /// Reads what precedes the entries.
    fn parse(bits: &mut Bits, size: usize) -> Read<Map> {
        let trees = read_count(bits)?;
        let mut map = Map {
            trees,
            size,
            ..Map::default()
        };
        if trees > 1 {
            if bits.take(1)? == 1 {
                map.longest_run = bits.take(4)? + 1;
            }
            map.code = Some(Code::parse(bits, (trees + map.longest_run) as u16)?);
        }
        Ok(map)
    }

    /// A map that nobody wrote down is all zeros; then it has no entries.
    fn is_complete(&self) -> bool {
        self.code.is_none()
    }

    /// Reads the next entries, and what follows the last one.
    fn read(&mut self, bits: &mut Bits) -> Read<()> {
        let Some(code) = &self.code else {
            return Ok(());
        };
        if self.entries.len() < self.size {
            let symbol = u32::from(code.read(bits)?);
            let (entry, count) = match symbol {
                0 => (0, 1),
                run if run <= self.longest_run => (0, (1 << run) + bits.take(run)?),
                more => ((more - self.longest_run) as u8, 1),
            };
            let len = self.entries.len() + count as usize;
            if len > self.size {
                return Err(Stop::Corrupt);
            }
            self.entries.resize(len, entry);
            return Ok(());
        }
        if bits.take(1)? == 1 {
            self.undo_move_to_front();
        }
        self.code = None;
        Ok(())
    }

    fn undo_move_to_front(&mut self) {
        let mut order: Vec<u8> = (0..=255).collect();
        for entry in &mut self.entries {
            let place = usize::from(*entry);
            *entry = order.get(place).copied().unwrap_or_default();
            if let Some(front) = order.get_mut(..=place) {
                front.rotate_right(1);
            }
        }
    }

    fn tree(&self, place: usize) -> usize {
        self.entries.get(place).copied().map_or(0, usize::from)
    }
}
