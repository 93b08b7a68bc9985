//! Puts memory, engine and adapter in the place of the front module.
//!
//! The component encoder knows one way to build a component: a main module that owns its memory, and,
//! because lowered imports need that memory before the main module exists, a *shim* module that
//! stands in for them through a table which a *fixups* module fills in last. Here the memory comes
//! first, so neither is needed:
//!
//! ```text
//!     the encoder's                     ours
//!     modules main, shim, fixups        modules engine, memory, adapter
//!     instantiate shim                  instantiate memory, engine
//!     instantiate main (with shim)      lower imports (memory of memory, realloc of engine)
//!     lower imports (memory of main)    instantiate adapter (with the lowered imports)
//!     instantiate fixups                lift exports
//!     lift exports
//! ```
//!
//! The functions that end resources are stood in for, too: a resource type names its own before the
//! main module exists. They become the engine's, which exists by then.
//!
//! Everything about types, component imports and exports passes through as the encoder wrote it.

use crate::adapter::{ENGINE, MEMORY};
use anyhow::{Context, Result, bail};
use std::collections::{HashMap, HashSet};
use wasm_encoder::reencode::{self, Reencode, ReencodeComponent};
use wasm_encoder::{
    Alias, CanonicalFunctionSection, Component, ComponentAliasSection, ComponentSectionId,
    ComponentTypeSection, ExportKind, InstanceSection, ModuleArg, RawSection,
};
use wasmparser::{
    CanonicalFunction, ComponentAlias, ComponentTypeSectionReader, ExternalKind, Instance,
    InstantiationArgKind, Parser, Payload,
};

/// The three core modules of a finished component.
pub struct Parts {
    pub memory: Vec<u8>,
    pub engine: Vec<u8>,
    pub adapter: Vec<u8>,
}

/// Rewrites the component `front`, which the component encoder made from the front module alone.
pub fn replace_front(front: &[u8], parts: &Parts) -> Result<Vec<u8>> {
    let items = items(front)?;
    let plan = Plan::new(&items)?;
    let mut out = Output::new(parts, &plan);
    for item in &items {
        out.item(front, item, &plan)?;
    }
    if !out.adapter_placed {
        bail!("the front module is never instantiated");
    }
    Ok(out.component.finish())
}

/// A piece of the component, with the index it defines in its core index space.
enum Item<'a> {
    Module {
        bytes: &'a [u8],
    },
    CoreInstance {
        index: u32,
        instance: Instance<'a>,
    },
    CoreAlias {
        kind: ExternalKind,
        index: u32,
        instance: u32,
        name: &'a str,
    },
    Alias(ComponentAlias<'a>),
    Canonical {
        core_index: Option<u32>,
        function: CanonicalFunction,
    },
    /// Types; a resource among them mentions the function that ends it.
    Types(ComponentTypeSectionReader<'a>),
    /// A section that mentions no core index.
    Section {
        id: u8,
        range: std::ops::Range<usize>,
    },
}

/// How many functions, tables, … have been defined so far.
#[derive(Default)]
struct Counters {
    functions: u32,
    tables: u32,
    memories: u32,
    globals: u32,
    instances: u32,
}

impl Counters {
    fn alias(&mut self, kind: ExternalKind) -> Result<u32> {
        let counter = match kind {
            ExternalKind::Func | ExternalKind::FuncExact => &mut self.functions,
            ExternalKind::Table => &mut self.tables,
            ExternalKind::Memory => &mut self.memories,
            ExternalKind::Global => &mut self.globals,
            ExternalKind::Tag => bail!("the encoder aliases a tag"),
        };
        Ok(next(counter))
    }
}

fn next(counter: &mut u32) -> u32 {
    let index = *counter;
    *counter += 1;
    index
}

fn items(component: &[u8]) -> Result<Vec<Item<'_>>> {
    let mut items = Vec::new();
    let mut count = Counters::default();
    let mut parser = Parser::new(0);
    let mut at = 0;
    loop {
        let rest = component.get(at..).context("the component is cut off")?;
        let (consumed, payload) = match parser.parse(rest, true)? {
            wasmparser::Chunk::Parsed { consumed, payload } => (consumed, payload),
            wasmparser::Chunk::NeedMoreData(_) => bail!("the component is cut off"),
        };
        at += consumed;
        match payload {
            Payload::Version { .. } | Payload::CustomSection(_) => {}
            Payload::End(_) => return Ok(items),
            Payload::ModuleSection {
                unchecked_range, ..
            } => {
                let bytes = component
                    .get(unchecked_range.clone())
                    .context("a module is cut off")?;
                items.push(Item::Module { bytes });
                at = unchecked_range.end;
            }
            Payload::ComponentSection {
                unchecked_range, ..
            } => {
                let id = ComponentSectionId::Component as u8;
                items.push(Item::Section {
                    id,
                    range: unchecked_range.clone(),
                });
                at = unchecked_range.end;
            }
            Payload::InstanceSection(instances) => {
                for instance in instances {
                    let index = next(&mut count.instances);
                    items.push(Item::CoreInstance {
                        index,
                        instance: instance?,
                    });
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases {
                    items.push(match alias? {
                        ComponentAlias::CoreInstanceExport {
                            kind,
                            instance_index,
                            name,
                        } => {
                            let index = count.alias(kind)?;
                            Item::CoreAlias {
                                kind,
                                index,
                                instance: instance_index,
                                name,
                            }
                        }
                        other => Item::Alias(other),
                    });
                }
            }
            Payload::ComponentCanonicalSection(functions) => {
                for function in functions {
                    let function = function?;
                    let lifts = matches!(function, CanonicalFunction::Lift { .. });
                    let core_index = (!lifts).then(|| next(&mut count.functions));
                    items.push(Item::Canonical {
                        core_index,
                        function,
                    });
                }
            }
            Payload::ComponentTypeSection(types) => items.push(Item::Types(types)),
            other => {
                let (id, range) = other.as_section().context("a section has no bytes")?;
                items.push(Item::Section { id, range });
            }
        }
    }
}

/// What the encoder's core instances are for.
struct Plan<'a> {
    /// The instance of the front module.
    main: u32,
    main_args: Vec<(&'a str, u32)>,
    /// The instance after which every lowered import exists: that of the fixups, or the main one.
    last: u32,
    /// The instances that only name exports, to be made when the adapter needs them.
    bags: HashMap<u32, Vec<(&'a str, ExternalKind, u32)>>,
    /// The functions that the shim stands in for, by the index of their stand-in.
    stand_ins: HashMap<u32, u32>,
    /// The functions of the front module that end resources, and their stand-ins.
    destructors: HashSet<u32>,
}

impl<'a> Plan<'a> {
    fn new(items: &[Item<'a>]) -> Result<Self> {
        let modules: Vec<&[u8]> = items
            .iter()
            .filter_map(|item| match item {
                Item::Module { bytes } => Some(*bytes),
                _ => None,
            })
            .collect();
        let front = position_of_front(&modules)?;

        let mut bags = HashMap::new();
        let mut main = None;
        let mut shim = None;
        let mut fixups = None;
        for item in items {
            let Item::CoreInstance { index, instance } = item else {
                continue;
            };
            match instance {
                Instance::FromExports(exports) => {
                    let exports = exports.iter().map(|e| (e.name, e.kind, e.index)).collect();
                    bags.insert(*index, exports);
                }
                Instance::Instantiate { module_index, args } => {
                    let args: Vec<(&str, u32)> = args
                        .iter()
                        .map(|arg| match arg.kind {
                            InstantiationArgKind::Instance => (arg.name, arg.index),
                        })
                        .collect();
                    if *module_index == front {
                        main = Some((*index, args));
                    } else if args.is_empty() {
                        shim = Some(*index);
                    } else {
                        fixups = Some((*index, args));
                    }
                }
            }
        }
        let (main, main_args) = main.context("the front module is not instantiated")?;

        let mut real = HashMap::new();
        if let Some((_, args)) = &fixups {
            for (_, bag) in args {
                let bag: &Vec<(&str, ExternalKind, u32)> = bags
                    .get(bag)
                    .context("the fixups are given an instance that is no list")?;
                let functions = bag
                    .iter()
                    .filter(|(_, kind, _)| *kind == ExternalKind::Func);
                real.extend(functions.map(|(name, _, index)| (*name, *index)));
            }
        }
        let mut destructors = HashSet::new();
        for item in items {
            if let Item::CoreAlias {
                index,
                instance,
                name,
                ..
            } = item
                && *instance == main
                && name.contains("#[dtor]")
            {
                destructors.insert(*index);
            }
        }
        let mut stand_ins = HashMap::new();
        for item in items {
            if let Item::CoreAlias {
                kind: ExternalKind::Func,
                index,
                instance,
                name,
            } = item
                && Some(*instance) == shim
            {
                let function = real
                    .get(name)
                    .context("the shim has a function nobody fills in")?;
                stand_ins.insert(*index, *function);
                if destructors.contains(function) {
                    destructors.insert(*index);
                }
            }
        }
        let last = fixups.map_or(main, |(index, _)| index);
        Ok(Self {
            main,
            main_args,
            last,
            bags,
            stand_ins,
            destructors,
        })
    }
}

/// The front module is the one that exports a memory.
fn position_of_front(modules: &[&[u8]]) -> Result<u32> {
    for (position, module) in modules.iter().enumerate() {
        for payload in Parser::new(0).parse_all(module) {
            if let Payload::ExportSection(exports) = payload? {
                for export in exports {
                    if export?.kind == ExternalKind::Memory {
                        return Ok(u32::try_from(position)?);
                    }
                }
            }
        }
    }
    bail!("the front module is not there")
}

/// The component being written.
struct Output {
    component: Component,
    count: Counters,
    /// New indices, by the old.
    functions: HashMap<u32, u32>,
    instances: HashMap<u32, u32>,
    memory_instance: u32,
    engine_instance: u32,
    memory: u32,
    realloc: u32,
    /// What ends resources; unused in a world that has none of its own.
    drop: u32,
    adapter_placed: bool,
}

impl Output {
    /// Writes the modules, and instantiates those that need nothing.
    fn new(parts: &Parts, plan: &Plan<'_>) -> Self {
        let mut component = Component::new();
        for module in [&parts.engine, &parts.memory, &parts.adapter] {
            component.section(&RawSection {
                id: ComponentSectionId::CoreModule as u8,
                data: module,
            });
        }
        let mut count = Counters::default();
        let mut instances = InstanceSection::new();
        let memory_instance = next(&mut count.instances);
        instances.instantiate(1, no_args());
        let engine_instance = next(&mut count.instances);
        instances.instantiate(0, [(MEMORY, ModuleArg::Instance(memory_instance))]);
        component.section(&instances);

        let mut aliases = ComponentAliasSection::new();
        aliases.alias(Alias::CoreInstanceExport {
            instance: memory_instance,
            kind: ExportKind::Memory,
            name: "memory",
        });
        aliases.alias(Alias::CoreInstanceExport {
            instance: engine_instance,
            kind: ExportKind::Func,
            name: "cabi_realloc",
        });
        let memory = next(&mut count.memories);
        let realloc = next(&mut count.functions);
        let mut drop = realloc;
        if !plan.destructors.is_empty() {
            aliases.alias(Alias::CoreInstanceExport {
                instance: engine_instance,
                kind: ExportKind::Func,
                name: "outwit_drop",
            });
            drop = next(&mut count.functions);
        }
        component.section(&aliases);
        Self {
            component,
            memory_instance,
            engine_instance,
            memory,
            realloc,
            drop,
            count,
            functions: HashMap::new(),
            instances: HashMap::new(),
            adapter_placed: false,
        }
    }

    fn item(&mut self, front: &[u8], item: &Item<'_>, plan: &Plan<'_>) -> Result<()> {
        match item {
            Item::Module { .. } => {}
            Item::CoreInstance { index, .. } => {
                if *index == plan.last {
                    self.place_adapter(plan)?;
                }
            }
            Item::CoreAlias {
                kind,
                index,
                instance,
                name,
            } => {
                self.core_alias(*kind, *index, *instance, name, plan)?;
            }
            Item::Alias(alias) => {
                let mut aliases = ComponentAliasSection::new();
                aliases.alias(self.component_alias(alias.clone())?);
                self.component.section(&aliases);
            }
            Item::Canonical {
                core_index,
                function,
            } => {
                let mut functions = CanonicalFunctionSection::new();
                self.parse_component_canonical(&mut functions, function.clone())?;
                self.component.section(&functions);
                if let Some(index) = core_index {
                    let new = next(&mut self.count.functions);
                    self.functions.insert(*index, new);
                }
            }
            Item::Types(reader) => {
                let mut types = ComponentTypeSection::new();
                self.parse_component_type_section(&mut types, reader.clone())?;
                self.component.section(&types);
            }
            Item::Section { id, range } => {
                let data = front.get(range.clone()).context("a section is cut off")?;
                self.component.section(&RawSection { id: *id, data });
            }
        }
        Ok(())
    }

    /// Instantiates the adapter, now that everything it imports exists.
    fn place_adapter(&mut self, plan: &Plan<'_>) -> Result<()> {
        let mut instances = InstanceSection::new();
        let mut args = vec![
            (MEMORY, ModuleArg::Instance(self.memory_instance)),
            (ENGINE, ModuleArg::Instance(self.engine_instance)),
        ];
        for (name, bag) in &plan.main_args {
            let bag = plan
                .bags
                .get(bag)
                .context("an argument of the front module is no list")?;
            let mut exports = Vec::new();
            for (name, kind, index) in bag {
                if *kind != ExternalKind::Func {
                    bail!("the front module is given `{name}`, which is no function");
                }
                let index = plan.stand_ins.get(index).unwrap_or(index);
                exports.push((*name, ExportKind::Func, self.function_index(*index)?));
            }
            instances.export_items(exports);
            args.push((name, ModuleArg::Instance(next(&mut self.count.instances))));
        }
        instances.instantiate(2, args);
        self.instances
            .insert(plan.main, next(&mut self.count.instances));
        self.component.section(&instances);
        self.adapter_placed = true;
        Ok(())
    }

    fn core_alias(
        &mut self,
        kind: ExternalKind,
        index: u32,
        instance: u32,
        name: &str,
        plan: &Plan<'_>,
    ) -> Result<()> {
        if plan.destructors.contains(&index) {
            self.functions.insert(index, self.drop);
            return Ok(());
        }
        if instance != plan.main {
            // The shim's: nothing refers to them any more.
            return Ok(());
        }
        match (kind, name) {
            (ExternalKind::Memory, _) => {}
            (ExternalKind::Func, "cabi_realloc") => {
                self.functions.insert(index, self.realloc);
            }
            (ExternalKind::Func, _) => {
                let instance = *self
                    .instances
                    .get(&instance)
                    .with_context(|| format!("`{name}` is used before the adapter exists"))?;
                let mut aliases = ComponentAliasSection::new();
                aliases.alias(Alias::CoreInstanceExport {
                    instance,
                    kind: ExportKind::Func,
                    name,
                });
                self.component.section(&aliases);
                let new = next(&mut self.count.functions);
                self.functions.insert(index, new);
            }
            _ => bail!("the encoder uses `{name}` of the front module"),
        }
        Ok(())
    }
}

fn no_args() -> [(&'static str, ModuleArg); 0] {
    []
}

/// The encoder's order does not suit ours.
#[derive(Debug, thiserror::Error)]
#[error("core function {0} is used before it exists")]
struct UsedTooEarly(u32);

type EncodeError = reencode::Error<UsedTooEarly>;

impl Reencode for Output {
    type Error = UsedTooEarly;

    fn function_index(&mut self, index: u32) -> Result<u32, EncodeError> {
        let new = self.functions.get(&index).copied();
        new.ok_or(EncodeError::UserError(UsedTooEarly(index)))
    }

    fn memory_index(&mut self, _: u32) -> Result<u32, EncodeError> {
        Ok(self.memory)
    }
}

impl ReencodeComponent for Output {}
