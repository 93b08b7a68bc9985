//! The host side of `outwit:messaging`.

use std::sync::Arc;

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
pub struct OpenChannel(Arc<Channel>);

/// A plugin's end of a connection.
#[derive(Debug, Clone)]
pub struct OpenPort {
    port: Arc<Port>,
    name: Arc<str>,
}

/// What one instance has of messaging.
pub(crate) struct Messaging {
    gate: Gate,
    plugin: Arc<str>,
    grant: Option<Grant>,
    hub: Option<Arc<Hub>>,
    open: ResourceTable,
    /// How many are open.
    count: u32,
}

/// What an operation needs of it.
struct Means {
    gate: Gate,
    plugin: Arc<str>,
    grant: Option<Grant>,
    hub: Option<Arc<Hub>>,
    count: u32,
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
            count: 0,
        }
    }

    fn means(&self) -> Means {
        Means {
            gate: self.gate.clone(),
            plugin: self.plugin.clone(),
            grant: self.grant.clone(),
            hub: self.hub.clone(),
            count: self.count,
        }
    }

    fn keep<R: Send + 'static>(&mut self, open: R) -> wasmtime::Result<Resource<R>> {
        self.count = self.count.saturating_add(1);
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

    fn room(&self, allowed: Allowed) -> Result<(), Error> {
        if self.count >= allowed.open {
            return Err(Error::TooMany(allowed.open));
        }
        Ok(())
    }

    async fn meet(&self, operation: &Operation, name: &str, side: Side) -> Result<OpenPort, Error> {
        let grant = self.grant.as_ref();
        let granted = match side {
            Side::Connect => Grant::check_connect(grant, name),
            Side::Accept => Grant::check_accept(grant, name),
        };
        let (allowed, hub) = self.allow(operation, name, granted).await?;
        self.room(allowed)?;
        let port = hub.meet(name, Some(self.plugin.clone()), side).await;
        Ok(OpenPort {
            port: Arc::new(port),
            name: name.into(),
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
            means.room(allowed)?;
            Ok(hub.join(&name, Some(means.plugin.clone()), allowed.receive))
        };
        match join().await {
            Ok(channel) => self.keep(OpenChannel(Arc::new(channel))).map(Ok),
            Err(e) => Ok(Err(e)),
        }
    }
}

impl broadcast::HostChannel for Messaging {
    async fn post(&mut self, channel: Resource<OpenChannel>, data: Vec<u8>) -> Answer<()> {
        let OpenChannel(channel) = self.open.get(&channel)?.clone();
        let means = self.means();
        let granted = Grant::check_send(means.grant.as_ref(), channel.name(), data.len());
        let allowed = means
            .allow(&operations::CHANNEL_POST, channel.name(), granted)
            .await;
        Ok(allowed.and_then(|_| Ok(channel.post(data)?)))
    }

    async fn drop(&mut self, channel: Resource<OpenChannel>) -> wasmtime::Result<()> {
        self.count = self.count.saturating_sub(1);
        self.open.delete(channel)?;
        Ok(())
    }
}

impl<T> broadcast::HostChannelWithStore<T> for HasSelf<Messaging> {
    async fn receive(
        accessor: &Accessor<T, Self>,
        channel: Resource<OpenChannel>,
    ) -> Answer<wit::Message> {
        let (means, OpenChannel(channel)) = accessor.with(|mut view| -> wasmtime::Result<_> {
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
        let OpenPort { port, name } = self.open.get(&port)?.clone();
        let means = self.means();
        let granted = Grant::check_length(means.grant.as_ref(), data.len());
        let allowed = means.allow(&operations::PORT_POST, &name, granted).await;
        Ok(allowed.and_then(|_| Ok(port.post(data)?)))
    }

    async fn drop(&mut self, port: Resource<OpenPort>) -> wasmtime::Result<()> {
        self.count = self.count.saturating_sub(1);
        self.open.delete(port)?;
        Ok(())
    }
}

impl<T> ports::HostPortWithStore<T> for HasSelf<Messaging> {
    async fn receive(
        accessor: &Accessor<T, Self>,
        port: Resource<OpenPort>,
    ) -> Answer<wit::Message> {
        let (means, OpenPort { port, name }) =
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
