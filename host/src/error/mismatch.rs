//! Functions that are not what they have to be.

use crate::types::Signature;

/// Functions that a plugin imports one way and its provider exports another way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "plugin `{plugin}` cannot be linked to `{provider}`: they disagree about `{function}` of `{interface}`\n  imported: {expected}\n  exported: {}{}",
    or_nothing(found.as_ref()), differences(more)
)]
pub struct TypeMismatch {
    /// The plugin that imports.
    pub plugin: String,
    /// The plugin that exports.
    pub provider: String,
    /// The interface.
    pub interface: String,
    /// The function.
    pub function: String,
    /// The type imported.
    pub expected: Signature,
    /// The type exported, or nothing if the provider has no such function.
    pub found: Option<Signature>,
    /// What else they disagree about.
    pub more: Vec<Difference>,
}

/// A function that is one thing here and another there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The function, or another thing that has a name.
    pub function: String,
    /// What it has to be.
    pub expected: Signature,
    /// What it is; none if there is nothing of that name.
    pub found: Option<Signature>,
}

fn or_nothing(found: Option<&Signature>) -> String {
    found.map_or_else(|| "nothing of that name".to_string(), ToString::to_string)
}

fn differences(all: &[Difference]) -> String {
    all.iter().fold(String::new(), |mut out, difference| {
        use std::fmt::Write as _;
        let Difference {
            function,
            expected,
            found,
        } = difference;
        let found = or_nothing(found.as_ref());
        let _ = write!(
            out,
            "\n  and `{function}`\n  imported: {expected}\n  exported: {found}"
        );
        out
    })
}

/// A version of a plugin that cannot take the place of the one that runs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "plugin `{plugin}` cannot be reloaded: the new version does not export what the running one does{}",
    lines(differences)
)]
pub struct Incompatible {
    /// The plugin.
    pub plugin: String,
    /// The functions that are missing or have another type, with their interfaces.
    pub differences: Vec<Difference>,
}

fn lines(all: &[Difference]) -> String {
    all.iter().fold(String::new(), |mut out, difference| {
        use std::fmt::Write as _;
        let Difference {
            function,
            expected,
            found,
        } = difference;
        let _ = write!(out, "\n- {function}: {expected}");
        if let Some(found) = found {
            let _ = write!(out, "\n+ {function}: {found}");
        }
        out
    })
}
