//! `outwit build CRATE_DIR`: the ways a Rust plugin is built, and that each imports what its world names.

mod denied;
mod faults;
mod plugins;

use outwit_cli::build_rust::{Tool, build_crate};
use std::{collections::BTreeSet, fs, path::Path};
use wit_component::DecodedWasm;

/// Builds the crate in a folder of the repository; returns the tool and the component's imports.
fn build(folder: &str) -> (Tool, BTreeSet<String>) {
    let folder = outwit_tests::root().join("..").join(folder);
    let out = tempfile::NamedTempFile::new().expect("a temporary file");
    let built = build_crate(&folder, out.path()).expect("the plugin builds");
    let bytes = fs::read(out.path()).expect("the component was written");
    assert_eq!(built.size, bytes.len());
    (built.tool, imports(&bytes))
}

fn imports(component: &[u8]) -> BTreeSet<String> {
    let decoded = wit_component::decode(component).expect("it is readable");
    let DecodedWasm::Component(resolve, world) = decoded else {
        panic!("it is a component");
    };
    let keys = resolve.worlds[world].imports.keys();
    keys.map(|key| resolve.name_world_key(key)).collect()
}

/// What building a crate in a temporary folder, made of these files, has to say.
fn failure(files: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("it is in the folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    let out = folder.path().join("out.wasm");
    let Err(error) = build_crate(folder.path(), &out) else {
        panic!("this builds");
    };
    assert!(!out.exists());
    format!("{error:#}")
}

const MANIFEST: (&str, &str) = (
    "Cargo.toml",
    "[package]\nname = \"broken\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
    [lib]\ncrate-type = [\"cdylib\"]\n[workspace]\n",
);
const WIT: (&str, &str) = (
    "wit/w.wit",
    "package a:b; world w { export f: async func(); }",
);

#[test]
fn a_synchronous_world_is_built_by_cargo_component() {
    let (tool, imports) = build("guest-rust/plugins/notes");
    // Where it is not installed, plain cargo has to do, with the same result.
    assert!(matches!(tool, Tool::CargoComponent | Tool::Cargo));
    let named = [
        "outwit:console/log@0.1.0",
        "outwit:crypto/entropy@0.1.0",
        "outwit:performance/clock@0.1.0",
        "outwit:storage/local-storage@0.1.0",
    ];
    assert_eq!(imports, named.map(String::from).into());
}

#[test]
fn an_asynchronous_world_is_built_by_plain_cargo() {
    let (tool, imports) = build("guest-rust/plugins/patience");
    assert_eq!(tool, Tool::Cargo);
    assert_eq!(
        imports,
        ["outwit:timers/scheduler@0.1.0".to_string()].into()
    );
}

#[test]
fn a_world_with_wasi_is_built_for_wasip2() {
    let (tool, imports) = build("guest-rust/plugins/files");
    assert_eq!(tool, Tool::CargoWasi);
    let (wasi, others): (BTreeSet<_>, BTreeSet<_>) = imports
        .into_iter()
        .partition(|name| name.starts_with("wasi:"));
    assert_eq!(others, ["outwit:console/log@0.1.0".to_string()].into());
    assert!(wasi.iter().any(|name| name.starts_with("wasi:filesystem/")));
}

#[test]
fn a_plugin_that_needs_nothing_imports_nothing() {
    let (_, imports) = build("examples/hello-rust");
    assert_eq!(imports, BTreeSet::new());
}

#[test]
fn what_the_world_does_not_name_is_refused() {
    let folder = outwit_tests::root().join("rust/unnamed");
    let out = tempfile::tempdir().expect("a temporary folder");
    let Err(error) = build_crate(&folder, &out.path().join("out.wasm")) else {
        panic!("this builds");
    };
    let error = format!("{error:#}");
    assert!(
        error.contains("outwit:console/log@0.1.0")
            && error.contains("include outwit:console/imports@0.1.0;"),
        "{error}"
    );
}

#[test]
fn mistakes_are_explained() {
    let error = failure(&[]);
    assert!(error.contains("has no Cargo.toml"), "{error}");

    let error = failure(&[MANIFEST, ("src/lib.rs", "")]);
    assert!(error.contains("there is no WIT at"), "{error}");

    let error = failure(&[
        MANIFEST,
        ("src/lib.rs", ""),
        ("wit/w.wit", "package a:b; world {"),
    ]);
    assert!(error.contains("wit/w.wit:1:20: expected"), "{error}");

    let two = "package a:b; world one {} world two {}";
    let error = failure(&[MANIFEST, ("src/lib.rs", ""), ("wit/w.wit", two)]);
    assert!(
        error.contains("choose one of one, two, in Cargo.toml:\n\n[package"),
        "{error}"
    );

    let error = failure(&[MANIFEST, WIT, ("src/lib.rs", "fn broken( {}")]);
    assert!(error.contains("cargo could not build broken"), "{error}");

    let error = failure(&[MANIFEST, WIT, ("src/lib.rs", "")]);
    assert!(error.contains("does not export f"), "{error}");

    let library = (
        MANIFEST.0,
        &*MANIFEST.1.replace("[\"cdylib\"]", "[\"rlib\"]"),
    );
    let error = failure(&[library, WIT, ("src/lib.rs", "")]);
    assert!(error.contains("crate-type = [\"cdylib\"]"), "{error}");

    let error = build_crate(&outwit_tests::root().join(".."), Path::new("out.wasm"))
        .map(|_| ())
        .expect_err("this is a workspace");
    assert!(error.to_string().contains("is a workspace"), "{error}");
}
