//! A plugin that runs: one store.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};
use tracing::{Instrument as _, Span};
use wasmtime::component::{ComponentNamedList, InstancePre, Lift, Linker, Lower, TypedFunc, Val};
use wasmtime::{AsContextMut as _, Store};

use crate::app::{CallPlan, Carried, Cell, Key, Links, attach, detach};
use crate::engine::Engine;
use crate::error::{DownReason, Error, LimitKind, Result};
use crate::exports::{Export, Exports, Function};
use crate::fault;
use crate::grants::{self, Capability, Grants};
use crate::host::Host;
use crate::limits::{Limits, Meter, millis};
use crate::metrics::{Counters, Outcome};
use crate::plugin::Plugin;
use crate::policy::{Gate, Rates};
use crate::shape::{ExternKind, Language};
use crate::state::{Opened, State};
use crate::ticker::Running;
use crate::types::check_arguments;

/// Whose name is on what an instance does. For plugins that were fused, each capability belongs to
/// the one that imports it.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// In errors.
    pub(crate) plugin: Arc<str>,
    /// In front of printed messages.
    pub(crate) console: Arc<str>,
    /// On the storage area.
    pub(crate) storage: Arc<str>,
    /// On requests.
    pub(crate) fetch: Arc<str>,
    /// On WebSockets.
    pub(crate) websocket: Arc<str>,
    /// On the buckets.
    pub(crate) keyvalue: Arc<str>,
    /// On the locks.
    pub(crate) locks: Arc<str>,
    /// On messages.
    pub(crate) messaging: Arc<str>,
    /// As the name of the program.
    pub(crate) cli: Arc<str>,
}

impl Identity {
    pub(crate) fn of(plugin: &Plugin) -> Identity {
        Identity::named(plugin.name())
    }

    pub(crate) fn named(name: &str) -> Identity {
        let name: Arc<str> = name.into();
        Identity {
            plugin: name.clone(),
            console: name.clone(),
            storage: name.clone(),
            fetch: name.clone(),
            websocket: name.clone(),
            keyvalue: name.clone(),
            locks: name.clone(),
            messaging: name.clone(),
            cli: name,
        }
    }

    /// Whose name is on what is done with a capability.
    pub(crate) fn owner(&self, capability: Capability) -> &str {
        match capability {
            Capability::Console => &self.console,
            Capability::Storage => &self.storage,
            Capability::Fetch => &self.fetch,
            Capability::WebSocket => &self.websocket,
            Capability::Keyvalue => &self.keyvalue,
            Capability::Locks => &self.locks,
            Capability::Messaging => &self.messaging,
            Capability::Cli => &self.cli,
            _ => &self.plugin,
        }
    }
}

/// Everything needed to start instances of a plugin, or of plugins that were fused.
pub(crate) struct Template {
    engine: Engine,
    source: Plugin,
    identity: Identity,
    language: Language,
    pre: InstancePre<State>,
    limits: Limits,
    grants: Grants,
    host: Host,
    rates: Arc<Rates>,
    opened: Opened,
    counters: Counters,
    exports: Exports,
}

impl Template {
    /// Checks grants and limits and links the host's interfaces. `link` defines what else the plugin
    /// imports. `before` is what this one takes the place of: they share what the backends gave.
    pub(crate) fn new(
        plugin: &Plugin,
        identity: Identity,
        grants: Grants,
        limits: Limits,
        host: Host,
        before: Option<&Template>,
        link: impl FnOnce(&mut Linker<State>) -> Result<()>,
    ) -> Result<Template> {
        let span = tracing::info_span!(target: "outwit::load", "load", plugin = plugin.name());
        let _entered = span.enter();
        let engine = plugin.engine().clone();
        let mut linker = Linker::new(engine.wasmtime());
        grants::check(plugin, &grants, &host)?;
        grants::link(&mut linker, plugin)?;
        check_size(plugin, &limits)?;
        let component = plugin.component()?;
        if let Some(needed) = component.resources_required() {
            let over = |limit, used: u64, allowed: u64| Error::Limit {
                plugin: plugin.name().to_string(),
                limit,
                used,
                allowed,
            };
            let (tables, memories) = (needed.num_tables.into(), needed.num_memories.into());
            if tables > limits.tables {
                return Err(over(LimitKind::Tables, tables, limits.tables));
            }
            if memories > limits.memories {
                return Err(over(LimitKind::Memories, memories, limits.memories));
            }
        }
        crate::debug::link(&mut linker, &host)?;
        plugin.link_engine(&mut linker)?;
        link(&mut linker)?;
        let pre = linker
            .instantiate_pre(component)
            .map_err(|e| Error::InvalidComponent {
                plugin: plugin.name().to_string(),
                message: format!("{e:#}"),
            })?;
        let asks_for_storage = grants::asked_for(plugin).contains(&grants::Capability::Storage);
        let known = before.map(|b| &b.opened);
        let known_area = known.and_then(|o| o.area.clone());
        let area = match (&grants.storage, &host.storage) {
            _ if known_area.is_some() => known_area,
            (Some(grant), Some(storage)) if asks_for_storage => {
                let area = storage
                    .open(plugin.name(), grant)
                    .map_err(|e| Error::Grant {
                        plugin: plugin.name().to_string(),
                        capability: "storage",
                        message: e.to_string(),
                    })?;
                Some(area)
            }
            _ => None,
        };
        let asks_for_buckets = grants::asked_for(plugin).contains(&grants::Capability::Keyvalue);
        let known_buckets = known.and_then(|o| o.buckets.clone());
        let buckets = match (&grants.keyvalue, &host.keyvalue) {
            _ if known_buckets.is_some() => known_buckets,
            (Some(grant), Some(keyvalue)) if asks_for_buckets => {
                let buckets = keyvalue
                    .open(plugin.name(), grant)
                    .map_err(|e| Error::Grant {
                        plugin: plugin.name().to_string(),
                        capability: "keyvalue",
                        message: e.to_string(),
                    })?;
                Some(buckets)
            }
            _ => None,
        };
        let known_fetch = known.and_then(|o| o.fetch.clone());
        let fetch = match (&grants.fetch, &host.fetch) {
            _ if known_fetch.is_some() => known_fetch,
            (Some(grant), Some(client)) => Some(client.open(&identity.fetch, grant)),
            _ => None,
        };
        let known_websocket = known.and_then(|o| o.websocket.clone());
        let websocket = match (&grants.websocket, &host.websocket) {
            _ if known_websocket.is_some() => known_websocket,
            (Some(grant), Some(connector)) => Some(connector.open(&identity.websocket, grant)),
            _ => None,
        };
        Ok(Template {
            exports: Exports::of(component, |name| Some(name.to_string())),
            counters: host.metrics.of(&identity.plugin),
            engine,
            source: plugin.clone(),
            identity,
            language: plugin.language(),
            pre,
            rates: before.map_or_else(|| Arc::new(Rates::new(&limits)), |b| b.rates.clone()),
            limits,
            grants,
            host,
            opened: Opened {
                area,
                buckets,
                fetch,
                websocket,
            },
        })
    }

    /// Starts an instance, within the limits of a call. `home` is where other plugins find it.
    pub(crate) async fn start(
        self: &Arc<Self>,
        args: &[String],
        home: Option<&Arc<Cell>>,
    ) -> Result<Instance> {
        let meter = Meter::new(
            self.identity.plugin.clone(),
            self.engine.clone(),
            self.limits.clone(),
            self.language,
            self.counters.clone(),
        );
        let mut state = State::new(
            &self.source,
            meter,
            &self.identity,
            &self.grants,
            &self.host,
            &self.opened,
            self.rates.clone(),
            args,
        )?;
        state.links = Links::new(self.identity.plugin.clone(), home, self.limits.handles);
        let mut store = Store::new(self.engine.wasmtime(), state);
        store.limiter(|state| &mut state.meter);
        store.epoch_deadline_callback(Meter::on_epoch);
        store.call_hook(Meter::on_transition);
        store.set_hostcall_fuel(usize::try_from(self.limits.host_call_bytes).unwrap_or(usize::MAX));
        Meter::begin_call(&mut store);
        let gate = store.data().gate.clone();
        let running = self.engine.ticker().run();
        let span = tracing::info_span!(
            target: "outwit::instantiate",
            "instantiate",
            plugin = &*self.identity.plugin,
        );
        let start = within(
            self.limits.wall,
            &gate,
            self.pre.instantiate_async(&mut store),
        );
        let outcome = start.instrument(span.clone()).await;
        drop(running);
        let error = match outcome {
            Ok(Ok(instance)) => {
                store.data_mut().meter.started();
                return Ok(Instance {
                    template: self.clone(),
                    store,
                    instance,
                    alive: true,
                });
            }
            Ok(Err(e)) => fault::explain(e, &mut store, "the start of the instance"),
            Err(_elapsed) => self.too_slow(),
        };
        self.failed(&error, &span);
        Err(error)
    }

    /// The numbers of the plugin.
    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// What is logged during a call is inside of this.
    pub(crate) fn call_span(&self, function: &str) -> Span {
        tracing::info_span!(
            target: "outwit::call",
            "call",
            plugin = self.plugin(),
            function,
            outcome = tracing::field::Empty,
            duration_us = tracing::field::Empty,
        )
    }

    /// Tells that an instance ended.
    pub(crate) fn failed(&self, error: &Error, span: &Span) {
        if let Error::Limit { limit, .. } = error {
            self.counters.limit(*limit);
        }
        tracing::warn!(
            target: "outwit::instance",
            parent: span,
            plugin = &*self.identity.plugin,
            error = %error,
            "an instance ended"
        );
    }

    pub(crate) fn plugin(&self) -> &str {
        &self.identity.plugin
    }

    /// How many handles an instance may have, and how many calls at one time.
    pub(crate) fn handles(&self) -> u64 {
        self.limits.handles
    }

    /// How long a call may take.
    pub(crate) fn wall(&self) -> Duration {
        self.limits.wall
    }

    /// Whether a function has these Rust types.
    pub(crate) fn check_type<P: Params, R: Results>(&self, export: &Export) -> Result<()> {
        let function = &export.function;
        function
            .ty()
            .typecheck::<P, R>(&self.pre.instance_type())
            .map_err(|e| Error::Arguments {
                plugin: self.identity.plugin.to_string(),
                function: function.full_name(),
                message: format!(
                    "{e:#}; the type of the function is {}",
                    function.signature()
                ),
            })
    }

    fn too_slow(&self) -> Error {
        let allowed = millis(self.limits.wall);
        Error::Limit {
            plugin: self.identity.plugin.to_string(),
            limit: LimitKind::Wall,
            used: allowed,
            allowed,
        }
    }
}

/// What is known of a component's size before it is compiled.
fn check_size(plugin: &Plugin, limits: &Limits) -> Result<()> {
    let sizes = [
        (
            LimitKind::Component,
            plugin.bytes().len() as u64,
            limits.component,
        ),
        (
            LimitKind::Instances,
            plugin.core_instances(),
            limits.instances,
        ),
    ];
    for (limit, used, allowed) in sizes {
        if used > allowed {
            return Err(Error::Limit {
                plugin: plugin.name().to_string(),
                limit,
                used,
                allowed,
            });
        }
    }
    Ok(())
}

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
        InstanceBuilder {
            plugin: plugin.clone(),
            grants: Grants::default(),
            limits: Limits::default(),
            host: Host::system(),
            args: Vec::new(),
        }
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

/// A call that is under way.
struct Calling {
    /// Keeps the clock of computing time going.
    _running: Running,
    gate: Gate,
    span: Span,
    counters: Counters,
    started: Instant,
    /// How it ended.
    outcome: Option<Outcome>,
}

impl Calling {
    fn end(&mut self, function: &str, outcome: Outcome) {
        let duration = self.started.elapsed();
        self.outcome = Some(outcome);
        self.counters.call(function, duration, outcome);
        if !self.span.is_disabled() {
            let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
            self.span.record("duration_us", micros);
            self.span.record("outcome", outcome.name());
        }
    }
}

impl Drop for Calling {
    fn drop(&mut self) {
        if self.outcome.is_none() {
            self.end("", Outcome::Dropped);
        }
    }
}

/// The time is up.
struct Elapsed;

/// Waits for `future` as long as a plugin may take, not counting the time in which somebody is asked
/// whether it may do something.
async fn within<F: Future>(wall: Duration, gate: &Gate, future: F) -> Result<F::Output, Elapsed> {
    let mut future = std::pin::pin!(future);
    let (start, asked_before) = (Instant::now(), gate.asked());
    let mut left = wall;
    loop {
        if let Ok(output) = timeout(left, &mut future).await {
            return Ok(output);
        }
        let asked = gate.asked().saturating_sub(asked_before);
        let allowed = wall.saturating_add(asked);
        left = allowed.saturating_sub(start.elapsed());
        if left.is_zero() {
            return Err(Elapsed);
        }
        // While a question is open the time that is left does not get less.
        left = left.max(Duration::from_millis(5));
    }
}

/// Describes an [`Instance`]. By default nothing is granted, [`Limits::default`] hold, and the host
/// is [`Host::system`].
#[derive(Debug)]
#[must_use]
pub struct InstanceBuilder {
    plugin: Plugin,
    grants: Grants,
    limits: Limits,
    host: Host,
    args: Vec<String>,
}

impl InstanceBuilder {
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
            args,
        } = self;
        let plugin = crate::debug::prepare(plugin, &host)?;
        let identity = Identity::of(&plugin);
        let template = Template::new(
            &plugin,
            identity,
            grants,
            limits,
            host,
            None,
            |_| match plugin.imports().iter().find(|i| {
                !grants::is_reserved(i)
                    && matches!(i.kind(), ExternKind::Interface | ExternKind::Function)
                    && !types_only(&plugin, i.name())
            }) {
                Some(import) => Err(Error::MissingProvider {
                    plugin: plugin.name().to_string(),
                    interface: import.name().to_string(),
                    exports: Vec::new(),
                }),
                None => Ok(()),
            },
        )?;
        Arc::new(template).start(&args, None).await
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
