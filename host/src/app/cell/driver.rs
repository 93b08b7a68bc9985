//! The task that runs the event loop of a store.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::OwnedMutexGuard;
use wasmtime::AsContextMut as _;
use wasmtime::component::{Accessor, AccessorTask};

use super::{Cell, Death, Failure, Next, Run, Slot};
use crate::error::DownReason;
use crate::fault;
use crate::instance::Instance;
use crate::limits::Meter;
use crate::state::State;

/// Runs the event loop of a cell as long as there is something to do.
pub(super) async fn drive(cell: Arc<Cell>) {
    let slot = cell.slot.clone().lock_owned().await;
    let mut driver = Driver {
        cell: &cell,
        slot,
        finished: false,
    };
    driver.run().await;
    driver.finished = true;
}

struct Driver<'a> {
    cell: &'a Arc<Cell>,
    slot: OwnedMutexGuard<Slot>,
    finished: bool,
}

impl Drop for Driver<'_> {
    fn drop(&mut self) {
        if !self.finished {
            // The runtime ended while the event loop ran: nobody knows where it stopped.
            self.cell.lock().driving = false;
            self.cell.die(&mut self.slot, Death::End);
        }
    }
}

impl Driver<'_> {
    async fn run(&mut self) {
        let cell = self.cell;
        if let Err(failure) = cell.start(&mut self.slot).await {
            self.stop_driving();
            let why = match failure {
                Failure::NotStarted => Death::End,
                Failure::Error(error) => {
                    // Those that wait for the start get its error.
                    let queue = std::mem::take(&mut cell.lock().queue);
                    for (_, job) in queue {
                        let error = error.again(&job.function);
                        let error = error.unwrap_or_else(|| cell.down(DownReason::Ended));
                        (job.fail)(Failure::Error(error));
                    }
                    Death::End
                }
            };
            cell.die(&mut self.slot, why);
            return;
        }
        loop {
            let (drops, end) = {
                let mut inner = cell.lock();
                let nothing_to_do = inner.queue.is_empty()
                    && inner.flying.is_empty()
                    && inner.drops.is_empty()
                    && cell.tally.pipes.load(Ordering::Relaxed) == 0;
                let gone = self.slot.instance.is_none();
                if inner.end.is_none() && nothing_to_do && !gone {
                    inner.driving = false;
                    return;
                }
                (std::mem::take(&mut inner.drops), inner.end)
            };
            let Some(instance) = self.slot.instance.as_mut() else {
                self.stop_driving();
                cell.die(&mut self.slot, Death::End);
                return;
            };
            if end.is_some() {
                self.stop_driving();
                cell.die(&mut self.slot, Death::End);
                return;
            }
            let mut outcome = Ok(());
            for key in drops {
                outcome = instance.drop_resource(key).await.map_err(Death::Fault);
                if outcome.is_err() {
                    break;
                }
            }
            if outcome.is_ok() {
                outcome = event_loop(instance, cell).await;
            }
            if let Err(why) = outcome {
                self.stop_driving();
                cell.die(&mut self.slot, why);
                return;
            }
        }
    }

    fn stop_driving(&self) {
        // Before anything is told, so that whoever hears of it finds nobody driving.
        self.cell.ended.store(true, Ordering::Release);
        self.cell.lock().driving = false;
    }
}

async fn event_loop(instance: &mut Instance, cell: &Arc<Cell>) -> std::result::Result<(), Death> {
    let running = instance.enter();
    let component = instance.instance;
    let looping = instance.store.run_concurrent(async |accessor| {
        loop {
            match cell.next() {
                Next::Run { runs, idle } => {
                    accessor.with(|mut access| {
                        if idle {
                            access.as_context_mut().data_mut().begin_call();
                        }
                        Meter::begin_call(access.as_context_mut());
                    });
                    for (number, run) in runs {
                        accessor.spawn(Task {
                            number,
                            run,
                            component,
                            cell: cell.clone(),
                        })?;
                    }
                }
                Next::Wait => cell.wake.notified().await,
                Next::Leave => return Ok(()),
            }
        }
    });
    let outcome = tokio::select! {
        biased;
        outcome = looping => Some(outcome.and_then(|inner| inner)),
        () = cell.expired() => None,
    };
    drop(running);
    match outcome {
        Some(Ok(())) => Ok(()),
        Some(Err(e)) => {
            let function = {
                let inner = cell.lock();
                let mut flying = inner.flying.values();
                match (flying.next(), flying.next()) {
                    (Some(one), None) => one.function.to_string(),
                    (None, _) => "what ran after a call".to_string(),
                    _ => "one of several calls".to_string(),
                }
            };
            Err(Death::Fault(fault::explain(
                e,
                &mut instance.store,
                &function,
            )))
        }
        None if cell.lock().end.is_some() => Err(Death::End),
        None => Err(Death::TooSlow),
    }
}

/// A call as a task of the event loop.
struct Task {
    number: u64,
    run: Run,
    component: wasmtime::component::Instance,
    cell: Arc<Cell>,
}

impl AccessorTask<State> for Task {
    async fn run(self, accessor: &Accessor<State>) -> wasmtime::Result<()> {
        (self.run)(accessor, self.component).await?;
        self.cell.landed(self.number);
        Ok(())
    }
}
