//! Interfaces that the application has for its plugins: functions in Rust, under names of the application's own WIT.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{ComponentNamedList, Lift, Linker, LinkerInstance, Lower};

use crate::error::{Error, Result};
use crate::grants::is_reserved_name;
use crate::interface::InterfaceName;
use crate::plugin::Plugin;
use crate::shape::{Extern, ExternKind};
use crate::state::State;
use crate::types::Signature;

/// What a function of the application fails with.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Rust types of the parameters of a function of the application: a tuple, with one element per parameter.
pub trait Arguments: ComponentNamedList + Lift + Send + Sync + 'static {}
impl<T: ComponentNamedList + Lift + Send + Sync + 'static> Arguments for T {}

/// Rust types of what a function of the application gives: `()` or a tuple of one element.
pub trait Returns: ComponentNamedList + Lower + Send + Sync + 'static {}
impl<T: ComponentNamedList + Lower + Send + Sync + 'static> Returns for T {}

/// An interface that the application has for its plugins, with a function in Rust for each of its WIT.
///
/// Every plugin of the app that imports the interface gets it, unless it is [only for](Interface::only_for) some. A
/// function is code of the application: nobody is asked before it runs, and what a plugin passes to it is whatever the
/// plugin likes, so check it. Its calls count as calls of the host, and waiting in it as waiting of the plugin.
///
/// ```
/// use outwit::{App, Engine, Interface, Plugin, PluginConfig};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), outwit::Error> {
/// // interface prices { of: func(item: u32) -> u32; }
/// let prices = Interface::new("shop:host/prices@0.1.0")
///     .function("of", |caller, (item,): (u32,)| {
///         assert_eq!(caller.plugin(), "till");
///         Ok((item * 250,))
///     });
/// # let bytes = wat::parse_str(r#"(component
/// #     (import "shop:host/prices@0.1.0" (instance $p (export "of" (func (param "item" u32) (result u32)))))
/// #     (core func $of (canon lower (func $p "of")))
/// #     (core module $m (import "" "of" (func $of (param i32) (result i32)))
/// #         (func (export "sum") (result i32) (i32.add (call $of (i32.const 1)) (call $of (i32.const 2)))))
/// #     (core instance $i (instantiate $m (with "" (instance (export "of" (func $of))))))
/// #     (func (export "sum") (result u32) (canon lift (core func $i "sum"))))"#).unwrap();
/// let engine = Engine::new()?;
/// let app = App::builder(&engine)
///     .provide(prices)
///     .plugin(Plugin::from_bytes(&engine, "till", bytes)?, PluginConfig::new())
///     .build()?;
/// let (sum,): (u32,) = app.call_typed("till", None, "sum", ()).await?;
/// assert_eq!(sum, 750);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Interface {
    name: String,
    functions: BTreeMap<String, Define>,
    only: Option<BTreeSet<String>>,
}

/// Puts a function into a linker, under a name, as one that waits or not.
type Define =
    Arc<dyn Fn(&mut LinkerInstance<'_, State>, &str, bool) -> wasmtime::Result<()> + Send + Sync>;

/// The plugin that calls a function of the application.
#[derive(Debug, Clone)]
pub struct Caller {
    plugin: Arc<str>,
}

impl Caller {
    /// Its name in the app. Of plugins that are [fused](crate::LinkMode::Fused) those of the whole group, `a+b`.
    #[must_use]
    pub fn plugin(&self) -> &str {
        &self.plugin
    }

    fn enter(state: &State) -> wasmtime::Result<Caller> {
        state.gate.count_foreign().map_err(wasmtime::Error::new)?;
        Ok(Caller {
            plugin: state.meter.plugin().clone(),
        })
    }
}

impl Interface {
    /// An interface without functions. `name` is its full name, `shop:host/prices@0.1.0`; plugins that import a
    /// compatible version get it as well.
    pub fn new(name: impl Into<String>) -> Interface {
        Interface {
            name: name.into(),
            functions: BTreeMap::new(),
            only: None,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Adds a function that does not wait. While it runs nothing else does on this thread.
    ///
    /// `name` is that of the WIT, `add-item`. Parameters and result are tuples, as in
    /// [`App::call_typed`](crate::App::call_typed): `(u32, String)`, `(Result<u32, String>,)`, `()`. An error that the WIT has
    /// is part of the result. Any other ends the call of the plugin, and its instance with it, as [`Error::Trap`].
    pub fn function<P: Arguments, R: Returns>(
        self,
        name: impl Into<String>,
        function: impl Fn(&Caller, P) -> Result<R, Failure> + Send + Sync + 'static,
    ) -> Interface {
        let function = Arc::new(function);
        self.with(name.into(), move |linker, name, is_async, failed| {
            let function = function.clone();
            let call = move |state: &State, params: P| {
                function(&Caller::enter(state)?, params).map_err(&failed)
            };
            if is_async {
                linker.func_wrap_concurrent(name, move |accessor, params: P| {
                    let called = accessor.with(|mut access| call(access.data_mut(), params));
                    Box::pin(std::future::ready(called))
                })
            } else {
                linker.func_wrap(name, move |store, params: P| call(store.data(), params))
            }
        })
    }

    /// Adds a function that may wait. Other tasks run meanwhile; if the WIT has it as an `async func`, so does other
    /// code of the plugin.
    pub fn function_async<P: Arguments, R: Returns, F>(
        self,
        name: impl Into<String>,
        function: impl Fn(Caller, P) -> F + Send + Sync + 'static,
    ) -> Interface
    where
        F: Future<Output = Result<R, Failure>> + Send + 'static,
    {
        let function = Arc::new(function);
        self.with(name.into(), move |linker, name, is_async, failed| {
            let (function, failed) = (function.clone(), Arc::new(failed));
            let call = move |state: &State, params: P| {
                let failed = failed.clone();
                let called = Caller::enter(state).map(|caller| function(caller, params));
                async move { called?.await.map_err(|failure| failed(failure)) }
            };
            if is_async {
                linker.func_wrap_concurrent(name, move |accessor, params: P| {
                    Box::pin(accessor.with(|mut access| call(access.data_mut(), params)))
                })
            } else {
                linker.func_wrap_async(name, move |store, params: P| {
                    Box::new(call(store.data(), params))
                })
            }
        })
    }

    /// Only these plugins get it. For others it is as if it were not there.
    ///
    /// # Default
    ///
    /// All that import it.
    pub fn only_for(mut self, plugins: impl IntoIterator<Item = impl Into<String>>) -> Interface {
        self.only = Some(plugins.into_iter().map(Into::into).collect());
        self
    }

    fn with(
        mut self,
        function: String,
        define: impl Fn(
            &mut LinkerInstance<'_, State>,
            &str,
            bool,
            Box<dyn Fn(Failure) -> wasmtime::Error + Send + Sync>,
        ) -> wasmtime::Result<()>
        + Send
        + Sync
        + 'static,
    ) -> Interface {
        let full_name = format!("{}.{function}", self.name);
        let define: Define = Arc::new(move |linker, name, is_async| {
            let full_name = full_name.clone();
            let failed = move |failure: Failure| {
                wasmtime::Error::msg(format!(
                    "`{full_name}` of the application failed: {failure}"
                ))
            };
            define(linker, name, is_async, Box::new(failed))
        });
        self.functions.insert(function, define);
        self
    }

    /// Whether a plugin that imports this gets it here.
    fn fits(&self, import: &Extern) -> bool {
        import.kind() == ExternKind::Interface
            && match (import.interface(), self.name.parse::<InterfaceName>()) {
                (Some(import), Ok(name)) => import.fits(&name),
                _ => false,
            }
    }

    fn is_for(&self, plugin: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(plugin))
    }
}

impl fmt::Debug for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interface")
            .field("name", &self.name)
            .field("functions", &self.functions.keys())
            .field("only", &self.only)
            .finish()
    }
}

/// All that the application has for its plugins.
#[derive(Debug, Clone, Default)]
pub(crate) struct Provided(Vec<Interface>);

impl Provided {
    pub(crate) fn add(&mut self, interface: Interface) {
        self.0.push(interface);
    }

    /// Whether each has a name that an interface of an application can have, and one of its own.
    pub(crate) fn check(&self) -> Result<()> {
        let mut names = BTreeSet::new();
        for interface in &self.0 {
            let refused = |message: &str| Error::Interface {
                interface: interface.name.clone(),
                message: message.to_string(),
            };
            let name: InterfaceName = interface.name.parse().map_err(|_| {
                refused("that is no name of an interface, `namespace:package/interface@1.0.0`")
            })?;
            if is_reserved_name(&name) {
                return Err(refused("interfaces of this namespace come from Outwit"));
            }
            if !names.insert(name) {
                return Err(refused("it is there twice"));
            }
        }
        Ok(())
    }

    /// Whether a plugin gets an import from the application.
    pub(crate) fn has(&self, plugin: &str, import: &Extern) -> bool {
        let mut all = self.0.iter();
        all.any(|interface| interface.is_for(plugin) && interface.fits(import))
    }

    /// The interface for an import: of several compatible versions the one whose name is the same.
    fn of(&self, import: &Extern) -> Option<&Interface> {
        let exact = self.0.iter().find(|i| i.name == import.name());
        exact.or_else(|| self.0.iter().find(|interface| interface.fits(import)))
    }

    /// Defines what a plugin imports of it.
    pub(crate) fn define(&self, linker: &mut Linker<State>, plugin: &Plugin) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let component = plugin.component()?;
        let ty = component.component_type();
        for import in plugin.imports() {
            let Some(interface) = self.of(import) else {
                continue;
            };
            let refused = |message: String| Error::Provided {
                plugin: plugin.name().to_string(),
                interface: import.name().to_string(),
                message,
            };
            let item = ty.get_import(component.engine(), import.name());
            let Some(ComponentItem::ComponentInstance(instance)) = item.map(|item| item.ty) else {
                continue;
            };
            let mut target = linker
                .instance(import.name())
                .map_err(|e| refused(format!("{e:#}")))?;
            for (name, item) in instance.exports(component.engine()) {
                match item.ty {
                    ComponentItem::Type(_) => {}
                    ComponentItem::ComponentFunc(ty) => {
                        let define = interface.functions.get(name).ok_or_else(|| {
                            let signature = Signature::of(&ty);
                            refused(format!("it has no `{name}`, which is {signature}"))
                        })?;
                        define(&mut target, name, ty.async_())
                            .map_err(|e| refused(format!("{e:#}")))?;
                    }
                    _ => {
                        let message = format!("`{name}` is no function and no type of values");
                        return Err(refused(message));
                    }
                }
            }
        }
        Ok(())
    }

    /// What it means that a plugin cannot be linked whose imports are all there: some have other types.
    pub(crate) fn explain(&self, plugin: &Plugin, error: Error) -> Error {
        let mut imports = plugin.imports().iter();
        match (error, imports.find(|import| self.of(import).is_some())) {
            (Error::InvalidComponent { message, .. }, Some(import)) => Error::Provided {
                plugin: plugin.name().to_string(),
                interface: import.name().to_string(),
                message,
            },
            (error, _) => error,
        }
    }
}
