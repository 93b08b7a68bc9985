//! What goes wrong with streams and futures, and what an author is told.

use outwit::{App, Error, LinkMode, Plugin, PluginConfig};
use outwit_tests::{engine, js, js_text, rust};

fn app() -> App {
    let plugin = |name: &str, bytes: &[u8]| Plugin::from_bytes(&engine(), name, bytes).unwrap();
    let wit = "types/channels/wit";
    App::builder(&engine())
        .link_mode(LinkMode::Fused)
        .plugin(
            plugin("mistakes", &js("types/channels/mistakes.js", wit, "drives")),
            PluginConfig::new(),
        )
        .plugin(
            plugin("provider", &rust("types/channels/rust-provider")),
            PluginConfig::new(),
        )
        .build()
        .unwrap()
}

async fn check(app: &App, code: &str) -> outwit::Result<String> {
    let interface = Some("test:channels/driver@0.1.0");
    let params = (code.to_owned(),);
    let (text,) = app
        .call_typed("mistakes", interface, "check", params)
        .await?;
    Ok(text)
}

/// What the code can catch.
#[tokio::test]
async fn mistakes_are_type_errors() {
    let app = app();
    for (code, expected) in [
        (
            "await api.sum(5)",
            r#"TypeError: argument 1 ("numbers"): expected a stream, an async iterable or an iterable (stream<u32>), got 5"#,
        ),
        (
            "await api.upper('text')",
            r#"TypeError: argument 1 ("texts"): expected a stream, an async iterable or an iterable (stream<string>), got "text""#,
        ),
        (
            "await api.exchange({ headers: ['a'], body: {}, trailers: 1 })",
            r#"TypeError: argument 1 ("request"), field "request.body": expected a stream, an async iterable or an iterable (stream<u8>), got an object"#,
        ),
        (
            "await api.bytes(9).then(async (s) => { await api.pass(s); await api.pass(s); })",
            r#"TypeError: argument 1 ("bytes"): this stream<u8> was passed on by an earlier call"#,
        ),
        (
            "await api.bytes(9).then(async (s) => { await api.pass(s); await s.read(); })",
            "TypeError: this stream<u8> was passed on",
        ),
        (
            "await api.count().then(async (s) => { s.read(); s.read(); s.read(); await api.sum(s); })",
            r#"TypeError: argument 1 ("numbers"): this stream<u32> is being read"#,
        ),
        (
            "await api.bytes(9).then((s) => s.read('many'))",
            "TypeError: read: the argument is the most elements to read, an integer above 0",
        ),
        (
            "await api.bytes(9).then((s) => s.read.call(Object.create(Object.getPrototypeOf(s))))",
            "TypeError: read: `this` is not a stream",
        ),
        // an argument that fits is not used up because another one does not
        (
            "await api.bytes(9).then(async (s) => { \
                await api.exchange({ headers: ['a'], body: s, trailers: 1, get headers() { return [1]; } }).catch(() => 0); \
                return (await s.read()).value.length; })",
            "9",
        ),
        // an ended stream is an empty one
        (
            "await api.bytes(9).then(async (s) => { for await (const _ of s); return (await api.collectBytes(s)).length; })",
            "0",
        ),
        // one type is read, and written to the other
        (
            "await api.bytes(3).then(async (s) => api.sum((async function* () { for await (const c of s) yield* c; })()))",
            "21",
        ),
    ] {
        let got = check(&app, code).await;
        assert_eq!(
            got.unwrap_or_else(|error| panic!("{code}: {error}")),
            expected,
            "{code}"
        );
    }
}

/// What no code can catch ends the call, and the instance.
#[tokio::test]
async fn what_nobody_can_catch_reaches_the_host() {
    let app = app();
    for (code, expected) in [
        (
            "await api.sum([1, 2, 'x'])",
            r#"TypeError: chunk 0 of a stream<u32>, field "[2]": expected u32, got "x""#,
        ),
        (
            "await api.sum([1, -1].values())",
            "TypeError: chunk 1 of a stream<u32>: expected u32, got -1",
        ),
        (
            "await api.sum(new Uint8Array(3))",
            "TypeError: chunk 0 of a stream<u32>: expected Uint32Array or an array (list<u32>), got a typed array",
        ),
        (
            "await api.collectLines([{ text: 'a', numbers: [1], label: 5 }].values())",
            r#"TypeError: chunk 0 of a stream<record>, field "label": expected a string, got 5"#,
        ),
        (
            "await api.sum((function* () { yield 1; throw new RangeError('boom'); })())",
            "RangeError: boom",
        ),
        (
            "await api.sum({ [Symbol.asyncIterator]: () => ({ next: () => 5 }) })",
            "TypeError: the iterator of a stream gave something that is not an object",
        ),
        (
            "await api.when(Promise.reject(new Error('no signal')))",
            "Error: no signal",
        ),
        (
            "await api.double('many').then(() => api.units(1)).then((s) => s.read())",
            r#"TypeError: the value of a future<u32>: expected u32, got "many""#,
        ),
        (
            "await new Promise(() => {})",
            "Error: the promise that `check` of test:channels/driver@0.1.0 returned can never settle: \
             nothing is left that could settle it",
        ),
        (
            "await (async () => { const promise = new Promise(() => {}); await promise; })()",
            "Error: the promise that `check` of test:channels/driver@0.1.0 returned can never settle: \
             nothing is left that could settle it",
        ),
    ] {
        match check(&app, code).await {
            Err(Error::Exception { message, .. }) => assert_eq!(message, expected, "{code}"),
            other => panic!("{code}: {other:?}"),
        }
    }
}

/// Not a mistake: a plugin in another store forgets a stream.
#[tokio::test]
async fn a_stream_that_another_plugin_does_not_read_ends() {
    let wit = |world: &str| {
        format!(
            "package test:apart; \
             interface bytes {{ take: async func(bytes: stream<u8>); }} \
             world w {{ {world} }}"
        )
    };
    let giver = "import { take } from 'test:apart/bytes'; export const go = () => take([1]);";
    let giver = js_text(giver, &wit("import bytes; export go: async func();")).unwrap();
    let taker = "export const bytes = { async take() {} };";
    let taker = js_text(taker, &wit("export bytes;")).unwrap();
    let plugin = |name: &str, bytes: &[u8]| Plugin::from_bytes(&engine(), name, bytes).unwrap();
    let app = App::builder(&engine())
        .link_mode(LinkMode::Trampoline)
        .plugin(plugin("giver", &giver), PluginConfig::new())
        .plugin(plugin("taker", &taker), PluginConfig::new())
        .build()
        .unwrap();
    let (): () = app.call_typed("giver", None, "go", ()).await.unwrap();
    for health in app.health() {
        assert_eq!(health.streams, 0, "{health:?}");
    }
}
