//! The last filter of a chain: it counts words.

#[allow(missing_docs)]
mod bindings {
    outwit_guest::wit_bindgen::generate!({
        path: "../wit",
        world: "end",
        runtime_path: "outwit_guest::wit_bindgen::rt",
    });
}

use bindings::exports::demo::chain::filter::{Guest, Message};

struct Count;

impl Guest for Count {
    fn apply(mut message: Message) -> Result<Message, String> {
        match message.text.split_whitespace().count() {
            0 => Err("there is nothing in it".into()),
            words => {
                message.notes.push(format!("{words} words"));
                Ok(message)
            }
        }
    }
}

bindings::export!(Count with_types_in bindings);
