//! What is not a component.

use std::fmt;

/// What bytes that should be a component are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Found {
    /// No bytes at all.
    Empty,
    /// A core WebAssembly module.
    CoreModule,
    /// Machine code compiled ahead of time by wasmtime (`.cwasm`). It is never accepted: it would
    /// run outside of the sandbox.
    Precompiled,
    /// Text, for example the text format or a script.
    Text,
    /// A component of a version of the format this engine does not know.
    OtherVersion,
    /// Something else.
    Unknown,
}

impl Found {
    pub(super) fn hint(self) -> &'static str {
        match self {
            Found::CoreModule => {
                ". `wasm-tools component new` makes a component of a module that follows the component ABI"
            }
            Found::Precompiled => ". Load the component it was compiled from",
            Found::Text => {
                ". Build a script with `outwit build`, the text format with `wasm-tools parse`"
            }
            _ => "",
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Found::Empty => "empty",
            Found::CoreModule => "a core module",
            Found::Precompiled => "machine code compiled ahead of time (.cwasm)",
            Found::Text => "text",
            Found::OtherVersion => "a component of another version of the binary format",
            Found::Unknown => "something else",
        })
    }
}
