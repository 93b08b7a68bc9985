//! What compiling takes, told from the bytes: for where nothing can measure it and end it.

use wasmparser::{Operator, Parser, Payload};

/// What the compiler takes for one operator of the function it is at, in bytes.
const OPERATOR: u64 = 700;
/// The same for a variable that is written, at each place where the control flow joins: there it may be
/// another value.
const JOIN: u64 = 40;
/// The same for a target of a jump table.
const TARGET: u64 = 100;
/// What a function leaves behind, besides its code.
const FUNCTION: u64 = 2_000;
/// What a byte of code leaves behind, compiled.
const BYTE: u64 = 12;
/// What an item of another section (a type, an import, a segment) takes.
const ITEM: u64 = 500;

/// The memory that compiling these bytes may take, in bytes; more than it does, as a rule. What is not valid takes
/// nothing: the compiler says so at once.
pub(super) fn memory(bytes: &[u8]) -> u64 {
    // As many functions are compiled at a time as there are processors.
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (mut kept, mut largest) = (0_u64, vec![0_u64; threads]);
    for payload in Parser::new(0).parse_all(bytes) {
        let Ok(payload) = payload else {
            break;
        };
        let items = match payload {
            Payload::CodeSectionEntry(body) => {
                let size = body.range().len() as u64;
                kept = kept.saturating_add(FUNCTION + size * BYTE);
                let work = function(&body).unwrap_or(0);
                if let Some(least) = largest.iter_mut().min() {
                    *least = work.max(*least);
                }
                0
            }
            Payload::TypeSection(section) => section.count(),
            Payload::ImportSection(section) => section.count(),
            Payload::ExportSection(section) => section.count(),
            Payload::GlobalSection(section) => section.count(),
            Payload::ElementSection(section) => section.count(),
            Payload::DataSection(section) => section.count(),
            Payload::ComponentTypeSection(section) => section.count(),
            Payload::CoreTypeSection(section) => section.count(),
            Payload::ComponentAliasSection(section) => section.count(),
            Payload::ComponentCanonicalSection(section) => section.count(),
            Payload::ComponentInstanceSection(section) => section.count(),
            Payload::InstanceSection(section) => section.count(),
            _ => 0,
        };
        kept = kept.saturating_add(u64::from(items) * ITEM);
    }
    largest.into_iter().fold(kept, u64::saturating_add)
}

/// What one function takes while it is compiled, in bytes.
fn function(body: &wasmparser::FunctionBody<'_>) -> wasmparser::Result<u64> {
    let mut locals = 0_u64;
    for local in body.get_locals_reader()? {
        locals = locals.saturating_add(local?.0.into());
    }
    let (mut operators, mut joins, mut writes, mut targets) = (0_u64, 1_u64, 0_u64, 0_u64);
    let mut reader = body.get_operators_reader()?;
    while !reader.eof() {
        operators += 1;
        match reader.read()? {
            Operator::Block { .. }
            | Operator::Loop { .. }
            | Operator::If { .. }
            | Operator::Else
            | Operator::TryTable { .. } => joins += 1,
            Operator::LocalSet { .. } | Operator::LocalTee { .. } => writes += 1,
            Operator::BrTable { targets: table } => targets += u64::from(table.len()),
            _ => {}
        }
    }
    let variables = locals.min(writes);
    Ok((operators.saturating_mul(OPERATOR))
        .saturating_add(variables.saturating_mul(joins).saturating_mul(JOIN))
        .saturating_add(targets.saturating_mul(TARGET)))
}
