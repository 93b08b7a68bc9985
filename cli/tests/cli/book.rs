//! What the tutorials and the cookbook show is done: files are written, commands are run, and what they print is compared. And the
//! pages of the book belong together: links lead somewhere, and the table of contents has every page.
//!
//! A code block is a file if its first line is a comment with the file's name. In a block of `console`, a line with `$` in front is a command, and
//! what follows is what it prints; a line that ends in `…` is only the beginning of one.
//!
//! Of the other snippets: those of `embedding.md` and `rust.md` are documentation tests of `tests/src/lib.rs` and of `outwit-guest`; those of `javascript.md` are
//! built and called by `tests/types`, `tests/examples`, `tests/web`, `tests/messaging` and `tests/npm`; manifests are parsed by `tests/examples/book.rs`; tests of
//! plugins are run by `test.rs` beside this; worlds and commands of `examples/site` are those of its own test. Command lines in blocks of `sh` are usages, of files that are
//! nowhere: `cli/src/shown.rs` checks that they are command lines. Settings of editors are not run.

use crate::folder::{Folder, repository, texts};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

struct Block {
    language: String,
    text: String,
}

fn docs() -> PathBuf {
    repository().join("docs")
}

fn page(name: &str) -> String {
    let text = std::fs::read_to_string(docs().join(name));
    text.unwrap_or_else(|error| panic!("docs/{name}: {error}"))
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push(Block {
                language: language.split(',').next().unwrap_or_default().to_owned(),
                text: text.join("\n") + "\n",
            });
        }
    }
    blocks
}

/// The file that a block is, if it says so.
fn file(block: &Block) -> Option<&str> {
    let first = block.text.lines().next()?;
    let name = first.strip_prefix("// ").or(first.strip_prefix("# "))?;
    let is_name = name.contains('.') && !name.contains(' ');
    is_name.then_some(name)
}

/// Does what a part of a page shows, in a folder of its own. Gives the number of commands.
fn follow(place: &str, text: &str) -> usize {
    follow_in(&Folder::new(), place, text)
}

fn follow_in(folder: &Folder, place: &str, text: &str) -> usize {
    let mut commands = 0;
    for block in blocks(text) {
        if let Some(name) = file(&block) {
            let root = repository().canonicalize().expect("the repository");
            let root = format!("{}/", root.display());
            folder.write(name, block.text.replace("../outwit/", &root));
            if name.ends_with("Cargo.toml") {
                // The versions that are there already.
                let lock = Path::new(name).with_file_name("Cargo.lock");
                folder.copy("Cargo.lock", lock.to_str().expect("Unicode"));
            }
        } else if block.language == "console" {
            commands += run(folder, place, &block.text);
        }
    }
    commands
}

/// Runs the commands of a block, and compares what they print.
fn run(folder: &Folder, place: &str, text: &str) -> usize {
    let target = repository().join("target/book");
    let target = target.to_str().expect("Unicode");
    let mut lines = text.lines().peekable();
    let mut commands = 0;
    let mut current = "";
    while let Some(line) = lines.next() {
        if let Some(folder) = line.strip_prefix("$ cd ") {
            current = folder;
            continue;
        }
        let command = line.strip_prefix("$ outwit ");
        let command = command.unwrap_or_else(|| panic!("{place}: `{line}` is no command of ours"));
        let mut expected = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
            expected.push(line);
        }
        let words = words(command);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let output = folder.outwit_in(current, &words, &[("CARGO_TARGET_DIR", target)]);
        let (stdout, stderr) = texts(&output);
        let fails = expected
            .first()
            .is_some_and(|line| line.starts_with("error:"));
        assert_eq!(
            !output.status.success(),
            fails,
            "{place}: `{line}`: {stderr}"
        );
        let found = if fails { stderr } else { stdout };
        let found: Vec<&str> = found.trim_end().lines().collect();
        if !expected.is_empty() {
            assert_eq!(
                found.len(),
                expected.len(),
                "{place}: `{line}` prints\n{}",
                found.join("\n")
            );
        }
        for (found, expected) in found.iter().zip(expected) {
            match expected.strip_suffix('…') {
                Some(start) => {
                    assert!(found.starts_with(start), "{place}: `{line}` prints {found}")
                }
                None => assert_eq!(*found, expected, "{place}: `{line}`"),
            }
        }
        commands += 1;
    }
    commands
}

/// The words of a command line, as a shell takes them apart, without a comment.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for letter in command.chars() {
        match (letter, quote) {
            (letter, Some(open)) if letter == open => quote = None,
            ('\'' | '"', None) => quote = Some(letter),
            (' ', None) if !word.is_empty() => words.push(std::mem::take(&mut word)),
            (' ', None) => {}
            ('#', None) if word.is_empty() => return words,
            (letter, _) => word.push(letter),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[test]
fn tutorials_can_be_followed() {
    for name in [
        "tutorial-javascript.md",
        "tutorial-typescript.md",
        "tutorial-rust.md",
    ] {
        assert!(follow(name, &page(name)) >= 3, "{name}");
    }
}

#[test]
fn the_tour_of_the_readme_can_be_followed() {
    let page = page("../README.md");
    // What it shows after that is `examples/site`, whose own test runs it.
    let tour = page.split("An app grants").next().unwrap_or_default();
    assert_eq!(follow("README.md", tour), 6);
}

#[test]
fn the_first_plugin_of_the_guide_for_rust_can_be_built() {
    let page = page("rust.md");
    let plugin = page.split("\n## ").next().unwrap_or_default();
    let folder = Folder::new();
    // The page says that this is a copy of the file in this repository.
    folder.copy("wit/deps/outwit-console.wit", "wit/deps/outwit-console.wit");
    assert_eq!(follow_in(&folder, "rust.md", plugin), 2);
}

#[test]
fn recipes_work() {
    let page = page("cookbook.md");
    let recipes: Vec<&str> = page.split("\n## ").skip(1).collect();
    assert!(recipes.len() >= 10, "{}", recipes.len());
    for recipe in recipes {
        let name = recipe.lines().next().unwrap_or_default();
        assert!(follow(name, recipe) > 0, "{name} runs nothing");
    }
}

/// The pages, by their paths from the folder of the book.
fn pages() -> Vec<String> {
    let mut pages = Vec::new();
    for folder in ["", "reference"] {
        for entry in std::fs::read_dir(docs().join(folder)).expect("a folder") {
            let name = entry.expect("an entry").file_name();
            let name = name.to_str().expect("Unicode").to_owned();
            if name.ends_with(".md") {
                pages.push(
                    Path::new(folder)
                        .join(name)
                        .to_str()
                        .expect("Unicode")
                        .to_owned(),
                );
            }
        }
    }
    pages.sort();
    pages
}

/// The text of a page outside of code.
fn prose(text: &str) -> String {
    let mut prose = String::new();
    let mut code = false;
    for line in text.lines() {
        if line.starts_with("```") {
            code = !code;
        } else if !code {
            let parts = line.split('`').step_by(2);
            prose.push_str(&parts.collect::<Vec<_>>().join(""));
            prose.push('\n');
        }
    }
    prose
}

/// Where a page links to.
fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    let parts = prose.split("](").skip(1);
    parts
        .filter_map(|part| part.split([')', ' ']).next())
        .map(str::to_owned)
        .collect()
}

/// The anchors of a page: its headings, as those who render it name them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut code = false;
    let mut anchors = BTreeSet::new();
    for line in text.lines() {
        code ^= line.starts_with("```");
        let Some(heading) = line.strip_prefix('#').filter(|_| !code) else {
            continue;
        };
        let heading = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = heading
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        anchors.insert(kept.map(|c| if c == ' ' { '-' } else { c }).collect());
    }
    anchors
}

#[test]
fn links_lead_somewhere() {
    let mut seen = 0;
    let mut wrong = Vec::new();
    let readme = String::from("../README.md");
    for name in pages().iter().chain([&readme]) {
        let text = page(name);
        for link in links(&text) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            seen += 1;
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let from = docs().join(name);
            let to = match path {
                "" => from.clone(),
                path => from.parent().expect("a folder").join(path),
            };
            let found = to.exists();
            let text = std::fs::read_to_string(&to).unwrap_or_default();
            if !found || !(anchor.is_empty() || anchors(&text).contains(anchor)) {
                wrong.push(format!("docs/{name}: {link}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "links that lead nowhere:\n{}",
        wrong.join("\n")
    );
    assert!(seen > 50, "{seen}");
}

#[test]
fn the_table_of_contents_has_every_page() {
    let summary = page("SUMMARY.md");
    let listed: BTreeSet<String> = links(&summary).into_iter().collect();
    for name in pages() {
        assert!(
            name == "SUMMARY.md" || listed.contains(&name),
            "docs/SUMMARY.md lacks {name}"
        );
    }
}

/// The pages about the interfaces are made of the interfaces.
#[test]
fn the_reference_is_current() {
    for (name, text) in crate::reference::pages() {
        let path = docs().join("reference").join(&name);
        if std::env::var_os("OUTWIT_BLESS").is_some() {
            std::fs::create_dir_all(docs().join("reference")).expect("a folder");
            std::fs::write(&path, &text).expect("a page");
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == text,
            "docs/reference/{name} is not current; `cargo xtask bless` writes it"
        );
    }
}
