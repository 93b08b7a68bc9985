//! Several components into one, by wac-graph.

use std::borrow::Cow;
use std::collections::BTreeMap;

use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions};

use crate::app::{Link, PluginConfig, resolve_open};
use crate::error::{Error, Result};
use crate::js_engine;
use crate::plugin::Plugin;

/// What a composed component exports.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ComposedExports {
    /// What the plugin of this name exports; with it, where that uses types of interfaces that are
    /// linked inside, those interfaces.
    Of(String),
    /// What all of them export.
    All,
}

/// Makes one component of several: what one imports and another exports is linked inside, by the
/// rules of an app's links, but `outwit:*` and `wasi:*` can come from a plugin, too; what nobody of
/// them exports stays an import. Gives the bytes of a plain
/// component that other hosts run, too.
///
/// # Errors
///
/// [`Error::DuplicatePlugin`], [`Error::AmbiguousProvider`], [`Error::Cycle`],
/// [`Error::UnknownPlugin`], or [`Error::Compose`] if two types do not match or two exports have one
/// name.
pub fn compose(plugins: &[(Plugin, PluginConfig)], exports: &ComposedExports) -> Result<Vec<u8>> {
    let resolved = resolve_open(plugins)?;
    let named = |(plugin, _): &&(Plugin, PluginConfig)| match exports {
        ComposedExports::All => true,
        ComposedExports::Of(name) => plugin.name() == name,
    };
    let mut chosen = Vec::new();
    for (plugin, _) in plugins.iter().filter(named) {
        for export in plugin.exports() {
            chosen.push(Export {
                plugin: plugin.name().to_string(),
                name: export.name().to_string(),
                renamed: export.name().to_string(),
            });
        }
    }
    if let ComposedExports::Of(name) = exports
        && !plugins.iter().any(|(p, _)| p.name() == name)
    {
        return Err(Error::UnknownPlugin {
            name: name.clone(),
            known: plugins.iter().map(|(p, _)| p.name().to_string()).collect(),
        });
    }
    let ordered: Vec<&Plugin> = resolved.in_order(plugins).collect();
    let links: Vec<&Link> = resolved.links().collect();
    encode(&ordered, &links, &chosen).or_else(|error| {
        // An exported interface that uses types of a linked one is only valid after it.
        for link in &links {
            if !chosen.iter().any(|export| export.renamed == link.export) {
                let lender = Export {
                    plugin: link.provider.clone(),
                    name: link.export.clone(),
                    renamed: link.export.clone(),
                };
                chosen.insert(0, lender);
            }
        }
        encode(&ordered, &links, &chosen).map_err(|_| error)
    })
}

/// An export of a composed component.
pub(crate) struct Export {
    /// Whose it is.
    pub(crate) plugin: String,
    /// What it is called there.
    pub(crate) name: String,
    /// What it is called in the composed component.
    pub(crate) renamed: String,
}

/// Instantiates each plugin once, links them, and exports what is asked for.
pub(crate) fn encode(plugins: &[&Plugin], links: &[&Link], exports: &[Export]) -> Result<Vec<u8>> {
    graph(plugins, links, exports).map_err(|message| Error::Compose {
        plugins: plugins.iter().map(|p| p.name().to_string()).collect(),
        message,
    })
}

fn graph(plugins: &[&Plugin], links: &[&Link], exports: &[Export]) -> Result<Vec<u8>, String> {
    let mut graph = CompositionGraph::new();
    let mut nodes = BTreeMap::new();
    for (at, plugin) in plugins.iter().enumerate() {
        // Its own name could be one the graph does not take.
        let name = format!("outwit:plugin-{at}");
        let package = Package::from_bytes(&name, None, &*whole(plugin)?, graph.types_mut());
        let package = package.map_err(|e| format!("{}: {e:#}", plugin.name()))?;
        let package = graph.register_package(package).map_err(text)?;
        nodes.insert(plugin.name(), graph.instantiate(package));
    }
    for link in links {
        let (Some(&plugin), Some(&provider)) = (
            nodes.get(link.plugin.as_str()),
            nodes.get(link.provider.as_str()),
        ) else {
            continue;
        };
        let export = graph
            .alias_instance_export(provider, &link.export)
            .map_err(text)?;
        graph
            .set_instantiation_argument(plugin, &link.import, export)
            .map_err(|e| {
                let why = text(e);
                // It begins with what is said here, and each step says again what it is about.
                let steps = why
                    .split(": ")
                    .map(|s| s.trim_start_matches("mismatched type for "));
                let steps = steps.filter(|s| !s.starts_with("mismatched instantiation argument"));
                let why = steps.collect::<Vec<_>>().join(": ");
                format!(
                    "`{}` of `{}` does not fit what `{}` imports: {why}",
                    link.export, link.provider, link.plugin
                )
            })?;
    }
    for export in exports {
        if let Some(&node) = nodes.get(export.plugin.as_str()) {
            let alias = graph
                .alias_instance_export(node, &export.name)
                .map_err(text)?;
            graph.export(alias, &export.renamed).map_err(|e| {
                let others = exports
                    .iter()
                    .filter(|other| other.renamed == export.renamed);
                let names: Vec<&str> = others.map(|other| other.plugin.as_str()).collect();
                match names.len() {
                    0 | 1 => text(e),
                    _ => format!("{} both export `{}`", names.join(" and "), export.renamed),
                }
            })?;
        }
    }
    graph.encode(EncodeOptions::default()).map_err(text)
}

/// An error with its causes.
fn text(e: impl std::error::Error) -> String {
    let mut text = e.to_string();
    let mut cause = e.source();
    while let Some(e) = cause {
        text.push_str(": ");
        text.push_str(&e.to_string());
        cause = e.source();
    }
    text
}

/// The bytes of a plugin with its engine: a composed component is a plain one.
fn whole(plugin: &Plugin) -> std::result::Result<Cow<'_, [u8]>, String> {
    if !plugin.imports().iter().any(js_engine::is_engine) {
        return Ok(Cow::Borrowed(plugin.bytes()));
    }
    let name = plugin.name();
    js_engine::check(plugin.bytes())
        .map_err(|_| format!("`{name}` was built for another version of the JavaScript engine"))?;
    let whole = outwit_quickjs::restore(plugin.bytes());
    Ok(Cow::Owned(whole.ok_or_else(|| {
        format!("`{name}` imports a JavaScript engine and is no plugin that was built so")
    })?))
}
