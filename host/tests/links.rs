//! Plugins that call each other: the same results in both modes, and every mistake found at load.

mod common;

use common::{ALLOCATOR, CALLER, SLOW, TWICE, engine, greeter, plugin, runs};
use outwit::{
    App, ComposedExports, Engine, Error, Grants, Instance, LimitKind, LinkMode, PluginConfig, Val,
    compose,
};

const MODES: [LinkMode; 2] = [LinkMode::Trampoline, LinkMode::Fused];

fn build(engine: &Engine, mode: LinkMode, plugins: &[(&str, &str)]) -> Result<App, Error> {
    let mut app = App::builder(engine).link_mode(mode);
    for (name, wat) in plugins {
        app = app.plugin(plugin(engine, name, wat), PluginConfig::new());
    }
    app.build()
}

async fn greet(app: &App, plugin: &str, name: &str) -> Result<String, Error> {
    let result = app
        .call_typed::<(String,), (String,)>(plugin, None, "greet", (name.to_string(),))
        .await;
    result.map(|(text,)| text)
}

async fn count(app: &App, plugin: &str) -> u32 {
    let (count,) = app
        .call_typed::<(), (u32,)>(plugin, None, "count", ())
        .await
        .unwrap();
    count
}

#[tokio::test]
async fn both_modes_give_the_same() {
    let engine = engine();
    let fmt = greeter("Hello, ");
    for mode in MODES {
        let app = build(&engine, mode, &[("page", CALLER), ("fmt", &fmt)]).unwrap();
        assert_eq!(greet(&app, "page", "Ada").await.unwrap(), "Hello, Ada");
        assert_eq!(greet(&app, "fmt", "Ada").await.unwrap(), "Hello, Ada");
        assert_eq!(greet(&app, "page", "").await.unwrap(), "Hello, ");
        // One instance per plugin, whoever calls.
        assert_eq!(count(&app, "page").await, 1);
        assert_eq!(count(&app, "fmt").await, 2);
        assert_eq!(count(&app, "page").await, 3);
        let links: Vec<_> = app.links().collect();
        let links: Vec<_> = links
            .iter()
            .map(|l| (l.plugin(), l.import(), l.provider()))
            .collect();
        assert_eq!(links, [("page", "demo:g/fmt@0.1.0", "fmt")]);
        app.restart("fmt").await.unwrap();
        assert_eq!(count(&app, "page").await, 1);
        let names: Vec<_> = app
            .functions("page")
            .unwrap()
            .iter()
            .map(|f| f.full_name())
            .collect();
        assert_eq!(
            names,
            ["demo:g/page@0.1.0.greet", "demo:g/page@0.1.0.count"]
        );
        let dynamic = app
            .call("page", "demo:g/page", "greet", &[Val::String("é".into())])
            .await;
        assert_eq!(dynamic.unwrap(), [Val::String("Hello, é".into())]);
    }
}

#[tokio::test]
async fn async_functions_are_linked_too() {
    let engine = engine();
    for mode in MODES {
        let app = build(&engine, mode, &[("twice", TWICE), ("slow", SLOW)]).unwrap();
        let next = app
            .function::<(u32,), (u32,)>("twice", "demo:g/twice", "next")
            .unwrap();
        assert_eq!(next.call((1,)).await.unwrap(), (3,));
        assert_eq!(next.call((41,)).await.unwrap(), (43,));
        let direct = app
            .call("slow", None, "next", &[Val::U32(u32::MAX)])
            .await
            .unwrap();
        assert_eq!(direct, [Val::U32(0)]);
    }
}

#[tokio::test]
async fn long_strings_pass() {
    let engine = engine();
    let grow = |wat: &str| {
        wat.replace(
            r#"(memory (export "memory") 1)"#,
            r#"(memory (export "memory") 80)"#,
        )
    };
    let (fmt, page) = (grow(&greeter("Hello, ")), grow(CALLER));
    let name = "ü".repeat(500_000);
    for mode in MODES {
        let mut limits = outwit::Limits::default();
        limits.cpu = std::time::Duration::from_secs(5);
        let config = PluginConfig::new().limits(limits);
        let app = App::builder(&engine)
            .link_mode(mode)
            .plugin(plugin(&engine, "page", &page), config.clone())
            .plugin(plugin(&engine, "fmt", &fmt), config)
            .build()
            .unwrap();
        assert_eq!(
            greet(&app, "page", &name).await.unwrap(),
            format!("Hello, {name}")
        );
    }
}

/// Exports what [`greeter`] does, with these bodies.
fn broken(greet: &str, count: &str) -> String {
    format!(
        r#"(component
            (core module $m
                {ALLOCATOR}
                (func (export "greet") (param i32 i32) (result i32) {greet})
                (func (export "count") (result i32) {count}))
            (core instance $i (instantiate $m))
            (func $greet (param "name" string) (result string)
                (canon lift (core func $i "greet") (memory (core memory $i "memory"))
                    (realloc (core func $i "realloc"))))
            (func $count (result u32) (canon lift (core func $i "count")))
            (instance $fmt (export "greet" (func $greet)) (export "count" (func $count)))
            (export "demo:g/fmt@0.1.0" (instance $fmt)))"#
    )
}

#[tokio::test]
async fn a_fault_of_the_provider_is_told_and_heals() {
    let engine = engine();
    let bad = broken("unreachable", "(loop (br 0)) unreachable");
    let other = greeter("Moin ").replace("demo:g/fmt", "demo:g/other");
    let plugins = [
        ("page", CALLER),
        ("fmt", bad.as_str()),
        ("other", other.as_str()),
    ];
    let app = build(&engine, LinkMode::Trampoline, &plugins).unwrap();
    assert_eq!(count(&app, "other").await, 1);
    let error = greet(&app, "page", "Ada").await.unwrap_err();
    let Error::Provider {
        plugin,
        provider,
        function,
        source,
    } = &error
    else {
        panic!("{error:?}");
    };
    assert_eq!((plugin.as_str(), provider.as_str()), ("page", "fmt"));
    assert_eq!(function, "demo:g/fmt@0.1.0.greet");
    assert!(
        matches!(&**source, Error::Trap { plugin, .. } if plugin == "fmt"),
        "{source}"
    );
    let error = app.call("page", None, "count", &[]).await.unwrap_err();
    let Error::Provider { source, .. } = &error else {
        panic!("{error:?}");
    };
    assert!(
        matches!(&**source, Error::Limit { plugin, limit: LimitKind::Cpu, .. } if plugin == "fmt")
    );
    // The neighbour still has its state.
    assert_eq!(count(&app, "other").await, 2);

    let app = build(&engine, LinkMode::Fused, &plugins).unwrap();
    assert_eq!(count(&app, "other").await, 1);
    let error = greet(&app, "page", "Ada").await.unwrap_err();
    assert!(
        matches!(&error, Error::Trap { plugin, .. } if plugin == "fmt+page"),
        "{error}"
    );
    assert_eq!(count(&app, "other").await, 2);
}

#[tokio::test]
async fn waiting_for_a_provider_is_not_computing() {
    let engine = engine();
    let spin = "(local i32) (loop (local.set 0 (i32.add (local.get 0) (i32.const 1)))
        (br_if 0 (i32.lt_u (local.get 0) (i32.const 60000000)))) (i32.const 7)";
    let bad = broken("unreachable", spin);
    let mut patient = outwit::Limits::default();
    patient.cpu = std::time::Duration::from_secs(20);
    patient.wall = std::time::Duration::from_secs(20);
    let mut quick = outwit::Limits::default();
    quick.cpu = std::time::Duration::from_millis(4);
    quick.wall = std::time::Duration::from_secs(20);
    let app = App::builder(&engine)
        .plugin(
            plugin(&engine, "page", CALLER),
            PluginConfig::new().limits(quick),
        )
        .plugin(
            plugin(&engine, "fmt", &bad),
            PluginConfig::new().limits(patient),
        )
        .build()
        .unwrap();
    for _ in 0..3 {
        assert_eq!(count(&app, "page").await, 7);
    }
}

#[test]
fn missing_and_ambiguous_providers() {
    let engine = engine();
    for mode in MODES {
        let error = build(&engine, mode, &[("page", CALLER), ("x", &runs(""))]).unwrap_err();
        assert!(matches!(error, Error::MissingProvider { .. }), "{error}");
        assert_eq!(
            error.to_string(),
            "plugin `page` imports `demo:g/fmt@0.1.0`, which no plugin of the app exports. The \
             plugins export: page: demo:g/page@0.1.0, x: run, x: add"
        );
        let fmt = greeter("");
        let plugins = [("page", CALLER), ("a", fmt.as_str()), ("b", fmt.as_str())];
        let error = build(&engine, mode, &plugins).unwrap_err();
        assert!(
            matches!(&error, Error::AmbiguousProvider { candidates, .. } if *candidates == ["a", "b"])
        );
        assert!(
            error
                .to_string()
                .ends_with("[plugins.page.links]\n\"demo:g/fmt@0.1.0\" = \"a\"")
        );
    }
}

#[tokio::test]
async fn a_link_chooses() {
    let engine = engine();
    let (a, b) = (greeter("A "), greeter("B "));
    let app = |mode, interface: &str, provider: &str| {
        App::builder(&engine)
            .link_mode(mode)
            .plugin(
                plugin(&engine, "page", CALLER),
                PluginConfig::new().link(interface, provider),
            )
            .plugin(plugin(&engine, "a", &a), PluginConfig::new())
            .plugin(plugin(&engine, "b", &b), PluginConfig::new())
            .build()
    };
    for mode in MODES {
        for (provider, expected) in [("a", "A x"), ("b", "B x")] {
            let app = app(mode, "demo:g/fmt", provider).unwrap();
            assert_eq!(greet(&app, "page", "x").await.unwrap(), expected);
        }
        let error = app(mode, "demo:g/fmt", "c").unwrap_err();
        assert!(matches!(error, Error::UnknownPlugin { .. }), "{error}");
        let error = app(mode, "demo:g/nope", "a").unwrap_err();
        assert!(matches!(error, Error::NotImported { .. }), "{error}");
        let error = app(mode, "demo:g/fmt", "page").unwrap_err();
        assert!(matches!(error, Error::NotExported { .. }), "{error}");
    }
}

#[tokio::test]
async fn compatible_versions_link() {
    let engine = engine();
    for (version, links) in [("0.1.7", true), ("0.2.0", false), ("1.0.0", false)] {
        let fmt = greeter("v ").replace("fmt@0.1.0", &format!("fmt@{version}"));
        for mode in MODES {
            match build(&engine, mode, &[("page", CALLER), ("fmt", &fmt)]) {
                Ok(app) if links => assert_eq!(greet(&app, "page", "x").await.unwrap(), "v x"),
                Err(Error::MissingProvider { .. }) if !links => {}
                other => panic!("{version}: {other:?}"),
            }
        }
    }
}

#[test]
fn types_have_to_match() {
    let engine = engine();
    let other = r#"(component
        (core module $m (func (export "f") (result i32) (i32.const 1)))
        (core instance $i (instantiate $m))
        (func $f (result u64) (canon lift (core func $i "g")))
        (func $g (result u32) (canon lift (core func $i "f")))
        (instance $fmt (export "count" (func $f)) (export "greet" (func $g)))
        (export "demo:g/fmt@0.1.0" (instance $fmt)))"#
        .replace(
            r#"(func (export "f")"#,
            r#"(func (export "g") (result i64) (i64.const 1)) (func (export "f")"#,
        );
    let less = greeter("").replace(r#"(export "count" (func $count)))"#, ")");
    for mode in MODES {
        let error = build(&engine, mode, &[("page", CALLER), ("fmt", &other)]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "plugin `page` cannot be linked to `fmt`: they disagree about `greet` of \
             `demo:g/fmt@0.1.0`\n  imported: func(name: string) -> string\n  exported: func() -> u32\n  \
             and `count`\n  imported: func() -> u32\n  exported: func() -> u64"
        );
        let error = build(&engine, mode, &[("page", CALLER), ("fmt", &less)]).unwrap_err();
        assert!(
            matches!(&error, Error::TypeMismatch(m) if m.function == "count" && m.found.is_none()),
            "{error}"
        );
    }
}

#[test]
fn circles_are_refused() {
    let engine = engine();
    let link = |import: &str, export: &str| {
        CALLER
            .replace("demo:g/fmt@0.1.0", &format!("demo:g/{import}@0.1.0"))
            .replace("demo:g/page@0.1.0", &format!("demo:g/{export}@0.1.0"))
    };
    let (a, b, c) = (link("b", "a"), link("c", "b"), link("a", "c"));
    for mode in MODES {
        let error = build(&engine, mode, &[("pa", &a), ("pb", &b), ("pc", &c)]).unwrap_err();
        match error {
            Error::Cycle { path } => assert_eq!(path, ["pa", "pb", "pc", "pa"]),
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn a_chain_of_many_plugins_works() {
    let engine = engine();
    let mut wats = vec![greeter("end ").replace("demo:g/fmt", "demo:g/i0")];
    for i in 1..30 {
        wats.push(
            CALLER
                .replace("demo:g/fmt", &format!("demo:g/i{}", i - 1))
                .replace("demo:g/page", &format!("demo:g/i{i}")),
        );
    }
    let names: Vec<String> = (0..wats.len()).map(|i| format!("p{i}")).collect();
    let plugins: Vec<_> = names
        .iter()
        .zip(&wats)
        .map(|(n, w)| (n.as_str(), w.as_str()))
        .collect();
    for mode in MODES {
        let app = build(&engine, mode, &plugins).unwrap();
        assert_eq!(greet(&app, "p29", "x").await.unwrap(), "end x");
    }
}

#[test]
fn the_host_cannot_be_impersonated() {
    let engine = engine();
    let imports = r#"(component
        (import "outwit:performance/clock@0.1.0" (instance $c (export "now" (func (result f64))))))"#;
    let impostor = r#"(component
        (core module $m (func (export "now") (result f64) (f64.const 1)))
        (core instance $i (instantiate $m))
        (func $now (result f64) (canon lift (core func $i "now")))
        (instance $c (export "now" (func $now)))
        (export "outwit:performance/clock@0.1.0" (instance $c)))"#;
    let build = |config| {
        App::builder(&engine)
            .plugin(plugin(&engine, "p", imports), config)
            .plugin(plugin(&engine, "impostor", impostor), PluginConfig::new())
            .build()
    };
    let error = build(PluginConfig::new()).unwrap_err();
    assert!(matches!(error, Error::Shadows { .. }), "{error}");
    let link = PluginConfig::new().link("outwit:performance/clock", "impostor");
    let error = build(link).unwrap_err();
    assert!(matches!(error, Error::ReservedInterface { .. }), "{error}");
}

#[tokio::test]
async fn compose_makes_a_plain_component() {
    let engine = engine();
    let plugins = [
        (plugin(&engine, "page", CALLER), PluginConfig::new()),
        (
            plugin(&engine, "fmt", &greeter("Hello, ")),
            PluginConfig::new(),
        ),
    ];
    let bytes = compose(&plugins, &ComposedExports::Of("page".into())).unwrap();
    let composed = outwit::Plugin::from_bytes(&engine, "composed", bytes).unwrap();
    let names = |p: &outwit::Plugin| {
        p.exports()
            .iter()
            .map(|e| e.name().to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&composed), ["demo:g/page@0.1.0"]);
    assert!(composed.imports().is_empty());
    let mut instance = Instance::builder(&composed).start().await.unwrap();
    let (text,): (String,) = instance
        .call_typed(None, "greet", ("Ada".to_string(),))
        .await
        .unwrap();
    assert_eq!(text, "Hello, Ada");

    let bytes = compose(&plugins, &ComposedExports::All).unwrap();
    let all = outwit::Plugin::from_bytes(&engine, "all", bytes).unwrap();
    assert_eq!(names(&all), ["demo:g/page@0.1.0", "demo:g/fmt@0.1.0"]);

    // What nobody exports stays an import.
    let bytes = compose(&plugins[..1], &ComposedExports::All).unwrap();
    let open = outwit::Plugin::from_bytes(&engine, "open", bytes).unwrap();
    assert_eq!(open.imports()[0].name(), "demo:g/fmt@0.1.0");
    let error = compose(&plugins, &ComposedExports::Of("x".into())).unwrap_err();
    assert!(matches!(error, Error::UnknownPlugin { .. }));
}

/// A handle to a resource of the host is an entry in the table of one plugin. Another one cannot get it; the app says
/// so when it loads.
#[test]
fn resources_of_the_host_do_not_change_hands() {
    const POLL: &str = r#"
        (import "wasi:io/poll@0.2.6" (instance $poll
            (export "pollable" (type $p (sub resource)))))
        (alias export $poll "pollable" (type $pollable))"#;
    for handle in ["own", "borrow"] {
        let provider = format!(
            r#"(component
                {POLL}
                (core func $drop (canon resource.drop $pollable))
                (core module $m
                    (import "" "drop" (func $drop (param i32)))
                    (func (export "hold") (param i32) (call $drop (local.get 0))))
                (core instance $i (instantiate $m
                    (with "" (instance (export "drop" (func $drop))))))
                (func $hold (param "p" ({handle} $pollable)) (canon lift (core func $i "hold")))
                (instance $holder (export "hold" (func $hold)))
                (export "demo:g/holder@0.1.0" (instance $holder)))"#
        );
        let consumer = format!(
            r#"(component
                {POLL}
                (import "demo:g/holder@0.1.0" (instance $holder
                    (export "hold" (func (param "p" ({handle} $pollable)))))))"#
        );
        let engine = engine();
        let config = || PluginConfig::new().grants(Grants::none().with_clocks());
        let app = App::builder(&engine)
            .plugin(plugin(&engine, "consumer", &consumer), config())
            .plugin(plugin(&engine, "provider", &provider), config())
            .build();
        match app {
            Err(Error::UnsupportedLink {
                plugin,
                provider,
                interface,
                function,
                what,
            }) => {
                assert_eq!(
                    (plugin.as_str(), provider.as_str()),
                    ("consumer", "provider")
                );
                assert_eq!(interface, "demo:g/holder@0.1.0");
                assert_eq!(
                    (function.as_str(), what),
                    ("hold", "a resource of the host")
                );
            }
            other => panic!("{handle}: {other:?}"),
        }
    }
}
