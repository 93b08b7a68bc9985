//! `outwit:locks`: locks by name, for the instances of a plugin. WIT: `wit/deps/outwit-locks.wit`. Web: Web Locks API (W3C).

mod grant;
mod host;
mod manager;
pub(crate) mod operations;

pub use grant::Grant;
pub use manager::Locks;

#[doc(hidden)] // only for the generated bindings
pub use host::Lock;
pub(crate) use host::LockManager;
