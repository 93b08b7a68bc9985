//! Components made of tests: what `outwit test` runs.
//!
//! A test file becomes a component that imports what the plugin imports, so that the plugin's modules can be tested one by one, and what the
//! plugin exports, so that the finished plugin can be called as well. It exports its tests.

use crate::{Error, Inputs, Kept, Timings, adapter, component, snapshot, world};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How the runner and a component of tests talk.
pub const RUNNER: &str = include_str!("runner.wit");

/// The modules that tests import: `outwit:test`, and what that consists of.
const MODULES: &[(&str, &str)] = &[
    ("outwit:test", include_str!("index.js")),
    ("outwit:test.chai.js", include_str!("chai.js")),
    ("outwit:test.equal.js", include_str!("equal.js")),
    ("outwit:test.expect.js", include_str!("expect.js")),
    ("outwit:test.fakes.js", include_str!("fakes.js")),
    ("outwit:test.format.js", include_str!("format.js")),
    ("outwit:test.matchers.js", include_str!("matchers.js")),
    ("outwit:test.mock.js", include_str!("mock.js")),
    ("outwit:test.mocks.js", include_str!("mocks.js")),
    ("outwit:test.snapshot.js", include_str!("snapshot.js")),
    ("outwit:test.suite.js", include_str!("suite.js")),
];

/// A module that is there for tests: its name, and its text. Suites that also run in vitest find this one in its place.
pub fn module(specifier: &str) -> Option<(&'static str, &'static str)> {
    let specifier = match specifier {
        "vitest" => "outwit:test",
        other => other,
    };
    MODULES.iter().copied().find(|(name, _)| *name == specifier)
}

/// What a component is built from.
#[derive(Clone, Copy, Debug)]
pub enum Entry<'a> {
    /// A plugin: its main module.
    File(&'a Path),
    /// A file of tests, and the folder that names are counted from.
    Tests(&'a Path, &'a Path),
    /// The component that hands the questions of tests to the runner.
    Control,
}

/// What the control component consists of.
pub const CONTROL: &str = include_str!("control.js");

/// A component of the tests in one file, for [`Tests::run`]'s caller to run beside the plugin.
///
/// It exports `outwit-test:runner/suite` and imports, besides what the plugin imports and exports, `outwit-test:runner/fakes`, which
/// [`Tests::control`] has.
#[derive(Clone, Debug)]
pub struct Tests {
    file: PathBuf,
    root: PathBuf,
    wit: PathBuf,
    world: Option<String>,
    cache: Option<PathBuf>,
}

impl Tests {
    /// The tests in `file`, of the plugin in the folder `root`, whose WIT is `wit`. Modules are named by their paths from that folder.
    pub fn new(
        file: impl Into<PathBuf>,
        root: impl Into<PathBuf>,
        wit: impl Into<PathBuf>,
    ) -> Self {
        Self {
            file: file.into(),
            root: root.into(),
            wit: wit.into(),
            world: None,
            cache: None,
        }
    }

    /// Chooses the plugin's world, as [`Build::world`](crate::Build::world) does.
    #[must_use]
    pub fn world(mut self, name: impl Into<String>) -> Self {
        self.world = Some(name.into());
        self
    }

    /// Keeps compiled code, as [`Build::cache`](crate::Build::cache) does.
    #[must_use]
    pub fn cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cache = Some(folder.into());
        self
    }

    /// Builds the component.
    ///
    /// # Errors
    /// Those of [`Build::run`](crate::Build::run).
    pub fn run(&self) -> Result<Vec<u8>, Error> {
        let world = world::World::load_tests(&self.wit, self.world.as_deref())?;
        build(
            &world,
            Entry::Tests(&self.file, &self.root),
            self.cache.as_deref(),
        )
    }

    /// The names of the interfaces that the plugin exports, with their versions.
    ///
    /// # Errors
    /// [`Error::Wit`] or [`Error::Read`].
    pub fn exports(&self) -> Result<Vec<String>, Error> {
        let world = world::World::load(&self.wit, self.world.as_deref())?;
        Ok(world::interface_names(&world.resolve, world.id).1)
    }

    /// Builds the component that answers `outwit-test:runner/fakes`: it asks its storage area, by the question, and gives back the value.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn control(cache: Option<&Path>) -> Result<Vec<u8>, Error> {
        let world = world::World::from_text("outwit-test.wit", RUNNER, "control")?;
        build(&world, Entry::Control, cache)
    }
}

fn build(world: &world::World, entry: Entry<'_>, cache: Option<&Path>) -> Result<Vec<u8>, Error> {
    let engine = snapshot::Engine::new(cache, snapshot::Care::Little)?;
    let main = snapshot::Main {
        entry,
        minify: false,
        inputs: &Inputs::default(),
        kept: &Kept::default(),
        timings: &Timings::default(),
    };
    let snapshot = engine.evaluate(world, main, Duration::from_secs(60))?;
    let adapter = adapter::Adapter::new(world, |name| snapshot.mentions(name))?;
    let component = component::encode(world, &adapter, &snapshot)?;
    Ok(snapshot.attach_source_map(&component))
}
