//! What a plugin asks for, whether it has it, and linking that.

use wasmtime::component::Linker;

use super::{Capability, Grants};
use crate::error::{Error, MissingGrant, Result};
use crate::host::Host;
use crate::interface::InterfaceName;
use crate::plugin::Plugin;
use crate::shape::{Extern, ExternKind};
use crate::state::State;
use crate::wasi;

const WASI_VERSION: &str = "0.2.6";

/// The version of a package this host has; any compatible one fits.
fn version(interface: &InterfaceName) -> &'static str {
    match interface.namespace() {
        "wasi" => WASI_VERSION,
        _ => "0.1.0",
    }
}

/// Whether an import is the host's to provide.
pub(crate) fn is_reserved(item: &Extern) -> bool {
    item.interface().is_some_and(|i| is_reserved_name(&i))
}

/// Whether only the host provides interfaces of this name.
pub(crate) fn is_reserved_name(interface: &InterfaceName) -> bool {
    matches!(interface.namespace(), "outwit" | "wasi")
}

/// Whether an export is an interface that the host has for plugins.
pub(crate) fn is_of_host(item: &Extern) -> bool {
    item.interface().is_some_and(|i| {
        let interfaces = Capability::of(&i).and_then(|c| c.interfaces_of(i.package()));
        interfaces.is_some_and(|interfaces| interfaces.contains(&i.interface()))
    })
}

/// The capabilities a plugin asks for, in the order of [`Capability::ALL`].
pub(crate) fn asked_for(plugin: &Plugin) -> Vec<Capability> {
    Capability::ALL
        .into_iter()
        .filter(|capability| {
            let mut imports = plugin.imports().iter();
            imports.any(|item| item.capability() == Some(*capability))
        })
        .collect()
}

/// Checks that all the plugin imports of the host was granted and is offered.
pub(crate) fn check(plugin: &Plugin, grants: &Grants, host: &Host) -> Result<()> {
    let mut missing: Vec<(String, Capability)> = Vec::new();
    let not_offered = |interface: &InterfaceName, reason: String| Error::NotOffered {
        plugin: plugin.name().to_string(),
        interface: interface.to_string(),
        reason,
    };
    for item in plugin.imports() {
        let Some(interface) = item.interface() else {
            continue;
        };
        if !is_reserved(item) || item.kind() != ExternKind::Interface {
            continue;
        }
        if crate::debug::is_import(item.name(), host) {
            continue;
        }
        if interface.package() == "wasi:io" {
            check_offered(&interface, &["error", "poll", "streams"], WASI_VERSION)
                .map_err(|reason| not_offered(&interface, reason))?;
            continue;
        }
        let Some(capability) = Capability::of(&interface) else {
            let packages = Capability::ALL.into_iter().flat_map(Capability::packages);
            let packages: Vec<_> = packages.map(|(package, _)| package).collect();
            // A namespace does not make packages alike.
            let name = |package: &str| package.split(':').nth(1).map(str::to_string);
            let asked = name(interface.package()).unwrap_or_default();
            let is_meant = |package: &&&str| {
                let here = name(package).unwrap_or_default();
                outwit_descriptor::nearest(&asked, &[&here]).is_some()
            };
            let reason = match packages.iter().find(is_meant) {
                Some(near) => format!("is `{near}` meant?"),
                None => format!("it offers {} and wasi:io", packages.join(", ")),
            };
            return Err(not_offered(&interface, reason));
        };
        let interfaces = capability.interfaces_of(interface.package());
        check_offered(
            &interface,
            interfaces.unwrap_or_default(),
            version(&interface),
        )
        .map_err(|reason| not_offered(&interface, reason))?;
        if item.capability().is_none() {
            continue;
        }
        if !capability.offered(host) {
            let reason = format!("the application has no backend for `{capability}`");
            return Err(not_offered(&interface, reason));
        }
        if !grants.has(capability) {
            missing.push((item.name().to_string(), capability));
        }
    }
    if missing.is_empty() {
        Ok(())
    } else {
        Err(missing_grant(plugin.name(), missing))
    }
}

/// Links what the plugin imports of the host. Everything else it imports stays open.
pub(crate) fn link(linker: &mut Linker<State>, plugin: &Plugin) -> Result<()> {
    link_all(linker, &asked_for(plugin)).map_err(|e| Error::Engine {
        message: format!("cannot define the host's interfaces: {e:#}"),
    })
}

fn link_all(linker: &mut Linker<State>, capabilities: &[Capability]) -> wasmtime::Result<()> {
    wasi::io::link(linker)?;
    capabilities.iter().try_for_each(|c| c.link(linker))
}

fn check_offered(interface: &InterfaceName, offered: &[&str], version: &str) -> Result<(), String> {
    let package = interface.package();
    if !offered.contains(&interface.interface()) {
        let names: Vec<_> = offered.iter().map(|i| format!("{package}/{i}")).collect();
        let name = format!("{package}/{}", interface.interface());
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        // Of a few, all are said: one that exists elsewhere, such as wasi:http/incoming-handler, is not a slip.
        let near = outwit_descriptor::nearest(&name, &known).filter(|_| known.len() > 3);
        return Err(match near {
            Some(near) => format!("is `{near}` meant?"),
            None => format!("it offers {}", names.join(", ")),
        });
    }
    let here = format!("{package}/{}@{version}", interface.interface());
    match here.parse::<InterfaceName>() {
        Ok(here) if here.fits(interface) => Ok(()),
        _ => Err(format!("it offers {here}, which is not compatible")),
    }
}

fn missing_grant(plugin: &str, missing: Vec<(String, Capability)>) -> Error {
    let mut capabilities: Vec<Capability> = missing.iter().map(|(_, c)| *c).collect();
    capabilities.sort_unstable();
    capabilities.dedup();
    let mut lines = format!("[plugins.{plugin}.grant]");
    for capability in &capabilities {
        lines.push('\n');
        lines.push_str(capability.manifest_line());
    }
    Error::MissingGrant(Box::new(MissingGrant {
        plugin: plugin.to_string(),
        interfaces: missing
            .into_iter()
            .map(|(interface, _)| interface)
            .collect(),
        capabilities: capabilities.into_iter().map(Capability::name).collect(),
        lines,
    }))
}
