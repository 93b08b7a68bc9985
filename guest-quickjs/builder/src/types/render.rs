//! Types in the places where they are mentioned.

use super::names::{Unique, quoted};
use crate::{Error, world::World};
use heck::{ToLowerCamelCase, ToUpperCamelCase};
use std::collections::{BTreeMap, HashMap};
use wit_parser::{
    Handle, InterfaceId, Resolve, Type, TypeDef, TypeDefKind, TypeId, TypeOwner, WorldItem,
    WorldKey,
};

/// The side of the world on which an interface stands. One that is on both has different resources on each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    Import,
    Export,
}

/// Which way a value goes, seen from JavaScript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Arriving,
    Leaving,
}

/// Where a type is mentioned.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    pub side: Side,
    /// Nothing for the world itself.
    pub interface: Option<InterfaceId>,
}

/// Knows what everything in a world is called.
pub struct Renderer<'a> {
    pub resolve: &'a Resolve,
    pub world: &'a wit_parser::World,
    /// The module of the world.
    pub module: String,
    /// The modules of imported interfaces.
    pub modules: HashMap<InterfaceId, String>,
    /// The type, and the property of `Exports`, of each exported interface.
    pub exported: BTreeMap<InterfaceId, (String, String)>,
    /// What types are called in their interfaces; the second is that of values that leave.
    names: HashMap<TypeId, (String, String)>,
    /// The names that are given in each interface, and in the module of the world.
    taken: HashMap<Option<InterfaceId>, Unique>,
}

impl<'a> Renderer<'a> {
    pub fn new(of: &'a World) -> Result<Self, Error> {
        let resolve = &of.resolve;
        let world = resolve
            .worlds
            .get(of.id)
            .ok_or_else(|| Error::Wit("no such world".into()))?;
        let mut renderer = Self {
            resolve,
            world,
            module: world_module(resolve, world),
            modules: HashMap::new(),
            exported: BTreeMap::new(),
            names: HashMap::new(),
            taken: HashMap::new(),
        };
        renderer.name_interfaces();
        renderer.name_types();
        Ok(renderer)
    }

    fn name_interfaces(&mut self) {
        let full = |key: &WorldKey| self.resolve.name_world_key(key);
        let imports: Vec<(InterfaceId, String)> = interfaces(&self.world.imports)
            .map(|(key, id)| (id, full(key)))
            .collect();
        for (id, name) in &imports {
            let short = without_version(name);
            let is_only = imports
                .iter()
                .filter(|(_, other)| without_version(other) == short)
                .count()
                == 1;
            let module = if is_only { short } else { name.as_str() };
            self.modules.insert(*id, module.to_owned());
        }
        let exports: Vec<(InterfaceId, String)> = interfaces(&self.world.exports)
            .map(|(key, id)| (id, full(key)))
            .collect();
        for (id, name) in &exports {
            let short = without_version(name);
            let all = imports.iter().chain(&exports);
            let is_only = all
                .filter(|(other, name)| other != id && without_version(name) == short)
                .count()
                == 0;
            let module = if is_only { short } else { name.as_str() };
            self.modules.entry(*id).or_insert_with(|| module.to_owned());
        }
        let mut types = Unique::default();
        types.take("Exports");
        for (id, name) in &exports {
            let own = own_name(name);
            let is_only = exports
                .iter()
                .filter(|(_, other)| own_name(other) == own)
                .count()
                == 1;
            let (ty, property) = if is_only {
                (own.to_upper_camel_case(), own.to_lower_camel_case())
            } else {
                (name.replace('.', "-").to_upper_camel_case(), quoted(name))
            };
            self.exported.insert(*id, (types.take(&ty), property));
        }
        self.taken.insert(None, types);
    }

    /// The exported interfaces that are not imported as well, with their full names.
    pub fn called(&self) -> Vec<(InterfaceId, String)> {
        let imported: Vec<InterfaceId> =
            interfaces(&self.world.imports).map(|(_, id)| id).collect();
        interfaces(&self.world.exports)
            .filter(|(key, id)| !imported.contains(id) && matches!(key, WorldKey::Interface(_)))
            .map(|(key, id)| (id, self.resolve.name_world_key(key)))
            .collect()
    }

    fn name_types(&mut self) {
        for (id, ty) in self.resolve.types.iter() {
            let (Some(name), owner) = (&ty.name, ty.owner) else {
                continue;
            };
            let owner = match owner {
                TypeOwner::Interface(id) => Some(id),
                TypeOwner::World(_) => None,
                TypeOwner::None => continue,
            };
            let taken = self.taken.entry(owner).or_default();
            let name = taken.take(&name.to_upper_camel_case());
            self.names.insert(id, (name.clone(), name));
        }
        // after all others, so that those have the names one expects
        let differing: Vec<TypeId> = self.names.keys().copied().collect();
        let mut differing: Vec<TypeId> = differing
            .into_iter()
            .filter(|id| self.differs(&Type::Id(*id)))
            .collect();
        differing.sort();
        for id in differing {
            let owner = match self.resolve.types.get(id).map(|ty| ty.owner) {
                Some(TypeOwner::Interface(id)) => Some(id),
                _ => None,
            };
            if let Some(names) = self.names.get_mut(&id) {
                let taken = self.taken.entry(owner).or_default();
                names.1 = taken.take(&format!("Outgoing{}", names.0));
            }
        }
    }

    /// A name in an interface that no type has.
    pub fn fresh(&mut self, interface: InterfaceId, wanted: &str) -> String {
        self.taken.entry(Some(interface)).or_default().take(wanted)
    }

    /// What a type is called where it is defined.
    pub fn name(&self, id: TypeId, way: Way) -> &str {
        let names = self.names.get(&id);
        names.map_or("unknown", |(arriving, leaving)| match way {
            Way::Arriving => arriving,
            Way::Leaving => leaving,
        })
    }

    /// A type of the language, however the types of the scope are called.
    pub fn builtin(&self, name: &str, scope: Scope) -> String {
        let has = |owner| self.taken.get(&owner).is_some_and(|taken| taken.has(name));
        if has(scope.interface) || has(None) {
            format!("globalThis.{name}")
        } else {
            name.to_owned()
        }
    }

    pub fn definition(&self, id: TypeId) -> Option<&'a TypeDef> {
        self.resolve.types.get(id)
    }

    /// What a type is when all other names for it are seen through.
    pub fn kind(&self, ty: &Type) -> Option<&'a TypeDefKind> {
        let Type::Id(id) = ty else { return None };
        match &self.definition(*id)?.kind {
            TypeDefKind::Type(other @ Type::Id(_)) => self.kind(other),
            TypeDefKind::Type(_) => None,
            kind => Some(kind),
        }
    }

    /// The same for what is no type of its own.
    pub fn primitive(&self, ty: &Type) -> Option<Type> {
        match ty {
            Type::Id(id) => match &self.definition(*id)?.kind {
                TypeDefKind::Type(other) => self.primitive(other),
                _ => None,
            },
            primitive => Some(*primitive),
        }
    }

    /// Whether values of a type are taken in more forms than they are given.
    pub fn differs(&self, ty: &Type) -> bool {
        let Some(kind) = self.kind(ty) else {
            return false;
        };
        let maybe = |ty: &Option<Type>| ty.as_ref().is_some_and(|ty| self.differs(ty));
        match kind {
            TypeDefKind::Stream(_) | TypeDefKind::Future(_) | TypeDefKind::Map(..) => true,
            TypeDefKind::Record(record) => record.fields.iter().any(|f| self.differs(&f.ty)),
            TypeDefKind::Tuple(tuple) => tuple.types.iter().any(|ty| self.differs(ty)),
            TypeDefKind::Variant(variant) => variant.cases.iter().any(|case| maybe(&case.ty)),
            TypeDefKind::Option(ty)
            | TypeDefKind::List(ty)
            | TypeDefKind::FixedLengthList(ty, _) => self.differs(ty),
            TypeDefKind::Result(result) => maybe(&result.ok) || maybe(&result.err),
            _ => false,
        }
    }

    /// A type where it is mentioned.
    pub fn ty(&self, ty: &Type, way: Way, scope: Scope) -> String {
        match ty {
            Type::Bool => "boolean".into(),
            Type::U8 | Type::S8 | Type::U16 | Type::S16 | Type::U32 | Type::S32 => "number".into(),
            Type::F32 | Type::F64 => "number".into(),
            Type::U64 | Type::S64 => "bigint".into(),
            Type::Char | Type::String => "string".into(),
            Type::ErrorContext => "unknown".into(),
            Type::Id(id) => match self.definition(*id) {
                Some(definition) if definition.name.is_some() => self.reference(*id, way, scope),
                Some(definition) => self.inline(&definition.kind, way, scope),
                None => "unknown".into(),
            },
        }
    }

    /// A type, or nothing.
    pub fn optional(&self, ty: Option<&Type>, way: Way, scope: Scope) -> String {
        ty.map_or_else(|| "undefined".into(), |ty| self.ty(ty, way, scope))
    }

    /// A type that has a name.
    pub fn reference(&self, id: TypeId, way: Way, scope: Scope) -> String {
        let name = self.name(id, way);
        let owner = match self.definition(id).map(|definition| definition.owner) {
            Some(TypeOwner::Interface(owner)) => owner,
            Some(TypeOwner::World(_)) => {
                return match scope {
                    Scope {
                        side: Side::Import,
                        interface: None,
                    } => name.to_owned(),
                    _ => format!("import('$root').{name}"),
                };
            }
            _ => return name.to_owned(),
        };
        let exported = match scope.side {
            Side::Export => self.exported.get(&owner),
            Side::Import => None,
        };
        match (exported, self.modules.get(&owner)) {
            _ if scope.interface == Some(owner) => name.to_owned(),
            (Some((namespace, _)), _) if scope.interface.is_none() => {
                format!("{namespace}.{name}")
            }
            (Some((namespace, _)), _) => {
                format!("import({}).{namespace}.{name}", quoted(&self.module))
            }
            (None, Some(module)) => format!("import({}).{name}", quoted(module)),
            (None, None) => name.to_owned(),
        }
    }

    /// A type without a name, or what a name stands for.
    pub fn inline(&self, kind: &TypeDefKind, way: Way, scope: Scope) -> String {
        let ty = |ty: &Type| self.ty(ty, way, scope);
        match kind {
            TypeDefKind::Type(other) => ty(other),
            TypeDefKind::Record(_) | TypeDefKind::Flags(_) => {
                let fields: Vec<String> = self.fields(kind, way, scope);
                format!("{{ {} }}", fields.join("; "))
            }
            TypeDefKind::Tuple(tuple) => {
                let types: Vec<String> = tuple.types.iter().map(ty).collect();
                format!("[{}]", types.join(", "))
            }
            TypeDefKind::Variant(variant) => union(variant.cases.iter().map(|case| {
                let tag = quoted(&case.name);
                match &case.ty {
                    Some(inner) => format!("{{ tag: {tag}; val: {} }}", ty(inner)),
                    None => format!("{{ tag: {tag} }}"),
                }
            })),
            TypeDefKind::Enum(cases) => union(cases.cases.iter().map(|case| quoted(&case.name))),
            TypeDefKind::Option(inner) => self.option(inner, way, scope),
            TypeDefKind::Result(result) => {
                let case = |tag: &str, inner: &Option<Type>| match inner {
                    Some(inner) => format!("{{ tag: '{tag}'; val: {} }}", ty(inner)),
                    None => format!("{{ tag: '{tag}' }}"),
                };
                format!("{} | {}", case("ok", &result.ok), case("err", &result.err))
            }
            TypeDefKind::List(element) => self.list(element, way, scope),
            TypeDefKind::FixedLengthList(element, length) => {
                match (self.typed_array(element), *length) {
                    (None, 1..=8) => {
                        format!("[{}]", vec![ty(element); *length as usize].join(", "))
                    }
                    _ => self.list(element, way, scope),
                }
            }
            TypeDefKind::Map(key, value) => match way {
                Way::Arriving => {
                    let map = self.builtin("Map", scope);
                    format!("{map}<{}, {}>", ty(key), ty(value))
                }
                Way::Leaving => {
                    let iterable = self.builtin("Iterable", scope);
                    format!("{iterable}<readonly [{}, {}]>", ty(key), ty(value))
                }
            },
            TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => {
                self.reference(*id, way, scope)
            }
            TypeDefKind::Stream(element) => self.stream(element.as_ref(), way, scope),
            TypeDefKind::Future(value) => self.future(value.as_ref(), way, scope),
            TypeDefKind::Resource | TypeDefKind::Unknown => "unknown".into(),
        }
    }

    /// The fields of a record, or the flags, one text for each.
    pub fn fields(&self, kind: &TypeDefKind, way: Way, scope: Scope) -> Vec<String> {
        match kind {
            TypeDefKind::Record(record) => record
                .fields
                .iter()
                .map(|field| {
                    let name = field.name.to_lower_camel_case();
                    let may_lack = matches!(self.kind(&field.ty), Some(TypeDefKind::Option(_)));
                    let mark = if may_lack { "?" } else { "" };
                    format!("{name}{mark}: {}", self.ty(&field.ty, way, scope))
                })
                .collect(),
            TypeDefKind::Flags(flags) => flags
                .flags
                .iter()
                .map(|flag| format!("{}?: boolean | undefined", flag.name.to_lower_camel_case()))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn option(&self, inner: &Type, way: Way, scope: Scope) -> String {
        let text = self.ty(inner, way, scope);
        match self.kind(inner) {
            Some(TypeDefKind::Option(_)) => {
                format!("{{ tag: 'some'; val: {text} }} | {{ tag: 'none' }}")
            }
            _ => format!("{text} | undefined"),
        }
    }

    fn list(&self, element: &Type, way: Way, scope: Scope) -> String {
        match self.typed_array(element) {
            Some(array) => {
                let array = self.builtin(array, scope);
                let number = self.ty(element, way, scope);
                match way {
                    Way::Arriving => array,
                    Way::Leaving => format!("{array} | {number}[]"),
                }
            }
            None => {
                let element = self.ty(element, way, scope);
                if element.contains(['|', ' ', '{']) {
                    format!("({element})[]")
                } else {
                    format!("{element}[]")
                }
            }
        }
    }

    /// The array that a list of these numbers is.
    pub fn typed_array(&self, element: &Type) -> Option<&'static str> {
        Some(match self.primitive(element)? {
            Type::U8 => "Uint8Array",
            Type::S8 => "Int8Array",
            Type::U16 => "Uint16Array",
            Type::S16 => "Int16Array",
            Type::U32 => "Uint32Array",
            Type::S32 => "Int32Array",
            Type::U64 => "BigUint64Array",
            Type::S64 => "BigInt64Array",
            Type::F32 => "Float32Array",
            Type::F64 => "Float64Array",
            _ => return None,
        })
    }

    fn stream(&self, element: Option<&Type>, way: Way, scope: Scope) -> String {
        let array = element.and_then(|element| self.typed_array(element));
        let element = self.optional(element, way, scope);
        match (way, array) {
            (Way::Arriving, array) => {
                let chunk = array.map_or(element, |array| self.builtin(array, scope));
                format!("{}<{chunk}>", self.builtin("IncomingStream", scope))
            }
            (Way::Leaving, Some(array)) => format!(
                "{}<{element} | {element}[] | {}>",
                self.builtin("OutgoingStream", scope),
                self.builtin(array, scope)
            ),
            (Way::Leaving, None) => {
                format!("{}<{element}>", self.builtin("OutgoingStream", scope))
            }
        }
    }

    /// A future: its errors are rejections.
    fn future(&self, value: Option<&Type>, way: Way, scope: Scope) -> String {
        let value = self.settled(value, way, scope);
        match way {
            Way::Arriving => format!("{}<{value}>", self.builtin("Promise", scope)),
            Way::Leaving => format!("{value} | {}<{value}>", self.builtin("PromiseLike", scope)),
        }
    }

    /// What is there when nothing was thrown.
    pub fn settled(&self, value: Option<&Type>, way: Way, scope: Scope) -> String {
        match value.map(|ty| (ty, self.kind(ty))) {
            None => "void".into(),
            Some((_, Some(TypeDefKind::Result(result)))) => match &result.ok {
                Some(ok) => self.ty(ok, way, scope),
                None => "void".into(),
            },
            Some((ty, _)) => self.ty(ty, way, scope),
        }
    }
}

fn union(cases: impl Iterator<Item = String>) -> String {
    cases.collect::<Vec<_>>().join(" | ")
}

/// The interfaces among the items of a world.
pub fn interfaces<'a>(
    items: impl IntoIterator<Item = (&'a WorldKey, &'a WorldItem)>,
) -> impl Iterator<Item = (&'a WorldKey, InterfaceId)> {
    items.into_iter().filter_map(|(key, item)| match item {
        WorldItem::Interface { id, .. } => Some((key, *id)),
        _ => None,
    })
}

/// The module of a world: its full name without a version. No interface has the name of a world.
fn world_module(resolve: &Resolve, world: &wit_parser::World) -> String {
    let package = world.package.and_then(|id| resolve.packages.get(id));
    match package {
        Some(package) => format!(
            "{}:{}/{}",
            package.name.namespace, package.name.name, world.name
        ),
        None => world.name.clone(),
    }
}

pub fn without_version(name: &str) -> &str {
    name.split('@').next().unwrap_or(name)
}

/// `fmt` of `demo:g/fmt@0.1.0`.
fn own_name(name: &str) -> &str {
    let name = without_version(name);
    name.rsplit('/').next().unwrap_or(name)
}
