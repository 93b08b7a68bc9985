//! Answers every function of `test:types/echo-async` with the value it was given.
#![allow(missing_docs, reason = "a test plugin")]

wit_bindgen::generate!({ path: "../wit", world: "echoes-async" });

use exports::test::types::echo_async::{Guest, Line, Shape};

struct Plugin;
export!(Plugin);

impl Guest for Plugin {
    async fn later_u64(v: u64) -> u64 {
        v
    }

    async fn later_string(v: String) -> String {
        v
    }

    async fn later_bytes(v: Vec<u8>) -> Vec<u8> {
        v
    }

    async fn later_line(v: Line) -> Line {
        v
    }

    async fn later_shape(v: Shape) -> Shape {
        v
    }

    async fn later_result(v: Result<String, u32>) -> Result<String, u32> {
        v
    }

    async fn later_many(
        a: u8,
        b: String,
        c: f64,
        d: Option<String>,
    ) -> (u8, String, f64, Option<String>) {
        (a, b, c, d)
    }

    async fn later_nothing() {}
}
