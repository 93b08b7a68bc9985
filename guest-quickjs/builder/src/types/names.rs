//! Names that TypeScript accepts.

use std::collections::HashSet;

/// Words that cannot be the name of a function or a parameter.
const RESERVED: &[&str] = &[
    "arguments",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "eval",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "let",
    "new",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "undefined",
    "var",
    "void",
    "while",
    "with",
    "yield",
];

pub fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// The name of a method: those that mean something else are quoted.
pub fn method(name: &str) -> String {
    match name {
        "new" | "constructor" => format!("['{name}']"),
        _ => name.to_owned(),
    }
}

/// A text in quotes.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Gives each name once: those that are taken get a line below them.
#[derive(Clone, Debug, Default)]
pub struct Unique(HashSet<String>);

impl Unique {
    pub fn take(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        while !self.0.insert(name.clone()) {
            name.push('_');
        }
        name
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}
