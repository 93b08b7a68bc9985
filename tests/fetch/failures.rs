//! Each thing that can go wrong has an error of its own.

use std::sync::Arc;
use std::time::Duration;

use hyper::Response;
use tokio::io::AsyncWriteExt as _;

use crate::harness::{Setup, anywhere_here};
use crate::server::{Identity, Names, Server, full, network};

const FAIL: &str =
    "return failure((async () => { const { body } = await get(arg); return text(body); })());";

async fn failure(url: impl Into<String>) -> String {
    Setup::default().run(FAIL, url).await
}

#[tokio::test]
async fn urls() {
    for (url, why) in [
        ("nonsense", "relative URL without a base"),
        (
            "ftp://example.com/",
            "its scheme is `ftp`, and only https and http lead to the network",
        ),
        (
            "http://a:b@example.com/",
            "it has a user name or a password; send an `authorization` header",
        ),
        ("http://", "empty host"),
    ] {
        assert_eq!(failure(url).await, format!("invalid-url({why})"));
    }
}

#[tokio::test]
async fn requests() {
    let body = r#"
        const shown = [];
        for (const [method, headers] of [
            ["GE T", []], ["CONNECT", []], ["TRACE", []], ["G\r\nX: y", []],
            ["GET", [["host", "x"]]], ["GET", [["Content-Length", "5"]]], ["GET", [["transfer-encoding", "chunked"]]],
            ["GET", [["connection", "close"]]], ["GET", [["upgrade", "websocket"]]], ["GET", [["te", "trailers"]]],
            ["GET", [["a b", "x"]]], ["GET", [["x", "a\r\nb: c"]]], ["GET", [["x", "\u0100"]]], ["GET", [["x", "\0"]]],
        ]) shown.push(await failure(send({ method, url: arg, headers })));
        return shown.join("\n");
    "#;
    let server = Server::http(|_| async { Response::new(full("")) }).await;
    let shown = Setup::default().run(body, server.url("/")).await;
    for line in shown.lines() {
        assert!(line.starts_with("invalid-request("), "{line}");
    }
    assert_eq!((shown.lines().count(), server.connections()), (14, 0));
    let body = r#"
        const many = (count, value) => get(arg, Array.from({ length: count }, (_, i) => [`x-${i}`, value]));
        return `${await failure(many(129, "x"))} ${await failure(many(100, "x".repeat(1000)))}`;
    "#;
    let shown = Setup::default().run(body, server.url("/")).await;
    assert_eq!(shown, "header-too-large(65536) header-too-large(65536)");
}

#[tokio::test]
async fn connections() {
    let names = Arc::new(Names::default().with("empty.test", &[]));
    let setup = || Setup {
        network: network(&names, &[]),
        ..Setup::default()
    };
    assert_eq!(
        setup().run(FAIL, "http://nobody.test/").await,
        "name-not-resolved"
    );
    assert_eq!(
        setup().run(FAIL, "http://empty.test/").await,
        "name-not-resolved"
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    assert_eq!(failure(format!("http://{address}/")).await, "refused");
}

#[tokio::test]
async fn tls() {
    let identity = Identity::of(&["api.test", "other.test"]);
    let server = Server::https(&identity, &["h2"], |_| async { Response::new(full("hi")) }).await;
    let names = Names::default()
        .with("api.test", &["127.0.0.1"])
        .with("wrong.test", &["127.0.0.1"]);
    let names = Arc::new(names);
    let run = |url: String, trusted: bool| {
        let trusted: &[&Identity] = if trusted { &[&identity] } else { &[] };
        let setup = Setup {
            network: network(&names, trusted),
            ..Setup::default()
        };
        setup.run(FAIL, url)
    };
    let url = |name: &str| format!("https://{name}:{}/", server.port());
    assert_eq!(run(url("api.test"), true).await, "no error");
    let unknown = run(url("api.test"), false).await;
    assert_eq!(unknown, "tls(invalid peer certificate: UnknownIssuer)");
    let wrong = run(url("wrong.test"), true).await;
    assert!(
        wrong.starts_with("tls(invalid peer certificate: certificate not valid for name"),
        "{wrong}"
    );
    let plain = Server::http(|_| async { Response::new(full("hi")) }).await;
    let plain = run(format!("https://{}/", plain.address), true).await;
    assert!(plain.starts_with("tls("), "{plain}");
}

#[tokio::test]
async fn responses() {
    let head = |head: &str| format!("HTTP/1.1 200 OK\r\n{head}\r\n");
    let many: String = (0..200).map(|i| format!("x-{i}: y\r\n")).collect();
    let huge = format!("x: {}\r\n", "y".repeat(100_000));
    for (answer, expected) in [
        (String::new(), "cut-off"),
        ("HTTP/1.1 20".to_string(), "cut-off"),
        ("not HTTP at all\r\n\r\n".to_string(), "protocol("),
        (
            head("content-length: 5\r\ncontent-length: 6\r\n"),
            "protocol(",
        ),
        (head("content-length: nine\r\n"), "protocol("),
        (head("a b: c\r\n"), "protocol("),
        // Chunks count where there is a length as well, as RFC 9112 says.
        (
            head("content-length: 3\r\ntransfer-encoding: chunked\r\n") + "2\r\nhi\r\n0\r\n\r\n",
            "no error",
        ),
        (
            head("transfer-encoding: chunked, identity\r\n") + "2\r\nhi\r\n",
            "no error",
        ),
        (head(&many), "header-too-large(65536)"),
        (head(&huge), "header-too-large(65536)"),
        (head("content-length: 5\r\n") + "hi", "cut-off"),
        (
            head("transfer-encoding: chunked\r\n") + "2\r\nhi\r\n",
            "cut-off",
        ),
        (
            head("transfer-encoding: chunked\r\n") + "zz\r\nhi\r\n0\r\n\r\n",
            "protocol(",
        ),
        (
            head("content-length: 99999999999\r\n"),
            "body-too-large(10485760)",
        ),
        (
            head("content-length: 2\r\ncontent-encoding: gzip\r\n") + "hi",
            "content-coding",
        ),
    ] {
        let server = Server::raw(answer.clone(), true).await;
        let said = failure(server.url("/")).await;
        assert!(said.starts_with(expected), "{said} for {answer:.60}");
    }
}

#[tokio::test]
async fn bodies_that_go_on_are_cut_at_the_limit() {
    let server = Server::tcp(|mut stream| async move {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let _ = stream.write_all(head.as_bytes()).await;
        let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
        while stream.write_all(chunk.as_bytes()).await.is_ok() {}
    })
    .await;
    let setup = Setup {
        grant: Some(anywhere_here().with_body(100_000)),
        ..Setup::default()
    };
    assert_eq!(
        setup.run(FAIL, server.url("/")).await,
        "body-too-large(100000)"
    );
}

#[tokio::test]
async fn a_small_body_that_decodes_to_a_large_one_is_cut_at_the_limit() {
    use std::io::Write as _;
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..64 {
        bomb.write_all(&[0; 1 << 20]).unwrap();
    }
    let bomb = bytes::Bytes::from(bomb.finish().unwrap());
    assert!(bomb.len() < 100_000);
    let server = Server::http(move |_| {
        let response = Response::builder().header("content-encoding", "gzip");
        let response = response.body(full(bomb.clone())).unwrap();
        async { response }
    })
    .await;
    let script = r#"
        const { body: { content, end } } = await get(arg);
        let size = 0;
        for await (const chunk of content) size += chunk.length;
        return `${size > 10_000_000 && size <= 10 * 1024 * 1024} ${await failure(end)}`;
    "#;
    let said = Setup::default().run(script, server.url("/")).await;
    assert_eq!(said, "true body-too-large(10485760)");
}

#[tokio::test]
async fn waiting() {
    let brief = |setup: Setup| Setup {
        grant: Some(
            anywhere_here().with_timeouts(Duration::from_millis(300), Duration::from_millis(300)),
        ),
        ..setup
    };
    let silent = Server::raw("", false).await;
    assert_eq!(
        brief(Setup::default()).run(FAIL, silent.url("/")).await,
        "timeout(response)"
    );
    let halting = Server::raw("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhi", false).await;
    assert_eq!(
        brief(Setup::default()).run(FAIL, halting.url("/")).await,
        "timeout(body)"
    );
    // Somebody accepts, and never says a word of TLS.
    let mute = Server::tcp(|stream| async move {
        let _held = stream;
        std::future::pending().await
    })
    .await;
    let url = format!("https://{}/", mute.address);
    let grant = anywhere_here().with_timeouts(Duration::from_millis(300), Duration::from_secs(30));
    let setup = Setup {
        grant: Some(grant),
        ..Setup::default()
    };
    assert_eq!(setup.run(FAIL, url).await, "timeout(connect)");
}
