//! `outwit:console`: text a plugin prints. WIT: `wit/deps/outwit-console.wit`. Web: Console (WHATWG).

mod backend;
mod grant;
mod host;
pub(crate) mod operations;

pub use crate::text::visible;
pub use backend::{Capture, Entry, Level, Sink, Stderr, Tracing};
pub use grant::Grant;

pub(crate) use grant::Allowed;
pub(crate) use host::Console;
