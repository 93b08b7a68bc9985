//! What can go wrong while a plugin is built.

use serde::Deserialize;
use std::{fmt, io, path::PathBuf, time::Duration};

/// Why there is no component.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// the file
        path: PathBuf,
        /// why
        source: io::Error,
    },
    /// The WIT does not parse or resolve, or the world cannot be chosen.
    #[error("{0}")]
    Wit(String),
    /// The world uses a type that JavaScript plugins do not have yet.
    #[error("`{function}` uses {what}, which JavaScript plugins do not support yet")]
    Unsupported {
        /// the function that mentions the type
        function: String,
        /// the type
        what: &'static str,
    },
    /// The JavaScript does not parse, throws while it is evaluated, or lacks an export.
    #[error("{0}")]
    Js(JsError),
    /// The JavaScript did not come to an end while it was evaluated.
    #[error(
        "{file}: evaluating the plugin took longer than {limit:?}: only what stands outside of functions runs while a plugin is built, and it has to come to an end"
    )]
    TimeLimit {
        /// the main module
        file: String,
        /// how long it may take
        limit: Duration,
    },
    /// The engine could not be run or the component could not be put together: a fault of this crate
    /// or of how it was built.
    #[error("cannot build the component: {0:#}")]
    Internal(anyhow::Error),
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

/// An error of the plugin's JavaScript.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct JsError {
    /// What happened, beginning with the kind of error.
    pub message: String,
    /// The module, by its path from the folder of the main module.
    pub file: Option<String>,
    /// The line, counted from 1.
    pub line: Option<u32>,
    /// The column, counted from 1.
    pub column: Option<u32>,
    /// The JavaScript stack, one frame a line; may be empty.
    #[serde(default)]
    pub stack: Option<String>,
}

impl fmt::Display for JsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}")?;
            if let Some(line) = self.line {
                write!(f, ":{line}")?;
                if let Some(column) = self.column {
                    write!(f, ":{column}")?;
                }
            }
            write!(f, ": ")?;
        }
        write!(f, "{}", self.message)
    }
}
