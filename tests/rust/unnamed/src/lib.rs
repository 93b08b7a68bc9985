//! Prints, though its world does not say so: `outwit build` refuses it.

#[allow(missing_docs)]
mod bindings {
    outwit_guest::wit_bindgen::generate!({
        path: "wit",
        runtime_path: "outwit_guest::wit_bindgen::rt",
    });
}

struct Unnamed;

impl bindings::Guest for Unnamed {
    fn greet() -> String {
        outwit_guest::console::log!("surprise");
        String::new()
    }
}

bindings::export!(Unnamed with_types_in bindings);
