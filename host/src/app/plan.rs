//! What of a value cannot simply be copied from one store to another: resources, streams, futures.

use std::sync::Arc;

use wasmtime::component::Component;
use wasmtime::component::ResourceType;
use wasmtime::component::types::{ComponentFunc, ComponentItem, Type};

use super::Link;

/// A resource type of an app: where it is defined. The number is the type proxies have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind(pub(crate) u32);

/// The resource types that plugins of an app define.
#[derive(Debug, Default)]
pub(crate) struct Kinds(Vec<(String, String, String)>);

impl Kinds {
    /// The number of a resource, the same for every version of the plugin that defines it.
    fn number(&mut self, plugin: &str, interface: &str, name: &str) -> Kind {
        // Versions that are compatible have resources that are.
        let interface = interface.split('@').next().unwrap_or(interface);
        let known = self.0.iter().position(|(p, i, n)| {
            (p.as_str(), i.as_str(), n.as_str()) == (plugin, interface, name)
        });
        let at = known.unwrap_or_else(|| {
            self.0
                .push((plugin.to_string(), interface.to_string(), name.to_string()));
            self.0.len() - 1
        });
        Kind(u32::try_from(at).unwrap_or(u32::MAX))
    }
}

/// What the resource types in the types of one component are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Resources(Vec<Resource>);

#[derive(Debug, Clone)]
struct Resource {
    ty: ResourceType,
    /// None for a resource of the host.
    kind: Option<Kind>,
    /// If this component exports it.
    exported: Option<(String, String)>,
}

impl Resources {
    /// Says what the resources are that a component imports and exports. `provider` has those of the
    /// plugins it is linked to.
    pub(crate) fn of(
        plugin: &str,
        component: &Component,
        links: &[&Link],
        provider: impl Fn(&str) -> Option<Arc<Resources>>,
        kinds: &mut Kinds,
    ) -> Resources {
        let engine = component.engine();
        let ty = component.component_type();
        let mut all = Resources::default();
        for (import, item) in ty.imports(engine) {
            let ComponentItem::ComponentInstance(instance) = item.ty else {
                continue;
            };
            let link = links.iter().find(|l| l.import == import);
            let provider = link.and_then(|l| Some((provider(&l.provider)?, l)));
            for (name, item) in instance.exports(engine) {
                if let ComponentItem::Resource(ty) = item.ty
                    && all.find(ty).is_none()
                {
                    let kind = provider
                        .as_ref()
                        .and_then(|(theirs, link)| theirs.exported(&link.export, name));
                    all.0.push(Resource {
                        ty,
                        kind,
                        exported: None,
                    });
                }
            }
        }
        for (export, item) in ty.exports(engine) {
            let ComponentItem::ComponentInstance(instance) = item.ty else {
                continue;
            };
            for (name, item) in instance.exports(engine) {
                if let ComponentItem::Resource(ty) = item.ty {
                    let kind = match all.find(ty) {
                        Some(known) => known.kind,
                        None => Some(kinds.number(plugin, export, name)),
                    };
                    all.0.push(Resource {
                        ty,
                        kind,
                        exported: Some((export.to_string(), name.to_string())),
                    });
                }
            }
        }
        all
    }

    fn find(&self, ty: ResourceType) -> Option<&Resource> {
        self.0.iter().find(|r| r.ty == ty)
    }

    /// Whether a resource of this name is exported.
    pub(crate) fn exports(&self, interface: &str, name: &str) -> bool {
        let wanted = |r: &Resource| {
            r.exported
                .as_ref()
                .is_some_and(|(i, n)| i == interface && n == name)
        };
        self.0.iter().any(wanted)
    }

    /// What a resource is; none if the host defines it.
    pub(crate) fn kind(&self, ty: ResourceType) -> Option<Kind> {
        self.find(ty).and_then(|r| r.kind)
    }

    /// What the resource is that is exported under this name; none if the host defines it.
    pub(crate) fn exported(&self, interface: &str, name: &str) -> Option<Kind> {
        let wanted = |r: &&Resource| {
            r.exported
                .as_ref()
                .is_some_and(|(i, n)| i == interface && n == name)
        };
        self.0.iter().find(wanted).and_then(|r| r.kind)
    }
}

/// What has to be done for a value of some type to get to another store.
#[derive(Debug, Clone)]
pub(crate) enum Plan {
    /// Nothing: it is copied.
    Copy,
    Own(Kind),
    Borrow(Kind),
    Stream(Payload),
    Future(Payload),
    /// Of any length, fixed or not.
    List(Box<Plan>),
    Map(Box<(Plan, Plan)>),
    Option(Box<Plan>),
    Result(Box<(Plan, Plan)>),
    Tuple(Vec<Plan>),
    Record(Vec<Plan>),
    Variant(Vec<(String, Plan)>),
}

/// What is in a stream or future.
#[derive(Debug, Clone)]
pub(crate) enum Payload {
    /// Nothing: only their number counts.
    Units,
    Bytes,
    Values(Arc<Plan>),
}

/// What has to be done for the values of a call.
#[derive(Debug, Clone)]
pub(crate) struct CallPlan {
    pub(crate) params: Vec<Plan>,
    pub(crate) results: Vec<Plan>,
    /// Whether all of it is copied.
    pub(crate) copies: bool,
}

/// Why values of a type cannot be carried.
pub(crate) type Unsupported = &'static str;

impl Default for CallPlan {
    /// For values that are all copied.
    fn default() -> CallPlan {
        CallPlan {
            params: Vec::new(),
            results: Vec::new(),
            copies: true,
        }
    }
}

impl CallPlan {
    pub(crate) fn of(func: &ComponentFunc, resources: &Resources) -> Result<CallPlan, Unsupported> {
        let plan = |ty: Type| Plan::of(&ty, resources);
        let params = func.params().map(|(_, ty)| plan(ty));
        let params = params.collect::<Result<Vec<_>, _>>()?;
        let results = func.results().map(plan).collect::<Result<Vec<_>, _>>()?;
        Ok(CallPlan {
            copies: params.iter().chain(&results).all(Plan::copies),
            params,
            results,
        })
    }
}

impl Plan {
    pub(crate) fn copies(&self) -> bool {
        matches!(self, Plan::Copy)
    }

    pub(crate) fn of(ty: &Type, resources: &Resources) -> Result<Plan, Unsupported> {
        let of = |ty: Type| Plan::of(&ty, resources);
        let maybe = |ty: Option<Type>| ty.map_or(Ok(Plan::Copy), of);
        let kind = |ty: &ResourceType| resources.kind(*ty).ok_or("a resource of the host");
        let payload = |ty: Option<Type>| match ty {
            None => Ok(Payload::Units),
            Some(Type::U8) => Ok(Payload::Bytes),
            Some(ty) => of(ty).map(|plan| Payload::Values(Arc::new(plan))),
        };
        Ok(match ty {
            Type::Bool
            | Type::S8
            | Type::U8
            | Type::S16
            | Type::U16
            | Type::S32
            | Type::U32
            | Type::S64
            | Type::U64
            | Type::Float32
            | Type::Float64
            | Type::Char
            | Type::String
            | Type::Enum(_)
            | Type::Flags(_) => Plan::Copy,
            Type::ErrorContext => return Err("an error-context"),
            Type::Own(ty) => Plan::Own(kind(ty)?),
            Type::Borrow(ty) => Plan::Borrow(kind(ty)?),
            Type::Stream(t) => Plan::Stream(payload(t.ty())?),
            Type::Future(t) => Plan::Future(payload(t.ty())?),
            Type::List(t) => Plan::list(of(t.ty())?),
            Type::FixedLengthList(t) => Plan::list(of(t.ty())?),
            Type::Map(t) => match (of(t.key())?, of(t.value())?) {
                (Plan::Copy, Plan::Copy) => Plan::Copy,
                both => Plan::Map(Box::new(both)),
            },
            Type::Option(t) => match of(t.ty())? {
                Plan::Copy => Plan::Copy,
                some => Plan::Option(Box::new(some)),
            },
            Type::Result(t) => match (maybe(t.ok())?, maybe(t.err())?) {
                (Plan::Copy, Plan::Copy) => Plan::Copy,
                both => Plan::Result(Box::new(both)),
            },
            Type::Tuple(t) => {
                let items = t.types().map(of).collect::<Result<Vec<_>, _>>()?;
                Plan::unless_all_copy(items, Plan::Tuple)
            }
            Type::Record(t) => {
                let fields = t.fields().map(|f| of(f.ty));
                Plan::unless_all_copy(fields.collect::<Result<Vec<_>, _>>()?, Plan::Record)
            }
            Type::Variant(t) => {
                let cases = t
                    .cases()
                    .map(|c| Ok((c.name.to_string(), maybe(c.ty)?)))
                    .collect::<Result<Vec<_>, Unsupported>>()?;
                if cases.iter().all(|(_, plan)| plan.copies()) {
                    Plan::Copy
                } else {
                    Plan::Variant(cases)
                }
            }
        })
    }

    fn list(item: Plan) -> Plan {
        match item {
            Plan::Copy => Plan::Copy,
            item => Plan::List(Box::new(item)),
        }
    }

    fn unless_all_copy(plans: Vec<Plan>, of: impl FnOnce(Vec<Plan>) -> Plan) -> Plan {
        if plans.iter().all(Plan::copies) {
            Plan::Copy
        } else {
            of(plans)
        }
    }
}

/// Whether a caller that imports `a` can be given `b`.
pub(crate) fn same_function(
    (a, a_resources): (&ComponentFunc, &Resources),
    (b, b_resources): (&ComponentFunc, &Resources),
) -> bool {
    let same = |(a, b): (Type, Type)| same_type((&a, a_resources), (&b, b_resources));
    a.async_() == b.async_()
        && a.params().len() == b.params().len()
        && a.params()
            .zip(b.params())
            .all(|((_, a), (_, b))| same((a, b)))
        && a.results().len() == b.results().len()
        && a.results().zip(b.results()).all(same)
}

fn same_type((a, a_resources): (&Type, &Resources), (b, b_resources): (&Type, &Resources)) -> bool {
    let same = |a: Type, b: Type| same_type((&a, a_resources), (&b, b_resources));
    let maybe = |a: Option<Type>, b: Option<Type>| match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => same(a, b),
        _ => false,
    };
    match (a, b) {
        (Type::Own(a), Type::Own(b)) | (Type::Borrow(a), Type::Borrow(b)) => {
            let (a, b) = (a_resources.kind(*a), b_resources.kind(*b));
            // Resources of the host are refused by the plan, which has a better message.
            a == b
        }
        (Type::Stream(a), Type::Stream(b)) => maybe(a.ty(), b.ty()),
        (Type::Future(a), Type::Future(b)) => maybe(a.ty(), b.ty()),
        (Type::List(a), Type::List(b)) => same(a.ty(), b.ty()),
        (Type::FixedLengthList(a), Type::FixedLengthList(b)) => {
            a.len() == b.len() && same(a.ty(), b.ty())
        }
        (Type::Map(a), Type::Map(b)) => same(a.key(), b.key()) && same(a.value(), b.value()),
        (Type::Option(a), Type::Option(b)) => same(a.ty(), b.ty()),
        (Type::Result(a), Type::Result(b)) => maybe(a.ok(), b.ok()) && maybe(a.err(), b.err()),
        (Type::Tuple(a), Type::Tuple(b)) => {
            a.types().len() == b.types().len() && a.types().zip(b.types()).all(|(a, b)| same(a, b))
        }
        (Type::Record(a), Type::Record(b)) => {
            a.fields().len() == b.fields().len()
                && a.fields()
                    .zip(b.fields())
                    .all(|(a, b)| a.name == b.name && same(a.ty, b.ty))
        }
        (Type::Variant(a), Type::Variant(b)) => {
            a.cases().len() == b.cases().len()
                && a.cases()
                    .zip(b.cases())
                    .all(|(a, b)| a.name == b.name && maybe(a.ty, b.ty))
        }
        (a, b) => a == b,
    }
}
