//! The host side of `outwit:console/log`.

use std::sync::Arc;

use super::grant::Decision;
use super::{Allowed, Grant, Level, Sink, operations};
use crate::bindings::outwit::console::log;
use crate::plugin::Plugin;
use crate::policy::{Gate, Target};

/// What one instance has of the console.
pub(crate) struct Console {
    pub(crate) gate: Gate,
    pub(crate) plugin: Arc<str>,
    /// What stacks in messages are of.
    pub(crate) source: Plugin,
    pub(crate) grant: Option<Grant>,
    pub(crate) sink: Option<Arc<dyn Sink>>,
    /// Bytes that may be written in one call.
    pub(crate) limit: u64,
    /// Bytes written in this call.
    pub(crate) written: u64,
}

impl log::Host for Console {
    async fn write(&mut self, level: log::Level, message: String) {
        // decode
        let level = match level {
            log::Level::Debug => Level::Debug,
            log::Level::Info => Level::Info,
            log::Level::Warn => Level::Warn,
            log::Level::Error => Level::Error,
        };
        // A message is never without weight, or endless empty ones would be free.
        let bytes = (message.len() as u64).max(1);
        // grant and policy
        let granted = match Grant::check(self.grant.as_ref(), self.written, bytes, self.limit) {
            Decision::Denied => Err(()),
            decision => Ok(decision),
        };
        self.written = self.written.saturating_add(bytes);
        let target = Target::Bytes(bytes);
        let Ok(pass) = self.gate.pass(&operations::WRITE, target, granted).await else {
            return;
        };
        // backend; there is nothing to encode
        match pass.allowed {
            Decision::Allowed(allowed) => self.emit(&allowed, level, &message),
            Decision::LastLine(allowed) => {
                self.written = self.limit.saturating_add(1);
                let notice = format!("output of this call ends here: over {} bytes", self.limit);
                self.emit(&allowed, Level::Warn, &notice);
            }
            Decision::Denied => {}
        }
    }
}

impl Console {
    fn emit(&self, _allowed: &Allowed, level: Level, message: &str) {
        let Some(sink) = &self.sink else { return };
        // the first line of a stack that is shown has one before it
        if message.contains("\n") && message.contains("    at ") {
            let message = self.source.source_maps().text(message);
            sink.write(&self.plugin, level, &message);
        } else {
            sink.write(&self.plugin, level, message);
        }
    }
}
