//! What a child may use, where the memory in use cannot be asked for: the parent counts the time, and
//! Unix systems are asked to bound the address space.
use std::time::Duration;

pub(super) fn begin() {}

/// Nobody tells how long a process has computed.
pub(super) fn computed(_process: Option<u32>) -> Option<Duration> {
    None
}

#[cfg(unix)]
pub(super) fn set(memory: u64, seconds: u64, _over: impl Fn(u64) + Send + 'static) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limit = |resource, most| {
        let _ = setrlimit(
            resource,
            Rlimit {
                current: Some(most),
                maximum: Some(most),
            },
        );
    };
    // An address space holds more than what is in use: the program itself, and what is reserved.
    limit(Resource::As, memory.saturating_mul(4));
    limit(Resource::Cpu, seconds.saturating_mul(8).saturating_add(5));
    limit(Resource::Core, 0);
}

#[cfg(not(unix))]
pub(super) fn set(_memory: u64, _seconds: u64, _over: impl Fn(u64) + Send + 'static) {}
