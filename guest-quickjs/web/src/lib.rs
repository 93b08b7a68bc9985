//! What the web APIs of JavaScript plugins do natively, apart from JavaScript: pure functions over bytes and text, so that they
//! are tested where tests run fast. The engine wraps them in `native/`.
//!
//! Everything here meets hostile input: nothing panics, and nothing allocates more than a small multiple of what it is given.
//!
//! The large tables (encodings, internationalised domain names, the dictionary of Brotli) are made when this crate is built, from crates
//! that have them, and are inflated when they are first needed.

pub mod base64;
pub mod compression;
pub mod data_url;
pub mod encoding;
mod idna;
pub mod mime;
mod packed;
pub mod url;

pub use idna::Normalize;
