//! What a plugin can go over.

use std::fmt;
use std::time::Duration;

/// A limit of a plugin; see [`Limits`](crate::Limits).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LimitKind {
    /// Linear memory, in bytes.
    Memory,
    /// Elements over all tables.
    TableElements,
    /// Number of tables.
    Tables,
    /// Number of memories.
    Memories,
    /// Number of core instances.
    Instances,
    /// Computing time of one call, in milliseconds.
    Cpu,
    /// Duration of one call, in milliseconds.
    Wall,
    /// The WebAssembly stack, in bytes.
    Stack,
    /// Memory for compiling, in bytes; see [`Compiler::memory`](crate::Compiler::memory).
    CompileMemory,
    /// Time for compiling, in milliseconds; see [`Compiler::time`](crate::Compiler::time).
    CompileTime,
    /// Memory of the host for the values of one call, in bytes.
    HostCallBytes,
    /// Operations of the host in one call.
    HostCalls,
    /// Operations of the host with one capability in a second.
    Rate,
    /// Handles to resources of the host.
    Handles,
    /// Timers at one time.
    Timers,
    /// Size of the component, in bytes.
    Component,
}

impl LimitKind {
    pub(super) fn show(self, value: u64) -> String {
        match self {
            LimitKind::Memory
            | LimitKind::Stack
            | LimitKind::HostCallBytes
            | LimitKind::Component
            | LimitKind::CompileMemory => format!("{value} bytes"),
            LimitKind::Rate => format!("{value} a second"),
            LimitKind::Cpu | LimitKind::Wall | LimitKind::CompileTime => {
                format!("{:?}", Duration::from_millis(value))
            }
            _ => value.to_string(),
        }
    }

    /// Its key in a manifest, as far as it has one: `memory`, `host-calls`, ...
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            LimitKind::Memory => "memory",
            LimitKind::TableElements => "table-elements",
            LimitKind::Tables => "tables",
            LimitKind::Memories => "memories",
            LimitKind::Instances => "instances",
            LimitKind::Cpu => "cpu",
            LimitKind::Wall => "wall",
            LimitKind::Stack => "stack",
            LimitKind::CompileMemory => "compile-memory",
            LimitKind::CompileTime => "compile-time",
            LimitKind::HostCallBytes => "host-call-bytes",
            LimitKind::HostCalls => "host-calls",
            LimitKind::Rate => "rate",
            LimitKind::Handles => "handles",
            LimitKind::Timers => "timers",
            LimitKind::Component => "component",
        }
    }
}

impl fmt::Display for LimitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
