//! Maps, and lists of a fixed length: between plugins of both languages, and what JavaScript may pass.

use crate::dynamic::{Dynamic, State};
use crate::{app, plugin};
use outwit::{LinkMode, Plugin, Val};
use outwit_tests::{js, js_text, rust};
use wasmtime::component::Linker;

pub const WIT: &str = "types/collections/wit";

fn js_plugin(name: &str, module: &str, world: &str) -> Plugin {
    let module = format!("types/collections/{module}.js");
    plugin(name, &js(&module, WIT, world))
}

fn rust_plugin(name: &str, folder: &str) -> Plugin {
    plugin(name, &rust(&format!("types/collections/{folder}")))
}

fn s(text: &str) -> Val {
    Val::String(text.into())
}

fn map<const N: usize>(entries: [(Val, Val); N]) -> Val {
    Val::Map(entries.into())
}

fn list<const N: usize>(items: [Val; N]) -> Val {
    Val::List(items.into())
}

fn fixed(items: impl IntoIterator<Item = Val>) -> Val {
    Val::FixedLengthList(items.into_iter().collect())
}

fn point(x: i32, y: i32) -> Val {
    Val::Record(vec![("x".into(), Val::S32(x)), ("y".into(), Val::S32(y))])
}

fn cell(case: &str, value: Option<Val>) -> Val {
    Val::Variant(case.into(), value.map(Box::new))
}

/// The functions of `echo` with arguments for them. Keys are in order, as some languages want them.
pub fn values() -> Vec<(&'static str, Vec<Val>)> {
    use Val::{Bool, Char, Float32, Float64, S8, S16, S64, U8, U16, U32, U64};
    let some = |value| Val::Option(Some(Box::new(value)));
    let bytes = |a, b| fixed([U8(a), U8(b)]);
    let cells = [
        cell("empty", None),
        cell("pair", Some(bytes(1, 255))),
        cell("named", Some(map([(s("x"), U8(1))]))),
    ];
    let both = [
        Val::Result(Ok(Some(Box::new(fixed([S64(i64::MIN), S64(-1)]))))),
        Val::Result(Err(Some(Box::new(fixed(
            [0.5, -0.5, 2.0, 1e30].map(Float32),
        ))))),
    ];
    let deep = map([
        (s(""), map([])),
        (
            s("é ☃ 🦀"),
            map([(U8(0), list([])), (U8(255), list([s("a"), s("")]))]),
        ),
    ]);
    vec![
        ("echo-map", vec![map([])]),
        (
            "echo-map",
            vec![map([(s("a"), U32(1)), (s("b"), U32(u32::MAX))])],
        ),
        (
            "echo-map-u64",
            vec![map([(U64(0), s("zero")), (U64(u64::MAX), s(""))])],
        ),
        (
            "echo-map-char",
            vec![map([(Char('a'), Bool(true)), (Char('🦀'), Bool(false))])],
        ),
        (
            "echo-map-bool",
            vec![map([
                (Bool(false), Float64(0.1)),
                (Bool(true), Float64(f64::MAX)),
            ])],
        ),
        (
            "echo-map-points",
            vec![map([
                (S16(-32768), point(1, 2)),
                (S16(32767), point(i32::MIN, 0)),
            ])],
        ),
        ("echo-map-maps", vec![deep]),
        (
            "echo-maps",
            vec![list([
                Val::Option(None),
                some(map([])),
                some(map([(U8(1), U8(2))])),
            ])],
        ),
        ("echo-bytes", vec![fixed([0, 1, 128, 255].map(U8))]),
        ("echo-one", vec![fixed([U32(u32::MAX)])]),
        ("echo-shorts", vec![fixed([-32768, -1, 32767].map(S16))]),
        (
            "echo-floats",
            vec![fixed([1.5, -3.402_823_5e38].map(Float32))],
        ),
        ("echo-longs", vec![fixed([0, u64::MAX].map(U64))]),
        (
            "echo-points",
            vec![fixed([
                point(1, -1),
                point(0, 0),
                point(i32::MAX, i32::MIN),
            ])],
        ),
        ("echo-sixteen", vec![fixed((0..16).map(U32))]),
        ("echo-seventeen", vec![fixed((0..17).map(U32))]),
        (
            "echo-many",
            vec![fixed((0..1000).map(|i| Float64(f64::from(i) / 3.0)))],
        ),
        (
            "echo-nested",
            vec![fixed([bytes(1, 2), bytes(3, 4), bytes(5, 6)])],
        ),
        ("echo-list-of-fixed", vec![list([])]),
        (
            "echo-list-of-fixed",
            vec![list([
                fixed([1, 2, 3].map(U16)),
                fixed([65535, 0, 1].map(U16)),
            ])],
        ),
        ("echo-cell", vec![cells[0].clone()]),
        ("echo-cell", vec![cells[1].clone()]),
        ("echo-cell", vec![cells[2].clone()]),
        ("echo-cells", vec![list(cells)]),
        ("echo-result", vec![fixed(both)]),
        (
            "echo-two",
            vec![
                fixed([S8(-128), S8(127)]),
                map([(s("k"), fixed([Bool(true), Bool(false)]))]),
            ],
        ),
    ]
}

/// The same for `owned`.
pub fn owned_values() -> Vec<(&'static str, Vec<Val>)> {
    vec![
        ("echo-strings", vec![fixed([s(""), s("é ☃ 🦀")])]),
        (
            "echo-fixed-of-lists",
            vec![fixed([list([]), list([Val::U16(1), Val::U16(65535)])])],
        ),
    ]
}

async fn check(app: &outwit::App, values: &[(&str, Vec<Val>)]) {
    for (function, args) in values {
        let got = app
            .call("front", None, function, args)
            .await
            .unwrap_or_else(|error| panic!("{function}({args:?}): {error}"));
        let want = match &args[..] {
            [one] => one.clone(),
            several => Val::Tuple(several.to_vec()),
        };
        assert_eq!(got, [want], "{function}");
    }
}

#[tokio::test]
async fn both_languages_echo_collections() {
    let fronts = [
        js_plugin("front", "echo", "echoes"),
        rust_plugin("front", "rust-echo"),
    ];
    for front in fronts {
        let app = app(LinkMode::Trampoline, [front]);
        check(&app, &values()).await;
        check(&app, &owned_values()).await;
    }
}

#[tokio::test]
async fn collections_go_between_plugins() {
    for mode in [LinkMode::Trampoline, LinkMode::Fused] {
        let echoes = [
            js_plugin("echo", "echo", "echoes"),
            rust_plugin("echo", "rust-echo"),
        ];
        for echo in echoes {
            let front = js_plugin("front", "forward", "forwards-all");
            let app = app(mode, [front, echo]);
            check(&app, &values()).await;
            check(&app, &owned_values()).await;
        }
        let echo = js_plugin("echo", "echo", "echoes");
        let front = rust_plugin("front", "rust-forward");
        check(&app(mode, [front, echo]), &values()).await;
    }
}

/// Values that are not of their type do not get into a plugin.
#[tokio::test]
async fn wrong_collections_are_refused() {
    let app = app(LinkMode::Trampoline, [js_plugin("front", "echo", "echoes")]);
    for (function, value, expected) in [
        ("echo-bytes", fixed([Val::U8(1)]), "list<u8, 4>"),
        ("echo-bytes", fixed([1, 2, 3, 4].map(Val::U16)), "item 0"),
        ("echo-bytes", list([]), "list<u8, 4>"),
        ("echo-map", map([(Val::U8(1), Val::U32(1))]), "key 0"),
        ("echo-map", map([(s("a"), s("b"))]), "value 0"),
    ] {
        let error = app
            .call("front", None, function, &[value])
            .await
            .unwrap_err();
        let message = error.to_string();
        assert!(message.contains(expected), "{message}");
    }
}

fn show(linker: &mut Linker<State>) {
    let mut sink = linker.instance("test:collections/sink@0.1.0").unwrap();
    for name in ["show-map", "show-bytes", "show-strings", "show-nested"] {
        sink.func_new(name, |_, _, args, results| {
            results[0] = Val::String(shown(&args[0]));
            Ok(())
        })
        .unwrap();
    }
}

fn shown(value: &Val) -> String {
    let join = |values: &[Val]| values.iter().map(shown).collect::<Vec<_>>().join(" ");
    match value {
        Val::Map(entries) => {
            let entry = |(key, value): &(Val, Val)| format!("{}={}", shown(key), shown(value));
            format!(
                "{{{}}}",
                entries.iter().map(entry).collect::<Vec<_>>().join(" ")
            )
        }
        Val::List(values) | Val::FixedLengthList(values) => format!("[{}]", join(values)),
        Val::String(text) => text.clone(),
        Val::U8(n) => n.to_string(),
        Val::U32(n) => n.to_string(),
        Val::S16(n) => n.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn javascript_passes_what_fits_and_nothing_else() {
    let plugin = js("types/collections/probe.js", WIT, "probe");
    let mut plugin = Dynamic::start(&plugin, show).await;
    for (case, expected) in [
        ("a map", "{b=2 a=1}"),
        ("an empty map", "{}"),
        ("a class that extends Map", "{b=2 a=1}"),
        ("an array of pairs", "{b=2 a=1}"),
        ("pairs with the same key", "{a=3 b=2}"),
        ("entries of an object", "{z=26}"),
        (
            "a generator that fails",
            "argument 1 (\"v\"), field \"v.get(\"y\")\": expected u8, got \"two\"; closed 1",
        ),
        (
            "an object",
            "TypeError: argument 1 (\"v\"): expected a Map or an iterable of pairs (map<string, u8>), got an object",
        ),
        (
            "nothing",
            "TypeError: argument 1 (\"v\"): expected a Map or an iterable of pairs (map<string, u8>), got null",
        ),
        (
            "no pairs",
            "TypeError: argument 1 (\"v\"), field \"v[0]\": expected a pair [key, value], got 1",
        ),
        (
            "a wrong key",
            "TypeError: argument 1 (\"v\"), field \"v.keys()[1]\": expected a string, got 2",
        ),
        (
            "a wrong value",
            "TypeError: argument 1 (\"v\"), field \"v.get(\"it\")\": expected u8, got 300",
        ),
        ("an iterable that throws", "RangeError: from the iterable"),
        (
            "deep down",
            "TypeError: argument 1 (\"v\"), field \"v[0].get(8)[1]\": expected s16, got 40000",
        ),
        ("nested", "[{7=[1 2]} {}]"),
        ("a typed array", "[1 2 3]"),
        ("a part of a typed array", "[1 2 3]"),
        ("an array", "[1 2 3]"),
        (
            "a typed array that is too long",
            "TypeError: argument 1 (\"v\"): expected Uint8Array or an array of exactly 3 (list<u8, 3>), got one of 4",
        ),
        (
            "a typed array of something else",
            "TypeError: argument 1 (\"v\"): expected Uint8Array or an array of exactly 3 (list<u8, 3>), got a typed array",
        ),
        (
            "an array that is too short",
            "TypeError: argument 1 (\"v\"): expected Uint8Array or an array of exactly 3 (list<u8, 3>), got one of 2",
        ),
        (
            "a wrong element",
            "TypeError: argument 1 (\"v\"), field \"v[2]\": expected u8, got 256",
        ),
        (
            "a detached array",
            "TypeError: ArrayBuffer is detached or resized",
        ),
        ("strings", "[a b]"),
        (
            "too many strings",
            "TypeError: argument 1 (\"v\"): expected an array of exactly 2 (list<string, 2>), got one of 3",
        ),
        (
            "something iterable",
            "TypeError: argument 1 (\"v\"): expected an array of exactly 2 (list<string, 2>), got an object",
        ),
    ] {
        let attempts = Some("test:collections/attempts@0.1.0");
        let got = plugin.call(attempts, "attempt", &[s(case)]).await.unwrap();
        assert_eq!(got, [s(expected)], "{case}");
    }
}

#[tokio::test]
async fn javascript_gets_maps_and_typed_arrays() {
    let plugin = js("types/collections/probe.js", WIT, "probe");
    let mut plugin = Dynamic::start(&plugin, show).await;
    let args = [
        map([(s("a"), Val::U8(1))]),
        fixed([1, 2, 3].map(Val::U8)),
        fixed([1, 2].map(Val::U64)),
        fixed([s("a"), s("b")]),
    ];
    let attempts = Some("test:collections/attempts@0.1.0");
    let got = plugin.call(attempts, "kinds", &args).await.unwrap();
    assert_eq!(
        got,
        [s(
            "Map of 1, Uint8Array of 3, BigUint64Array of 2, Array of 2"
        )]
    );
}

#[test]
fn a_list_that_does_not_fit_into_memory_is_an_error_of_the_build() {
    for (ty, expected) in [
        ("list<u8, 4294967295>", "is too large"),
        ("list<list<u64, 65536>, 65536>", "is too large"),
        ("list<u8, 0>", "list"),
    ] {
        let wit = format!("package a:b; world w {{ export f: func(v: {ty}); }}");
        let error = js_text("export const f = () => {};", &wit).unwrap_err();
        let message = error.to_string();
        assert!(message.contains(expected), "{ty}: {message}");
    }
}
