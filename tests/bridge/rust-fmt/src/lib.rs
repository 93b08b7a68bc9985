//! What `fmt.js` does, in Rust: the least a call can cost.
#![allow(missing_docs, reason = "a plugin to measure")]

wit_bindgen::generate!({ path: "../fmt.wit", world: "bench" });

use exports::demo::g::fmt::Guest;

struct Plugin;
export!(Plugin);

impl Guest for Plugin {
    fn greet(name: String) -> String {
        format!("Hello, {name}!")
    }

    fn add(a: u32, b: u32) -> u32 {
        a.wrapping_add(b)
    }

    fn sum(v: Vec<f64>) -> f64 {
        v.iter().sum()
    }

    fn bytes(b: Vec<u8>) -> u32 {
        b.len() as u32
    }

    fn big(v: u64) -> u64 {
        v
    }
}
