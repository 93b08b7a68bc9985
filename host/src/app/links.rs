//! Which plugin gets what from which: resolved before anything is compiled.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{LinkMode, PluginConfig, link_is_for};
use crate::error::{Error, Result};
use crate::grants::{is_of_host, is_reserved};
use crate::instance::types_only;
use crate::js_engine::is_engine;
use crate::plugin::Plugin;
use crate::provided::Provided;
use crate::shape::{Extern, ExternKind};

/// A plugin gets an import from an export of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub(crate) plugin: String,
    pub(crate) import: String,
    pub(crate) provider: String,
    pub(crate) export: String,
}

impl Link {
    /// The plugin that imports.
    #[must_use]
    pub fn plugin(&self) -> &str {
        &self.plugin
    }

    /// What it imports, `demo:greet/fmt@0.1.0`.
    #[must_use]
    pub fn import(&self) -> &str {
        &self.import
    }

    /// The plugin that exports.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// What it exports; may differ from the import in the version.
    #[must_use]
    pub fn export(&self) -> &str {
        &self.export
    }
}

/// The links of an app, and its plugins in an order in which providers come first.
#[derive(Debug)]
pub(crate) struct Resolved {
    /// By the plugin that imports.
    links: BTreeMap<String, Vec<Link>>,
    /// Positions in the list of plugins.
    order: Vec<usize>,
    /// For each plugin, the ones it gets something from.
    providers: Vec<BTreeSet<usize>>,
}

/// Finds a provider for every import the host does not provide, and refuses circles.
pub(crate) fn resolve(plugins: &[(Plugin, PluginConfig)], provided: &Provided) -> Result<Resolved> {
    resolve_if(plugins, Some(provided))
}

/// As [`resolve`], but what nobody provides stays open.
pub(crate) fn resolve_open(plugins: &[(Plugin, PluginConfig)]) -> Result<Resolved> {
    resolve_if(plugins, None)
}

fn resolve_if(plugins: &[(Plugin, PluginConfig)], provided: Option<&Provided>) -> Result<Resolved> {
    let open = provided.is_none();
    let mut names = BTreeSet::new();
    for (plugin, _) in plugins {
        if !names.insert(plugin.name()) {
            return Err(Error::DuplicatePlugin {
                name: plugin.name().to_string(),
            });
        }
    }
    let mut links: BTreeMap<String, Vec<Link>> = BTreeMap::new();
    let exporters = Exporters::of(plugins);
    let mut providers = Vec::new();
    for (plugin, config) in plugins {
        if !open && let Some(export) = plugin.exports().iter().find(|e| is_of_host(e)) {
            return Err(Error::Shadows {
                plugin: plugin.name().to_string(),
                interface: export.name().to_string(),
            });
        }
        check_config(plugins, plugin, config)?;
        let mut of_this = BTreeSet::new();
        for import in plugin.imports() {
            // In an app nobody takes the host's place. What is composed for any host can bring, say, a
            // console of its own: who composes has named the component that has it.
            if is_reserved(import) && !open {
                continue;
            }
            if import.kind() == ExternKind::Type || is_engine(import) {
                continue;
            }
            // The application goes before plugins that export the same.
            if provided.is_some_and(|provided| provided.has(plugin.name(), import)) {
                continue;
            }
            if let Some((at, export)) =
                provider_of(plugins, &exporters, plugin, config, import, open)?
            {
                of_this.insert(at);
                let provider = plugins.get(at).map(|(p, _)| p.name());
                links
                    .entry(plugin.name().to_string())
                    .or_default()
                    .push(Link {
                        plugin: plugin.name().to_string(),
                        import: import.name().to_string(),
                        provider: provider.unwrap_or_default().to_string(),
                        export: export.name().to_string(),
                    });
            }
        }
        providers.push(of_this);
    }
    let order = order(plugins, &providers)?;
    Ok(Resolved {
        links,
        order,
        providers,
    })
}

/// Checks the links that were written for a plugin.
fn check_config(
    plugins: &[(Plugin, PluginConfig)],
    plugin: &Plugin,
    config: &PluginConfig,
) -> Result<()> {
    for (key, provider) in &config.links {
        if !plugins.iter().any(|(p, _)| p.name() == provider) {
            return Err(Error::UnknownPlugin {
                name: provider.clone(),
                known: plugins.iter().map(|(p, _)| p.name().to_string()).collect(),
            });
        }
        let import = plugin.imports().iter().find(|i| link_is_for(key, i.name()));
        let Some(import) = import else {
            return Err(Error::NotImported {
                plugin: plugin.name().to_string(),
                interface: key.clone(),
                imports: names(plugin.imports().iter().filter(|i| !is_reserved(i))),
            });
        };
        if is_reserved(import) {
            return Err(Error::ReservedInterface {
                plugin: plugin.name().to_string(),
                provider: provider.clone(),
                interface: import.name().to_string(),
            });
        }
    }
    Ok(())
}

/// The plugin that provides an import; none if nobody has to.
fn provider_of<'a>(
    plugins: &'a [(Plugin, PluginConfig)],
    exporters: &Exporters<'a>,
    plugin: &Plugin,
    config: &PluginConfig,
    import: &Extern,
    open: bool,
) -> Result<Option<(usize, &'a Extern)>> {
    let chosen = config
        .links
        .iter()
        .find(|(key, _)| link_is_for(key, import.name()))
        .map(|(_, provider)| provider);
    let mut found: Vec<(usize, &Extern)> = Vec::new();
    for (at, other) in exporters.of_like(plugins, import) {
        let wanted = match chosen {
            Some(name) => other.name() == name,
            None => other.name() != plugin.name(),
        };
        if wanted {
            let exact = other.exports().iter().find(|e| e.name() == import.name());
            let fits = || other.exports().iter().find(|e| import.fits(e));
            let export = exact.filter(|e| import.fits(e)).or_else(fits);
            found.extend(export.map(|export| (at, export)));
        }
    }
    match (found.as_slice(), chosen) {
        ([one], _) => Ok(Some(*one)),
        ([], Some(name)) => {
            let provider = plugins.iter().find(|(p, _)| p.name() == name);
            Err(Error::NotExported {
                plugin: plugin.name().to_string(),
                provider: name.clone(),
                interface: import.name().to_string(),
                exports: provider.map_or_else(Vec::new, |(p, _)| names(p.exports())),
            })
        }
        ([], None) if open || types_only(plugin, import.name()) => Ok(None),
        ([], None) => Err(Error::MissingProvider {
            plugin: plugin.name().to_string(),
            interface: import.name().to_string(),
            exports: plugins
                .iter()
                .flat_map(|(p, _)| p.exports().iter().map(move |e| (p.name(), e.name())))
                .map(|(plugin, export)| format!("{plugin}: {export}"))
                .collect(),
        }),
        (several, _) => Err(Error::AmbiguousProvider {
            plugin: plugin.name().to_string(),
            interface: import.name().to_string(),
            candidates: several
                .iter()
                .filter_map(|(at, _)| plugins.get(*at))
                .map(|(p, _)| p.name().to_string())
                .collect(),
        }),
    }
}

/// Which plugins export what, to find them quickly in an app of many.
struct Exporters<'a>(HashMap<&'a str, Vec<usize>>);

impl<'a> Exporters<'a> {
    fn of(plugins: &'a [(Plugin, PluginConfig)]) -> Exporters<'a> {
        let mut all: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, (plugin, _)) in plugins.iter().enumerate() {
            for export in plugin.exports() {
                let at_name = all.entry(without_version(export.name())).or_default();
                if at_name.last() != Some(&at) {
                    at_name.push(at);
                }
            }
        }
        Exporters(all)
    }

    /// The plugins that export something of the name of an import, in any version.
    fn of_like<'b>(
        &'b self,
        plugins: &'a [(Plugin, PluginConfig)],
        import: &Extern,
    ) -> impl Iterator<Item = (usize, &'a Plugin)> + use<'a, 'b> {
        let found = self.0.get(without_version(import.name()));
        let found = found.into_iter().flatten();
        found.filter_map(|at| plugins.get(*at).map(|(plugin, _)| (*at, plugin)))
    }
}

fn without_version(name: &str) -> &str {
    name.split('@').next().unwrap_or(name)
}

fn names<'a>(items: impl IntoIterator<Item = &'a Extern>) -> Vec<String> {
    items.into_iter().map(|i| i.name().to_string()).collect()
}

/// Puts providers before the plugins that need them.
fn order(plugins: &[(Plugin, PluginConfig)], providers: &[BTreeSet<usize>]) -> Result<Vec<usize>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let name = |at: usize| {
        let plugin = plugins.get(at).map(|(p, _)| p.name());
        plugin.unwrap_or_default().to_string()
    };
    let mut marks = vec![Mark::New; plugins.len()];
    let mut order = Vec::new();
    for start in 0..plugins.len() {
        if marks.get(start) != Some(&Mark::New) {
            continue;
        }
        // The way from `start` to here, each with the providers still to visit. Not recursive: the
        // chain may be as long as the app.
        let next = |at: usize| providers.get(at).cloned().unwrap_or_default();
        let mut way = vec![(start, next(start))];
        if let Some(mark) = marks.get_mut(start) {
            *mark = Mark::Open;
        }
        while let Some((at, todo)) = way.last_mut() {
            let at = *at;
            match todo.pop_first() {
                Some(provider) => match marks.get(provider) {
                    Some(Mark::New) => {
                        if let Some(mark) = marks.get_mut(provider) {
                            *mark = Mark::Open;
                        }
                        way.push((provider, next(provider)));
                    }
                    Some(Mark::Open) => {
                        let circle = way.iter().map(|(at, _)| *at);
                        let circle = circle.skip_while(|at| *at != provider);
                        let mut path: Vec<String> = circle.map(name).collect();
                        path.push(name(provider));
                        return Err(Error::Cycle { path });
                    }
                    _ => {}
                },
                None => {
                    if let Some(mark) = marks.get_mut(at) {
                        *mark = Mark::Done;
                    }
                    order.push(at);
                    way.pop();
                }
            }
        }
    }
    Ok(order)
}

impl Resolved {
    /// What a plugin gets from others.
    pub(crate) fn links_of(&self, plugin: &str) -> Vec<&Link> {
        self.links.get(plugin).into_iter().flatten().collect()
    }

    /// All links.
    pub(crate) fn links(&self) -> impl Iterator<Item = &Link> {
        self.links.values().flatten()
    }

    /// All links.
    pub(crate) fn into_links(self) -> Vec<Link> {
        self.links.into_values().flatten().collect()
    }

    /// Refuses chains of plugins, each of which calls the next, that are longer than `allowed`.
    pub(crate) fn check_chains(
        &self,
        plugins: &[(Plugin, PluginConfig)],
        allowed: usize,
    ) -> Result<()> {
        let mut lengths = vec![1_usize; plugins.len()];
        for &at in &self.order {
            let providers = self.providers.get(at).into_iter().flatten();
            let longest = providers.filter_map(|p| lengths.get(*p)).max();
            let length = longest.map_or(1, |longest| longest + 1);
            if length > allowed {
                // Which is too long at some point is as long as it is said to be, at least.
                let plugin = plugins.get(at).map(|(p, _)| p.name()).unwrap_or_default();
                return Err(Error::ChainTooLong {
                    plugin: plugin.to_string(),
                    length,
                    allowed,
                });
            }
            if let Some(slot) = lengths.get_mut(at) {
                *slot = length;
            }
        }
        Ok(())
    }

    /// The plugins, providers first.
    pub(crate) fn in_order<'a>(
        &'a self,
        plugins: &'a [(Plugin, PluginConfig)],
    ) -> impl Iterator<Item = &'a Plugin> {
        self.order
            .iter()
            .filter_map(|at| plugins.get(*at))
            .map(|(p, _)| p)
    }

    /// The plugins that share a store, providers first.
    pub(crate) fn groups(&self, mode: LinkMode) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for &at in &self.order {
            let linked = |group: &Vec<usize>| {
                let providers = self.providers.get(at);
                group
                    .iter()
                    .any(|m| providers.is_some_and(|p| p.contains(m)))
            };
            let mut group = Vec::new();
            if mode == LinkMode::Fused {
                let (joined, apart) = groups.into_iter().partition(linked);
                groups = apart;
                group = joined.concat();
            }
            group.push(at);
            groups.push(group);
        }
        groups
    }
}
