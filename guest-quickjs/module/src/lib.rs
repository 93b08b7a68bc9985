//! The JavaScript engine of Outwit plugins, and what recognises it in components.
//!
//! Every JavaScript plugin runs on the same core module, byte for byte: [`module`]. A plugin comes in
//! one of two cuts. A *standalone* component has the engine inside, and any component host runs it. A
//! *shared* one imports it as the core module [`IMPORT`], says in a custom section which one it was
//! built for ([`EngineId`]), and is a small fraction of the size: [`pack`] and [`unpack`]. A
//! host takes the engine out of standalone plugins, too, to compile it once for all: [`cut`].

#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]
#![deny(missing_docs)]
#![deny(unsafe_code)]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::unwrap_used))]

mod cut;
pub mod debug;
mod id;
mod pack;
pub mod source_map;

pub use cut::{Cut, cut};
pub use id::EngineId;
pub use pack::{cut_at_zeros, pack, restore, unpack};

use std::sync::LazyLock;
use wasmparser::{Parser, Payload};

/// What a shared component imports its engine as.
pub const IMPORT: &str = "outwit-engine";

/// What the engine module exports, and nothing else does: where it says why it trapped.
pub const MARK: &str = "outwit_trap_report";

/// The engine as the linker made it, with its data: what runs while a plugin is built.
pub fn linked() -> &'static [u8] {
    include_bytes!("../assets/engine.wasm")
}

/// The QuickJS guest component: loads and evaluates scripts with no build step, JSON in and out. Its
/// world is `outwit:quickjs/script`.
pub const SCRIPT_COMPONENT: &[u8] = include_bytes!("../assets/script.wasm");

/// The engine as components carry it: without what sets its memory up, which is in the plugin's
/// snapshot. The linker writes data sections for that, and, because the memory is imported, a start
/// function that zeroes the rest.
pub fn module() -> &'static [u8] {
    static MODULE: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let mut out = wasm_encoder::Module::new();
        // The engine is ours and was validated when it was built: an unreadable one would end here as
        // an empty module, which no plugin can be built with.
        for payload in Parser::new(0).parse_all(linked()).map_while(Result::ok) {
            if matches!(
                payload,
                Payload::DataSection(_)
                    | Payload::DataCountSection { .. }
                    | Payload::StartSection { .. }
                    | Payload::CustomSection(_)
            ) {
                continue;
            }
            if let Some((id, range)) = payload.as_section()
                && let Some(data) = linked().get(range)
            {
                out.section(&wasm_encoder::RawSection { id, data });
            }
        }
        out.finish()
    });
    &MODULE
}
