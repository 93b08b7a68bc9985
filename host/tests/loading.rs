//! What is not a plugin is refused, each with one clear error.

#![allow(clippy::disallowed_methods)] // tests use files and clocks

mod common;

use common::{engine, greeter, plugin};
use outwit::{Engine, Error, ExternKind, Found, Instance, Language, LimitKind, Plugin, Val};

fn found(engine: &Engine, bytes: &[u8]) -> Found {
    match Plugin::from_bytes(engine, "x", bytes).unwrap_err() {
        Error::NotAComponent { plugin, found } => {
            assert_eq!(plugin, "x");
            found
        }
        other => panic!("{other}"),
    }
}

#[test]
fn only_components_are_plugins() {
    let engine = engine();
    assert_eq!(found(&engine, b""), Found::Empty);
    assert_eq!(found(&engine, b"(component)"), Found::Text);
    assert_eq!(
        found(&engine, "export const größe = 1;\n".as_bytes()),
        Found::Text
    );
    assert_eq!(found(&engine, &[0x7f, 1, 2, 3, 0xff]), Found::Unknown);
    assert_eq!(found(&engine, b"\0asm"), Found::Unknown);
    assert_eq!(
        found(&engine, &wat::parse_str("(module)").unwrap()),
        Found::CoreModule
    );
    assert_eq!(found(&engine, b"\0asm\x0e\0\x01\0"), Found::OtherVersion);
    let component = wat::parse_str("(component)").unwrap();
    let precompiled = engine.wasmtime().precompile_component(&component).unwrap();
    assert_eq!(found(&engine, &precompiled), Found::Precompiled);
    let error = Plugin::from_bytes(&engine, "x", precompiled).unwrap_err();
    assert_eq!(
        error.to_string(),
        "plugin `x` is not a WebAssembly component: it is machine code compiled ahead of time \
         (.cwasm). Load the component it was compiled from"
    );
}

#[test]
fn broken_components_are_refused() {
    let engine = engine();
    let good = wat::parse_str(greeter("Hi")).unwrap();
    assert!(Plugin::from_bytes(&engine, "x", good.as_slice()).is_ok());
    for cut in [9, 20, good.len() / 2, good.len() - 1] {
        let error = Plugin::from_bytes(&engine, "x", &good[..cut]).unwrap_err();
        assert!(matches!(error, Error::InvalidComponent { .. }), "{error}");
    }
    // No flipped byte panics.
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x55;
        let _ = Plugin::from_bytes(&engine, "x", bad);
    }
}

#[test]
fn size_and_name_are_checked() {
    let engine = Engine::builder().max_component_size(10).build().unwrap();
    let bytes = wat::parse_str(greeter("Hi")).unwrap();
    let error = Plugin::from_bytes(&engine, "x", bytes.as_slice()).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Limit {
                limit: LimitKind::Component,
                allowed: 10,
                ..
            }
        ),
        "{error}"
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let error = Plugin::from_file(&engine, "x", file.path()).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Limit {
                limit: LimitKind::Component,
                allowed: 10,
                ..
            }
        ),
        "{error}"
    );
    let error = Plugin::from_file(&engine, "x", file.path().join("none")).unwrap_err();
    assert!(matches!(error, Error::Read { .. }), "{error}");
    for name in ["", "../x", "a b", "1a", "ä", "a\0", &"a".repeat(65)] {
        let error = Plugin::from_bytes(&engine, name, []).unwrap_err();
        assert!(matches!(error, Error::InvalidName { .. }), "{error}");
    }
}

#[test]
fn a_plugin_shows_what_it_is() {
    let engine = engine();
    let plugin = plugin(&engine, "fmt", &greeter("Hi, "));
    assert_eq!(plugin.language(), Language::Native);
    assert_eq!(plugin.digest().len(), 64);
    assert!(plugin.imports().is_empty());
    let export = &plugin.exports()[0];
    assert_eq!(
        (export.name(), export.kind()),
        ("demo:g/fmt@0.1.0", ExternKind::Interface)
    );
    let functions = plugin.functions().unwrap();
    let shown: Vec<_> = functions
        .iter()
        .map(|f| format!("{}: {}", f.full_name(), f.signature()))
        .collect();
    assert_eq!(
        shown,
        [
            "demo:g/fmt@0.1.0.greet: func(name: string) -> string",
            "demo:g/fmt@0.1.0.count: func() -> u32",
        ]
    );
}

#[tokio::test]
async fn functions_are_found_by_any_name_that_fits_one() {
    let engine = engine();
    let mut instance = Instance::builder(&plugin(&engine, "fmt", &greeter("Hi, ")))
        .start()
        .await
        .unwrap();
    for interface in [
        None,
        Some("demo:g/fmt"),
        Some("demo:g/fmt@0.1.0"),
        Some("fmt"),
    ] {
        let result = instance
            .call(interface, "greet", &[Val::String("Ada".into())])
            .await
            .unwrap();
        assert_eq!(result, [Val::String("Hi, Ada".into())]);
    }
    for (interface, function) in [
        ("demo:g/fmt@0.2.0", "greet"),
        ("demo:g/fm", "greet"),
        ("fmt", "nope"),
    ] {
        let error = instance.call(interface, function, &[]).await.unwrap_err();
        assert!(matches!(error, Error::UnknownFunction { .. }), "{error}");
        assert!(
            error.to_string().contains("demo:g/fmt@0.1.0.greet"),
            "{error}"
        );
    }
}

#[test]
fn compiled_code_is_kept_where_told() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let engine = Engine::builder()
            .cache_directory(folder.path().join("cache"))
            .build()
            .unwrap();
        plugin(&engine, "fmt", &greeter("Hi, ")).compile().unwrap();
    }
    assert!(
        folder
            .path()
            .join("cache")
            .read_dir()
            .unwrap()
            .next()
            .is_some()
    );
}
