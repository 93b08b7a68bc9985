//! Lets a debugger into a plugin that was built without one.
//!
//! Every engine has a slot in its table for a debugger, and functions to begin with and to wake it up. A component is given one more
//! import, [`IMPORT`], one more export, [`WAKE`], and a small module that puts the import into the slot when the component is instantiated.
//! One that others were composed into has the import for all of those inside, and hands it down to them.

mod composed;

use crate::cut::sections;
use crate::id::is_engine;
use wasm_encoder::{
    Alias, CanonicalFunctionSection, CanonicalOption, CodeSection, ComponentAliasSection,
    ComponentExportKind, ComponentExportSection, ComponentImportSection, ComponentTypeRef,
    ComponentTypeSection, ComponentValType, ElementSection, Elements, EntityType, ExportKind,
    Function, FunctionSection, ImportSection, InstanceSection, InstanceType, ModuleArg,
    ModuleSection, PrimitiveValType, RefType, StartSection, TableType, TypeSection, ValType,
};
use wasmparser::{
    ComponentTypeRef as ImportType, Instance, InstantiationArgKind, Payload, Validator,
    WasmFeatures,
};

/// The interface that a debugger has to provide.
pub const IMPORT: &str = "outwit:debug/control@0.1.0";
/// Its function: `func(message: string) -> string`. For components inside of a composed one it is [`exchange_of`] their number.
pub const EXCHANGE: &str = "exchange";
/// Components with numbers of their own are fewer than these.
pub const COMPONENTS: usize = 64;
/// The function that the component exports more: `func()`. Lets the debugger ask while nothing runs.
pub const WAKE: &str = "outwit-debug-wake";

/// The function of [`IMPORT`] that belongs to the component of this number: 0 is the component itself, and from 1 on they are
/// those inside of it.
#[must_use]
pub fn exchange_of(component: usize) -> String {
    match component {
        0 => EXCHANGE.to_owned(),
        component => format!("{EXCHANGE}-{component}"),
    }
}

/// Makes the component one that can be debugged, in either cut. Nothing for what is no plugin in JavaScript and has none inside, or has an engine
/// that knows no debuggers.
#[must_use]
pub fn instrument(component: &[u8]) -> Option<Vec<u8>> {
    if let Some(plugin) = instrument_plugin(component, EXCHANGE) {
        return Some(plugin);
    }
    let composed = composed::instrument(component, &mut 1, 0)?;
    // what refers to types of another component from inside is left as it is
    validator().validate_all(&composed).ok()?;
    Some(composed)
}

/// The component that has this number.
#[must_use]
pub fn component(component: &[u8], number: usize) -> Option<&[u8]> {
    let Some(index) = number.checked_sub(1) else {
        return Some(component);
    };
    let mut found = Vec::new();
    composed::plugins(component, 0, &mut found, 0);
    component.get(found.get(index)?.clone())
}

fn validator() -> Validator {
    let features =
        WasmFeatures::default() | WasmFeatures::CM_MAP | WasmFeatures::CM_FIXED_LENGTH_LISTS;
    Validator::new_with_features(features | WasmFeatures::CM_ASYNC)
}

/// The type of [`IMPORT`] with these functions.
fn interface(functions: impl Iterator<Item = String>) -> InstanceType {
    let mut interface = InstanceType::new();
    interface
        .ty()
        .function()
        .params([("message", PrimitiveValType::String)])
        .result(Some(ComponentValType::Primitive(PrimitiveValType::String)));
    for name in functions {
        interface.export(name.as_str(), ComponentTypeRef::Func(0));
    }
    interface
}

/// Instruments a plugin in JavaScript.
fn instrument_plugin(component: &[u8], exchange: &str) -> Option<Vec<u8>> {
    let engine = Engine::find(component)?;
    let types = validator().validate_all(component).ok()?;
    let types = types.as_ref();
    let core_functions = types.function_count();
    let core_instances = types.core_instance_count();

    let mut out = wasm_encoder::Component::new();
    for payload in sections(component) {
        crate::cut::copy(&mut out, component, payload.ok()?)?;
    }

    let mut section = ComponentTypeSection::new();
    section.instance(&interface(std::iter::once(exchange.to_owned())));
    section
        .function()
        .params::<[(&str, ComponentValType); 0], _>([])
        .result(None);
    out.section(&section);

    let mut imports = ComponentImportSection::new();
    let ty = types.component_type_count();
    imports.import(IMPORT, ComponentTypeRef::Instance(ty));
    out.section(&imports);

    let mut aliases = ComponentAliasSection::new();
    aliases.alias(Alias::InstanceExport {
        instance: types.component_instance_count(),
        kind: ComponentExportKind::Func,
        name: exchange,
    });
    aliases.alias(Alias::CoreInstanceExport {
        instance: engine.memory,
        kind: ExportKind::Memory,
        name: "memory",
    });
    for name in ["cabi_realloc", "outwit_debug_wake"] {
        aliases.alias(Alias::CoreInstanceExport {
            instance: engine.instance,
            kind: ExportKind::Func,
            name,
        });
    }
    out.section(&aliases);

    let component_functions = types.component_function_count();
    let mut functions = CanonicalFunctionSection::new();
    functions.lower(
        component_functions,
        [
            CanonicalOption::UTF8,
            CanonicalOption::Memory(types.memory_count()),
            CanonicalOption::Realloc(core_functions),
        ],
    );
    functions.lift(core_functions + 1, ty + 1, []);
    out.section(&functions);

    out.section(&ModuleSection(&module()));
    let mut instances = InstanceSection::new();
    instances.export_items([(EXCHANGE, ExportKind::Func, core_functions + 2)]);
    instances.instantiate(
        types.module_count(),
        [
            ("engine", ModuleArg::Instance(engine.instance)),
            ("host", ModuleArg::Instance(core_instances)),
        ],
    );
    out.section(&instances);

    let mut exports = ComponentExportSection::new();
    exports.export(
        WAKE,
        ComponentExportKind::Func,
        component_functions + 1,
        None,
    );
    out.section(&exports);
    Some(out.finish())
}

/// Where a component has its engine.
struct Engine {
    /// The instance of the engine's module.
    instance: u32,
    /// The instance that has the memory.
    memory: u32,
}

impl Engine {
    fn find(component: &[u8]) -> Option<Self> {
        let mut modules = 0;
        let mut instances = 0;
        let mut engine = None;
        for payload in sections(component) {
            match payload.ok()? {
                Payload::ComponentImportSection(imports) => {
                    for import in imports {
                        let import = import.ok()?;
                        if let ImportType::Module(_) = import.ty {
                            if import.name.name == crate::IMPORT {
                                engine = Some(modules);
                            }
                            modules += 1;
                        }
                    }
                }
                Payload::ModuleSection {
                    unchecked_range, ..
                } => {
                    let module = component.get(unchecked_range)?;
                    if is_engine(module) {
                        if !knows_debuggers(module) {
                            return None;
                        }
                        engine = Some(modules);
                    }
                    modules += 1;
                }
                Payload::InstanceSection(section) => {
                    for instance in section {
                        if let Instance::Instantiate { module_index, args } = instance.ok()?
                            && Some(module_index) == engine
                        {
                            // the engine is given the memory, and nothing else
                            let mut memories = args.iter().map(|arg| match arg.kind {
                                InstantiationArgKind::Instance => arg.index,
                            });
                            let memory = memories.next();
                            return Some(Self {
                                instance: instances,
                                memory: memory?,
                            });
                        }
                        instances += 1;
                    }
                }
                _ => {}
            }
        }
        None
    }
}

fn knows_debuggers(module: &[u8]) -> bool {
    let mut sections = wasmparser::Parser::new(0).parse_all(module);
    sections.any(|payload| match payload {
        Ok(Payload::ExportSection(exports)) => exports
            .into_iter()
            .any(|export| export.is_ok_and(|export| export.name == "outwit_debug_slot")),
        _ => false,
    })
}

/// The module that puts the debugger's function into its slot, and begins.
fn module() -> wasm_encoder::Module {
    let mut types = TypeSection::new();
    types.ty().function([], [ValType::I32]);
    types.ty().function([], []);
    types.ty().function([ValType::I32; 3], []);
    let mut imports = ImportSection::new();
    imports.import("engine", "outwit_debug_slot", EntityType::Function(0));
    imports.import("engine", "outwit_debug_start", EntityType::Function(1));
    imports.import("host", EXCHANGE, EntityType::Function(2));
    imports.import(
        "engine",
        "__indirect_function_table",
        TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: 0,
            maximum: None,
            shared: false,
        },
    );
    let mut functions = FunctionSection::new();
    functions.function(1);
    let mut elements = ElementSection::new();
    elements.declared(Elements::Functions((&[2][..]).into()));
    let mut start = Function::new([]);
    start
        .instructions()
        .call(0)
        .ref_func(2)
        .table_set(0)
        .call(1)
        .end();
    let mut code = CodeSection::new();
    code.function(&start);
    let mut module = wasm_encoder::Module::new();
    module
        .section(&types)
        .section(&imports)
        .section(&functions)
        .section(&StartSection { function_index: 3 })
        .section(&elements)
        .section(&code);
    module
}
