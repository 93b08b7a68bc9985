//! The shared cut: a component without what every plugin has.
//!
//! Two things are the same in all JavaScript plugins: the engine, and the data the engine starts out
//! with. A shared component has neither. Its memory module is empty, and a custom section holds what
//! the memory is to hold: the difference to the engine's own data, deflated. [`unpack`] puts it back.

use crate::cut::{self, sections};
use crate::id::EngineId;
use crate::{IMPORT, linked, module};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use std::borrow::Cow;
use std::io::{Read, Write};
use wasm_encoder::{Component, ConstExpr, CustomSection, DataSection, Module, RawSection};
use wasmparser::{DataKind, Operator, Parser, Payload};

/// The custom section with the difference.
const SECTION: &str = "outwit-memory";

/// The custom sections that only a shared component has.
const OURS: [&str; 2] = [SECTION, crate::id::SECTION];

/// A memory larger than this is not unpacked: the bytes may be anybody's.
const LARGEST: u64 = 256 << 20;

/// Zeros between two pieces of data that are stored rather than skipped: what a data segment costs.
const SMALLEST_GAP: usize = 16;

/// A piece of a memory: its address and its bytes.
type Piece = (u32, Vec<u8>);

/// Makes the shared form of a standalone component, if it is one with the engine of this crate.
#[must_use]
pub fn pack(component: &[u8]) -> Option<Vec<u8>> {
    let cut = cut::cut(component)?;
    if component.get(cut.engine.clone())? != module() {
        return None;
    }
    let component = cut.component;
    let memory = cut::find_memory(&component)?;
    let full = component.get(memory.range.clone())?;
    let difference = xor(&pieces(full)?)?;
    let mut deflated = DeflateEncoder::new(Vec::new(), Compression::best());
    for (address, bytes) in &difference {
        let length = u32::try_from(bytes.len()).ok()?;
        deflated.write_all(&address.to_le_bytes()).ok()?;
        deflated.write_all(&length.to_le_bytes()).ok()?;
        deflated.write_all(bytes).ok()?;
    }
    let mut out = cut::replace(&component, &memory, &with_data(full, &[])?)?;
    EngineId::own().write(&mut out);
    let data = Cow::Owned(deflated.finish().ok()?);
    out.section(&CustomSection {
        name: SECTION.into(),
        data,
    });
    Some(out.finish())
}

/// Fills the memory of a shared component again. The engine stays imported.
///
/// Nothing for bytes that are not of that form; what was built for another engine has to be refused
/// before ([`EngineId::of`]).
#[must_use]
pub fn unpack(component: &[u8]) -> Option<Vec<u8>> {
    let deflated = sections(component).find_map(|payload| match payload {
        Ok(Payload::CustomSection(section)) if section.name() == SECTION => Some(section.data()),
        _ => None,
    })?;
    let mut inflated = Vec::new();
    DeflateDecoder::new(deflated)
        .take(LARGEST)
        .read_to_end(&mut inflated)
        .ok()?;

    let mut difference = Vec::new();
    let mut rest = inflated.as_slice();
    while !rest.is_empty() {
        let (address, tail) = rest.split_first_chunk::<4>()?;
        let (length, tail) = tail.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length) as usize;
        difference.push((u32::from_le_bytes(*address), tail.get(..length)?.to_vec()));
        rest = tail.get(length..)?;
    }
    let memory = cut::find_memory(component)?;
    let filled = with_data(component.get(memory.range.clone())?, &xor(&difference)?)?;
    Some(cut::replace(component, &memory, &filled)?.finish())
}

/// Makes the standalone form of a shared component again, as [`unpack`] with the engine of this crate.
#[must_use]
pub fn restore(component: &[u8]) -> Option<Vec<u8>> {
    let component = unpack(component)?;
    let mut out = Component::new();
    // The import of the engine is the first of the core modules, and so is the module in its place.
    out.section(&RawSection {
        id: 1,
        data: module(),
    });
    for payload in sections(&component) {
        match payload.ok()? {
            Payload::CoreTypeSection(_) => {}
            Payload::CustomSection(section) if OURS.contains(&section.name()) => {}
            Payload::ComponentImportSection(imports)
                if imports
                    .clone()
                    .into_iter()
                    .all(|i| i.is_ok_and(|i| i.name.name == IMPORT)) => {}
            payload => cut::copy(&mut out, &component, payload)?,
        }
    }
    Some(out.finish())
}

/// The data segments of a module.
fn pieces(module: &[u8]) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        let Payload::DataSection(data) = payload.ok()? else {
            continue;
        };
        for segment in data {
            let segment = segment.ok()?;
            let DataKind::Active {
                memory_index: 0,
                offset_expr,
            } = segment.kind
            else {
                return None;
            };
            let Operator::I32Const { value } = offset_expr.get_operators_reader().read().ok()?
            else {
                return None;
            };
            pieces.push((value as u32, segment.data.to_vec()));
        }
    }
    Some(pieces)
}

/// The difference of a memory to the engine's data, and back again: where both are the same there are
/// zeros.
fn xor(pieces: &[Piece]) -> Option<Vec<Piece>> {
    let own = self::pieces(linked())?;
    let all = || pieces.iter().chain(&own);
    let start = all()
        .map(|(address, _)| *address as usize)
        .min()
        .unwrap_or(0);
    let end = all()
        .map(|(address, bytes)| *address as usize + bytes.len())
        .max()
        .unwrap_or(0);
    if (end - start) as u64 > LARGEST {
        return None;
    }
    let mut memory = vec![0; end - start];
    for (address, bytes) in all() {
        let at = *address as usize - start;
        for (to, from) in memory.get_mut(at..at + bytes.len())?.iter_mut().zip(bytes) {
            *to ^= from;
        }
    }
    Some(cut_at_zeros(&memory, start))
}

/// Cuts a memory that begins at the address `start` into the pieces that are not zero.
#[must_use]
pub fn cut_at_zeros(memory: &[u8], start: usize) -> Vec<(u32, Vec<u8>)> {
    let mut ranges = Vec::new();
    let mut range: Option<(usize, usize)> = None;
    // A gap within so few bytes is too small in any case.
    for (index, block) in memory.chunks(SMALLEST_GAP).enumerate() {
        let Some(first) = block.iter().position(|byte| *byte != 0) else {
            continue;
        };
        let last = block.iter().rposition(|byte| *byte != 0).unwrap_or(first);
        let (from, to) = (
            index * SMALLEST_GAP + first,
            index * SMALLEST_GAP + last + 1,
        );
        match &mut range {
            Some((_, end)) if from - *end < SMALLEST_GAP => *end = to,
            _ => ranges.extend(range.replace((from, to))),
        }
    }
    ranges.extend(range);
    ranges
        .into_iter()
        .filter_map(|(from, to)| Some(((start + from) as u32, memory.get(from..to)?.to_vec())))
        .collect()
}

/// A module with other data segments.
fn with_data(module: &[u8], pieces: &[Piece]) -> Option<Vec<u8>> {
    let mut out = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload.ok()?;
        if let Payload::DataSection(_) = payload {
            continue;
        }
        if let Some((id, range)) = payload.as_section() {
            out.section(&RawSection {
                id,
                data: module.get(range)?,
            });
        }
    }
    let mut data = DataSection::new();
    for (address, bytes) in pieces {
        data.active(
            0,
            &ConstExpr::i32_const(*address as i32),
            bytes.iter().copied(),
        );
    }
    out.section(&data);
    Some(out.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memory_is_cut_where_zeros_are_worth_it() {
        let mut memory = [0; 100];
        memory[10] = 1;
        memory[10 + SMALLEST_GAP] = 2;
        memory[60..64].fill(3);
        let mut first = vec![0; SMALLEST_GAP + 1];
        first[0] = 1;
        first[SMALLEST_GAP] = 2;
        assert_eq!(cut_at_zeros(&memory, 5), [(15, first), (65, vec![3; 4])]);
        assert_eq!(cut_at_zeros(&[0; 70], 0), []);
    }

    #[test]
    fn what_is_no_plugin_stays_as_it_is() {
        for bytes in [&b""[..], b"\0asm\x0d\0\x01\0", b"\0asm\x01\0\0\0", module()] {
            assert!(pack(bytes).is_none() && unpack(bytes).is_none() && restore(bytes).is_none());
        }
    }
}
