//! Components that were composed: the import is handed down to those inside that are plugins in JavaScript.

use super::{COMPONENTS, IMPORT, exchange_of};
use crate::cut::{copy, sections};
use std::collections::BTreeSet;
use std::ops::Range;
use wasm_encoder::reencode::{Reencode, ReencodeComponent};
use wasm_encoder::{
    CanonicalFunctionSection, ComponentAliasSection, ComponentExportKind, ComponentExportSection,
    ComponentImportSection, ComponentInstanceSection, ComponentTypeRef, ComponentTypeSection,
    RawSection,
};
use wasmparser::{ComponentInstance, Payload};

/// Components in components in components: no tool makes more.
const DEEPEST: usize = 4;

/// Instruments what is inside of a component; nothing if there is no plugin in JavaScript. `next` is the number of the next one.
pub(super) fn instrument(component: &[u8], next: &mut usize, depth: usize) -> Option<Vec<u8>> {
    if depth >= DEEPEST {
        return None;
    }
    let first = *next;
    // by the numbers of the components inside
    let mut inner = Vec::new();
    for range in nested(component) {
        let bytes = component.get(range)?;
        inner.push(match *next < COMPONENTS {
            true => within(bytes, next, depth),
            false => None,
        });
    }
    let wanted: BTreeSet<u32> = inner
        .iter()
        .zip(0..)
        .filter_map(|(inner, index)| inner.as_ref().map(|_| index))
        .collect();
    if wanted.is_empty() {
        return None;
    }

    let mut out = wasm_encoder::Component::new();
    let mut types = ComponentTypeSection::new();
    types.instance(&super::interface((first..*next).map(exchange_of)));
    out.section(&types);
    let mut imports = ComponentImportSection::new();
    imports.import(IMPORT, ComponentTypeRef::Instance(0));
    out.section(&imports);

    let mut shift = Shift { depth: 0 };
    let mut inner = inner.into_iter();
    for payload in sections(component) {
        match payload.ok()? {
            Payload::ComponentSection {
                unchecked_range, ..
            } => {
                let instrumented = inner.next()?;
                let data = match &instrumented {
                    Some(instrumented) => instrumented.as_slice(),
                    None => component.get(unchecked_range)?,
                };
                out.section(&RawSection { id: 4, data });
            }
            Payload::ComponentInstanceSection(instances) => {
                let mut section = ComponentInstanceSection::new();
                for instance in instances {
                    shift.instantiate(&mut section, instance.ok()?, &wanted)?;
                }
                out.section(&section);
            }
            Payload::ComponentTypeSection(types) => {
                let mut section = ComponentTypeSection::new();
                let parsed = shift.parse_component_type_section(&mut section, types);
                parsed.ok()?;
                out.section(&section);
            }
            Payload::ComponentImportSection(imports) => {
                let mut section = ComponentImportSection::new();
                let parsed = shift.parse_component_import_section(&mut section, imports);
                parsed.ok()?;
                out.section(&section);
            }
            Payload::ComponentCanonicalSection(functions) => {
                let mut section = CanonicalFunctionSection::new();
                let parsed = shift.parse_component_canonical_section(&mut section, functions);
                parsed.ok()?;
                out.section(&section);
            }
            Payload::ComponentAliasSection(aliases) => {
                let mut section = ComponentAliasSection::new();
                let parsed = shift.parse_component_alias_section(&mut section, aliases);
                parsed.ok()?;
                out.section(&section);
            }
            Payload::ComponentExportSection(exports) => {
                let mut section = ComponentExportSection::new();
                let parsed = shift.parse_component_export_section(&mut section, exports);
                parsed.ok()?;
                out.section(&section);
            }
            Payload::ComponentStartSection { .. } => return None,
            // names are by index
            Payload::CustomSection(section) if section.name() == "component-name" => {}
            payload => copy(&mut out, component, payload)?,
        }
    }
    Some(out.finish())
}

/// One of the components inside: a plugin in JavaScript, or one that was composed itself.
fn within(component: &[u8], next: &mut usize, depth: usize) -> Option<Vec<u8>> {
    let before = *next;
    if let Some(bytes) = super::instrument_plugin(component, &exchange_of(before)) {
        *next = before + 1;
        return Some(bytes);
    }
    let inside = instrument(component, next, depth + 1);
    if inside.is_none() {
        *next = before;
    }
    inside
}

/// The plugins in JavaScript inside of a component, in the order of their numbers.
pub(super) fn plugins(component: &[u8], depth: usize, found: &mut Vec<Range<usize>>, base: usize) {
    if depth >= DEEPEST {
        return;
    }
    for range in nested(component) {
        let Some(bytes) = component.get(range.clone()) else {
            continue;
        };
        let start = base + range.start;
        match super::Engine::find(bytes) {
            Some(_) => found.push(start..start + range.len()),
            None => plugins(bytes, depth + 1, found, start),
        }
    }
}

/// Where the components directly inside of a component are.
fn nested(component: &[u8]) -> Vec<Range<usize>> {
    let ranges = sections(component).filter_map(|payload| match payload {
        Ok(Payload::ComponentSection {
            unchecked_range, ..
        }) => Some(unchecked_range),
        _ => None,
    });
    ranges.collect()
}

/// Makes room for one type and one instance in front of a component's own.
struct Shift {
    /// How many types of instances or components it is in.
    depth: u32,
}

impl Shift {
    fn instantiate(
        &mut self,
        section: &mut ComponentInstanceSection,
        instance: ComponentInstance<'_>,
        wanted: &BTreeSet<u32>,
    ) -> Option<()> {
        match instance {
            ComponentInstance::Instantiate {
                component_index,
                args,
            } if wanted.contains(&component_index) => {
                let mut with = Vec::new();
                for arg in &args {
                    let index = self.component_external_index(arg.kind, arg.index);
                    with.push((arg.name, arg.kind.into(), index));
                }
                with.push((IMPORT, ComponentExportKind::Instance, 0));
                section.instantiate(component_index, with);
                Some(())
            }
            instance => self.parse_component_instance(section, instance).ok(),
        }
    }
}

impl Reencode for Shift {
    type Error = std::convert::Infallible;
}

impl ReencodeComponent for Shift {
    fn push_depth(&mut self) {
        self.depth += 1;
    }

    fn pop_depth(&mut self) {
        self.depth -= 1;
    }

    fn component_type_index(&mut self, index: u32) -> u32 {
        index + u32::from(self.depth == 0)
    }

    fn component_instance_index(&mut self, index: u32) -> u32 {
        index + u32::from(self.depth == 0)
    }

    fn outer_component_type_index(&mut self, count: u32, index: u32) -> u32 {
        index + u32::from(self.depth == count)
    }
}
