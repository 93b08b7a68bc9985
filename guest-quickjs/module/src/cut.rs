//! Takes the engine out of a component.

use crate::IMPORT;
use crate::id::is_engine;
use std::ops::Range;
use wasm_encoder::reencode::{Reencode, ReencodeComponent, RoundtripReencoder};
use wasm_encoder::{
    Component, ComponentImportSection, ComponentTypeRef, CoreTypeSection, InstanceSection,
    ModuleType, RawSection,
};
use wasmparser::{Encoding, Parser, Payload};

/// A component without its engine.
pub struct Cut {
    /// Where the engine's bytes lie in the component.
    pub engine: Range<usize>,
    /// The component, with the engine imported as [`IMPORT`].
    pub component: Vec<u8>,
}

/// Takes the engine out of a valid component that holds exactly one, at its top level.
///
/// Anything else is left as it is: [`None`].
pub fn cut(component: &[u8]) -> Option<Cut> {
    let engine = find(component)?;
    let mut out = Component::new();
    let mut types = CoreTypeSection::new();
    types
        .ty()
        .module(&module_type(component.get(engine.range.clone())?)?);
    out.section(&types);
    let mut imports = ComponentImportSection::new();
    imports.import(IMPORT, ComponentTypeRef::Module(0));
    out.section(&imports);

    let mut shift = Shift {
        engine: engine.index,
    };
    let mut index = 0;
    for payload in sections(component) {
        match payload.ok()? {
            // What has its own index of core types would be shifted by ours; none of our components has.
            Payload::CoreTypeSection(_) => return None,
            Payload::ModuleSection {
                unchecked_range, ..
            } => {
                if index != engine.index {
                    raw(&mut out, 1, component, unchecked_range)?;
                }
                index += 1;
            }
            Payload::InstanceSection(instances) => {
                let mut section = InstanceSection::new();
                shift.parse_instance_section(&mut section, instances).ok()?;
                out.section(&section);
            }
            payload => copy(&mut out, component, payload)?,
        }
    }
    Some(Cut {
        engine: engine.range,
        component: out.finish(),
    })
}

/// A core module of a component.
pub(crate) struct Found {
    index: u32,
    pub(crate) range: Range<usize>,
}

/// Finds the engine among the component's own core modules.
fn find(component: &[u8]) -> Option<Found> {
    find_module(component, is_engine)
}

/// Finds the module that defines the memory.
pub(crate) fn find_memory(component: &[u8]) -> Option<Found> {
    find_module(component, |module| {
        let mut sections = Parser::new(0).parse_all(module);
        sections.any(|payload| matches!(payload, Ok(Payload::MemorySection(_))))
    })
}

/// Finds the one core module that is wanted.
fn find_module(component: &[u8], wanted: impl Fn(&[u8]) -> bool) -> Option<Found> {
    let mut found = None;
    let mut index = 0;
    for payload in sections(component) {
        if let Payload::ModuleSection {
            unchecked_range, ..
        } = payload.ok()?
        {
            if wanted(component.get(unchecked_range.clone())?) {
                if found.is_some() {
                    return None;
                }
                found = Some(Found {
                    index,
                    range: unchecked_range,
                });
            }
            index += 1;
        }
    }
    found
}

/// Puts a module in the place of one of the component's own.
pub(crate) fn replace(component: &[u8], old: &Found, new: &[u8]) -> Option<Component> {
    let mut out = Component::new();
    for payload in sections(component) {
        match payload.ok()? {
            Payload::ModuleSection {
                unchecked_range, ..
            } if unchecked_range == old.range => {
                out.section(&RawSection { id: 1, data: new });
            }
            payload => copy(&mut out, component, payload)?,
        }
    }
    Some(out)
}

/// The sections of a component itself, with nested modules and components as one each.
pub(crate) fn sections(component: &[u8]) -> impl Iterator<Item = wasmparser::Result<Payload<'_>>> {
    let mut parser = Parser::new(0);
    let mut at = 0;
    let mut done = false;
    std::iter::from_fn(move || {
        if done {
            return None;
        }
        let payload = component.get(at..).map(|rest| parser.parse(rest, true));
        let payload = match payload {
            Some(Ok(wasmparser::Chunk::Parsed { consumed, payload })) => {
                at = at.saturating_add(consumed);
                if let Payload::ModuleSection {
                    unchecked_range, ..
                }
                | Payload::ComponentSection {
                    unchecked_range, ..
                } = &payload
                {
                    at = unchecked_range.end;
                }
                done = matches!(payload, Payload::End(_));
                Ok(payload)
            }
            Some(Err(error)) => {
                done = true;
                Err(error)
            }
            // The component was validated, so it does not end early.
            Some(Ok(wasmparser::Chunk::NeedMoreData(_))) | None => return None,
        };
        Some(payload)
    })
}

/// Copies a section.
pub(crate) fn copy(out: &mut Component, component: &[u8], payload: Payload<'_>) -> Option<()> {
    match payload {
        Payload::ModuleSection {
            unchecked_range, ..
        } => raw(out, 1, component, unchecked_range),
        Payload::ComponentSection {
            unchecked_range, ..
        } => raw(out, 4, component, unchecked_range),
        payload => match payload.as_section() {
            Some((id, range)) => raw(out, id, component, range),
            // The header and the end.
            None => Some(()),
        },
    }
}

fn raw(out: &mut Component, id: u8, component: &[u8], range: Range<usize>) -> Option<()> {
    out.section(&RawSection {
        id,
        data: component.get(range)?,
    });
    Some(())
}

/// The type of a core module.
fn module_type(module: &[u8]) -> Option<ModuleType> {
    let mut ty = ModuleType::new();
    let mut to = RoundtripReencoder;
    let mut functions = Vec::new();
    let mut tables = Vec::new();
    let mut memories = Vec::new();
    let mut globals = Vec::new();
    let mut exports = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload.ok()? {
            Payload::Version {
                encoding: Encoding::Component,
                ..
            } => return None,
            Payload::TypeSection(types) => {
                for function in types.into_iter_err_on_gc_types() {
                    let function = to.func_type(function.ok()?).ok()?;
                    ty.ty().func_type(&function);
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import.ok()?;
                    match import.ty {
                        wasmparser::TypeRef::Func(index) => functions.push(index),
                        wasmparser::TypeRef::Table(ty) => tables.push(ty),
                        wasmparser::TypeRef::Memory(ty) => memories.push(ty),
                        wasmparser::TypeRef::Global(ty) => globals.push(ty),
                        _ => return None,
                    }
                    let entity = to.entity_type(import.ty).ok()?;
                    ty.import(import.module, import.name, entity);
                }
            }
            Payload::FunctionSection(section) => {
                functions.extend(section.into_iter().collect::<Result<Vec<_>, _>>().ok()?);
            }
            Payload::TableSection(section) => {
                for table in section {
                    tables.push(table.ok()?.ty);
                }
            }
            Payload::MemorySection(section) => {
                memories.extend(section.into_iter().collect::<Result<Vec<_>, _>>().ok()?);
            }
            Payload::GlobalSection(section) => {
                for global in section {
                    globals.push(global.ok()?.ty);
                }
            }
            Payload::ExportSection(section) => {
                exports.extend(section.into_iter().collect::<Result<Vec<_>, _>>().ok()?);
            }
            _ => {}
        }
    }
    for export in exports {
        let index = usize::try_from(export.index).ok()?;
        let entity = match export.kind {
            wasmparser::ExternalKind::Func => wasmparser::TypeRef::Func(*functions.get(index)?),
            wasmparser::ExternalKind::Table => wasmparser::TypeRef::Table(*tables.get(index)?),
            wasmparser::ExternalKind::Memory => wasmparser::TypeRef::Memory(*memories.get(index)?),
            wasmparser::ExternalKind::Global => wasmparser::TypeRef::Global(*globals.get(index)?),
            _ => return None,
        };
        ty.export(export.name, to.entity_type(entity).ok()?);
    }
    Some(ty)
}

/// Makes room for the imported module, which comes first.
struct Shift {
    engine: u32,
}

impl Reencode for Shift {
    type Error = std::convert::Infallible;
}

impl ReencodeComponent for Shift {
    fn module_index(&mut self, index: u32) -> u32 {
        match index.cmp(&self.engine) {
            std::cmp::Ordering::Less => index.saturating_add(1),
            std::cmp::Ordering::Equal => 0,
            std::cmp::Ordering::Greater => index,
        }
    }
}
