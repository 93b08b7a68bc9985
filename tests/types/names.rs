//! Names that are reserved somewhere, worlds with functions of their own, several versions of one
//! interface, and interfaces that use types of others.

use crate::dynamic::{Dynamic, State};
use crate::text;
use outwit::Val;
use outwit_tests::js;
use wasmtime::component::{Linker, ResourceType};

fn s(text: &str) -> Val {
    Val::String(text.into())
}

/// Defines what `names` imports. Each answer says who gave it.
fn link(linker: &mut Linker<State>) {
    let field = |args: &[Val], name: &str| match &args[0] {
        Val::Record(fields) => fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.clone())
            .unwrap(),
        other => panic!("{other:?}"),
    };
    // An interface whose types others use is imported with them; so is its resource.
    linker
        .instance("test:names/base@0.1.0")
        .unwrap()
        .resource("handle", ResourceType::host::<()>(), |_, _| Ok(()))
        .unwrap();
    linker
        .instance("test:names/user@0.1.0")
        .unwrap()
        .func_new("ends", move |_, _, args, results| {
            results[0] = Val::List(vec![field(args, "from"), field(args, "to")]);
            Ok(())
        })
        .unwrap();
    for (version, shape) in [("0.1.0", "name"), ("0.2.0", "name size"), ("1.3.0", "list")] {
        linker
            .instance(&format!("test:versions/api@{version}"))
            .unwrap()
            .func_new("describe", move |_, _, args, results| {
                let got = match &args[0] {
                    Val::Record(fields) => {
                        let names = fields.iter().map(|(name, _)| name.as_str());
                        names.collect::<Vec<_>>().join(" ")
                    }
                    _ => "list".into(),
                };
                assert_eq!(got, shape);
                results[0] = s(&format!("{version} {got}"));
                Ok(())
            })
            .unwrap();
    }
    let mut root = linker.root();
    root.func_new("look-up", |_, _, args, results| {
        results[0] = Val::Option((args[0] == s("a")).then(|| Box::new(s("found"))));
        Ok(())
    })
    .unwrap();
    root.func_new("delete", |store, _, args, _| {
        assert_eq!(args[0], s("b"));
        let mut store = store;
        store.data_mut().count += 1;
        Ok(())
    })
    .unwrap();
}

async fn start() -> Dynamic {
    let plugin = js("types/names/names.js", "types/names/wit", "names");
    Dynamic::start(&plugin, link).await
}

#[tokio::test]
async fn a_world_has_functions_of_its_own_and_versions_of_an_interface() {
    let mut plugin = start().await;
    let got = plugin.call(None, "ask", &[]).await.unwrap();
    let expected =
        "[\"0.1.0 name\", \"0.2.0 name size\", \"1.3.0 list\", \"found\", \"undefined\"]";
    assert_eq!(text(&got), [expected]);
    assert_eq!(plugin.store.data().count, 1);
    let got = plugin.call(None, "default", &[]).await.unwrap();
    assert_eq!(got, [s("default")]);
    let got = plugin
        .call(None, "await", &[Val::Bool(true)])
        .await
        .unwrap();
    assert_eq!(got, [Val::Bool(false)]);
    let got = plugin
        .call(None, "wait-a-bit", &[Val::U8(1)])
        .await
        .unwrap();
    assert_eq!(got, [Val::U8(2)]);

    let item = |fields: &[(&str, Val)]| {
        let own = |(name, value): &(&str, Val)| ((*name).to_owned(), value.clone());
        Val::Record(fields.iter().map(own).collect())
    };
    let old = item(&[("name", s("a"))]);
    let got = plugin
        .call(Some("test:versions/api@0.1.0"), "describe", &[old])
        .await;
    assert_eq!(got.unwrap(), [s("old a")]);
    let new = item(&[("name", s("b")), ("size", Val::U32(3))]);
    let got = plugin
        .call(Some("test:versions/api@0.2.0"), "describe", &[new])
        .await;
    assert_eq!(got.unwrap(), [s("new b of 3")]);
}

#[tokio::test]
async fn types_come_from_other_interfaces() {
    let mut plugin = start().await;
    let point = |x, y| Val::Record(vec![("x".into(), Val::S32(x)), ("y".into(), Val::S32(y))]);
    for (kind, ends) in [
        ("enum", "[{x: 1, y: 2}, {x: 3, y: 4}]"),
        ("flags", "[{x: 3, y: 4}]"),
    ] {
        let route = Val::Record(vec![
            ("from".into(), point(1, 2)),
            ("to".into(), point(3, 4)),
            ("kind".into(), Val::Enum(kind.into())),
        ]);
        let got = plugin
            .call(Some("test:names/user@0.1.0"), "ends", &[route])
            .await;
        assert_eq!(text(&got.unwrap()), [ends]);
    }
}

#[tokio::test]
async fn reserved_words_are_names_like_others() {
    let mut plugin = start().await;
    let class = Val::Record(vec![
        ("new".into(), Val::Bool(true)),
        ("function".into(), s("f")),
        ("await".into(), Val::U8(7)),
        ("default".into(), Val::Option(None)),
    ]);
    let variant = Val::Variant("record".into(), Some(Box::new(Val::U32(5))));
    let flags = Val::Flags(vec!["static".into(), "import".into()]);
    for (function, args, expected) in [
        ("delete", vec![Val::U32(5), Val::U32(3)], Val::U32(2)),
        ("async", vec![class.clone()], class),
        ("yield", vec![variant.clone()], variant),
        ("eval", vec![flags.clone()], flags),
        (
            "many-words-in-one-name",
            vec![Val::U8(1), Val::U8(2)],
            Val::Tuple(vec![Val::U8(2), Val::U8(1)]),
        ),
        ("HTTP-url2-get", vec![], s("https")),
        ("then", vec![], Val::Bool(true)),
        ("constructor", vec![], Val::U8(1)),
        ("prototype", vec![], Val::U8(2)),
        ("proto", vec![], Val::U8(3)),
    ] {
        let interface = Some("test:names/interface@0.1.0");
        let got = plugin.call(interface, function, &args).await;
        let got = got.unwrap_or_else(|error| panic!("{function}: {error:?}"));
        assert_eq!(text(&got), text(&[expected]), "{function}");
    }
}
