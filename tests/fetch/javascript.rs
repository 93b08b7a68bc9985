//! `fetch` as JavaScript has it: Fetch (WHATWG) over the interface.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::Response;
use outwit::fetch::{Grant, HttpClient, Network};
use outwit::{Grants, Host, Instance, Limits, Plugin};
use outwit_tests::{engine, js_text};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Notify;

use crate::harness::{anywhere_here, call};
use crate::server::{Body, Server, full};

/// A plugin whose function has this body.
pub async fn start(imports: &[&str], grant: Grant, body: &str) -> Instance {
    start_on(Network::default(), imports, grant, body).await
}

/// The same, on a network of its own.
pub async fn start_on(network: Network, imports: &[&str], grant: Grant, body: &str) -> Instance {
    let source = format!("export async function run(arg) {{\n{body}\n}}");
    let includes: String = imports
        .iter()
        .map(|name| format!("include outwit:{name}/imports@0.1.0;\n"))
        .collect();
    let wit = format!(
        "package test:fetch;\nworld fetching {{\n{includes}export run: async func(arg: string) -> string;\n}}"
    );
    let component = js_text(&source, &wit).unwrap_or_else(|error| panic!("{body}\n{error}"));
    let plugin = Plugin::from_bytes(&engine(), "fetching", component).unwrap();
    let private = ["127.0.0.1".parse().unwrap()];
    let sockets = outwit::websocket::Grant::to(["ws://*:*"]).unwrap();
    let grants = Grants::none()
        .with_timers()
        .with_fetch(grant)
        .with_websocket(sockets.with_private(private));
    let mut limits = Limits::default();
    limits.cpu = Duration::from_secs(5);
    limits.wall = Duration::from_secs(20);
    Instance::builder(&plugin)
        .grants(grants)
        .limits(limits)
        .host(Host::system().with_fetch(Arc::new(HttpClient::over(network))))
        .start()
        .await
        .unwrap()
}

async fn run(body: &str, arg: impl Into<String>) -> String {
    let mut instance = start(&["fetch", "timers"], anywhere_here(), body).await;
    call(&mut instance, arg).await
}

/// `/status/CODE?LOCATION` redirects; anything else tells what it was asked.
async fn serve(request: hyper::Request<hyper::body::Incoming>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    if let Some(status) = path.strip_prefix("/status/") {
        let response = Response::builder().status(status.parse::<u16>().unwrap());
        let response = match parts.uri.query() {
            Some(location) => response.header("location", location),
            None => response,
        };
        return response.body(full("gone elsewhere")).unwrap();
    }
    let Ok(body) = body.collect().await else {
        return Response::new(full("broken"));
    };
    let header = |name: &str| {
        let values = parts.headers.get_all(name).iter();
        let values: Vec<&str> = values.map(|v| v.to_str().unwrap()).collect();
        values.join(",")
    };
    let said = format!(
        "{} {} [{}] [{}] [{}] {}",
        parts.method,
        parts.uri,
        header("content-type"),
        header("authorization"),
        header("x-own"),
        String::from_utf8_lossy(&body.to_bytes())
    );
    Response::builder()
        .header("content-type", "text/plain;charset=utf-8")
        .header("x-one", "1")
        .body(full(said))
        .unwrap()
}

#[tokio::test]
async fn a_response_and_its_parts() {
    let server = Server::http(serve).await;
    let body = r#"
        const response = await fetch(`${arg}/a b?c#d`, { headers: { "X-Own": "yes" } });
        const { status, statusText, ok, type, url, redirected, headers, bodyUsed } = response;
        const text = await response.text();
        return JSON.stringify([
            status, statusText, ok, type, url.slice(arg.length), redirected, headers.get("x-one"), bodyUsed, text, response.bodyUsed,
        ]);
    "#;
    let said = run(body, server.url("")).await;
    assert_eq!(
        said,
        r#"[200,"OK",true,"basic","/a%20b?c",false,"1",false,"GET /a%20b?c [] [] [yes] ",true]"#
    );
}

#[tokio::test]
async fn bodies_of_every_kind() {
    let server = Server::http(serve).await;
    let body = r#"
        const shown = [];
        async function* chunks() { yield new TextEncoder().encode("str"); yield new TextEncoder().encode("eam"); }
        for (const body of [
            "text", new Uint8Array([104, 105]), new Blob(["blob"], { type: "a/b" }), new URLSearchParams("a=1&b=2"),
            ReadableStream.from(chunks()),
        ]) {
            const response = await fetch(arg, { method: "POST", body, duplex: "half" });
            shown.push((await response.text()).slice("POST / ".length));
        }
        const form = new FormData();
        form.append("a", "1");
        const text = await (await fetch(arg, { method: "POST", body: form })).text();
        shown.push(/multipart\/form-data; boundary=/.test(text) && text.includes('name="a"'));
        return shown.join("\n");
    "#;
    let said = run(body, server.url("/")).await;
    assert_eq!(
        said,
        "[text/plain;charset=UTF-8] [] [] text\n[] [] [] hi\n[a/b] [] [] blob\n\
         [application/x-www-form-urlencoded;charset=UTF-8] [] [] a=1&b=2\n[] [] [] stream\ntrue"
    );
}

#[tokio::test]
async fn redirects() {
    let (server, other) = (Server::http(serve).await, Server::http(serve).await);
    let body = r#"
        const [here, there] = arg.split(" ");
        const shown = [];
        const show = async (path, init) => {
            try {
                const response = await fetch(`${here}${path}`, init);
                shown.push(`${response.redirected} ${response.type} ${response.status} ${await response.text()}`);
            } catch (error) {
                shown.push(`${error.name} ${error.message.replaceAll(here, "")}`);
            }
        };
        const post = { method: "POST", body: "b", headers: { authorization: "secret", "x-own": "o" } };
        await show("/status/301?/next");
        await show("/status/302?/next", post);
        await show("/status/303?/next", { ...post, method: "PUT" });
        await show("/status/307?/next", post);
        await show("/status/308?/next", post);
        await show(`/status/307?${there}/next`, post);
        await show("/status/302");
        await show("/status/302?/next", { redirect: "manual" });
        await show("/status/302?/next", { redirect: "error" });
        await show("/status/302?data:,x");
        await show("/status/302?/status/302");
        await show("/status/307?/next", {
            method: "POST", duplex: "half", body: new ReadableStream({ start(c) { c.enqueue(new Uint8Array(1)); c.close(); } }),
        });
        return shown.join("\n").replaceAll(there, "THERE");
    "#;
    let said = run(body, format!("{} {}", server.url(""), other.url(""))).await;
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(
        lines,
        [
            "true basic 200 GET /next [] [] [] ",
            "true basic 200 GET /next [] [secret] [o] ",
            "true basic 200 GET /next [] [secret] [o] ",
            "true basic 200 POST /next [text/plain;charset=UTF-8] [secret] [o] b",
            "true basic 200 POST /next [text/plain;charset=UTF-8] [secret] [o] b",
            "true basic 200 POST /next [text/plain;charset=UTF-8] [] [o] b",
            "false basic 302 gone elsewhere",
            "false opaqueredirect 0 ",
            "TypeError fetch : it redirects, and the request says that it must not",
            "TypeError fetch : it redirects to a URL of scheme 'data:'",
            "true basic 302 gone elsewhere",
            "TypeError fetch : it redirects, and the stream that is the body cannot be sent again",
        ]
    );
    let endless = Server::http(|_| async {
        let response = Response::builder().status(302).header("location", "/");
        response.body(full("")).unwrap()
    })
    .await;
    let body = "return fetch(arg).catch((error) => error.message.replace(arg, ''));";
    let said = run(body, endless.url("/")).await;
    assert_eq!(said, "fetch : it redirects more than 20 times");
}

#[tokio::test]
async fn a_redirect_is_held_to_the_grant_like_any_request() {
    let (server, other) = (Server::http(serve).await, Server::http(serve).await);
    let only = Grant::to([server.url("")]).unwrap();
    let body = r#"
        const [here, there] = arg.split(" ");
        const fails = (location) => fetch(`${here}/status/302?${location}`).catch(
            ({ name, message, cause }) => `${name} ${message.replaceAll(there, "THERE")} (${cause.payload.val})`,
        );
        return `${await fails(`${there}/`)}\n${await fails("http://10.0.0.1/")}`;
    "#;
    let mut instance = start(&["fetch"], only, body).await;
    let said = call(
        &mut instance,
        format!("{} {}", server.url(""), other.url("")),
    )
    .await;
    assert_eq!(
        said,
        "TypeError fetch THERE: the plugin may not send requests there; to allow it, add \"THERE\" to 'fetch' of its grant in \
         the manifest (origin)\n\
         TypeError fetch http://10.0.0.1: the plugin may not send requests there; to allow it, add \"http://10.0.0.1\" to \
         'fetch' of its grant in the manifest (origin)"
    );
    assert_eq!((server.connections() > 0, other.connections()), (true, 0));
}

#[tokio::test]
async fn urls_that_need_no_network() {
    let body = r#"
        const show = async (url, init) => {
            try {
                const response = await fetch(url, init);
                return `${response.status} ${response.headers.get("content-type")} ${await response.text()}`;
            } catch (error) {
                return `${error.name}`;
            }
        };
        const url = URL.createObjectURL(new Blob(["in a blob"], { type: "text/x" }));
        const shown = [
            await show("data:,a%20b"), await show("data:text/html;charset=x;base64,aGk="), await show("data:;base64,%%%"), await show("data:no"),
            await show(url), await show("about:blank"), await show("file:///etc/passwd"), await show("/relative"), await show("http://a:25/"),
        ];
        URL.revokeObjectURL(url);
        shown.push(await show(url));
        return shown.join("\n");
    "#;
    assert_eq!(
        run(body, "").await,
        "200 text/plain;charset=US-ASCII a b\n200 text/html;charset=x hi\nTypeError\nTypeError\n200 text/x in a blob\nTypeError\n\
         TypeError\nTypeError\nTypeError\nTypeError"
    );
}

#[tokio::test]
async fn integrity() {
    let server = Server::http(|_| async { Response::new(full("hello")) }).await;
    let body = r#"
        const show = (integrity) => fetch(arg, { integrity }).then((r) => r.text(), (e) => e.name);
        const right = "sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
        const shown = [];
        for (const integrity of [
            right, "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", `${right} sha512-AAAA`, "md5-AAAA", `sha384-AAAA ${right}`,
        ]) shown.push(await show(integrity));
        return shown.join();
    "#;
    let said = run(body, server.url("/")).await;
    assert_eq!(said, "hello,TypeError,TypeError,hello,TypeError");
}

/// Counts what a plugin asks of the host while it fetches.
#[derive(Clone, Default)]
struct Crossings(Arc<std::sync::Mutex<Vec<String>>>);

impl tracing::Subscriber for Crossings {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "outwit::crossings"
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        struct Message<'a>(&'a mut String);
        impl tracing::field::Visit for Message<'_> {
            fn record_debug(&mut self, _: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                *self.0 = format!("{value:?}");
            }
        }
        let mut text = String::new();
        event.record(&mut Message(&mut text));
        self.0.lock().unwrap().push(text);
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

#[tokio::test]
async fn a_small_body_costs_one_call_and_at_most_two_reads() {
    let answer = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    let server = Server::raw(answer, true).await;
    let body = "const response = await fetch(arg); return response.text();";
    let mut instance = start(&["fetch"], anywhere_here(), body).await;
    let crossings = Crossings::default();
    let _counting = tracing::subscriber::set_default(crossings.clone());
    assert_eq!(call(&mut instance, server.url("/")).await, "hello");
    let seen = crossings.0.lock().unwrap().clone();
    let count = |name: &str| seen.iter().filter(|crossing| *crossing == name).count();
    assert_eq!((count("send"), count("end")), (1, 1), "{seen:?}");
    assert!(count("read") <= 2, "{seen:?}");
}

/// Answers the beginning of a response, or nothing, and says when the other side has gone away.
async fn watching(answer: &'static str, gone: Arc<Notify>) -> Server {
    Server::tcp(move |mut stream| {
        let gone = gone.clone();
        async move {
            let mut buffer = [0; 1024];
            let _ = stream.read(&mut buffer).await;
            let _ = stream.write_all(answer.as_bytes()).await;
            while !matches!(stream.read(&mut buffer).await, Ok(0) | Err(_)) {}
            gone.notify_one();
        }
    })
    .await
}

#[tokio::test]
async fn abort_ends_the_exchange() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbeginning";
    let before = r#"
        const controller = new AbortController();
        setTimeout(() => controller.abort(), 50);
        return fetch(arg, { signal: controller.signal }).catch((error) => `${error.name} ${error instanceof DOMException}`);
    "#;
    let within = r#"
        const controller = new AbortController();
        const response = await fetch(arg, { signal: controller.signal });
        setTimeout(() => controller.abort("enough"), 50);
        return response.text().catch((error) => `${error}`);
    "#;
    let streaming = r#"
        const controller = new AbortController();
        const { body } = await fetch(arg, { signal: controller.signal });
        const reader = body.getReader();
        const { value } = await reader.read();
        controller.abort("enough");
        return `${value.length} ${await reader.read().catch((error) => `${error}`)}`;
    "#;
    let late = "return fetch(arg, { signal: AbortSignal.timeout(50) }).catch(({ name }) => name);";
    let already =
        "return fetch(arg, { signal: AbortSignal.abort('never') }).catch((error) => `${error}`);";
    for (answer, body, expected) in [
        ("", before, "AbortError true"),
        (head, within, "enough"),
        (head, streaming, "9 enough"),
        ("", late, "TimeoutError"),
    ] {
        let gone = Arc::new(Notify::new());
        let server = watching(answer, gone.clone()).await;
        let mut instance = start(&["fetch", "timers"], anywhere_here(), body).await;
        assert_eq!(call(&mut instance, server.url("/")).await, expected);
        let told = tokio::time::timeout(Duration::from_secs(10), gone.notified());
        told.await
            .unwrap_or_else(|_| panic!("the other side does not go away: {expected}"));
    }
    let server = Server::http(serve).await;
    assert_eq!(run(already, server.url("/")).await, "never");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn streams_of_responses() {
    let server = Server::http(|_| async { Response::new(full("x".repeat(300_000))) }).await;
    let body = r#"
        const response = await fetch(arg);
        let size = 0, chunks = 0;
        for await (const chunk of response.body) { size += chunk.length; chunks++; }
        const copy = await fetch(arg);
        const [one, other] = await Promise.all([copy.clone().text(), copy.text()]);
        const json = await fetch("data:application/json,[1]").then((r) => r.json());
        return `${size} ${chunks > 1} ${one.length} ${one === other} ${json} ${response.bodyUsed}`;
    "#;
    let said = run(body, server.url("/")).await;
    assert_eq!(said, "300000 true 300000 true 1 true");
}

#[tokio::test]
async fn event_sources() {
    let connections = Arc::new(AtomicUsize::new(0));
    let count = connections.clone();
    let server = Server::http(move |request| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        let last = request.headers().get("last-event-id");
        let last = last.map_or("none", |v| v.to_str().unwrap()).to_string();
        let text = format!(
            "\u{feff}retry: 10\nid: {number}\ndata: last {last}\ndata: é\r\n\r\n: comment\nevent: special\rdata:x\r\rdata: lost"
        );
        let response = Response::builder().header("content-type", "text/event-stream");
        let response = response.body(full(text)).unwrap();
        async { response }
    })
    .await;
    let body = r#"
        const source = new EventSource(arg);
        const shown = [`${source.readyState} ${source.url === arg} ${EventSource.OPEN}`];
        return new Promise((done) => {
            source.onopen = () => shown.push(`open ${source.readyState}`);
            source.onerror = () => shown.push(`error ${source.readyState}`);
            source.onmessage = ({ data, lastEventId, origin }) => shown.push(`${data.replace("\n", "|")} ${lastEventId} ${arg.startsWith(origin)}`);
            source.addEventListener("special", ({ data, lastEventId }) => {
                shown.push(`special ${data} ${lastEventId}`);
                if (lastEventId !== "1") return;
                source.close();
                shown.push(`${source.readyState}`);
                done(shown.join("\n"));
            });
        });
    "#;
    let said = run(body, server.url("/events")).await;
    assert_eq!(
        said,
        "0 true 1\nopen 1\nlast none|é 0 true\nspecial x 0\nerror 0\nopen 1\nlast 0|é 1 true\nspecial x 1\n2"
    );
    let wrong = Server::http(serve).await;
    let body = r#"
        const source = new EventSource(arg);
        return new Promise((done) => {
            source.onerror = ({ message }) => done(`${source.readyState} ${message}`);
        });
    "#;
    assert_eq!(
        run(body, wrong.url("/")).await,
        "2 EventSource: a response of type 'text/plain' came back in place of events"
    );
    let denied = run(body, "http://10.0.0.1/").await;
    assert!(
        denied.starts_with(
            "2 fetch http://10.0.0.1: the plugin may not connect to private addresses"
        ),
        "{denied}"
    );
    let mut without = start(&["fetch"], anywhere_here(), "return typeof EventSource;").await;
    assert_eq!(call(&mut without, "").await, "undefined");
}

#[tokio::test]
async fn web_sockets() {
    let server = crate::websocket::echo().await;
    let body = r#"
        const socket = new WebSocket(arg, ["one", "two"]);
        const shown = [`${socket.readyState} ${socket.url === arg} ${WebSocket.CLOSED} ${socket.binaryType}`];
        socket.binaryType = "arraybuffer";
        try { socket.send("early"); } catch (error) { shown.push(error.name); }
        return new Promise((done) => {
            socket.onerror = ({ message }) => shown.push(`error ${message}`);
            socket.onclose = ({ wasClean, code, reason }) => done([...shown, `${wasClean} ${code} ${reason} ${socket.readyState}`].join("\n"));
            socket.onopen = () => {
                shown.push(`open ${socket.protocol} ${socket.readyState}`);
                socket.send("héllo");
                socket.send(new Uint8Array([1, 2]));
                socket.send(new Blob(["blob"]));
                shown.push(`${socket.bufferedAmount}`);
            };
            socket.onmessage = ({ data, origin }) => {
                shown.push(typeof data === "string" ? `${data} ${arg.startsWith(origin)}` : `${new Uint8Array(data)}`);
                if (shown.length < 7) return;
                socket.close(3001, "enough");
                shown.push(`${socket.readyState}`);
            };
        });
    "#;
    let url = server.url("/").replacen("http", "ws", 1);
    let mut instance = start(&["websocket"], anywhere_here(), body).await;
    let said = call(&mut instance, url).await;
    assert_eq!(
        said,
        "0 true 3 blob\nInvalidStateError\nopen two 1\n12\nhéllo true\n1,2\n98,108,111,98\n2\ntrue 3001 enough 3"
    );
    let body = r#"
        const shown = [];
        for (const [url, protocols] of [["nonsense"], ["ftp://a/"], ["ws://a/#b"], ["ws://a/", ["x", "x"]]]) {
            try { new WebSocket(url, protocols); } catch (error) { shown.push(error.name); }
        }
        const socket = new WebSocket(arg);
        await new Promise((done) => {
            socket.onerror = ({ message }) => shown.push(message);
            socket.onclose = ({ wasClean, code }) => done(shown.push(`${wasClean} ${code}`));
        });
        return shown.join("\n");
    "#;
    let mut instance = start(&["websocket"], anywhere_here(), body).await;
    let said = call(&mut instance, "wss://denied.test/").await;
    assert_eq!(
        said,
        "SyntaxError\nSyntaxError\nSyntaxError\nSyntaxError\n\
         WebSocket wss://denied.test: the plugin may not connect there; to allow it, add \"wss://denied.test\" to 'websocket' of its \
         grant in the manifest\nfalse 1006"
    );
}
