//! Reads a WIT world and describes it to the engine.

use crate::Error;
use heck::ToLowerCamelCase;
use outwit_descriptor::{self as descriptor, FIRST_IMPORT, TypeIndex};
use std::{collections::HashMap, collections::HashSet, path::Path};
use wit_parser::{
    Function, FunctionKind, Handle, InterfaceId, Resolve, Type, TypeDefKind, TypeId, TypeOwner,
    WorldId, WorldItem, WorldKey,
};

/// The texts of `wit/deps`, there for every plugin without being copied into it.
pub const BUNDLED: &[(&str, &str)] = &[
    (
        "outwit-console.wit",
        include_str!("../../../wit/deps/outwit-console.wit"),
    ),
    (
        "outwit-crypto.wit",
        include_str!("../../../wit/deps/outwit-crypto.wit"),
    ),
    (
        "outwit-performance.wit",
        include_str!("../../../wit/deps/outwit-performance.wit"),
    ),
    (
        "outwit-storage.wit",
        include_str!("../../../wit/deps/outwit-storage.wit"),
    ),
    (
        "outwit-timers.wit",
        include_str!("../../../wit/deps/outwit-timers.wit"),
    ),
];

/// A resolved world, and its description.
pub struct World {
    pub resolve: Resolve,
    pub id: WorldId,
    pub descriptor: descriptor::World,
    /// In the order of the descriptor's dispatch numbers, from [`FIRST_IMPORT`].
    pub imports: Vec<WorldFunction>,
    /// In the order of the descriptor's export numbers.
    pub exports: Vec<WorldFunction>,
}

/// A function, and where in the world it stands.
pub struct WorldFunction {
    /// `None` for a function of the world itself.
    pub interface: Option<WorldKey>,
    pub function: Function,
    /// The number the descriptor gave it: see [`descriptor::Function::dispatch`].
    pub dispatch: u32,
    /// Whether its result owns memory, so that somebody has to free it.
    pub result_allocates: bool,
    /// Whether its interface may be in the world for its types alone: another one uses them, which
    /// makes the world import it whole.
    pub maybe_for_types: bool,
}

impl World {
    /// Reads the WIT at `path` and chooses a world.
    pub fn load(path: &Path, world: Option<&str>) -> Result<Self, Error> {
        let mut resolve = Resolve {
            all_features: true,
            ..Resolve::default()
        };
        let wit = |error: anyhow::Error| Error::Wit(format!("{error:#}"));
        let own = packages_under(path)?;
        for (name, text) in BUNDLED {
            // A plugin that carries a copy of one of our packages is taken at its word.
            if package_name(text).is_some_and(|package| own.contains(package)) {
                continue;
            }
            resolve.push_source(name, text).map_err(wit)?;
        }
        let (package, _) = resolve.push_path(path).map_err(wit)?;
        let id = resolve.select_world(&[package], world).map_err(wit)?;
        Self::describe(resolve, id)
    }

    fn describe(resolve: Resolve, id: WorldId) -> Result<Self, Error> {
        let mut types = Types {
            resolve: &resolve,
            types: Vec::new(),
            known: HashMap::new(),
        };
        let mut next = FIRST_IMPORT;
        let world = resolve
            .worlds
            .get(id)
            .ok_or_else(|| Error::Wit("no such world".into()))?;
        let mut description = descriptor::World::default();

        let lenders = lenders(&resolve, world);
        let mut imports = Vec::new();
        for (key, functions) in groups(&resolve, world.imports.iter()) {
            let maybe_for_types =
                matches!(&key, Some(WorldKey::Interface(id)) if lenders.contains(id));
            let mut described = Vec::new();
            for function in functions {
                described.push(types.function(&function, next)?);
                imports.push(WorldFunction {
                    interface: key.clone(),
                    dispatch: next,
                    result_allocates: types.allocates(function.result),
                    maybe_for_types,
                    function,
                });
                next += 1;
            }
            description
                .imports
                .push(interface(&resolve, key.as_ref(), described));
        }

        let mut exports = Vec::new();
        for (key, functions) in groups(&resolve, world.exports.iter()) {
            let mut described = Vec::new();
            for function in functions {
                let dispatch = if function.kind.is_async() { next } else { 0 };
                next += u32::from(function.kind.is_async());
                described.push(types.function(&function, dispatch)?);
                exports.push(WorldFunction {
                    interface: key.clone(),
                    dispatch,
                    maybe_for_types: false,
                    result_allocates: types.allocates(function.result),
                    function,
                });
            }
            description
                .exports
                .push(interface(&resolve, key.as_ref(), described));
        }

        description.types = types.types;
        Ok(Self {
            id,
            descriptor: description,
            imports,
            exports,
            resolve,
        })
    }

    /// Whether any function of the world is an `async func`.
    pub fn is_async(&self) -> bool {
        self.imports
            .iter()
            .chain(&self.exports)
            .any(|f| f.function.kind.is_async())
    }

    /// Whether the world imports the interface of this name, given without its version.
    pub fn imports_interface(&self, name: &str) -> bool {
        self.descriptor
            .imports
            .iter()
            .any(|i| i.name.split('@').next() == Some(name))
    }
}

/// The functions of one side of a world, interface by interface; those of the world itself last.
fn groups<'a>(
    resolve: &Resolve,
    items: impl Iterator<Item = (&'a WorldKey, &'a WorldItem)>,
) -> Vec<(Option<WorldKey>, Vec<Function>)> {
    let mut groups = Vec::new();
    let mut of_the_world = Vec::new();
    for (key, item) in items {
        match item {
            WorldItem::Interface { id, .. } => {
                let functions = resolve
                    .interfaces
                    .get(*id)
                    .into_iter()
                    .flat_map(|i| i.functions.values());
                groups.push((Some(key.clone()), functions.cloned().collect()));
            }
            WorldItem::Function(function) => of_the_world.push(function.clone()),
            WorldItem::Type { .. } => {}
        }
    }
    if !of_the_world.is_empty() {
        groups.push((None, of_the_world));
    }
    groups
}

/// The interfaces whose types another interface of the world, or the world itself, uses.
fn lenders(resolve: &Resolve, world: &wit_parser::World) -> HashSet<InterfaceId> {
    let mut types = Vec::new();
    for item in world.imports.values().chain(world.exports.values()) {
        match item {
            WorldItem::Interface { id, .. } => {
                types.extend(
                    resolve
                        .interfaces
                        .get(*id)
                        .into_iter()
                        .flat_map(|i| i.types.values()),
                );
            }
            WorldItem::Type { id, .. } => types.push(id),
            WorldItem::Function(_) => {}
        }
    }
    let owner = |id: &TypeId| resolve.types.get(*id).map(|ty| ty.owner);
    types
        .into_iter()
        .filter_map(|id| match resolve.types.get(*id)?.kind {
            TypeDefKind::Type(Type::Id(lent)) if owner(&lent) != owner(id) => owner(&lent),
            _ => None,
        })
        .filter_map(|owner| match owner {
            TypeOwner::Interface(id) => Some(id),
            _ => None,
        })
        .collect()
}

fn interface(
    resolve: &Resolve,
    key: Option<&WorldKey>,
    functions: Vec<descriptor::Function>,
) -> descriptor::Interface {
    let name = key
        .map(|key| resolve.name_world_key(key))
        .unwrap_or_default();
    let last = name.rsplit('/').next().unwrap_or_default();
    let js_name = last
        .split('@')
        .next()
        .unwrap_or_default()
        .to_lower_camel_case();
    descriptor::Interface {
        name,
        js_name,
        functions,
    }
}

/// Collects the types that functions mention.
struct Types<'a> {
    resolve: &'a Resolve,
    types: Vec<descriptor::Type>,
    known: HashMap<Type, TypeIndex>,
}

impl Types<'_> {
    fn function(
        &mut self,
        function: &Function,
        dispatch: u32,
    ) -> Result<descriptor::Function, Error> {
        let unsupported = |what| Error::Unsupported {
            function: function.name.clone(),
            what,
        };
        if !matches!(
            function.kind,
            FunctionKind::Freestanding | FunctionKind::AsyncFreestanding
        ) {
            return Err(unsupported("a resource"));
        }
        let mut params = Vec::new();
        for param in &function.params {
            let ty = self.index(param.ty).map_err(unsupported)?;
            params.push(descriptor::Param {
                name: param.name.clone(),
                ty,
            });
        }
        let result = function
            .result
            .map(|ty| self.index(ty))
            .transpose()
            .map_err(unsupported)?;
        Ok(descriptor::Function {
            name: function.name.clone(),
            js_name: function.name.to_lower_camel_case(),
            is_async: function.kind.is_async(),
            params,
            result,
            dispatch,
        })
    }

    fn index(&mut self, ty: Type) -> Result<TypeIndex, &'static str> {
        if let Some(index) = self.known.get(&ty) {
            return Ok(*index);
        }
        let described = match ty {
            Type::Bool => descriptor::Type::Bool,
            Type::U8 => descriptor::Type::U8,
            Type::S8 => descriptor::Type::S8,
            Type::U16 => descriptor::Type::U16,
            Type::S16 => descriptor::Type::S16,
            Type::U32 => descriptor::Type::U32,
            Type::S32 => descriptor::Type::S32,
            Type::U64 => descriptor::Type::U64,
            Type::S64 => descriptor::Type::S64,
            Type::F32 => descriptor::Type::F32,
            Type::F64 => descriptor::Type::F64,
            Type::Char => descriptor::Type::Char,
            Type::String => descriptor::Type::String,
            Type::ErrorContext => return Err("an error-context"),
            Type::Id(id) => match self.defined(id)? {
                Defined::New(ty) => ty,
                Defined::Alias(index) => {
                    self.known.insert(ty, index);
                    return Ok(index);
                }
            },
        };
        let index = TypeIndex::try_from(self.types.len()).map_err(|_| "too many types")?;
        self.types.push(described);
        self.known.insert(ty, index);
        Ok(index)
    }

    fn optional(&mut self, ty: Option<Type>) -> Result<Option<TypeIndex>, &'static str> {
        ty.map(|ty| self.index(ty)).transpose()
    }

    fn defined(&mut self, id: TypeId) -> Result<Defined, &'static str> {
        let resolve = self.resolve;
        let kind = &resolve.types.get(id).ok_or("an unknown type")?.kind;
        Ok(Defined::New(match kind {
            TypeDefKind::Type(ty) => return Ok(Defined::Alias(self.index(*ty)?)),
            TypeDefKind::List(ty) => descriptor::Type::List(self.index(*ty)?),
            TypeDefKind::Option(ty) => descriptor::Type::Option(self.index(*ty)?),
            TypeDefKind::Result(result) => descriptor::Type::Result {
                ok: self.optional(result.ok)?,
                err: self.optional(result.err)?,
            },
            TypeDefKind::Record(record) => {
                let mut fields = Vec::new();
                for field in &record.fields {
                    let js_name = field.name.to_lower_camel_case();
                    fields.push(descriptor::Field {
                        js_name,
                        ty: self.index(field.ty)?,
                    });
                }
                descriptor::Type::Record(fields)
            }
            TypeDefKind::Tuple(tuple) => descriptor::Type::Tuple(
                tuple
                    .types
                    .iter()
                    .map(|ty| self.index(*ty))
                    .collect::<Result<_, _>>()?,
            ),
            TypeDefKind::Variant(variant) => {
                let mut cases = Vec::new();
                for case in &variant.cases {
                    let ty = self.optional(case.ty)?;
                    cases.push(descriptor::Case {
                        tag: case.name.clone(),
                        ty,
                    });
                }
                descriptor::Type::Variant(cases)
            }
            TypeDefKind::Enum(e) => {
                descriptor::Type::Enum(e.cases.iter().map(|case| case.name.clone()).collect())
            }
            TypeDefKind::Flags(flags) => descriptor::Type::Flags(
                flags
                    .flags
                    .iter()
                    .map(|flag| flag.name.to_lower_camel_case())
                    .collect(),
            ),
            TypeDefKind::Resource | TypeDefKind::Handle(Handle::Own(_) | Handle::Borrow(_)) => {
                return Err("a resource");
            }
            TypeDefKind::Future(_) => return Err("a future"),
            TypeDefKind::Stream(_) => return Err("a stream"),
            TypeDefKind::Map(..) => return Err("a map"),
            TypeDefKind::FixedLengthList(..) => return Err("a fixed-length list"),
            TypeDefKind::Unknown => return Err("an unknown type"),
        }))
    }

    /// Whether a value of this type holds memory outside itself.
    fn allocates(&self, ty: Option<Type>) -> bool {
        ty.and_then(|ty| self.known.get(&ty))
            .is_some_and(|index| self.type_allocates(*index))
    }

    fn type_allocates(&self, index: TypeIndex) -> bool {
        use descriptor::Type as T;
        let Some(ty) = self.types.get(index as usize) else {
            return false;
        };
        let one = |index: &TypeIndex| self.type_allocates(*index);
        match ty {
            T::String | T::List(_) => true,
            T::Option(ty) => self.type_allocates(*ty),
            T::Record(fields) => fields.iter().any(|field| one(&field.ty)),
            T::Tuple(types) => types.iter().any(one),
            T::Variant(cases) => cases.iter().filter_map(|case| case.ty.as_ref()).any(one),
            T::Result { ok, err } => ok.iter().chain(err).any(one),
            _ => false,
        }
    }
}

enum Defined {
    New(descriptor::Type),
    Alias(TypeIndex),
}

/// The names of the packages whose text lies at `path`, with their versions.
fn packages_under(path: &Path) -> Result<HashSet<String>, Error> {
    let mut names = HashSet::new();
    let read_error = |source| Error::Read {
        path: path.to_owned(),
        source,
    };
    if path.is_dir() {
        for entry in path.read_dir().map_err(read_error)? {
            let entry = entry.map_err(read_error)?.path();
            if entry.is_dir() || entry.extension().is_some_and(|e| e == "wit") {
                names.extend(packages_under(&entry)?);
            }
        }
    } else if let Some(name) = package_name(&crate::read(path)?) {
        names.insert(name.to_owned());
    }
    Ok(names)
}

/// What the `package` line of a WIT text says.
fn package_name(text: &str) -> Option<&str> {
    text.lines().find_map(|line| {
        Some(
            line.trim()
                .strip_prefix("package ")?
                .trim_end_matches(';')
                .trim(),
        )
    })
}
