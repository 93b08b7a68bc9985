//! One compiled JavaScript engine for all JavaScript plugins.
//!
//! Compiling the engine is nearly all the work of loading a JavaScript plugin, and it is the same
//! module in each. A standalone plugin is cut when it is loaded: its engine is taken out and imported
//! in its place, and the import is satisfied with the code of whichever plugin brought the same bytes
//! first. A shared plugin comes without an engine and gets the one of this host, if that is the one it
//! was built for.
//!
//! Nothing is trusted for this. Two modules with the same digest are the same module; a plugin that
//! brings another engine, or claims to, gets its own bytes compiled.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use outwit_quickjs::{EngineId, IMPORT};
use sha2::{Digest, Sha256};
use wasmtime::Module;

use crate::error::Result;
use crate::shape::{Extern, ExternKind};

/// More different engines than this are not kept: there is one for each version of Outwit that
/// plugins were built with.
const KEPT: usize = 4;

/// The JavaScript engines that were compiled, by digest.
#[derive(Default)]
pub(crate) struct JsEngines(Mutex<HashMap<[u8; 32], Module>>);

impl JsEngines {
    /// The compiled code of an engine.
    pub(crate) fn get(
        &self,
        engine: &[u8],
        compile: impl FnOnce() -> Result<Module>,
    ) -> Result<Module> {
        let digest: [u8; 32] = Sha256::digest(engine).into();
        // Held while compiling, so that plugins loaded at the same time wait for one compilation.
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(module) = kept.get(&digest) {
            return Ok(module.clone());
        }
        let module = compile()?;
        if kept.len() < KEPT {
            kept.insert(digest, module.clone());
        }
        Ok(module)
    }
}

/// Where a component has its engine.
pub(crate) enum Source {
    /// Nowhere: it is not a JavaScript plugin, or one in a form that is compiled whole.
    None,
    /// Inside; with the component that is left when it is taken out.
    Inside(Range<usize>, Vec<u8>),
    /// At the host; with the component as it was before it was made small.
    Host(Vec<u8>),
}

impl Source {
    pub(crate) fn of(component: &[u8], imports: &[Extern]) -> Source {
        if imports.iter().any(is_engine) {
            return outwit_quickjs::unpack(component).map_or(Source::None, Source::Host);
        }
        match outwit_quickjs::cut(component) {
            Some(cut) => Source::Inside(cut.engine, cut.component),
            None => Source::None,
        }
    }
}

/// Whether an import is that of the engine.
pub(crate) fn is_engine(import: &Extern) -> bool {
    import.kind() == ExternKind::Module && import.name() == IMPORT
}

/// Whether a shared plugin was built for the engine of this host; if not, for which one.
pub(crate) fn check(component: &[u8]) -> Result<(), Option<EngineId>> {
    match EngineId::of(component) {
        Some(id) if id.digest == EngineId::own().digest => Ok(()),
        other => Err(other),
    }
}
