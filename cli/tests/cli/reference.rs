//! The pages of the book about the interfaces, made of `wit/`.

use crate::folder::{Folder, repository};
use outwit::Capability;
use std::collections::BTreeSet;
use std::fmt::Write;

/// The pages: their names and texts.
pub fn pages() -> Vec<(String, String)> {
    let mut pages = Vec::new();
    let mut index = String::from(
        "# Capabilities\n\nWhat a plugin can ask for: one page for each capability, made of the WIT in `wit/deps`. What each function can be \
         denied for is in [What a plugin can be denied](../operations.md).\n\n| Capability | What it lets a plugin do | To grant it |\n|---|---|---|\n",
    );
    let mut capabilities = Capability::ALL;
    capabilities.sort_by_key(|capability| capability.name());
    for capability in capabilities {
        let name = capability.name();
        let Some(package) = capability.package().strip_prefix("outwit:") else {
            let line = capability.manifest_line();
            writeln!(
                index,
                "| `{}` | {}; see WASI 0.2 | `{line}` |",
                capability.package(),
                capability.description()
            )
            .expect("text");
            continue;
        };
        let path = repository().join(format!("wit/deps/outwit-{package}.wit"));
        let wit =
            std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        pages.push((format!("{package}.md"), page(capability, package, &wit)));
        let line = capability.manifest_line();
        writeln!(
            index,
            "| [{name}]({package}.md) | {} | `{line}` |",
            capability.description()
        )
        .expect("text");
    }
    pages.push((String::from("capabilities.md"), index));
    pages
}

fn name_and_version(wit: &str) -> (&str, &str) {
    let package = wit.lines().find_map(|line| line.strip_prefix("package "));
    let version = package.and_then(|p| p.trim_end_matches(';').split_once('@'));
    version.expect("a package with a version")
}

/// Every example is built for a world that has its interface and no other unless it says so, and does what it says. Those for which a server would have to
/// be there are only built.
#[test]
fn examples_do_what_they_say() {
    let mut called = 0;
    for capability in Capability::ALL {
        let Some(package) = capability.package().strip_prefix("outwit:") else {
            continue;
        };
        let source = example(package);
        let mut packages = BTreeSet::from([package]);
        if source.contains("outwit:timers") {
            packages.insert("timers");
        }
        let mut includes = String::new();
        for package in packages {
            let path = repository().join(format!("wit/deps/outwit-{package}.wit"));
            let wit = std::fs::read_to_string(path).expect("a package");
            let (name, version) = name_and_version(&wit);
            includes += &format!("include {name}/imports@{version}; ");
        }
        let grant = capability.manifest_line().replace("CHANNEL", "news");
        let folder = Folder::with(&[
            ("plugin.js", &source),
            (
                "wit/example.wit",
                &format!(
                    "package demo:example; world example {{ {includes}export example: async func() -> string; }}"
                ),
            ),
            (
                "outwit.toml",
                &format!(
                    "[app]\nname = 'example'\n[plugins.example]\npath = 'example.wasm'\nbuild = 'plugin.js'\n[plugins.example.grant]\n{grant}\n"
                ),
            ),
        ]);
        folder.prints(&["build", "."]);
        if source.contains("api.example.com") {
            continue;
        }
        let line = source.lines().rfind(|line| line.contains("return "));
        let line = line.expect("it returns something");
        let expected = match line.split_once("; // ") {
            Some((_, text)) => text,
            None => line.split('\'').nth(1).expect("it returns a text"),
        };
        let printed = folder.prints(&["call", ".", "example()"]);
        assert_eq!(
            printed.trim_end().trim_matches('"'),
            expected,
            "{package}.js"
        );
        called += 1;
    }
    assert_eq!(called, 9);
}

/// What was read of a page's WIT.
#[derive(Default)]
struct Page {
    text: String,
    /// The lines of documentation that belong to what comes next.
    docs: Vec<String>,
    /// The lines of the item that is being read.
    item: Vec<String>,
    /// How many brackets the item has open.
    open: i32,
    in_interface: bool,
}

/// What the page shows of its use in JavaScript.
fn example(package: &str) -> String {
    let path = repository().join(format!("docs/reference/{package}.js"));
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn page(capability: Capability, package: &str, wit: &str) -> String {
    let mut page = Page::default();
    for line in wit.lines() {
        page.line(line);
    }
    let (name, version) = name_and_version(wit);
    let line = capability.manifest_line();
    let head = format!(
        "# {name}\n\n*Made of `wit/deps/{}.wit`.* A world has it by `include {name}/imports@{version};`, an app grants it under `[plugins.NAME.grant]` by \
         `{line}`. In a plugin in Rust it is the feature `{package}` of `outwit-guest`. See also [the grants](../manifest.md#grants), and [what can be \
         denied](../operations.md).\n\n",
        name.replace(':', "-"),
    );
    // After what the package is for, before its interfaces.
    let example = format!("## In JavaScript\n\n```js\n{}```\n\n", example(package));
    let (first, rest) = page.text.split_once("## ").expect("an interface");
    let text = format!("{first}{example}## {rest}");
    head + text.trim_end() + "\n"
}

impl Page {
    fn line(&mut self, line: &str) {
        let trimmed = line.trim();
        if self.item.is_empty() {
            if let Some(text) = trimmed.strip_prefix("///") {
                self.docs
                    .push(text.strip_prefix(' ').unwrap_or(text).to_owned());
                return;
            }
            if trimmed.starts_with("package ") {
                return self.flush();
            }
            if let Some(name) = trimmed.strip_prefix("interface ") {
                let name = name.trim_end_matches(['{', ' ']);
                self.text.push_str(&format!("## {name}\n\n"));
                self.in_interface = true;
                return self.flush();
            }
            if trimmed == "}" {
                self.in_interface = false;
            }
            if trimmed.is_empty() || trimmed == "}" || trimmed.starts_with("//") {
                return;
            }
        }
        let indent = if self.in_interface { "    " } else { "" };
        self.item
            .push(line.strip_prefix(indent).unwrap_or(line).to_owned());
        // What a comment has does not count.
        let code = trimmed.split("//").next().unwrap_or_default();
        self.open +=
            code.matches(['{', '(']).count() as i32 - code.matches(['}', ')']).count() as i32;
        if self.open == 0 && code.ends_with([';', '}']) {
            self.end();
        }
    }

    /// Writes an item: its name, what it is for, and what it is.
    fn end(&mut self) {
        let first = self.item.iter().find(|line| !line.starts_with('@'));
        let first = first.cloned().unwrap_or_default();
        let word = first.split([' ', '{', ';']).next().unwrap_or_default();
        let name = match word {
            "record" | "enum" | "variant" | "flags" | "resource" | "type" | "world" => {
                first.split([' ', '{', ';', '=']).nth(1).unwrap_or_default()
            }
            "use" => "",
            _ => first.split(':').next().unwrap_or_default(),
        };
        let kind = if first.contains(": func(") || first.contains(": async func(") {
            ""
        } else {
            word
        };
        let level = if word == "world" { "##" } else { "###" };
        if !name.is_empty() {
            self.text.push_str(
                format!("{level} {kind} {name}\n\n")
                    .replace("  ", " ")
                    .as_str(),
            );
        }
        self.flush();
        let item = self.item.join("\n");
        self.text.push_str(&format!("```wit\n{item}\n```\n\n"));
        self.item.clear();
    }

    /// Writes the documentation.
    fn flush(&mut self) {
        if !self.docs.is_empty() {
            self.text.push_str(&self.docs.join("\n"));
            self.text.push_str("\n\n");
            self.docs.clear();
        }
    }
}
