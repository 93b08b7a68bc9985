//! `outwit build CRATE_DIR`: a Rust crate and its WIT world into a component.
//!
//! Three ways lead there, and the world decides. A world that mentions `wasi:` needs the target whose
//! standard library speaks WASI, wasm32-wasip2. Everything else is built for wasm32-unknown-unknown and
//! imports nothing its world does not name: by cargo-component, or, since that knows neither asynchronous
//! functions nor maps nor lists of a fixed length yet, by plain cargo and then wit-component.

use anyhow::{Context, Result, anyhow, bail};
use outwit_js::Inputs;
use serde_json::Value;
use std::{
    collections::BTreeSet,
    ffi::OsString,
    fmt, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use wasmparser::{Validator, WasmFeatures};
use wit_component::{ComponentEncoder, DecodedWasm};
use wit_parser::{
    IndexMap, LiveTypes, PackageName, Resolve, TypeDefKind, WorldId, WorldItem, WorldKey,
};

/// A finished component.
pub struct Built {
    /// The world it was built for, such as `demo:notes/notes@0.1.0`.
    pub world: String,
    /// How it was built.
    pub tool: Tool,
    /// The size of the file, in bytes.
    pub size: usize,
}

/// The ways to build a Rust plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// `cargo component build --target wasm32-unknown-unknown`
    CargoComponent,
    /// `cargo build --target wasm32-unknown-unknown`, then wit-component
    Cargo,
    /// `cargo build --target wasm32-wasip2`
    CargoWasi,
}

impl Tool {
    fn target(self) -> &'static str {
        match self {
            Tool::CargoComponent | Tool::Cargo => "wasm32-unknown-unknown",
            Tool::CargoWasi => "wasm32-wasip2",
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let command = match self {
            Tool::CargoComponent => "cargo component build",
            Tool::Cargo | Tool::CargoWasi => "cargo build",
        };
        write!(formatter, "{command} --target {}", self.target())
    }
}

/// Builds the crate in `folder` and writes the component to `out`. What cargo has to say goes to standard
/// error.
pub fn build_crate(folder: &Path, out: &Path) -> Result<Built> {
    build_crate_noting(folder, out, &Inputs::default())
}

/// Does the same, and notes which files the crate consists of, also if it fails.
pub fn build_crate_noting(folder: &Path, out: &Path, inputs: &Inputs) -> Result<Built> {
    for file in ["Cargo.toml", "Cargo.lock", "build.rs"] {
        inputs.add(&folder.join(file));
    }
    note_folder(&folder.join("src"), inputs);
    let package = Package::read(folder)?;
    inputs.add_wit(&package.wit);
    let world = World::read(&package)?;
    let tool = world.tool(&package);
    let artifact = run_cargo(tool, &package)?;
    note_dependencies(&artifact, inputs);
    let bytes = crate::files::read(&artifact)?;
    let component = componentize(bytes)
        .with_context(|| format!("{} does not become a component", package.name))?;
    world.check(&component, tool)?;
    crate::files::write(out, &component)?;
    Ok(Built {
        world: world.name(),
        tool,
        size: component.len(),
    })
}

/// Notes all files in a folder.
fn note_folder(folder: &Path, inputs: &Inputs) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            note_folder(&path, inputs);
        } else {
            inputs.add(&path);
        }
    }
}

/// Notes what cargo wrote down beside the artifact: every file it consists of, those of other crates of the workspace too.
fn note_dependencies(artifact: &Path, inputs: &Inputs) {
    let text = fs::read_to_string(artifact.with_extension("d")).unwrap_or_default();
    for line in text.lines() {
        let Some((_, files)) = line.split_once(": ") else {
            continue;
        };
        // A space in a name has a backslash in front.
        for file in files.replace("\\ ", "\0").split(' ') {
            inputs.add(Path::new(&file.replace('\0', " ")));
        }
    }
}

/// What cargo knows about the crate.
struct Package {
    id: String,
    name: String,
    manifest: PathBuf,
    /// Where the WIT is: a folder or a file.
    wit: PathBuf,
    /// Which world of it, if the crate says so.
    world: Option<String>,
    /// The WIT packages that cargo-component was told of.
    wit_dependencies: BTreeSet<String>,
}

impl Package {
    fn read(folder: &Path) -> Result<Self> {
        let manifest = folder.join("Cargo.toml");
        if !manifest.is_file() {
            bail!(
                "{} has no Cargo.toml and no outwit.toml, so it is neither a crate nor an app; of a plugin in JavaScript, name the main file",
                folder.display()
            );
        }
        let manifest = fs::canonicalize(&manifest)?;
        let output = Command::new(cargo())
            .args([
                "metadata",
                "--format-version=1",
                "--no-deps",
                "--manifest-path",
            ])
            .arg(&manifest)
            .stderr(Stdio::inherit())
            .output()
            .context("cannot start cargo: install Rust with https://rustup.rs")?;
        if !output.status.success() {
            bail!(
                "cargo cannot read {} (see above)",
                folder.join("Cargo.toml").display()
            );
        }
        let metadata: Value = serde_json::from_slice(&output.stdout)?;
        let package = metadata["packages"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|package| {
                let path = package["manifest_path"].as_str().map(fs::canonicalize);
                path.is_some_and(|path| path.is_ok_and(|path| path == manifest))
            })
            .with_context(|| {
                format!(
                    "{} is a workspace: name the folder of one crate",
                    folder.display()
                )
            })?;
        let target = &package["metadata"]["component"]["target"];
        let wit = folder.join(target["path"].as_str().unwrap_or("wit"));
        if !wit.exists() {
            bail!(
                "there is no WIT at {}: put the world of the plugin there, or say where it is with \
                `[package.metadata.component.target] path = \"…\"` in Cargo.toml",
                wit.display()
            );
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let dependencies = target["dependencies"].as_object();
        Ok(Package {
            id: text(&package["id"]),
            name: text(&package["name"]),
            manifest,
            wit,
            world: target["world"].as_str().map(str::to_string),
            wit_dependencies: dependencies
                .into_iter()
                .flat_map(|table| table.keys().cloned())
                .collect(),
        })
    }
}

/// The world the crate is written for.
struct World {
    resolve: Resolve,
    id: WorldId,
}

impl World {
    fn read(package: &Package) -> Result<Self> {
        let mut resolve = Resolve::default();
        let pushed = resolve.push_path(&package.wit);
        let (main, _) = pushed.map_err(|error| anyhow!(outwit_js::wit_error(&resolve, &error)))?;
        let chosen = outwit_js::choose_world(&resolve, main, package.world.as_deref());
        let id = chosen.map_err(|error| match &package.world {
            Some(_) => anyhow!("{error} (its Cargo.toml names the world)"),
            None => anyhow!(
                "{error}, in Cargo.toml:\n\n[package.metadata.component.target]\nworld = \"NAME\""
            ),
        })?;
        Ok(World { resolve, id })
    }

    fn name(&self) -> String {
        let world = &self.resolve.worlds[self.id];
        match world.package {
            Some(package) => self.resolve.packages[package]
                .name
                .interface_id(&world.name),
            None => world.name.clone(),
        }
    }

    /// The interfaces that the world imports or exports, with their packages.
    fn packages(&self) -> impl Iterator<Item = &PackageName> {
        let world = &self.resolve.worlds[self.id];
        world
            .imports
            .values()
            .chain(world.exports.values())
            .filter_map(|item| match item {
                WorldItem::Interface { id, .. } => self.resolve.interfaces[*id].package,
                _ => None,
            })
            .map(|package| &self.resolve.packages[package].name)
    }

    fn mentions_wasi(&self) -> bool {
        self.packages().any(|package| package.namespace == "wasi")
    }

    /// Whether it has what cargo-component does not know yet: asynchronous functions, streams, futures,
    /// maps, lists of a fixed length.
    fn is_too_new(&self) -> bool {
        let world = &self.resolve.worlds[self.id];
        let functions =
            world
                .imports
                .values()
                .chain(world.exports.values())
                .any(|item| match item {
                    WorldItem::Function(function) => function.kind.is_async(),
                    WorldItem::Interface { id, .. } => self.resolve.interfaces[*id]
                        .functions
                        .values()
                        .any(|function| function.kind.is_async()),
                    WorldItem::Type { .. } => false,
                });
        let mut types = LiveTypes::default();
        types.add_world(&self.resolve, self.id);
        functions
            || types.iter().any(|id| {
                let kind = &self.resolve.types[id].kind;
                matches!(
                    kind,
                    TypeDefKind::Stream(_)
                        | TypeDefKind::Future(_)
                        | TypeDefKind::Map(..)
                        | TypeDefKind::FixedLengthList(..)
                )
            })
    }

    fn tool(&self, package: &Package) -> Tool {
        if self.mentions_wasi() {
            return Tool::CargoWasi;
        }
        if self.is_too_new() {
            return Tool::Cargo;
        }
        // cargo-component does not look into wit/deps: it has to be told of other packages.
        let main = self.resolve.worlds[self.id].package;
        let told_of_all = self.resolve.packages.iter().all(|(id, other)| {
            let name = format!("{}:{}", other.name.namespace, other.name.name);
            Some(id) == main || package.wit_dependencies.contains(&name)
        });
        if !told_of_all {
            return Tool::Cargo;
        }
        let version = Command::new(cargo())
            .args(["component", "--version"])
            .output();
        if version.is_ok_and(|output| output.status.success()) {
            return Tool::CargoComponent;
        }
        eprintln!(
            "note: cargo-component is not installed; building with cargo and wit-component instead"
        );
        Tool::Cargo
    }

    /// Fails if `component` lacks an export of the world, or imports what the world does not name. WASI's interfaces belong together: a world
    /// that names one of them gets those that the standard library uses.
    fn check(&self, component: &[u8], tool: Tool) -> Result<()> {
        let features = WasmFeatures::default()
            | WasmFeatures::CM_ASYNC
            | WasmFeatures::CM_MAP
            | WasmFeatures::CM_FIXED_LENGTH_LISTS;
        Validator::new_with_features(features)
            .validate_all(component)
            .context("cargo built a component that is not valid")?;
        let DecodedWasm::Component(resolve, id) =
            wit_component::decode(component).context("cannot read back the component")?
        else {
            bail!("cargo built a WIT package instead of a component");
        };
        let wanted = names(&self.resolve, &self.resolve.worlds[self.id].exports);
        let there = names(&resolve, &resolve.worlds[id].exports);
        // The linker may give WASI's interfaces the version of the standard library.
        let ours = |name: &&String| tool != Tool::CargoWasi || !name.starts_with("wasi:");
        if let Some(missing) = wanted.difference(&there).find(ours) {
            bail!(
                "the plugin does not export {missing}, which its world {} wants: does the crate generate \
                the bindings of this world with `wit_bindgen::generate!`, and call their `export!`?",
                self.name()
            );
        }
        let named = names(&self.resolve, &self.resolve.worlds[self.id].imports);
        let surplus: Vec<String> = names(&resolve, &resolve.worlds[id].imports)
            .difference(&named)
            .filter(ours)
            .map(|name| format!("  {name}: add `{}` to the world", advice(name)))
            .collect();
        if !surplus.is_empty() {
            bail!(
                "the plugin uses what its world {} does not name:\n{}",
                self.name(),
                surplus.join("\n")
            );
        }
        Ok(())
    }
}

/// The names of a world's imports or exports.
fn names(resolve: &Resolve, items: &IndexMap<WorldKey, WorldItem>) -> BTreeSet<String> {
    items
        .iter()
        .filter(|(_, item)| !matches!(item, WorldItem::Type { .. }))
        .map(|(key, _)| resolve.name_world_key(key))
        .collect()
}

/// The line of WIT that imports `name`.
fn advice(name: &str) -> String {
    let (path, version) = match name.split_once('@') {
        Some((path, version)) => (path, format!("@{version}")),
        None => (name, String::new()),
    };
    match path.split_once('/') {
        Some((package, _)) if package.starts_with("outwit:") => {
            format!("include {package}/imports{version};")
        }
        _ => format!("import {name};"),
    }
}

/// The cargo to use: the one that runs us, if one does.
fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Builds the crate and returns the path of the wasm file.
fn run_cargo(tool: Tool, package: &Package) -> Result<PathBuf> {
    let mut command = Command::new(cargo());
    if tool == Tool::CargoComponent {
        command.arg("component");
    }
    command
        .args(["build", "--release", "--target", tool.target()])
        .args(["--message-format", "json-render-diagnostics"])
        .arg("--manifest-path")
        .arg(&package.manifest)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut child = command.spawn().context("cannot start cargo")?;
    let mut artifact = None;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            artifact = wasm_file(&line?, &package.id).or(artifact);
        }
    }
    if !child.wait()?.success() {
        bail!("cargo could not build {} (see above)", package.name);
    }
    artifact.with_context(|| {
        format!(
            "{} builds no wasm file: its Cargo.toml needs `[lib] crate-type = [\"cdylib\"]`",
            package.name
        )
    })
}

/// The wasm file that a line of cargo's JSON reports for the package.
fn wasm_file(line: &str, package: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(line).ok()?;
    if message["reason"] != "compiler-artifact" || message["package_id"] != package {
        return None;
    }
    let files = message["filenames"].as_array()?;
    files
        .iter()
        .filter_map(Value::as_str)
        .map(PathBuf::from)
        .find(|path| {
            path.extension()
                .is_some_and(|extension| extension == "wasm")
        })
}

/// Makes a component of a core module that carries its world, as wit-bindgen leaves it. Components
/// stay as they are.
fn componentize(wasm: Vec<u8>) -> Result<Vec<u8>> {
    if wasmparser::Parser::is_component(&wasm) {
        return Ok(wasm);
    }
    ComponentEncoder::default()
        .module(&wasm)
        .context("cannot read what the module says about its world")?
        .encode()
}
