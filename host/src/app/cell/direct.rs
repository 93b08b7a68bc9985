//! The fast way into an instance that nobody uses.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::OwnedMutexGuard;

use super::{Cell, Death, Failure, Slot};
use crate::error::{DownReason, Result};
use crate::instance::Instance;

/// The instance of a cell, for one call. An instance that has ended, or whose call was dropped on the way,
/// is dropped with it.
pub(crate) struct Direct {
    pub(super) cell: Arc<Cell>,
    pub(super) slot: OwnedMutexGuard<Slot>,
}

impl Direct {
    pub(super) async fn prepare(&mut self) -> std::result::Result<(), Failure> {
        self.cell.start(&mut self.slot).await?;
        let drops = std::mem::take(&mut self.cell.lock().drops);
        let Some(instance) = self.slot.instance.as_mut() else {
            return Err(Failure::NotStarted);
        };
        for key in drops {
            if let Err(error) = instance.drop_resource(key).await {
                self.cell.record.fault(&error);
                return Err(Failure::NotStarted);
            }
        }
        Ok(())
    }

    pub(crate) fn cell(&self) -> &Arc<Cell> {
        &self.cell
    }

    pub(crate) fn instance(&mut self) -> Result<&mut Instance> {
        let down = || self.cell.down(DownReason::Ended);
        self.slot.instance.as_mut().ok_or_else(down)
    }

    /// Notes how a call ended.
    pub(crate) fn note<T>(&self, result: &Result<T>) {
        match result {
            Ok(_) => self.cell.record.success(),
            Err(error) => {
                if self.slot.instance.as_ref().is_some_and(|i| !i.is_alive()) {
                    self.cell.record.fault(error);
                }
            }
        }
    }
}

impl Drop for Direct {
    fn drop(&mut self) {
        if self.slot.instance.as_ref().is_none_or(|i| !i.is_alive()) {
            self.cell.die(&mut self.slot, Death::End);
            return;
        }
        let mut inner = self.cell.lock();
        let pipes = self.cell.tally.pipes.load(Ordering::Relaxed) > 0;
        if pipes || !inner.drops.is_empty() {
            self.cell.run_driver(&mut inner);
        }
    }
}
