//! The manifest as it is written.

mod grants;
mod limits;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use super::recipe::Recipe;
use super::values::TextOr;
use crate::app;
use grants::Grant;
use limits::{Lifecycle, Limits};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) app: App,
    #[serde(default)]
    pub(super) link: Link,
    pub(super) trust: Option<Trust>,
    #[serde(default)]
    pub(super) plugins: BTreeMap<Spanned<String>, Plugin>,
}

/// Where the keys of the manifest are; what they say is in [`Manifest`].
#[derive(Deserialize, Default)]
pub(super) struct Places {
    #[serde(default)]
    pub(super) plugins: BTreeMap<String, PlacesOfPlugin>,
}

#[derive(Deserialize)]
pub(super) struct PlacesOfPlugin {
    #[serde(default)]
    pub(super) grant: BTreeMap<Spanned<String>, IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trust {
    pub(super) keys: Vec<Key>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) key: Spanned<String>,
    pub(super) expires: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) revoked: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct App {
    pub(super) name: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Link {
    #[serde(default)]
    pub(super) mode: Mode,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub(super) enum Mode {
    #[default]
    Trampoline,
    Fused,
}

impl From<Mode> for app::LinkMode {
    fn from(mode: Mode) -> app::LinkMode {
        match mode {
            Mode::Trampoline => app::LinkMode::Trampoline,
            Mode::Fused => app::LinkMode::Fused,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plugin {
    pub(super) path: Spanned<PathBuf>,
    pub(super) signature: Option<PathBuf>,
    pub(super) build: Option<TextOr<Build>>,
    pub(super) from: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) grant: Grant,
    #[serde(default)]
    pub(super) policy: Policy,
    #[serde(default)]
    pub(super) limits: Limits,
    #[serde(default)]
    pub(super) links: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    pub(super) lifecycle: Lifecycle,
}

/// How a component is built.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Build {
    source: PathBuf,
    wit: Option<PathBuf>,
    world: Option<String>,
    #[serde(default)]
    minify: bool,
    #[serde(default)]
    cut: Cut,
    source_map: Option<bool>,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Cut {
    #[default]
    Standalone,
    Shared,
}

impl TextOr<Build> {
    pub(super) fn resolve(&self, folder: &Path) -> Recipe {
        match self {
            TextOr::Text(source) => Recipe::new(folder.join(source)),
            TextOr::Table(Build {
                source,
                wit,
                world,
                minify,
                cut,
                source_map,
            }) => Recipe {
                source: folder.join(source),
                wit: wit.as_ref().map(|wit| folder.join(wit)),
                world: world.clone(),
                minify: *minify,
                shared: matches!(cut, Cut::Shared),
                source_map: source_map.unwrap_or(true),
            },
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Policy {
    #[serde(default)]
    pub(super) deny: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) allow: Vec<Spanned<String>>,
}
