//! Values on their way from one store to another.
//!
//! Most of a value is copied as it is. Handles to resources, streams and futures mean something only in
//! the store they are in: they are taken out of the value, in order, and put back in the other store.

use std::collections::VecDeque;
use std::sync::Arc;

use wasmtime::component::{ResourceAny, ResourceDynamic, ResourceType, Val};
use wasmtime::{AsContextMut as _, StoreContextMut};

use super::pipe::Channel;
use super::plan::{Kind, Plan};
use super::proxy::{Proxy, Remote};
use crate::error::{Error, Result};
use crate::state::State;
use crate::text::visible;

/// Values between two stores. Dropping them drops the resources and streams in them.
pub(crate) struct Carried<V> {
    values: V,
    handles: VecDeque<Handle>,
}

impl<V> Carried<V> {
    /// Values without handles.
    pub(crate) fn copied(values: V) -> Carried<V> {
        Carried {
            values,
            handles: VecDeque::new(),
        }
    }

    /// Values without handles, as they were.
    pub(crate) fn into_values(self) -> V {
        self.values
    }

    /// The resources among them.
    pub(crate) fn resources(&self) -> impl Iterator<Item = &Remote> {
        self.handles.iter().filter_map(|handle| match handle {
            Handle::Own(remote) | Handle::Lent(remote) => Some(&**remote),
            Handle::Stream(_) | Handle::Future(_) => None,
        })
    }
}

enum Handle {
    Own(Arc<Remote>),
    Lent(Arc<Remote>),
    Stream(Channel),
    Future(Channel),
}

/// What a call was lent, in the store of the plugin that is called.
#[derive(Default)]
pub(crate) struct Loans {
    /// Handles of the host for resources that are another plugin's: to be taken back.
    handles: Vec<ResourceAny>,
    /// What must not be dropped before the call has ended.
    held: Vec<Arc<Remote>>,
}

impl Loans {
    /// Ends the loans, after the call.
    pub(crate) fn end(self, mut store: StoreContextMut<'_, State>) {
        for handle in self.handles {
            if let Ok(proxy) = handle.try_into_resource_dynamic(&mut store) {
                store.data_mut().links.take(proxy.rep());
            }
        }
    }
}

/// Takes the handles out of the values of a call.
pub(crate) fn detach(
    mut values: Vec<Val>,
    plans: &[Plan],
    mut store: StoreContextMut<'_, State>,
) -> Result<Carried<Vec<Val>>> {
    let mut out = Out {
        store: store.as_context_mut(),
        handles: VecDeque::new(),
    };
    for (value, plan) in values.iter_mut().zip(plans) {
        out.value(value, plan)?;
    }
    Ok(Carried {
        handles: out.handles,
        values,
    })
}

/// Takes the handles out of one value.
pub(crate) fn detach_one(
    mut value: Val,
    plan: &Plan,
    store: StoreContextMut<'_, State>,
) -> Result<Carried<Val>> {
    let mut out = Out {
        store,
        handles: VecDeque::new(),
    };
    out.value(&mut value, plan)?;
    Ok(Carried {
        handles: out.handles,
        values: value,
    })
}

/// Puts the handles back into the values of a call.
pub(crate) fn attach(
    carried: Carried<Vec<Val>>,
    plans: &[Plan],
    mut store: StoreContextMut<'_, State>,
) -> Result<(Vec<Val>, Loans)> {
    let Carried {
        mut values,
        handles,
    } = carried;
    let mut into = Into {
        store: store.as_context_mut(),
        handles,
        loans: Loans::default(),
    };
    let put = values
        .iter_mut()
        .zip(plans)
        .try_for_each(|(value, plan)| into.value(value, plan));
    let loans = into.loans;
    match put {
        Ok(()) => Ok((values, loans)),
        Err(e) => {
            for value in &mut values {
                close(value, &mut store);
            }
            loans.end(store);
            Err(e)
        }
    }
}

/// Puts the handles back into one value.
pub(crate) fn attach_one(
    carried: Carried<Val>,
    plan: &Plan,
    mut store: StoreContextMut<'_, State>,
) -> Result<Val> {
    let Carried {
        values: mut value,
        handles,
    } = carried;
    let mut into = Into {
        store: store.as_context_mut(),
        handles,
        loans: Loans::default(),
    };
    match into.value(&mut value, plan) {
        Ok(()) => Ok(value),
        Err(e) => {
            close(&mut value, &mut store);
            Err(e)
        }
    }
}

/// Takes the place of a handle that is elsewhere.
const AWAY: Val = Val::Bool(false);

/// Calls `f` for the values inside of `value` that are not merely copied.
fn each(
    value: &mut Val,
    plan: &Plan,
    f: &mut dyn FnMut(&mut Val, &Plan) -> Result<()>,
) -> Result<()> {
    match (plan, value) {
        (Plan::Copy, _) => Ok(()),
        (Plan::List(plan), Val::List(items) | Val::FixedLengthList(items)) => {
            items.iter_mut().try_for_each(|item| f(item, plan))
        }
        (Plan::Map(plans), Val::Map(entries)) => entries.iter_mut().try_for_each(|(key, value)| {
            f(key, &plans.0)?;
            f(value, &plans.1)
        }),
        (Plan::Option(plan), Val::Option(value)) => match value {
            Some(value) => f(value, plan),
            None => Ok(()),
        },
        (Plan::Result(plans), Val::Result(value)) => match value {
            Ok(Some(value)) => f(value, &plans.0),
            Err(Some(value)) => f(value, &plans.1),
            Ok(None) | Err(None) => Ok(()),
        },
        (Plan::Tuple(plans), Val::Tuple(items)) => {
            let mut items = items.iter_mut().zip(plans);
            items.try_for_each(|(item, plan)| f(item, plan))
        }
        (Plan::Record(plans), Val::Record(fields)) => {
            let mut fields = fields.iter_mut().zip(plans);
            fields.try_for_each(|((_, field), plan)| f(field, plan))
        }
        (Plan::Variant(cases), Val::Variant(case, payload)) => {
            let plan = cases.iter().find(|(name, _)| name == case);
            match (plan, payload) {
                (Some((_, plan)), Some(payload)) => f(payload, plan),
                _ => Ok(()),
            }
        }
        (_, value) => Err(broken(&format!("{value:?} where its type has a handle"))),
    }
}

/// Closes the handles that are in a value already.
fn close(value: &mut Val, store: &mut StoreContextMut<'_, State>) {
    match value {
        Val::Stream(stream) => {
            let _ = stream.close(store);
        }
        Val::Future(future) => {
            let _ = future.close(store);
        }
        Val::Resource(resource) => {
            // Only proxies: resources of this plugin itself stay in its table until their drop comes.
            if let Ok(proxy) = resource.try_into_resource_dynamic(&mut *store) {
                store.data_mut().links.take(proxy.rep());
            }
        }
        Val::List(items) | Val::FixedLengthList(items) | Val::Tuple(items) => {
            items.iter_mut().for_each(|item| close(item, store));
        }
        Val::Map(entries) => entries.iter_mut().for_each(|(key, value)| {
            close(key, store);
            close(value, store);
        }),
        Val::Record(fields) => fields.iter_mut().for_each(|(_, field)| close(field, store)),
        Val::Variant(_, Some(value)) | Val::Option(Some(value)) => close(value, store),
        Val::Result(Ok(Some(value)) | Err(Some(value))) => close(value, store),
        _ => {}
    }
}

/// What cannot be, unless wasmtime says something about a value that is not so.
fn broken(what: &str) -> Error {
    Error::Engine {
        message: format!("a value got lost between two plugins: {}", visible(what)),
    }
}

fn of_wasmtime(e: wasmtime::Error) -> Error {
    match e.downcast::<Error>() {
        Ok(error) => error,
        Err(e) => broken(&format!("{e:#}")),
    }
}

// ---- out of a store -----------------------------------------------------------------------------

struct Out<'a> {
    store: StoreContextMut<'a, State>,
    handles: VecDeque<Handle>,
}

impl Out<'_> {
    fn value(&mut self, value: &mut Val, plan: &Plan) -> Result<()> {
        let handle = match (plan, &mut *value) {
            (Plan::Own(kind), Val::Resource(resource)) => Handle::Own(self.own(*resource, *kind)?),
            (Plan::Borrow(kind), Val::Resource(resource)) => {
                Handle::Lent(self.lent(*resource, *kind)?)
            }
            (Plan::Stream(payload), Val::Stream(stream)) => {
                let store = self.store.as_context_mut();
                let channel = Channel::of(stream.clone(), payload, store);
                Handle::Stream(channel.map_err(of_wasmtime)?)
            }
            (Plan::Future(payload), Val::Future(future)) => {
                let store = self.store.as_context_mut();
                let channel = Channel::of(future.clone(), payload, store);
                Handle::Future(channel.map_err(of_wasmtime)?)
            }
            (plan, value) => return each(value, plan, &mut |value, plan| self.value(value, plan)),
        };
        *value = AWAY;
        self.handles.push_back(handle);
        Ok(())
    }

    fn own(&mut self, resource: ResourceAny, kind: Kind) -> Result<Arc<Remote>> {
        if resource.ty() != ResourceType::host_dynamic(kind.0) {
            // One of this plugin's own.
            return self.store.data_mut().links.give(resource, kind);
        }
        let proxy = resource
            .try_into_resource_dynamic(&mut self.store)
            .map_err(of_wasmtime)?;
        match self.store.data_mut().links.take(proxy.rep()) {
            Some(Proxy::Own(remote)) => Ok(remote),
            _ => Err(broken("a resource that is not there")),
        }
    }

    fn lent(&mut self, resource: ResourceAny, kind: Kind) -> Result<Arc<Remote>> {
        if resource.ty() != ResourceType::host_dynamic(kind.0) {
            return Err(broken(
                "a plugin lends its own resource to one it is linked to",
            ));
        }
        let proxy = resource
            .try_into_resource_dynamic(&mut self.store)
            .map_err(of_wasmtime)?;
        self.store
            .data()
            .links
            .get(proxy.rep())
            .ok_or_else(|| broken("a resource that is not there"))
    }
}

// ---- into a store -------------------------------------------------------------------------------

struct Into<'a> {
    store: StoreContextMut<'a, State>,
    handles: VecDeque<Handle>,
    loans: Loans,
}

impl Into<'_> {
    fn value(&mut self, value: &mut Val, plan: &Plan) -> Result<()> {
        if !matches!(
            plan,
            Plan::Own(_) | Plan::Borrow(_) | Plan::Stream(_) | Plan::Future(_)
        ) {
            return each(value, plan, &mut |value, plan| self.value(value, plan));
        }
        *value = match (plan, self.handles.pop_front()) {
            (Plan::Own(kind), Some(Handle::Own(remote))) => Val::Resource(self.own(remote, *kind)?),
            (Plan::Borrow(kind), Some(Handle::Lent(remote))) => {
                Val::Resource(self.lent(remote, *kind)?)
            }
            (Plan::Stream(_), Some(Handle::Stream(channel))) => {
                let stream = channel.into_stream(self.store.as_context_mut());
                Val::Stream(stream.map_err(of_wasmtime)?)
            }
            (Plan::Future(_), Some(Handle::Future(channel))) => {
                let future = channel.into_future(self.store.as_context_mut());
                Val::Future(future.map_err(of_wasmtime)?)
            }
            _ => return Err(broken("a handle that is not there")),
        };
        Ok(())
    }

    fn own(&mut self, remote: Arc<Remote>, kind: Kind) -> Result<ResourceAny> {
        let links = &mut self.store.data_mut().links;
        if links.is_home_of(&remote)? {
            return links.take_back(&remote);
        }
        self.proxy(Proxy::Own(remote), kind)
    }

    fn lent(&mut self, remote: Arc<Remote>, kind: Kind) -> Result<ResourceAny> {
        let links = &mut self.store.data_mut().links;
        if links.is_home_of(&remote)? {
            let resource = links.own(&remote);
            self.loans.held.push(remote);
            return resource;
        }
        let handle = self.proxy(Proxy::Lent(remote), kind)?;
        self.loans.handles.push(handle);
        Ok(handle)
    }

    fn proxy(&mut self, proxy: Proxy, kind: Kind) -> Result<ResourceAny> {
        let rep = self.store.data_mut().links.put(proxy)?;
        ResourceDynamic::new_own(rep, kind.0)
            .try_into_resource_any(&mut self.store)
            .map_err(of_wasmtime)
    }
}
