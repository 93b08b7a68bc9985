//! Calls another plugin's `greet` many times.
#![allow(missing_docs, reason = "a plugin to measure")]

wit_bindgen::generate!({ path: "../fmt.wit", world: "caller" });

use demo::g::fmt;
use exports::demo::g::calls::Guest;

struct Plugin;
export!(Plugin);

impl Guest for Plugin {
    fn greet(times: u32) -> u32 {
        (0..times).map(|_| fmt::greet("world").len() as u32).sum()
    }
}
