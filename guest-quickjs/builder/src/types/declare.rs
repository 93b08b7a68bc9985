//! The modules of a world.

use super::functions::deprecated;
use super::names::{Unique, is_reserved, method, quoted};
use super::render::{Renderer, Scope, Side, Way, interfaces};
use super::text::Writer;
use crate::{Error, world::World};
use heck::{ToLowerCamelCase, ToUpperCamelCase};
use wit_parser::{
    Docs, Function, FunctionKind, InterfaceId, TypeDefKind, TypeId, TypeOwner, WorldItem, WorldKey,
};

type Outcome = Result<(), Error>;

/// Declares the modules of a world's imports, and the types of its exports.
pub fn world(world: &World, out: &mut Writer) -> Outcome {
    let mut renderer = Renderer::new(world)?;
    let imports: Vec<(&WorldKey, InterfaceId)> = interfaces(&renderer.world.imports).collect();
    for (key, id) in imports {
        let name = renderer.resolve.name_world_key(key);
        let module = renderer.modules.get(&id).cloned().unwrap_or_default();
        imported(&renderer, &module, id, out)?;
        if module != name {
            again(&name, &module, out)?;
        }
    }
    for (id, name) in renderer.called() {
        let module = renderer.modules.get(&id).cloned().unwrap_or_default();
        out.line("");
        out.line("// What the plugin exports, as its tests call it.");
        imported(&renderer, &module, id, out)?;
        if module != name {
            again(&name, &module, out)?;
        }
    }
    root(&renderer, out)?;
    exports(&mut renderer, out)?;
    Ok(())
}

/// The same module under another name.
fn again(name: &str, module: &str, out: &mut Writer) -> Outcome {
    let module = quoted(module);
    out.block(&format!("declare module {}", quoted(name)), |out| {
        out.line(&format!("export * from {module};"));
        Ok(())
    })
}

fn imported(renderer: &Renderer<'_>, module: &str, id: InterfaceId, out: &mut Writer) -> Outcome {
    let Some(interface) = renderer.resolve.interfaces.get(id) else {
        return Ok(());
    };
    let scope = Scope {
        side: Side::Import,
        interface: Some(id),
    };
    out.line("");
    out.docs(interface.docs.contents.as_deref(), &[]);
    out.block(&format!("declare module {}", quoted(module)), |out| {
        for ty in interface.types.values() {
            let functions = interface.functions.values();
            declared(renderer, *ty, scope, functions, out)?;
        }
        free_functions(renderer, interface.functions.values(), scope, out);
        out.line("export {};");
        Ok(())
    })
}

/// What the world imports by itself, outside of interfaces.
fn root(renderer: &Renderer<'_>, out: &mut Writer) -> Outcome {
    let scope = Scope {
        side: Side::Import,
        interface: None,
    };
    let mut types = Vec::new();
    let mut functions = Vec::new();
    for item in renderer.world.imports.values() {
        match item {
            WorldItem::Function(function) => functions.push(function),
            WorldItem::Type { id, .. } => types.push(*id),
            WorldItem::Interface { .. } => {}
        }
    }
    if types.is_empty() && functions.is_empty() {
        return Ok(());
    }
    out.line("");
    out.block("declare module '$root'", |out| {
        for ty in types {
            declared(renderer, ty, scope, functions.iter().copied(), out)?;
        }
        free_functions(renderer, functions.iter().copied(), scope, out);
        out.line("export {};");
        Ok(())
    })
}

/// Functions that belong to no resource.
fn free_functions<'a>(
    renderer: &Renderer<'_>,
    functions: impl Iterator<Item = &'a Function>,
    scope: Scope,
    out: &mut Writer,
) {
    for function in functions.filter(|function| resource_of(function).is_none()) {
        let name = function.item_name().to_lower_camel_case();
        let tags = renderer.tags(function, scope);
        let signature = renderer.signature(function, scope);
        out.docs(function.docs.contents.as_deref(), &tags);
        if is_reserved(&name) {
            out.line(&format!("function {name}_{signature};"));
            out.line(&format!("export {{ {name}_ as {name} }};"));
        } else {
            out.line(&format!("export function {name}{signature};"));
        }
    }
}

pub fn resource_of(function: &Function) -> Option<TypeId> {
    match function.kind {
        FunctionKind::Freestanding | FunctionKind::AsyncFreestanding => None,
        FunctionKind::Method(id)
        | FunctionKind::AsyncMethod(id)
        | FunctionKind::Static(id)
        | FunctionKind::AsyncStatic(id)
        | FunctionKind::Constructor(id) => Some(id),
    }
}

/// A type that has a name.
fn declared<'a>(
    renderer: &Renderer<'_>,
    id: TypeId,
    scope: Scope,
    functions: impl Iterator<Item = &'a Function>,
    out: &mut Writer,
) -> Outcome {
    let Some(definition) = renderer.resolve.types.get(id) else {
        return Ok(());
    };
    let tags: Vec<String> = deprecated(&definition.stability).into_iter().collect();
    let docs = definition.docs.contents.as_deref();
    if matches!(definition.kind, TypeDefKind::Resource) {
        out.docs(docs, &tags);
        let of_it = functions.filter(|function| resource_of(function) == Some(id));
        return class(renderer, id, scope, of_it, out);
    }
    let mut ways = vec![Way::Arriving];
    if renderer.name(id, Way::Arriving) != renderer.name(id, Way::Leaving) {
        ways.push(Way::Leaving);
    }
    for way in ways {
        let name = renderer.name(id, way);
        out.docs(docs, &tags);
        match &definition.kind {
            TypeDefKind::Record(record) => {
                let docs = record.fields.iter().map(|field| &field.docs);
                let fields = renderer.fields(&definition.kind, way, scope);
                object(name, docs.zip(fields), out)?;
            }
            TypeDefKind::Flags(flags) => {
                let docs = flags.flags.iter().map(|flag| &flag.docs);
                let fields = renderer.fields(&definition.kind, way, scope);
                object(name, docs.zip(fields), out)?;
            }
            TypeDefKind::Variant(variant) => {
                let cases = variant.cases.iter().map(|case| {
                    let tag = quoted(&case.name);
                    let text = match &case.ty {
                        Some(ty) => {
                            let ty = renderer.ty(ty, way, scope);
                            format!("{{ tag: {tag}; val: {ty} }}")
                        }
                        None => format!("{{ tag: {tag} }}"),
                    };
                    (&case.docs, text)
                });
                union(name, cases, out);
            }
            TypeDefKind::Enum(cases) => {
                let cases = cases.cases.iter();
                let cases = cases.map(|case| (&case.docs, quoted(&case.name)));
                union(name, cases, out);
            }
            kind => {
                let text = renderer.inline(kind, way, scope);
                out.line(&format!("export type {name} = {text};"));
            }
        }
    }
    Ok(())
}

/// An object with these members, each with what is said about it.
fn object<'a>(
    name: &str,
    members: impl Iterator<Item = (&'a Docs, String)>,
    out: &mut Writer,
) -> Outcome {
    out.block::<Error>(&format!("export interface {name}"), |out| {
        for (docs, text) in members {
            out.docs(docs.contents.as_deref(), &[]);
            out.line(&format!("{text};"));
        }
        Ok(())
    })
}

/// One of these types, each with what is said about it.
fn union<'a>(
    name: &str,
    cases: impl ExactSizeIterator<Item = (&'a Docs, String)>,
    out: &mut Writer,
) {
    out.line(&format!("export type {name} ="));
    let last = cases.len().saturating_sub(1);
    for (index, (docs, text)) in cases.enumerate() {
        out.docs(docs.contents.as_deref(), &[]);
        let end = if index == last { ";" } else { "" };
        out.line(&format!("    | {text}{end}"));
    }
}

/// A resource: a class where it is imported; where it is exported, what the plugin's class has to be.
fn class<'a>(
    renderer: &Renderer<'_>,
    id: TypeId,
    scope: Scope,
    functions: impl Iterator<Item = &'a Function>,
    out: &mut Writer,
) -> Outcome {
    let name = renderer.name(id, Way::Arriving);
    let symbol = renderer.builtin("Symbol", scope);
    let functions: Vec<&Function> = functions.collect();
    out.block(&format!("export class {name}"), |out| {
        out.line("#private;");
        let constructor = functions
            .iter()
            .find(|function| matches!(function.kind, FunctionKind::Constructor(_)));
        match constructor {
            Some(function) => {
                out.docs(
                    function.docs.contents.as_deref(),
                    &renderer.tags(function, scope),
                );
                out.line(&format!("constructor{};", renderer.params(function, scope)));
            }
            None => out.line("protected constructor();"),
        }
        for function in &functions {
            let name = function.item_name().to_lower_camel_case();
            let prefix = match function.kind {
                // no class can have one
                FunctionKind::Static(_) | FunctionKind::AsyncStatic(_) if name == "prototype" => {
                    continue;
                }
                FunctionKind::Static(_) | FunctionKind::AsyncStatic(_) => "static ",
                FunctionKind::Method(_) | FunctionKind::AsyncMethod(_) => "",
                _ => continue,
            };
            let tags = renderer.tags(function, scope);
            out.docs(function.docs.contents.as_deref(), &tags);
            let signature = renderer.signature(function, scope);
            out.line(&format!("{prefix}{}{signature};", method(&name)));
        }
        out.line("/** Drops the handle: the object can then no longer be used. */");
        out.line(&format!("[{symbol}.dispose](): void;"));
        Ok(())
    })
}

/// The module of the world: what the plugin exports.
fn exports(renderer: &mut Renderer<'_>, out: &mut Writer) -> Outcome {
    let module = renderer.module.clone();
    let docs = renderer.world.docs.contents.clone();
    out.line("");
    out.docs(docs.as_deref(), &[]);
    out.block::<Error>(&format!("declare module {}", quoted(&module)), |out| {
        let exported: Vec<InterfaceId> = interfaces(&renderer.world.exports)
            .map(|(_, id)| id)
            .collect();
        for id in &exported {
            exported_interface(renderer, *id, out)?;
        }
        out.line("/** What the module of the plugin exports. */");
        out.block::<Error>("export interface Exports", |out| {
            for id in &exported {
                if let Some((ty, property)) = renderer.exported.get(id) {
                    out.line(&format!("{property}: {ty};"));
                }
            }
            let scope = Scope {
                side: Side::Export,
                interface: None,
            };
            for item in renderer.world.exports.values() {
                if let WorldItem::Function(function) = item {
                    let name = function.item_name().to_lower_camel_case();
                    let tags = renderer.tags(function, scope);
                    out.docs(function.docs.contents.as_deref(), &tags);
                    let signature = renderer.signature(function, scope);
                    out.line(&format!("{}{signature};", method(&name)));
                }
            }
            Ok(())
        })?;
        out.line("export {};");
        Ok(())
    })?;
    let package = renderer
        .world
        .package
        .and_then(|id| renderer.resolve.packages.get(id));
    match package.and_then(|package| package.name.version.as_ref()) {
        Some(version) => again(&format!("{module}@{version}"), &module, out),
        None => Ok(()),
    }
}

/// An exported interface: a type for the object that the plugin exports, and a namespace of the same name with its types.
fn exported_interface(renderer: &mut Renderer<'_>, id: InterfaceId, out: &mut Writer) -> Outcome {
    let resolve = renderer.resolve;
    let (Some(interface), Some((name, _))) = (
        resolve.interfaces.get(id),
        renderer.exported.get(&id).cloned(),
    ) else {
        return Ok(());
    };
    let scope = Scope {
        side: Side::Export,
        interface: Some(id),
    };
    let resources: Vec<(TypeId, String, String)> = interface
        .types
        .values()
        .filter_map(|ty| {
            let definition = resolve.types.get(*ty)?;
            let is_own = definition.owner == TypeOwner::Interface(id)
                && matches!(definition.kind, TypeDefKind::Resource);
            let own = definition.name.as_ref()?.to_upper_camel_case();
            is_own.then(|| (*ty, own.clone(), renderer.fresh(id, &format!("{own}Class"))))
        })
        .collect();
    if !interface.types.is_empty() {
        out.block(&format!("export namespace {name}"), |out| {
            for ty in interface.types.values() {
                match resources.iter().find(|(resource, ..)| resource == ty) {
                    Some((_, _, class)) => {
                        let functions = interface.functions.values();
                        let of_it = functions.filter(|f| resource_of(f) == Some(*ty));
                        defined_class(renderer, *ty, class, scope, of_it, out)?;
                    }
                    None => declared(renderer, *ty, scope, std::iter::empty(), out)?,
                }
            }
            Ok::<_, Error>(())
        })?;
    }
    out.docs(interface.docs.contents.as_deref(), &[]);
    out.block(&format!("export interface {name}"), |out| {
        for (_, property, class) in &resources {
            out.line(&format!("{property}: {name}.{class};"));
        }
        let outside = Scope {
            side: Side::Export,
            interface: None,
        };
        for function in interface.functions.values() {
            if resource_of(function).is_none() {
                let name = function.item_name().to_lower_camel_case();
                let tags = renderer.tags(function, outside);
                out.docs(function.docs.contents.as_deref(), &tags);
                let signature = renderer.signature(function, outside);
                out.line(&format!("{}{signature};", method(&name)));
            }
        }
        Ok(())
    })
}

/// An exported resource: what its objects have, and what the class has.
fn defined_class<'a>(
    renderer: &Renderer<'_>,
    id: TypeId,
    class: &str,
    scope: Scope,
    functions: impl Iterator<Item = &'a Function>,
    out: &mut Writer,
) -> Outcome {
    let name = renderer.name(id, Way::Arriving).to_owned();
    let symbol = renderer.builtin("Symbol", scope);
    let functions: Vec<&Function> = functions.collect();
    let docs = renderer.resolve.types.get(id).map(|ty| &ty.docs);
    out.docs(docs.and_then(|docs| docs.contents.as_deref()), &[]);
    let line = |out: &mut Writer, function: &Function| {
        let tags = renderer.tags(function, scope);
        out.docs(function.docs.contents.as_deref(), &tags);
        let name = method(&function.item_name().to_lower_camel_case());
        let signature = renderer.signature(function, scope);
        out.line(&format!("{name}{signature};"));
    };
    out.block::<Error>(&format!("export interface {name}"), |out| {
        for function in &functions {
            if let FunctionKind::Method(_) | FunctionKind::AsyncMethod(_) = function.kind {
                line(out, function);
            }
        }
        out.line("/** Called when nobody outside has the object any more. */");
        out.line(&format!("[{symbol}.dispose]?(): void;"));
        Ok(())
    })?;
    let mut names = Unique::default();
    out.block(&format!("export interface {class}"), |out| {
        out.line(&format!("readonly prototype: {name};"));
        for function in &functions {
            match function.kind {
                FunctionKind::Constructor(_) => {
                    let params = renderer.params(function, scope);
                    out.line(&format!("new {params}: {name};"));
                }
                FunctionKind::Static(_) | FunctionKind::AsyncStatic(_) => {
                    let own = function.item_name().to_lower_camel_case();
                    if own != "prototype" && names.take(&own) == own {
                        line(out, function);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    })
}
