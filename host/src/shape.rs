//! What a component shows without being compiled: its imports, its exports, what it is made of.

use std::fmt;

use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType};
use wasmparser::types::Types;
use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind,
    ComponentTypeRef, Encoding, Instance, Parser, Payload, ValidPayload, Validator, WasmFeatures,
};

use crate::grants::Capability;
use crate::interface::InterfaceName;
use crate::js_engine;

/// What a plugin was written in, as far as its component shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Language {
    /// JavaScript: Outwit's JS engine is inside.
    JavaScript,
    /// Something that was compiled to WebAssembly directly.
    Native,
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Language::JavaScript => "JavaScript",
            Language::Native => "native",
        })
    }
}

/// Something a component imports or exports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extern {
    name: String,
    kind: ExternKind,
    /// Whether all there is of it are types.
    is_types: bool,
}

/// What an import or export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExternKind {
    /// An instance: an interface.
    Interface,
    /// A function of the world itself.
    Function,
    /// A type of the world itself.
    Type,
    /// A core module: the JavaScript engine of a plugin that comes without it.
    Module,
    /// A component or a value.
    Other,
}

impl Extern {
    /// The full name, `demo:greet/fmt@0.1.0` for an interface.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> ExternKind {
        self.kind
    }

    /// The parts of the name, if it is the name of an interface.
    #[must_use]
    pub fn interface(&self) -> Option<InterfaceName> {
        self.name.parse().ok()
    }

    /// The capability it belongs to. An interface of which only types are used needs none.
    #[must_use]
    pub fn capability(&self) -> Option<Capability> {
        let interface = self.interface().filter(|_| !self.is_types)?;
        Capability::of(&interface)
    }

    /// Whether a provider exporting `other` fits an importer of this.
    pub(crate) fn fits(&self, other: &Extern) -> bool {
        self.kind == other.kind
            && (self.name == other.name
                || match (self.interface(), other.interface()) {
                    (Some(a), Some(b)) => a.fits(&b),
                    _ => false,
                })
    }
}

/// What a component shows without being compiled.
pub(crate) struct Shape {
    pub(crate) imports: Vec<Extern>,
    pub(crate) exports: Vec<Extern>,
    pub(crate) language: Language,
    /// How many core instances an instance of it has, as far as the component itself says.
    pub(crate) core_instances: u64,
}

/// A component or module that is being read.
struct Level {
    is_component: bool,
    /// The core instances of each component in its index space; 0 where that is unknown.
    components: Vec<u64>,
    core_instances: u64,
}

impl Level {
    fn instances_of(&self, component: u32) -> u64 {
        let index = usize::try_from(component).unwrap_or(usize::MAX);
        self.components.get(index).copied().unwrap_or_default()
    }
}

impl Shape {
    /// Validates a component and collects its imports and exports.
    pub(crate) fn read(bytes: &[u8]) -> Result<Shape, String> {
        let mut validator = Validator::new_with_features(WasmFeatures::all());
        let mut functions = wasmparser::FuncValidatorAllocations::default();
        let mut shape = Shape {
            imports: Vec::new(),
            exports: Vec::new(),
            language: Language::Native,
            core_instances: 0,
        };
        let mut levels: Vec<Level> = Vec::new();
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload.map_err(text)?;
            match validator.payload(&payload).map_err(text)? {
                ValidPayload::Func(func, body) => {
                    let mut func = func.into_validator(functions);
                    func.validate(&body).map_err(text)?;
                    functions = func.into_allocations();
                }
                // That of the whole comes last.
                ValidPayload::End(types) => {
                    for import in &mut shape.imports {
                        import.is_types = is_types(&types, &import.name);
                    }
                }
                _ => {}
            }
            shape.payload(payload, &mut levels)?;
        }
        if shape.imports.iter().any(js_engine::is_engine) {
            shape.language = Language::JavaScript;
        }
        Ok(shape)
    }

    fn payload(&mut self, payload: Payload<'_>, levels: &mut Vec<Level>) -> Result<(), String> {
        let top = levels.len() == 1;
        match payload {
            Payload::Version { encoding, .. } => {
                levels.push(Level {
                    is_component: encoding == Encoding::Component,
                    components: Vec::new(),
                    core_instances: 0,
                });
            }
            Payload::End(_) => {
                let Some(ended) = levels.pop() else {
                    return Ok(());
                };
                match levels.last_mut() {
                    Some(parent) if ended.is_component => {
                        parent.components.push(ended.core_instances);
                    }
                    Some(_) => {}
                    None => self.core_instances = ended.core_instances,
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    if export.map_err(text)?.name == outwit_quickjs::MARK {
                        self.language = Language::JavaScript;
                    }
                }
            }
            Payload::InstanceSection(section) => {
                for instance in section {
                    let instance = instance.map_err(text)?;
                    if let (Instance::Instantiate { .. }, Some(level)) =
                        (instance, levels.last_mut())
                    {
                        level.core_instances = level.core_instances.saturating_add(1);
                    }
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section {
                    let instance = instance.map_err(text)?;
                    if let (
                        ComponentInstance::Instantiate {
                            component_index, ..
                        },
                        Some(level),
                    ) = (instance, levels.last_mut())
                    {
                        let more = level.instances_of(component_index);
                        level.core_instances = level.core_instances.saturating_add(more);
                    }
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section {
                    let instances = match alias.map_err(text)? {
                        ComponentAlias::Outer {
                            kind: ComponentOuterAliasKind::Component,
                            count,
                            index,
                        } => {
                            let count = usize::try_from(count).unwrap_or(usize::MAX);
                            let outer = levels.iter().rev().nth(count);
                            outer.map_or(0, |level| level.instances_of(index))
                        }
                        ComponentAlias::InstanceExport {
                            kind: ComponentExternalKind::Component,
                            ..
                        } => 0,
                        _ => continue,
                    };
                    if let Some(level) = levels.last_mut() {
                        level.components.push(instances);
                    }
                }
            }
            Payload::ComponentImportSection(section) => {
                for import in section {
                    let import = import.map_err(text)?;
                    if let (ComponentTypeRef::Component(_), Some(level)) =
                        (import.ty, levels.last_mut())
                    {
                        level.components.push(0);
                    }
                    if top {
                        self.imports.push(Extern {
                            name: import.name.name.to_string(),
                            is_types: false,
                            kind: match import.ty {
                                ComponentTypeRef::Instance(_) => ExternKind::Interface,
                                ComponentTypeRef::Func(_) => ExternKind::Function,
                                ComponentTypeRef::Type(_) => ExternKind::Type,
                                ComponentTypeRef::Module(_) => ExternKind::Module,
                                _ => ExternKind::Other,
                            },
                        });
                    }
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section {
                    let export = export.map_err(text)?;
                    if let (ComponentExternalKind::Component, Some(level)) =
                        (export.kind, levels.last_mut())
                    {
                        // An export is one more name for the thing it exports.
                        let instances = level.instances_of(export.index);
                        level.components.push(instances);
                    }
                    if top {
                        self.exports.push(Extern {
                            name: export.name.name.to_string(),
                            is_types: false,
                            kind: match export.kind {
                                ComponentExternalKind::Instance => ExternKind::Interface,
                                ComponentExternalKind::Func => ExternKind::Function,
                                ComponentExternalKind::Type => ExternKind::Type,
                                ComponentExternalKind::Module => ExternKind::Module,
                                _ => ExternKind::Other,
                            },
                        });
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// Whether all there is of an import are types. What has a resource is more than that: handles come from somewhere.
fn is_types(types: &Types, import: &str) -> bool {
    let Some(ComponentEntityType::Instance(instance)) =
        types.component_item_for_import(import).map(|item| item.ty)
    else {
        return false;
    };
    types.as_ref().get(instance).is_some_and(|instance| {
        instance.exports.values().all(|export| match export.ty {
            ComponentEntityType::Type { referenced, .. } => {
                !matches!(referenced, ComponentAnyTypeId::Resource(_))
            }
            _ => false,
        })
    })
}

#[allow(clippy::needless_pass_by_value)]
fn text(e: wasmparser::BinaryReaderError) -> String {
    e.to_string()
}
