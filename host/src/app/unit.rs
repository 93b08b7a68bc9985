//! What runs in stores of its own: a plugin, or plugins that were fused, with the instances of the moment.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::AsContextMut as _;
use wasmtime::component::{Accessor, TypedFunc, Val};

use super::carry::{self, Carried};
use super::cell::{Cell, Counted, Failure};
use super::lifecycle::{Health, HealthState, Instances, Lifecycle, Record};
use super::plan::{CallPlan, Resources};
use crate::error::{DownReason, Error, Result};
use crate::exports::{Export, Exports};
use crate::instance::{Params, Results, Template};
use crate::plugin::Plugin;
use crate::state::State;

/// A version of what runs: another one takes its place when a plugin is reloaded.
pub(crate) struct Version {
    pub(crate) number: u64,
    pub(crate) template: Arc<Template>,
    /// For each plugin in it.
    pub(crate) members: BTreeMap<String, Part>,
}

/// A plugin of a version.
pub(crate) struct Part {
    pub(crate) plugin: Plugin,
    pub(crate) exports: Exports,
    pub(crate) resources: Arc<Resources>,
}

/// A function of a plugin, whatever the version.
pub(crate) struct Target {
    plugin: String,
    interface: Option<String>,
    name: String,
    /// Where it is in some version.
    cached: Mutex<Option<(u64, Arc<Export>)>>,
}

impl Target {
    pub(crate) fn new(plugin: &str, version: &Version, export: &Arc<Export>) -> Target {
        Target {
            plugin: plugin.to_string(),
            interface: export.function.interface().map(str::to_string),
            name: export.function.name().to_string(),
            cached: Mutex::new(Some((version.number, export.clone()))),
        }
    }

    /// Where it is in this version.
    pub(crate) fn of(&self, version: &Version) -> Result<Arc<Export>> {
        let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        match &*cached {
            Some((number, export)) if *number == version.number => Ok(export.clone()),
            _ => {
                let exports = version.members.get(&self.plugin).map(|part| &part.exports);
                let export = exports.and_then(|e| e.exact(self.interface.as_deref(), &self.name));
                let export = export.ok_or_else(|| Error::UnknownFunction {
                    plugin: self.plugin.clone(),
                    function: match &self.interface {
                        Some(interface) => format!("{interface}.{}", self.name),
                        None => self.name.clone(),
                    },
                    exports: Vec::new(),
                })?;
                *cached = Some((version.number, export.clone()));
                Ok(export.clone())
            }
        }
    }
}

pub(crate) struct Unit {
    lifecycle: Lifecycle,
    record: Arc<Record>,
    /// As many permits as there may be instances, unless there is one for all calls.
    places: Option<Arc<Semaphore>>,
    instances: AtomicU64,
    now: Mutex<Now>,
}

struct Now {
    version: Arc<Version>,
    /// Instances that calls may be given to: the only one, or those of a pool nobody uses.
    ready: Vec<Arc<Cell>>,
    /// All that may still live.
    all: Vec<Weak<Cell>>,
    stopped: bool,
}

/// An instance for a call.
pub(crate) struct Lease {
    cell: Arc<Cell>,
    _counted: Counted,
    /// For an instance that goes back to where it came from.
    place: Option<Place>,
}

struct Place {
    unit: Weak<Unit>,
    reuse: bool,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(Place {
            unit, reuse: true, ..
        }) = &self.place
            && !self.cell.has_ended()
            && let Some(unit) = unit.upgrade()
        {
            let mut now = unit.now();
            if Arc::ptr_eq(self.cell.version(), &now.version) {
                now.ready.push(self.cell.clone());
            }
        }
    }
}

impl Unit {
    pub(crate) fn new(version: Version, lifecycle: Lifecycle) -> Unit {
        Unit {
            record: Arc::new(Record::new(lifecycle.restart)),
            places: lifecycle
                .instances
                .bounds()
                .map(|(size, _)| Arc::new(Semaphore::new(usize::try_from(size).unwrap_or(1)))),
            instances: AtomicU64::new(0),
            now: Mutex::new(Now {
                version: Arc::new(version),
                ready: Vec::new(),
                all: Vec::new(),
                stopped: false,
            }),
            lifecycle,
        }
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn version(&self) -> Arc<Version> {
        self.now().version.clone()
    }

    fn down(&self, now: &Now, reason: DownReason) -> Error {
        Error::Down {
            plugin: now.version.template.plugin().to_string(),
            reason,
        }
    }

    /// An instance for a call. It may have to be started yet.
    async fn lease(self: &Arc<Self>) -> Result<Lease> {
        let Some((size, wait)) = self.lifecycle.instances.bounds() else {
            let cell = self.ready_or_new(|cell| !cell.has_ended(), false)?;
            return Ok(Lease {
                _counted: cell.count(),
                cell,
                place: None,
            });
        };
        let exhausted = || Error::PoolExhausted {
            plugin: self.version().template.plugin().to_string(),
            size,
            waited: wait,
        };
        let permit = match &self.places {
            None => return Err(exhausted()),
            Some(places) => match places.clone().try_acquire_owned() {
                Ok(permit) => permit,
                Err(_) => tokio::time::timeout(wait, places.clone().acquire_owned())
                    .await
                    .map_err(|_elapsed| exhausted())?
                    .map_err(|_closed| exhausted())?,
            },
        };
        let reuse = matches!(self.lifecycle.instances, Instances::Pool { .. });
        let cell = self.ready_or_new(|cell| reuse && !cell.has_ended(), true)?;
        Ok(Lease {
            _counted: cell.count(),
            cell,
            place: Some(Place {
                unit: Arc::downgrade(self),
                reuse,
                _permit: permit,
            }),
        })
    }

    /// An instance that is ready and fits, or a new one.
    fn ready_or_new(&self, fits: impl Fn(&Cell) -> bool, take: bool) -> Result<Arc<Cell>> {
        let mut now = self.now();
        if now.stopped {
            return Err(self.down(&now, DownReason::Stopped));
        }
        now.ready.retain(|cell| fits(cell));
        if take {
            if let Some(cell) = now.ready.pop() {
                return Ok(cell);
            }
        } else if let Some(cell) = now.ready.last() {
            return Ok(cell.clone());
        }
        if let Some(reason) = self.record.refusal() {
            return Err(self.down(&now, reason));
        }
        self.record.started();
        let number = self.instances.fetch_add(1, Ordering::Relaxed);
        let cell = Cell::new(now.version.clone(), self.record.clone(), number);
        now.all.retain(|cell| cell.strong_count() > 0);
        now.all.push(Arc::downgrade(&cell));
        if !take {
            now.ready.push(cell.clone());
        }
        Ok(cell)
    }

    /// The instance that has the resources of a call, if they are of this plugin; else any.
    async fn lease_for(self: &Arc<Self>, args: &Carried<Vec<Val>>) -> Result<Lease> {
        for remote in args.resources() {
            if Arc::ptr_eq(remote.home.record(), &self.record) {
                let cell = remote.home.clone();
                if cell.has_ended() {
                    return Err(Error::StaleResource {
                        plugin: cell.plugin().to_string(),
                    });
                }
                return Ok(Lease {
                    _counted: cell.count(),
                    cell,
                    place: None,
                });
            }
        }
        self.lease().await
    }

    /// Calls a function with values that are known to fit and are merely copied.
    pub(crate) async fn call_copying(
        self: &Arc<Self>,
        target: &Target,
        args: &[Val],
        results: &mut [Val],
    ) -> Result<()> {
        {
            let lease = self.lease().await?;
            let export = target.of(lease.cell.version())?;
            if !export.is_async
                && let Some(direct) = lease.cell.direct().await
            {
                let mut direct = direct?;
                let outcome = direct.instance()?.call_into(&export, args, results).await;
                direct.note(&outcome);
                return outcome;
            }
        }
        let args = Carried::copied(args.to_vec());
        let values = self
            .call(target, &Arc::default(), args)
            .await?
            .into_values();
        for (slot, value) in results.iter_mut().zip(values) {
            *slot = value;
        }
        Ok(())
    }

    /// Calls a function, with values that are known to fit.
    pub(crate) async fn call(
        self: &Arc<Self>,
        target: &Target,
        plan: &Arc<CallPlan>,
        mut args: Carried<Vec<Val>>,
    ) -> Result<Carried<Vec<Val>>> {
        loop {
            let lease = self.lease_for(&args).await?;
            let export = target.of(lease.cell.version())?;
            if !export.is_async
                && let Some(direct) = lease.cell.direct().await
            {
                let mut direct = direct?;
                let outcome = direct.instance()?.call_carried(&export, args, plan).await;
                direct.note(&outcome);
                return outcome;
            }
            let hand = Hand::new(args);
            let name = export.full_name.clone();
            let called = {
                let (hand, plan) = (hand.clone(), plan.clone());
                lease.cell.submit(name, move |accessor, component| {
                    Box::pin(call_inside(accessor, component, hand, export, plan))
                })
            };
            match called.await {
                Ok(values) => return Ok(values),
                Err(Failure::Error(error)) => return Err(error),
                Err(Failure::NotStarted) => args = hand.take().ok_or_else(|| self.ended())?,
            }
        }
    }

    /// Calls a function with Rust values.
    pub(crate) async fn call_typed<P: Params, R: Results>(
        self: &Arc<Self>,
        function: &TypedTarget<P, R>,
        params: P,
    ) -> Result<R> {
        let mut params = params;
        loop {
            let lease = self.lease().await?;
            let export = function.target.of(lease.cell.version())?;
            if !export.is_async
                && let Some(direct) = lease.cell.direct().await
            {
                let mut direct = direct?;
                let number = direct.cell().number;
                let func = match function.cached(number) {
                    Some(func) => func,
                    None => {
                        let func = direct.instance()?.typed::<P, R>(&export)?;
                        function.cache(number, func);
                        func
                    }
                };
                let called = direct.instance()?;
                let outcome = called.call_function(&export.full_name, func, params).await;
                direct.note(&outcome);
                return outcome;
            }
            let hand = Hand::new(params);
            let name = export.full_name.clone();
            let called = {
                let hand = hand.clone();
                lease.cell.submit(name, move |accessor, component| {
                    Box::pin(call_typed_inside(accessor, component, hand, export))
                })
            };
            match called.await {
                Ok(values) => return Ok(values),
                Err(Failure::Error(error)) => return Err(error),
                Err(Failure::NotStarted) => params = hand.take().ok_or_else(|| self.ended())?,
            }
        }
    }

    fn ended(&self) -> Error {
        self.down(&self.now(), DownReason::Ended)
    }

    // ---- life ----------------------------------------------------------------------------------

    /// Lets other instances serve the calls from now on. Those there are finish their calls.
    fn retire(&self, now: &mut Now, grace: Duration) {
        now.ready.clear();
        for cell in now.all.iter().filter_map(Weak::upgrade) {
            if !cell.has_ended() {
                finish(cell, grace);
            }
        }
    }

    /// Ends the instances when their calls have ended, at the latest after `grace`.
    pub(crate) async fn restart(&self, grace: Duration) {
        let cells = {
            let mut now = self.now();
            now.ready.clear();
            now.all.iter().filter_map(Weak::upgrade).collect::<Vec<_>>()
        };
        self.record.forgive();
        for cell in cells {
            end(&cell, grace).await;
        }
    }

    /// Lets another version serve the calls.
    pub(crate) fn replace(&self, version: Version, grace: Duration) {
        let mut now = self.now();
        now.version = Arc::new(version);
        self.retire(&mut now, grace);
        self.record.forgive();
    }

    /// Refuses calls from now on.
    pub(crate) fn stop(&self) {
        self.now().stopped = true;
    }

    /// Waits until all calls have ended, at most until `deadline`, and ends the instances. Gives how many
    /// calls were cut off.
    pub(crate) async fn finish(&self, deadline: tokio::time::Instant) -> usize {
        let cells = {
            let mut now = self.now();
            now.ready.clear();
            now.all.iter().filter_map(Weak::upgrade).collect::<Vec<_>>()
        };
        let mut cut = 0;
        for cell in cells {
            if tokio::time::timeout_at(deadline, cell.until_idle())
                .await
                .is_err()
            {
                cut += cell.calls();
            }
            cell.end();
        }
        cut
    }

    pub(crate) fn health(&self, plugin: &str) -> Health {
        let now = self.now();
        let cells = now.all.iter().filter_map(Weak::upgrade);
        let cells: Vec<_> = cells.filter(|cell| !cell.has_ended()).collect();
        let sum = |of: fn(&Cell) -> usize| cells.iter().map(|cell| of(cell)).sum();
        let state = match self.record.refusal() {
            _ if now.stopped => HealthState::Stopped,
            Some(DownReason::Pause { retry_in }) => HealthState::Pausing { retry_in },
            Some(_) => HealthState::Down,
            None if cells.is_empty() => HealthState::Idle,
            None => HealthState::Running,
        };
        let mut health = Health {
            plugin: plugin.to_string(),
            state,
            instances: cells.len(),
            calls: sum(Cell::calls),
            faults: 0,
            restarts: 0,
            last_fault: None,
            proxies: sum(|c| c.tally.proxies.load(Ordering::Relaxed)),
            resources: sum(|c| c.tally.owned.load(Ordering::Relaxed)),
            streams: sum(|c| c.tally.pipes.load(Ordering::Relaxed)),
        };
        self.record.describe(&mut health);
        health
    }
}

/// Ends an instance when its calls have, at the latest after `grace`.
async fn end(cell: &Arc<Cell>, grace: Duration) {
    let _ = tokio::time::timeout(grace, cell.until_idle()).await;
    cell.end();
}

/// Ends an instance when nobody has anything of it any more, at the latest after `grace`.
fn finish(cell: Arc<Cell>, grace: Duration) {
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(async move {
            let _ = tokio::time::timeout(grace, cell.until_unused()).await;
            cell.end();
        });
    } else {
        cell.end();
    }
}

/// Values that are given to whoever needs them first.
struct Hand<T>(Arc<Mutex<Option<T>>>);

impl<T> Clone for Hand<T> {
    fn clone(&self) -> Hand<T> {
        Hand(self.0.clone())
    }
}

impl<T> Hand<T> {
    fn new(value: T) -> Hand<T> {
        Hand(Arc::new(Mutex::new(Some(value))))
    }

    fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

fn unknown(accessor: &Accessor<State>, export: &Export) -> Error {
    Error::UnknownFunction {
        plugin: accessor.with(|mut access| access.data_mut().meter.plugin().to_string()),
        function: export.full_name.to_string(),
        exports: Vec::new(),
    }
}

async fn call_inside(
    accessor: &Accessor<State>,
    component: wasmtime::component::Instance,
    args: Hand<Carried<Vec<Val>>>,
    export: Arc<Export>,
    plan: Arc<CallPlan>,
) -> wasmtime::Result<Result<Carried<Vec<Val>>>> {
    let func = accessor.with(|mut access| component.get_func(&mut access, export.index));
    let (Some(func), Some(args)) = (func, args.take()) else {
        return Ok(Err(unknown(accessor, &export)));
    };
    let attached =
        accessor.with(|mut access| carry::attach(args, &plan.params, access.as_context_mut()));
    let (args, loans) = match attached {
        Ok(attached) => attached,
        Err(e) => return Ok(Err(e)),
    };
    let mut results = vec![Val::Bool(false); export.results];
    func.call_concurrent(accessor, &args, &mut results).await?;
    Ok(accessor.with(|mut access| {
        loans.end(access.as_context_mut());
        carry::detach(results, &plan.results, access.as_context_mut())
    }))
}

async fn call_typed_inside<P: Params, R: Results>(
    accessor: &Accessor<State>,
    component: wasmtime::component::Instance,
    params: Hand<P>,
    export: Arc<Export>,
) -> wasmtime::Result<Result<R>> {
    let func = accessor.with(|mut access| component.get_func(&mut access, export.index));
    let (Some(func), Some(params)) = (func, params.take()) else {
        return Ok(Err(unknown(accessor, &export)));
    };
    let func = accessor.with(|mut access| func.typed::<P, R>(&mut access))?;
    Ok(Ok(func.call_concurrent(accessor, params).await?))
}

/// A function of a plugin, whatever the version, with its Rust types.
pub(crate) struct TypedTarget<P: Params, R: Results> {
    target: Target,
    /// The function in some instance.
    func: Mutex<Option<(u64, TypedFunc<P, R>)>>,
}

impl<P: Params, R: Results> TypedTarget<P, R> {
    pub(crate) fn new(target: Target) -> TypedTarget<P, R> {
        TypedTarget {
            target,
            func: Mutex::new(None),
        }
    }

    fn cached(&self, number: u64) -> Option<TypedFunc<P, R>> {
        let func = *self.func.lock().unwrap_or_else(PoisonError::into_inner);
        func.and_then(|(of, func)| (of == number).then_some(func))
    }

    fn cache(&self, number: u64, func: TypedFunc<P, R>) {
        *self.func.lock().unwrap_or_else(PoisonError::into_inner) = Some((number, func));
    }
}
