//! The same from plugins in Rust: `guest-rust/plugins/courier`.

use std::sync::Arc;

use http_body_util::BodyExt as _;
use hyper::Response;
use outwit::fetch::{Grant, HttpClient};
use outwit::{Grants, Host, Instance, Limits, Plugin, websocket};
use outwit_tests::{engine, rust};

use crate::harness::anywhere_here;
use crate::server::{Server, full};

const ERRANDS: &str = "demo:courier/errands";

pub async fn courier(fetch: Grant, websocket: websocket::Grant) -> Instance {
    let component = rust("../guest-rust/plugins/courier");
    let plugin = Plugin::from_bytes(&engine(), "courier", component.as_slice()).unwrap();
    let grants = Grants::none().with_fetch(fetch).with_websocket(websocket);
    let mut limits = Limits::default();
    limits.wall = std::time::Duration::from_secs(20);
    Instance::builder(&plugin)
        .grants(grants)
        .limits(limits)
        .host(Host::system().with_fetch(Arc::new(HttpClient::default())))
        .start()
        .await
        .unwrap()
}

async fn mirror(request: hyper::Request<hyper::body::Incoming>) -> Response<crate::server::Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else {
        return Response::new(full("broken"));
    };
    let bytes = body.to_bytes();
    let sum: u64 = bytes.iter().map(|byte| u64::from(*byte)).sum();
    let courier = parts
        .headers
        .get("x-courier")
        .map_or("", |v| v.to_str().unwrap());
    let said = format!("{} {courier} {} {sum}", parts.method, bytes.len());
    Response::builder().status(202).body(full(said)).unwrap()
}

#[tokio::test]
async fn requests_streams_and_refusals() {
    let server = Server::http(mirror).await;
    let mut courier = courier(anywhere_here(), websocket::Grant::default()).await;
    type Answer = (Result<(u16, String), String>,);
    let request = |method: &str, url: String, body: Option<&str>| {
        (method.to_string(), url, body.map(str::to_string))
    };
    let url = server.url("/");
    let (got,): Answer = courier
        .call_typed(ERRANDS, "request", request("GET", url.clone(), None))
        .await
        .unwrap();
    assert_eq!(got, Ok((202, "GET rust 0 0".to_string())));
    let (got,): Answer = courier
        .call_typed(ERRANDS, "request", request("PUT", url.clone(), Some("ab")))
        .await
        .unwrap();
    assert_eq!(got, Ok((202, "PUT rust 2 195".to_string())));
    let (got,): Answer = courier
        .call_typed(
            ERRANDS,
            "request",
            request("GET", "http://10.0.0.1/".into(), None),
        )
        .await
        .unwrap();
    assert_eq!(got, Err("Error::NotAllowed(Denial::Address)".to_string()));

    type Text = (Result<String, String>,);
    let (got,): Text = courier
        .call_typed(ERRANDS, "upload", (url.clone(), 20u32, 10_000u32, true))
        .await
        .unwrap();
    assert_eq!(got, Ok("POST  200000 1900000".to_string()));
    let (got,): Text = courier
        .call_typed(ERRANDS, "upload", (url.clone(), 2u32, 10u32, false))
        .await
        .unwrap();
    assert_eq!(got, Err("Error::BodyFailed".to_string()));
    let (got,): Text = courier
        .call_typed(ERRANDS, "forward", (url.clone(), url.clone()))
        .await
        .unwrap();
    // "GET  0 0" has eight characters.
    assert_eq!(got, Ok("POST  8 416".to_string()));
}
