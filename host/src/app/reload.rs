//! Putting a new version of a plugin in the place of the one that runs.

use super::plan::{Resources, same_function};
use super::unit::Part;
use super::{App, Link, resolve, trampoline, version};
use crate::error::{Difference, Error, Incompatible, Result};
use crate::exports::Exports;
use crate::plugin::Plugin;

impl App {
    /// Puts a new version of a plugin, which has the same name, in the place of the one that runs.
    ///
    /// Calls that run go on in the instance they are in, which ends when they have ended and no other
    /// plugin has anything of it, at the latest after the time of grace; see [`AppBuilder::grace`](crate::AppBuilder::grace).
    /// Calls from now on go to the new version. Other plugins stay linked. What the old instance had in its
    /// variables is gone; its storage area is not. Handles that others have to its resources work until it
    /// ends, and give [`Error::StaleResource`] then.
    ///
    /// The new version has the grants, limits, links and lifecycle of the old one. It has to export what the old one
    /// does, and may export and import more. One instance of it is started to see that it can be.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownPlugin`], [`Error::FusedReload`], [`Error::Incompatible`], and those of
    /// [`AppBuilder::build`](crate::AppBuilder::build) and of a call. The old version goes on running then.
    pub async fn reload(&self, plugin: Plugin) -> Result<()> {
        let name = plugin.name().to_string();
        let unit = self.member(&name)?.unit.clone();
        let _one_at_a_time = self.inner.reloading.lock().await;
        compile(&plugin).await?;
        let before = unit.version();
        let old = match before.members.iter().next() {
            Some((_, part)) if before.members.len() == 1 => part,
            _ => return Err(Error::FusedReload { plugin: name }),
        };
        let (next, links) = {
            let mut now = self.inner.now();
            let mut plugins = now.plugins.clone();
            let Some(entry) = plugins.iter_mut().find(|(p, _)| p.name() == name) else {
                return Err(Error::UnknownPlugin {
                    name,
                    known: plugins.iter().map(|(p, _)| p.name().to_string()).collect(),
                });
            };
            entry.0 = plugin.clone();
            let config = entry.1.clone();
            check_exports(&plugin, old)?;
            let resolved = resolve(&plugins, &self.inner.provided)?;
            resolved.check_chains(&plugins, self.inner.max_chain)?;
            let next = version(
                &plugin,
                &config,
                (&self.inner.host, &self.inner.provided),
                &resolved.links_of(&name),
                &self.inner.members,
                &mut now.kinds,
                Some(&before),
            )?;
            let new = next.members.get(&name);
            let new = new.ok_or_else(|| Error::UnknownPlugin {
                name: name.clone(),
                known: Vec::new(),
            })?;
            check_types(&name, old, new)?;
            for link in resolved.links().filter(|link| link.provider == name) {
                self.check_link(link, new)?;
            }
            (next, resolved.into_links())
        };
        // An instance that cannot even start is no replacement.
        drop(next.template.start(&[], None).await?);
        let mut now = self.inner.now();
        if let Some(entry) = now.plugins.iter_mut().find(|(p, _)| p.name() == name) {
            entry.0 = plugin;
        }
        now.links = links;
        unit.replace(next, self.inner.grace);
        Ok(())
    }

    /// Whether a plugin that is linked to `provider` can be linked to its new version.
    fn check_link(&self, link: &Link, provider: &Part) -> Result<()> {
        let Some(member) = self.inner.members.get(&link.plugin) else {
            return Ok(());
        };
        let version = member.unit.version();
        match version.members.get(&link.plugin) {
            Some(consumer) => trampoline::check(
                link,
                &consumer.plugin,
                &consumer.resources,
                (&provider.exports, &provider.resources),
            ),
            None => Ok(()),
        }
    }
}

/// Compiles a plugin where that does not keep other tasks waiting.
async fn compile(plugin: &Plugin) -> Result<()> {
    let compiling = plugin.clone();
    match tokio::task::spawn_blocking(move || compiling.compile()).await {
        Ok(compiled) => compiled,
        Err(e) => Err(Error::Engine {
            message: format!("cannot compile plugin `{}`: {e}", plugin.name()),
        }),
    }
}

/// Whether everything that is exported is exported still, under exactly its name.
fn check_exports(plugin: &Plugin, old: &Part) -> Result<()> {
    let exports = Exports::of(plugin.component()?, |name| Some(name.to_string()));
    let missing = old.exports.functions().filter(|function| {
        exports
            .exact(function.interface(), function.name())
            .is_none()
    });
    let missing = missing.map(|function| Difference {
        function: function.full_name(),
        expected: function.signature(),
        found: None,
    });
    refuse(plugin.name(), missing.collect())
}

/// Whether what is exported still has the types it had.
fn check_types(plugin: &str, old: &Part, new: &Part) -> Result<()> {
    let resources: (&Resources, &Resources) = (&old.resources, &new.resources);
    let mut changed = Vec::new();
    for function in old.exports.functions() {
        let now = new.exports.exact(function.interface(), function.name());
        let found = now.map(|export| &export.function);
        if !found
            .is_some_and(|f| same_function((function.ty(), resources.0), (f.ty(), resources.1)))
        {
            changed.push(Difference {
                function: function.full_name(),
                expected: function.signature(),
                found: found.map(|f| f.signature()),
            });
        }
    }
    refuse(plugin, changed)
}

fn refuse(plugin: &str, differences: Vec<Difference>) -> Result<()> {
    if differences.is_empty() {
        return Ok(());
    }
    Err(Error::Incompatible(Box::new(Incompatible {
        plugin: plugin.to_string(),
        differences,
    })))
}
