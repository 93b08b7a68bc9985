//! Compiling in this process, within limits that hold beforehand or for who waits.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};

use outwit_cache::Code;

use super::deadline::{Deadline, PATIENCE};
use super::{Compiler, Job, Turns, estimate};
use crate::error::{LimitKind, Result};
use crate::limits::millis;

/// Compiles on a thread of its own, unless that may take too much.
pub(super) fn compile<T: Code + Send + 'static>(
    compiler: &Compiler,
    engine: &wasmtime::Engine,
    job: &Job<'_>,
) -> Result<T> {
    let estimated = estimate::memory(job.bytes);
    if estimated > compiler.memory {
        return Err(job.over(LimitKind::CompileMemory, estimated, compiler.memory));
    }
    let time_is_up = || {
        let allowed = millis(compiler.time);
        job.over(LimitKind::CompileTime, allowed, allowed)
    };
    // Those that nobody waits for any more have a turn until they end.
    let patience = compiler.time.saturating_mul(PATIENCE);
    let turn = Turns::take_within(&compiler.turns, patience).ok_or_else(time_is_up)?;
    let deadline = Deadline::here(compiler.time);
    let (engine, bytes) = (engine.clone(), job.bytes.to_vec());
    let (answer, answered) = mpsc::channel();
    std::thread::Builder::new()
        .name("outwit-compile".into())
        .spawn(move || {
            let compiled = catch_unwind(AssertUnwindSafe(|| T::compile(&engine, &bytes)));
            drop(turn);
            // Nobody waits if the time is up.
            let _ = answer.send(compiled.ok());
        })
        .map_err(|e| job.failed(format!("a thread does not start: {e}")))?;
    while let Some(left) = deadline.left() {
        match answered.recv_timeout(left) {
            Ok(Some(compiled)) => return compiled.map_err(|e| job.invalid(&e)),
            Ok(None) | Err(RecvTimeoutError::Disconnected) => {
                return Err(job.failed("the compiler failed".to_string()));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
    Err(time_is_up())
}
