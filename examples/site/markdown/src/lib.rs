//! The plugin `markdown`: text in, HTML and headings out.

#[allow(missing_docs)]
mod bindings {
    outwit_guest::wit_bindgen::generate!({
        path: "../wit/markdown.wit",
        world: "markdown-plugin",
        runtime_path: "outwit_guest::wit_bindgen::rt",
    });
}
mod links;
mod render;
mod slugs;

use bindings::exports::demo::site::markdown::{Document, Guest, Heading};

struct Markdown;

impl Guest for Markdown {
    fn render(source: String) -> Document {
        render::render(&source)
    }
}

bindings::export!(Markdown with_types_in bindings);
