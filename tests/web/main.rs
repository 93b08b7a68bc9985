//! The web APIs in JavaScript plugins: what needs no world of its own.
//!
//! Each test is a script whose value is compared; `harness::run` puts it into a plugin of a world that imports
//! what the test says.

mod blob;
mod clone;
mod compression;
mod dom;
mod encoding;
mod global;
mod harness;
mod headers;
mod keyvalue;
mod language;
mod lazy;
mod messaging;
mod response;
mod streams;
mod subtle;
mod url;
