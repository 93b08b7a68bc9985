//! Reads a WIT world and describes it to the engine.

use crate::Error;
use crate::error::{choose_world, wit_error};
use outwit_descriptor as descriptor;
use std::{collections::HashSet, path::Path};
use wit_parser::{Function, PackageId, Resolve, TypeId, WorldId, WorldItem, WorldKey};

/// The texts of `wit/deps`, there for every plugin without being copied into it.
pub const BUNDLED: &[(&str, &str)] = &[
    (
        "outwit-console.wit",
        include_str!("../wit/deps/outwit-console.wit"),
    ),
    (
        "outwit-crypto.wit",
        include_str!("../wit/deps/outwit-crypto.wit"),
    ),
    (
        "outwit-fetch.wit",
        include_str!("../wit/deps/outwit-fetch.wit"),
    ),
    (
        "outwit-keyvalue.wit",
        include_str!("../wit/deps/outwit-keyvalue.wit"),
    ),
    (
        "outwit-locks.wit",
        include_str!("../wit/deps/outwit-locks.wit"),
    ),
    (
        "outwit-messaging.wit",
        include_str!("../wit/deps/outwit-messaging.wit"),
    ),
    (
        "outwit-performance.wit",
        include_str!("../wit/deps/outwit-performance.wit"),
    ),
    (
        "outwit-storage.wit",
        include_str!("../wit/deps/outwit-storage.wit"),
    ),
    (
        "outwit-subtle.wit",
        include_str!("../wit/deps/outwit-subtle.wit"),
    ),
    (
        "outwit-timers.wit",
        include_str!("../wit/deps/outwit-timers.wit"),
    ),
    (
        "outwit-websocket.wit",
        include_str!("../wit/deps/outwit-websocket.wit"),
    ),
    // These include the others, so they come after them.
    ("outwit-web.wit", include_str!("../wit/web.wit")),
    (
        "outwit-web-0.2.wit",
        include_str!("../wit/deps/outwit-web-0.2.wit"),
    ),
];

/// A resolved world, and its description.
pub struct World {
    pub resolve: Resolve,
    pub id: WorldId,
    pub descriptor: descriptor::World,
    pub imports: Vec<WorldFunction>,
    /// In the order of the descriptor's export numbers.
    pub exports: Vec<WorldFunction>,
    /// In the order of the descriptor's resources.
    pub resources: Vec<WorldResource>,
    /// The stream and future types.
    pub channels: Vec<Channel>,
}

/// A function, and where in the world it stands.
#[derive(Clone)]
pub struct WorldFunction {
    /// `None` for a function of the world itself.
    pub interface: Option<WorldKey>,
    pub function: Function,
    /// The number the descriptor gave it: see [`descriptor::Function::dispatch`].
    pub dispatch: u32,
    /// Whether its result owns memory, so that somebody has to free it.
    pub result_allocates: bool,
    /// Whether its interface may be in the world for its types alone: another one uses them, which
    /// makes the world import it whole.
    pub maybe_for_types: bool,
}

/// A resource type, and where in the world it stands.
pub struct WorldResource {
    /// `None` for a resource of the world itself.
    pub interface: Option<WorldKey>,
    pub id: TypeId,
    pub imported: bool,
    /// The number of its `resource.drop`; those of `resource.new` and `resource.rep` follow if it is
    /// exported.
    pub dispatch: u32,
}

/// A stream or future type, and a function that mentions it.
pub struct Channel {
    pub interface: Option<WorldKey>,
    pub function: Function,
    pub exported: bool,
    pub ty: TypeId,
    pub is_stream: bool,
    /// The first number of its built-ins.
    pub dispatch: u32,
}

impl World {
    /// Reads the WIT at `path` and chooses a world.
    pub fn load(path: &Path, world: Option<&str>) -> Result<Self, Error> {
        let (resolve, id) = resolved(path, world)?;
        crate::describe::describe(resolve, id)
    }

    /// The world of a WIT text that needs nothing but the packages of Outwit.
    pub fn from_text(name: &str, text: &str, world: &str) -> Result<Self, Error> {
        let mut resolve = bundled(|_| false)?;
        let package = push(&mut resolve, name, text)?;
        let id = choose_world(&resolve, package, Some(world)).map_err(Error::Wit)?;
        crate::describe::describe(resolve, id)
    }

    /// The world of the tests of a plugin: it imports all that the plugin imports and exports, and exports the tests.
    pub fn load_tests(path: &Path, world: Option<&str>) -> Result<Self, Error> {
        let (mut resolve, plugin) = resolved(path, world)?;
        push(&mut resolve, "outwit-test.wit", crate::suite::RUNNER)?;
        let (imports, exports) = interface_names(&resolve, plugin);
        let mut names: Vec<&String> = imports.iter().chain(&exports).collect();
        let mut known = HashSet::new();
        names.retain(|name| known.insert(name.as_str()));
        let items: String = names
            .into_iter()
            .map(|name| format!("    import {name};\n"))
            .collect();
        let text = format!(
            "package outwit-test:tests@0.1.0;\nworld tests {{\n{items}    import outwit-test:runner/fakes@0.1.0;\n    export outwit-test:runner/suite@0.1.0;\n}}\n"
        );
        let package = push(&mut resolve, "outwit-tests.wit", &text)?;
        let id = choose_world(&resolve, package, Some("tests")).map_err(Error::Wit)?;
        // What the plugin imports by itself, and interfaces that stand in its world, have no names to import them by.
        let by_itself: Vec<_> = resolve
            .worlds
            .get(plugin)
            .into_iter()
            .flat_map(|world| &world.imports)
            .filter(|(key, _)| matches!(key, WorldKey::Name(_)))
            .map(|(key, item)| (key.clone(), item.clone()))
            .collect();
        if let Some(world) = resolve.worlds.get_mut(id) {
            world.imports.extend(by_itself);
        }
        crate::describe::describe(resolve, id)
    }

    /// Whether anything in the world can make the plugin wait.
    pub fn is_async(&self) -> bool {
        let mut functions = self.imports.iter().chain(&self.exports);
        !self.channels.is_empty() || functions.any(|f| f.function.kind.is_async())
    }
}

/// The interfaces that a world imports and exports, by their full names.
pub fn interface_names(resolve: &Resolve, world: WorldId) -> (Vec<String>, Vec<String>) {
    let Some(world) = resolve.worlds.get(world) else {
        return Default::default();
    };
    let names = |items: &wit_parser::IndexMap<WorldKey, WorldItem>| {
        items
            .keys()
            .filter(|key| matches!(key, WorldKey::Interface(_)))
            .map(|key| resolve.name_world_key(key))
            .collect()
    };
    (names(&world.imports), names(&world.exports))
}

/// The packages of Outwit, but for some.
fn bundled(is_left_out: impl Fn(&str) -> bool) -> Result<Resolve, Error> {
    let mut resolve = Resolve {
        all_features: true,
        ..Resolve::default()
    };
    for (name, text) in BUNDLED {
        let includes_one =
            name.starts_with("outwit-web") && BUNDLED.iter().any(|b| is_left_out(b.1));
        if !is_left_out(text) && !includes_one {
            push(&mut resolve, name, text)?;
        }
    }
    Ok(resolve)
}

fn push(resolve: &mut Resolve, name: &str, text: &str) -> Result<PackageId, Error> {
    let pushed = resolve.push_source(name, text);
    pushed.map_err(|error| Error::Wit(wit_error(resolve, &error)))
}

/// Reads the WIT at `path` and chooses a world.
fn resolved(path: &Path, world: Option<&str>) -> Result<(Resolve, WorldId), Error> {
    let own = packages_under(path)?;
    // A plugin that carries a copy of one of our packages is taken at its word.
    let is_own = |text: &str| package_name(text).is_some_and(|package| own.contains(package));
    let mut resolve = bundled(is_own)?;
    if path.is_dir() && own.is_empty() {
        return Err(Error::Wit(format!(
            "there is no .wit file with a `package` line in {}",
            path.display()
        )));
    }
    let pushed = resolve.push_path(path);
    let (package, _) = pushed.map_err(|error| Error::Wit(wit_error(&resolve, &error)))?;
    let id = choose_world(&resolve, package, world).map_err(Error::Wit)?;
    Ok((resolve, id))
}

/// The names of the packages whose text lies at `path`, with their versions.
fn packages_under(path: &Path) -> Result<HashSet<String>, Error> {
    let mut names = HashSet::new();
    let read_error = |source| Error::Read {
        path: path.to_owned(),
        source,
    };
    if path.is_dir() {
        for entry in path.read_dir().map_err(read_error)? {
            let entry = entry.map_err(read_error)?.path();
            if entry.is_dir() || entry.extension().is_some_and(|e| e == "wit") {
                names.extend(packages_under(&entry)?);
            }
        }
    } else if let Some(name) = package_name(&crate::read(path)?) {
        names.insert(name.to_owned());
    }
    Ok(names)
}

/// What the `package` line of a WIT text says.
fn package_name(text: &str) -> Option<&str> {
    text.lines().find_map(|line| {
        Some(
            line.trim()
                .strip_prefix("package ")?
                .trim_end_matches(';')
                .trim(),
        )
    })
}
