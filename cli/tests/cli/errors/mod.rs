//! What misuse shows. Each command's likely mistakes are in `tests/snapshots/errors`, with the whole of what the
//! command says; `OUTWIT_BLESS=1 cargo test --test cli errors` writes them anew.

mod apps;
mod build;
mod calls;
mod plugins;
mod supply;
mod tools;

use crate::folder::{Folder, repository, texts};
use std::fmt::Write;
use std::path::Path;

/// The mistakes of one command, and what it says about each.
pub struct Page<'a> {
    name: &'static str,
    folder: &'a Folder,
    text: String,
    /// What differs from run to run, and what stands for it.
    masks: Vec<(String, &'static str)>,
}

impl<'a> Page<'a> {
    pub fn new(name: &'static str, folder: &'a Folder) -> Page<'a> {
        let here = folder.path("");
        let mut masks = Vec::new();
        for (path, word) in [(here, "FOLDER"), (repository(), "REPOSITORY")] {
            let real = std::fs::canonicalize(&path).expect("it is there");
            for path in [real, path] {
                let path = path.to_str().expect("it is Unicode");
                masks.push((path.trim_end_matches('/').to_owned(), word));
            }
        }
        Page {
            name,
            folder,
            text: String::new(),
            masks,
        }
    }

    /// A word stands for a text that differs from run to run.
    pub fn mask(&mut self, text: &str, word: &'static str) {
        self.masks.push((text.to_owned(), word));
    }

    /// A mistake: what it is, and the command line that makes it.
    pub fn show(&mut self, what: &str, args: &[&str]) {
        self.show_with(what, args, &[]);
    }

    /// The same with some variables in the environment.
    pub fn show_with(&mut self, what: &str, args: &[&str], environment: &[(&str, &str)]) {
        let output = self.folder.outwit_with(args, environment);
        let (stdout, stderr) = texts(&output);
        let line: Vec<String> = args.iter().copied().map(quoted).collect();
        let line = line.join(" ");
        let code = output.status.code();
        assert!(code.is_some_and(|code| code != 0), "{line}: {stderr}");
        // Results of tests are results, also where a test failed.
        assert!(stdout.is_empty() || args[0] == "test", "{line}: {stdout}");
        let said = stdout + &stderr;
        well_said(&line, &said);
        let said = self.masked(&without_cargo(&said));
        writeln!(self.text, "## {what}\n$ outwit {}", self.masked(&line)).expect("a text");
        self.text.push_str(&said);
        writeln!(self.text, "[{}]\n", code.unwrap_or_default()).expect("a text");
    }

    fn masked(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (hidden, word) in &self.masks {
            text = text.replace(hidden, word);
        }
        times(&hexadecimal(&text))
    }

    /// The page is as it was, or is written anew.
    pub fn check(self) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(format!("tests/snapshots/errors/{}.txt", self.name));
        if std::env::var_os("OUTWIT_BLESS").is_some() {
            std::fs::write(&path, &self.text).expect("the snapshot can be written");
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        for (now, before) in self.text.split("\n\n## ").zip(expected.split("\n\n## ")) {
            assert_eq!(now, before, "{}: see the top of errors/mod.rs", self.name);
        }
        assert!(self.text == expected, "{}: not all is there", self.name);
    }
}

/// What no text for a user has in it.
fn well_said(line: &str, said: &str) {
    assert!(
        said.contains("error: ") || line.starts_with("test"),
        "{line}: {said}"
    );
    for unwanted in [
        "error: error",
        "' panicked at",
        "Some(",
        "Err(",
        "Ok(",
        "Os {",
        "kind: ",
        "anyhow",
        "RUST_BACKTRACE",
        "caused by: \n",
    ] {
        assert!(!said.contains(unwanted), "{line}: {unwanted}: {said}");
    }
}

/// What cargo says is not ours, and depends on what has been installed.
fn without_cargo(said: &str) -> String {
    const CARGO: [&str; 7] = [
        "   Compiling ",
        "    Finished ",
        "  Generating ",
        "    Creating ",
        "     Locking ",
        "      Adding ",
        "note: cargo-component",
    ];
    let is_ours = |line: &&str| !CARGO.iter().any(|start| line.starts_with(start));
    said.split_inclusive('\n').filter(is_ours).collect()
}

fn quoted(arg: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@+<>".contains(c);
    match arg.chars().all(is_plain) && !arg.is_empty() {
        true => arg.to_owned(),
        false => format!("'{arg}'"),
    }
}

/// Digests, keys and addresses differ.
fn hexadecimal(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((at, prefix)) = ["sha256:", "ed25519:", "0x"]
        .into_iter()
        .filter_map(|prefix| Some((rest.find(prefix)?, prefix)))
        .min()
    {
        let (before, found) = rest.split_at(at + prefix.len());
        let end = found
            .find(|c: char| !c.is_ascii_hexdigit())
            .unwrap_or(found.len());
        out.push_str(before);
        out.push_str(if end > 2 { "…" } else { &found[..end] });
        rest = &found[end..];
    }
    out + rest
}

/// So do times: `51.2ms of 50ms`, `in 0.02 s`.
fn times(text: &str) -> String {
    let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let is_number = |word: &str| word.trim_start_matches('(').parse::<f64>().is_ok();
    for at in 0..words.len() {
        let next = words.get(at + 1).cloned().unwrap_or_default();
        let unit = ["ms", "µs", "s"].into_iter().find(|unit| {
            let number = words[at].strip_suffix(unit);
            number.is_some_and(is_number) && next == "of"
        });
        if let Some(unit) = unit {
            words[at] = format!("…{unit}");
        } else if is_number(&words[at])
            && ["s", "ms)"].contains(&next.lines().next().unwrap_or_default())
        {
            words[at] = String::from(if next.starts_with('m') { "(…" } else { "…" });
        }
    }
    words.join(" ")
}
