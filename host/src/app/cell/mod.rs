//! An instance that several callers share: who uses its store when, and what runs in it when nobody waits.
//!
//! A call of a function that cannot wait takes the store for itself, if it is free: that is the fast way,
//! and nothing but the store of the caller and this one take part. All other calls are given to a
//! *driver*, a task that runs the event loop of the store, with all of them at once. The driver also
//! runs while another plugin reads a stream that this one writes, or the other way round, and it drops
//! resources that other plugins no longer have.

mod direct;
mod driver;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep_until};
use tracing::{Instrument as _, Span};
use wasmtime::component::Accessor;

use super::lifecycle::Record;
use super::pipe::Tally;
use super::slab::Key;
use super::unit::Version;
use crate::error::{DownReason, Error, LimitKind, Result};
use crate::instance::Instance;
use crate::limits::millis;
use crate::metrics::Outcome;
use crate::policy::Gate;
use crate::state::State;

pub(crate) use direct::Direct;
use driver::drive;

/// An instance that several callers share.
pub(crate) struct Cell {
    version: Arc<Version>,
    record: Arc<Record>,
    /// Tells it apart from all other instances of the plugin.
    pub(crate) number: u64,
    slot: Arc<tokio::sync::Mutex<Slot>>,
    inner: Mutex<Inner>,
    wake: Arc<Notify>,
    /// When a deadline comes or goes, or the instance is to end.
    deadlines: Notify,
    pub(crate) tally: Arc<Tally>,
    ended: AtomicBool,
    /// Knows how long somebody was asked whether the plugin may do something: that time is not the plugin's.
    gate: OnceLock<Gate>,
    /// Calls that wait or run.
    calls: AtomicUsize,
    idle: Notify,
}

#[derive(Default)]
struct Slot {
    instance: Option<Instance>,
    started: bool,
}

#[derive(Default)]
struct Inner {
    queue: VecDeque<(u64, Job)>,
    flying: HashMap<u64, Flying>,
    drops: Vec<Key>,
    driving: bool,
    next: u64,
    end: Option<End>,
}

/// Why an instance ends other than by a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Its only call was given up.
    GivenUp,
    /// The application said so, or its time to finish is over.
    Told,
}

/// A call that was not made, or not to its end.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The instance had ended before.
    NotStarted,
    Error(Error),
}

type Run = Box<
    dyn for<'a> FnOnce(
            &'a Accessor<State>,
            wasmtime::component::Instance,
        ) -> Pin<Box<dyn Future<Output = wasmtime::Result<()>> + Send + 'a>>
        + Send,
>;

/// A call for the driver.
struct Job {
    function: Arc<str>,
    run: Run,
    fail: Box<dyn FnOnce(Failure) + Send>,
}

/// A call the driver runs.
struct Flying {
    function: Arc<str>,
    deadline: Instant,
    /// How long questions had taken when it began.
    asked: Duration,
    fail: Box<dyn FnOnce(Failure) + Send>,
}

impl Flying {
    /// When it has taken too long, if questions have taken so long by now.
    fn due(&self, asked: Duration) -> Instant {
        self.deadline + asked.saturating_sub(self.asked)
    }
}

impl Cell {
    pub(crate) fn new(version: Arc<Version>, record: Arc<Record>, number: u64) -> Arc<Cell> {
        let wake = Arc::new(Notify::new());
        Arc::new(Cell {
            version,
            record,
            number,
            slot: Arc::default(),
            inner: Mutex::default(),
            tally: Arc::new(Tally::new(wake.clone())),
            wake,
            deadlines: Notify::new(),
            ended: AtomicBool::new(false),
            gate: OnceLock::new(),
            calls: AtomicUsize::new(0),
            idle: Notify::new(),
        })
    }

    pub(crate) fn plugin(&self) -> &str {
        self.version.template.plugin()
    }

    pub(crate) fn version(&self) -> &Arc<Version> {
        &self.version
    }

    /// What happened to the plugin, which tells whose instance this is.
    pub(crate) fn record(&self) -> &Arc<Record> {
        &self.record
    }

    /// Whether it cannot be called any more.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// How many calls run in it or wait for it.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// Whether another plugin has something of it.
    fn is_used(&self) -> bool {
        self.tally.pipes.load(Ordering::Relaxed) > 0 || self.tally.owned.load(Ordering::Relaxed) > 0
    }

    /// Waits until no call runs in it.
    pub(crate) async fn until_idle(&self) {
        loop {
            let idle = self.idle.notified();
            if self.calls() == 0 {
                return;
            }
            idle.await;
        }
    }

    /// Waits until no call runs in it and no other plugin has anything of it.
    pub(crate) async fn until_unused(&self) {
        loop {
            self.until_idle().await;
            if !self.is_used() {
                return;
            }
            // Nobody is told when the last resource goes; a version that is no longer current can wait.
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// Counts a call as long as what it gives lives.
    pub(crate) fn count(self: &Arc<Self>) -> Counted {
        self.calls.fetch_add(1, Ordering::Relaxed);
        Counted(self.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // ---- the fast way --------------------------------------------------------------------------

    /// The instance for one call, if nobody uses it. Starts it if need be.
    pub(crate) async fn direct(self: &Arc<Self>) -> Option<Result<Direct>> {
        let slot = self.slot.clone().try_lock_owned().ok()?;
        {
            let inner = self.lock();
            if !inner.queue.is_empty() || !inner.flying.is_empty() || inner.end.is_some() {
                return None;
            }
        }
        let mut direct = Direct {
            cell: self.clone(),
            slot,
        };
        match direct.prepare().await {
            Ok(()) => Some(Ok(direct)),
            Err(Failure::NotStarted) => None,
            Err(Failure::Error(e)) => Some(Err(e)),
        }
    }

    async fn start(self: &Arc<Self>, slot: &mut Slot) -> std::result::Result<(), Failure> {
        if slot.started {
            return match slot.instance {
                Some(_) => Ok(()),
                None => Err(Failure::NotStarted),
            };
        }
        slot.started = true;
        let ended = EndOnDrop(self);
        match self.version.template.start(&[], Some(self)).await {
            Ok(instance) => {
                std::mem::forget(ended);
                let _ = self.gate.set(instance.store.data().gate.clone());
                slot.instance = Some(instance);
                Ok(())
            }
            Err(error) => {
                self.record.fault(&error);
                Err(Failure::Error(error))
            }
        }
    }

    // ---- the other way -------------------------------------------------------------------------

    /// Has a call made by the driver.
    ///
    /// If the future is dropped before the call has come back, the call is given up: the instance ends, unless
    /// others use it.
    pub(crate) async fn submit<R, F>(
        self: &Arc<Self>,
        function: Arc<str>,
        run: F,
    ) -> std::result::Result<R, Failure>
    where
        R: Send + 'static,
        F: for<'a> FnOnce(
                &'a Accessor<State>,
                wasmtime::component::Instance,
            )
                -> Pin<Box<dyn Future<Output = wasmtime::Result<Result<R>>> + Send + 'a>>
            + Send
            + 'static,
    {
        let (sender, answer) = oneshot::channel::<std::result::Result<R, Failure>>();
        let sender = Arc::new(Mutex::new(Some(sender)));
        let send = move |answer: std::result::Result<R, Failure>| {
            let sender = sender.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(sender) = sender {
                let _ = sender.send(answer);
            }
        };
        let fail = Box::new({
            let send = send.clone();
            move |failure| send(Err(failure))
        });
        let span = self.version.template.call_span(&function);
        let inside = span.clone();
        let run: Run = Box::new(move |accessor, instance| {
            let called = async move {
                let answer = run(accessor, instance).await?;
                send(answer.map_err(Failure::Error));
                Ok(())
            };
            Box::pin(called.instrument(inside))
        });
        let name = function.clone();
        let number = {
            let mut inner = self.lock();
            if self.has_ended() {
                return Err(Failure::NotStarted);
            }
            let used = inner.queue.len().saturating_add(inner.flying.len());
            let used = u64::try_from(used).unwrap_or(u64::MAX);
            let allowed = self.version.template.handles();
            if used >= allowed {
                return Err(Failure::Error(Error::Limit {
                    plugin: self.plugin().to_string(),
                    limit: LimitKind::Handles,
                    used: used.saturating_add(1),
                    allowed,
                }));
            }
            let number = inner.next;
            inner.next = inner.next.wrapping_add(1);
            let job = Job {
                function,
                run,
                fail,
            };
            inner.queue.push_back((number, job));
            self.run_driver(&mut inner);
            number
        };
        self.wake.notify_one();
        let mut waiting = GiveUpOnDrop {
            cell: self,
            number,
            function: name,
            span,
            started: Instant::now(),
            answered: false,
        };
        let answer = answer.await;
        waiting.answered = true;
        // The driver ends without an answer only if the runtime it is in does.
        let answer = answer.unwrap_or_else(|_| Err(Failure::Error(self.down(DownReason::Ended))));
        match &answer {
            Ok(_) => waiting.count(Outcome::Returned),
            Err(Failure::Error(error)) => waiting.count(Outcome::of(error)),
            Err(Failure::NotStarted) => {}
        }
        answer
    }

    fn down(&self, reason: DownReason) -> Error {
        Error::Down {
            plugin: self.plugin().to_string(),
            reason,
        }
    }

    fn give_up(&self, number: u64) {
        let mut inner = self.lock();
        let at = inner.queue.iter().position(|(n, _)| *n == number);
        if let Some(job) = at.and_then(|at| inner.queue.remove(at)) {
            // What it was to be called with may drop something of this very instance.
            drop(inner);
            drop(job);
            return;
        }
        if inner.flying.contains_key(&number) && inner.flying.len() == 1 && !self.is_used() {
            inner.end.get_or_insert(End::GivenUp);
            drop(inner);
            self.wake.notify_one();
            self.deadlines.notify_one();
        }
    }

    /// Ends the instance, with whatever runs in it.
    pub(crate) fn end(self: &Arc<Self>) {
        let mut inner = self.lock();
        inner.end = Some(End::Told);
        self.run_driver(&mut inner);
        drop(inner);
        self.wake.notify_one();
        self.deadlines.notify_one();
    }

    /// Drops a resource of the instance that nobody has any more.
    pub(crate) fn drop_later(self: &Arc<Self>, key: Key) {
        if self.has_ended() {
            return;
        }
        let mut inner = self.lock();
        inner.drops.push(key);
        self.run_driver(&mut inner);
        drop(inner);
        self.wake.notify_one();
    }

    /// Sees to it that the driver runs, if there is a runtime for it. If there is none, what it would do
    /// is done before the next call.
    fn run_driver(self: &Arc<Self>, inner: &mut Inner) {
        if !inner.driving
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            inner.driving = true;
            runtime.spawn(drive(self.clone()));
        }
    }

    /// What the driver has to do next, inside of the event loop.
    fn next(&self) -> Next {
        let mut inner = self.lock();
        let inner = &mut *inner;
        if inner.end.is_some() || !inner.drops.is_empty() {
            return Next::Leave;
        }
        let idle = inner.flying.is_empty();
        let mut runs = Vec::new();
        let deadline = Instant::now() + self.version.template.wall();
        let asked = self.asked();
        for (number, job) in inner.queue.drain(..) {
            let Job {
                function,
                run,
                fail,
            } = job;
            let flying = Flying {
                function,
                deadline,
                asked,
                fail,
            };
            inner.flying.insert(number, flying);
            runs.push((number, run));
        }
        if !runs.is_empty() {
            self.deadlines.notify_one();
            return Next::Run { runs, idle };
        }
        if idle && self.tally.pipes.load(Ordering::Relaxed) == 0 {
            return Next::Leave;
        }
        Next::Wait
    }

    fn landed(&self, number: u64) {
        let flying = self.lock().flying.remove(&number);
        drop(flying);
        self.record.success();
        self.wake.notify_one();
    }

    /// How long questions took and take so far.
    fn asked(&self) -> Duration {
        self.gate.get().map_or(Duration::ZERO, Gate::asked)
    }

    /// Waits until a call has taken too long, or the instance is to end: code that computes does not let the event loop see that.
    async fn expired(&self) {
        loop {
            let changed = self.deadlines.notified();
            let asked = self.asked();
            let next = {
                let inner = self.lock();
                if inner.end.is_some() {
                    return;
                }
                inner.flying.values().map(|f| f.due(asked)).min()
            };
            match next {
                None => changed.await,
                Some(next) if next <= Instant::now() => return,
                Some(next) => tokio::select! {
                    () = changed => {}
                    // While a question is open the time that is left does not get less.
                    () = sleep_until(next.max(Instant::now() + Duration::from_millis(1))) => {}
                },
            }
        }
    }

    /// Ends the instance. `error` says why; each call that ran is told, the others start again elsewhere.
    fn die(&self, slot: &mut Slot, why: Death) {
        self.ended.store(true, Ordering::Release);
        slot.instance = None;
        let (flying, queue) = {
            let mut inner = self.lock();
            inner.drops.clear();
            (
                std::mem::take(&mut inner.flying),
                std::mem::take(&mut inner.queue),
            )
        };
        let (now, asked) = (Instant::now(), self.asked());
        let fault = |error: &Error| {
            self.record.fault(error);
            self.version.template.failed(error, &Span::current());
        };
        if let Death::Fault(error) = &why {
            fault(error);
        }
        let mut counted = false;
        for flying in flying.into_values() {
            let error = match &why {
                Death::Fault(error) => error
                    .again(&flying.function)
                    .unwrap_or_else(|| self.down(DownReason::Ended)),
                Death::TooSlow if flying.due(asked) <= now => {
                    let allowed = millis(self.version.template.wall());
                    let error = Error::Limit {
                        plugin: self.plugin().to_string(),
                        limit: LimitKind::Wall,
                        used: allowed,
                        allowed,
                    };
                    if !std::mem::replace(&mut counted, true) {
                        fault(&error);
                    }
                    error
                }
                Death::TooSlow | Death::End => self.down(DownReason::Ended),
            };
            (flying.fail)(Failure::Error(error));
        }
        for (_, job) in queue {
            (job.fail)(Failure::NotStarted);
        }
        tracing::debug!(plugin = self.plugin(), ?why, "an instance is gone");
    }
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cell")
            .field("plugin", &self.plugin())
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
enum Death {
    Fault(Error),
    TooSlow,
    End,
}

enum Next {
    Run { runs: Vec<(u64, Run)>, idle: bool },
    Wait,
    Leave,
}

/// A call that is counted.
pub(crate) struct Counted(Arc<Cell>);

impl Drop for Counted {
    fn drop(&mut self) {
        if self.0.calls.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.0.idle.notify_waiters();
        }
    }
}

struct GiveUpOnDrop<'a> {
    cell: &'a Cell,
    number: u64,
    function: Arc<str>,
    span: Span,
    started: Instant,
    answered: bool,
}

impl GiveUpOnDrop<'_> {
    fn count(&self, outcome: Outcome) {
        let duration = self.started.elapsed();
        let counters = self.cell.version.template.counters();
        counters.call(&self.function, duration, outcome);
        if !self.span.is_disabled() {
            let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
            self.span.record("duration_us", micros);
            self.span.record("outcome", outcome.name());
        }
    }
}

impl Drop for GiveUpOnDrop<'_> {
    fn drop(&mut self) {
        if !self.answered {
            self.count(Outcome::Dropped);
            self.cell.give_up(self.number);
        }
    }
}

struct EndOnDrop<'a>(&'a Cell);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.ended.store(true, Ordering::Release);
    }
}
