//! An app: plugins, what they may do, and how they are linked.

mod carry;
mod cell;
mod config;
mod element;
mod function;
mod fuse;
mod lifecycle;
mod links;
mod pipe;
mod plan;
mod proxy;
mod reload;
mod slab;
mod trampoline;
mod unit;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wasmtime::component::Val;

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::exports::{Exports, Function};
use crate::host::Host;
use crate::instance::{Identity, Params, Results, Template};
use crate::interface::InterfaceName;
use crate::manifest::Manifest;
use crate::plugin::Plugin;
use crate::provided::{Interface, Provided};
use crate::types::check_arguments;
use crate::{metrics, policy};
use plan::{Kinds, Resources};
use unit::{Part, Target, TypedTarget, Unit, Version};

pub(crate) use carry::{Carried, attach, detach};
pub(crate) use cell::Cell;
pub use config::{LinkMode, PluginConfig};
pub use function::TypedFunction;
pub use lifecycle::{Backoff, Health, HealthState, Instances, Lifecycle, Restart};
pub use links::Link;
pub(crate) use links::{resolve, resolve_open};
pub(crate) use plan::CallPlan;
pub(crate) use proxy::Links;
pub(crate) use slab::Key;
#[cfg(fuzzing)]
pub use slab::{Key as SlabKey, Slab};

/// Plugins that were loaded together. Cheap to clone; the clones share the instances.
///
/// Instances are started on demand, one per plugin unless its [`Lifecycle`] says otherwise. A call that
/// traps or goes over a limit ends the instance it ran in, with its state; the next call starts a new
/// one. Calls of `async` functions of one instance run at the same time, others wait for each other.
/// All calls need a tokio runtime with its clock enabled.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    name: String,
    members: BTreeMap<String, Member>,
    policy: policy::Live,
    metrics: metrics::Registry,
    host: Host,
    provided: Provided,
    grace: Duration,
    max_chain: usize,
    now: Mutex<Now>,
    /// One plugin is reloaded at a time.
    reloading: tokio::sync::Mutex<()>,
}

/// What changes when a plugin is reloaded.
struct Now {
    plugins: Vec<(Plugin, PluginConfig)>,
    links: Vec<Link>,
    kinds: Kinds,
}

impl Inner {
    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A plugin of an app.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) unit: Arc<Unit>,
}

impl Member {
    fn resources(&self, plugin: &str) -> Option<Arc<Resources>> {
        let version = self.unit.version();
        Some(version.members.get(plugin)?.resources.clone())
    }
}

impl App {
    /// Loads an app from its manifest, with [`Host::system`].
    ///
    /// Compiles the plugins, which takes from milliseconds to seconds each unless the engine has a
    /// code cache.
    ///
    /// # Errors
    ///
    /// [`Error::Read`], [`Error::Manifest`], and those of [`AppBuilder::build`].
    pub fn load(engine: &Engine, manifest: impl AsRef<Path>) -> Result<App> {
        App::builder(engine)
            .manifest(&Manifest::load(manifest)?)?
            .build()
    }

    /// Starts describing an app in code.
    pub fn builder(engine: &Engine) -> AppBuilder {
        AppBuilder {
            engine: engine.clone(),
            name: "app".to_string(),
            mode: LinkMode::default(),
            host: Host::system(),
            provided: Provided::default(),
            plugins: Vec::new(),
            grace: Duration::from_secs(30),
            max_chain: 100,
        }
    }

    /// The name of the app.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// Its plugins, in the order of their names.
    pub fn plugins(&self) -> impl Iterator<Item = Plugin> {
        let names = self.inner.members.keys();
        names.filter_map(|name| self.plugin(name))
    }

    /// A plugin of the app.
    #[must_use]
    pub fn plugin(&self, name: &str) -> Option<Plugin> {
        let version = self.inner.members.get(name)?.unit.version();
        Some(version.members.get(name)?.plugin.clone())
    }

    /// The plugins that can be [run](App::run).
    pub fn commands(&self) -> impl Iterator<Item = Plugin> {
        self.plugins().filter(Plugin::is_command)
    }

    /// Which plugin gets what from which.
    pub fn links(&self) -> impl Iterator<Item = Link> {
        self.inner.now().links.clone().into_iter()
    }

    /// The policy that decides about operations of the app's plugins. Setting another one, or
    /// revoking a capability, counts from the next operation on.
    #[must_use]
    pub fn policy(&self) -> &policy::Live {
        &self.inner.policy
    }

    /// What the app's plugins did so far, in numbers.
    #[must_use]
    pub fn metrics(&self) -> metrics::Snapshot {
        self.inner.metrics.read()
    }

    /// The functions a plugin exports.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownPlugin`].
    pub fn functions(&self, plugin: &str) -> Result<Vec<Function>> {
        let version = self.member(plugin)?.unit.version();
        Ok(exports(&version, plugin)?.functions().cloned().collect())
    }

    /// Calls a function of a plugin with dynamic values.
    ///
    /// The interface may be left out (`None`), or its version, if one function fits. The result has
    /// no element for a function without a result, else one.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownPlugin`], [`Error::UnknownFunction`], [`Error::AmbiguousFunction`] and
    /// [`Error::Arguments`] before the plugin is entered; after that [`Error::Limit`],
    /// [`Error::Exception`], [`Error::Trap`], [`Error::Exit`] or [`Error::Provider`].
    pub async fn call<'a>(
        &self,
        plugin: &str,
        interface: impl Into<Option<&'a str>>,
        function: &str,
        args: &[Val],
    ) -> Result<Vec<Val>> {
        let unit = &self.member(plugin)?.unit;
        let version = unit.version();
        let export = exports(&version, plugin)?.find(plugin, interface.into(), function)?;
        check_arguments(export.function.ty(), args).map_err(|message| Error::Arguments {
            plugin: plugin.to_string(),
            function: export.full_name.to_string(),
            message,
        })?;
        let target = Target::new(plugin, &version, export);
        let mut results = vec![Val::Bool(false); export.results];
        unit.call_copying(&target, args, &mut results).await?;
        Ok(results)
    }

    /// Calls a function of a plugin with Rust values: tuples of its parameters and of its results.
    ///
    /// # Errors
    ///
    /// As [`App::call`].
    pub async fn call_typed<'a, P: Params, R: Results>(
        &self,
        plugin: &str,
        interface: impl Into<Option<&'a str>>,
        function: &str,
        params: P,
    ) -> Result<R> {
        self.function::<P, R>(plugin, interface, function)?
            .call(params)
            .await
    }

    /// Looks a function of a plugin up and checks its type, once for many calls.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownPlugin`], [`Error::UnknownFunction`], [`Error::AmbiguousFunction`] or
    /// [`Error::Arguments`].
    pub fn function<'a, P: Params, R: Results>(
        &self,
        plugin: &str,
        interface: impl Into<Option<&'a str>>,
        function: &str,
    ) -> Result<TypedFunction<P, R>> {
        let unit = &self.member(plugin)?.unit;
        let version = unit.version();
        let export = exports(&version, plugin)?.find(plugin, interface.into(), function)?;
        version.template.check_type::<P, R>(export)?;
        Ok(TypedFunction {
            name: export.full_name.clone(),
            unit: unit.clone(),
            target: TypedTarget::new(Target::new(plugin, &version, export)),
        })
    }

    /// Runs a plugin that is a command: one that exports `wasi:cli/run`. It runs in an instance of
    /// its own, which ends with it. `args` reach it if it was granted the caller's.
    ///
    /// Gives its exit code: 0 if it succeeded, 1 if it failed, or the code it exited with.
    ///
    /// # Errors
    ///
    /// As [`App::call`].
    pub async fn run(
        &self,
        plugin: &str,
        args: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<i32> {
        let version = self.member(plugin)?.unit.version();
        let export = exports(&version, plugin)?.find(plugin, Some("wasi:cli/run"), "run")?;
        let args: Vec<String> = args.into_iter().map(Into::into).collect();
        let instance = match version.template.start(&args, None).await {
            Ok(instance) => instance,
            Err(Error::Exit { code, .. }) => return Ok(code),
            Err(e) => return Err(e),
        };
        instance.run(export).await
    }

    /// Ends the instances of a plugin when their calls have ended, with their state; the next call starts a new
    /// one, even if the plugin was down. Calls that do not end in time are cut off; see
    /// [`AppBuilder::grace`].
    ///
    /// # Errors
    ///
    /// [`Error::UnknownPlugin`].
    pub async fn restart(&self, plugin: &str) -> Result<()> {
        self.member(plugin)?.unit.restart(self.inner.grace).await;
        Ok(())
    }

    /// How the plugins are, in the order of their names. Those that are fused share what is said.
    #[must_use]
    pub fn health(&self) -> Vec<Health> {
        let members = self.inner.members.iter();
        members.map(|(name, m)| m.unit.health(name)).collect()
    }

    /// Refuses new calls with [`Error::Down`], waits until those that run have ended, and ends all
    /// instances. Calls that have not ended by then are cut off. Gives how many those were.
    pub async fn shutdown(&self, within: Duration) -> usize {
        let deadline = tokio::time::Instant::now() + within;
        let units = self.inner.members.values().map(|m| &m.unit);
        let mut units: Vec<_> = units.collect();
        units.dedup_by(|a, b| Arc::ptr_eq(a, b));
        units.iter().for_each(|unit| unit.stop());
        let mut cut = 0;
        for unit in units {
            cut += unit.finish(deadline).await;
        }
        cut
    }

    fn member(&self, plugin: &str) -> Result<&Member> {
        let members = &self.inner.members;
        members.get(plugin).ok_or_else(|| Error::UnknownPlugin {
            name: plugin.to_string(),
            known: members.keys().cloned().collect(),
        })
    }
}

/// The functions of a plugin of this version.
fn exports<'a>(version: &'a Version, plugin: &str) -> Result<&'a Exports> {
    match version.members.get(plugin) {
        Some(part) => Ok(&part.exports),
        None => Err(Error::UnknownPlugin {
            name: plugin.to_string(),
            known: version.members.keys().cloned().collect(),
        }),
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("name", &self.inner.name)
            .field("plugins", &self.inner.members.keys())
            .finish_non_exhaustive()
    }
}

/// Describes an [`App`]. By default it has no plugins, links by trampolines, and offers
/// [`Host::system`].
#[derive(Debug)]
#[must_use]
pub struct AppBuilder {
    engine: Engine,
    name: String,
    mode: LinkMode,
    host: Host,
    provided: Provided,
    plugins: Vec<(Plugin, PluginConfig)>,
    grace: Duration,
    max_chain: usize,
}

impl AppBuilder {
    /// Sets the name of the app.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets how plugins are linked.
    pub fn link_mode(mut self, mode: LinkMode) -> Self {
        self.mode = mode;
        self
    }

    /// Sets what the application offers.
    pub fn host(mut self, host: Host) -> Self {
        self.host = host;
        self
    }

    /// Gives plugins an interface of the application's own.
    ///
    /// # Default
    ///
    /// There are none beside those of the host.
    pub fn provide(mut self, interface: Interface) -> Self {
        self.provided.add(interface);
        self
    }

    /// How long calls may go on in an instance that is to end: when a plugin is reloaded or restarted.
    ///
    /// # Default
    ///
    /// 30 s.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// How many plugins one call may go through, one calling the next. Each takes a stack of its own.
    ///
    /// # Default
    ///
    /// 100.
    pub fn max_chain(mut self, plugins: usize) -> Self {
        self.max_chain = plugins;
        self
    }

    /// Adds a plugin.
    pub fn plugin(mut self, plugin: Plugin, config: PluginConfig) -> Self {
        self.plugins.push((plugin, config));
        self
    }

    /// Takes name, link mode and plugins from a manifest, reads the plugins' files, and checks their
    /// signatures and the lock file if the manifest has keys and a lock file.
    ///
    /// # Errors
    ///
    /// [`Error::Manifest`] for a file that cannot be read, [`Error::Signature`], [`Error::Lock`], and
    /// those of [`Plugin::from_file`].
    pub fn manifest(mut self, manifest: &Manifest) -> Result<Self> {
        self.name = manifest.name().to_string();
        self.mode = manifest.link_mode();
        for entry in manifest.plugins() {
            let plugin = manifest.open_entry(&self.engine, entry)?;
            let config = PluginConfig {
                grants: entry.grants.clone(),
                limits: entry.limits.clone(),
                links: entry.links.clone(),
                lifecycle: entry.lifecycle.clone(),
                rules: entry.rules.clone(),
            };
            self.plugins.push((plugin, config));
        }
        Ok(self)
    }

    /// Checks grants, resolves links, compiles what is not compiled yet.
    ///
    /// # Errors
    ///
    /// [`Error::DuplicatePlugin`], [`Error::MissingGrant`], [`Error::NotOffered`],
    /// [`Error::Grant`], [`Error::MissingProvider`], [`Error::AmbiguousProvider`],
    /// [`Error::UnknownPlugin`], [`Error::NotExported`], [`Error::NotImported`],
    /// [`Error::ReservedInterface`], [`Error::TypeMismatch`], [`Error::UnsupportedLink`],
    /// [`Error::Cycle`], [`Error::ChainTooLong`], [`Error::Shadows`], [`Error::FusedAuthority`], [`Error::Compose`], [`Error::Limit`] or
    /// [`Error::InvalidComponent`]; [`Error::Interface`] or [`Error::Provided`] for what [`AppBuilder::provide`] was given.
    pub fn build(self) -> Result<App> {
        let AppBuilder {
            engine,
            name,
            mode,
            host,
            provided,
            plugins,
            grace,
            max_chain,
        } = self;
        provided.check()?;
        let host = host.detached();
        // a debugger looks into each by itself
        let mode = match host.debugger {
            Some(_) => LinkMode::Trampoline,
            None => mode,
        };
        let plugins = plugins
            .into_iter()
            .map(|(plugin, config)| Ok((crate::debug::prepare(plugin, &host)?, config)))
            .collect::<Result<Vec<_>>>()?;
        for (plugin, config) in &plugins {
            host.policy.set_rules(plugin.name(), config.rules.clone());
        }
        let resolved = resolve(&plugins, &provided)?;
        if mode == LinkMode::Trampoline {
            resolved.check_chains(&plugins, max_chain)?;
        }
        let mut members = BTreeMap::new();
        let mut kinds = Kinds::default();
        for group in resolved.groups(mode) {
            let part = |index: &usize| plugins.get(*index);
            let parts: Vec<&(Plugin, PluginConfig)> = group.iter().filter_map(part).collect();
            match parts.as_slice() {
                [(plugin, config)] => {
                    let links = resolved.links_of(plugin.name());
                    let version = version(
                        plugin,
                        config,
                        (&host, &provided),
                        &links,
                        &members,
                        &mut kinds,
                        None,
                    )?;
                    let unit = Arc::new(Unit::new(version, config.lifecycle.clone()));
                    members.insert(plugin.name().to_string(), Member { unit });
                }
                several => {
                    let links = several.iter();
                    let links: Vec<&Link> = links
                        .flat_map(|(p, _)| resolved.links_of(p.name()))
                        .collect();
                    members.extend(fuse::fuse(
                        &engine,
                        several,
                        &links,
                        (&host, &provided),
                        &mut kinds,
                    )?);
                }
            }
        }
        Ok(App {
            inner: Arc::new(Inner {
                name,
                members,
                policy: host.policy.clone(),
                metrics: host.metrics.clone(),
                host,
                provided,
                grace,
                max_chain,
                now: Mutex::new(Now {
                    plugins,
                    links: resolved.into_links(),
                    kinds,
                }),
                reloading: tokio::sync::Mutex::default(),
            }),
        })
    }
}

/// A version of a plugin that has stores of its own, linked to `members`, with what the host and the application have. `before` is what it takes the place of.
fn version(
    plugin: &Plugin,
    config: &PluginConfig,
    (host, provided): (&Host, &Provided),
    links: &[&Link],
    members: &BTreeMap<String, Member>,
    kinds: &mut Kinds,
    before: Option<&Version>,
) -> Result<Version> {
    let component = plugin.component()?;
    let resources = Resources::of(
        plugin.name(),
        component,
        links,
        |provider| members.get(provider)?.resources(provider),
        kinds,
    );
    let template = Template::new(
        plugin,
        Identity::of(plugin),
        config.grants.clone(),
        config.limits.clone(),
        host.clone(),
        before.map(|version| &*version.template),
        |linker| {
            provided.define(linker, plugin)?;
            trampoline::define_all(linker, plugin, &resources, links, members)
        },
    )
    .map_err(|error| provided.explain(plugin, error))?;
    let part = Part {
        plugin: plugin.clone(),
        exports: Exports::of(component, |n| Some(n.to_string())),
        resources: Arc::new(resources),
    };
    Ok(Version {
        number: before.map_or(0, |version| version.number + 1),
        template: Arc::new(template),
        members: BTreeMap::from([(plugin.name().to_string(), part)]),
    })
}

/// Whether a link written for `key` is about the import `name`.
pub(crate) fn link_is_for(key: &str, name: &str) -> bool {
    key == name
        || match (key.parse::<InterfaceName>(), name.parse::<InterfaceName>()) {
            (Ok(key), Ok(name)) => key.fits(&name),
            _ => false,
        }
}
