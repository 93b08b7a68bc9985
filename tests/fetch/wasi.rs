//! `wasi:http`: the same grant, the same checks and the same limits as `outwit:fetch`, for a plugin in Rust that knows nothing of that.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::Response;
use outwit::fetch::{Grant, HttpClient};
use outwit::{Grants, Host, Instance, Plugin, audit};
use outwit_tests::{engine, rust};
use tokio::io::AsyncWriteExt as _;

use crate::harness::{Setup, anywhere_here};
use crate::server::{Names, Server, full, network};

async fn start(setup: Setup) -> outwit::Result<Instance> {
    let plugin = Plugin::from_bytes(&engine(), "sender", rust("fetch/wasi").as_slice())?;
    // What Rust's own library imports.
    let mut grants = Grants::none()
        .with_cli(outwit::wasi::cli::Grant::default())
        .with_clocks()
        .with_random()
        .with_filesystem(outwit::wasi::filesystem::Grant::default());
    grants.fetch = setup.grant;
    let client = Arc::new(HttpClient::over(setup.network));
    Instance::builder(&plugin)
        .grants(grants)
        .limits(setup.limits)
        .host(setup.host.with_fetch(client))
        .start()
        .await
}

async fn run(instance: &mut Instance, what: &str, url: impl Into<String>) -> String {
    let called = instance.call_typed(None, "run", (what.to_string(), url.into()));
    let (text,): (String,) = called.await.unwrap_or_else(|error| panic!("{error}"));
    text
}

async fn once(setup: Setup, what: &str, url: impl Into<String>) -> String {
    run(&mut start(setup).await.expect("it starts"), what, url).await
}

/// Tells what it was asked.
async fn mirror(request: hyper::Request<hyper::body::Incoming>) -> Response<crate::server::Body> {
    let head = format!("{} {}", request.method(), request.uri());
    let mut headers: Vec<_> = request
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}={}", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    headers.sort();
    let body = request.into_body().collect().await;
    let body = body.map_or("cut off".to_string(), |body| {
        String::from_utf8_lossy(&body.to_bytes()).into_owned()
    });
    let response = Response::builder().header("x-answer", "yes");
    let said = format!("{head} {} [{body}]", headers.join(" "));
    response.body(full(said)).unwrap()
}

#[tokio::test]
async fn requests_go_out_and_responses_come_back() {
    let server = Server::http(mirror).await;
    let mut instance = start(Setup::default()).await.expect("it starts");
    let host = server.address;
    let length = |said: &str| {
        said.split_once(' ')
            .map(|(_, rest)| rest.len())
            .unwrap_or(0)
    };
    for (what, expected) in [
        ("GET", format!("GET /a?b host={host} []")),
        ("header X-One=1", format!("GET /a?b host={host} x-one=1 []")),
        (
            "post hello",
            format!("POST /a?b host={host} transfer-encoding=chunked [hello]"),
        ),
        (
            "sized 5 hello",
            format!("POST /a?b content-length=5 host={host} [hello]"),
        ),
    ] {
        let said = run(&mut instance, what, server.url("/a?b")).await;
        let size = length(&format!("- {expected}"));
        assert_eq!(
            said,
            format!("200 x-answer=yes content-length={size} {expected}"),
            "{what}"
        );
    }
    assert_eq!(server.connections(), 1);
    let said = run(&mut instance, "HEAD", server.url("/")).await;
    assert!(
        said.starts_with("200 x-answer=yes content-length="),
        "{said}"
    );
}

#[tokio::test]
async fn a_plugin_without_the_grant_does_not_load() {
    let setup = Setup {
        grant: None,
        ..Setup::default()
    };
    let error = start(setup).await.unwrap_err().to_string();
    assert!(error.contains("fetch = [\"https://HOST\"]"), "{error}");
    assert!(error.contains("wasi:http/outgoing-handler"), "{error}");
}

#[tokio::test]
async fn what_is_not_granted_is_denied_and_has_no_effect() {
    let server = Server::http(mirror).await;
    let port = server.port();
    let names = Names::default().with("granted.test", &["127.0.0.1"]);
    let names = Arc::new(names);
    let granted = format!("http://granted.test:{port}");
    let grant = Grant::to([&granted]).unwrap();
    let ring = Arc::new(audit::Ring::new(100));
    let setup = |grant: Grant| Setup {
        network: network(&names, &[]),
        grant: Some(grant),
        host: Host::system().with_audit(ring.clone()),
        ..Setup::default()
    };
    let private = grant.clone().with_private(["127.0.0.1".parse().unwrap()]);
    let url = |host: &str| format!("http://{host}:{port}/?secret");
    let mut instance = start(setup(private.clone().with_methods(["GET"])))
        .await
        .expect("it starts");
    for (what, url, expected) in [
        ("GET", url("other.test"), "HttpRequestDenied"),
        ("GET", url("127.0.0.1"), "HttpRequestDenied"),
        ("GET", url("granted.test."), "HttpRequestDenied"),
        (
            "GET",
            format!("https://granted.test:{port}/"),
            "HttpRequestDenied",
        ),
        ("post x", url("granted.test"), "HttpRequestDenied"),
        ("CONNECT", url("granted.test"), "HttpRequestMethodInvalid"),
        ("TRACE", url("granted.test"), "HttpRequestMethodInvalid"),
        ("GET", "ftp://granted.test/".into(), "HttpRequestUriInvalid"),
        ("GET", "http://".into(), "the authority is refused"),
    ] {
        let said = run(&mut instance, what, url.clone()).await;
        assert_eq!(said, expected, "{what} {url}");
    }
    assert_eq!((names.asked().len(), server.connections()), (0, 0));
    let denied: Vec<_> = ring
        .entries()
        .into_iter()
        .filter(|entry| entry.outcome == audit::Outcome::Denied)
        .collect();
    assert_eq!(denied.len(), 5, "{denied:?}");
    for entry in denied {
        let text = format!("{entry:?}");
        assert!(text.contains("wasi:http/outgoing-handler"), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
    // The name is looked up to find that its address is not allowed, and that is all.
    let said = once(setup(grant), "GET", url("granted.test")).await;
    assert_eq!(said, "DestinationIpProhibited");
    assert_eq!((names.asked().len(), server.connections()), (1, 0));
}

#[tokio::test]
async fn the_policy_has_the_last_word() {
    use outwit::policy::{Call, Decision, Policy};
    struct Never;
    #[outwit::async_trait]
    impl Policy for Never {
        async fn decide(&self, call: &Call<'_>) -> Decision {
            match call.interface {
                "wasi:http/outgoing-handler" => Decision::deny("no requests today"),
                _ => Decision::Allow,
            }
        }
    }
    let server = Server::http(mirror).await;
    let setup = Setup {
        host: Host::system().with_policy(Arc::new(Never)),
        ..Setup::default()
    };
    let said = once(setup, "GET", server.url("/")).await;
    assert_eq!(said, "HttpRequestDenied");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn addresses_of_this_machine_by_any_name() {
    let server = Server::http(mirror).await;
    let port = server.port();
    let names = Names::default()
        .with(
            "private.test",
            &["10.0.0.1", "127.0.0.1", "::ffff:127.0.0.1"],
        )
        .with("mixed.test", &["127.0.0.2", "127.0.0.1"])
        // first what is granted, then what is not
        .then("rebound.test", &["127.0.0.1"])
        .then("rebound.test", &["127.0.0.2"]);
    let names = Arc::new(names);
    let setup = |private: &[&str]| Setup {
        network: network(&names, &[]),
        grant: Some(
            Grant::to(["http://*:*"])
                .unwrap()
                .with_private(private.iter().map(|range| range.parse().unwrap())),
        ),
        ..Setup::default()
    };
    let mut instance = start(setup(&[])).await.expect("it starts");
    for host in [
        "127.1",
        "0177.0.0.1",
        "2130706433",
        "0x7f000001",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "0.0.0.0",
        "169.254.169.254",
        "100.100.100.200",
        "[fd00:ec2::254]",
        "192.0.0.192",
        "private.test",
    ] {
        let said = run(&mut instance, "GET", format!("http://{host}:{port}/")).await;
        assert_eq!(said, "DestinationIpProhibited", "{host}");
    }
    assert_eq!(server.connections(), 0);
    let url = |name: &str| format!("http://{name}:{port}/");
    let mut instance = start(setup(&["127.0.0.1"])).await.expect("it starts");
    let said = run(&mut instance, "GET", url("mixed.test")).await;
    assert!(said.starts_with("200 "), "{said}");
    // One look at the name for a connection; the next one is judged anew.
    let said = run(&mut instance, "GET", url("rebound.test")).await;
    assert!(said.starts_with("200 "), "{said}");
    let said = once(setup(&["127.0.0.1"]), "GET", url("rebound.test")).await;
    assert_eq!(said, "DestinationIpProhibited");
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn redirects_are_requests_of_their_own() {
    let inner = Server::http(mirror).await;
    let target = inner.url("/metadata");
    let server = Server::http(move |_| {
        let response = Response::builder().status(302).header("location", &target);
        let response = response.body(full("")).unwrap();
        async { response }
    })
    .await;
    let setup = Setup {
        grant: Some(Grant::to([server.url("")]).unwrap()),
        ..Setup::default()
    };
    let mut instance = start(setup).await.expect("it starts");
    let said = run(&mut instance, "GET", server.url("/")).await;
    assert!(said.starts_with("302"), "{said}");
    let said = run(&mut instance, "follow", server.url("/")).await;
    assert_eq!(said, "HttpRequestDenied");
    assert_eq!(inner.connections(), 0);
}

#[tokio::test]
async fn requests_that_lie_are_not_made() {
    let server = Server::http(mirror).await;
    let mut instance = start(Setup::default()).await.expect("it starts");
    let authority = server.address;
    let plain = server.url("/");
    for (what, url, expected) in [
        (
            "header host=evil.test",
            plain.clone(),
            "the header is refused",
        ),
        (
            "header transfer-encoding=chunked",
            plain.clone(),
            "the header is refused",
        ),
        (
            "header connection=close",
            plain.clone(),
            "the header is refused",
        ),
        (
            "header upgrade=websocket",
            plain.clone(),
            "the header is refused",
        ),
        ("header te=trailers", plain.clone(), "the header is refused"),
        ("header trailer=x", plain.clone(), "the header is refused"),
        (
            "header proxy-authorization=x",
            plain.clone(),
            "the header is refused",
        ),
        (
            "header expect=100-continue",
            plain.clone(),
            "the header is refused",
        ),
        (
            "header x=a\\r\\nb: c",
            plain.clone(),
            "the header is refused",
        ),
        ("header a b=c", plain.clone(), "the header is refused"),
        ("G(T", plain.clone(), "the method is refused"),
        (
            "GET",
            format!("http://{authority}|http://evil.test/"),
            "the path is refused",
        ),
        (
            "GET",
            format!("http://{authority}|/ HTTP/1.1"),
            "the path is refused",
        ),
        (
            "GET",
            format!("http://ok@{authority}/"),
            "HttpRequestUriInvalid",
        ),
        ("GET", "http://a b/".to_string(), "the authority is refused"),
        (
            "fields",
            plain.clone(),
            "HttpRequestHeaderSectionSize(Some(65536))",
        ),
        ("sized 5 hi", plain.clone(), "HttpRequestBodySize(None)"),
        ("sized 1 hi", plain.clone(), "HttpRequestBodySize(None)"),
        ("sized x hi", plain.clone(), "the header is refused"),
    ] {
        let said = run(&mut instance, what, url.clone()).await;
        assert_eq!(said, expected, "{what} {url}");
    }
}

#[tokio::test]
async fn responses_that_lie_are_errors() {
    let head = |head: &str| format!("HTTP/1.1 200 OK\r\n{head}\r\n");
    let many: String = (0..200).map(|i| format!("x-{i}: y\r\n")).collect();
    let huge = format!("x: {}\r\n", "y".repeat(100_000));
    for (answer, expected) in [
        (String::new(), "HttpResponseIncomplete"),
        ("not HTTP at all\r\n\r\n".to_string(), "HttpProtocolError"),
        (
            head("content-length: 5\r\ncontent-length: 6\r\n"),
            "HttpProtocolError",
        ),
        (head(&many), "HttpResponseHeaderSectionSize(Some(65536))"),
        (head(&huge), "HttpResponseHeaderSectionSize(Some(65536))"),
        (
            head("content-length: 99999999999\r\n"),
            "HttpResponseBodySize(Some(10485760))",
        ),
        (
            head("content-length: 5\r\n") + "hi",
            "HttpResponseIncomplete after true bytes",
        ),
        (
            head("transfer-encoding: chunked\r\n") + "2\r\nhi\r\nzz\r\n",
            "HttpProtocolError after true bytes",
        ),
        // The length does not count where there are chunks, and the connection is not used again.
        (
            head("content-length: 3\r\ntransfer-encoding: chunked\r\n") + "2\r\nhi\r\n0\r\n\r\n",
            "200 content-length=3 hi",
        ),
    ] {
        let server = Server::raw(answer.clone(), true).await;
        let said = once(Setup::default(), "GET", server.url("/")).await;
        assert_eq!(said, expected, "{answer:.60}");
    }
}

#[tokio::test]
async fn servers_that_never_end() {
    let endless = Server::tcp(|mut stream| async move {
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
        once(setup, "GET", endless.url("/")).await,
        "HttpResponseBodySize(Some(100000)) after true bytes"
    );
    let brief = || Setup {
        grant: Some(
            anywhere_here().with_timeouts(Duration::from_millis(300), Duration::from_millis(300)),
        ),
        ..Setup::default()
    };
    let silent = Server::raw("", false).await;
    let halting = Server::raw("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhi", false).await;
    for setup in [brief as fn() -> Setup, Setup::default] {
        // The plugin may be in more of a hurry than its grant.
        let what = match setup().grant.unwrap().idle_timeout < Duration::from_secs(1) {
            true => "GET",
            false => "hasty",
        };
        assert_eq!(
            once(setup(), what, silent.url("/")).await,
            "HttpResponseTimeout"
        );
        assert_eq!(
            once(setup(), what, halting.url("/")).await,
            "ConnectionReadTimeout after true bytes"
        );
    }
    // Byte after byte of a header, without an end.
    let drip = Server::tcp(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nx: ").await;
        while stream.write_all(b"y").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    assert_eq!(
        once(brief(), "GET", drip.url("/")).await,
        "HttpResponseTimeout"
    );
}

#[tokio::test]
async fn what_a_plugin_hoards_is_bounded() {
    let mut instance = start(Setup::default()).await.expect("it starts");
    let huge = instance.call_typed(
        None,
        "run",
        ("huge".to_string(), "http://127.0.0.1/".to_string()),
    );
    let huge: outwit::Result<(String,)> = huge.await;
    let error = huge.expect_err("it is too large").to_string();
    assert!(
        error.contains("total size of fields exceeds limit"),
        "{error}"
    );
    let mut instance = start(Setup::default()).await.expect("it starts");
    assert_eq!(
        run(&mut instance, "hoard", "").await,
        "2000 header sections"
    );
    // A request that nobody waits for is given up.
    let silent = Server::raw("", false).await;
    for _ in 0..20 {
        assert_eq!(run(&mut instance, "drop", silent.url("/")).await, "dropped");
    }
}
