//! Connections on which messages go both ways: `outwit:websocket`.
//!
//! ```no_run
//! use outwit_guest::websocket::{Error, Message, WebSocket};
//!
//! async fn ask(question: &str) -> Result<Option<String>, Error> {
//!     let socket = WebSocket::connect("wss://chat.example.com/").await?;
//!     socket.send(question).await?;
//!     while let Some(message) = socket.receive().await? {
//!         if let Message::Text(answer) = message {
//!             socket.close(1000, "thank you").await?;
//!             return Ok(Some(answer));
//!         }
//!     }
//!     Ok(None)
//! }
//! ```
//!
//! Dropping a [`WebSocket`] ends the connection without a closing handshake.

mod bindings {
    #![allow(missing_docs, clippy::all)]
    wit_bindgen::generate!({
        path: "wit/deps/outwit-websocket.wit",
        world: "outwit:websocket/imports@0.1.0",
        generate_all,
    });
}

use bindings::outwit::websocket::client::{self, Connection, Event};
use std::cell::RefCell;

pub use client::{Closing, Denial, Error, Message};

impl From<&str> for Message {
    fn from(text: &str) -> Message {
        Message::Text(text.to_string())
    }
}

impl From<String> for Message {
    fn from(text: String) -> Message {
        Message::Text(text)
    }
}

impl From<Vec<u8>> for Message {
    fn from(bytes: Vec<u8>) -> Message {
        Message::Binary(bytes)
    }
}

/// An open connection.
#[derive(Debug)]
pub struct WebSocket {
    connection: Connection,
    closed: RefCell<Option<Closing>>,
}

impl WebSocket {
    /// Connects to a URL of scheme `ws` or `wss`.
    ///
    /// # Errors
    /// There is no connection; [`Error`] says why.
    pub async fn connect(url: &str) -> Result<WebSocket, Error> {
        WebSocket::connect_with(url, &[]).await
    }

    /// Connects, offering subprotocols in order of preference.
    ///
    /// # Errors
    /// As [`WebSocket::connect`].
    pub async fn connect_with(url: &str, protocols: &[&str]) -> Result<WebSocket, Error> {
        let protocols = protocols.iter().map(ToString::to_string).collect();
        let connection = client::connect(url.to_string(), protocols).await?;
        Ok(WebSocket {
            connection,
            closed: RefCell::new(None),
        })
    }

    /// The subprotocol that the other side chose; empty if none.
    pub fn protocol(&self) -> String {
        self.connection.protocol()
    }

    /// Sends text or bytes. Returns once the connection has taken them.
    ///
    /// # Errors
    /// They were not sent.
    pub async fn send(&self, message: impl Into<Message>) -> Result<(), Error> {
        self.connection.send(message.into()).await
    }

    /// The next message, or nothing when the connection has been closed.
    ///
    /// # Errors
    /// The connection is broken.
    pub async fn receive(&self) -> Result<Option<Message>, Error> {
        if self.closed.borrow().is_some() {
            return Ok(None);
        }
        match self.connection.receive().await? {
            Event::Message(message) => Ok(Some(message)),
            Event::Closed(closing) => {
                *self.closed.borrow_mut() = Some(closing);
                Ok(None)
            }
        }
    }

    /// Begins the closing handshake: nothing can be sent any more, and [`WebSocket::receive`] gives what still comes. The
    /// code is 1000 or 3000 to 4999, and the reason has at most 123 bytes.
    ///
    /// # Errors
    /// Code or reason cannot be used, or the connection is broken.
    pub async fn close(&self, code: u16, reason: &str) -> Result<(), Error> {
        let closing = Closing {
            code: Some(code),
            reason: reason.to_string(),
        };
        self.connection.close(closing).await
    }

    /// Why the connection was closed, once [`WebSocket::receive`] has given nothing.
    pub fn closing(&self) -> Option<Closing> {
        self.closed.borrow().clone()
    }
}
