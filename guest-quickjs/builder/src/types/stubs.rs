//! A plugin to begin with: it has all that its world wants, and none of it is written yet.

use super::declare::resource_of;
use super::functions::Parameter;
use super::names::{Unique, is_reserved, method, quoted};
use super::render::{Renderer, Scope, Side, interfaces};
use super::text::Writer;
use crate::{Error, world::World};
use heck::{ToLowerCamelCase, ToUpperCamelCase};
use std::path::Path;
use wit_parser::{
    Docs, Function, FunctionKind, InterfaceId, TypeDefKind, TypeId, TypeOwner, WorldItem,
};

/// What [`stubs`] are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Language {
    /// TypeScript.
    TypeScript,
    /// JavaScript whose comments say the types, for editors to check.
    JavaScript,
    /// JavaScript without types.
    PlainJavaScript,
}

/// What [`stubs`] gives.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stubs {
    /// The module of the plugin.
    pub plugin: String,
    /// A test of it, for a file beside it. The module is imported as `./plugin.js`.
    pub test: String,
}

/// Writes a plugin that exports what a world wants. Each function throws an error which says that it is not written yet, and the test
/// expects that.
///
/// `wit` and `world` are as for [`Build`](crate::Build). What is written builds, and TypeScript accepts it with the declarations that
/// [`types`](crate::types) gives for the same world.
///
/// ```no_run
/// let stubs = outwit_js::stubs("wit", Some("theme"), outwit_js::Language::TypeScript)?;
/// std::fs::write("plugin.ts", stubs.plugin)?;
/// std::fs::write("plugin.test.ts", stubs.test)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Fails if the WIT cannot be read or does not hold together, or the world cannot be chosen.
pub fn stubs(
    wit: impl AsRef<Path>,
    world: Option<&str>,
    language: Language,
) -> Result<Stubs, Error> {
    let world = World::load(wit.as_ref(), world)?;
    let renderer = Renderer::new(&world)?;
    let author = Author {
        exports: Export::all(&renderer),
        renderer: &renderer,
        language: Some(language),
    };
    Ok(Stubs {
        plugin: author.plugin()?,
        test: author.test()?,
    })
}

/// Writes a test that calls the functions of a finished component of which nothing is written yet, whatever language that is in: each
/// traps, or gives an error which says that it is not written.
///
/// # Errors
/// Fails as [`stubs`] does.
pub fn calls(wit: impl AsRef<Path>, world: Option<&str>) -> Result<String, Error> {
    let world = World::load(wit.as_ref(), world)?;
    let renderer = Renderer::new(&world)?;
    let mut exports = Export::all(&renderer);
    exports.retain(|export| {
        matches!(
            export.what,
            What::Interface {
                called: Some(_),
                ..
            }
        )
    });
    let author = Author {
        exports,
        renderer: &renderer,
        language: None,
    };
    author.test()
}

/// Types are mentioned outside of their interfaces.
const OUTSIDE: Scope = Scope {
    side: Side::Export,
    interface: None,
};

/// What the module exports, and by which variable.
struct Export<'a> {
    what: What<'a>,
    variable: String,
    /// The name it is exported under; in quotes if it is none of the language.
    name: String,
}

enum What<'a> {
    Interface {
        id: InterfaceId,
        ty: String,
        /// The module by which a test imports it from the finished component.
        called: Option<String>,
    },
    Function(&'a Function),
}

impl<'a> Export<'a> {
    fn all(renderer: &Renderer<'a>) -> Vec<Export<'a>> {
        // what the test has names for already
        let mut variables = Unique::default();
        for name in ["describe", "expect", "it", "plugin"] {
            variables.take(name);
        }
        let mut variable = |name: &str| {
            let mut name = name.to_owned();
            if is_reserved(&name) {
                name.push('_');
            }
            variables.take(&name)
        };
        let called = renderer.called();
        let interfaces = interfaces(&renderer.world.exports).filter_map(|(_, id)| {
            let (ty, name) = renderer.exported.get(&id)?.clone();
            let module = renderer.modules.get(&id);
            let called = called.iter().any(|(other, _)| *other == id);
            Some(Export {
                variable: variable(&ty.to_lower_camel_case()),
                name,
                what: What::Interface {
                    id,
                    ty,
                    called: module.filter(|_| called).cloned(),
                },
            })
        });
        let mut exports: Vec<Export<'_>> = interfaces.collect();
        for item in renderer.world.exports.values() {
            if let WorldItem::Function(function) = item {
                let name = function.item_name().to_lower_camel_case();
                exports.push(Export {
                    variable: variable(&name),
                    name,
                    what: What::Function(function),
                });
            }
        }
        exports
    }

    /// `export ` in front of the variable, where it has the name that it is exported under.
    fn keyword(&self) -> &'static str {
        if self.variable == self.name {
            "export "
        } else {
            ""
        }
    }
}

struct Author<'a> {
    renderer: &'a Renderer<'a>,
    /// Nothing if the component comes from elsewhere.
    language: Option<Language>,
    exports: Vec<Export<'a>>,
}

impl Author<'_> {
    fn plugin(&self) -> Result<String, Error> {
        let mut out = Writer::new();
        self.import_types(&mut out);
        for (index, export) in self.exports.iter().enumerate() {
            if index > 0 {
                out.line("");
            }
            match &export.what {
                What::Interface { id, ty, .. } => self.interface(export, *id, ty, &mut out)?,
                What::Function(function) => self.function(export, function, &mut out)?,
            }
            if export.keyword().is_empty() {
                out.line(&format!(
                    "export {{ {} as {} }};",
                    export.variable, export.name
                ));
            }
        }
        if self.exports.is_empty() {
            out.line("// The world of this plugin exports nothing.");
            out.line("export {};");
        }
        Ok(out.finish())
    }

    /// The types that the exports have.
    fn import_types(&self, out: &mut Writer) {
        let mut types: Vec<&str> = Vec::new();
        for export in &self.exports {
            match &export.what {
                What::Interface { ty, .. } => types.push(ty),
                What::Function(_) if !types.contains(&"Exports") => types.push("Exports"),
                What::Function(_) => {}
            }
        }
        let names = types.join(", ");
        let module = quoted(&self.renderer.module);
        match self.language {
            _ if types.is_empty() => return,
            None | Some(Language::PlainJavaScript) => return,
            Some(Language::TypeScript) => {
                out.line(&format!("import type {{ {names} }} from {module};"));
            }
            Some(Language::JavaScript) => {
                out.line(&format!("/** @import {{ {names} }} from {module} */"));
            }
        }
        out.line("");
    }

    /// Comments: what the WIT says, and what the types are where only comments can say it.
    fn docs(&self, docs: &Docs, tags: &[String], out: &mut Writer) {
        let tags = match self.language {
            Some(Language::JavaScript) => tags,
            _ => &[],
        };
        out.docs(docs.contents.as_deref(), tags);
    }

    /// A variable of this type.
    fn variable(&self, export: &Export<'_>, ty: &str) -> String {
        let (keyword, variable) = (export.keyword(), &export.variable);
        match self.language {
            Some(Language::TypeScript) => format!("{keyword}const {variable}: {ty} ="),
            _ => format!("{keyword}const {variable} ="),
        }
    }

    fn interface(
        &self,
        export: &Export<'_>,
        id: InterfaceId,
        ty: &str,
        out: &mut Writer,
    ) -> Result<(), Error> {
        let Some(interface) = self.renderer.resolve.interfaces.get(id) else {
            return Ok(());
        };
        self.docs(&interface.docs, &[format!("@type {{{ty}}}")], out);
        let head = self.variable(export, ty);
        out.block::<Error>(&head, |out| {
            for resource in self.resources(id) {
                self.class(id, resource, ty, out)?;
            }
            for function in interface.functions.values() {
                if resource_of(function).is_none() {
                    self.docs(&function.docs, &[], out);
                    let name = function.item_name().to_lower_camel_case();
                    let head = format!("{}({})", method(&name), self.untyped(function));
                    self.body("", function, &head, &name, ",", out)?;
                }
            }
            Ok(())
        })?;
        out.end(";");
        Ok(())
    }

    /// The resources that an interface defines.
    fn resources(&self, id: InterfaceId) -> Vec<TypeId> {
        let resolve = self.renderer.resolve;
        let types = resolve.interfaces.get(id).map(|it| it.types.values());
        let is_resource = |ty: &TypeId| {
            resolve.types.get(*ty).is_some_and(|definition| {
                definition.owner == TypeOwner::Interface(id)
                    && matches!(definition.kind, TypeDefKind::Resource)
            })
        };
        types
            .into_iter()
            .flatten()
            .copied()
            .filter(is_resource)
            .collect()
    }

    /// The class of an exported resource.
    fn class(
        &self,
        interface: InterfaceId,
        id: TypeId,
        namespace: &str,
        out: &mut Writer,
    ) -> Result<(), Error> {
        let resolve = self.renderer.resolve;
        let Some(name) = resolve.types.get(id).and_then(|ty| ty.name.as_deref()) else {
            return Ok(());
        };
        let name = name.to_upper_camel_case();
        let head = match self.language {
            Some(Language::TypeScript) => format!("{name}: class implements {namespace}.{name}"),
            _ => format!("{name}: class"),
        };
        let functions = resolve
            .interfaces
            .get(interface)
            .map(|it| it.functions.values());
        let mut statics = Unique::default();
        out.block::<Error>(&head, |out| {
            for function in functions.into_iter().flatten() {
                if resource_of(function) != Some(id) {
                    continue;
                }
                let own = function.item_name().to_lower_camel_case();
                let (modifier, called, what) = match function.kind {
                    FunctionKind::Constructor(_) => {
                        ("", "constructor".to_owned(), format!("new {name}"))
                    }
                    FunctionKind::Static(_) | FunctionKind::AsyncStatic(_) => {
                        // no class can have this one, and none can have one twice
                        if own == "prototype" || statics.take(&own) != own {
                            continue;
                        }
                        ("static ", method(&own), format!("{name}.{own}"))
                    }
                    _ => ("", method(&own), format!("{name}.{own}")),
                };
                self.docs(&function.docs, &self.tags(function), out);
                let head = self.typed(&called, function);
                self.body(modifier, function, &head, &what, "", out)?;
            }
            Ok(())
        })?;
        out.end(",");
        Ok(())
    }

    fn function(
        &self,
        export: &Export<'_>,
        function: &Function,
        out: &mut Writer,
    ) -> Result<(), Error> {
        let ty = format!("Exports[{}]", quoted(&export.name));
        self.docs(&function.docs, &[format!("@type {{{ty}}}")], out);
        let asynchronous = if function.kind.is_async() {
            "async "
        } else {
            ""
        };
        let head = format!(
            "{} {asynchronous}({}) =>",
            self.variable(export, &ty),
            self.untyped(function)
        );
        out.block::<Error>(&head, |out| {
            self.not_written(&export.name, out);
            Ok(())
        })?;
        out.end(";");
        Ok(())
    }

    /// A method, which throws.
    fn body(
        &self,
        modifier: &str,
        function: &Function,
        head: &str,
        what: &str,
        end: &str,
        out: &mut Writer,
    ) -> Result<(), Error> {
        let asynchronous = if function.kind.is_async() {
            "async "
        } else {
            ""
        };
        out.block::<Error>(&format!("{modifier}{asynchronous}{head}"), |out| {
            self.not_written(what, out);
            Ok(())
        })?;
        out.end(end);
        Ok(())
    }

    fn not_written(&self, what: &str, out: &mut Writer) {
        let error = self.renderer.builtin("Error", OUTSIDE);
        let place = match self.language {
            Some(Language::PlainJavaScript) => ", in what stands in for the application",
            _ => "",
        };
        let text = quoted(&format!("{}{place}", not_written(what)));
        out.line(&format!("throw new {error}({text});"));
    }

    /// The names of the parameters: their types follow from the place.
    fn untyped(&self, function: &Function) -> String {
        let params = self.renderer.parameters(function, OUTSIDE);
        let names: Vec<&str> = params.iter().map(|param| param.name.as_str()).collect();
        names.join(", ")
    }

    /// `total(items: string[]): number`
    fn typed(&self, name: &str, function: &Function) -> String {
        if self.language != Some(Language::TypeScript) {
            return format!("{name}({})", self.untyped(function));
        }
        let params = self.renderer.parameters(function, OUTSIDE);
        let params: Vec<String> = params.iter().map(Parameter::typed).collect();
        let result = match function.kind {
            FunctionKind::Constructor(_) => String::new(),
            _ => format!(": {}", self.renderer.returned(function, OUTSIDE)),
        };
        format!("{name}({}){result}", params.join(", "))
    }

    /// The same as comments say it.
    fn tags(&self, function: &Function) -> Vec<String> {
        let params = self.renderer.parameters(function, OUTSIDE);
        let mut tags: Vec<String> = params
            .iter()
            .map(|Parameter { name, may_lack, ty }| {
                let name = if *may_lack {
                    format!("[{name}]")
                } else {
                    name.clone()
                };
                format!("@param {{{ty}}} {name}")
            })
            .collect();
        if !matches!(function.kind, FunctionKind::Constructor(_)) {
            let result = self.renderer.returned(function, OUTSIDE);
            tags.push(format!("@returns {{{result}}}"));
        }
        tags
    }

    fn test(&self) -> Result<String, Error> {
        let mut out = Writer::new();
        out.line("import { describe, expect, it } from 'outwit:test';");
        let is_module = self.language.is_some();
        if is_module {
            out.line("// The module itself.");
            out.line("import * as plugin from './plugin.js';");
        }
        let called = self.exports.iter().filter_map(|export| match &export.what {
            What::Interface {
                id,
                called: Some(module),
                ..
            } if !is_module || self.says_so(*id) => Some((&export.variable, module)),
            _ => None,
        });
        for (index, (variable, module)) in called.enumerate() {
            if index == 0 {
                out.line("// The finished component, called as an application calls it.");
            }
            out.line(&format!("import * as {variable} from {};", quoted(module)));
        }
        out.line("");
        if self.exports.is_empty() && !is_module {
            out.line("// Tests can call what a plugin exports in interfaces that have names; this one has none.");
            out.line("it('is built, and granted what it imports', () => {");
            out.end("});");
            return Ok(out.finish());
        }
        if self.exports.is_empty() {
            out.block::<Error>("describe('the plugin', () =>", |out| {
                out.block::<Error>("it('exports nothing', () =>", |out| {
                    out.line("expect(Object.keys(plugin)).toEqual([]);");
                    Ok(())
                })?;
                out.end(");");
                Ok(())
            })?;
            out.end(");");
            return Ok(out.finish());
        }
        out.line("// Nothing is written yet, and these tests say so. Let them say what each function has to do, and then write it.");
        for (index, export) in self.exports.iter().enumerate() {
            if index > 0 {
                out.line("");
            }
            let title = export.name.trim_matches('\'');
            out.block::<Error>(
                &format!("describe({}, () =>", quoted(title)),
                |out| match &export.what {
                    What::Interface { id, called, .. } => {
                        let component = called.as_ref().map(|_| export.variable.as_str());
                        let module = member("plugin", &export.name);
                        self.interface_tests(*id, &module, component, out)
                    }
                    What::Function(function) => {
                        let place = member("plugin", &export.name);
                        self.expectation(&place, "", function, &export.name, out)
                    }
                },
            )?;
            out.end(");");
        }
        Ok(out.finish())
    }

    /// Whether there is a function of which a test can catch in the finished component that it is not written: what it throws is a text,
    /// which its WIT allows, where anything else ends the component and its callers.
    fn says_so(&self, id: InterfaceId) -> bool {
        let interface = self.renderer.resolve.interfaces.get(id);
        let mut functions = interface.into_iter().flat_map(|it| it.functions.values());
        functions.any(|function| self.throws_text(function))
    }

    fn throws_text(&self, function: &Function) -> bool {
        let is_method = matches!(
            function.kind,
            FunctionKind::Method(_) | FunctionKind::AsyncMethod(_)
        );
        !is_method
            && self.renderer.throws_text(function)
            && self.renderer.sample_arguments(function).is_some()
    }

    fn interface_tests(
        &self,
        id: InterfaceId,
        module: &str,
        component: Option<&str>,
        out: &mut Writer,
    ) -> Result<(), Error> {
        let resolve = self.renderer.resolve;
        let Some(interface) = resolve.interfaces.get(id) else {
            return Ok(());
        };
        if interface.functions.is_empty() {
            let place = component
                .filter(|_| self.language.is_none())
                .unwrap_or(module);
            out.block::<Error>("it('has types only', () =>", |out| {
                out.line(&format!("expect({place}).toBeDefined();"));
                Ok(())
            })?;
            out.end(");");
        }
        for function in interface.functions.values() {
            let own = function.item_name().to_lower_camel_case();
            let place = match component {
                Some(component) if self.language.is_none() || self.throws_text(function) => {
                    component
                }
                _ => module,
            };
            let class = resource_of(function)
                .and_then(|id| resolve.types.get(id))
                .and_then(|ty| ty.name.as_deref())
                .map(ToUpperCamelCase::to_upper_camel_case);
            match (function.kind.clone(), class) {
                (FunctionKind::Constructor(_), Some(class)) => {
                    let place = member(place, &class);
                    self.expectation(&place, "new ", function, &format!("new {class}"), out)?;
                }
                (FunctionKind::Method(_) | FunctionKind::AsyncMethod(_), Some(class)) => {
                    // nobody can make an object yet
                    let prototype = format!("{}.prototype", member(place, &class));
                    let what = format!("{class}.{own}");
                    self.presence(&member(&prototype, &own), &what, out)?;
                }
                (_, Some(class)) if own != "prototype" => {
                    let place = member(&member(place, &class), &own);
                    self.expectation(&place, "", function, &format!("{class}.{own}"), out)?;
                }
                (_, Some(_)) => {}
                (_, None) => {
                    self.expectation(&member(place, &own), "", function, &own, out)?;
                }
            }
        }
        Ok(())
    }

    /// A test that a call says it is not written; or, where nobody can call it, that it is there.
    fn expectation(
        &self,
        place: &str,
        new: &str,
        function: &Function,
        what: &str,
        out: &mut Writer,
    ) -> Result<(), Error> {
        let arguments = self.renderer.sample_arguments(function);
        let Some(arguments) =
            arguments.filter(|_| self.language.is_some() || self.throws_text(function))
        else {
            return self.presence(place, what, out);
        };
        let title = quoted(&format!("{what} is to be written"));
        out.block::<Error>(&format!("it({title}, async () =>"), |out| {
            let error = match self.language {
                Some(_) => quoted(&not_written(what)),
                // names are those of the other language
                None => quoted("is not written yet"),
            };
            out.line(&format!(
                "const call = async () => {new}{place}({arguments});"
            ));
            out.line(&format!("await expect(call).rejects.toThrow({error});"));
            Ok(())
        })?;
        out.end(");");
        Ok(())
    }

    fn presence(&self, place: &str, what: &str, out: &mut Writer) -> Result<(), Error> {
        let title = quoted(&format!("{what} is there"));
        out.block::<Error>(&format!("it({title}, () =>"), |out| {
            out.line(&format!("expect({place}).toBeTypeOf('function');"));
            Ok(())
        })?;
        out.end(");");
        Ok(())
    }
}

/// What the error of a function says.
fn not_written(what: &str) -> String {
    format!("{what} is not written yet")
}

/// A member of an object, by a name that may be in quotes.
fn member(object: &str, name: &str) -> String {
    if name.starts_with('\'') {
        format!("{object}[{name}]")
    } else {
        format!("{object}.{name}")
    }
}
