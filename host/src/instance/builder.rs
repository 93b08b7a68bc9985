//! Instances without an app.

use std::sync::Arc;

use super::{Identity, Instance, Template, types_only};
use crate::error::{Error, Result};
use crate::grants::{self, Grants};
use crate::host::Host;
use crate::limits::Limits;
use crate::plugin::Plugin;
use crate::provided::{Interface, Provided};
use crate::shape::ExternKind;

/// Describes an [`Instance`]. By default nothing is granted, [`Limits::default`] hold, and the host
/// is [`Host::system`].
#[derive(Debug)]
#[must_use]
pub struct InstanceBuilder {
    plugin: Plugin,
    grants: Grants,
    limits: Limits,
    host: Host,
    provided: Provided,
    args: Vec<String>,
}

impl InstanceBuilder {
    pub(super) fn new(plugin: &Plugin) -> InstanceBuilder {
        InstanceBuilder {
            plugin: plugin.clone(),
            grants: Grants::default(),
            limits: Limits::default(),
            host: Host::system(),
            provided: Provided::default(),
            args: Vec::new(),
        }
    }

    /// Sets what is granted.
    pub fn grants(mut self, grants: Grants) -> Self {
        self.grants = grants;
        self
    }

    /// Sets how much may be used.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets what the application offers.
    pub fn host(mut self, host: Host) -> Self {
        self.host = host;
        self
    }

    /// Gives it an interface of the application's own.
    pub fn provide(mut self, interface: Interface) -> Self {
        self.provided.add(interface);
        self
    }

    /// Sets the arguments of a command that is granted the caller's.
    pub fn args(mut self, args: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.args = args.into_iter().map(Into::into).collect();
        self
    }

    /// Starts the instance.
    ///
    /// # Errors
    ///
    /// What [`App`](crate::AppBuilder::build) says about a plugin that does not load, and what a call
    /// can fail with.
    pub async fn start(self) -> Result<Instance> {
        let InstanceBuilder {
            plugin,
            grants,
            limits,
            host,
            provided,
            args,
        } = self;
        provided.check()?;
        let plugin = crate::debug::prepare(plugin, &host)?;
        let identity = Identity::of(&plugin);
        let template =
            Template::new(
                &plugin,
                identity,
                grants,
                limits,
                host,
                None,
                |linker| match plugin.imports().iter().find(|i| {
                    !grants::is_reserved(i)
                        && !provided.has(plugin.name(), i)
                        && matches!(i.kind(), ExternKind::Interface | ExternKind::Function)
                        && !types_only(&plugin, i.name())
                }) {
                    Some(import) => Err(Error::MissingProvider {
                        plugin: plugin.name().to_string(),
                        interface: import.name().to_string(),
                        exports: Vec::new(),
                    }),
                    None => provided.define(linker, &plugin),
                },
            )
            .map_err(|error| provided.explain(&plugin, error))?;
        Arc::new(template).start(&args, None).await
    }
}
