//! The plugin that evaluates lines: its world has what the other plugin exports.

use anyhow::{Context, Result};
use outwit::Capability;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use wit_component::{DecodedWasm, WitPrinter};
use wit_parser::{Resolve, WorldId, WorldItem, WorldKey};

/// What lines can use of the other plugin, by the names they have in JavaScript.
#[derive(Default)]
pub struct Names {
    /// An interface.
    pub interfaces: BTreeMap<String, String>,
    /// A function of the world itself; the name in WIT.
    pub functions: BTreeMap<String, String>,
}

/// The capabilities that have web APIs.
const WEB: [Capability; 11] = [
    Capability::Console,
    Capability::Crypto,
    Capability::Fetch,
    Capability::Keyvalue,
    Capability::Locks,
    Capability::Messaging,
    Capability::Performance,
    Capability::Storage,
    Capability::Subtle,
    Capability::Timers,
    Capability::WebSocket,
];

/// Builds the plugin in `folder`. `provider` is the component whose exports it imports; `has` says what it was granted.
pub fn build(
    folder: &Path,
    provider: Option<&[u8]>,
    has: impl Fn(Capability) -> bool,
) -> Result<Names> {
    let wit = folder.join("wit");
    std::fs::create_dir_all(wit.join("deps")).context("cannot make a folder")?;
    let mut world = String::from("package outwit:repl;\n\nworld repl {\n");
    for capability in WEB.into_iter().filter(|c| has(*c)) {
        let package = capability.package();
        writeln!(world, "    include {package}/imports@0.1.0;")?;
    }
    let mut names = Names::default();
    if let Some(component) = provider {
        names = imports(component, &wit)?;
        world.push_str("    include root:component/root;\n");
    }
    world.push_str("    export evaluate: async func(line: string) -> bool;\n");
    world.push_str("    export complete: func(before: string) -> list<string>;\n}\n");
    std::fs::write(wit.join("repl.wit"), world)?;
    std::fs::write(folder.join("outwit-repl.js"), include_str!("session.js"))?;
    std::fs::write(folder.join("main.js"), main(&names))?;
    let mut build = outwit_js::Build::new(folder.join("main.js"), wit);
    if let Some(cache) = crate::build::cache_folder() {
        build = build.cache(cache.join("code"));
    }
    let built = build.run().context("cannot prepare the session")?;
    std::fs::write(folder.join("repl.wasm"), built)?;
    Ok(names)
}

/// Writes the WIT of a component with its exports turned into imports.
fn imports(component: &[u8], wit: &Path) -> Result<Names> {
    let decoded = wit_component::decode(component).context("cannot read the component's world")?;
    let DecodedWasm::Component(mut resolve, id) = decoded else {
        anyhow::bail!("this is a WIT package, and not a component");
    };
    let world = resolve.worlds.get_mut(id).context("the world is there")?;
    let exports = std::mem::take(&mut world.exports);
    world
        .imports
        .retain(|_, item| matches!(item, WorldItem::Type { .. }));
    world.imports.extend(exports);
    let names = names(&resolve, id);
    for (id, package) in resolve.packages.iter() {
        if package.name.namespace == "outwit" {
            // They are known.
            continue;
        }
        let mut printer = WitPrinter::default();
        printer.print(&resolve, id, &[])?;
        let file = format!("{}-{}.wit", package.name.namespace, package.name.name);
        let version = package.name.version.as_ref().map(ToString::to_string);
        let file = version.map_or(file.clone(), |v| format!("{v}-{file}"));
        std::fs::write(wit.join("deps").join(file), printer.output.to_string())?;
    }
    Ok(names)
}

fn names(resolve: &Resolve, id: WorldId) -> Names {
    let mut names = Names::default();
    let Some(world) = resolve.worlds.get(id) else {
        return names;
    };
    for (key, item) in &world.imports {
        match (key, item) {
            (WorldKey::Name(name), WorldItem::Function(_)) => {
                names.functions.insert(camel(name), name.clone());
            }
            (WorldKey::Interface(_), WorldItem::Interface { .. }) => {
                let full = resolve.name_world_key(key);
                let short = full.rsplit('/').next().unwrap_or_default();
                let short = camel(short.split('@').next().unwrap_or_default());
                let mut name = short.clone();
                let mut number = 2;
                while names.interfaces.contains_key(&name) {
                    name = format!("{short}{number}");
                    number += 1;
                }
                names.interfaces.insert(name, full);
            }
            _ => {}
        }
    }
    names
}

fn camel(name: &str) -> String {
    let mut camel = String::new();
    for (index, word) in name.split('-').enumerate() {
        let mut letters = word.chars();
        match letters.next() {
            Some(first) if index > 0 => {
                camel.extend(first.to_uppercase());
                camel.push_str(letters.as_str());
            }
            _ => camel.push_str(word),
        }
    }
    camel
}

/// The main module: passes on what it imports.
fn main(names: &Names) -> String {
    let mut text = String::from("import { complete, define, evaluate } from './outwit-repl.js';\n");
    let mut all = Vec::new();
    for (index, (name, interface)) in names.interfaces.iter().enumerate() {
        text.push_str(&format!("import * as i{index} from '{interface}';\n"));
        all.push(format!("{name}: i{index}"));
    }
    for (index, name) in names.functions.keys().enumerate() {
        text.push_str(&format!("import {{ {name} as f{index} }} from '$root';\n"));
        all.push(format!("{name}: f{index}"));
    }
    text.push_str(&format!("define({{ {} }});\n", all.join(", ")));
    text.push_str("export { complete, evaluate };\n");
    text
}
