//! What runs in one store: a plugin, or plugins that were fused, with the instance of the moment.

use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard};
use wasmtime::component::Val;

use crate::error::{Error, Result};
use crate::exports::Export;
use crate::instance::{Instance, Template};

pub(crate) struct Unit {
    template: Arc<Template>,
    slot: Mutex<Slot>,
}

struct Slot {
    instance: Option<Instance>,
    /// Counts the instances.
    generation: u64,
}

impl Unit {
    pub(crate) fn new(template: Template) -> Unit {
        Unit {
            template: Arc::new(template),
            slot: Mutex::new(Slot {
                instance: None,
                generation: 0,
            }),
        }
    }

    pub(crate) fn template(&self) -> &Arc<Template> {
        &self.template
    }

    /// Waits until nobody else uses the instance; starts one if there is none.
    pub(crate) async fn lease(&self) -> Result<Lease<'_>> {
        let mut slot = self.slot.lock().await;
        if slot.instance.is_none() {
            slot.generation += 1;
            slot.instance = Some(self.template.start(&[]).await?);
        }
        Ok(Lease {
            plugin: self.template.plugin(),
            slot,
        })
    }

    pub(crate) async fn call_checked(&self, export: &Export, args: &[Val]) -> Result<Vec<Val>> {
        let mut lease = self.lease().await?;
        lease.instance()?.call_checked(export, args).await
    }

    pub(crate) async fn call_values(&self, export: &Export, args: &[Val]) -> Result<Vec<Val>> {
        let mut lease = self.lease().await?;
        lease.instance()?.call_values(export, args).await
    }

    pub(crate) async fn stop(&self) {
        self.slot.lock().await.instance = None;
    }
}

/// The instance of a unit, for one call. An instance that has ended, or whose call was dropped on
/// the way, is dropped with the lease.
pub(crate) struct Lease<'a> {
    plugin: &'a str,
    slot: MutexGuard<'a, Slot>,
}

impl Lease<'_> {
    pub(crate) fn generation(&self) -> u64 {
        self.slot.generation
    }

    pub(crate) fn instance(&mut self) -> Result<&mut Instance> {
        self.slot.instance.as_mut().ok_or_else(|| Error::Down {
            plugin: self.plugin.to_string(),
        })
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if self.slot.instance.as_ref().is_some_and(|i| !i.is_alive()) {
            self.slot.instance = None;
        }
    }
}
