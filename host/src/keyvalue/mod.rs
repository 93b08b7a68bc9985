//! `outwit:keyvalue`: values kept between runs, in buckets. WIT: `wit/deps/outwit-keyvalue.wit`. No web API is like it;
//! in JavaScript it is `KeyValueStore`.

mod backend;
mod file;
mod grant;
mod host;
pub(crate) mod operations;

pub use backend::{Buckets, Change, Expectation, Failure, KeyValue, Range};
pub use file::SystemKeyValue;
pub use grant::{Allowed, Grant};

pub(crate) use grant::Denied;
#[doc(hidden)] // only for the generated bindings
pub use host::Bucket;
pub(crate) use host::KeyValueStore;
