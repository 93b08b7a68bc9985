//! How a component comes to be.

use std::path::PathBuf;

/// How the component of a plugin is built from its sources: `[plugins.NAME] build`. The host does not build; this is for
/// tools that do, such as `outwit build` and `outwit dev`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recipe {
    /// The main file of a plugin in JavaScript or TypeScript, or the folder of a Rust crate.
    pub source: PathBuf,
    /// The WIT file or folder of a plugin in JavaScript; `wit` beside the source if there is none here.
    pub wit: Option<PathBuf>,
    /// The world to build for, if the WIT has more than one.
    pub world: Option<String>,
    /// Whether JavaScript is made as small as can be.
    pub minify: bool,
    /// Whether the JavaScript engine is left out, for Outwit's host to supply.
    pub shared: bool,
    /// Whether the component keeps the sources of JavaScript for errors.
    pub source_map: bool,
}

impl Recipe {
    /// Builds what is at this path, with the defaults for everything else.
    #[must_use]
    pub fn new(source: impl Into<PathBuf>) -> Recipe {
        Recipe {
            source: source.into(),
            wit: None,
            world: None,
            minify: false,
            shared: false,
            source_map: true,
        }
    }
}
