//! The data of a store: what one instance has of the host.

use std::sync::Arc;

use crate::console::Console;
use crate::crypto::Crypto;
use crate::error::Result;
use crate::grants::Grants;
use crate::host::Host;
use crate::instance::Identity;
use crate::limits::Meter;
use crate::performance::Performance;
use crate::policy::Gate;
use crate::storage::{Area, LocalStorage};
use crate::timers::Timers;
use crate::wasi::Wasi;

pub(crate) struct State {
    pub(crate) meter: Meter,
    pub(crate) gate: Gate,
    pub(crate) console: Console,
    pub(crate) performance: Performance,
    pub(crate) crypto: Crypto,
    pub(crate) timers: Timers,
    pub(crate) storage: LocalStorage,
    pub(crate) wasi: Wasi,
}

impl State {
    pub(crate) fn new(
        meter: Meter,
        identity: &Identity,
        grants: &Grants,
        host: &Host,
        area: Option<Arc<dyn Area>>,
        args: &[String],
    ) -> Result<State> {
        let wasi = Wasi::new(identity, grants, host, meter.limits(), args)?;
        let gate = Gate::new(identity.clone(), host.policy.clone(), host.audit.clone());
        Ok(State {
            console: Console {
                gate: gate.clone(),
                plugin: identity.console.clone(),
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
            },
            storage: LocalStorage {
                gate: gate.clone(),
                plugin: identity.storage.clone(),
                grant: grants.storage.clone(),
                area,
            },
            meter,
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
