//! The side of the process that wants something compiled.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError, mpsc};

use super::deadline::Deadline;
use super::message::{Answer, Request};
use super::{ARGUMENT, Compiler, Job};
use crate::error::{Error, LimitKind, Result};
use crate::limits::millis;

/// A child uses no more threads than this: each has a stack and an allocator of its own.
const THREADS: usize = 4;

/// The variables by which systems find the libraries a program is linked to. A child gets no others.
const LIBRARIES: &[&str] = &[
    "DYLD_FALLBACK_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "LD_LIBRARY_PATH",
    "SystemRoot",
];

/// Starts a child, and gives what it compiled.
pub(super) fn compile(compiler: &Compiler, program: &Path, job: &Job<'_>) -> Result<Vec<u8>> {
    let failed = |message: String| job.failed(message);
    let limit = |limit, used, allowed| job.over(limit, used, allowed);
    let request = Request {
        key: key().ok_or_else(|| failed("there is no randomness".to_string()))?,
        kind: job.kind,
        settings: job.settings,
        engine: job.engine,
        memory: compiler.memory,
        time: compiler.time.as_secs().saturating_add(1),
        bytes: job.bytes.into(),
    };
    let child = start(program).map_err(|e| {
        failed(format!(
            "the child process `{}` does not start: {e}",
            program.display()
        ))
    })?;
    let Ended { answer, how } = converse(child, &request, compiler);
    match (Answer::open(answer, &request.key), how) {
        (Some(Answer::Code(code)), _) => Ok(code),
        (Some(Answer::Invalid(message)), _) => Err(Error::InvalidComponent {
            plugin: job.plugin.to_string(),
            message,
        }),
        (Some(Answer::Memory(used)), _) => {
            Err(limit(LimitKind::CompileMemory, used, compiler.memory))
        }
        (Some(Answer::OtherEngine), _) => Err(failed(format!(
            "the program `{}` was built with another version of this host",
            program.display()
        ))),
        (Some(Answer::Panic(message)), _) => Err(failed(format!("the compiler failed: {message}"))),
        (None, How::TimeIsUp) => {
            let allowed = millis(compiler.time);
            Err(limit(LimitKind::CompileTime, allowed, allowed))
        }
        (None, How::Itself(status)) if signal(status) == Some(SIGXCPU) => {
            let allowed = millis(compiler.time);
            Err(limit(LimitKind::CompileTime, allowed, allowed))
        }
        // In Rust, an allocation that fails ends the process this way; a bug would be a panic.
        (None, How::Itself(status)) if signal(status) == Some(SIGABRT) => Err(limit(
            LimitKind::CompileMemory,
            compiler.memory,
            compiler.memory,
        )),
        (None, How::Itself(status)) => Err(failed(format!(
            "the child process gave no answer and ended with {status}; \
             does `main` of `{}` begin with `Compiler::child()`?",
            program.display()
        ))),
        (None, How::Lost(error)) => Err(failed(format!("the child process was lost: {error}"))),
    }
}

#[allow(clippy::disallowed_methods)] // a key between two processes, not for a plugin
fn key() -> Option<[u8; 32]> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).ok()?;
    Some(key)
}

fn start(program: &Path) -> std::io::Result<Child> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut command = Command::new(program);
    command
        .arg(ARGUMENT)
        .env_clear()
        .env("RAYON_NUM_THREADS", threads.min(THREADS).to_string())
        .env("MALLOC_ARENA_MAX", "2")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    #[allow(clippy::disallowed_methods)] // variables of the process, for a process
    command.envs(std::env::vars_os().filter(|(name, _)| {
        let name = name.to_str();
        name.is_some_and(|name| LIBRARIES.contains(&name))
    }));
    command.spawn()
}

/// How a child ended.
struct Ended {
    answer: Vec<u8>,
    how: How,
}

enum How {
    /// By itself, or by the system.
    Itself(ExitStatus),
    /// By us.
    TimeIsUp,
    Lost(std::io::Error),
}

/// Sends the request, takes the answer, ends the child.
fn converse(mut child: Child, request: &Request<'_>, compiler: &Compiler) -> Ended {
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let deadline = Deadline::of(child.id(), compiler.time);
    let child = Mutex::new(child);
    let kill = || {
        let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
        // One that has ended by itself keeps its status.
        child.kill()
    };
    let (done, is_done) = mpsc::channel::<()>();
    let mut answer = Vec::new();
    let timed_out = std::thread::scope(|scope| {
        let watch = scope.spawn(|| watch(is_done, &deadline, kill));
        // A child reads all before it writes. If it ends meanwhile, what it has said tells more than
        // this error.
        if let Some(mut stdin) = stdin {
            let _ = stdin
                .write_all(&request.head())
                .and_then(|()| stdin.write_all(&request.bytes));
        }
        if let Some(stdout) = stdout {
            let _ = stdout.take(compiler.memory).read_to_end(&mut answer);
        }
        drop(done);
        watch.join().unwrap_or(true)
    });
    // It has said all it had to say, even if it has not ended.
    let killed = kill();
    let mut child = child.into_inner().unwrap_or_else(PoisonError::into_inner);
    let how = match child.wait() {
        _ if timed_out => How::TimeIsUp,
        Ok(status) => How::Itself(status),
        Err(error) => How::Lost(killed.err().unwrap_or(error)),
    };
    Ended { answer, how }
}

/// Ends the child when the time is up, and says whether it was.
fn watch(
    is_done: mpsc::Receiver<()>,
    deadline: &Deadline,
    kill: impl Fn() -> std::io::Result<()>,
) -> bool {
    while let Some(left) = deadline.left() {
        if is_done.recv_timeout(left) != Err(mpsc::RecvTimeoutError::Timeout) {
            return false;
        }
    }
    let _ = kill();
    true
}

/// Of POSIX.
const SIGABRT: i32 = 6;
/// Of all systems that have it.
const SIGXCPU: i32 = 24;

/// The signal that ended a process.
#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    use std::os::unix::process::ExitStatusExt as _;
    status.signal()
}

#[cfg(not(unix))]
fn signal(_: ExitStatus) -> Option<i32> {
    None
}
