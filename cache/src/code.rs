//! The one place where bytes become machine code that runs in this process.

use wasmtime::component::Component;
use wasmtime::{Engine, Module};

use crate::Kind;

/// Something that is compiled.
pub trait Code: Sized {
    /// What it is.
    const KIND: Kind;

    /// Compiles in this process.
    ///
    /// # Errors
    ///
    /// What wasmtime says of bytes that cannot be compiled.
    fn compile(engine: &Engine, bytes: &[u8]) -> wasmtime::Result<Self>;

    /// Compiled code as bytes.
    ///
    /// # Errors
    ///
    /// What wasmtime says.
    fn to_code(&self) -> wasmtime::Result<Genuine>;

    /// Takes code that was compiled elsewhere. That it was compiled for this engine is checked; what
    /// it does is not.
    ///
    /// # Errors
    ///
    /// It was compiled for another engine.
    fn load(engine: &Engine, code: &Genuine) -> wasmtime::Result<Self>;
}

/// Code that wasmtime made: what it has just compiled, the answer of a child of this process, or an entry
/// of the cache that was sealed with the key of this user.
#[derive(Debug, Clone)]
pub struct Genuine(Vec<u8>);

impl Genuine {
    /// Says that the bytes come from wasmtime.
    ///
    /// # Safety
    ///
    /// They have to be what `Engine::precompile_component`, `Engine::precompile_module` or `serialize`
    /// gave, unchanged: they will be run.
    #[allow(unsafe_code)]
    #[must_use]
    pub unsafe fn vouch(code: Vec<u8>) -> Genuine {
        Genuine(code)
    }

    /// What an entry of the cache had in it, of which the seal was checked.
    pub(crate) fn opened(code: Vec<u8>) -> Genuine {
        Genuine(code)
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Code for Component {
    const KIND: Kind = Kind::Component;

    fn compile(engine: &Engine, bytes: &[u8]) -> wasmtime::Result<Component> {
        Component::from_binary(engine, bytes)
    }

    fn to_code(&self) -> wasmtime::Result<Genuine> {
        Ok(Genuine(self.serialize()?))
    }

    fn load(engine: &Engine, code: &Genuine) -> wasmtime::Result<Component> {
        // SAFETY: the bytes have to be what `Engine::precompile_component` or `Component::serialize`
        // gave, unchanged. There are three ways here. `to_code` has them from `serialize`. `vouch` has
        // the word of its caller, who has to write `unsafe` for it. And `Cache::get` has an entry with an
        // HMAC, which was checked, under a key in a file that only this user can read; only `Cache::put`
        // seals entries, and it takes none but genuine code. Who can read that file, or write to this
        // process, is this user already. The copy in memory that was checked is the copy that is used.
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

    fn to_code(&self) -> wasmtime::Result<Genuine> {
        Ok(Genuine(self.serialize()?))
    }

    fn load(engine: &Engine, code: &Genuine) -> wasmtime::Result<Module> {
        // SAFETY: as for components, above.
        #[allow(unsafe_code)]
        unsafe {
            Module::deserialize(engine, code.bytes())
        }
    }
}
