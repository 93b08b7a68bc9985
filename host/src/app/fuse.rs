//! Plugins that are linked, as one component in one store.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::lifecycle::Lifecycle;
use super::plan::{Kinds, Resources};
use super::unit::{Part, Unit, Version};
use super::{Link, Member, PluginConfig, trampoline};
use crate::compose;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::exports::Exports;
use crate::grants::{self, Capability, Grants};
use crate::host::Host;
use crate::instance::{Identity, Template};
use crate::limits::Limits;
use crate::plugin::Plugin;
use crate::provided::Provided;
use crate::shape::{ExternKind, Language};

/// Fuses plugins, providers first.
pub(crate) fn fuse(
    engine: &Engine,
    parts: &[&(Plugin, PluginConfig)],
    links: &[&Link],
    (host, provided): (&Host, &Provided),
    kinds: &mut Kinds,
) -> Result<Vec<(String, Member)>> {
    for (plugin, config) in parts {
        grants::check(plugin, &config.grants, host)?;
    }
    let Fused {
        identity,
        grants,
        limits,
    } = authority(parts)?;
    let lifecycle = lifecycle(parts)?;

    // Plugins may export the same interface, so the exports of each get names of their own.
    let mut exports = Vec::new();
    for (at, (plugin, _)) in parts.iter().enumerate() {
        let functions = plugin
            .exports()
            .iter()
            .enumerate()
            .filter(|(_, e)| matches!(e.kind(), ExternKind::Interface | ExternKind::Function));
        for (number, export) in functions {
            exports.push(compose::Export {
                plugin: plugin.name().to_string(),
                name: export.name().to_string(),
                renamed: format!("plugin{at}-export{number}"),
            });
        }
    }
    let plugins: Vec<&Plugin> = parts.iter().map(|(p, _)| p).collect();
    let bytes = compose::encode(&plugins, links, &exports);
    let bytes = bytes.map_err(|e| explain(parts, links, kinds, e))?;
    let fused = Plugin::unlimited(engine, identity.plugin.to_string(), bytes)?;

    let link = |linker: &mut _| provided.define(linker, &fused);
    let template = Template::new(&fused, identity, grants, limits, host.clone(), None, link)
        .map_err(|error| provided.explain(&fused, error))?;
    let component = fused.component()?;
    let part = |plugin: &Plugin| {
        let original = |name: &str| {
            let mine = exports.iter().filter(|e| e.plugin == plugin.name());
            let export = mine.into_iter().find(|e| e.renamed == name);
            export.map(|e| e.name.clone())
        };
        let part = Part {
            plugin: plugin.clone(),
            exports: Exports::of(component, original),
            // Nobody outside is linked to it.
            resources: Arc::default(),
        };
        (plugin.name().to_string(), part)
    };
    let version = Version {
        number: 0,
        template: Arc::new(template),
        members: plugins.iter().map(|plugin| part(plugin)).collect(),
    };
    let unit = Arc::new(Unit::new(version, lifecycle));
    let member = |plugin: &Plugin| {
        let unit = unit.clone();
        (plugin.name().to_string(), Member { unit })
    };
    Ok(plugins.into_iter().map(member).collect())
}

/// What the fused plugins are and may do together.
struct Fused {
    identity: Identity,
    grants: Grants,
    limits: Limits,
}

/// Adds up what the plugins may do, and refuses if one could then do what only another may.
fn authority(parts: &[&(Plugin, PluginConfig)]) -> Result<Fused> {
    let names: Vec<&str> = parts.iter().map(|(p, _)| p.name()).collect();
    let all: Arc<str> = names.join("+").into();
    let mut identity = Identity {
        plugin: all.clone(),
        console: all.clone(),
        storage: all.clone(),
        fetch: all.clone(),
        websocket: all.clone(),
        keyvalue: all.clone(),
        locks: all.clone(),
        messaging: all.clone(),
        cli: all,
    };
    let mut grants = Grants::none();
    for capability in Capability::ALL {
        let users: Vec<&(Plugin, PluginConfig)> = parts
            .iter()
            .copied()
            .filter(|(p, _)| grants::asked_for(p).contains(&capability))
            .collect();
        let Some(((first, config), others)) = users.split_first() else {
            continue;
        };
        for (other, theirs) in others {
            let refused = |reason| Error::FusedAuthority {
                first: first.name().to_string(),
                second: other.name().to_string(),
                capability: capability.name(),
                reason,
            };
            if !config.grants.same(&theirs.grants, capability) {
                return Err(refused("their grants differ"));
            }
            match capability {
                Capability::Storage => {
                    return Err(refused("each has a storage area of its own"));
                }
                Capability::Keyvalue => return Err(refused("each has buckets of its own")),
                Capability::Locks => return Err(refused("each has locks of its own")),
                Capability::Messaging => return Err(refused("each has a name of its own")),
                _ => {}
            }
        }
        grants.adopt(&config.grants, capability);
        if others.is_empty() {
            let owner: Arc<str> = first.name().into();
            match capability {
                Capability::Console => identity.console = owner,
                Capability::Storage => identity.storage = owner,
                Capability::Fetch => identity.fetch = owner,
                Capability::WebSocket => identity.websocket = owner,
                Capability::Keyvalue => identity.keyvalue = owner,
                Capability::Locks => identity.locks = owner,
                Capability::Messaging => identity.messaging = owner,
                Capability::Cli => identity.cli = owner,
                _ => {}
            }
        }
    }
    let mut limits: Option<(Limits, Language)> = None;
    for (plugin, config) in parts {
        limits = Some(match limits {
            None => (config.limits.clone(), plugin.language()),
            Some((sum, language)) => {
                let sum = sum.merge(&config.limits, (language, plugin.language()));
                (sum, plugin.language())
            }
        });
    }
    Ok(Fused {
        identity,
        grants,
        limits: limits.map(|(l, _)| l).unwrap_or_default(),
    })
}

/// When their instances start and end, which has to be the same for all.
fn lifecycle(parts: &[&(Plugin, PluginConfig)]) -> Result<Lifecycle> {
    let mut all = parts.iter().map(|(_, config)| &config.lifecycle);
    let first = all.next().cloned().unwrap_or_default();
    if all.all(|other| *other == first) {
        return Ok(first);
    }
    Err(Error::Compose {
        plugins: parts.iter().map(|(p, _)| p.name().to_string()).collect(),
        message: "plugins that are fused need the same lifecycle".to_string(),
    })
}

/// A mismatch of types, told the way trampolines tell it.
fn explain(
    parts: &[&(Plugin, PluginConfig)],
    links: &[&Link],
    kinds: &mut Kinds,
    error: Error,
) -> Error {
    let mut known: BTreeMap<&str, Arc<Resources>> = BTreeMap::new();
    // Providers come first.
    for (plugin, _) in parts {
        let Ok(component) = plugin.component() else {
            return error;
        };
        let links: Vec<&Link> = links
            .iter()
            .copied()
            .filter(|l| l.plugin == plugin.name())
            .collect();
        let provider = |name: &str| known.get(name).cloned();
        let resources = Resources::of(plugin.name(), component, &links, provider, kinds);
        for link in links {
            let provider = parts.iter().find(|(p, _)| p.name() == link.provider);
            let component = provider.and_then(|(p, _)| p.component().ok());
            let theirs = known.get(link.provider.as_str());
            if let (Some(component), Some(theirs)) = (component, theirs) {
                let exports = Exports::of(component, |name| Some(name.to_string()));
                let checked = trampoline::check(link, plugin, &resources, (&exports, theirs));
                if let Err(e @ Error::TypeMismatch(_)) = checked {
                    return e;
                }
            }
        }
        known.insert(plugin.name(), Arc::new(resources));
    }
    error
}
