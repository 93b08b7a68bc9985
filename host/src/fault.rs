//! What a failed call of wasmtime means: a limit, an exception in JavaScript, a trap, an exit.

use wasmtime::component::ResourceTableError;
use wasmtime::{Memory, Store, Trap, WasmBacktrace, WasmCoreDump};
use wasmtime_wasi::I32Exit;

use crate::error::{Error, LimitKind};
use crate::state::State;
use crate::text::visible;

/// The most bytes of an exception's message, and of its stack, that are read.
const MAX_TEXT: u32 = 64 << 10;
/// The global through which Outwit's JS engine says where its report is.
const REPORT: &str = "outwit_trap_report";
/// How wasmtime starts to say that a call is over [`Limits::host_call_bytes`](crate::Limits).
const TOO_MUCH_DATA: &str = "too much data is being copied between the host and the guest";
/// The global through which plugins with `outwit-guest` say where the message of their panic is, and the first word there.
const PANIC_REPORT: &str = "outwit_panic_report";
const PANIC_MAGIC: u32 = 0x4f57_5041;
/// The first word of a report.
const MAGIC: u32 = 0x4f57_5452;

/// Explains why `function` of the plugin in `store` failed.
pub(crate) fn explain(error: wasmtime::Error, store: &mut Store<State>, function: &str) -> Error {
    let plugin = store.data().meter.plugin().to_string();
    let function = function.to_string();
    if let Some(exit) = error.downcast_ref::<I32Exit>() {
        return Error::Exit {
            plugin,
            code: exit.0,
        };
    }
    if error.is::<wasmtime::PoolConcurrencyLimitError>() {
        return Error::EngineFull { plugin };
    }
    let backtrace = match error.downcast_ref::<WasmBacktrace>() {
        Some(trace) => crate::backtrace::frames(trace),
        None => String::new(),
    };
    // Ours: a limit, or the failure of a plugin that was called.
    let error = match error.downcast::<Error>() {
        Ok(error) => {
            tracing::debug!(target: "outwit::instance", plugin, function, backtrace, "the plugin was stopped");
            return error;
        }
        Err(error) => error,
    };
    let trap = error.downcast_ref::<Trap>().copied();
    if trap == Some(Trap::StackOverflow) {
        let size = store.data().meter.stack() as u64;
        return Error::Limit {
            plugin,
            limit: LimitKind::Stack,
            used: size,
            allowed: size,
        };
    }
    let limits = store.data().meter.limits();
    let over = |limit, allowed: u64| Error::Limit {
        plugin: plugin.clone(),
        limit,
        used: allowed.saturating_add(1),
        allowed,
    };
    if let Some(ResourceTableError::Full) = error.downcast_ref() {
        return over(LimitKind::Handles, limits.handles);
    }
    // This is all wasmtime says; host/tests/limits.rs notices if it says it in other words.
    if error.root_cause().to_string().starts_with(TOO_MUCH_DATA) {
        return over(LimitKind::HostCallBytes, limits.host_call_bytes);
    }
    if trap.is_some()
        && let Some(dump) = error.downcast_ref::<WasmCoreDump>()
        && let Some((message, stack)) = exception(dump, store)
    {
        let stack = store.data().source.source_maps().stack(&stack);
        return Error::Exception {
            plugin,
            function,
            message,
            frame: visible(&stack.frame).into(),
            stack: visible(&stack.text).into(),
            backtrace: backtrace.into(),
        };
    }
    let panic = error
        .downcast_ref::<WasmCoreDump>()
        .filter(|_| trap == Some(Trap::UnreachableCodeReached))
        .and_then(|dump| panic(dump, store));
    let reason = match trap {
        Some(_) if panic.is_some() => panic.unwrap_or_default(),
        Some(trap) => {
            let text = trap.to_string();
            visible(text.strip_prefix("wasm trap: ").unwrap_or(&text))
        }
        None => visible(&error.root_cause().to_string()),
    };
    Error::Trap {
        plugin,
        function,
        reason,
        backtrace,
    }
}

/// What a panic of a Rust plugin said: `panicked at src/lib.rs:3:5: index out of bounds`. No more to be trusted than an exception.
fn panic(dump: &WasmCoreDump, store: &mut Store<State>) -> Option<String> {
    let mut addresses = Vec::new();
    for instance in dump.instances() {
        if let Some(global) = instance.get_global(&mut *store, PANIC_REPORT)
            && let Some(address) = global.get(&mut *store).i32()
        {
            addresses.push(address.cast_unsigned());
        }
    }
    for memory in dump.memories() {
        for &address in &addresses {
            if let Some(message) = text_at(memory, store, address, PANIC_MAGIC) {
                // The place and what was said are on two lines.
                return Some(message.trim_end().replacen(":\n", ": ", 1));
            }
        }
    }
    None
}

/// A magic word, and behind it address and length of a text.
fn text_at(memory: &Memory, store: &Store<State>, address: u32, magic: u32) -> Option<String> {
    let data = memory.data(store);
    let bytes = |start: u32, length: u32| {
        let start = usize::try_from(start).ok()?;
        data.get(start..start.checked_add(usize::try_from(length).ok()?)?)
    };
    let word = |index: u32| {
        let bytes = bytes(address.checked_add(index * 4)?, 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    };
    if word(0)? != magic {
        return None;
    }
    let text = bytes(word(1)?, word(2)?.min(MAX_TEXT))?;
    Some(visible(&String::from_utf8_lossy(text)))
}

/// The exception Outwit's JS engine left behind before it trapped: message and stack.
///
/// Nothing here is trusted: any module can export such a global, and point anywhere.
fn exception(dump: &WasmCoreDump, store: &mut Store<State>) -> Option<(String, String)> {
    let mut addresses = Vec::new();
    for instance in dump.instances() {
        if let Some(global) = instance.get_global(&mut *store, REPORT)
            && let Some(address) = global.get(&mut *store).i32()
        {
            addresses.push(address.cast_unsigned());
        }
    }
    // Plugins that were fused have an engine and a memory each; only the one that threw has a report.
    for memory in dump.memories() {
        for &address in &addresses {
            if let Some(found) = report(memory, store, address) {
                return Some(found);
            }
        }
    }
    None
}

fn report(memory: &Memory, store: &Store<State>, address: u32) -> Option<(String, String)> {
    let data = memory.data(store);
    let bytes = |start: u32, length: u32| {
        let start = usize::try_from(start).ok()?;
        let end = start.checked_add(usize::try_from(length).ok()?)?;
        data.get(start..end)
    };
    let word = |index: u32| {
        let bytes = bytes(address.checked_add(index * 4)?, 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    };
    let text = |start: u32, length: u32| {
        let bytes = bytes(start, length.min(MAX_TEXT))?;
        Some(visible(&String::from_utf8_lossy(bytes)))
    };
    if word(0)? != MAGIC {
        return None;
    }
    let (message_at, message_length) = (word(1)?, word(2)?);
    let (stack_at, stack_length) = (word(3)?, word(4)?);
    if message_at == 0 {
        return None;
    }
    let message = text(message_at, message_length)?;
    let stack = text(stack_at, stack_length).unwrap_or_default();
    Some((message, stack))
}
