//! The server of the tests, as far as it can be had without one: requests read files of the tree.

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use outwit::fetch::{Allowed, Body, Client, Failure, Grant, Session};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The hosts that the tests think they are on.
const ORIGINS: [&str; 4] = [
    "http://web-platform.test:8000",
    "http://www1.web-platform.test:8000",
    "http://www.web-platform.test:8000",
    "https://web-platform.test:8443",
];

/// What allows to reach them, and nothing else.
pub fn grant() -> Grant {
    Grant::to(ORIGINS).expect("these are origins")
}

/// Reads files below a folder.
pub struct Offline(pub PathBuf);

impl Client for Offline {
    fn open(&self, _: &str, _: &Grant) -> Arc<dyn Session> {
        Arc::new(Files(self.0.clone()))
    }
}

struct Files(PathBuf);

#[async_trait]
impl Session for Files {
    async fn send(&self, allowed: Allowed, _: Request<Body>) -> Result<Response<Body>, Failure> {
        let name = path(allowed.target().url());
        let is_file = !name.split('/').any(|part| part == "..") && !name.ends_with(".py");
        let path = self.0.join(&name);
        let content = std::fs::read(&path).ok().filter(|_| is_file);
        let status = if content.is_some() { 200 } else { 404 };
        let mut response = Response::builder().status(status);
        let headers = with_suffix(&path, ".headers");
        let headers = std::fs::read_to_string(headers).unwrap_or_default();
        let mut has_type = false;
        for (name, value) in headers.lines().filter_map(|line| line.split_once(':')) {
            has_type |= name.eq_ignore_ascii_case("content-type");
            response = response.header(name.trim(), value.trim());
        }
        if !has_type {
            response = response.header("content-type", media_type(&name));
        }
        let body = Full::new(Bytes::from(content.unwrap_or_default()));
        response
            .body(body.map_err(|never| match never {}).boxed_unsync())
            .map_err(|error| Failure::Protocol(error.to_string()))
    }
}

/// The path of a URL below the root, its percent signs decoded.
fn path(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.split_once('/').map_or("", |(_, path)| path);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut pieces = path.split('%');
    let mut decoded = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let number = piece.get(..2);
        match number.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(number) => {
                decoded.push(number);
                decoded.extend(piece.bytes().skip(2));
            }
            None => decoded.extend([b"%", piece.as_bytes()].concat()),
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html",
        "js" => "text/javascript",
        "json" => "application/json",
        "txt" | "idl" => "text/plain",
        "css" => "text/css",
        "png" => "image/png",
        "wasm" => "application/wasm",
        "xml" => "text/xml",
        _ => "application/octet-stream",
    }
}
