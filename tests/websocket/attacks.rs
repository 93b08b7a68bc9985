//! Servers that speak WebSocket to do harm.

use std::sync::Arc;
use std::time::Duration;

use outwit::fetch::Network;
use outwit::websocket::{Grant, WebSocketClient};
use outwit::{Error, Grants, Host, Instance, LimitKind, Limits, Plugin};
use outwit_tests::{engine, js_text};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::server::Server;

/// Agrees to speak WebSocket, with more header fields.
async fn agree(stream: &mut TcpStream, more: &str) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let key = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_key = name.eq_ignore_ascii_case("sec-websocket-key");
        is_key.then(|| value.trim().to_string())
    });
    let accept = derive_accept_key(key.unwrap_or_default().as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: {accept}\r\n{more}\r\n"
    );
    let _ = stream.write_all(answer.as_bytes()).await;
}

/// A server that agrees and sends these bytes, then holds the connection.
async fn sends(bytes: impl Into<Vec<u8>>) -> Server {
    let bytes: Arc<[u8]> = bytes.into().into();
    Server::tcp(move |mut stream| {
        let bytes = bytes.clone();
        async move {
            agree(&mut stream, "").await;
            let _ = stream.write_all(&bytes).await;
            std::future::pending().await
        }
    })
    .await
}

const RECEIVE: &str = r#"
    const socket = await connect(arg, []);
    const { tag, val } = await socket.receive();
    return `${tag} ${val.tag}`;
"#;

fn grant() -> Grant {
    let grant = Grant::to(["ws://*:*"]).unwrap();
    let grant = grant.with_private(["127.0.0.1".parse().unwrap()]);
    grant.with_message(1000)
}

async fn start(grant: Grant, limits: Limits, body: &str) -> Instance {
    let source = format!(
        r#"
        import {{ connect }} from "outwit:websocket/client";
        export async function run(arg) {{
            try {{
                {body}
            }} catch (error) {{
                const {{ payload }} = error;
                if (payload === undefined) return `${{error}}`;
                return payload.val === undefined ? payload.tag : `${{payload.tag}}(${{payload.val}})`;
            }}
        }}
        "#
    );
    let wit = "package test:websocket;\nworld talking {\ninclude outwit:websocket/imports@0.1.0;\n\
        export run: async func(arg: string) -> string;\n}";
    let component = js_text(&source, wit).unwrap_or_else(|error| panic!("{error}"));
    let plugin = Plugin::from_bytes(&engine(), "talking", component).unwrap();
    let client = Arc::new(WebSocketClient::over(Network::default()));
    Instance::builder(&plugin)
        .grants(Grants::none().with_websocket(grant))
        .host(Host::system().with_websocket(client))
        .limits(limits)
        .start()
        .await
        .unwrap()
}

async fn call(instance: &mut Instance, server: &Server) -> outwit::Result<String> {
    let url = server.url("/").replacen("http", "ws", 1);
    let called = instance.call_typed(None, "run", (url,)).await;
    called.map(|(text,)| text)
}

async fn run(server: &Server) -> String {
    let mut limits = Limits::default();
    limits.wall = Duration::from_secs(20);
    let mut instance = start(grant(), limits, RECEIVE).await;
    call(&mut instance, server).await.expect("it answers")
}

#[tokio::test]
async fn frames_that_are_too_large_or_none() {
    // The head alone says it: 2^62 bytes, or a little more than may be, in one frame or in many.
    let endless = b"\x82\x7f\x40\0\0\0\0\0\0\0";
    let large = [&b"\x82\x7e\x03\xe9"[..], &[0; 1001]].concat();
    let fragment = [&b"\x02\x7e\x01\xf4"[..], &[0; 500]].concat();
    let more = [&b"\x00\x7e\x01\xf4"[..], &[0; 500]].concat();
    let fragments = [fragment, more.clone(), more].concat();
    for bytes in [&endless[..], &large, &fragments] {
        let said = run(&sends(bytes).await).await;
        assert_eq!(said, "message-too-large(1000)", "{:?}", &bytes[..4]);
    }
    let long_ping = [&b"\x89\x7e\x00\x7e"[..], &[0; 126]].concat();
    for (bytes, what) in [
        (&b"\x82\x81\0\0\0\0x"[..], "masked, as only clients do"),
        (b"\xc2\x01x", "compressed, which nobody agreed to"),
        (b"\xb2\x01x", "with bits that have no meaning"),
        (b"\x83\x01x", "of a kind that there is not"),
        (b"\x80\x01x", "that goes on with nothing"),
        (b"\x81\x02\xc3\x28", "of text that is none"),
        (&long_ping, "a ping that is too long"),
        (b"\x09\x01x", "half a ping"),
        (b"\x88\x01x", "half a code"),
    ] {
        let said = run(&sends(bytes).await).await;
        assert!(said.starts_with("protocol("), "{what}: {said}");
    }
}

#[tokio::test]
async fn pings_without_end_end_with_the_call() {
    let server = Server::tcp(|mut stream| async move {
        agree(&mut stream, "").await;
        let pings = b"\x89\x7d".iter().copied().chain([b'x'; 125]);
        let pings: Vec<u8> = pings.collect::<Vec<_>>().repeat(100);
        // It never reads what is answered.
        while stream.write_all(&pings).await.is_ok() {}
    })
    .await;
    let mut limits = Limits::default();
    limits.wall = Duration::from_millis(500);
    let mut instance = start(grant(), limits, RECEIVE).await;
    let error = call(&mut instance, &server).await.unwrap_err();
    let is_wall = matches!(&error, Error::Limit { limit, .. } if *limit == LimitKind::Wall);
    assert!(is_wall, "{error}");
}

#[tokio::test]
async fn who_never_closes_is_left() {
    let server = sends("").await;
    let body = r#"
        const socket = await connect(arg, []);
        try {
            await socket.close({ code: 1000, reason: "" });
            const { tag } = await socket.receive();
            return tag;
        } finally {
            socket[Symbol.dispose]();
        }
    "#;
    let mut limits = Limits::default();
    limits.wall = Duration::from_secs(30);
    let mut instance = start(grant().with_connections(1), limits, body).await;
    for _ in 0..2 {
        assert_eq!(call(&mut instance, &server).await.unwrap(), "cut-off");
    }
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn answers_that_are_not_those_of_a_websocket() {
    let redirect = Server::raw(
        "HTTP/1.1 302 Found\r\nlocation: ws://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
        true,
    )
    .await;
    assert_eq!(run(&redirect).await, "not-a-websocket(302)");
    let key = Server::raw(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: x\r\n\r\n",
        false,
    )
    .await;
    let said = run(&key).await;
    assert!(said.starts_with("protocol("), "{said}");
    // What nobody asked for is not agreed to.
    let protocol = Server::tcp(|mut stream| async move {
        agree(&mut stream, "sec-websocket-protocol: chat\r\n").await;
        std::future::pending().await
    })
    .await;
    let said = run(&protocol).await;
    assert!(said.starts_with("protocol("), "{said}");
    let many: String = (0..200).map(|n| format!("x-{n}: y\r\n")).collect();
    let endless = Server::tcp(|mut stream| async move {
        let _ = stream
            .write_all(b"HTTP/1.1 101 Switching Protocols\r\nx: ")
            .await;
        while stream.write_all(&[b'y'; 1024]).await.is_ok() {}
    })
    .await;
    let fields = Server::raw(format!("HTTP/1.1 101 x\r\n{many}\r\n"), false).await;
    for server in [endless, fields] {
        let said = run(&server).await;
        assert!(said.starts_with("protocol("), "{said}");
    }
}

#[tokio::test]
async fn addresses_of_this_machine_by_any_spelling() {
    let body = "await connect(arg, []); return 'connected';";
    let anywhere = Grant::to(["ws://*:*"]).unwrap();
    let mut instance = start(anywhere, Limits::default(), body).await;
    for host in [
        "127.1",
        "0177.0.0.1",
        "2130706433",
        "0x7f000001",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "0.0.0.0",
        "169.254.169.254",
        "[fd00:ec2::254]",
    ] {
        let called = instance.call_typed(None, "run", (format!("ws://{host}/"),));
        let (said,): (String,) = called.await.unwrap();
        assert_eq!(said, "not-allowed(address)", "{host}");
    }
}
