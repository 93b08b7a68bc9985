//! `outwit:messaging`: messages between plugins, and with the application. WIT: `wit/deps/outwit-messaging.wit`. Web: web
//! messaging in HTML (WHATWG).

mod grant;
mod host;
mod hub;
pub(crate) mod operations;
mod queue;
mod serde;
mod value;

pub use self::serde::{Mismatch, from_value, to_value};
pub use grant::Grant;
pub use hub::{Channel, Hub, Port};
pub use queue::{Failure, Message};
pub use value::{InvalidValue, Value, View};

pub(crate) use host::Messaging;
#[doc(hidden)] // only for the generated bindings
pub use host::{OpenChannel, OpenPort};
