//! Load, grant, link, limit and call plugins that are WebAssembly components.
//!
//! A plugin is a component: what it imports is what it asks for, what it exports is what it can do.
//! An [`App`] loads plugins, gives each exactly what was granted to it, links plugins that call each
//! other, keeps each within its limits, and starts an instance again after a fault.
//!
//! ```
//! use outwit::{App, Engine, Error, Grants, Plugin, PluginConfig, Val};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Error> {
//! // A plugin that exports `double` and `spin`, which never returns. Usually it comes from a file:
//! // `Plugin::from_file(&engine, "math", "math.wasm")`.
//! let bytes = wat::parse_str(r#"(component
//!     (core module $m
//!         (func (export "double") (param i32) (result i32)
//!             (i32.mul (local.get 0) (i32.const 2)))
//!         (func (export "spin") (loop (br 0))))
//!     (core instance $i (instantiate $m))
//!     (func $double (param "x" u32) (result u32) (canon lift (core func $i "double")))
//!     (func $spin (canon lift (core func $i "spin")))
//!     (instance $math (export "double" (func $double)) (export "spin" (func $spin)))
//!     (export "demo:math/ops@0.1.0" (instance $math)))"#).expect("the text is a component");
//!
//! let engine = Engine::new()?;
//! let math = Plugin::from_bytes(&engine, "math", bytes)?;
//! let app = App::builder(&engine)
//!     .plugin(math, PluginConfig::new().grants(Grants::none().with_console()))
//!     .build()?;
//!
//! // Calls with Rust values ...
//! let (x,): (u32,) = app.call_typed("math", "demo:math/ops", "double", (21u32,)).await?;
//! assert_eq!(x, 42);
//! // ... or with dynamic ones.
//! let x = app.call("math", None, "double", &[Val::U32(4)]).await?;
//! assert_eq!(x, [Val::U32(8)]);
//!
//! // A plugin that goes over a limit is stopped, and works again at the next call.
//! let error = app.call("math", None, "spin", &[]).await.unwrap_err();
//! assert!(matches!(error, Error::Limit { .. }));
//! let (x,): (u32,) = app.call_typed("math", None, "double", (1u32,)).await?;
//! assert_eq!(x, 2);
//! # Ok(())
//! # }
//! ```
//!
//! # Where to look
//!
//! | to ... | see |
//! |---|---|
//! | set up what all plugins of a process share: code cache, clock | [`Engine`] |
//! | read a component and see what it imports and exports | [`Plugin`] |
//! | describe an app in a file, `outwit.toml` | [`Manifest`] |
//! | load an app from its manifest, or describe it in code | [`App::load`], [`App::builder`] |
//! | call functions | [`App::call`], [`App::call_typed`], [`App::function`] |
//! | run a plugin that is a command | [`App::run`] |
//! | say what a plugin may do, and how much of it | [`Grants`], [`Limits`] |
//! | give plugins functions of your own | [`Interface`] |
//! | put something else behind a capability: a clock that stands still, a log of your own | [`Host`] |
//! | know what plugins do, in numbers | [`App::metrics`], [`metrics`] |
//! | decide about each operation of a plugin, and record it | [`policy`], [`audit`] |
//! | use one instance of one plugin without an app | [`Instance`] |
//! | make one component of several | [`compose()`] |
//! | compile what strangers wrote, within limits | [`Compiler`] |
//! | know what can go wrong | [`Error`] |
//!
//! # What holds
//!
//! * A plugin gets what it imports *and* was granted *and* the application offers. It does not load
//!   if one of the three is missing, and the error prints the line that would grant it.
//! * Limits are on unless they are raised; what they are is in [`Limits`].
//! * Each instance is one store of wasmtime. A fault ends the stores that took part in the call and
//!   nothing else. Instances start on demand, so the next call finds a new one.
//! * Calls need a tokio runtime with its clock enabled. A plugin that computes lets other tasks of its
//!   thread run every [tick](EngineBuilder::tick). Dropping a call ends it, and its instance.
//! * Nothing a plugin or a file contains makes this crate panic.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]
#![deny(missing_docs)]
#![deny(unsafe_code)]

mod app;
mod backtrace;
mod bindings;
mod compiler;
mod compose;
mod database;
mod engine;
mod error;
mod exports;
mod fault;
mod grants;
mod host;
mod instance;
mod interface;
mod js_engine;
mod limits;
mod lock;
mod manifest;
mod plugin;
mod provided;
mod shape;
mod signature;
mod state;
mod text;
mod ticker;
mod types;
mod weak_map;

pub mod audit;
pub mod console;
pub mod crypto;
pub mod debug;
pub mod fetch;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
pub mod keyvalue;
pub mod locks;
pub mod messaging;
pub mod metrics;
pub mod performance;
pub mod policy;
pub mod storage;
pub mod subtle;
pub mod timers;
pub mod wasi;
pub mod websocket;

/// What an `impl` of an asynchronous trait of this crate starts with.
pub use async_trait::async_trait;

pub use app::{
    App, AppBuilder, Backoff, Health, HealthState, Instances, Lifecycle, Link, LinkMode,
    PluginConfig, Restart, TypedFunction,
};
pub use compiler::Compiler;
pub use compose::{ComposedExports, compose};
pub use engine::{Engine, EngineBuilder};
pub use error::{
    Difference, DownReason, Error, Found, Incompatible, LimitKind, Location, MissingGrant, Result,
    TypeMismatch,
};
pub use exports::Function;
pub use grants::{Capability, Grants};
pub use host::Host;
pub use instance::{Instance, InstanceBuilder, Params, Results};
pub use interface::{InterfaceName, InvalidInterfaceName};
pub use limits::Limits;
pub use lock::{Lock, LockProblem, LockedPlugin};
pub use manifest::{Entry, Manifest, Recipe};
pub use outwit_cache::CacheProblem;
pub use plugin::Plugin;
pub use provided::{Arguments, Caller, Interface, Returns};
pub use shape::{Extern, ExternKind, Language};
pub use signature::{
    InvalidKey, InvalidTime, PublicKey, SecretKey, SignatureProblem, Signatures, SignedBy, Subject,
    Timestamp, Trust, TrustedKey,
};
pub use types::{Signature, type_text};
pub use wasmtime;
pub use wasmtime::component::{Type, Val};

/// Compiles the example of the readme.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
