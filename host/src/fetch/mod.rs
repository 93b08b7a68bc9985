//! `outwit:fetch`: HTTP requests. WIT: `wit/deps/outwit-fetch.wit`. Web: Fetch (WHATWG).
//!
//! `wasi:http` is another way to the same: `wasi/http.rs` comes in by `Fetch::admit` and `View::exchange` as well.

mod address;
mod backend;
mod body;
mod client;
mod decode;
mod dial;
mod grant;
mod host;
pub(crate) mod operations;
mod origin;
mod resolve;

pub use address::{AddressRange, InvalidAddressRange};
pub use backend::{Body, Client, Failure, Session, Stage};
pub use client::HttpClient;
pub use dial::{InvalidCertificate, Network};
pub use grant::{Allowed, Grant};
pub use origin::{InvalidOrigin, OriginPattern, Target};
pub use resolve::{Resolver, SystemResolver};

pub(crate) use body::{Progress, Promised};
pub(crate) use dial::{Connection, Dialer};
pub(crate) use host::{Fetch, OF_THE_HOST, View, empty, latin1};
pub(crate) use origin::Protocol;
