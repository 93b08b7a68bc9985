//! `outwit:storage`: small values kept between runs. WIT: `wit/deps/outwit-storage.wit`. Web: Web
//! Storage in HTML (WHATWG).

mod backend;
mod file;
mod grant;
mod host;
mod memory;
pub(crate) mod operations;

pub use backend::{Area, Failure, Storage};
pub use file::SystemStorage;
pub use grant::{Allowed, Grant, Place};
pub use memory::MemoryArea;

pub(crate) use grant::{Denied, Sizes};
pub(crate) use host::LocalStorage;
