//! Why a plugin may do what it may do.

use crate::grants::{Capability, Grants};
use crate::host::Host;
use crate::plugin::Plugin;

/// One capability of a plugin: whether it has it, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Standing {
    /// The capability.
    pub capability: Capability,
    /// The imports of the plugin that ask for it; none if it does not.
    pub imports: Vec<String>,
    /// Whether it was granted.
    pub granted: bool,
    /// Whether the host has a backend for it.
    pub offered: bool,
    /// What the grant allows, for people: a line each.
    pub details: Vec<String>,
}

impl Standing {
    /// Whether the plugin has the capability: it asks for it, it was granted, and the host has it. The
    /// policy has the last word on each operation.
    #[must_use]
    pub fn is_effective(&self) -> bool {
        !self.imports.is_empty() && self.granted && self.offered
    }

    /// Whether the plugin cannot be loaded because of it: it asks for what it does not get.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        !self.imports.is_empty() && !self.is_effective()
    }
}

/// What a plugin asks for, was granted and is offered, in the order of [`Capability::ALL`]. What it
/// neither asks for nor was granted is left out.
///
/// ```
/// use outwit::{Capability, Engine, Grants, Host, Plugin, policy};
///
/// # fn main() -> Result<(), outwit::Error> {
/// let engine = Engine::new()?;
/// let plugin = Plugin::from_bytes(&engine, "idle", wat::parse_str("(component)").expect("valid"))?;
/// let standing = policy::explain(&plugin, &Grants::none().with_console(), &Host::system());
/// assert_eq!(standing[0].capability, Capability::Console);
/// assert!(!standing[0].is_effective(), "it was granted, but the plugin has no use for it");
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn explain(plugin: &Plugin, grants: &Grants, host: &Host) -> Vec<Standing> {
    Capability::ALL
        .into_iter()
        .map(|capability| Standing {
            capability,
            imports: plugin
                .imports()
                .iter()
                .filter(|item| item.capability() == Some(capability))
                .map(|item| item.name().to_string())
                .collect(),
            granted: grants.has(capability),
            offered: capability.offered(host),
            details: details(grants, capability),
        })
        .filter(|standing| standing.granted || !standing.imports.is_empty())
        .collect()
}

/// What a grant allows beyond its name.
fn details(grants: &Grants, capability: Capability) -> Vec<String> {
    use crate::storage::Place;
    use crate::wasi::cli::Args;
    use crate::wasi::filesystem::Access;
    let mut lines = Vec::new();
    match capability {
        Capability::Storage => {
            if let Some(grant) = &grants.storage {
                let place = match &grant.place {
                    Place::Memory => "in memory".to_string(),
                    Place::Path(path) => format!("in {}", path.display()),
                };
                lines.push(format!("{} bytes {place}", grant.quota));
            }
        }
        Capability::Cli => {
            if let Some(grant) = &grants.cli {
                let streams = [
                    (grant.stdin, "reads standard input"),
                    (grant.stdout, "writes to standard output"),
                    (grant.stderr, "writes to standard error"),
                ];
                let streams = streams.iter().filter(|(given, _)| *given);
                lines.extend(streams.map(|(_, what)| (*what).to_string()));
                match &grant.args {
                    Args::None => {}
                    Args::Caller => lines.push("gets the arguments of the caller".to_string()),
                    Args::Fixed(args) => lines.push(format!("gets {} arguments", args.len())),
                }
                // Values are nobody's business here.
                let names = grant.env.iter().map(|v| v.split('=').next().unwrap_or(v));
                lines.extend(names.map(|name| format!("gets the variable {name}")));
            }
        }
        Capability::Filesystem => {
            for folder in grants.filesystem.iter().flat_map(|grant| &grant.folders) {
                let access = match folder.access {
                    Access::Read => "reads",
                    Access::Write => "reads and writes",
                };
                lines.push(format!(
                    "{access} {} as {}",
                    folder.host.display(),
                    folder.guest
                ));
            }
        }
        Capability::Fetch => {
            if let Some(grant) = &grants.fetch {
                lines.extend(grant.allow.iter().map(|to| format!("requests to {to}")));
                let ranges = grant.allow_private.iter();
                lines.extend(ranges.map(|range| format!("addresses in {range}")));
                if let Some(methods) = &grant.methods {
                    lines.push(format!("only {}", methods.join(", ")));
                }
            }
        }
        Capability::WebSocket => {
            if let Some(grant) = &grants.websocket {
                lines.extend(grant.allow.iter().map(|to| format!("connections to {to}")));
                let ranges = grant.allow_private.iter();
                lines.extend(ranges.map(|range| format!("addresses in {range}")));
            }
        }
        _ => {}
    }
    lines
}
