//! The clock behind the limit on computing time: one thread per engine that advances wasmtime's
//! epoch while a plugin runs, and sleeps while none does.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

pub(crate) struct Ticker {
    shared: Arc<Shared>,
    tick: Duration,
}

struct Shared {
    /// The number of ticks so far; follows wasmtime's epoch.
    ticks: AtomicU64,
    /// The number of calls that are under way.
    active: AtomicUsize,
    /// Whether the thread waits on `wake`.
    asleep: AtomicBool,
    stop: AtomicBool,
    lock: Mutex<()>,
    wake: Condvar,
}

impl Ticker {
    pub(crate) fn start(engine: &wasmtime::Engine, tick: Duration) -> io::Result<Ticker> {
        let shared = Arc::new(Shared {
            ticks: AtomicU64::new(0),
            active: AtomicUsize::new(0),
            asleep: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            lock: Mutex::new(()),
            wake: Condvar::new(),
        });
        let thread = shared.clone();
        // Weak, so that this thread does not keep the engine alive.
        let engine = engine.weak();
        std::thread::Builder::new()
            .name("outwit-ticker".to_string())
            .spawn(move || {
                while !thread.stop.load(SeqCst) {
                    std::thread::sleep(tick);
                    let Some(engine) = engine.upgrade() else {
                        return;
                    };
                    engine.increment_epoch();
                    drop(engine);
                    thread.ticks.fetch_add(1, SeqCst);
                    if thread.active.load(SeqCst) == 0 {
                        thread.sleep_until_needed();
                    }
                }
            })?;
        Ok(Ticker { shared, tick })
    }

    /// The number of ticks so far.
    pub(crate) fn now(&self) -> u64 {
        self.shared.ticks.load(SeqCst)
    }

    /// The length of a tick.
    pub(crate) fn tick(&self) -> Duration {
        self.tick
    }

    /// Keeps the clock going until the guard is dropped.
    pub(crate) fn run(&self) -> Running {
        self.shared.active.fetch_add(1, SeqCst);
        if self.shared.asleep.load(SeqCst) {
            self.shared.wake_up();
        }
        Running(self.shared.clone())
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.stop.store(true, SeqCst);
        self.shared.wake_up();
    }
}

/// Keeps the clock going while it exists.
pub(crate) struct Running(Arc<Shared>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.active.fetch_sub(1, SeqCst);
    }
}

impl Shared {
    fn sleep_until_needed(&self) {
        let mut guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.asleep.store(true, SeqCst);
        while self.active.load(SeqCst) == 0 && !self.stop.load(SeqCst) {
            guard = self
                .wake
                .wait(guard)
                .unwrap_or_else(PoisonError::into_inner);
        }
        self.asleep.store(false, SeqCst);
    }

    fn wake_up(&self) {
        // With the lock held the thread is either not yet at its check or already waiting.
        let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.wake.notify_all();
    }
}
