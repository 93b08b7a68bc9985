//! Encoding: references to what came before, found by hash chains, and one prefix code of each kind for each meta-block.

use super::huffman::{self, Writer};

/// How far references reach: a window of so many bits.
const WINDOW_BITS: u32 = 18;
const REACH: usize = (1 << WINDOW_BITS) - 16;
/// How much goes into one meta-block.
const BLOCK: usize = 1 << 17;
const HASH_BITS: u32 = 15;
/// How many places with the same hash are looked at.
const DEPTH: usize = 24;
/// What a reference must be worth.
const LEAST_SCORE: i32 = 100;
/// How much better one a byte later must be.
const LAZY_SCORE: i32 = 175;

const INSERTS: [(u32, u8); 24] = [
    (0, 0),
    (1, 0),
    (2, 0),
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 1),
    (8, 1),
    (10, 2),
    (14, 2),
    (18, 3),
    (26, 3),
    (34, 4),
    (50, 4),
    (66, 5),
    (98, 5),
    (130, 6),
    (194, 7),
    (322, 8),
    (578, 9),
    (1090, 10),
    (2114, 12),
    (6210, 14),
    (22594, 24),
];
const COPIES: [(u32, u8); 24] = [
    (2, 0),
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 0),
    (9, 0),
    (10, 1),
    (12, 1),
    (14, 2),
    (18, 2),
    (22, 3),
    (30, 3),
    (38, 4),
    (54, 4),
    (70, 5),
    (102, 5),
    (134, 6),
    (198, 7),
    (326, 8),
    (582, 9),
    (1094, 10),
    (2118, 24),
];

/// Encodes a stream.
pub struct Encoder {
    /// What references reach, and what has not been encoded.
    data: Vec<u8>,
    /// From here on it has not been encoded.
    pending: usize,
    /// How much has been dropped before `data`.
    dropped: u32,
    /// The last place with a hash, and for each place the one before; one more than that.
    heads: Vec<u32>,
    chain: Vec<u32>,
    distances: [usize; 4],
    writer: Writer,
    at_start: bool,
}

impl Default for Encoder {
    fn default() -> Self {
        Encoder {
            data: Vec::new(),
            pending: 0,
            dropped: 0,
            heads: vec![0; 1 << HASH_BITS],
            chain: vec![0; 1 << WINDOW_BITS],
            distances: [4, 11, 15, 16],
            writer: Writer::default(),
            at_start: true,
        }
    }
}

/// Literals, and a copy of what came before.
struct Command {
    /// Where the literals begin, and how many there are.
    start: usize,
    insert: usize,
    /// How much is copied; nothing at the end of a meta-block, where no distance is written either.
    copy: usize,
    /// The code of the distance, with the extra bits and how many they are; 0 is the last distance.
    distance: (u16, u32, u32),
}

#[derive(Clone, Copy)]
struct Match {
    len: usize,
    distance: usize,
    score: i32,
}

impl Encoder {
    /// Takes input, and gives the output there is.
    pub fn write(&mut self, input: &[u8], is_last: bool, out: &mut Vec<u8>) {
        if core::mem::take(&mut self.at_start) {
            // a window of 18 bits
            self.writer.bits(0b0011, 4, out);
        }
        let mut rest = input;
        loop {
            let room = BLOCK - (self.data.len() - self.pending);
            let (now, later) = rest.split_at_checked(room).unwrap_or((rest, &[]));
            self.data.extend_from_slice(now);
            rest = later;
            let len = self.data.len() - self.pending;
            if len == BLOCK || is_last && len > 0 {
                self.encode_block(out);
            }
            if rest.is_empty() {
                break;
            }
        }
        if is_last {
            // the last meta-block, and it is empty
            self.writer.bits(0b11, 2, out);
            self.writer.align(out);
        }
    }

    fn encode_block(&mut self, out: &mut Vec<u8>) {
        let before = (self.writer.clone(), out.len(), self.distances);
        let commands = self.commands();
        let len = self.data.len() - self.pending;
        self.write_header(len, false, out);
        self.write_compressed(&commands, out);
        if out.len() - before.1 > len + 4 {
            (self.writer, self.distances) = (before.0, before.2);
            out.truncate(before.1);
            self.write_header(len, true, out);
            self.writer.align(out);
            out.extend_from_slice(self.data.get(self.pending..).unwrap_or_default());
        }
        self.pending = self.data.len();
        if let Some(excess) = self.data.len().checked_sub(2 * REACH) {
            let excess = excess + REACH;
            self.data.drain(..excess);
            self.pending -= excess;
            self.dropped = self.dropped.wrapping_add(excess as u32);
        }
    }

    fn write_header(&mut self, len: usize, is_uncompressed: bool, out: &mut Vec<u8>) {
        let len = len as u64 - 1;
        let nibbles = if len < 1 << 16 { 4 } else { 5 };
        self.writer.bits(0, 1, out);
        self.writer.bits(nibbles - 4, 2, out);
        self.writer.bits(len, 4 * nibbles as u32, out);
        self.writer.bits(u64::from(is_uncompressed), 1, out);
    }

    /// Takes what is pending apart.
    fn commands(&mut self) -> Vec<Command> {
        let mut commands = Vec::new();
        let (mut start, mut at, end) = (self.pending, self.pending, self.data.len());
        while at < end {
            let mut found = self.find(at);
            self.remember(at);
            if found.score < LEAST_SCORE {
                at += 1;
                continue;
            }
            // a literal more, if the reference after it is much better
            while at + 1 < end {
                let next = self.find(at + 1);
                if next.score < found.score + LAZY_SCORE {
                    break;
                }
                at += 1;
                self.remember(at);
                found = next;
            }
            let distance = self.distance_code(found.distance);
            commands.push(Command {
                start,
                insert: at - start,
                copy: found.len,
                distance,
            });
            for place in at + 1..at + found.len {
                self.remember(place);
            }
            at += found.len;
            start = at;
        }
        if start < end {
            commands.push(Command {
                start,
                insert: end - start,
                copy: 0,
                distance: (0, 0, 0),
            });
        }
        commands
    }

    fn hash(&self, at: usize) -> Option<usize> {
        let bytes = self.data.get(at..)?.first_chunk::<4>()?;
        let hash = u32::from_le_bytes(*bytes).wrapping_mul(0x1e35_a7bd);
        Some((hash >> (32 - HASH_BITS)) as usize)
    }

    fn absolute(&self, at: usize) -> u32 {
        self.dropped.wrapping_add(at as u32)
    }

    fn remember(&mut self, at: usize) {
        let absolute = self.absolute(at);
        let Some(head) = self.hash(at).and_then(|hash| self.heads.get_mut(hash)) else {
            return;
        };
        let before = core::mem::replace(head, absolute.wrapping_add(1));
        if let Some(place) = self.chain.get_mut(absolute as usize % (1 << WINDOW_BITS)) {
            *place = before;
        }
    }

    /// The best reference for what is at a place.
    fn find(&self, at: usize) -> Match {
        let mut best = Match {
            len: 3,
            distance: 0,
            score: 0,
        };
        let here = self.data.get(at..).unwrap_or_default();
        for (index, distance) in self.distances.iter().enumerate() {
            let len = self.len_of_match(here, at, *distance);
            if len >= 3 {
                let price = if index == 0 {
                    0
                } else {
                    45 + 10 * index as i32
                };
                let score = 135 * len as i32 - 285 - price;
                if score > best.score {
                    (best.len, best.distance, best.score) = (len, *distance, score);
                }
            }
        }
        let absolute = self.absolute(at);
        let mut candidate = self.hash(at).and_then(|hash| self.heads.get(hash)).copied();
        let mut last = 0;
        for _ in 0..DEPTH {
            let Some(place) = candidate.and_then(|candidate| candidate.checked_sub(1)) else {
                break;
            };
            let distance = absolute.wrapping_sub(place) as usize;
            // what has been overwritten is nearer than what it is said to follow
            if distance <= last || distance > REACH {
                break;
            }
            last = distance;
            // only what matches one byte more is better
            let is_longer = || {
                let there = self.data.get(at.checked_sub(distance)? + best.len)?;
                Some(there == here.get(best.len)?)
            };
            if is_longer() == Some(true) || best.len <= 3 {
                let len = self.len_of_match(here, at, distance);
                let score = 135 * len as i32 - 300 - 30 * distance.ilog2() as i32;
                if len >= 4 && score > best.score {
                    (best.len, best.distance, best.score) = (len, distance, score);
                }
            }
            candidate = self.chain.get(place as usize % (1 << WINDOW_BITS)).copied();
        }
        best
    }

    fn len_of_match(&self, here: &[u8], at: usize, distance: usize) -> usize {
        let there = at
            .checked_sub(distance)
            .filter(|_| distance <= REACH)
            .and_then(|from| self.data.get(from..));
        let pairs = here.iter().zip(there.unwrap_or_default());
        pairs.take_while(|(here, there)| here == there).count()
    }

    fn distance_code(&mut self, distance: usize) -> (u16, u32, u32) {
        let [first, second, third, _] = self.distances;
        if distance == first {
            return (0, 0, 0);
        }
        let known = self.distances.iter().position(|known| *known == distance);
        let near = [(first, 4), (second, 10)]
            .into_iter()
            .find_map(|(from, code)| {
                let step = distance.abs_diff(from);
                let is_more = u16::from(distance > from);
                (1..=3)
                    .contains(&step)
                    .then(|| code + 2 * (step as u16 - 1) + is_more)
            });
        self.distances = [distance, first, second, third];
        if let Some(code) = known.map(|code| code as u16).or(near) {
            return (code, 0, 0);
        }
        let offset = distance as u32 + 3;
        let width = offset.ilog2() - 1;
        let high = (offset >> width) & 1;
        (
            (16 + 2 * (width - 1) + high) as u16,
            offset & ((1 << width) - 1),
            width,
        )
    }

    fn write_compressed(&mut self, commands: &[Command], out: &mut Vec<u8>) {
        let (mut literals, mut symbols, mut distances) =
            (vec![0u32; 256], vec![0u32; 704], vec![0u32; 64]);
        let count = |counts: &mut Vec<u32>, symbol: usize| {
            if let Some(count) = counts.get_mut(symbol) {
                *count += 1;
            }
        };
        let split: Vec<Split> = commands.iter().map(Split::of).collect();
        for (command, split) in commands.iter().zip(&split) {
            for literal in self.literals(command) {
                count(&mut literals, usize::from(*literal));
            }
            count(&mut symbols, usize::from(split.symbol));
            if split.has_distance {
                count(&mut distances, usize::from(command.distance.0));
            }
        }
        // one block type of each kind, no postfix, no direct distances, one context mode, one tree for all contexts of each kind
        self.writer.bits(0, 3 + 2 + 4 + 2 + 1 + 1, out);
        let literals = huffman::write(&literals, &mut self.writer, out);
        let symbols = huffman::write(&symbols, &mut self.writer, out);
        let distances = huffman::write(&distances, &mut self.writer, out);
        for (command, split) in commands.iter().zip(&split) {
            let Split {
                insert: (insert, insert_bits),
                copy: (copy, copy_bits),
                ..
            } = *split;
            symbols.put(split.symbol, &mut self.writer, out);
            self.writer.bits(insert.into(), insert_bits, out);
            self.writer.bits(copy.into(), copy_bits, out);
            let range = command.start..command.start + command.insert;
            for literal in self.data.get(range).unwrap_or_default() {
                literals.put(u16::from(*literal), &mut self.writer, out);
            }
            if split.has_distance {
                let (code, extra, width) = command.distance;
                distances.put(code, &mut self.writer, out);
                self.writer.bits(extra.into(), width, out);
            }
        }
    }

    fn literals(&self, command: &Command) -> &[u8] {
        let range = command.start..command.start + command.insert;
        self.data.get(range).unwrap_or_default()
    }
}

/// A command as a symbol and extra bits.
struct Split {
    symbol: u16,
    insert: (u32, u32),
    copy: (u32, u32),
    has_distance: bool,
}

impl Split {
    fn of(command: &Command) -> Split {
        let (insert, insert_extra, insert_bits) = code_of(&INSERTS, command.insert as u32);
        let (copy, copy_extra, copy_bits) = code_of(&COPIES, command.copy.max(2) as u32);
        let is_implicit = command.distance.0 == 0 && insert < 8 && copy < 16;
        let cell = match (insert >> 3, copy >> 3) {
            (0, high) if is_implicit => high,
            (0, 0) => 2,
            (0, 1) => 3,
            (1, 0) => 4,
            (1, 1) => 5,
            (0, _) => 6,
            (_, 0) => 7,
            (1, _) => 8,
            (_, 1) => 9,
            _ => 10,
        };
        Split {
            symbol: cell << 6 | (insert & 7) << 3 | copy & 7,
            insert: (insert_extra, insert_bits),
            copy: (copy_extra, copy_bits),
            has_distance: !is_implicit && command.copy > 0,
        }
    }
}

/// The code of a length, its extra bits, and how many they are.
fn code_of(codes: &[(u32, u8); 24], length: u32) -> (u16, u32, u32) {
    let code = codes
        .partition_point(|(base, _)| *base <= length)
        .saturating_sub(1);
    let (base, width) = codes.get(code).copied().unwrap_or_default();
    (code as u16, length - base, u32::from(width))
}
