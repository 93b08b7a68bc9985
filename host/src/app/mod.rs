//! An app: plugins, what they may do, and how they are linked.

mod fuse;
mod links;
mod trampoline;
mod unit;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use wasmtime::component::{TypedFunc, Val};

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::exports::{Export, Exports, Function};
use crate::grants::Grants;
use crate::host::Host;
use crate::instance::{Identity, Params, Results, Template};
use crate::interface::InterfaceName;
use crate::limits::Limits;
use crate::manifest::Manifest;
use crate::plugin::Plugin;
use crate::policy;
use unit::Unit;

pub use links::Link;
pub(crate) use links::{resolve, resolve_open};

/// How plugins that call each other are linked. Both give the same results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum LinkMode {
    /// Each plugin is an instance of its own; calls are carried from one to the other. A fault ends
    /// the instances that took part in the call and no other.
    #[default]
    Trampoline,
    /// Plugins that are linked become one component and one instance. Calls between them are fast;
    /// faults and limits are shared, and errors name the whole group, `a+b`.
    Fused,
}

/// What an app gives one of its plugins.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct PluginConfig {
    /// What it may do. By default nothing.
    pub grants: Grants,
    /// How much it may use.
    pub limits: Limits,
    /// Which plugin provides an interface it imports, for those that several plugins export.
    pub links: BTreeMap<String, String>,
}

impl PluginConfig {
    /// Nothing granted, default limits.
    #[must_use]
    pub fn new() -> PluginConfig {
        PluginConfig::default()
    }

    /// Sets what it may do.
    #[must_use]
    pub fn grants(mut self, grants: Grants) -> PluginConfig {
        self.grants = grants;
        self
    }

    /// Sets how much it may use.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> PluginConfig {
        self.limits = limits;
        self
    }

    /// Chooses the plugin that provides an interface.
    #[must_use]
    pub fn link(
        mut self,
        interface: impl Into<String>,
        provider: impl Into<String>,
    ) -> PluginConfig {
        self.links.insert(interface.into(), provider.into());
        self
    }
}

/// Plugins that were loaded together. Cheap to clone; the clones share the instances.
///
/// Instances are started on demand, one per plugin. A call that traps or goes over a limit ends the
/// instance it ran in, with its state; the next call starts a new one. Calls of one plugin wait for
/// each other. All calls need a tokio runtime with its clock enabled.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    name: String,
    members: BTreeMap<String, Member>,
    links: Vec<Link>,
    policy: policy::Live,
}

/// A plugin of an app.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) plugin: Plugin,
    pub(crate) unit: Arc<Unit>,
    pub(crate) exports: Exports,
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
            plugins: Vec::new(),
        }
    }

    /// The name of the app.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// Its plugins, in the order of their names.
    pub fn plugins(&self) -> impl Iterator<Item = &Plugin> {
        self.inner.members.values().map(|m| &m.plugin)
    }

    /// A plugin of the app.
    #[must_use]
    pub fn plugin(&self, name: &str) -> Option<&Plugin> {
        self.inner.members.get(name).map(|m| &m.plugin)
    }

    /// The plugins that can be [run](App::run).
    pub fn commands(&self) -> impl Iterator<Item = &Plugin> {
        self.plugins().filter(|p| p.is_command())
    }

    /// Which plugin gets what from which.
    pub fn links(&self) -> impl Iterator<Item = &Link> {
        self.inner.links.iter()
    }

    /// The policy that decides about operations of the app's plugins. Setting another one, or
    /// revoking a capability, counts from the next operation on.
    #[must_use]
    pub fn policy(&self) -> &policy::Live {
        &self.inner.policy
    }

    /// The functions a plugin exports.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownPlugin`].
    pub fn functions(&self, plugin: &str) -> Result<Vec<Function>> {
        Ok(self.member(plugin)?.exports.functions().cloned().collect())
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
        let member = self.member(plugin)?;
        let export = member.exports.find(plugin, interface.into(), function)?;
        member.unit.call_checked(export, args).await
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
        let member = self.member(plugin)?;
        let export = member.exports.find(plugin, interface.into(), function)?;
        member.unit.template().check_type::<P, R>(export)?;
        Ok(TypedFunction {
            name: export.function.full_name(),
            unit: member.unit.clone(),
            export: export.clone(),
            cached: Mutex::new(None),
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
        let member = self.member(plugin)?;
        let export = member.exports.find(plugin, Some("wasi:cli/run"), "run")?;
        let args: Vec<String> = args.into_iter().map(Into::into).collect();
        let instance = match member.unit.template().start(&args).await {
            Ok(instance) => instance,
            Err(Error::Exit { code, .. }) => return Ok(code),
            Err(e) => return Err(e),
        };
        instance.run(export).await
    }

    /// Ends the instance of a plugin, with its state; the next call starts a new one.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownPlugin`].
    pub async fn restart(&self, plugin: &str) -> Result<()> {
        self.member(plugin)?.unit.stop().await;
        Ok(())
    }

    fn member(&self, plugin: &str) -> Result<&Member> {
        let members = &self.inner.members;
        members.get(plugin).ok_or_else(|| Error::UnknownPlugin {
            name: plugin.to_string(),
            known: members.keys().cloned().collect(),
        })
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

/// A function of a plugin of an app, with its Rust types. See [`App::function`].
pub struct TypedFunction<P: Params, R: Results> {
    name: String,
    unit: Arc<Unit>,
    export: Export,
    /// The function in the instance of some generation.
    cached: Mutex<Option<(u64, TypedFunc<P, R>)>>,
}

impl<P: Params, R: Results> TypedFunction<P, R> {
    /// Calls the function.
    ///
    /// # Errors
    ///
    /// As [`App::call`].
    pub async fn call(&self, params: P) -> Result<R> {
        let mut lease = self.unit.lease().await?;
        let generation = lease.generation();
        let cached = *self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        let func = match cached {
            Some((of, func)) if of == generation => func,
            _ => {
                let func = lease.instance()?.typed::<P, R>(&self.export)?;
                *self.cached.lock().unwrap_or_else(PoisonError::into_inner) =
                    Some((generation, func));
                func
            }
        };
        lease
            .instance()?
            .call_function(&self.name, func, params)
            .await
    }
}

impl<P: Params, R: Results> fmt::Debug for TypedFunction<P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedFunction")
            .field("name", &self.name)
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
    plugins: Vec<(Plugin, PluginConfig)>,
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

    /// Adds a plugin.
    pub fn plugin(mut self, plugin: Plugin, config: PluginConfig) -> Self {
        self.plugins.push((plugin, config));
        self
    }

    /// Takes name, link mode and plugins from a manifest, and reads the plugins' files.
    ///
    /// # Errors
    ///
    /// [`Error::Manifest`] for a file that cannot be read, and those of [`Plugin::from_file`].
    pub fn manifest(mut self, manifest: &Manifest) -> Result<Self> {
        self.name = manifest.name().to_string();
        self.mode = manifest.link_mode();
        for entry in manifest.plugins() {
            let plugin = Plugin::from_file(&self.engine, entry.name(), entry.path());
            let plugin = plugin.map_err(|e| match e {
                e @ Error::Read { .. } => Error::Manifest {
                    at: entry.path_at.clone(),
                    message: e.to_string(),
                },
                e => e,
            })?;
            let config = PluginConfig {
                grants: entry.grants.clone(),
                limits: entry.limits.clone(),
                links: entry.links.clone(),
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
    /// [`Error::Cycle`], [`Error::FusedAuthority`], [`Error::Compose`], [`Error::Limit`] or
    /// [`Error::InvalidComponent`].
    pub fn build(self) -> Result<App> {
        let AppBuilder {
            engine,
            name,
            mode,
            host,
            plugins,
        } = self;
        let host = host.detached();
        let resolved = resolve(&plugins)?;
        let mut members = BTreeMap::new();
        for group in resolved.groups(mode) {
            let part = |index: &usize| plugins.get(*index);
            let parts: Vec<&(Plugin, PluginConfig)> = group.iter().filter_map(part).collect();
            let links: Vec<Link> = resolved
                .links
                .iter()
                .filter(|l| parts.iter().any(|(p, _)| p.name() == l.plugin))
                .cloned()
                .collect();
            match parts.as_slice() {
                [(plugin, config)] => {
                    let template = Template::new(
                        plugin,
                        Identity::of(plugin),
                        config.grants.clone(),
                        config.limits.clone(),
                        host.clone(),
                        |linker| trampoline::define_all(linker, plugin, &links, &members),
                    )?;
                    let member = Member {
                        exports: Exports::of(plugin.component()?, |n| Some(n.to_string())),
                        plugin: plugin.clone(),
                        unit: Arc::new(Unit::new(template)),
                    };
                    members.insert(plugin.name().to_string(), member);
                }
                several => members.extend(fuse::fuse(&engine, several, &links, &host)?),
            }
        }
        Ok(App {
            inner: Arc::new(Inner {
                name,
                members,
                links: resolved.links,
                policy: host.policy,
            }),
        })
    }
}

/// Whether a link written for `key` is about the import `name`.
pub(crate) fn link_is_for(key: &str, name: &str) -> bool {
    key == name
        || match (key.parse::<InterfaceName>(), name.parse::<InterfaceName>()) {
            (Ok(key), Ok(name)) => key.fits(&name),
            _ => false,
        }
}
