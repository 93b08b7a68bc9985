//! Hostile plugins: a typed error each, the neighbour never notices, and the next call works.
//!
//! The attacks are in `attacker.js` and `native/`, and, where they break the rules of components
//! themselves, in the text format in `liars.rs`.

mod arena;
mod building;
mod compiling;
mod files;
mod javascript;
#[cfg(unix)]
mod killing;
mod leaks;
mod liars;
mod linked;
mod native;
mod quotas;
mod soak;
mod table;
mod wasi;
