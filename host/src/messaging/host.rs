//! The host side of `outwit:messaging`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use wasmtime::component::{Accessor, HasSelf, Resource, ResourceTable};

use super::grant::{Denied, Grant};
use super::hub::{Channel, Hub, Port, Side};
use super::queue::{Failure, Message};
use super::{grant::Allowed, operations};
use crate::bindings::outwit::messaging::types::{self as wit, Error};
use crate::bindings::outwit::messaging::{broadcast, ports};
use crate::policy::{Gate, Operation, Refused, Target};

/// A place of a plugin on a channel.
#[derive(Debug, Clone)]
pub struct OpenChannel {
    channel: Arc<Channel>,
    _place: Arc<Place>,
}

/// A plugin's end of a connection.
#[derive(Debug, Clone)]
pub struct OpenPort {
    port: Arc<Port>,
    name: Arc<str>,
    _place: Arc<Place>,
}

/// One of as many channels and ports as an instance may have, those it waits for included.
#[derive(Debug)]
struct Place(Arc<AtomicU32>);

impl Place {
    fn take(taken: &Arc<AtomicU32>, allowed: u32) -> Option<Place> {
        let more = |taken: u32| (taken < allowed).then(|| taken.saturating_add(1));
        let taking = taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        taking.ok().map(|_| Place(taken.clone()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What one instance has of messaging.
pub(crate) struct Messaging {
    gate: Gate,
    plugin: Arc<str>,
    grant: Option<Grant>,
    hub: Option<Arc<Hub>>,
    open: ResourceTable,
    /// How many places are taken.
    taken: Arc<AtomicU32>,
}

/// What an operation needs of it.
struct Means {
    gate: Gate,
    plugin: Arc<str>,
    grant: Option<Grant>,
    hub: Option<Arc<Hub>>,
    taken: Arc<AtomicU32>,
}

impl Messaging {
    pub(crate) fn new(
        gate: Gate,
        plugin: Arc<str>,
        grant: Option<Grant>,
        hub: Option<Arc<Hub>>,
    ) -> Messaging {
        Messaging {
            gate,
            plugin,
            grant,
            hub,
            open: ResourceTable::new(),
            taken: Arc::default(),
        }
    }

    fn means(&self) -> Means {
        Means {
            gate: self.gate.clone(),
            plugin: self.plugin.clone(),
            grant: self.grant.clone(),
            hub: self.hub.clone(),
            taken: self.taken.clone(),
        }
    }

    fn keep<R: Send + 'static>(&mut self, open: R) -> wasmtime::Result<Resource<R>> {
        Ok(self.open.push(open)?)
    }
}

impl Means {
    async fn allow<A>(
        &self,
        operation: &Operation,
        name: &str,
        granted: Result<A, Denied>,
    ) -> Result<(A, &Arc<Hub>), Error> {
        let entered = self.gate.enter(operation, Target::Name(name), granted);
        let allowed = entered.await.map_err(|refused| match refused {
            Refused::Grant(Denied::NotGranted) | Refused::Policy(_) => Error::NotAllowed,
            Refused::Grant(Denied::TooLong { limit }) => Error::TooLong(limit),
        })?;
        Ok((allowed, self.hub.as_ref().ok_or(Error::NotAllowed)?))
    }

    fn place(&self, allowed: Allowed) -> Result<Arc<Place>, Error> {
        let place = Place::take(&self.taken, allowed.open);
        place.map(Arc::new).ok_or(Error::TooMany(allowed.open))
    }

    async fn meet(&self, operation: &Operation, name: &str, side: Side) -> Result<OpenPort, Error> {
        let grant = self.grant.as_ref();
        let granted = match side {
            Side::Connect => Grant::check_connect(grant, name),
            Side::Accept => Grant::check_accept(grant, name),
        };
        let (allowed, hub) = self.allow(operation, name, granted).await?;
        // Taken before the wait: others begin to wait meanwhile.
        let place = self.place(allowed)?;
        let port = hub.meet(name, Some(self.plugin.clone()), side).await;
        Ok(OpenPort {
            port: Arc::new(port),
            name: name.into(),
            _place: place,
        })
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        match failure {
            Failure::Full(limit) => Error::Full(limit),
            Failure::Closed => Error::Closed,
        }
    }
}

fn encode(message: Message) -> wit::Message {
    wit::Message {
        sender: message.sender.map(|sender| sender.to_string()),
        data: message.data.to_vec(),
    }
}

type Answer<T> = wasmtime::Result<Result<T, Error>>;

impl wit::Host for Messaging {}

impl broadcast::Host for Messaging {
    async fn open(&mut self, name: String) -> Answer<Resource<OpenChannel>> {
        let means = self.means();
        let granted = Grant::check_open(means.grant.as_ref(), &name);
        let join = async || {
            let (allowed, hub) = means.allow(&operations::OPEN, &name, granted).await?;
            let place = means.place(allowed)?;
            let channel = hub.join(&name, Some(means.plugin.clone()), allowed.receive);
            Ok(OpenChannel {
                channel: Arc::new(channel),
                _place: place,
            })
        };
        match join().await {
            Ok(channel) => self.keep(channel).map(Ok),
            Err(e) => Ok(Err(e)),
        }
    }
}

impl broadcast::HostChannel for Messaging {
    async fn post(&mut self, channel: Resource<OpenChannel>, data: Vec<u8>) -> Answer<()> {
        let OpenChannel { channel, .. } = self.open.get(&channel)?.clone();
        let means = self.means();
        let granted = Grant::check_send(means.grant.as_ref(), channel.name(), data.len());
        let allowed = means
            .allow(&operations::CHANNEL_POST, channel.name(), granted)
            .await;
        Ok(allowed.and_then(|_| Ok(channel.post(data)?)))
    }

    async fn drop(&mut self, channel: Resource<OpenChannel>) -> wasmtime::Result<()> {
        self.open.delete(channel)?;
        Ok(())
    }
}

impl<T> broadcast::HostChannelWithStore<T> for HasSelf<Messaging> {
    async fn receive(
        accessor: &Accessor<T, Self>,
        channel: Resource<OpenChannel>,
    ) -> Answer<wit::Message> {
        let (means, OpenChannel { channel, .. }) =
            accessor.with(|mut view| -> wasmtime::Result<_> {
                let messaging = view.get();
                Ok((messaging.means(), messaging.open.get(&channel)?.clone()))
            })?;
        let granted = Grant::check_receive(means.grant.as_ref(), channel.name());
        let allowed = means
            .allow(&operations::CHANNEL_RECEIVE, channel.name(), granted)
            .await;
        match allowed {
            Ok(_) => Ok(channel.receive().await.map(encode).map_err(Error::from)),
            Err(e) => Ok(Err(e)),
        }
    }
}

impl ports::Host for Messaging {}

impl<T> ports::HostWithStore<T> for HasSelf<Messaging> {
    async fn connect(accessor: &Accessor<T, Self>, name: String) -> Answer<Resource<OpenPort>> {
        let means = accessor.with(|mut view| view.get().means());
        match means.meet(&operations::CONNECT, &name, Side::Connect).await {
            Ok(port) => accessor.with(|mut view| view.get().keep(port)).map(Ok),
            Err(e) => Ok(Err(e)),
        }
    }

    async fn accept(accessor: &Accessor<T, Self>, name: String) -> Answer<Resource<OpenPort>> {
        let means = accessor.with(|mut view| view.get().means());
        match means.meet(&operations::ACCEPT, &name, Side::Accept).await {
            Ok(port) => accessor.with(|mut view| view.get().keep(port)).map(Ok),
            Err(e) => Ok(Err(e)),
        }
    }
}

impl ports::HostPort for Messaging {
    async fn post(&mut self, port: Resource<OpenPort>, data: Vec<u8>) -> Answer<()> {
        let OpenPort { port, name, .. } = self.open.get(&port)?.clone();
        let means = self.means();
        let granted = Grant::check_length(means.grant.as_ref(), data.len());
        let allowed = means.allow(&operations::PORT_POST, &name, granted).await;
        Ok(allowed.and_then(|_| Ok(port.post(data)?)))
    }

    async fn drop(&mut self, port: Resource<OpenPort>) -> wasmtime::Result<()> {
        self.open.delete(port)?;
        Ok(())
    }
}

impl<T> ports::HostPortWithStore<T> for HasSelf<Messaging> {
    async fn receive(
        accessor: &Accessor<T, Self>,
        port: Resource<OpenPort>,
    ) -> Answer<wit::Message> {
        let (means, OpenPort { port, name, .. }) =
            accessor.with(|mut view| -> wasmtime::Result<_> {
                let messaging = view.get();
                Ok((messaging.means(), messaging.open.get(&port)?.clone()))
            })?;
        let granted = Grant::check_length(means.grant.as_ref(), 0);
        let allowed = means.allow(&operations::PORT_RECEIVE, &name, granted).await;
        match allowed {
            Ok(_) => Ok(port.receive().await.map(encode).map_err(Error::from)),
            Err(e) => Ok(Err(e)),
        }
    }
}
