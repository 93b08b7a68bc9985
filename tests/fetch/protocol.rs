//! What goes over the wire, and what comes back.

use std::io::Write as _;
use std::sync::Arc;

use http_body_util::BodyExt as _;
use hyper::Response;

use crate::harness::{Setup, anywhere_here, call};
use crate::server::{Body, Identity, Names, Server, full, network};

/// Tells what it was asked.
async fn mirror(request: hyper::Request<hyper::body::Incoming>) -> Response<Body> {
    let version = format!("{:?}", request.version());
    let host = request.uri().host().unwrap_or("-").to_string();
    let mut said = format!(
        "{} {} {version} {host}",
        request.method(),
        request.uri().path()
    );
    for (name, value) in request.headers() {
        said += &format!("\n{name}: {}", value.as_bytes().escape_ascii());
    }
    let body = request.into_body().collect().await.unwrap().to_bytes();
    said += &format!("\n\n{}", body.escape_ascii());
    Response::builder()
        .status(201)
        .header("x-answer", b"caf\xe9".as_slice())
        .header("set-cookie", "a=1")
        .header("set-cookie", "b=2")
        .body(full(said))
        .unwrap()
}

const SHOW: &str = r#"
    const response = await send({
        method: "PUT", url: arg, headers: [["x-test", "caf\u00e9"], ["X-Test", "two"]],
        body: { content: new Uint8Array([104, 105]), end: undefined, length: 2n },
    });
    const { status, statusText, headers, body } = response;
    const shown = headers.filter(([name]) => name.startsWith("x-") || name === "set-cookie");
    return `${status} ${statusText} ${shown.join(" ")} ${body.length}\n${await text(body)}`;
"#;

#[tokio::test]
async fn http_1() {
    let server = Server::http(mirror).await;
    let said = Setup::default()
        .run(SHOW, server.url("/path?query#fragment"))
        .await;
    let expected = format!(
        "201 Created x-answer,caf\u{e9} set-cookie,a=1 set-cookie,b=2 127\n\
         PUT /path HTTP/1.1 -\nhost: {}\nx-test: caf\\xe9\nx-test: two\n\
         accept-encoding: gzip, deflate, br\ncontent-length: 2\n\nhi",
        server.address
    );
    let length = expected.split_once('\n').unwrap().1.len();
    assert_eq!(said, expected.replacen("127", &length.to_string(), 1));
}

#[tokio::test]
async fn http_2_within_tls() {
    let identity = Identity::of(&["api.test"]);
    let server = Server::https(&identity, &["h2", "http/1.1"], mirror).await;
    let names = Arc::new(Names::default().with("api.test", &["127.0.0.1"]));
    let setup = Setup {
        network: network(&names, &[&identity]),
        ..Setup::default()
    };
    let url = format!("https://api.test:{}/path", server.port());
    let mut instance = setup.start(SHOW).await.unwrap();
    let said = call(&mut instance, &url).await;
    assert!(said.starts_with("201  x-answer,caf\u{e9} "), "{said}");
    assert!(said.contains("PUT /path HTTP/2.0 api.test\n"), "{said}");
    assert!(said.contains("\nx-test: caf\\xe9\nx-test: two\n"), "{said}");
    assert!(said.ends_with("\n\nhi"), "{said}");
    // Requests share a connection, and a name is looked up for each connection.
    call(&mut instance, &url).await;
    assert_eq!(
        (server.connections(), names.asked()),
        (1, vec!["api.test".to_string()])
    );
}

#[tokio::test]
async fn http_1_within_tls_when_the_other_side_knows_no_other() {
    let identity = Identity::of(&["api.test"]);
    let server = Server::https(&identity, &["http/1.1"], mirror).await;
    let names = Arc::new(Names::default().with("api.test", &["127.0.0.1"]));
    let setup = Setup {
        network: network(&names, &[&identity]),
        ..Setup::default()
    };
    let url = format!("https://api.test:{}/path", server.port());
    let said = setup.run(SHOW, &url).await;
    assert!(said.contains("PUT /path HTTP/1.1 -\n"), "{said}");
    assert!(
        said.contains(&format!("\nhost: api.test:{}\n", server.port())),
        "{said}"
    );
}

#[tokio::test]
async fn connections_are_kept_for_the_same_plugin_alone() {
    let server = Server::http(mirror).await;
    let script = "const { body } = await get(arg); return await text(body);";
    let setup = || Setup::default().start(script);
    let mut first = setup().await.unwrap();
    for _ in 0..3 {
        call(&mut first, server.url("/")).await;
    }
    assert_eq!(server.connections(), 1);
    let mut second = setup().await.unwrap();
    call(&mut second, server.url("/")).await;
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_is_replaced() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
    let server = Server::raw(answer, true).await;
    let script = "const { body } = await get(arg); return await text(body);";
    let mut instance = Setup::default().start(script).await.unwrap();
    for _ in 0..3 {
        assert_eq!(call(&mut instance, server.url("/")).await, "hi");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_follows_a_response_without_a_body_is_not_the_next_one() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    // The first answer brings one along for a request that nobody has made.
    let server = Server::tcp(|mut stream| async move {
        let forged = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged";
        let answer = format!(
            "HTTP/1.1 204 No Content\r\ncontent-length: {}\r\n\r\n{forged}",
            forged.len()
        );
        let mut head = [0; 4096];
        while let Ok(1..) = stream.read(&mut head).await {
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    })
    .await;
    let script = "const { status, body } = await get(arg); return `${status} ${body}`;";
    let mut instance = Setup::default().start(script).await.unwrap();
    for _ in 0..3 {
        assert_eq!(call(&mut instance, server.url("/")).await, "204 undefined");
    }
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn a_question_that_a_kept_connection_does_not_answer_is_asked_again() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    // It answers once, and leaves when it is asked a second time.
    let server = Server::tcp(|mut stream| async move {
        let mut head = [0; 4096];
        let _ = stream.read(&mut head).await;
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
        let _ = stream.write_all(answer).await;
        let _ = stream.read(&mut head).await;
    })
    .await;
    let script = r#"
        const [url, method] = arg.split(" ");
        return failure(send({ method, url, headers: [] }).then(({ body }) => text(body)));
    "#;
    let mut instance = Setup::default().start(script).await.unwrap();
    for (method, expected) in [
        ("GET", "no error"),
        ("GET", "no error"),
        // It may have done something already.
        ("POST", "cut-off"),
    ] {
        let said = call(&mut instance, format!("{} {method}", server.url("/"))).await;
        assert_eq!(said, expected, "{method}");
    }
}

#[tokio::test]
async fn bodies_come_without_their_coding() {
    let text = "so it goes, ".repeat(10_000);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    let gzip = bytes::Bytes::from(gzip.finish().unwrap());
    let server = Server::http(move |_| {
        let response = Response::builder()
            .header("content-encoding", "gzip")
            .body(full(gzip.clone()))
            .unwrap();
        async { response }
    })
    .await;
    let script = "const { body } = await get(arg); return `${body.length} ${await text(body)}`;";
    let said = Setup::default().run(script, server.url("/")).await;
    assert!(said == format!("undefined {text}"));
}

#[tokio::test]
async fn some_responses_have_no_body() {
    let server = Server::http(|request| async move {
        let status: u16 = request.uri().path()[1..].parse().unwrap();
        let response = Response::builder().status(status);
        response.body(full("")).unwrap()
    })
    .await;
    let script = r#"
        const shown = [];
        for (const status of [200, 204, 205, 304, 404]) {
            const { body } = await get(`${arg}${status}`);
            shown.push(body === undefined ? "none" : `[${await text(body)}]`);
        }
        const { body } = await send({ method: "HEAD", url: `${arg}200`, headers: [] });
        return `${shown} ${body}`;
    "#;
    let said = Setup::default().run(script, server.url("/")).await;
    assert_eq!(said, "[],none,none,none,[] undefined");
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn more_requests_than_connections_wait_for_each_other() {
    let server = Server::http(mirror).await;
    let script = r#"
        const all = await Promise.all(Array.from({ length: 20 }, async (_, i) => {
            const { body } = await get(`${arg}${i}`);
            return (await text(body)).split(" ")[1];
        }));
        return all.join();
    "#;
    let setup = Setup {
        grant: Some(anywhere_here().with_connections(2)),
        ..Setup::default()
    };
    let said = setup.run(script, server.url("/")).await;
    let expected: Vec<String> = (0..20).map(|i| format!("/{i}")).collect();
    assert_eq!(said, expected.join(","));
    assert!(server.connections() <= 2, "{}", server.connections());
}
