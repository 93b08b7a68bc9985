//! `outwit types`: what TypeScript says about the declarations. Without npm or a network the tests say so and pass.

use crate::folder;
use outwit_tests::root;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is wrong with each of these folders.
pub fn typecheck(folders: &[PathBuf]) -> Option<BTreeMap<String, Vec<String>>> {
    let npm = folder()?;
    let output = Command::new("node")
        .arg(npm.join("typecheck.mjs"))
        .args(folders)
        .output()
        .expect("npm comes with node");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
    Some(serde_json::from_slice(&output.stdout).expect("it prints JSON"))
}

fn declared(wit: &Path, world: &str) -> String {
    outwit_js::types(wit, Some(world))
        .unwrap_or_else(|error| panic!("{}: {world}: {error}", wit.display()))
}

/// Folders with the declarations of a world and what `outwit new --wit` writes for it, in TypeScript and in JavaScript.
fn scaffolds(scratch: &Path, name: &str, wit: &Path, world: &str) -> [PathBuf; 2] {
    use outwit_js::Language;
    let templates = root().join("../cli/src/new/templates");
    [
        (Language::TypeScript, "ts", "tsconfig.json"),
        (Language::JavaScript, "js", "jsconfig.json"),
    ]
    .map(|(language, extension, config)| {
        let stubs = outwit_js::stubs(wit, Some(world), language)
            .unwrap_or_else(|error| panic!("{}: {world}: {error}", wit.display()));
        let folder = scratch.join(format!("{name}-{extension}"));
        std::fs::create_dir(&folder).expect("the folder is writable");
        let settings = std::fs::read_to_string(templates.join(extension).join(config));
        for (name, text) in [
            ("outwit.d.ts", declared(wit, world)),
            (&*format!("plugin.{extension}"), stubs.plugin),
            (&*format!("plugin.test.{extension}"), stubs.test),
            (config, settings.expect("it is there")),
        ] {
            std::fs::write(folder.join(name), text).expect("the folder is writable");
        }
        folder
    })
}

/// A folder with the declarations of a world, and this source.
fn project(wit: &str, source: &str) -> tempfile::TempDir {
    let project = tempfile::tempdir().expect("a temporary folder");
    let path = project.path().join("world.wit");
    std::fs::write(&path, wit).expect("the folder is writable");
    let text = outwit_js::types(&path, None).expect("the WIT is good");
    std::fs::write(project.path().join("outwit.d.ts"), text).expect("the folder is writable");
    std::fs::write(project.path().join("plugin.ts"), source).expect("the folder is writable");
    project
}

/// What TypeScript says to a plugin.
fn complaints(wit: &str, source: &str) -> Option<Vec<String>> {
    let project = project(wit, source);
    let wrong = typecheck(&[project.path().to_owned()])?;
    Some(wrong.into_values().next().unwrap_or_default())
}

/// The files and folders of WIT below a folder, each with its worlds.
fn worlds_below(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        let is_wit_folder = path.file_name().is_some_and(|name| name == "wit");
        let texts: Vec<PathBuf> = match path.is_dir() {
            true if is_wit_folder => std::fs::read_dir(&path)
                .expect("it is a folder")
                .map(|entry| entry.expect("it can be read").path())
                .collect(),
            true => {
                if path.file_name().is_some_and(|name| name != "node_modules") {
                    worlds_below(&path, found);
                }
                continue;
            }
            false => vec![path.clone()],
        };
        for text in texts {
            if text.extension().is_some_and(|extension| extension == "wit") {
                let text = std::fs::read_to_string(text).expect("it is a text");
                let worlds = text.lines().filter_map(|line| {
                    let name = line.strip_prefix("world ")?.split([' ', '{']).next()?;
                    Some(name.trim_start_matches('%').to_owned())
                });
                found.extend(worlds.map(|world| (path.clone(), world)));
            }
        }
    }
}

#[test]
fn every_world_of_the_tests_passes() {
    let mut worlds = Vec::new();
    for below in ["types", "grants", "links", "bridge", "../examples"] {
        let below = root().join(below);
        if below.is_dir() {
            worlds_below(&below, &mut worlds);
        }
    }
    assert!(worlds.len() > 20, "only {} worlds", worlds.len());
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let folders: Vec<PathBuf> = worlds
        .iter()
        .enumerate()
        .flat_map(|(index, (wit, world))| {
            scaffolds(scratch.path(), &format!("{index}-{world}"), wit, world)
        })
        .collect();
    if let Some(wrong) = typecheck(&folders) {
        assert_eq!(wrong, BTreeMap::new());
    }
}

/// Where the sources of a crate are, by cargo.
fn crate_sources(name: &str) -> PathBuf {
    let rustc = Command::new("rustc")
        .arg("-vV")
        .output()
        .expect("rustc is there");
    let version = String::from_utf8_lossy(&rustc.stdout).into_owned();
    let platform = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .expect("rustc says what it runs on");
    // what other platforms need may never have been downloaded
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .args(["--filter-platform", platform])
        .current_dir(root())
        .output()
        .expect("cargo runs the tests");
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("there are packages");
    let package = packages
        .iter()
        .find(|package| package["name"] == name)
        .expect("the crate is a dependency");
    let manifest = package["manifest_path"].as_str().expect("it is a path");
    Path::new(manifest)
        .parent()
        .expect("it is in a folder")
        .to_owned()
}

/// Makes a WIT folder with these packages and two worlds, which import and export all of their interfaces.
fn all_of(packages: &Path, to: &Path) {
    let deps = to.join("deps");
    std::fs::create_dir_all(&deps).expect("the folder is writable");
    let mut interfaces = BTreeSet::new();
    for entry in std::fs::read_dir(packages).expect("the folder is there") {
        let package = entry.expect("it can be read").path();
        let files: Vec<PathBuf> = match package.is_dir() {
            true => std::fs::read_dir(&package)
                .expect("it is a folder")
                .map(|entry| entry.expect("it can be read").path())
                .collect(),
            false => vec![package.clone()],
        };
        let texts: Vec<String> = files
            .iter()
            .map(|file| std::fs::read_to_string(file).expect("it is a text"))
            .collect();
        let folder = deps.join(package.file_stem().expect("it has a name"));
        std::fs::create_dir_all(&folder).expect("the folder is writable");
        for (file, text) in files.iter().zip(&texts) {
            let name = file.file_name().expect("it has a name");
            std::fs::write(folder.join(name), text).expect("the folder is writable");
        }
        let lines = || texts.iter().flat_map(|text| text.lines());
        let package = lines()
            .find_map(|line| line.strip_prefix("package "))
            .expect("it is a package")
            .trim_end_matches(';');
        let (name, version) = package.split_once('@').expect("it has a version");
        for line in lines() {
            if let Some(rest) = line.strip_prefix("interface ") {
                let interface = rest.split([' ', '{']).next().expect("it has a name");
                interfaces.insert(format!("{name}/{interface}@{version}"));
            }
        }
    }
    let items = |word: &str| -> String {
        interfaces
            .iter()
            .map(|interface| format!("    {word} {interface};\n"))
            .collect()
    };
    let text = format!(
        "package test:all;\nworld imports {{\n{}}}\nworld exports {{\n{}}}\n",
        items("import"),
        items("export")
    );
    std::fs::write(to.join("all.wit"), text).expect("the folder is writable");
}

#[test]
fn wasi_passes() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let mut folders = Vec::new();
    for (name, source, path) in [
        ("0.2", "wasmtime-wasi", "src/p2/wit/deps"),
        ("0.3", "wasmtime-wasi", "src/p3/wit/deps"),
        ("http-0.2", "wasmtime-wasi-http", "wit/deps"),
        ("http-0.3", "wasmtime-wasi-http", "src/p3/wit/deps"),
    ] {
        let wit = scratch.path().join(format!("wit-{name}"));
        all_of(&crate_sources(source).join(path), &wit);
        for world in ["imports", "exports"] {
            assert!(declared(&wit, world).contains("wasi:"), "{name} {world}");
            let name = format!("{name}-{world}");
            folders.extend(scaffolds(scratch.path(), &name, &wit, world));
        }
    }
    if let Some(wrong) = typecheck(&folders) {
        assert_eq!(wrong, BTreeMap::new());
    }
}

const SHOP: &str = "package demo:shop@0.1.0;
interface goods {
    /// Something to buy.
    record item { name: string, price: u64, tags: list<string>, weight: option<f64> }
    variant error { unknown(string), sold-out }
    resource basket {
        constructor(owner: string);
        add: func(item: item) -> result<u32, error>;
        all: static func() -> list<basket>;
    }
    find: async func(name: string, most: option<u32>) -> result<item, error>;
    watch: async func() -> stream<u8>;
}
interface till {
    use goods.{item};
    resource bill { constructor(items: list<item>); total: func() -> u64; }
    pay: async func(amount: u64) -> result<_, string>;
    receipts: async func() -> stream<string>;
}
world shop {
    include outwit:console/imports@0.1.0;
    import goods;
    import log: func(text: string);
    export till;
    export open: func(at: u8) -> bool;
}";

#[test]
fn a_plugin_that_fits_passes() {
    let source = r#"
import { Basket, find, watch, type Item } from 'demo:shop/goods';
import { find as same } from 'demo:shop/goods@0.1.0';
import { log } from '$root';
import type { Exports, Till } from 'demo:shop/shop';

class Bill implements Till.Bill {
  #items: Item[];
  constructor(items: Item[]) { this.#items = items; }
  total(): bigint { return this.#items.reduce((sum, item) => sum + item.price, 0n); }
}

export const till: Till = {
  Bill,
  async pay(amount) {
    using basket = new Basket('ann');
    const item = await find('tea');
    const again: Item = await same('tea', 3);
    basket.add({ ...item, price: amount });
    for await (const bytes of await watch()) log(String(bytes.byteLength));
    console.log(again.weight?.toFixed(2), new URL('https://example.com').host, structuredClone([1]));
    if (Basket.all().length > 3) throw new ComponentError('too many');
  },
  async receipts() {
    return (async function* () { yield 'one'; })();
  },
};
export const open: Exports['open'] = (at) => at > 8;
"#;
    if let Some(lines) = complaints(SHOP, source) {
        assert_eq!(lines, [""; 0]);
    }
}

#[test]
fn what_does_not_fit_is_an_error() {
    let source = r#"
import { Basket, find, nothing } from 'demo:shop/goods';
import type { Exports, Till } from 'demo:shop/shop';
export async function a() { return fetch('https://example.com'); }
export const b = setTimeout;
export const c = localStorage;
export const d = document;
export async function e() { (await find(3)).price + 1; }
export const f: Exports['open'] = (at) => `${at}`;
export const g = new Basket('ann').add({ name: 'tea', price: 3, tags: [] });
export const h: Till = { async pay(amount: bigint) {} };
export const i: Basket = { add: () => 1, [Symbol.dispose]() {} };
export const j = process.env;
"#;
    let Some(lines) = complaints(SHOP, source) else {
        return;
    };
    let wrong: BTreeSet<&str> = lines
        .iter()
        .filter_map(|line| line.strip_prefix("plugin.ts:")?.split(':').next())
        .collect();
    let expected: BTreeSet<String> = (2..=13)
        .filter(|n| *n != 3)
        .map(|n| n.to_string())
        .collect();
    assert_eq!(
        wrong,
        expected.iter().map(String::as_str).collect(),
        "{lines:#?}"
    );
}

#[test]
fn what_the_book_shows_passes() {
    let page = root().join("../docs/javascript.md");
    let page = std::fs::read_to_string(page).expect("it is there");
    let snippets: Vec<&str> = page
        .split("```ts\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(!snippets.is_empty());
    let project = tempfile::tempdir().expect("a temporary folder");
    let wit = root().join("../examples/site/wit");
    let text = declared(&wit, "theme-plugin");
    std::fs::write(project.path().join("outwit.d.ts"), text).expect("the folder is writable");
    for (index, snippet) in snippets.iter().enumerate() {
        let path = project.path().join(format!("snippet-{index}.ts"));
        std::fs::write(path, snippet).expect("the folder is writable");
    }
    if let Some(wrong) = typecheck(&[project.path().to_owned()]) {
        assert_eq!(wrong, BTreeMap::new());
    }
}

/// Names that are declared as values.
fn values(declarations: &str) -> BTreeSet<String> {
    declarations
        .lines()
        .filter_map(|line| {
            let rest = line.strip_prefix("declare ")?;
            let rest = ["var ", "class ", "function "]
                .iter()
                .find_map(|word| rest.strip_prefix(word))?;
            let end = rest.find(|c: char| !c.is_alphanumeric())?;
            Some(rest[..end].to_owned())
        })
        .collect()
}

/// The globals of the engine's list: `interface`, `globals` of each API in `apis.rs`.
fn engine_globals() -> BTreeSet<String> {
    let source = root().join("../guest-quickjs/engine/src/apis.rs");
    let source = std::fs::read_to_string(source).expect("it is there");
    let list = source
        .split("const APIS: &[Api] = &[")
        .nth(1)
        .and_then(|rest| rest.split("\n];").next())
        .expect("the list is there");
    list.split("globals: &[")
        .skip(1)
        .filter_map(|rest| rest.split(']').next())
        .flat_map(|names| names.split('"').skip(1).step_by(2))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_globals_are_those_of_the_engine() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let wit = scratch.path().join("world.wit");
    let world = "package test:web;\nworld all { include outwit:web/imports@0.2.0; }\nworld none {}";
    std::fs::write(&wit, world).expect("the folder is writable");
    let declared = values(&declared(&wit, "all"));
    // what is not in the engine's list
    let others = ["ComponentError", "queueMicrotask", "self"].map(str::to_owned);
    let expected: BTreeSet<String> = engine_globals().into_iter().chain(others).collect();
    assert_eq!(declared, expected);
    let none = values(&self::declared(&wit, "none"));
    for name in ["fetch", "console", "setTimeout", "crypto", "localStorage"] {
        assert!(declared.contains(name) && !none.contains(name), "{name}");
    }
}

#[test]
fn editors_complete_and_check_what_outwit_new_makes() {
    let examples = root().join("../examples");
    let examples = examples.canonicalize().expect("they are there");
    let folders =
        ["hello-ts", "scheduled-job", "filter-chain/calm"].map(|name| examples.join(name));
    let Some(wrong) = typecheck(&folders) else {
        return;
    };
    assert_eq!(wrong, BTreeMap::new());
    for (name, after, expected) in [
        ("plugin.ts", "console.", "countReset"),
        ("plugin.test.ts", "expect(greeter.", "greet"),
    ] {
        let output = Command::new("node")
            .arg(folder().expect("npm is there").join("typecheck.mjs"))
            .arg("--complete")
            .arg(examples.join("hello-ts").join(name))
            .arg(after)
            .output()
            .expect("npm comes with node");
        let offered: Vec<String> = serde_json::from_slice(&output.stdout).expect("it prints JSON");
        assert!(offered.iter().any(|name| name == expected), "{offered:?}");
    }
}
