//! A crate for a world that is there already: what it exports, with nothing of it written.
//!
//! Names and types are those of `wit_bindgen::generate!` with its defaults.

use heck::{ToSnakeCase, ToUpperCamelCase};
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;
use wit_parser::{
    Function, FunctionKind, Handle, InterfaceId, PackageId, Resolve, Type, TypeDefKind, TypeId,
    TypeOwner, World, WorldId, WorldItem, WorldKey,
};

/// The text of `src/lib.rs` for a world.
pub fn library(resolve: &Resolve, world: WorldId) -> String {
    let world = &resolve.worlds[world];
    let mut author = Author::new(resolve, world);
    let body = author.implementations();
    let mut text = String::from("//! A plugin; see its world in the folder `wit`.\n\n");
    let name = match world.package {
        Some(package) => resolve.packages[package].name.interface_id(&world.name),
        None => world.name.clone(),
    };
    let _ = writeln!(
        text,
        "mod bindings {{\n    wit_bindgen::generate!({{\n        path: \"wit\",\n        world: \"{name}\",\n        generate_all,\n    }});\n}}\n"
    );
    for (alias, path) in &author.used {
        let own = path.rsplit("::").next().unwrap_or(path);
        let renamed = match own == alias {
            true => String::new(),
            false => format!(" as {alias}"),
        };
        let _ = writeln!(text, "use {path}{renamed};");
    }
    if !author.used.is_empty() {
        text.push('\n');
    }
    text.push_str(&body);
    text
}

struct Author<'a> {
    resolve: &'a Resolve,
    world: &'a World,
    /// The module of each interface, and what it is called in the file.
    modules: BTreeMap<InterfaceId, (String, String)>,
    /// Which of them are mentioned.
    used: BTreeMap<String, String>,
    /// Names of types that are given.
    names: HashSet<String>,
}

impl<'a> Author<'a> {
    fn new(resolve: &'a Resolve, world: &'a World) -> Author<'a> {
        let mut author = Author {
            resolve,
            world,
            modules: BTreeMap::new(),
            used: BTreeMap::new(),
            names: HashSet::from(["Plugin".to_owned()]),
        };
        let mut taken = HashSet::from(["bindings".to_owned()]);
        // exported ones first: they are what one reads most, and what is on both sides is meant as exported
        let items = world.exports.iter().map(|item| (true, item));
        let items = items.chain(world.imports.iter().map(|item| (false, item)));
        for (is_export, (key, item)) in items {
            let WorldItem::Interface { id, .. } = item else {
                continue;
            };
            if author.modules.contains_key(id) {
                continue;
            }
            let path = author.module(key, is_export);
            let mut alias = path.rsplit("::").next().unwrap_or(&path).to_owned();
            while !taken.insert(alias.clone()) {
                alias.push('_');
            }
            author.modules.insert(*id, (alias, path));
        }
        author
    }

    fn module(&self, key: &WorldKey, is_export: bool) -> String {
        let mut parts = vec!["bindings".to_owned()];
        if is_export {
            parts.push("exports".into());
        }
        match key {
            WorldKey::Name(name) => parts.push(identifier(name)),
            WorldKey::Interface(id) => {
                let interface = &self.resolve.interfaces[*id];
                if let Some(package) = interface.package {
                    parts.push(identifier(&self.resolve.packages[package].name.namespace));
                    parts.push(package_module(self.resolve, package));
                }
                parts.push(identifier(interface.name.as_deref().unwrap_or_default()));
            }
        }
        parts.join("::")
    }

    /// The module of an interface, as it is called here.
    fn alias(&mut self, id: InterfaceId) -> String {
        match self.modules.get(&id) {
            Some((alias, path)) => {
                self.used.insert(alias.clone(), path.clone());
                alias.clone()
            }
            None => String::new(),
        }
    }

    fn is_exported(&self, id: InterfaceId) -> bool {
        let mut exports = self.world.exports.values();
        exports.any(|item| matches!(item, WorldItem::Interface { id: other, .. } if *other == id))
    }

    fn implementations(&mut self) -> String {
        let mut text = String::from("struct Plugin;\n");
        let own: Vec<&Function> = self
            .world
            .exports
            .values()
            .filter_map(|item| match item {
                WorldItem::Function(function) => Some(function),
                _ => None,
            })
            .collect();
        if !own.is_empty() {
            text.push_str("\nimpl bindings::Guest for Plugin {\n");
            self.functions(own.into_iter(), "", &mut text);
            text.push_str("}\n");
        }
        let interfaces: Vec<InterfaceId> = self
            .world
            .exports
            .values()
            .filter_map(|item| match item {
                WorldItem::Interface { id, .. } => Some(*id),
                _ => None,
            })
            .collect();
        for id in interfaces {
            self.interface(id, &mut text);
        }
        text.push_str("\nbindings::export!(Plugin with_types_in bindings);\n");
        text
    }

    fn interface(&mut self, id: InterfaceId, text: &mut String) {
        let interface = &self.resolve.interfaces[id];
        let resources: Vec<TypeId> = interface
            .types
            .values()
            .copied()
            .filter(|ty| matches!(self.resolve.types[*ty].kind, TypeDefKind::Resource))
            .collect();
        let free: Vec<&Function> = interface
            .functions
            .values()
            .filter(|function| function.kind.resource().is_none())
            .collect();
        if resources.is_empty() && free.is_empty() {
            return;
        }
        let module = self.alias(id);
        let mut types = String::new();
        let mut classes = String::new();
        for resource in resources {
            let name = self.type_name(resource);
            let mut own = name.clone();
            if !self.names.insert(own.clone()) {
                own = format!("{}{name}", module.to_upper_camel_case());
                while !self.names.insert(own.clone()) {
                    own.push('_');
                }
            }
            let _ = writeln!(types, "    type {name} = {own};");
            let _ = write!(
                classes,
                "\nstruct {own};\n\nimpl {module}::Guest{name} for {own} {{\n"
            );
            let methods = interface.functions.values();
            let methods = methods.filter(|function| function.kind.resource() == Some(resource));
            self.functions(methods, &format!("{name}."), &mut classes);
            classes.push_str("}\n");
        }
        docs(interface.docs.contents.as_deref(), "", {
            text.push('\n');
            text
        });
        let _ = writeln!(text, "impl {module}::Guest for Plugin {{");
        text.push_str(&types);
        if !types.is_empty() && !free.is_empty() {
            text.push('\n');
        }
        self.functions(free.into_iter(), "", text);
        text.push_str("}\n");
        text.push_str(&classes);
    }

    fn functions<'f>(
        &mut self,
        functions: impl Iterator<Item = &'f Function>,
        of: &str,
        text: &mut String,
    ) {
        for (index, function) in functions.enumerate() {
            if index > 0 {
                text.push('\n');
            }
            self.function(function, of, text);
        }
    }

    fn function(&mut self, function: &Function, of: &str, text: &mut String) {
        docs(function.docs.contents.as_deref(), "    ", text);
        let asynchronous = match function.kind.is_async() {
            true => "async ",
            false => "",
        };
        let name = match function.kind {
            FunctionKind::Constructor(_) => "new".to_owned(),
            _ => identifier(function.item_name()),
        };
        let is_method = matches!(
            function.kind,
            FunctionKind::Method(_) | FunctionKind::AsyncMethod(_)
        );
        let mut params: Vec<String> = Vec::new();
        if is_method {
            params.push("&self".into());
        }
        for param in function.params.iter().skip(usize::from(is_method)) {
            // nothing uses them yet
            let name = identifier(&param.name);
            params.push(format!("_{name}: {}", self.ty(&param.ty)));
        }
        let result = match function.kind {
            FunctionKind::Constructor(_) => match self.error(function.result.as_ref()) {
                Some(error) => format!(" -> Result<Self, {error}>"),
                None => " -> Self".into(),
            },
            _ => match &function.result {
                Some(ty) => format!(" -> {}", self.ty(ty)),
                None => String::new(),
            },
        };
        let what = format!("{of}{name}");
        let body = match self.throws_text(function.result.as_ref()) {
            true => format!("Err(\"{what} is not written yet\".into())"),
            false => format!("todo!(\"{what}\")"),
        };
        let line = format!(
            "    {asynchronous}fn {name}({}){result} {{\n        {body}\n    }}\n",
            params.join(", ")
        );
        text.push_str(&line);
    }

    /// Whether the error of a result is a text.
    fn throws_text(&self, result: Option<&Type>) -> bool {
        let kind = |ty: Option<&Type>| match ty {
            Some(Type::Id(id)) => Some(&self.resolve.types[self.seen_through(*id)].kind),
            _ => None,
        };
        let Some(TypeDefKind::Result(result)) = kind(result) else {
            return false;
        };
        match kind(result.err.as_ref()) {
            Some(TypeDefKind::Type(ty)) => *ty == Type::String,
            _ => result.err == Some(Type::String),
        }
    }

    /// The error of a result.
    fn error(&mut self, result: Option<&Type>) -> Option<String> {
        let mut ty = *result?;
        loop {
            let Type::Id(id) = ty else { return None };
            match &self.resolve.types[id].kind {
                TypeDefKind::Type(other) => ty = *other,
                TypeDefKind::Result(result) => {
                    return Some(match result.err {
                        Some(err) => self.ty(&err),
                        None => "()".into(),
                    });
                }
                _ => return None,
            }
        }
    }

    fn type_name(&self, id: TypeId) -> String {
        let name = self.resolve.types[id].name.as_deref();
        name.unwrap_or_default().to_upper_camel_case()
    }

    fn ty(&mut self, ty: &Type) -> String {
        match ty {
            Type::Bool => "bool".into(),
            Type::U8 => "u8".into(),
            Type::U16 => "u16".into(),
            Type::U32 => "u32".into(),
            Type::U64 => "u64".into(),
            Type::S8 => "i8".into(),
            Type::S16 => "i16".into(),
            Type::S32 => "i32".into(),
            Type::S64 => "i64".into(),
            Type::F32 => "f32".into(),
            Type::F64 => "f64".into(),
            Type::Char => "char".into(),
            Type::String => "String".into(),
            Type::ErrorContext => "wit_bindgen::rt::async_support::ErrorContext".into(),
            Type::Id(id) => self.type_of(*id),
        }
    }

    fn type_of(&mut self, id: TypeId) -> String {
        let resolve = self.resolve;
        let definition = &resolve.types[id];
        if definition.name.is_some() {
            let lifetime = match self.borrows(&Type::Id(id)) {
                true => "<'_>",
                false => "",
            };
            return format!("{}{lifetime}", self.named(id, ""));
        }
        match &definition.kind {
            TypeDefKind::List(element) => format!("Vec<{}>", self.ty(element)),
            TypeDefKind::FixedLengthList(element, length) => {
                format!("[{}; {length}]", self.ty(element))
            }
            TypeDefKind::Map(key, value) => {
                format!("wit_bindgen::rt::Map<{}, {}>", self.ty(key), self.ty(value))
            }
            TypeDefKind::Option(inner) => format!("Option<{}>", self.ty(inner)),
            TypeDefKind::Result(result) => {
                let mut case = |ty: &Option<Type>| match ty {
                    Some(ty) => self.ty(ty),
                    None => "()".into(),
                };
                let ok = case(&result.ok);
                format!("Result<{ok}, {}>", case(&result.err))
            }
            TypeDefKind::Tuple(tuple) => {
                let types: Vec<String> = tuple.types.iter().map(|ty| self.ty(ty)).collect();
                match types.as_slice() {
                    [one] => format!("({one},)"),
                    types => format!("({})", types.join(", ")),
                }
            }
            TypeDefKind::Handle(Handle::Own(id)) => self.named(*id, ""),
            TypeDefKind::Handle(Handle::Borrow(id)) => {
                let target = self.seen_through(*id);
                match resolve.types[target].owner {
                    TypeOwner::Interface(owner) if self.is_exported(owner) => {
                        format!("{}<'_>", self.named(*id, "Borrow"))
                    }
                    _ => format!("&{}", self.named(*id, "")),
                }
            }
            TypeDefKind::Stream(element) => self.channel("StreamReader", element.as_ref()),
            TypeDefKind::Future(value) => self.channel("FutureReader", value.as_ref()),
            TypeDefKind::Type(other) => self.ty(other),
            _ => "()".into(),
        }
    }

    fn channel(&mut self, name: &str, of: Option<&Type>) -> String {
        let of = of.map_or_else(|| "()".into(), |ty| self.ty(ty));
        format!("wit_bindgen::rt::async_support::{name}<{of}>")
    }

    /// The path of a type that has a name.
    fn named(&mut self, id: TypeId, suffix: &str) -> String {
        let name = format!("{}{suffix}", self.type_name(id));
        match self.resolve.types[id].owner {
            TypeOwner::Interface(owner) => format!("{}::{name}", self.alias(owner)),
            TypeOwner::World(_) => format!("bindings::{name}"),
            TypeOwner::None => name,
        }
    }

    fn seen_through(&self, mut id: TypeId) -> TypeId {
        while let TypeDefKind::Type(Type::Id(other)) = self.resolve.types[id].kind {
            id = other;
        }
        id
    }

    /// Whether there is a borrowed handle in a type.
    fn borrows(&self, ty: &Type) -> bool {
        let Type::Id(id) = ty else { return false };
        let any = |types: &[Option<Type>]| types.iter().flatten().any(|ty| self.borrows(ty));
        match &self.resolve.types[*id].kind {
            TypeDefKind::Handle(Handle::Borrow(_)) => true,
            TypeDefKind::Record(record) => record.fields.iter().any(|f| self.borrows(&f.ty)),
            TypeDefKind::Tuple(tuple) => tuple.types.iter().any(|ty| self.borrows(ty)),
            TypeDefKind::Variant(variant) => variant
                .cases
                .iter()
                .any(|case| case.ty.is_some_and(|ty| self.borrows(&ty))),
            TypeDefKind::Option(ty)
            | TypeDefKind::List(ty)
            | TypeDefKind::FixedLengthList(ty, _)
            | TypeDefKind::Type(ty) => self.borrows(ty),
            TypeDefKind::Map(key, value) => any(&[Some(*key), Some(*value)]),
            TypeDefKind::Result(result) => any(&[result.ok, result.err]),
            _ => false,
        }
    }
}

fn docs(docs: Option<&str>, indent: &str, text: &mut String) {
    for line in docs.unwrap_or_default().trim().lines() {
        let _ = writeln!(text, "{}", format!("{indent}/// {line}").trim_end());
    }
}

/// The module of a package: with its version where there are several.
fn package_module(resolve: &Resolve, id: PackageId) -> String {
    let name = &resolve.packages[id].name;
    let base = name.name.to_snake_case();
    let others = resolve.packages.iter().filter(|(_, other)| {
        other.name.namespace == name.namespace && other.name.name == name.name
    });
    match &name.version {
        Some(version) if others.count() > 1 => {
            let version = version.to_string().replace(['.', '-', '+'], "_");
            format!("{base}{}", version.to_snake_case())
        }
        _ => base,
    }
}

/// Words that get a line below them.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "if", "impl", "in",
    "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

fn identifier(name: &str) -> String {
    match KEYWORDS.contains(&name) {
        true => format!("{name}_"),
        false => name.to_snake_case(),
    }
}
