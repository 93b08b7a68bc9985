//! What the application offers to plugins: the backends behind the capabilities.

use std::fmt;
use std::sync::Arc;

use crate::audit::{self, Audit};
use crate::console::{self, Sink};
use crate::crypto::{Entropy, SystemEntropy};
use crate::database::Databases;
use crate::debug::Debugger;
use crate::fetch::{self, HttpClient};
use crate::keyvalue::{KeyValue, SystemKeyValue};
use crate::locks::Locks;
use crate::messaging::Hub;
use crate::metrics::{self, Metrics};
use crate::performance::{Clock, SystemClock};
use crate::policy::{self, Policy};
use crate::storage::{Storage, SystemStorage};
use crate::timers::{Scheduler, TokioScheduler};
use crate::wasi::cli::{Process, Terminal};
use crate::websocket::{self, WebSocketClient};

/// What the application offers to plugins. A capability without a backend is not offered, and a
/// plugin that imports it does not load. Offering grants nothing: [`Grants`](crate::Grants) do.
///
/// The default offers nothing; [`Host::system`] offers everything.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Host {
    /// Takes what plugins print.
    pub console: Option<Arc<dyn Sink>>,
    /// The clock behind `performance`.
    pub clock: Option<Arc<dyn Clock>>,
    /// The randomness behind `crypto`.
    pub entropy: Option<Arc<dyn Entropy>>,
    /// What timers wait on.
    pub scheduler: Option<Arc<dyn Scheduler>>,
    /// Where storage areas are kept.
    pub storage: Option<Arc<dyn Storage>>,
    /// What sends HTTP requests.
    pub fetch: Option<Arc<dyn fetch::Client>>,
    /// What opens WebSockets.
    pub websocket: Option<Arc<dyn websocket::Connector>>,
    /// Where buckets are kept.
    pub keyvalue: Option<Arc<dyn KeyValue>>,
    /// The locks that instances share.
    pub locks: Option<Arc<Locks>>,
    /// What brings messages from one to the other.
    pub messaging: Option<Arc<Hub>>,
    /// The streams and variables behind `cli`.
    pub cli: Option<Arc<dyn Terminal>>,
    /// Whether folders can be granted.
    pub filesystem: bool,
    /// Whether the clocks of WASI can be granted.
    pub clocks: bool,
    /// Whether the randomness of WASI can be granted.
    pub random: bool,
    /// What stops plugins and looks into them. They need no grant for it.
    pub debugger: Option<Arc<dyn Debugger>>,
    /// Decides about each operation. An app takes the policy it finds when it is built; from then on
    /// [`App::policy`](crate::App::policy) changes it.
    pub policy: policy::Live,
    /// Where decisions are recorded.
    pub(crate) audit: Audit,
    /// What plugins do, in numbers.
    pub(crate) metrics: metrics::Registry,
}

impl Host {
    /// Offers nothing.
    #[must_use]
    pub fn none() -> Host {
        Host::default()
    }

    /// Offers what this machine has: standard error for the console, the system's clocks and
    /// randomness, tokio's timers, files for storage, the network, the process's standard streams.
    #[must_use]
    pub fn system() -> Host {
        // One file can have both the storage area and the buckets of a plugin.
        let databases = Arc::new(Databases::default());
        Host {
            console: Some(Arc::new(console::Stderr)),
            clock: Some(Arc::new(SystemClock::default())),
            entropy: Some(Arc::new(SystemEntropy)),
            scheduler: Some(Arc::new(TokioScheduler::default())),
            storage: Some(Arc::new(SystemStorage::new(databases.clone()))),
            keyvalue: Some(Arc::new(SystemKeyValue::new(databases))),
            locks: Some(Arc::default()),
            messaging: Some(Arc::default()),
            fetch: Some(Arc::new(HttpClient::default())),
            websocket: Some(Arc::new(WebSocketClient::default())),
            cli: Some(Arc::new(Process)),
            filesystem: true,
            clocks: true,
            random: true,
            debugger: None,
            policy: policy::Live::default(),
            audit: Audit::default(),
            metrics: metrics::Registry::default(),
        }
    }

    /// Sets the debugger of plugins in JavaScript.
    ///
    /// # Default
    ///
    /// None.
    #[must_use]
    pub fn with_debugger(mut self, debugger: Arc<dyn Debugger>) -> Host {
        self.debugger = Some(debugger);
        self
    }

    /// Sets what decides about each operation of a plugin.
    ///
    /// # Default
    ///
    /// [`AllowGranted`](policy::AllowGranted).
    #[must_use]
    pub fn with_policy(mut self, policy: Arc<dyn Policy>) -> Host {
        self.policy = policy::Live::new(policy);
        self
    }

    /// Sets where every decision is recorded.
    ///
    /// # Default
    ///
    /// Nowhere.
    #[must_use]
    pub fn with_audit(mut self, sink: Arc<dyn audit::Sink>) -> Host {
        self.audit = self.audit.with_sink(sink);
        self
    }

    /// Sets who gets told what plugins do, beside [`App::metrics`](crate::App::metrics).
    ///
    /// # Default
    ///
    /// Nobody.
    #[must_use]
    pub fn with_metrics(mut self, exporter: Arc<dyn Metrics>) -> Host {
        self.metrics = metrics::Registry::with_exporter(exporter);
        self
    }

    /// Names texts that must not get into audit records: a target that has one in it is recorded with
    /// `[redacted]` in its place. What follows `password=`, `token=`, `Bearer ` and the like is replaced
    /// without being named.
    #[must_use]
    pub fn with_secrets(mut self, secrets: impl IntoIterator<Item = impl Into<String>>) -> Host {
        self.audit = self.audit.with_secrets(secrets.into_iter().map(Into::into));
        self
    }

    /// The same host with a policy and a count of records of its own.
    pub(crate) fn detached(&self) -> Host {
        Host {
            policy: self.policy.detached(),
            audit: self.audit.detached(),
            metrics: self.metrics.detached(),
            ..self.clone()
        }
    }

    /// Sets what takes the plugins' output.
    #[must_use]
    pub fn with_console(mut self, sink: Arc<dyn Sink>) -> Host {
        self.console = Some(sink);
        self
    }

    /// Sets the clock behind `performance`.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Host {
        self.clock = Some(clock);
        self
    }

    /// Sets the randomness behind `crypto`.
    #[must_use]
    pub fn with_entropy(mut self, entropy: Arc<dyn Entropy>) -> Host {
        self.entropy = Some(entropy);
        self
    }

    /// Sets what timers wait on.
    #[must_use]
    pub fn with_scheduler(mut self, scheduler: Arc<dyn Scheduler>) -> Host {
        self.scheduler = Some(scheduler);
        self
    }

    /// Sets where storage areas are kept.
    #[must_use]
    pub fn with_storage(mut self, storage: Arc<dyn Storage>) -> Host {
        self.storage = Some(storage);
        self
    }

    /// Sets what sends HTTP requests.
    #[must_use]
    pub fn with_fetch(mut self, client: Arc<dyn fetch::Client>) -> Host {
        self.fetch = Some(client);
        self
    }

    /// Sets what opens WebSockets.
    #[must_use]
    pub fn with_websocket(mut self, connector: Arc<dyn websocket::Connector>) -> Host {
        self.websocket = Some(connector);
        self
    }

    /// Sets where buckets are kept.
    #[must_use]
    pub fn with_keyvalue(mut self, keyvalue: Arc<dyn KeyValue>) -> Host {
        self.keyvalue = Some(keyvalue);
        self
    }

    /// Sets the locks that instances share.
    #[must_use]
    pub fn with_locks(mut self, locks: Arc<Locks>) -> Host {
        self.locks = Some(locks);
        self
    }

    /// Sets what brings messages from one to the other. Keep it, to send and receive some.
    #[must_use]
    pub fn with_messaging(mut self, hub: Arc<Hub>) -> Host {
        self.messaging = Some(hub);
        self
    }

    /// Sets the streams and variables behind `cli`.
    #[must_use]
    pub fn with_cli(mut self, terminal: Arc<dyn Terminal>) -> Host {
        self.cli = Some(terminal);
        self
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Host {
            console,
            clock,
            entropy,
            scheduler,
            storage,
            fetch,
            websocket,
            keyvalue,
            locks,
            messaging,
            cli,
            filesystem,
            clocks,
            random,
            debugger,
            policy: _,
            audit,
            metrics: _,
        } = self;
        f.debug_struct("Host")
            .field("console", &console.is_some())
            .field("clock", &clock.is_some())
            .field("entropy", &entropy.is_some())
            .field("scheduler", &scheduler.is_some())
            .field("storage", &storage.is_some())
            .field("fetch", &fetch.is_some())
            .field("websocket", &websocket.is_some())
            .field("keyvalue", &keyvalue.is_some())
            .field("locks", &locks.is_some())
            .field("messaging", &messaging.is_some())
            .field("cli", &cli.is_some())
            .field("filesystem", filesystem)
            .field("clocks", clocks)
            .field("random", random)
            .field("debugger", &debugger.is_some())
            .field("audit", &audit.is_on())
            .finish()
    }
}
