//! Names that WIT and cargo accept.

use anyhow::{Result, bail};
use std::fmt;
use std::path::Path;

/// Words in lower case with `-` in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

/// Names that mean something in WIT, or that cargo does not take for a crate.
const RESERVED: &[&str] = &[
    "as",
    "async",
    "bool",
    "borrow",
    "char",
    "constructor",
    "enum",
    "export",
    "f32",
    "f64",
    "flags",
    "from",
    "func",
    "future",
    "import",
    "include",
    "interface",
    "list",
    "map",
    "option",
    "own",
    "package",
    "record",
    "resource",
    "result",
    "s16",
    "s32",
    "s64",
    "s8",
    "static",
    "stream",
    "string",
    "tuple",
    "type",
    "u16",
    "u32",
    "u64",
    "u8",
    "use",
    "variant",
    "with",
    "world", // and of Rust
    "abstract",
    "alloc",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "core",
    "crate",
    "do",
    "dyn",
    "else",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc-macro",
    "pub",
    "ref",
    "return",
    "self",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "typeof",
    "unsafe",
    "unsized",
    "virtual",
    "where",
    "while",
    "yield",
];

impl Name {
    /// The name of what is made in this folder: its last part.
    pub fn of_folder(folder: &Path) -> Result<Name> {
        match folder.file_name() {
            Some(name) => Name::checked("a plugin", &name.to_string_lossy()),
            None => bail!(
                "{} has no name; say what to make, as in `outwit new greeter`",
                folder.display()
            ),
        }
    }

    /// The name of a world.
    pub fn of_world(name: &str) -> Result<Name> {
        Name::checked("a world", name)
    }

    fn checked(what: &str, text: &str) -> Result<Name> {
        if is_good(text) {
            return Ok(Name(text.to_owned()));
        }
        let reason = if RESERVED.contains(&text) {
            "that word means something in WIT or in Rust"
        } else {
            "it has to be words of a-z and 0-9, each beginning with a letter, with - in between"
        };
        let better = suggestion(text);
        bail!("`{text}` cannot be the name of {what}: {reason}; how about `{better}`?")
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_good(text: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    text.len() <= 64 && text.split('-').all(is_word) && !RESERVED.contains(&text)
}

/// The nearest name that is good.
fn suggestion(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut last = ' ';
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            let begins = !last.is_ascii_alphanumeric()
                || (c.is_ascii_uppercase() && last.is_ascii_lowercase());
            let c = c.to_ascii_lowercase();
            match words.last_mut() {
                // a word cannot begin with a digit
                Some(word) if !begins || c.is_ascii_digit() => word.push(c),
                None if c.is_ascii_digit() => {}
                _ => words.push(c.to_string()),
            }
        }
        last = c;
    }
    let name: String = words.join("-").chars().take(48).collect();
    let name = name.trim_end_matches('-').to_owned();
    match name.as_str() {
        "" => "my-plugin".to_owned(),
        reserved if RESERVED.contains(&reserved) => format!("my-{reserved}"),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words_in_lower_case() {
        for good in ["greeter", "a", "my-plugin", "h2", "page-2d"] {
            let expected = good != "page-2d";
            assert_eq!(is_good(good), expected, "{good}");
        }
        for bad in [
            "",
            "-",
            "a-",
            "Greeter",
            "my_plugin",
            "2d",
            "größe",
            "interface",
            "fn",
            "a b",
        ] {
            assert!(!is_good(bad), "{bad}");
        }
    }

    #[test]
    fn a_bad_name_is_answered_with_a_good_one() {
        for (bad, good) in [
            ("MyPlugin", "my-plugin"),
            ("my_plugin", "my-plugin"),
            ("my plugin!", "my-plugin"),
            ("2d", "d"),
            ("page-2d", "page2d"),
            ("interface", "my-interface"),
            ("größe", "gr-e"),
            ("日本", "my-plugin"),
        ] {
            assert_eq!(suggestion(bad), good);
            assert!(is_good(&suggestion(bad)));
        }
    }
}
