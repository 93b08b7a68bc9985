//! Knows when nothing happens any more, so that time may move.
//!
//! A plugin, its tests, the fakes and all that the host does for them are tasks of one runtime, and that has one thread. The runtime says when
//! the thread is about to go to sleep: then every task has been polled, waits, and nobody has woken it. What can wake one from outside of the
//! thread is
//!
//! * work that the host gives to threads (slow cryptography, files): there is one such thread, which does it in order, so when something that was
//!   given to it last is done, all is done;
//! * the real network, where a test may use it: requests are counted;
//! * the clock of the machine: nothing is waited for by it but limits, and timers while time does not stand still, which are not waited for here.
//!
//! A task that work has woken might give more work to threads. That takes an operation of the host, and those are recorded; so it was quiet if the
//! thread went to sleep, work was done, the thread went to sleep again, and in between no plugin asked for anything. No time is measured.

use anyhow::{Context, Result};
use outwit::audit::{Record, Sink, Unrecorded};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;

/// Knows when nothing happens any more in its runtime.
#[derive(Default)]
pub struct Quiet {
    /// The thread is about to go to sleep.
    sleeps: Notify,
    /// How many operations plugins have asked for.
    operations: AtomicU64,
    /// How many requests are in the real network.
    abroad: AtomicUsize,
    /// One of those has come back.
    back: Notify,
}

impl Quiet {
    /// The runtime that everything has to be in.
    pub fn runtime(self: &Arc<Self>) -> Result<Runtime> {
        let quiet = self.clone();
        Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(1)
            .on_thread_park(move || quiet.sleeps.notify_waiters())
            .build()
            .context("cannot start the asynchronous runtime")
    }

    /// Returns when nothing happens any more until time moves.
    pub async fn comes(&self) {
        loop {
            while self.abroad.load(Ordering::Relaxed) > 0 {
                self.back.notified().await;
            }
            let before = self.operations.load(Ordering::Relaxed);
            self.sleeps.notified().await;
            // It fails only if the runtime ends, and this with it.
            let _ = tokio::task::spawn_blocking(|| {}).await;
            self.sleeps.notified().await;
            let is_quiet = self.operations.load(Ordering::Relaxed) == before;
            if is_quiet && self.abroad.load(Ordering::Relaxed) == 0 {
                return;
            }
        }
    }

    /// Counts a request in the real network, as long as what it gives lives.
    pub fn abroad(self: &Arc<Self>) -> Abroad {
        self.abroad.fetch_add(1, Ordering::Relaxed);
        Abroad(self.clone())
    }
}

/// A request in the real network.
pub struct Abroad(Arc<Quiet>);

impl Drop for Abroad {
    fn drop(&mut self) {
        self.0.abroad.fetch_sub(1, Ordering::Relaxed);
        self.0.back.notify_one();
    }
}

/// Operations are counted and not kept.
impl Sink for Quiet {
    fn record(&self, _: &Record<'_>) -> Result<(), Unrecorded> {
        self.operations.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn it_is_quiet_when_no_task_can_go_on() {
        let quiet = Arc::new(Quiet::default());
        let runtime = quiet.runtime().unwrap();
        runtime.block_on(async {
            let steps = Arc::new(AtomicUsize::new(0));
            for _ in 0..100 {
                let (quiet, steps) = (quiet.clone(), steps.clone());
                tokio::spawn(async move {
                    for step in 0..100 {
                        match step % 10 {
                            // as an operation of the host that is given to threads
                            9 => {
                                quiet.operations.fetch_add(1, Ordering::Relaxed);
                                let work = || std::thread::sleep(Duration::from_micros(50));
                                let _ = tokio::task::spawn_blocking(work).await;
                            }
                            _ => tokio::task::yield_now().await,
                        }
                        steps.fetch_add(1, Ordering::Relaxed);
                    }
                    std::future::pending::<()>().await;
                });
            }
            quiet.comes().await;
            assert_eq!(steps.load(Ordering::Relaxed), 100 * 100);
            // and it stays so
            quiet.comes().await;
        });
    }

    #[test]
    fn what_is_in_the_real_network_is_waited_for() {
        let quiet = Arc::new(Quiet::default());
        let runtime = quiet.runtime().unwrap();
        runtime.block_on(async {
            let abroad = quiet.abroad();
            let coming = tokio::spawn({
                let quiet = quiet.clone();
                async move { quiet.comes().await }
            });
            tokio::task::yield_now().await;
            assert!(!coming.is_finished());
            drop(abroad);
            coming.await.unwrap();
        });
    }
}
