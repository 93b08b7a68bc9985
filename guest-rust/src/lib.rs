//! Write Outwit plugins in Rust.
//!
//! A plugin's WIT world names everything the plugin can reach. This crate has the `outwit:` interfaces
//! in a form that is pleasant to use from Rust, one module and one cargo feature for each:
//!
//! | module            | feature       | the world says                              |
//! |-------------------|---------------|---------------------------------------------|
//! | [`mod@console`]   | `console`     | `include outwit:console/imports@0.1.0;`     |
//! | [`crypto`]        | `crypto`      | `include outwit:crypto/imports@0.1.0;`      |
//! | [`fetch`]         | `fetch`       | `include outwit:fetch/imports@0.1.0;`       |
//! | [`keyvalue`]      | `keyvalue`    | `include outwit:keyvalue/imports@0.1.0;`    |
//! | [`locks`]         | `locks`       | `include outwit:locks/imports@0.1.0;`       |
//! | [`messaging`]     | `messaging`   | `include outwit:messaging/imports@0.1.0;`   |
//! | [`performance`]   | `performance` | `include outwit:performance/imports@0.1.0;` |
//! | [`storage`]       | `storage`     | `include outwit:storage/imports@0.1.0;`     |
//! | [`subtle`]        | `subtle`      | `include outwit:subtle/imports@0.1.0;`      |
//! | [`timers`]        | `timers`      | `include outwit:timers/imports@0.1.0;`      |
//! | [`websocket`]     | `websocket`   | `include outwit:websocket/imports@0.1.0;`   |
//!
//! The plugin generates the bindings of its own world with [`wit_bindgen::generate!`], which is exported
//! again from here so that both use the same version:
//!
//! ```
//! mod bindings {
//!     outwit_guest::wit_bindgen::generate!({
//!         inline: "
//!             package demo:hello;
//!             world plugin {
//!                 include outwit:console/imports@0.1.0;
//!                 export greet: func(name: string) -> string;
//!             }
//!         ",
//!         path: "wit/deps/outwit-console.wit",
//!         generate_all,
//!         runtime_path: "outwit_guest::wit_bindgen::rt",
//!     });
//! }
//! use outwit_guest::console;
//!
//! struct Plugin;
//!
//! impl bindings::Guest for Plugin {
//!     fn greet(name: String) -> String {
//!         console::log!("greeting {name}");
//!         format!("Hello, {name}!")
//!     }
//! }
//!
//! bindings::export!(Plugin with_types_in bindings);
//! ```
//!
//! `outwit build` compiles such a crate into a component, and refuses one that uses an API its world
//! does not name. Functions that wait are `async`; an exported function may await them if the world
//! says `async func`.

#![deny(missing_docs)]

#[cfg(feature = "console")]
pub mod console;
#[cfg(feature = "crypto")]
pub mod crypto;
#[cfg(feature = "fetch")]
pub mod fetch;
#[cfg(feature = "keyvalue")]
pub mod keyvalue;
#[cfg(feature = "locks")]
pub mod locks;
#[cfg(feature = "messaging")]
pub mod messaging;
#[cfg(target_family = "wasm")]
mod panic;
#[cfg(feature = "performance")]
pub mod performance;
#[cfg(feature = "storage")]
pub mod storage;
#[cfg(feature = "subtle")]
pub mod subtle;
#[cfg(feature = "timers")]
pub mod timers;
#[cfg(feature = "websocket")]
pub mod websocket;

pub use wit_bindgen;

/// Compiles the examples of the book.
#[cfg(doctest)]
#[doc = include_str!("../../docs/rust.md")]
pub struct Book;
