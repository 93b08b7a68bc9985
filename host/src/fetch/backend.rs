//! What an HTTP client can do.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;

use super::{Allowed, Grant};

/// A body that is on its way. An error ends it: what came before is not all of it.
pub type Body = UnsyncBoxBody<Bytes, Failure>;

/// Gives each plugin what it sends requests with.
pub trait Client: Send + Sync + 'static {
    /// Opens a session for a plugin. Called once per plugin of an app; what sessions know (connections,
    /// tickets of TLS) must not pass from one to another.
    fn open(&self, plugin: &str, grant: &Grant) -> Arc<dyn Session>;
}

/// What one plugin sends requests with.
#[async_trait]
pub trait Session: Send + Sync + 'static {
    /// Sends a request to [`Allowed::target`] and gives the response as soon as its head is there. The request has
    /// neither a `host` nor any other header field that belongs to the connection.
    ///
    /// Only addresses that [`Allowed::allows`] may be connected to. Dropping the future, or the body of the
    /// response, ends the exchange. No redirects are followed, no proxies are used, no header fields or
    /// content codings are added.
    ///
    /// # Errors
    ///
    /// There is no response.
    async fn send(
        &self,
        allowed: Allowed,
        request: Request<Body>,
    ) -> Result<Response<Body>, Failure>;
}

/// Why there is no response, or no more of its body.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// All addresses of the host are ones the grant does not allow.
    #[error("the host has no address that is allowed")]
    Address,
    /// The name of the host cannot be resolved.
    #[error("the name of the host cannot be resolved")]
    Name(#[source] std::io::Error),
    /// The host refused the connection.
    #[error("the connection was refused")]
    Refused,
    /// There is no way to the host.
    #[error("the host is unreachable")]
    Unreachable(#[source] std::io::Error),
    /// There is no secure connection; the plugin is told this text.
    #[error("no secure connection: {0}")]
    Tls(String),
    /// It took too long.
    #[error("{0:?} took too long")]
    Timeout(Stage),
    /// The connection ended too early.
    #[error("the connection ended too early")]
    CutOff,
    /// What came back is not the protocol's; the plugin is told this text.
    #[error("not the protocol: {0}")]
    Protocol(String),
    /// The head of the response is too large.
    #[error("the header section is too large")]
    HeaderTooLarge,
    /// The body is longer than the grant allows.
    #[error("the body is too large")]
    BodyTooLarge,
    /// The body is not what its content coding says.
    #[error("the body is not what its content coding says")]
    ContentCoding,
    /// The plugin's body for the request failed.
    #[error("the body of the request failed")]
    RequestBody,
    /// The backend failed. The plugin is not told why.
    #[error("{0}")]
    Backend(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What took too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Finding the host and connecting to it.
    Connect,
    /// The response.
    Response,
    /// More of a body.
    Body,
}
