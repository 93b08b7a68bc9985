//! The host side of `outwit:websocket/client`.

use std::sync::Arc;

use wasmtime::component::{Accessor, HasSelf, Resource, ResourceTable};

use super::grant::Denied;
use super::{Closing, Event, Failure, Grant, Message, Session, Socket, operations};
use crate::bindings::outwit::websocket::client::{self, Denial, Error};
use crate::fetch::{self, Protocol, Target};
use crate::policy::{self, Gate, Operation, Refused};

/// What one instance has of WebSockets.
pub(crate) struct WebSockets {
    pub(crate) gate: Gate,
    pub(crate) plugin: Arc<str>,
    pub(crate) grant: Option<Grant>,
    pub(crate) session: Option<Arc<dyn Session>>,
    pub(crate) table: ResourceTable,
}

/// A connection, as the plugin has it.
#[derive(Clone)]
pub struct Connection {
    socket: Arc<dyn Socket>,
    /// Where it leads, without the query.
    url: Arc<str>,
    limits: Limits,
}

/// What the errors of a plugin say.
#[derive(Clone)]
struct Limits {
    plugin: Arc<str>,
    message: u64,
    connections: u32,
}

impl WebSockets {
    fn session(&self) -> Result<(Arc<dyn Session>, Limits), Error> {
        match (&self.grant, &self.session) {
            (Some(grant), Some(session)) => Ok((
                session.clone(),
                Limits {
                    plugin: self.plugin.clone(),
                    message: grant.message,
                    connections: grant.connections,
                },
            )),
            _ => Err(Error::NotAllowed(Denial::Grant)),
        }
    }
}

impl client::Host for WebSockets {}

impl<T: 'static> client::HostWithStore<T> for HasSelf<WebSockets> {
    async fn connect(
        accessor: &Accessor<T, Self>,
        url: String,
        protocols: Vec<String>,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        let target = match Target::parse(Protocol::WebSocket, &url) {
            Ok(target) => target,
            Err(why) => return Ok(Err(Error::InvalidUrl(why))),
        };
        if let Err(why) = check_protocols(&protocols) {
            return Ok(Err(Error::InvalidRequest(why)));
        }
        let url: Arc<str> = target.without_query().into();
        let (gate, granted, session) = accessor.with(|mut access| {
            let view = access.get();
            let granted = Grant::check(view.grant.as_ref(), target);
            (view.gate.clone(), granted, view.session())
        });
        let object = policy::Target::Url(&url);
        let entered = gate.enter(&operations::CONNECT, object, granted).await;
        let allowed = match entered {
            Ok(allowed) => allowed,
            Err(refused) => {
                return Ok(Err(Error::NotAllowed(match refused {
                    Refused::Grant(Denied::NotGranted) => Denial::Grant,
                    Refused::Grant(Denied::Origin) => Denial::Origin,
                    Refused::Grant(Denied::Address) => Denial::Address,
                    Refused::Policy(_) => Denial::Policy,
                })));
            }
        };
        let (session, limits) = match session {
            Ok(session) => session,
            Err(e) => return Ok(Err(e)),
        };
        let socket = match session.connect(allowed, &protocols).await {
            Ok(socket) => socket,
            Err(failure) => return Ok(Err(limits.encode(failure))),
        };
        let connection = Connection {
            socket,
            url,
            limits,
        };
        let resource = accessor.with(|mut access| access.get().table.push(connection))?;
        Ok(Ok(resource))
    }
}

impl client::HostConnection for WebSockets {
    async fn protocol(&mut self, connection: Resource<Connection>) -> wasmtime::Result<String> {
        Ok(self.table.get(&connection)?.socket.protocol().to_string())
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

/// The connection of a call, which may be dropped before the call ends.
fn find<T>(
    accessor: &Accessor<T, HasSelf<WebSockets>>,
    connection: &Resource<Connection>,
) -> wasmtime::Result<(Gate, Connection)> {
    accessor.with(|mut access| {
        let view = access.get();
        let connection = view.table.get(connection)?.clone();
        Ok((view.gate.clone(), connection))
    })
}

/// Whether an operation on a connection may happen. That it is there is its grant.
async fn enter(gate: &Gate, operation: &Operation, connection: &Connection) -> Result<(), Error> {
    let object = policy::Target::Url(&connection.url);
    let entered = gate.enter(operation, object, Ok::<_, ()>(()));
    entered.await.map_err(|_| Error::NotAllowed(Denial::Policy))
}

impl<T: 'static> client::HostConnectionWithStore<T> for HasSelf<WebSockets> {
    async fn send(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        message: client::Message,
    ) -> wasmtime::Result<Result<(), Error>> {
        let (gate, connection) = find(accessor, &connection)?;
        if let Err(e) = enter(&gate, &operations::SEND, &connection).await {
            return Ok(Err(e));
        }
        let Connection { socket, limits, .. } = connection;
        let message = match message {
            client::Message::Text(text) => Message::Text(text),
            client::Message::Binary(bytes) => Message::Binary(bytes),
        };
        Ok(socket.send(message).await.map_err(|f| limits.encode(f)))
    }

    async fn receive(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
    ) -> wasmtime::Result<Result<client::Event, Error>> {
        let (gate, connection) = find(accessor, &connection)?;
        if let Err(e) = enter(&gate, &operations::RECEIVE, &connection).await {
            return Ok(Err(e));
        }
        let Connection { socket, limits, .. } = connection;
        let received = socket.receive().await.map_err(|f| limits.encode(f));
        Ok(received.map(|event| match event {
            Event::Message(Message::Text(text)) => {
                client::Event::Message(client::Message::Text(text))
            }
            Event::Message(Message::Binary(bytes)) => {
                client::Event::Message(client::Message::Binary(bytes))
            }
            Event::Closed(Closing { code, reason }) => {
                client::Event::Closed(client::Closing { code, reason })
            }
        }))
    }

    async fn close(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        closing: client::Closing,
    ) -> wasmtime::Result<Result<(), Error>> {
        let client::Closing { code, reason } = closing;
        if let Err(why) = check_closing(code, &reason) {
            return Ok(Err(Error::InvalidRequest(why.to_string())));
        }
        let (_, Connection { socket, limits, .. }) = find(accessor, &connection)?;
        let closed = socket.close(Closing { code, reason }).await;
        Ok(closed.map_err(|failure| limits.encode(failure)))
    }
}

impl Limits {
    fn encode(&self, failure: Failure) -> Error {
        match failure {
            Failure::Status(status) => Error::NotAWebsocket(status),
            Failure::MessageTooLarge => Error::MessageTooLarge(self.message),
            Failure::TooManyConnections => Error::TooManyConnections(self.connections),
            Failure::Network(failure) => self.encode_network(failure),
        }
    }

    fn encode_network(&self, failure: fetch::Failure) -> Error {
        match failure {
            fetch::Failure::Address => Error::NotAllowed(Denial::Address),
            fetch::Failure::Name(error) => {
                tracing::debug!(plugin = %self.plugin, %error, "a name was not resolved");
                Error::NameNotResolved
            }
            fetch::Failure::Refused => Error::Refused,
            fetch::Failure::Unreachable(error) => {
                tracing::debug!(plugin = %self.plugin, %error, "a host was not reached");
                Error::Unreachable
            }
            fetch::Failure::Tls(reason) => Error::Tls(reason),
            fetch::Failure::Timeout(_) => Error::Timeout,
            fetch::Failure::CutOff => Error::CutOff,
            fetch::Failure::Protocol(reason) => Error::Protocol(reason),
            failure @ (fetch::Failure::HeaderTooLarge
            | fetch::Failure::BodyTooLarge
            | fetch::Failure::ContentCoding
            | fetch::Failure::RequestBody) => Error::Protocol(failure.to_string()),
            fetch::Failure::Backend(error) => {
                // The reason is not the plugin's business.
                tracing::error!(plugin = %self.plugin, %error, "the WebSocket client failed");
                Error::Other("the host's WebSocket client failed".to_string())
            }
        }
    }
}

/// Subprotocols are tokens of HTTP, each named once.
fn check_protocols(protocols: &[String]) -> Result<(), String> {
    for (at, protocol) in protocols.iter().enumerate() {
        // Names of header fields are tokens as well, but for the case of their letters.
        let is_token = http::HeaderName::from_bytes(protocol.as_bytes()).is_ok();
        if !is_token {
            return Err(format!(
                "`{}` is not the name of a subprotocol",
                protocol.escape_debug()
            ));
        }
        let before = protocols.get(..at).unwrap_or_default();
        if before
            .iter()
            .any(|other| other.eq_ignore_ascii_case(protocol))
        {
            return Err(format!("the subprotocol `{protocol}` is named twice"));
        }
    }
    Ok(())
}

fn check_closing(code: Option<u16>, reason: &str) -> Result<(), &'static str> {
    match code {
        Some(1000 | 3000..=4999) => {}
        Some(_) => return Err("a close code is 1000 or 3000 to 4999"),
        None if !reason.is_empty() => return Err("a reason needs a close code"),
        None => {}
    }
    if reason.len() > 123 {
        return Err("a reason has at most 123 bytes");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_sent_is_refused() {
        let protocols = |list: &[&str]| {
            let list: Vec<String> = list.iter().map(ToString::to_string).collect();
            check_protocols(&list).is_ok()
        };
        assert!(protocols(&[]) && protocols(&["chat", "v2.chat"]));
        for wrong in [
            &[""][..],
            &["a b"],
            &["a,b"],
            &["a\r\nb"],
            &["chat", "chat"],
            &["é"],
        ] {
            assert!(!protocols(wrong), "{wrong:?}");
        }
        for (code, reason) in [
            (None, ""),
            (Some(1000), "done"),
            (Some(3000), ""),
            (Some(4999), ""),
        ] {
            assert!(check_closing(code, reason).is_ok());
        }
        let long = "x".repeat(124);
        for (code, reason) in [
            (None, "why"),
            (Some(1001), ""),
            (Some(999), ""),
            (Some(5000), ""),
            (Some(1000), &long),
        ] {
            assert!(check_closing(code, reason).is_err());
        }
    }
}
