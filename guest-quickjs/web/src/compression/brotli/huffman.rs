//! Writing bits, and prefix codes made for what is to be written.

/// Bits that make no whole byte yet.
#[derive(Clone, Default)]
pub struct Writer {
    bits: u64,
    count: u32,
}

impl Writer {
    /// At most 32 bits, lowest first.
    pub fn bits(&mut self, bits: u64, count: u32, out: &mut Vec<u8>) {
        self.bits |= bits << self.count;
        self.count += count;
        while self.count >= 8 {
            out.push(self.bits as u8);
            self.bits >>= 8;
            self.count -= 8;
        }
    }

    /// Zeros up to the next whole byte.
    pub fn align(&mut self, out: &mut Vec<u8>) {
        self.bits(0, self.count.wrapping_neg() % 8, out);
    }
}

/// A prefix code: for each symbol its bits and how many they are.
pub struct Code(Vec<(u16, u8)>);

impl Code {
    /// Writes a symbol.
    pub fn put(&self, symbol: u16, writer: &mut Writer, out: &mut Vec<u8>) {
        let (bits, len) = self.0.get(usize::from(symbol)).copied().unwrap_or_default();
        writer.bits(bits.into(), len.into(), out);
    }

    fn of(lengths: &[u8]) -> Code {
        let mut code = 0u16;
        let mut codes = vec![(0, 0); lengths.len()];
        for length in 1..=15u8 {
            code <<= 1;
            for (place, _) in codes
                .iter_mut()
                .zip(lengths)
                .filter(|(_, its)| **its == length)
            {
                *place = (code.reverse_bits() >> (16 - length), length);
                code += 1;
            }
        }
        // a symbol that is alone takes no bits
        if lengths.iter().filter(|length| **length != 0).count() < 2 {
            codes.fill((0, 0));
        }
        Code(codes)
    }
}

/// Makes a code for symbols that occur so often, and writes its description.
pub fn write(counts: &[u32], writer: &mut Writer, out: &mut Vec<u8>) -> Code {
    let lengths = lengths(counts, 15);
    let mut used: Vec<u16> = (0u16..)
        .zip(&lengths)
        .filter(|(_, length)| **length != 0)
        .map(|(symbol, _)| symbol)
        .collect();
    if used.is_empty() {
        used.push(0);
    }
    match used.len() {
        1..=4 => write_simple(used, &lengths, writer, out),
        _ => write_complex(&lengths, writer, out),
    }
    Code::of(&lengths)
}

fn write_simple(mut used: Vec<u16>, lengths: &[u8], writer: &mut Writer, out: &mut Vec<u8>) {
    let width = (lengths.len() - 1).ilog2() + 1;
    let length = |symbol: &u16| lengths.get(usize::from(*symbol)).copied();
    used.sort_by_key(|symbol| (length(symbol), *symbol));
    writer.bits(1, 2, out);
    writer.bits(used.len() as u64 - 1, 2, out);
    for symbol in &used {
        writer.bits(u64::from(*symbol), width, out);
    }
    if let [first, _, _, _] = &*used {
        writer.bits(u64::from(length(first) == Some(1)), 1, out);
    }
}

fn write_complex(lengths: &[u8], writer: &mut Writer, out: &mut Vec<u8>) {
    const ORDER: [usize; 18] = [1, 2, 3, 4, 0, 5, 17, 6, 16, 7, 8, 9, 10, 11, 12, 13, 14, 15];
    // how the lengths of the codes of lengths are written
    const LENGTHS: [(u64, u32); 6] = [(0, 2), (7, 4), (3, 3), (2, 2), (1, 2), (15, 4)];
    let runs = runs(lengths);
    let mut counts = [0u32; 18];
    for (symbol, _) in &runs {
        if let Some(count) = counts.get_mut(usize::from(*symbol)) {
            *count += 1;
        }
    }
    let of_lengths = self::lengths(&counts, 5);
    let length = |symbol: &usize| of_lengths.get(*symbol).copied().unwrap_or_default();
    let is_single = of_lengths.iter().filter(|length| **length != 0).count() == 1;
    let last = ORDER.iter().rposition(|symbol| length(symbol) != 0);
    let count = match last {
        Some(last) if !is_single => last + 1,
        _ => ORDER.len(),
    };
    writer.bits(0, 2, out);
    for symbol in ORDER.iter().take(count) {
        let (bits, width) = LENGTHS
            .get(usize::from(length(symbol)))
            .copied()
            .unwrap_or_default();
        writer.bits(bits, width, out);
    }
    let code = Code::of(&of_lengths);
    for (symbol, extra) in runs {
        code.put(symbol, writer, out);
        match symbol {
            16 => writer.bits(extra, 2, out),
            17 => writer.bits(extra, 3, out),
            _ => {}
        }
    }
}

/// The lengths with repetitions: symbols and extra bits. Zeros at the end are left out.
fn runs(lengths: &[u8]) -> Vec<(u16, u64)> {
    let end = lengths.iter().rposition(|length| *length != 0);
    let mut rest = lengths.get(..=end.unwrap_or(0)).unwrap_or_default();
    let (mut runs, mut previous) = (Vec::new(), 8);
    while let Some(length) = rest.first() {
        let mut count = rest.iter().take_while(|next| *next == length).count();
        rest = rest.get(count..).unwrap_or_default();
        let (repeat, width) = if *length == 0 { (17, 3) } else { (16, 2) };
        if *length != 0 && *length != previous {
            runs.push((u16::from(*length), 0));
            previous = *length;
            count -= 1;
        }
        if count < 3 {
            runs.extend((0..count).map(|_| (u16::from(*length), 0)));
            continue;
        }
        // each repetition after another one counts that one as digits before its own
        let (mut digits, mut left) = (Vec::new(), count - 3);
        loop {
            digits.push((repeat, (left & ((1 << width) - 1)) as u64));
            left >>= width;
            if left == 0 {
                break;
            }
            left -= 1;
        }
        runs.extend(digits.into_iter().rev());
    }
    runs
}

/// The lengths of the codes of symbols that occur so often, none longer than `longest`.
fn lengths(counts: &[u32], longest: u8) -> Vec<u8> {
    let mut least = 1;
    loop {
        let lengths = unlimited_lengths(counts, least);
        if lengths.iter().all(|length| *length <= longest) {
            return lengths;
        }
        // rarer symbols count as more
        least *= 2;
    }
}

fn unlimited_lengths(counts: &[u32], least: u32) -> Vec<u8> {
    let mut lengths = vec![0u8; counts.len()];
    // nodes: how often, and the parent
    let mut leaves: Vec<(u32, usize)> = counts
        .iter()
        .enumerate()
        .filter(|(_, count)| **count > 0)
        .map(|(symbol, count)| ((*count).max(least), symbol))
        .collect();
    leaves.sort_unstable();
    if let [(_, only)] = &*leaves {
        if let Some(length) = lengths.get_mut(*only) {
            *length = 1;
        }
        return lengths;
    }
    let mut nodes: Vec<(u32, usize)> = leaves.iter().map(|(count, _)| (*count, 0)).collect();
    let (mut leaf, mut inner) = (0, leaves.len());
    for _ in 1..leaves.len() {
        let parent = nodes.len();
        let mut total = 0u32;
        for _ in 0..2 {
            let next_leaf = nodes.get(leaf).filter(|_| leaf < leaves.len());
            let next_inner = nodes.get(inner);
            let takes_leaf = match (next_leaf, next_inner) {
                (Some((leaf, _)), Some((inner, _))) => leaf <= inner,
                (next_leaf, _) => next_leaf.is_some(),
            };
            let place = if takes_leaf { &mut leaf } else { &mut inner };
            if let Some((count, its_parent)) = nodes.get_mut(*place) {
                total = total.saturating_add(*count);
                *its_parent = parent;
            }
            *place += 1;
        }
        nodes.push((total, 0));
    }
    // the root is the last; parents come after their children
    let mut depths = vec![0u8; nodes.len()];
    for node in (0..nodes.len().saturating_sub(1)).rev() {
        let parent = nodes.get(node).map_or(0, |(_, parent)| *parent);
        let depth = depths
            .get(parent)
            .map_or(0, |depth| depth.saturating_add(1));
        if let Some(place) = depths.get_mut(node) {
            *place = depth;
        }
    }
    for ((_, symbol), depth) in leaves.iter().zip(depths) {
        if let Some(length) = lengths.get_mut(*symbol) {
            *length = depth;
        }
    }
    lengths
}
