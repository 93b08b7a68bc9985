//! What can go wrong with `fetch` is a `TypeError` each, whose text says what to do.

use std::sync::Arc;
use std::time::Duration;

use hyper::Response;
use outwit::fetch::{Grant, Network};

use crate::harness::{anywhere_here, call};
use crate::javascript::start_on;
use crate::server::{Identity, Names, Server, full, network};

const FAIL: &str = "return fetch(arg, { method: arg.endsWith('#post') ? 'POST' : 'GET' })
    .then((r) => r.text()).catch((e) => `${e.name} ${e.message}`);";

async fn failure(network: Network, grant: Grant, url: &str) -> String {
    let mut instance = start_on(network, &["fetch"], grant, FAIL).await;
    call(&mut instance, url).await
}

/// What is said of a request on any network of this machine; `ORIGIN` stands for that of the URL.
async fn says(grant: Grant, url: &str, expected: &str) {
    let said = failure(Network::default(), grant, url).await;
    let origin = url.split('/').take(3).collect::<Vec<_>>().join("/");
    assert_eq!(said, expected.replace("ORIGIN", &origin), "{url}");
}

#[tokio::test]
async fn requests_that_cannot_be_sent() {
    says(
        anywhere_here(),
        "http://[nonsense/",
        "TypeError Request: input: 'http://[nonsense/' is not a URL",
    )
    .await;
    says(
        anywhere_here(),
        "ftp://example.com/",
        "TypeError fetch: a URL of scheme 'ftp:' cannot be fetched; http:, https:, data: and blob: can",
    )
    .await;
    says(
        anywhere_here(),
        "http://127.0.0.1:25/",
        "TypeError fetch ORIGIN: this port is not for HTTP",
    )
    .await;
}

#[tokio::test]
async fn requests_that_are_not_granted() {
    let only = Grant::to(["https://api.example.com"]).unwrap();
    says(
        only.clone(),
        "http://api.example.com/",
        "TypeError fetch ORIGIN: the plugin may not send requests there; to allow it, add \"ORIGIN\" to 'fetch' of its grant in the manifest",
    )
    .await;
    says(
        only.with_methods(["GET"]),
        "https://api.example.com/#post",
        "TypeError fetch ORIGIN: the plugin may not use this method there; 'methods' of its grant lists those it may",
    )
    .await;
    says(
        Grant::to(["http://*:*"]).unwrap(),
        "http://127.0.0.1/",
        "TypeError fetch ORIGIN: the plugin may not connect to private addresses, and 127.0.0.1 has no other; 'allow-private' of its grant lists those it may",
    )
    .await;
}

#[tokio::test]
async fn connections_that_do_not_come_about() {
    let names = Arc::new(Names::default().with("api.test", &["127.0.0.1"]));
    let said = failure(network(&names, &[]), anywhere_here(), "http://nobody.test/").await;
    assert_eq!(
        said,
        "TypeError fetch http://nobody.test: the name nobody.test cannot be resolved; check its spelling, and the network of the host"
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    says(
        anywhere_here(),
        &nobody,
        "TypeError fetch ORIGIN: nothing accepts connections there; check the port, and whether the server runs",
    )
    .await;
    let identity = Identity::of(&["api.test"]);
    let server = Server::https(&identity, &["h2"], |_| async { Response::new(full("hi")) }).await;
    let url = format!("https://api.test:{}/", server.port());
    let said = failure(network(&names, &[]), anywhere_here(), &url).await;
    let origin = url.trim_end_matches('/');
    assert_eq!(
        said,
        format!(
            "TypeError fetch {origin}: there is no secure connection to it: invalid peer certificate: UnknownIssuer; \
             check the certificate of the server, and whether the application trusts who signed it"
        )
    );
}

#[tokio::test]
async fn responses_that_are_late() {
    let brief =
        anywhere_here().with_timeouts(Duration::from_millis(300), Duration::from_millis(300));
    let silent = Server::raw("", false).await;
    says(
        brief.clone(),
        &silent.url("/"),
        "TypeError fetch ORIGIN: the response took too long; 'idle-timeout' of the plugin's grant sets the limit",
    )
    .await;
    let halting = Server::raw("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhi", false).await;
    says(
        brief,
        &halting.url("/"),
        "TypeError fetch ORIGIN: the body stopped coming; 'idle-timeout' of the plugin's grant sets the limit",
    )
    .await;
    // Somebody accepts, and never says a word of TLS.
    let mute = Server::tcp(|stream| async move {
        let _held = stream;
        std::future::pending().await
    })
    .await;
    // Only one of the two is brief, or either may be first.
    let connecting =
        anywhere_here().with_timeouts(Duration::from_millis(300), Duration::from_secs(60));
    says(
        connecting,
        &format!("https://{}/", mute.address),
        "TypeError fetch ORIGIN: connecting took too long; 'connect-timeout' of the plugin's grant sets the limit",
    )
    .await;
}

#[tokio::test]
async fn responses_that_are_damaged_or_too_large() {
    let huge = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(100_000));
    for (answer, expected) in [
        (
            "",
            "the connection ended before all of the response had come; it may work again later",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhi",
            "the connection ended before all of the response had come; it may work again later",
        ),
        (
            "what is this\r\n\r\n",
            "what came back is not HTTP: invalid HTTP version parsed",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-encoding: gzip\r\n\r\nhi",
            "the body is not what its content-encoding says",
        ),
        (
            &huge,
            "the headers are more than 128, or larger than 65536 bytes; 'headers' of the plugin's grant sets the limit",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n",
            "the body is larger than 10485760 bytes; 'body' of the plugin's grant sets the limit",
        ),
    ] {
        let server = Server::raw(answer, true).await;
        let expected = format!("TypeError fetch ORIGIN: {expected}");
        says(anywhere_here(), &server.url("/"), &expected).await;
    }
}
