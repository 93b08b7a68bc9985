//! Answers every function of `test:types/forward-async` by awaiting its namesake in `echo-async`.
#![allow(missing_docs, reason = "a test plugin")]

wit_bindgen::generate!({ path: "../wit", world: "forwards-async" });

use exports::test::types::forward_async::{Guest, Line, Shape};
use test::types::echo_async;

struct Plugin;
export!(Plugin);

impl Guest for Plugin {
    async fn later_u64(v: u64) -> u64 {
        echo_async::later_u64(v).await
    }

    async fn later_string(v: String) -> String {
        echo_async::later_string(v).await
    }

    async fn later_bytes(v: Vec<u8>) -> Vec<u8> {
        echo_async::later_bytes(v).await
    }

    async fn later_line(v: Line) -> Line {
        echo_async::later_line(v).await
    }

    async fn later_shape(v: Shape) -> Shape {
        echo_async::later_shape(v).await
    }

    async fn later_result(v: Result<String, u32>) -> Result<String, u32> {
        echo_async::later_result(v).await
    }

    async fn later_many(
        a: u8,
        b: String,
        c: f64,
        d: Option<String>,
    ) -> (u8, String, f64, Option<String>) {
        echo_async::later_many(a, b, c, d).await
    }

    async fn later_nothing() {
        echo_async::later_nothing().await;
    }
}
