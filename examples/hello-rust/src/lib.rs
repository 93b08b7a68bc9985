//! The smallest plugin in Rust.

#[allow(missing_docs)]
mod bindings {
    outwit_guest::wit_bindgen::generate!({
        path: "wit",
        runtime_path: "outwit_guest::wit_bindgen::rt",
    });
}

use bindings::exports::demo::hello::greeter::Guest;

struct Hello;

impl Guest for Hello {
    fn greet(name: String) -> String {
        format!("Hello, {name}! This is Rust.")
    }
}

bindings::export!(Hello with_types_in bindings);
