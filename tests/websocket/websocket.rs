//! `outwit:websocket` against servers on this machine.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use outwit::websocket::{Grant, WebSocketClient};
use outwit::{Grants, Host, Instance, Plugin};
use outwit_tests::{engine, js_text};
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message};

use crate::harness::{anywhere_here, call};
use crate::rust::courier;
use crate::server::{Names, Server, full, network};

/// Sends back what it gets, and chooses the last subprotocol.
pub async fn echo() -> Server {
    Server::tcp(|stream| async move {
        #[allow(clippy::result_large_err, reason = "the type is the library's")]
        let choose = |request: &Request, mut response: Response| {
            if let Some(offered) = request.headers().get("sec-websocket-protocol") {
                let last = offered.to_str().unwrap().rsplit(", ").next().unwrap();
                let headers = response.headers_mut();
                headers.insert("sec-websocket-protocol", last.parse().unwrap());
            }
            Ok(response)
        };
        let Ok(mut socket) = tokio_tungstenite::accept_hdr_async(stream, choose).await else {
            return;
        };
        while let Some(Ok(message)) = socket.next().await {
            let answer = match &message {
                Message::Text(text) if text.as_str() == "bye" => Message::Close(Some(CloseFrame {
                    code: 4001.into(),
                    reason: "as you wish".into(),
                })),
                Message::Text(text) if text.as_str() == "vanish" => return,
                Message::Text(_) | Message::Binary(_) => message,
                _ => continue,
            };
            if socket.send(answer).await.is_err() {
                return;
            }
        }
    })
    .await
}

fn grant() -> Grant {
    Grant::to(["ws://*:*"])
        .unwrap()
        .with_private(["127.0.0.1".parse().unwrap()])
}

fn url(server: &Server) -> String {
    server.url("/chat?room=1").replacen("http", "ws", 1)
}

/// A plugin that uses the interface itself.
async fn start(grant: Grant, names: &Arc<Names>, body: &str) -> Instance {
    let source = format!(
        r#"
        import {{ connect }} from "outwit:websocket/client";
        const text = (val) => ({{ tag: "text", val }});
        const failure = async (promise) => {{
            try {{
                await promise;
                return "no error";
            }} catch (error) {{
                const {{ payload }} = error;
                if (payload === undefined) return `${{error}}`;
                return payload.val === undefined ? payload.tag : `${{payload.tag}}(${{payload.val}})`;
            }}
        }};
        export async function run(arg) {{ {body} }}
        "#
    );
    let wit = "package test:websocket;\nworld talking {\ninclude outwit:websocket/imports@0.1.0;\n\
        export run: async func(arg: string) -> string;\n}";
    let component = js_text(&source, wit).unwrap_or_else(|error| panic!("{error}"));
    let plugin = Plugin::from_bytes(&engine(), "talking", component).unwrap();
    let client = Arc::new(WebSocketClient::over(network(names, &[])));
    Instance::builder(&plugin)
        .grants(Grants::none().with_websocket(grant))
        .host(Host::system().with_websocket(client))
        .start()
        .await
        .unwrap()
}

async fn run(grant: Grant, body: &str, arg: impl Into<String>) -> String {
    let mut instance = start(grant, &Arc::default(), body).await;
    call(&mut instance, arg).await
}

#[tokio::test]
async fn messages_go_both_ways() {
    let server = echo().await;
    let body = r#"
        const socket = await connect(arg, ["one", "two"]);
        const shown = [socket.protocol()];
        for (const message of [text("héllo"), text(""), { tag: "binary", val: new Uint8Array([1, 2]) }]) {
            await socket.send(message);
            const { tag, val } = await socket.receive();
            shown.push(`${tag} ${val.tag} ${val.val}`);
        }
        await socket.close({ code: 3000, reason: "enough" });
        shown.push(await failure(socket.send(text("late"))));
        const { tag, val } = await socket.receive();
        shown.push(`${tag} ${val.code} ${val.reason}`);
        return shown.join("; ");
    "#;
    let said = run(grant(), body, url(&server)).await;
    assert_eq!(
        said,
        "two; message text héllo; message text ; message binary 1,2; \
         protocol(WebSocket protocol error: Sending after closing is not allowed); closed 3000 enough"
    );
}

#[tokio::test]
async fn the_other_side_closes_or_vanishes() {
    let server = echo().await;
    let body = r#"
        const [url, word] = arg.split(" ");
        const socket = await connect(url, []);
        await socket.send(text(word));
        try {
            const { tag, val } = await socket.receive();
            return `${tag} ${val.code} ${val.reason}`;
        } catch (error) {
            return error.payload.tag;
        }
    "#;
    let said = run(grant(), body, format!("{} bye", url(&server))).await;
    assert_eq!(said, "closed 4001 as you wish");
    assert_eq!(
        run(grant(), body, format!("{} vanish", url(&server))).await,
        "cut-off"
    );
}

#[tokio::test]
async fn what_goes_wrong() {
    let connect = "return failure(connect(arg, []));";
    let server = echo().await;
    for (url, why) in [
        (
            "http://example.com/",
            "invalid-url(its scheme is `http`, and only wss and ws lead to the network)",
        ),
        (
            "ws://a:b@example.com/",
            "invalid-url(it has a user name or a password; send an `authorization` header)",
        ),
    ] {
        assert_eq!(run(grant(), connect, url).await, why);
    }
    let body = r#"
        const shown = [];
        for (const protocols of [["a b"], ["a", "a"], [""]]) shown.push(await failure(connect(arg, protocols)));
        const socket = await connect(arg, []);
        for (const closing of [{ code: 1001, reason: "" }, { code: undefined, reason: "x" }, { code: 1000, reason: "x".repeat(124) }]) {
            shown.push(await failure(socket.close(closing)));
        }
        return shown.map((text) => text.split("(")[0]).join();
    "#;
    let said = run(grant(), body, url(&server)).await;
    assert_eq!(said, ["invalid-request"; 6].join(","));
    assert_eq!(server.connections(), 1);

    let plain = Server::http(|_| async { hyper::Response::new(full("hi")) }).await;
    assert_eq!(
        run(grant(), connect, url(&plain)).await,
        "not-a-websocket(200)"
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("ws://{}/", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(run(grant(), connect, nobody).await, "refused");
    assert_eq!(
        run(grant(), connect, "ws://nobody.test/").await,
        "name-not-resolved"
    );
    let silent = Server::raw("", false).await;
    let brief = grant().with_connect_timeout(Duration::from_millis(200));
    assert_eq!(run(brief, connect, url(&silent)).await, "timeout");

    let large = r#"
        const socket = await connect(arg, []);
        return failure(socket.send(text("x".repeat(101))));
    "#;
    let said = run(grant().with_message(100), large, url(&server)).await;
    assert_eq!(said, "message-too-large(100)");
    let many = r#"
        const first = await connect(arg, []);
        const second = await failure(connect(arg, []));
        first[Symbol.dispose]();
        return `${second} ${await failure(connect(arg, []))}`;
    "#;
    let said = run(grant().with_connections(1), many, url(&server)).await;
    assert_eq!(said, "too-many-connections(1) no error");
}

#[tokio::test]
async fn what_is_not_granted_has_no_effect() {
    let connect = "return failure(connect(arg, []));";
    let server = echo().await;
    let names = Names::default().with("granted.test", &["127.0.0.1"]);
    let names = Arc::new(names.with("other.test", &["127.0.0.1"]));
    let origin = format!("ws://granted.test:{}", server.port());
    let only = || Grant::to([&origin]).unwrap();
    let private = || only().with_private(["127.0.0.1".parse().unwrap()]);
    let run = |grant: Grant, url: String| {
        let names = names.clone();
        async move { call(&mut start(grant, &names, connect).await, url).await }
    };
    for other in [
        format!("ws://other.test:{}/", server.port()),
        format!("wss://granted.test:{}/", server.port()),
        url(&server),
    ] {
        assert_eq!(
            run(private(), other.clone()).await,
            "not-allowed(origin)",
            "{other}"
        );
    }
    let anywhere = Grant::to(["ws://*:*"]).unwrap();
    assert_eq!(run(anywhere, url(&server)).await, "not-allowed(address)");
    assert_eq!((names.asked().len(), server.connections()), (0, 0));
    assert_eq!(
        run(only(), format!("{origin}/")).await,
        "not-allowed(address)"
    );
    assert_eq!((names.asked().len(), server.connections()), (1, 0));
    assert_eq!(run(private(), format!("{origin}/")).await, "no error");
    assert_eq!((names.asked().len(), server.connections()), (2, 1));
}

#[tokio::test]
async fn from_a_plugin_in_rust() {
    let server = echo().await;
    let mut courier = courier(anywhere_here(), grant()).await;
    let errands = "demo:courier/errands";
    type Answers = (Result<Vec<String>, String>,);
    let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
    let (said,): Answers = courier
        .call_typed(errands, "talk", (url(&server), words(&["one", "two"])))
        .await
        .unwrap();
    let closed = "Some(Closing { code: Some(1000), reason: \"done\" })";
    assert_eq!(said, Ok(words(&["protocol chat", "one", "two", closed])));
    let (said,): Answers = courier
        .call_typed(errands, "talk", (url(&server), words(&["one", "bye"])))
        .await
        .unwrap();
    let closed = "Some(Closing { code: Some(4001), reason: \"as you wish\" })";
    assert_eq!(said, Ok(words(&["protocol chat", "one", closed])));
    let (said,): Answers = courier
        .call_typed(errands, "talk", ("ws://10.0.0.1/".to_string(), words(&[])))
        .await
        .unwrap();
    assert_eq!(said, Err("Error::NotAllowed(Denial::Address)".to_string()));
}
