//! `outwit:websocket`: connections on which messages go both ways. WIT: `wit/deps/outwit-websocket.wit`. Web:
//! WebSockets (WHATWG), RFC 6455.

mod backend;
mod client;
mod grant;
mod host;
pub(crate) mod operations;

pub use backend::{Closing, Connector, Event, Failure, Message, Session, Socket};
pub use client::WebSocketClient;
pub use grant::Grant;

#[doc(hidden)] // the bindings name it
pub use host::Connection;

pub(crate) use host::WebSockets;
