//! The data of a store: what one instance has of the host.

use std::sync::Arc;

use wasmtime::component::ResourceTable;

use crate::app::Links;
use crate::console::Console;
use crate::crypto::Crypto;
use crate::debug::Debugging;
use crate::error::Result;
use crate::fetch::{self, Fetch};
use crate::grants::Grants;
use crate::host::Host;
use crate::instance::Identity;
use crate::keyvalue::{Buckets, KeyValueStore};
use crate::limits::Meter;
use crate::locks::LockManager;
use crate::messaging::Messaging;
use crate::performance::Performance;
use crate::plugin::Plugin;
use crate::policy::{Gate, Rates};
use crate::storage::{Area, LocalStorage, Sizes};
use crate::subtle::Subtle;
use crate::timers::{Timers, Waits};
use crate::wasi::Wasi;
use crate::websocket::{self, WebSockets};

pub(crate) struct State {
    /// What the instance is of.
    pub(crate) source: Plugin,
    pub(crate) debugging: Debugging,
    pub(crate) meter: Meter,
    pub(crate) links: Links,
    pub(crate) gate: Gate,
    pub(crate) console: Console,
    pub(crate) performance: Performance,
    pub(crate) crypto: Crypto,
    pub(crate) timers: Timers,
    pub(crate) storage: LocalStorage,
    pub(crate) fetch: Fetch,
    pub(crate) websocket: WebSockets,
    pub(crate) subtle: Subtle,
    pub(crate) keyvalue: KeyValueStore,
    pub(crate) locks: LockManager,
    pub(crate) messaging: Messaging,
    pub(crate) wasi: Wasi,
}

/// What the backends gave a plugin; its instances share it, and nobody else does.
#[derive(Default)]
pub(crate) struct Opened {
    pub(crate) area: Option<Arc<dyn Area>>,
    pub(crate) buckets: Option<Arc<dyn Buckets>>,
    pub(crate) fetch: Option<Arc<dyn fetch::Session>>,
    pub(crate) websocket: Option<Arc<dyn websocket::Session>>,
}

impl State {
    #[allow(clippy::too_many_arguments)] // each is of another origin
    pub(crate) fn new(
        source: &Plugin,
        meter: Meter,
        identity: &Identity,
        grants: &Grants,
        host: &Host,
        opened: &Opened,
        rates: Arc<Rates>,
        args: &[String],
    ) -> Result<State> {
        let wasi = Wasi::new(identity, grants, host, meter.limits(), args)?;
        let gate = Gate::new(
            identity.clone(),
            host.policy.clone(),
            host.audit.clone(),
            meter.limits().host_calls,
            rates,
            meter.counters().clone(),
        );
        Ok(State {
            source: source.clone(),
            debugging: Debugging::new(host),
            console: Console {
                gate: gate.clone(),
                plugin: identity.console.clone(),
                source: source.clone(),
                grant: grants.console.clone(),
                sink: host.console.clone(),
                limit: meter.limits().output,
                written: 0,
            },
            performance: Performance::new(
                gate.clone(),
                grants.performance.clone(),
                host.clock.clone(),
            ),
            crypto: Crypto {
                gate: gate.clone(),
                plugin: identity.plugin.clone(),
                grant: grants.crypto.clone(),
                entropy: host.entropy.clone(),
            },
            timers: Timers {
                gate: gate.clone(),
                grant: grants.timers.clone(),
                scheduler: host.scheduler.clone(),
                waits: Waits::new(meter.limits().timers),
            },
            storage: LocalStorage {
                gate: gate.clone(),
                plugin: identity.storage.clone(),
                grant: grants.storage.clone(),
                sizes: Sizes {
                    key: meter.limits().storage_key,
                    value: meter.limits().storage_value,
                },
                area: opened.area.clone(),
            },
            fetch: Fetch {
                gate: gate.clone(),
                plugin: identity.fetch.clone(),
                grant: grants.fetch.clone().map(Arc::new),
                session: opened.fetch.clone(),
            },
            websocket: WebSockets {
                gate: gate.clone(),
                plugin: identity.websocket.clone(),
                grant: grants.websocket.clone(),
                session: opened.websocket.clone(),
                table: ResourceTable::new(),
            },
            keyvalue: KeyValueStore::new(
                gate.clone(),
                identity.keyvalue.clone(),
                grants.keyvalue.clone(),
                opened.buckets.clone(),
                meter.limits().handles,
            ),
            locks: LockManager::new(
                gate.clone(),
                &identity.locks,
                grants.locks.clone(),
                host.locks.as_deref(),
                meter.limits().handles,
            ),
            messaging: Messaging::new(
                gate.clone(),
                identity.messaging.clone(),
                grants.messaging.clone(),
                host.messaging.clone(),
            ),
            subtle: Subtle::new(
                gate.clone(),
                grants.subtle.clone(),
                host.entropy.clone(),
                meter.limits().handles,
            ),
            meter,
            links: Links::default(),
            gate,
            wasi,
        })
    }

    /// Starts counting anew what is limited for each call.
    pub(crate) fn begin_call(&mut self) {
        self.console.written = 0;
        self.wasi.written = 0;
        self.gate.begin_call();
    }
}
