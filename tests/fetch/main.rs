//! `outwit:fetch`, `wasi:http` and, in `tests/websocket`, `outwit:websocket`, against servers on this machine: HTTP/1.1, HTTP/2, TLS, and servers that do what they should not.

mod denied;
mod failures;
mod harness;
mod javascript;
mod protocol;
mod rust;
mod server;
mod streaming;
mod texts;
mod wasi;
#[path = "../websocket/websocket.rs"]
mod websocket;
#[path = "../websocket/attacks.rs"]
mod websocket_attacks;
