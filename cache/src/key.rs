//! What compiled code is kept under.

use std::hash::{Hash as _, Hasher};

use sha2::{Digest as _, Sha256};

/// What was compiled, and how: code is used only for exactly the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub(super) kind: Kind,
    /// The digest of the bytes that were compiled.
    pub(super) content: [u8; 32],
    /// The digest of everything the compiler is set to.
    pub(super) engine: [u8; 32],
}

/// What the bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A component.
    Component,
    /// A core module.
    Module,
}

impl Kind {
    /// What stands for it in entries and messages.
    #[must_use]
    pub fn byte(self) -> u8 {
        match self {
            Kind::Component => 1,
            Kind::Module => 2,
        }
    }

    /// The kind such a byte stands for.
    #[must_use]
    pub fn of_byte(byte: u8) -> Option<Kind> {
        [Kind::Component, Kind::Module]
            .into_iter()
            .find(|kind| kind.byte() == byte)
    }
}

impl Key {
    /// The key of what is compiled from `bytes` by the compiler of this [digest](engine_digest).
    #[must_use]
    pub fn new(kind: Kind, bytes: &[u8], engine: [u8; 32]) -> Key {
        Key {
            kind,
            content: Sha256::digest(bytes).into(),
            engine,
        }
    }

    /// The name of the entry.
    pub(super) fn name(&self) -> String {
        let digest = Sha256::new()
            .chain_update([self.kind.byte()])
            .chain_update(self.content)
            .chain_update(self.engine)
            .finalize();
        hex(&digest)
    }
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A digest of what decides about the code a compiler makes: wasmtime's version, the target with its
/// processor features, and the settings.
#[must_use]
pub fn engine_digest(wasmtime: &wasmtime::Engine) -> [u8; 32] {
    struct Feed(Sha256);
    impl Hasher for Feed {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0 // never asked for
        }
    }
    let mut feed = Feed(Sha256::new_with_prefix(concat!(
        "outwit code ",
        env!("CARGO_PKG_VERSION")
    )));
    wasmtime.precompile_compatibility_hash().hash(&mut feed);
    feed.0.finalize().into()
}
