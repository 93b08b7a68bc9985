//! To be written.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]
#![deny(unsafe_code)]

mod app;
mod bindings;
mod compose;
mod engine;
mod error;
mod exports;
mod fault;
mod grants;
mod host;
mod instance;
mod interface;
mod limits;
mod manifest;
mod plugin;
mod shape;
mod state;
mod ticker;
mod types;

pub mod console;
pub mod crypto;
pub mod performance;
pub mod storage;
pub mod timers;
pub mod wasi;

pub use app::{App, AppBuilder, Link, LinkMode, PluginConfig, TypedFunction};
pub use compose::{ComposedExports, compose};
pub use engine::{Engine, EngineBuilder};
pub use error::{Error, Found, LimitKind, Location, MissingGrant, Result, TypeMismatch};
pub use exports::Function;
pub use grants::{Capability, Grants};
pub use host::Host;
pub use instance::{Instance, InstanceBuilder, Params, Results};
pub use interface::{InterfaceName, InvalidInterfaceName};
pub use limits::Limits;
pub use manifest::{Entry, Manifest};
pub use plugin::Plugin;
pub use shape::{Extern, ExternKind, Language};
pub use types::{Signature, type_text};
pub use wasmtime::component::{Type, Val};
