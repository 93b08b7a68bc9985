//! Builds JavaScript or TypeScript and a WIT world into a component of exactly that world.
//!
//! The component holds three core modules, put together once at build time:
//!
//! * the **engine**: QuickJS and the value bridge, byte for byte the same in every plugin;
//! * an **adapter**: one small function for each function the world exports or imports;
//! * the **memory**: what the engine's memory held after it had evaluated the plugin's module,
//!   so that instantiating a plugin runs no JavaScript at all.
//!
//! ```no_run
//! use outwit_js::Build;
//!
//! let component = Build::new("theme.js", "wit").world("theme").run()?;
//! std::fs::write("theme.wasm", component)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]
#![deny(missing_docs)]
#![deny(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

mod adapter;
mod component;
mod describe;
mod error;
mod globals;
mod imports;
mod inputs;
mod kept;
mod modules;
mod recut;
mod snapshot;
mod suite;
mod types;
mod world;

pub use error::{Error, JsError, choose_world, wit_error};
pub use globals::about_global;
pub use inputs::Inputs;
pub use kept::{Kept, Timings};
pub use modules::Line;
pub use outwit_descriptor::nearest;
pub use suite::Tests;
pub use types::{Language, Stubs, calls, stubs, types};

/// What to build: an ES module, a WIT world, and where compiled code may be kept.
#[derive(Clone, Debug)]
pub struct Build {
    module: PathBuf,
    wit: PathBuf,
    world: Option<String>,
    cache: Option<PathBuf>,
    time_limit: Duration,
    cut: Cut,
    minify: bool,
    source_map: bool,
}

/// The form of a finished component.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cut {
    /// The engine is inside: any component host runs it.
    #[default]
    Standalone,
    /// The engine is imported as a core module, which Outwit's host supplies: a small fraction of the
    /// size, for hosts of the same version only.
    Shared,
}

impl Build {
    /// Builds the ES module in the file `module` against the WIT in `wit`: a `.wit` file, or a folder
    /// of them with its dependencies under `deps/`. The packages `outwit:*` need not be among them.
    ///
    /// The module may be JavaScript or TypeScript, with JSX or without, and import other modules of both kinds, packages from `node_modules`
    /// (ES modules and CommonJS; `exports` and `tsconfig.json` are respected), JSON and texts.
    pub fn new(module: impl Into<PathBuf>, wit: impl Into<PathBuf>) -> Self {
        Self {
            module: module.into(),
            wit: wit.into(),
            world: None,
            cache: None,
            time_limit: Duration::from_secs(60),
            cut: Cut::default(),
            minify: false,
            source_map: true,
        }
    }

    /// Chooses the world.
    ///
    /// # Default
    /// The only world of the package; more than one is [`Error::Wit`].
    #[must_use]
    pub fn world(mut self, name: impl Into<String>) -> Self {
        self.world = Some(name.into());
        self
    }

    /// Keeps the engine's compiled code in this folder, which makes the second build of any plugin
    /// about a second faster. It may be the folder in which the host keeps compiled code, and the same holds
    /// for it: an entry is run only if its seal, under a random key of this user, is right, and a folder in
    /// which others can write is not used. Then, and where nothing can be written, the engine is compiled
    /// for each build.
    ///
    /// # Default
    /// Nothing is kept.
    #[must_use]
    pub fn cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cache = Some(folder.into());
        self
    }

    /// Limits how long the plugin's modules may take to be evaluated; then the build fails with
    /// [`Error::TimeLimit`]. Their memory is limited, too, to 512 MiB: [`Error::MemoryLimit`].
    ///
    /// # Default
    /// 60 seconds.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// Chooses the form of the component.
    ///
    /// # Default
    /// [`Cut::Standalone`].
    #[must_use]
    pub fn cut(mut self, cut: Cut) -> Self {
        self.cut = cut;
        self
    }

    /// Makes the modules as small as can be: shorter names, nothing that never runs. Names of functions in stacks suffer.
    ///
    /// # Default
    /// `false`: modules in JavaScript are taken as they are.
    #[must_use]
    pub fn minify(mut self, minify: bool) -> Self {
        self.minify = minify;
        self
    }

    /// Keeps the sources of the modules in the component, in a custom section, so that errors and debuggers show what was written. The plugin
    /// itself cannot read it. See [`outwit_quickjs::source_map`].
    ///
    /// # Default
    /// `true`.
    #[must_use]
    pub fn source_map(mut self, source_map: bool) -> Self {
        self.source_map = source_map;
        self
    }

    /// Builds, and returns the component's bytes. The same input gives the same bytes.
    ///
    /// # Errors
    /// Fails if a file cannot be read, the WIT does not hold together or uses a type that is not
    /// supported, the JavaScript does not parse, throws or does not end while it is evaluated, or the
    /// module lacks an export that the world wants.
    pub fn run(&self) -> Result<Vec<u8>, Error> {
        self.run_noting(&Inputs::default())
    }

    /// Builds as [`run`](Build::run) does, and notes the files it reads: for tools that build again when one changes.
    /// They are noted also if it fails.
    ///
    /// # Errors
    /// Those of [`run`](Build::run).
    pub fn run_noting(&self, inputs: &Inputs) -> Result<Vec<u8>, Error> {
        self.run_keeping(&Kept::default(), inputs, &Timings::default())
    }

    /// Builds as [`run_noting`](Build::run_noting) does, with what earlier builds have left in `kept`, and notes how long each step
    /// takes. The bytes are those of any other build.
    ///
    /// # Errors
    /// Those of [`run`](Build::run).
    pub fn run_keeping(
        &self,
        kept: &Kept,
        inputs: &Inputs,
        timings: &Timings,
    ) -> Result<Vec<u8>, Error> {
        inputs.add(&self.module);
        inputs.add_wit(&self.wit);
        let world = timings.take("world", || {
            world::World::load(&self.wit, self.world.as_deref())
        })?;
        let engine = timings.take("engine", || kept.engine(self.cache.as_deref()))?;
        let main = snapshot::Main {
            entry: suite::Entry::File(&self.module),
            minify: self.minify,
            inputs,
            kept,
            timings,
        };
        let started = Instant::now();
        let snapshot = engine.evaluate(&world, main, self.time_limit)?;
        timings.add("evaluate", started.elapsed());
        kept.ran(self.cache.as_deref(), started.elapsed());
        let component = timings.take("encode", || {
            let adapter = adapter::Adapter::new(&world, |name| snapshot.mentions(name))?;
            component::encode(&world, &adapter, &snapshot)
        })?;
        let component = match self.cut {
            Cut::Standalone => component,
            Cut::Shared => timings.take("pack", || {
                outwit_quickjs::pack(&component)
                    .ok_or_else(|| anyhow::anyhow!("the component has no engine to take out"))
            })?,
        };
        Ok(if self.source_map {
            timings.take("source map", || snapshot.attach_source_map(&component))
        } else {
            component
        })
    }
}

/// Lists the `*.wit` texts of the `outwit:*` packages, each with its file name.
pub fn wit_packages() -> impl Iterator<Item = (&'static str, &'static str)> {
    world::BUNDLED.iter().copied()
}

/// Compiles the example of the readme.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

/// Reads a file that the caller named.
fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })
}
