//! Messages between plugins, and with the application: `outwit:messaging`.
//!
//! Plugins in JavaScript send values in the form of the structured clone algorithm; plugins in Rust send bytes of whatever form their
//! receivers expect.
//!
//! ```no_run
//! use outwit_guest::messaging::{Channel, Error, Port};
//!
//! async fn echo() -> Result<(), Error> {
//!     // Everybody on the channel hears everybody else ...
//!     let news = Channel::named("news")?;
//!     news.post(b"here I am")?;
//!     let message = news.receive().await?;
//!     println!("{} bytes from {:?}", message.data.len(), message.sender);
//!     // ... a port has one other end.
//!     let port = Port::accept("echo").await?;
//!     while let Ok(message) = port.receive().await {
//!         port.post(&message.data)?;
//!     }
//!     Ok(())
//! }
//! ```

mod bindings {
    #![allow(missing_docs, clippy::all)]
    wit_bindgen::generate!({
        path: "wit/deps/outwit-messaging.wit",
        world: "outwit:messaging/imports@0.1.0",
        generate_all,
    });
}

use bindings::outwit::messaging::{broadcast, ports};

pub use bindings::outwit::messaging::types::{Error, Message};
pub use broadcast::Channel;
pub use ports::Port;

impl Channel {
    /// Takes a place on a channel. What is sent before is not heard.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn named(name: &str) -> Result<Channel, Error> {
        broadcast::open(name)
    }
}

impl Port {
    /// Connects to whoever accepts connections of this name. Waits until somebody does.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn connect(name: &str) -> Result<Port, Error> {
        ports::connect(name.to_string()).await
    }

    /// Waits for somebody to connect by this name.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn accept(name: &str) -> Result<Port, Error> {
        ports::accept(name.to_string()).await
    }
}
