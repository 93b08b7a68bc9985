//! Writes a world down for the engine, and gives out dispatch numbers on the way.

use crate::Error;
use crate::world::{Channel, World, WorldFunction, WorldResource};
use heck::{ToLowerCamelCase, ToUpperCamelCase};
use outwit_descriptor::{self as descriptor, FIRST_IMPORT, ResourceIndex, TypeIndex, channel};
use std::collections::{HashMap, HashSet};
use wit_parser::{
    Function, FunctionKind, Handle, InterfaceId, Resolve, Type, TypeDefKind, TypeId, TypeOwner,
    WorldId, WorldItem, WorldKey,
};

/// Which side of a world something stands on. The same WIT type can stand on both, and its resources
/// are then different ones.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Side {
    Import,
    Export,
}

pub fn describe(resolve: Resolve, id: WorldId) -> Result<World, Error> {
    let world = resolve
        .worlds
        .get(id)
        .ok_or_else(|| Error::Wit("no such world".into()))?;
    let mut to = Describer {
        resolve: &resolve,
        world,
        types: Vec::new(),
        known: HashMap::new(),
        resources: Vec::new(),
        world_resources: Vec::new(),
        channels: Vec::new(),
        next: FIRST_IMPORT,
    };
    let lenders = lenders(&resolve, world);
    let mut imports = Vec::new();
    let described_imports = to.side(Side::Import, &mut |function| {
        let key = &function.interface;
        function.maybe_for_types =
            matches!(key, Some(WorldKey::Interface(id)) if lenders.contains(id));
        imports.push(function.clone());
    })?;
    let mut exports = Vec::new();
    let described_exports =
        to.side(Side::Export, &mut |function| exports.push(function.clone()))?;

    let descriptor = descriptor::World {
        types: to.types,
        resources: to.resources,
        imports: described_imports,
        exports: described_exports,
    };
    let (resources, channels) = (to.world_resources, to.channels);
    Ok(World {
        id,
        descriptor,
        imports,
        exports,
        resources,
        channels,
        resolve,
    })
}

struct Describer<'a> {
    resolve: &'a Resolve,
    world: &'a wit_parser::World,
    types: Vec<descriptor::Type>,
    known: HashMap<(Side, Type), TypeIndex>,
    resources: Vec<descriptor::Resource>,
    /// The same as `resources`, for the adapter.
    world_resources: Vec<WorldResource>,
    channels: Vec<Channel>,
    /// The next free dispatch number.
    next: u32,
}

/// Where a type is met: in a function of an interface.
#[derive(Clone, Copy)]
struct Context<'a> {
    side: Side,
    interface: Option<&'a WorldKey>,
    function: &'a Function,
}

impl<'a> Describer<'a> {
    /// Describes the imports or the exports, interface by interface; functions of the world itself
    /// are last.
    fn side(
        &mut self,
        side: Side,
        each: &mut dyn FnMut(&mut WorldFunction),
    ) -> Result<Vec<descriptor::Interface>, Error> {
        let items = match side {
            Side::Import => &self.world.imports,
            Side::Export => &self.world.exports,
        };
        let mut interfaces = Vec::new();
        let mut of_the_world = Vec::new();
        for (key, item) in items {
            match item {
                WorldItem::Interface { id, .. } => {
                    let Some(interface) = self.resolve.interfaces.get(*id) else {
                        continue;
                    };
                    for ty in interface.types.values() {
                        self.declared(side, *ty)?;
                    }
                    let functions = interface.functions.values().collect();
                    interfaces.push(self.interface(side, Some(key), functions, each)?);
                }
                WorldItem::Function(function) => of_the_world.push(function),
                WorldItem::Type { id, .. } => self.declared(side, *id)?,
            }
        }
        if !of_the_world.is_empty() || self.resources.iter().any(|r| r.interface.is_empty()) {
            interfaces.push(self.interface(side, None, of_the_world, each)?);
        }
        Ok(interfaces)
    }

    fn interface(
        &mut self,
        side: Side,
        key: Option<&WorldKey>,
        functions: Vec<&'a Function>,
        each: &mut dyn FnMut(&mut WorldFunction),
    ) -> Result<descriptor::Interface, Error> {
        let mut described = Vec::new();
        for function in functions {
            let description = self.function(Context {
                side,
                interface: key,
                function,
            })?;
            let result = description.result;
            each(&mut WorldFunction {
                interface: key.cloned(),
                function: function.clone(),
                dispatch: description.dispatch,
                result_allocates: result.is_some_and(|ty| self.allocates(ty)),
                maybe_for_types: false,
            });
            described.push(description);
        }
        let name = self.key_name(key);
        let last = name.rsplit('/').next().unwrap_or_default();
        let js_name = last
            .split('@')
            .next()
            .unwrap_or_default()
            .to_lower_camel_case();
        Ok(descriptor::Interface {
            name,
            js_name,
            functions: described,
        })
    }

    fn key_name(&self, key: Option<&WorldKey>) -> String {
        key.map(|key| self.resolve.name_world_key(key))
            .unwrap_or_default()
    }

    /// Makes a resource known that no function may mention.
    fn declared(&mut self, side: Side, id: TypeId) -> Result<(), Error> {
        if self
            .resolve
            .types
            .get(id)
            .is_some_and(|ty| matches!(ty.kind, TypeDefKind::Resource))
        {
            self.resource(side, id)
                .map_err(|what| Error::Wit(format!("the world has {what}")))?;
        }
        Ok(())
    }

    fn number(&mut self, count: u32) -> u32 {
        let first = self.next;
        self.next += count;
        first
    }

    fn function(&mut self, context: Context<'_>) -> Result<descriptor::Function, Error> {
        let function = context.function;
        let unsupported = |what| Error::Unsupported {
            function: function.name.clone(),
            what,
        };
        let mut params = Vec::new();
        for param in &function.params {
            let ty = self.index(context, param.ty).map_err(unsupported)?;
            params.push(descriptor::Param {
                name: param.name.clone(),
                ty,
            });
        }
        let result = self
            .optional(context, function.result)
            .map_err(unsupported)?;
        let kind = match function.kind {
            FunctionKind::Freestanding | FunctionKind::AsyncFreestanding => None,
            FunctionKind::Constructor(id) => {
                Some((id, descriptor::FunctionKind::Constructor as fn(_) -> _))
            }
            FunctionKind::Method(id) | FunctionKind::AsyncMethod(id) => {
                Some((id, descriptor::FunctionKind::Method as fn(_) -> _))
            }
            FunctionKind::Static(id) | FunctionKind::AsyncStatic(id) => {
                Some((id, descriptor::FunctionKind::Static as fn(_) -> _))
            }
        };
        let kind = match kind {
            None => descriptor::FunctionKind::Free,
            Some((id, kind)) => kind(self.resource(context.side, id).map_err(unsupported)?),
        };
        let is_async = function.kind.is_async();
        let has_number = context.side == Side::Import || is_async;
        Ok(descriptor::Function {
            name: function.name.clone(),
            js_name: function.item_name().to_lower_camel_case(),
            kind,
            is_async,
            params,
            result,
            dispatch: if has_number { self.number(1) } else { 0 },
        })
    }

    fn optional(
        &mut self,
        context: Context<'_>,
        ty: Option<Type>,
    ) -> Result<Option<TypeIndex>, &'static str> {
        ty.map(|ty| self.index(context, ty)).transpose()
    }

    fn index(&mut self, context: Context<'_>, ty: Type) -> Result<TypeIndex, &'static str> {
        if let Some(index) = self.known.get(&(context.side, ty)) {
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
            Type::Id(id) => match self.defined(context, id)? {
                Defined::New(ty) => ty,
                Defined::Alias(index) => {
                    self.known.insert((context.side, ty), index);
                    return Ok(index);
                }
            },
        };
        let index = TypeIndex::try_from(self.types.len()).map_err(|_| "too many types")?;
        self.types.push(described);
        self.known.insert((context.side, ty), index);
        Ok(index)
    }

    fn defined(&mut self, context: Context<'_>, id: TypeId) -> Result<Defined, &'static str> {
        let resolve = self.resolve;
        let kind = &resolve.types.get(id).ok_or("an unknown type")?.kind;
        Ok(Defined::New(match kind {
            TypeDefKind::Type(ty) => return Ok(Defined::Alias(self.index(context, *ty)?)),
            TypeDefKind::List(ty) => descriptor::Type::List(self.index(context, *ty)?),
            TypeDefKind::Option(ty) => descriptor::Type::Option(self.index(context, *ty)?),
            TypeDefKind::Result(result) => descriptor::Type::Result {
                ok: self.optional(context, result.ok)?,
                err: self.optional(context, result.err)?,
            },
            TypeDefKind::Record(record) => {
                let mut fields = Vec::new();
                for field in &record.fields {
                    let js_name = field.name.to_lower_camel_case();
                    fields.push(descriptor::Field {
                        js_name,
                        ty: self.index(context, field.ty)?,
                    });
                }
                descriptor::Type::Record(fields)
            }
            TypeDefKind::Tuple(tuple) => {
                let types = tuple.types.iter().map(|ty| self.index(context, *ty));
                descriptor::Type::Tuple(types.collect::<Result<_, _>>()?)
            }
            TypeDefKind::Variant(variant) => {
                let mut cases = Vec::new();
                for case in &variant.cases {
                    let ty = self.optional(context, case.ty)?;
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
            TypeDefKind::Flags(flags) if flags.flags.len() > 32 => {
                return Err("more than 32 flags, which no component may have,");
            }
            TypeDefKind::Flags(flags) => {
                let names = flags
                    .flags
                    .iter()
                    .map(|flag| flag.name.to_lower_camel_case());
                descriptor::Type::Flags(names.collect())
            }
            TypeDefKind::Handle(Handle::Own(id)) => {
                descriptor::Type::Own(self.resource(context.side, *id)?)
            }
            TypeDefKind::Handle(Handle::Borrow(id)) => {
                descriptor::Type::Borrow(self.resource(context.side, *id)?)
            }
            TypeDefKind::Stream(ty) => {
                let element = self.optional(context, *ty)?;
                descriptor::Type::Stream {
                    element,
                    dispatch: self.channel(context, id, true),
                }
            }
            TypeDefKind::Future(ty) => {
                let element = self.optional(context, *ty)?;
                descriptor::Type::Future {
                    element,
                    dispatch: self.channel(context, id, false),
                }
            }
            TypeDefKind::Map(key, value) => descriptor::Type::Map {
                key: self.index(context, *key)?,
                value: self.index(context, *value)?,
            },
            TypeDefKind::FixedLengthList(ty, length) => descriptor::Type::FixedList {
                element: self.index(context, *ty)?,
                length: *length,
            },
            TypeDefKind::Resource => return Err("a resource without a handle"),
            TypeDefKind::Unknown => return Err("an unknown type"),
        }))
    }

    /// Takes down a stream or future type. Its built-ins are named after a function that mentions it.
    fn channel(&mut self, context: Context<'_>, ty: TypeId, is_stream: bool) -> u32 {
        let dispatch = self.number(channel::COUNT);
        self.channels.push(Channel {
            interface: context.interface.cloned(),
            function: context.function.clone(),
            exported: context.side == Side::Export,
            ty,
            is_stream,
            dispatch,
        });
        dispatch
    }

    fn resource(&mut self, side: Side, id: TypeId) -> Result<ResourceIndex, &'static str> {
        let mut id = id;
        let mut ty = self.resolve.types.get(id).ok_or("an unknown type")?;
        while let TypeDefKind::Type(Type::Id(of)) = ty.kind {
            id = of;
            ty = self.resolve.types.get(id).ok_or("an unknown type")?;
        }
        let exported = match (side, ty.owner) {
            (Side::Export, TypeOwner::Interface(owner)) => self.key_of(Side::Export, owner),
            _ => None,
        };
        let imported = exported.is_none();
        let known = self
            .world_resources
            .iter()
            .position(|r| r.id == id && r.imported == imported);
        if let Some(position) = known {
            return ResourceIndex::try_from(position).map_err(|_| "too many resources");
        }
        let interface = match (exported, ty.owner) {
            (Some(key), _) => Some(key),
            (None, TypeOwner::Interface(owner)) => self.key_of(Side::Import, owner),
            _ => None,
        };
        let interface = interface.cloned();
        let name = ty.name.clone().ok_or("a resource without a name")?;
        let first = self.number(if imported { 1 } else { 3 });
        self.resources.push(descriptor::Resource {
            js_name: name.to_upper_camel_case(),
            name,
            interface: self.key_name(interface.as_ref()),
            imported,
            drop: first,
            new: first + 1,
            rep: first + 2,
        });
        self.world_resources.push(WorldResource {
            interface,
            id,
            imported,
            dispatch: first,
        });
        ResourceIndex::try_from(self.resources.len() - 1).map_err(|_| "too many resources")
    }

    /// What the world calls an interface on one side.
    fn key_of(&self, side: Side, interface: InterfaceId) -> Option<&'a WorldKey> {
        let items = match side {
            Side::Import => &self.world.imports,
            Side::Export => &self.world.exports,
        };
        let found = items
            .iter()
            .find(|(_, item)| matches!(item, WorldItem::Interface { id, .. } if *id == interface));
        found.map(|(key, _)| key)
    }

    /// Whether a value of this type holds memory outside itself.
    fn allocates(&self, index: TypeIndex) -> bool {
        use descriptor::Type as T;
        let Some(ty) = self.types.get(index as usize) else {
            return false;
        };
        let one = |index: &TypeIndex| self.allocates(*index);
        match ty {
            T::String | T::List(_) | T::Map { .. } => true,
            T::Option(ty) | T::FixedList { element: ty, .. } => one(ty),
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

/// The interfaces whose types another interface of the world, or the world itself, uses.
fn lenders(resolve: &Resolve, world: &wit_parser::World) -> HashSet<InterfaceId> {
    let mut types = Vec::new();
    for item in world.imports.values().chain(world.exports.values()) {
        match item {
            WorldItem::Interface { id, .. } => {
                let interface = resolve.interfaces.get(*id);
                types.extend(interface.into_iter().flat_map(|i| i.types.values()));
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
