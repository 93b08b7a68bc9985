//! What the plugins of an app did, in numbers. See [`App::metrics`](crate::App::metrics).

#[cfg(feature = "opentelemetry")]
mod opentelemetry;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::error::{Error, LimitKind};
use crate::policy::Operation;

#[cfg(feature = "opentelemetry")]
pub use opentelemetry::OpenTelemetry;

/// Gets told what plugins do, as they do it. Set it with
/// [`Host::with_metrics`](crate::Host::with_metrics) to pass it on to where numbers are collected;
/// with the feature `opentelemetry` there is `OpenTelemetry`, which does.
///
/// Each method does nothing unless it is implemented. None may block.
pub trait Metrics: Send + Sync + 'static {
    /// An instance of a plugin started.
    fn started(&self, plugin: &str) {
        let _ = plugin;
    }

    /// An instance of a plugin ended.
    fn ended(&self, plugin: &str) {
        let _ = plugin;
    }

    /// The memory of an instance of a plugin grew or, when it ended, shrank by so many bytes.
    fn memory(&self, plugin: &str, change: i64) {
        let _ = (plugin, change);
    }

    /// A call of a function of a plugin came to its end.
    fn call(&self, plugin: &str, function: &str, duration: Duration, outcome: Outcome) {
        let _ = (plugin, function, duration, outcome);
    }

    /// A plugin went over a limit.
    fn limit(&self, plugin: &str, limit: LimitKind) {
        let _ = (plugin, limit);
    }

    /// An operation of the host was decided about.
    fn operation(&self, plugin: &str, operation: &Operation, allowed: bool) {
        let _ = (plugin, operation, allowed);
    }
}

/// How a call came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Outcome {
    /// It returned.
    Returned,
    /// The plugin went over a limit.
    Limit,
    /// The plugin was denied an operation that cannot be refused otherwise.
    Denied,
    /// JavaScript code threw.
    Exception,
    /// The plugin trapped.
    Trap,
    /// The plugin ended itself.
    Exit,
    /// A plugin that it called failed.
    Provider,
    /// The caller did not wait for the end.
    Dropped,
    /// Anything else.
    Other,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Outcome; 9] = [
        Outcome::Returned,
        Outcome::Limit,
        Outcome::Denied,
        Outcome::Exception,
        Outcome::Trap,
        Outcome::Exit,
        Outcome::Provider,
        Outcome::Dropped,
        Outcome::Other,
    ];

    /// Its name: `returned`, `limit`, ...
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Returned => "returned",
            Outcome::Limit => "limit",
            Outcome::Denied => "denied",
            Outcome::Exception => "exception",
            Outcome::Trap => "trap",
            Outcome::Exit => "exit",
            Outcome::Provider => "provider",
            Outcome::Dropped => "dropped",
            Outcome::Other => "other",
        }
    }

    pub(crate) fn of(error: &Error) -> Outcome {
        match error {
            Error::Limit { .. } => Outcome::Limit,
            Error::Denied { .. } => Outcome::Denied,
            Error::Exception { .. } => Outcome::Exception,
            Error::Trap { .. } => Outcome::Trap,
            Error::Exit { .. } => Outcome::Exit,
            Error::Provider { .. } => Outcome::Provider,
            _ => Outcome::Other,
        }
    }
}

/// What the plugins of an app did so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// By plugin. Plugins that were fused are one, `a+b`.
    pub plugins: BTreeMap<String, PluginMetrics>,
}

/// What one plugin did so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PluginMetrics {
    /// Instances that were started.
    pub started: u64,
    /// Instances that are there now.
    pub live: u64,
    /// Memory of the instances that are there now, in bytes.
    pub memory: u64,
    /// Calls that came to their end, by how.
    pub calls: BTreeMap<Outcome, u64>,
    /// How long all these calls took together.
    pub time: Duration,
    /// Limits that were hit.
    pub limits: BTreeMap<&'static str, u64>,
    /// Operations of the host that were allowed.
    pub allowed: u64,
    /// Operations of the host that were denied.
    pub denied: u64,
}

impl PluginMetrics {
    /// Calls that ended in one way.
    #[must_use]
    pub fn calls(&self, outcome: Outcome) -> u64 {
        self.calls.get(&outcome).copied().unwrap_or(0)
    }
}

/// The numbers of all plugins of an app, which outlive their instances. Cheap to clone; the clones are
/// one.
#[derive(Clone, Default)]
pub(crate) struct Registry {
    exporter: Option<Arc<dyn Metrics>>,
    plugins: Arc<Mutex<BTreeMap<String, Counters>>>,
}

impl Registry {
    pub(crate) fn with_exporter(exporter: Arc<dyn Metrics>) -> Registry {
        Registry {
            exporter: Some(exporter),
            plugins: Arc::default(),
        }
    }

    /// The same exporter, with numbers of its own.
    pub(crate) fn detached(&self) -> Registry {
        Registry {
            exporter: self.exporter.clone(),
            plugins: Arc::default(),
        }
    }

    /// The numbers of a plugin.
    pub(crate) fn of(&self, plugin: &Arc<str>) -> Counters {
        let mut plugins = self.plugins.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Counters::new(plugin.clone(), self.exporter.clone());
        plugins
            .entry(plugin.to_string())
            .or_insert_with(new)
            .clone()
    }

    pub(crate) fn read(&self) -> Snapshot {
        let plugins = self.plugins.lock().unwrap_or_else(PoisonError::into_inner);
        Snapshot {
            plugins: plugins
                .iter()
                .map(|(name, counters)| (name.clone(), counters.read()))
                .collect(),
        }
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}

/// The numbers of one plugin, and whoever gets told.
#[derive(Clone)]
pub(crate) struct Counters {
    inner: Arc<Inner>,
}

struct Inner {
    plugin: Arc<str>,
    exporter: Option<Arc<dyn Metrics>>,
    started: AtomicU64,
    live: AtomicU64,
    memory: AtomicU64,
    calls: [AtomicU64; Outcome::ALL.len()],
    micros: AtomicU64,
    limits: Mutex<BTreeMap<&'static str, u64>>,
    allowed: AtomicU64,
    denied: AtomicU64,
}

impl Counters {
    fn new(plugin: Arc<str>, exporter: Option<Arc<dyn Metrics>>) -> Counters {
        Counters {
            inner: Arc::new(Inner {
                plugin,
                exporter,
                started: AtomicU64::new(0),
                live: AtomicU64::new(0),
                memory: AtomicU64::new(0),
                calls: Default::default(),
                micros: AtomicU64::new(0),
                limits: Mutex::default(),
                allowed: AtomicU64::new(0),
                denied: AtomicU64::new(0),
            }),
        }
    }

    pub(crate) fn started(&self) {
        self.inner.started.fetch_add(1, Relaxed);
        self.inner.live.fetch_add(1, Relaxed);
        self.export(|to| to.started(&self.inner.plugin));
    }

    pub(crate) fn ended(&self) {
        self.inner.live.fetch_sub(1, Relaxed);
        self.export(|to| to.ended(&self.inner.plugin));
    }

    pub(crate) fn memory_grew(&self, bytes: u64) {
        self.inner.memory.fetch_add(bytes, Relaxed);
        self.export(|to| to.memory(&self.inner.plugin, signed(bytes)));
    }

    pub(crate) fn memory_shrank(&self, bytes: u64) {
        self.inner.memory.fetch_sub(bytes, Relaxed);
        self.export(|to| to.memory(&self.inner.plugin, -signed(bytes)));
    }

    pub(crate) fn call(&self, function: &str, duration: Duration, outcome: Outcome) {
        if let Some(count) = self.inner.calls.get(outcome as usize) {
            count.fetch_add(1, Relaxed);
        }
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.inner.micros.fetch_add(micros, Relaxed);
        self.export(|to| to.call(&self.inner.plugin, function, duration, outcome));
    }

    pub(crate) fn limit(&self, limit: LimitKind) {
        let mut limits = self
            .inner
            .limits
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *limits.entry(limit.name()).or_default() += 1;
        drop(limits);
        self.export(|to| to.limit(&self.inner.plugin, limit));
    }

    pub(crate) fn operation(&self, operation: &Operation, allowed: bool) {
        let count = if allowed {
            &self.inner.allowed
        } else {
            &self.inner.denied
        };
        count.fetch_add(1, Relaxed);
        self.export(|to| to.operation(&self.inner.plugin, operation, allowed));
    }

    fn read(&self) -> PluginMetrics {
        let Inner {
            plugin: _,
            exporter: _,
            started,
            live,
            memory,
            calls,
            micros,
            limits,
            allowed,
            denied,
        } = &*self.inner;
        PluginMetrics {
            started: started.load(Relaxed),
            live: live.load(Relaxed),
            memory: memory.load(Relaxed),
            calls: Outcome::ALL
                .into_iter()
                .zip(calls)
                .map(|(outcome, count)| (outcome, count.load(Relaxed)))
                .filter(|(_, count)| *count > 0)
                .collect(),
            time: Duration::from_micros(micros.load(Relaxed)),
            limits: limits
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
            allowed: allowed.load(Relaxed),
            denied: denied.load(Relaxed),
        }
    }

    fn export(&self, tell: impl FnOnce(&dyn Metrics)) {
        if let Some(exporter) = &self.inner.exporter {
            tell(exporter.as_ref());
        }
    }
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
