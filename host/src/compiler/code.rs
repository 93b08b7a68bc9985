//! The one place where bytes become machine code that runs in this process.

use wasmtime::component::Component;
use wasmtime::{Engine, Module};

use crate::cache::Kind;

/// Something that is compiled.
pub(crate) trait Code: Sized {
    const KIND: Kind;

    /// Compiles in this process.
    fn compile(engine: &Engine, bytes: &[u8]) -> wasmtime::Result<Self>;

    /// Compiled code as bytes.
    fn to_code(&self) -> wasmtime::Result<Vec<u8>>;

    /// Takes code that was compiled elsewhere. That it was compiled for this engine is checked; what
    /// it does is not.
    fn load(engine: &Engine, code: &Genuine) -> wasmtime::Result<Self>;
}

/// Code that wasmtime made: the answer of a child of this process, or an entry of the cache that was
/// sealed with the key of this user.
pub(crate) struct Genuine(Vec<u8>);

impl Genuine {
    /// Says that the bytes come from where the description of this type says.
    pub(crate) fn vouch(code: Vec<u8>) -> Genuine {
        Genuine(code)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Code for Component {
    const KIND: Kind = Kind::Component;

    fn compile(engine: &Engine, bytes: &[u8]) -> wasmtime::Result<Component> {
        Component::from_binary(engine, bytes)
    }

    fn to_code(&self) -> wasmtime::Result<Vec<u8>> {
        self.serialize()
    }

    fn load(engine: &Engine, code: &Genuine) -> wasmtime::Result<Component> {
        // SAFETY: the bytes have to be what `Engine::precompile_component` or `Component::serialize`
        // gave, unchanged. There are two ways here, both in `Engine::code`. One is the answer of a
        // child that this process started and that runs this crate: it gave them to the pipe, with an
        // HMAC under a key drawn for this one compilation, which was checked. The other is an entry
        // of the cache with an HMAC, checked too, under a key in a file that only this user can read;
        // only `Cache::put` seals entries, with what came from the first way or from `to_code`. Who
        // can read that file, or write to this process, is this user already. The copy in memory that
        // was checked is the copy that is used.
        #[allow(unsafe_code)]
        unsafe {
            Component::deserialize(engine, code.bytes())
        }
    }
}

impl Code for Module {
    const KIND: Kind = Kind::Module;

    fn compile(engine: &Engine, bytes: &[u8]) -> wasmtime::Result<Module> {
        Module::from_binary(engine, bytes)
    }

    fn to_code(&self) -> wasmtime::Result<Vec<u8>> {
        self.serialize()
    }

    fn load(engine: &Engine, code: &Genuine) -> wasmtime::Result<Module> {
        // SAFETY: as for components, above.
        #[allow(unsafe_code)]
        unsafe {
            Module::deserialize(engine, code.bytes())
        }
    }
}
