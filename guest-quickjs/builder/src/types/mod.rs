//! TypeScript's view of a world: its imports as modules, its exports as a type, and the globals that it grants.
//!
//! | What | Where |
//! |---|---|
//! | an imported interface | `declare module 'demo:site/markdown'`, with and without its version |
//! | what the world imports by itself | `declare module '$root'` |
//! | what the plugin exports | `declare module 'demo:site/theme'`, the name of the world: `Exports`, and a type for each exported interface |
//! | the web APIs | global, exactly those that the world has |
//!
//! Values that arrive and values that leave have the same types, except for streams, futures and maps, which are taken in more forms than they
//! are given: what contains those has a second type, whose name begins with `Outgoing`.

mod declare;
mod functions;
mod globals;
mod names;
mod render;
mod sample;
mod stubs;
mod text;

pub use stubs::{Language, Stubs, calls, stubs};

use crate::{Error, world::World};
use std::path::Path;

/// Describes a world to TypeScript: the text of a `.d.ts` file.
///
/// `wit` and `world` are as for [`Build`](crate::Build). The declarations stand on their own: they want the library `ES2024` and must not be put
/// together with those of browsers or of Node.js.
///
/// ```no_run
/// let text = outwit_js::types("wit", Some("theme"))?;
/// std::fs::write("outwit.d.ts", text)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Fails if the WIT cannot be read or does not hold together, or the world cannot be chosen.
pub fn types(wit: impl AsRef<Path>, world: Option<&str>) -> Result<String, Error> {
    let world = World::load(wit.as_ref(), world)?;
    let mut out = text::Writer::new();
    out.line("// What the WIT of this plugin looks like in TypeScript. Made by `outwit types`; make it again when the WIT has changed.");
    out.line("/// <reference lib=\"esnext.disposable\" />");
    declare::world(&world, &mut out)?;
    for text in globals::of(&world) {
        out.line("");
        out.text(text);
    }
    Ok(out.finish())
}
