//! A plugin that runs: one store.

mod builder;
mod calling;
mod identity;
mod template;

use std::fmt;
use std::sync::Arc;

use tokio::time::Instant;
use tracing::Instrument as _;
use wasmtime::component::{ComponentNamedList, Lift, Lower, TypedFunc, Val};
use wasmtime::{AsContextMut as _, Store};

use crate::app::{CallPlan, Carried, Key, attach, detach};
use crate::error::{DownReason, Error, Result};
use crate::exports::{Export, Function};
use crate::fault;
use crate::limits::Meter;
use crate::metrics::Outcome;
use crate::plugin::Plugin;
use crate::state::State;
use crate::ticker::Running;
use crate::types::check_arguments;
use calling::{Calling, Elapsed, within};

pub use builder::InstanceBuilder;
pub(crate) use identity::Identity;
pub(crate) use template::Template;

/// A running instance of a plugin: one store of wasmtime.
///
/// A call that traps, goes over a limit or is dropped before it ends also ends the instance: later
/// calls fail with [`Error::Down`]. All methods need a tokio runtime with its clock enabled.
pub struct Instance {
    template: Arc<Template>,
    pub(crate) store: Store<State>,
    pub(crate) instance: wasmtime::component::Instance,
    alive: bool,
}

impl Instance {
    /// Starts describing an instance of a plugin that needs no other plugin.
    pub fn builder(plugin: &Plugin) -> InstanceBuilder {
        InstanceBuilder::new(plugin)
    }

    /// Whether it can still be called.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.alive
    }

    /// The name of the plugin.
    #[must_use]
    pub fn plugin(&self) -> &str {
        self.template.plugin()
    }

    /// The functions it exports.
    #[must_use]
    pub fn functions(&self) -> Vec<Function> {
        self.template.exports.functions().cloned().collect()
    }

    /// Calls a function with dynamic values.
    ///
    /// The interface may be left out, or its version, if one function fits. The result has no
    /// element for a function without a result, else one.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownFunction`], [`Error::AmbiguousFunction`] and [`Error::Arguments`] leave the
    /// instance alive; all others end it.
    pub async fn call<'a>(
        &mut self,
        interface: impl Into<Option<&'a str>>,
        function: &str,
        args: &[Val],
    ) -> Result<Vec<Val>> {
        let export = self
            .template
            .exports
            .find(self.template.plugin(), interface.into(), function)?
            .clone();
        self.call_checked(&export, args).await
    }

    /// Calls a function with Rust values: tuples of its parameters and of its results.
    ///
    /// # Errors
    ///
    /// As [`Instance::call`].
    pub async fn call_typed<'a, P, R>(
        &mut self,
        interface: impl Into<Option<&'a str>>,
        function: &str,
        params: P,
    ) -> Result<R>
    where
        P: Params,
        R: Results,
    {
        let export = self
            .template
            .exports
            .find(self.template.plugin(), interface.into(), function)?
            .clone();
        let func = self.typed::<P, R>(&export)?;
        self.call_function(&export.full_name, func, params).await
    }

    /// Runs the plugin as a command: calls its `wasi:cli/run`, gives the exit code, and ends.
    ///
    /// # Errors
    ///
    /// As [`Instance::call`].
    pub async fn run_command(self) -> Result<i32> {
        let export = self
            .template
            .exports
            .find(self.template.plugin(), Some("wasi:cli/run"), "run")?
            .clone();
        self.run(&export).await
    }

    /// Calls a function after checking that the values fit.
    pub(crate) async fn call_checked(&mut self, export: &Export, args: &[Val]) -> Result<Vec<Val>> {
        check_arguments(export.function.ty(), args).map_err(|message| Error::Arguments {
            plugin: self.template.plugin().to_string(),
            function: export.function.full_name(),
            message,
        })?;
        self.call_values(export, args).await
    }

    /// Calls a function with values that are known to fit.
    pub(crate) async fn call_values(&mut self, export: &Export, args: &[Val]) -> Result<Vec<Val>> {
        let mut results = vec![Val::Bool(false); export.results];
        self.call_into(export, args, &mut results).await?;
        Ok(results)
    }

    /// As [`Instance::call_values`], with a place for each result.
    pub(crate) async fn call_into(
        &mut self,
        export: &Export,
        args: &[Val],
        results: &mut [Val],
    ) -> Result<()> {
        let calling = self.begin(&export.full_name)?;
        let Some(func) = self.instance.get_func(&mut self.store, export.index) else {
            return Err(self.unknown(export));
        };
        let call = func.call_async(&mut self.store, args, results);
        let call = within(self.template.limits.wall, &calling.gate, call);
        let outcome = call.instrument(calling.span.clone()).await;
        self.end(&export.full_name, calling, outcome)
    }

    /// Calls a function with values of another plugin.
    pub(crate) async fn call_carried(
        &mut self,
        export: &Export,
        args: Carried<Vec<Val>>,
        plan: &CallPlan,
    ) -> Result<Carried<Vec<Val>>> {
        if !self.alive {
            return Err(self.down());
        }
        if plan.copies {
            let args = args.into_values();
            return Ok(Carried::copied(self.call_values(export, &args).await?));
        }
        // What does not fit is not the fault of this plugin.
        let (args, loans) = attach(args, &plan.params, self.store.as_context_mut())?;
        let results = self.call_values(export, &args).await?;
        loans.end(self.store.as_context_mut());
        detach(results, &plan.results, self.store.as_context_mut())
    }

    /// Drops a resource that no other plugin has any more.
    pub(crate) async fn drop_resource(&mut self, key: Key) -> Result<()> {
        let Some(resource) = self.store.data_mut().links.dropped(key) else {
            return Ok(());
        };
        let name = "the destructor of a resource";
        let calling = self.begin(name)?;
        let dropped = resource.resource_drop_async(&mut self.store);
        let dropped = within(self.template.limits.wall, &calling.gate, dropped);
        let outcome = dropped.instrument(calling.span.clone()).await;
        self.end(name, calling, outcome)
    }

    /// Counts the time of the event loop, which the caller runs.
    pub(crate) fn enter(&self) -> Running {
        self.template.engine.ticker().run()
    }

    /// The function as one of Rust types; a mismatch leaves the instance alive.
    pub(crate) fn typed<P: Params, R: Results>(
        &mut self,
        export: &Export,
    ) -> Result<TypedFunc<P, R>> {
        let Some(func) = self.instance.get_func(&mut self.store, export.index) else {
            return Err(self.unknown(export));
        };
        func.typed::<P, R>(&self.store)
            .map_err(|e| Error::Arguments {
                plugin: self.template.plugin().to_string(),
                function: export.function.full_name(),
                message: format!(
                    "{e:#}; the type of the function is {}",
                    export.function.signature()
                ),
            })
    }

    pub(crate) async fn call_function<P: Params, R: Results>(
        &mut self,
        name: &str,
        func: TypedFunc<P, R>,
        params: P,
    ) -> Result<R> {
        let calling = self.begin(name)?;
        let call = func.call_async(&mut self.store, params);
        let call = within(self.template.limits.wall, &calling.gate, call);
        let outcome = call.instrument(calling.span.clone()).await;
        self.end(name, calling, outcome)
    }

    /// Runs `wasi:cli/run`, gives the exit code, and ends.
    pub(crate) async fn run(mut self, export: &Export) -> Result<i32> {
        let func = self.typed::<(), (std::result::Result<(), ()>,)>(export)?;
        let name = export.function.full_name();
        match self.call_function(&name, func, ()).await {
            Ok((Ok(()),)) => Ok(0),
            Ok((Err(()),)) => Ok(1),
            Err(Error::Exit { code, .. }) => Ok(code),
            Err(e) => Err(e),
        }
    }

    /// Marks the instance as ended until the call has come back: a call that is dropped on the way
    /// leaves the store in a state nobody knows.
    fn begin(&mut self, function: &str) -> Result<Calling> {
        if !self.alive {
            return Err(self.down());
        }
        self.alive = false;
        Meter::begin_call(&mut self.store);
        self.store.data_mut().begin_call();
        Ok(Calling {
            _running: self.template.engine.ticker().run(),
            gate: self.store.data().gate.clone(),
            span: self.template.call_span(function),
            counters: self.template.counters.clone(),
            started: Instant::now(),
            outcome: None,
        })
    }

    fn end<T>(
        &mut self,
        function: &str,
        mut calling: Calling,
        outcome: Result<wasmtime::Result<T>, Elapsed>,
    ) -> Result<T> {
        let error = match outcome {
            Ok(Ok(value)) => {
                self.alive = true;
                calling.end(function, Outcome::Returned);
                return Ok(value);
            }
            Ok(Err(e)) => fault::explain(e, &mut self.store, function),
            Err(_elapsed) => self.template.too_slow(),
        };
        calling.end(function, Outcome::of(&error));
        self.template.failed(&error, &calling.span);
        Err(error)
    }

    fn down(&self) -> Error {
        Error::Down {
            plugin: self.template.plugin().to_string(),
            reason: DownReason::Ended,
        }
    }

    fn unknown(&self, export: &Export) -> Error {
        Error::UnknownFunction {
            plugin: self.template.plugin().to_string(),
            function: export.function.full_name(),
            exports: Vec::new(),
        }
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instance")
            .field("plugin", &self.plugin())
            .field("alive", &self.alive)
            .finish_non_exhaustive()
    }
}

/// Whether an imported interface has nothing but types, so that nobody has to provide it.
pub(crate) fn types_only(plugin: &Plugin, import: &str) -> bool {
    use wasmtime::component::types::ComponentItem;
    let Ok(component) = plugin.component() else {
        return false;
    };
    let engine = component.engine();
    match component.component_type().get_import(engine, import) {
        Some(item) => match item.ty {
            ComponentItem::ComponentInstance(instance) => instance
                .exports(engine)
                .all(|(_, item)| matches!(item.ty, ComponentItem::Type(_))),
            ComponentItem::Type(_) => true,
            _ => false,
        },
        None => false,
    }
}

/// Rust types of the parameters of a function: a tuple, with one element per parameter.
pub trait Params: ComponentNamedList + Lower + Send + Sync + 'static {}
impl<T: ComponentNamedList + Lower + Send + Sync + 'static> Params for T {}

/// Rust types of the result of a function: `()` or a tuple of one element.
pub trait Results: ComponentNamedList + Lift + Send + Sync + 'static {}
impl<T: ComponentNamedList + Lift + Send + Sync + 'static> Results for T {}
