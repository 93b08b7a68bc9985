//! What a WebSocket client can do.

use std::sync::Arc;

use async_trait::async_trait;

use super::Grant;
use crate::fetch::{self, Allowed};

/// Gives each plugin what it opens connections with.
pub trait Connector: Send + Sync + 'static {
    /// Opens a session for a plugin. Called once per plugin of an app.
    fn open(&self, plugin: &str, grant: &Grant) -> Arc<dyn Session>;
}

/// What one plugin opens connections with.
#[async_trait]
pub trait Session: Send + Sync + 'static {
    /// Opens a connection to [`Allowed::target`], offering subprotocols. Only addresses that [`Allowed::allows`] may be
    /// connected to. Dropping the future gives it up.
    ///
    /// # Errors
    ///
    /// There is no connection.
    async fn connect(
        &self,
        allowed: Allowed,
        protocols: &[String],
    ) -> Result<Arc<dyn Socket>, Failure>;
}

/// A connection. Dropping it ends it.
#[async_trait]
pub trait Socket: Send + Sync + 'static {
    /// The subprotocol that the other side chose; empty if none.
    fn protocol(&self) -> &str;

    /// Sends a message. Returns once the connection has taken it.
    ///
    /// # Errors
    ///
    /// It was not sent.
    async fn send(&self, message: Message) -> Result<(), Failure>;

    /// The next message, or the end. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// The connection is broken.
    async fn receive(&self) -> Result<Event, Failure>;

    /// Begins the closing handshake.
    ///
    /// # Errors
    ///
    /// The connection is broken.
    async fn close(&self, closing: Closing) -> Result<(), Failure>;
}

/// What goes over a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
}

/// Why a connection was closed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Closing {
    /// The status code; none if none was sent.
    pub code: Option<u16>,
    /// The reason, for people.
    pub reason: String,
}

/// What is received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A message.
    Message(Message),
    /// The end.
    Closed(Closing),
}

/// Why there is no connection, or no more of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// There is no connection to the host, or it broke.
    #[error(transparent)]
    Network(#[from] fetch::Failure),
    /// The other side answered with this status.
    #[error("the other side answered with the status {0}")]
    Status(u16),
    /// A message is longer than the grant allows.
    #[error("the message is too large")]
    MessageTooLarge,
    /// The plugin has as many connections as it may.
    #[error("too many connections")]
    TooManyConnections,
}
