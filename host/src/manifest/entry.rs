//! What a manifest says of a plugin.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::now;
use super::recipe::Recipe;
use crate::app::Lifecycle;
use crate::engine::Engine;
use crate::error::{Error, Location, Result};
use crate::grants::{Capability, Grants};
use crate::limits::Limits;
use crate::plugin::Plugin;
use crate::policy::Rules;
use crate::signature::{SignedBy, Subject, Trust};

/// A plugin in a [`Manifest`](crate::Manifest).
#[derive(Debug, Clone)]
pub struct Entry {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// As it is written.
    pub(crate) written_path: PathBuf,
    pub(crate) path_at: Location,
    /// The signature file.
    pub(crate) signature: PathBuf,
    /// As it is written.
    pub(crate) written_grant: toml::Table,
    pub(crate) grants: Grants,
    pub(crate) granted_at: BTreeMap<String, Location>,
    pub(crate) limits: Limits,
    pub(crate) links: BTreeMap<String, String>,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) rules: Rules,
    pub(crate) recipe: Option<Recipe>,
    pub(crate) from: Option<String>,
}

impl Entry {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The component file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file with its signatures.
    #[must_use]
    pub fn signature(&self) -> &Path {
        &self.signature
    }

    /// What is granted to it.
    #[must_use]
    pub fn grants(&self) -> &Grants {
        &self.grants
    }

    /// Whether it was granted the standard input of the process.
    #[must_use]
    pub fn takes_stdin(&self) -> bool {
        self.grants.cli.as_ref().is_some_and(|cli| cli.stdin)
    }

    /// Where the manifest grants a capability to it, if it does.
    #[must_use]
    pub fn granted_at(&self, capability: Capability) -> Option<&Location> {
        let granted = self.grants.has(capability);
        let at = self.granted_at.get(capability.name());
        at.filter(|_| granted)
    }

    /// What it may do with what was granted to it.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// How much it may use.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Interfaces that it imports, each with the plugin that provides it, where the manifest says so.
    pub fn links(&self) -> impl Iterator<Item = (&str, &str)> {
        let links = self.links.iter();
        links.map(|(interface, provider)| (interface.as_str(), provider.as_str()))
    }

    /// When its instances start and end.
    #[must_use]
    pub fn lifecycle(&self) -> &Lifecycle {
        &self.lifecycle
    }

    /// How its component is built, if the manifest says so.
    #[must_use]
    pub fn recipe(&self) -> Option<&Recipe> {
        self.recipe.as_ref()
    }

    /// The registry its component is pulled from, without the `oci://` in front, if the manifest says so.
    #[must_use]
    pub fn from(&self) -> Option<&str> {
        self.from.as_deref()
    }

    /// How to get the component where it is not there yet.
    fn origin(&self) -> &'static str {
        match (&self.recipe, &self.from) {
            (Some(_), _) => "; `outwit build` on the app builds it",
            (_, Some(_)) => "; `outwit pull` on the app gets it",
            _ => "",
        }
    }

    /// Reads the component, and checks its signature if there are keys to check it with.
    pub(crate) fn open(
        &self,
        engine: &Engine,
        trust: Option<&Trust>,
    ) -> Result<(Plugin, Option<SignedBy>)> {
        let plugin = Plugin::from_file(engine, self.name(), self.path());
        let plugin = plugin.map_err(|e| match e {
            e @ Error::Read { .. } => Error::Manifest {
                at: self.path_at.clone(),
                message: format!("{e}{}", self.origin()),
            },
            e => e,
        })?;
        let Some(trust) = trust else {
            return Ok((plugin, None));
        };
        let signature = trust
            .check_file(Subject::Component, plugin.bytes(), &self.signature, now())
            .map_err(|problem| Error::Signature {
                plugin: self.name.clone(),
                path: self.path.clone(),
                problem: Box::new(problem),
            })?;
        Ok((plugin, Some(signature)))
    }
}
