//! A plugin that greets.

mod bindings {
    wit_bindgen::generate!({
        path: "wit",
        world: "{{world}}",
    });
}

use bindings::exports::example::{{snake}}::greeter::Guest;

struct Plugin;

impl Guest for Plugin {
    fn greet(name: String) -> Result<String, String> {
        greeting(&name).ok_or_else(|| "who is there?".into())
    }
}

bindings::export!(Plugin with_types_in bindings);

/// What to say to somebody, unless nobody is there.
fn greeting(name: &str) -> Option<String> {
    (!name.is_empty()).then(|| format!("Hello, {name}!"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_is_greeted() {
        assert_eq!(greeting("you").as_deref(), Some("Hello, you!"));
        assert_eq!(greeting(""), None);
    }
}
