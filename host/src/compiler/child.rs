//! The side of the child.

use std::io::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use super::bounds;
use super::message::{Answer, Request};
use outwit_cache::{Kind, engine_digest};

/// Reads a request, answers it, and ends this process.
pub(super) fn run() -> ! {
    bounds::begin();
    // What goes wrong is told in the answer.
    std::panic::set_hook(Box::new(|_| {}));
    let code = match Request::read(&mut io::stdin().lock()) {
        Ok(request) => answer(request),
        // Whoever started this is no parent.
        Err(_) => 2,
    };
    std::process::exit(code)
}

fn answer(request: Request<'static>) -> i32 {
    let key = request.key;
    // Whoever answers first holds this until the process has ended.
    let voice = Arc::new(Mutex::new(()));
    let over = {
        let voice = voice.clone();
        move |used: u64| -> () {
            let _voice = voice.lock().unwrap_or_else(PoisonError::into_inner);
            say(&Answer::Memory(used), &key);
            std::process::exit(0)
        }
    };
    let result = catch_unwind(AssertUnwindSafe(|| compile(&request, over)));
    let answer = result.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
        Answer::Panic(text.unwrap_or_default())
    });
    let _voice = voice.lock().unwrap_or_else(PoisonError::into_inner);
    say(&answer, &key);
    std::process::exit(0)
}

fn compile(request: &Request<'_>, over: impl Fn(u64) + Send + 'static) -> Answer {
    let engine = match wasmtime::Engine::new(&request.settings.config()) {
        Ok(engine) => engine,
        Err(error) => return Answer::Panic(format!("{error:#}")),
    };
    if engine_digest(&engine) != request.engine {
        return Answer::OtherEngine;
    }
    bounds::set(request.memory, request.time, over);
    let code = match request.kind {
        Kind::Component => engine.precompile_component(&request.bytes),
        Kind::Module => engine.precompile_module(&request.bytes),
    };
    match code {
        Ok(code) => Answer::Code(code),
        Err(error) => Answer::Invalid(format!("{error:#}")),
    }
}

fn say(answer: &Answer, key: &[u8; 32]) {
    let (head, body, mac) = answer.seal(key);
    let mut out = io::stdout().lock();
    // If the parent is gone there is nobody to tell.
    let _ = [head.as_slice(), body, &mac]
        .iter()
        .try_for_each(|part| out.write_all(part))
        .and_then(|()| out.flush());
}
