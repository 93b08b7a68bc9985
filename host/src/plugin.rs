//! A plugin: the bytes of a component, checked, named and described.

use std::fmt;
use std::io::Read as _;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use outwit_quickjs::source_map::SourceMaps;
use sha2::{Digest as _, Sha256};
use wasmtime::component::{Component, Linker};

use crate::engine::{Compiled, Engine};
use crate::error::{Error, Found, LimitKind, Result};
use crate::exports::{Exports, Function};
use crate::grants::{Capability, asked_for};
use crate::shape::{Extern, Language, Shape};
use crate::state::State;

/// A component that was checked and can be instantiated. Cheap to clone.
///
/// The component is compiled when that is first needed, and once.
#[derive(Clone)]
pub struct Plugin {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    name: String,
    bytes: Vec<u8>,
    digest: [u8; 32],
    shape: Shape,
    compiled: OnceLock<Compiled>,
    source_maps: OnceLock<SourceMaps>,
}

impl Plugin {
    /// Checks the bytes of a component.
    ///
    /// `name` is how the app, errors and logs call the plugin.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidName`], [`Error::Limit`], [`Error::NotAComponent`] or
    /// [`Error::InvalidComponent`].
    pub fn from_bytes(
        engine: &Engine,
        name: impl Into<String>,
        bytes: impl Into<Vec<u8>>,
    ) -> Result<Plugin> {
        let (name, bytes) = (name.into(), bytes.into());
        check_name(&name)?;
        let allowed = engine.max_component_size();
        if bytes.len() as u64 > allowed {
            return Err(too_large(name, bytes.len() as u64, allowed));
        }
        Plugin::unlimited(engine, name, bytes)
    }

    /// As [`Plugin::from_bytes`], for a component this crate composed of ones it had checked.
    pub(crate) fn unlimited(engine: &Engine, name: String, bytes: Vec<u8>) -> Result<Plugin> {
        if let Some(found) = not_a_component(&bytes) {
            return Err(Error::NotAComponent {
                plugin: name,
                found,
            });
        }
        let shape = Shape::read(&bytes).map_err(|message| Error::InvalidComponent {
            plugin: name.clone(),
            message,
        })?;
        Ok(Plugin {
            inner: Arc::new(Inner {
                engine: engine.clone(),
                name,
                digest: Sha256::digest(&bytes).into(),
                bytes,
                shape,
                compiled: OnceLock::new(),
                source_maps: OnceLock::new(),
            }),
        })
    }

    /// Reads a component from a file.
    ///
    /// # Errors
    ///
    /// [`Error::Read`], and those of [`Plugin::from_bytes`].
    pub fn from_file(
        engine: &Engine,
        name: impl Into<String>,
        path: impl AsRef<Path>,
    ) -> Result<Plugin> {
        let (name, path) = (name.into(), path.as_ref());
        let read_error = |source| Error::Read {
            path: path.to_path_buf(),
            source,
        };
        let allowed = engine.max_component_size();
        #[allow(clippy::disallowed_methods)] // this is what the function is for
        let file = std::fs::File::open(path).map_err(read_error)?;
        let size = file.metadata().map_err(read_error)?.len();
        let mut bytes = Vec::new();
        if size <= allowed {
            // One byte more than allowed shows that the file has grown meanwhile.
            file.take(allowed.saturating_add(1))
                .read_to_end(&mut bytes)
                .map_err(read_error)?;
            return Plugin::from_bytes(engine, name, bytes);
        }
        Err(too_large(name, size, allowed))
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The bytes of the component.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.inner.bytes
    }

    /// The SHA-256 digest of the bytes, in hexadecimal.
    #[must_use]
    pub fn digest(&self) -> String {
        crate::text::hex(&self.inner.digest)
    }

    /// What the plugin was written in, as far as its component shows.
    #[must_use]
    pub fn language(&self) -> Language {
        self.inner.shape.language
    }

    /// What the component imports, in its order.
    #[must_use]
    pub fn imports(&self) -> &[Extern] {
        &self.inner.shape.imports
    }

    /// What the component exports, in its order.
    #[must_use]
    pub fn exports(&self) -> &[Extern] {
        &self.inner.shape.exports
    }

    /// What the component asks for: the capabilities its imports belong to.
    #[must_use]
    pub fn capabilities(&self) -> Vec<Capability> {
        asked_for(self)
    }

    /// Whether it is a command: whether it exports `wasi:cli/run`.
    #[must_use]
    pub fn is_command(&self) -> bool {
        self.exports()
            .iter()
            .filter_map(Extern::interface)
            .any(|i| i.package() == "wasi:cli" && i.interface() == "run")
    }

    /// The functions the component exports. Compiles it.
    ///
    /// # Errors
    ///
    /// Those of [`Plugin::compile`].
    pub fn functions(&self) -> Result<Vec<Function>> {
        let component = self.component()?;
        Ok(Exports::of(component, |name| Some(name.to_string())).into_functions())
    }

    /// Compiles the component now, rather than when it is first needed. Takes from milliseconds to
    /// seconds, so an app may want to do it on a thread for blocking work.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidComponent`]; with a [child](crate::Compiler::child) also [`Error::Limit`] if that
    /// takes more than it may, and [`Error::Compile`] if there is something wrong with the child.
    pub fn compile(&self) -> Result<()> {
        self.component().map(|_| ())
    }

    pub(crate) fn component(&self) -> Result<&Component> {
        Ok(&self.compiled()?.component)
    }

    /// Gives a linker what the compiled component imports and the bytes do not: the JavaScript engine.
    pub(crate) fn link_engine(&self, linker: &mut Linker<State>) -> Result<()> {
        let Some(module) = &self.compiled()?.engine else {
            return Ok(());
        };
        linker
            .root()
            .module(outwit_quickjs::IMPORT, module)
            .map_err(|e| Error::InvalidComponent {
                plugin: self.name().to_string(),
                message: format!("{e:#}"),
            })
    }

    fn compiled(&self) -> Result<&Compiled> {
        if let Some(compiled) = self.inner.compiled.get() {
            return Ok(compiled);
        }
        let compiled = self
            .inner
            .engine
            .compile(self.name(), self.bytes(), self.imports())?;
        Ok(self.inner.compiled.get_or_init(|| compiled))
    }

    /// Where its code comes from, read when that is first asked for.
    pub(crate) fn source_maps(&self) -> &SourceMaps {
        let read = || SourceMaps::of(self.bytes());
        self.inner.source_maps.get_or_init(read)
    }

    /// How many core instances an instance of it has, as far as the component itself says.
    pub(crate) fn core_instances(&self) -> u64 {
        self.inner.shape.core_instances
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.inner.engine
    }
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plugin")
            .field("name", &self.name())
            .field("bytes", &self.bytes().len())
            .field("digest", &self.digest())
            .finish_non_exhaustive()
    }
}

/// Names end up in file names, table names and messages, so they are plain.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let plain = name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if plain {
        Ok(())
    } else {
        Err(Error::InvalidName {
            name: name.to_string(),
        })
    }
}

fn not_a_component(bytes: &[u8]) -> Option<Found> {
    if bytes.is_empty() {
        return Some(Found::Empty);
    }
    if wasmtime::Engine::detect_precompiled(bytes).is_some() {
        return Some(Found::Precompiled);
    }
    if bytes.starts_with(b"\0asm") {
        return match bytes.get(4..8) {
            Some([0x0d, 0, 1, 0]) => None,
            Some([_, _, 0, 0]) => Some(Found::CoreModule),
            Some([_, _, 1, 0]) => Some(Found::OtherVersion),
            _ => Some(Found::Unknown),
        };
    }
    let start = bytes.get(..512).unwrap_or(bytes);
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        // A character may be cut in two at the end.
        Err(e) if e.error_len().is_none() => start
            .get(..e.valid_up_to())
            .and_then(|s| std::str::from_utf8(s).ok())
            .unwrap_or_default(),
        Err(_) => return Some(Found::Unknown),
    };
    if !text.is_empty() && text.chars().all(|c| !c.is_control() || c.is_whitespace()) {
        Some(Found::Text)
    } else {
        Some(Found::Unknown)
    }
}

fn too_large(plugin: String, used: u64, allowed: u64) -> Error {
    Error::Limit {
        plugin,
        limit: LimitKind::Component,
        used,
        allowed,
    }
}
