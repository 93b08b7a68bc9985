//! What instances are started from.

use std::sync::Arc;
use std::time::Duration;

use tracing::{Instrument as _, Span};
use wasmtime::Store;
use wasmtime::component::{InstancePre, Linker};

use super::calling::within;
use super::{Identity, Instance, Params, Results};
use crate::app::{Cell, Links};
use crate::engine::Engine;
use crate::error::{Error, LimitKind, Result};
use crate::exports::{Export, Exports};
use crate::fault;
use crate::grants::{self, Grants};
use crate::host::Host;
use crate::limits::{Limits, Meter, millis};
use crate::metrics::Counters;
use crate::plugin::Plugin;
use crate::policy::Rates;
use crate::shape::Language;
use crate::state::{Opened, State};

/// Everything needed to start instances of a plugin, or of plugins that were fused.
pub(crate) struct Template {
    pub(super) engine: Engine,
    pub(super) source: Plugin,
    pub(super) identity: Identity,
    pub(super) language: Language,
    pub(super) pre: InstancePre<State>,
    pub(super) limits: Limits,
    pub(super) grants: Grants,
    pub(super) host: Host,
    pub(super) rates: Arc<Rates>,
    pub(super) opened: Opened,
    pub(super) counters: Counters,
    pub(super) exports: Exports,
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

    pub(super) fn too_slow(&self) -> Error {
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
