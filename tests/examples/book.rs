//! What the README and the book show works.

use outwit::{App, Manifest, Plugin, PluginConfig};
use outwit_tests::{engine, js_text};
use std::fs;

fn page(path: &str) -> String {
    let path = outwit_tests::root().join("..").join(path);
    fs::read_to_string(path).expect("a page")
}

/// The code blocks of a page in a language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if line.strip_prefix("```") == Some(language) {
            let block: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push(block.join("\n") + "\n");
        }
    }
    blocks
}

/// The block that has this in it.
fn block_with(page: &str, language: &str, part: &str) -> String {
    let found = blocks(page, language)
        .into_iter()
        .find(|b| b.contains(part));
    found.unwrap_or_else(|| panic!("no block of {language} has `{part}`"))
}

#[tokio::test]
async fn the_plugin_of_the_tour_greets() {
    for name in ["README.md", "docs/javascript.md"] {
        let page = page(name);
        let source = block_with(&page, "js", "export const greeter");
        let wit = block_with(&page, "wit", "world hello");
        let bytes = js_text(&source, &wit).unwrap_or_else(|error| panic!("{name}: {error}"));
        let plugin = Plugin::from_bytes(&engine(), "hello", bytes).expect("it is a component");
        let app = App::builder(&engine()).plugin(plugin, PluginConfig::new());
        let app = app.build().expect("it asks for nothing");
        let (text,): (String,) = app
            .call_typed("hello", None, "greet", ("you",))
            .await
            .expect("it greets");
        assert_eq!(text, "Hello, you! This is JavaScript.", "{name}");
    }
    assert!(page("README.md").contains("\"Hello, you! This is JavaScript.\""));
}

#[test]
fn manifests_are_in_order() {
    let mut seen = 0;
    for name in ["README.md", "docs/manifest.md"] {
        for text in blocks(&page(name), "toml") {
            Manifest::parse(&text, name).unwrap_or_else(|error| panic!("{error}"));
            seen += 1;
        }
    }
    assert!(seen >= 5, "{seen}");
}

#[test]
fn the_limits_in_the_book_are_the_defaults() {
    let page = page("docs/manifest.md");
    let limits = outwit::Limits::default();
    for (key, text) in [
        ("cpu", format!("{} ms", limits.cpu.as_millis())),
        ("wall", format!("{} s", limits.wall.as_secs())),
        ("output", format!("{} KiB", limits.output >> 10)),
        ("handles", limits.handles.to_string()),
        ("timers", limits.timers.to_string()),
        ("component", format!("{} MiB", limits.component >> 20)),
        (
            "host-call-bytes",
            format!("{} MiB", limits.host_call_bytes >> 20),
        ),
    ] {
        let row = format!("| `{key}` | {text} |");
        assert!(page.contains(&row), "docs/manifest.md has no row {row}");
    }
}

#[test]
fn every_world_that_concepts_names_can_be_included() {
    let page = page("docs/concepts.md");
    let worlds: Vec<_> = page
        .split('`')
        .filter(|part| part.starts_with("outwit:") && part.contains("/imports@"))
        .collect();
    assert_eq!(worlds.len(), 12);
    for world in worlds {
        let wit =
            format!("package a:b; world w {{ include {world}; export f: func() -> string; }}");
        let source = "export function f() { return Object.keys(globalThis).join(); }";
        js_text(source, &wit).unwrap_or_else(|error| panic!("{world}: {error}"));
    }
}
