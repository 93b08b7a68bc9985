//! Compiling what strangers wrote: in a child process with limits, or in this one.
//!
//! A component can be small and take gigabytes and minutes to compile. The child is this program,
//! started again ([`Compiler::child`]), or a program of its own ([`Compiler::helper`]); it gets the
//! bytes on its standard input, limits itself, compiles, and answers on its standard output.
//!
//! A library cannot start its program again without that program's help, so the default is this process.
//! Nothing there ends a compilation once it has begun; so what it may take is [estimated](estimate) before.

#[cfg_attr(target_os = "linux", path = "bounds_linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "bounds_other.rs")]
mod bounds;
mod child;
mod deadline;
mod estimate;
mod here;
mod message;
mod parent;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use outwit_cache::{Code, Genuine, Kind};

use crate::engine::Settings;
use crate::error::{Error, LimitKind, Result};

/// The only argument of a child.
const ARGUMENT: &str = "outwit:compile";

/// Where and within which limits components are compiled.
///
/// The default is [in this process](Compiler::in_process), within limits that are estimated. A program that
/// loads what strangers wrote does better with a [child](Compiler::child), of which the limits are measured:
///
/// ```no_run
/// fn main() -> Result<(), outwit::Error> {
///     // First of all: in the child this call compiles, answers and does not return.
///     let compiler = outwit::Compiler::child();
///     let engine = outwit::Engine::builder().compiler(compiler).build()?;
///     // ...
/// #   drop(engine);
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Compiler {
    place: Place,
    memory: u64,
    time: Duration,
    turns: Arc<Turns>,
}

#[derive(Debug, Clone)]
enum Place {
    /// In this process, within limits.
    Here,
    /// In this process, as it comes.
    Unlimited,
    Child {
        program: PathBuf,
    },
}

impl Default for Compiler {
    /// [`Compiler::in_process`]: what a library can do without the help of the program it is in.
    fn default() -> Compiler {
        Compiler::in_process()
    }
}

impl Compiler {
    /// Compiles in a child process, which is this program started again with one special argument.
    ///
    /// Call it first in `main`, before the program prints, reads its arguments or starts threads: in
    /// the child this function compiles, answers, and ends the process.
    ///
    /// The child gets no environment and none of the program's files but three pipes. It is ended
    /// when the time is up, and when this process ends.
    pub fn child() -> Compiler {
        #[allow(clippy::disallowed_methods)] // that is how a child knows that it is one
        let mut arguments = std::env::args_os().skip(1);
        if arguments.next() == Some(OsString::from(ARGUMENT)) && arguments.next().is_none() {
            child::run();
        }
        Compiler::new(Place::Child {
            program: this_program(),
        })
    }

    /// Compiles in a child process that runs another program: one whose `main` begins with
    /// [`Compiler::child`], and which was built with the same version of this crate. For programs
    /// whose own `main` is not theirs to change, such as tests, or extensions of another program.
    pub fn helper(program: impl Into<PathBuf>) -> Compiler {
        Compiler::new(Place::Child {
            program: program.into(),
        })
    }

    /// Compiles in this process. A component of which compiling may take more [memory](Compiler::memory) than it
    /// may, as far as its bytes tell, is refused before: the estimate is a high one, so a child takes some that
    /// this does not. When the [time](Compiler::time) is up the call ends with an error, and what was begun
    /// goes on, on a thread of its own, until it ends by itself; there are at most as many as processors.
    ///
    /// A fault in the compiler that kills the process kills this one.
    pub fn in_process() -> Compiler {
        Compiler::new(Place::Here)
    }

    /// Compiles in this process, **without limits**: for components that are trusted not to be made to take
    /// gigabytes and minutes. The size of a component is still
    /// [limited](crate::EngineBuilder::max_component_size).
    pub fn unlimited() -> Compiler {
        Compiler::new(Place::Unlimited)
    }

    fn new(place: Place) -> Compiler {
        Compiler {
            place,
            memory: 1 << 30,
            time: Duration::from_secs(10),
            turns: Arc::default(),
        }
    }

    /// The memory of a child, in bytes. On Linux it is enforced to the precision of a few
    /// milliseconds, and exactly for single large allocations; on other Unix systems as far as they
    /// enforce `RLIMIT_AS`; elsewhere not at all. In this process it is what a compilation may be estimated
    /// at.
    ///
    /// # Default
    ///
    /// 1 GiB.
    pub fn memory(mut self, bytes: u64) -> Compiler {
        self.memory = bytes;
        self
    }

    /// How long compiling may take. Where the machine does other things as well, it goes on until it has computed for
    /// so long (on Linux, which tells), at most five times as long.
    ///
    /// # Default
    ///
    /// 10 s.
    pub fn time(mut self, time: Duration) -> Compiler {
        self.time = time;
        self
    }

    /// Whether components are compiled in a child process.
    #[must_use]
    pub fn is_child(&self) -> bool {
        matches!(self.place, Place::Child { .. })
    }

    /// Compiles in the child; none if that is not the place to compile.
    pub(crate) fn compile_in_child(&self, job: &Job<'_>) -> Option<Result<Genuine>> {
        match &self.place {
            Place::Here | Place::Unlimited => None,
            Place::Child { program } => {
                let _turn = Turns::take(&self.turns);
                let answer = parent::compile(self, program, job);
                // SAFETY: a child that this process started, and that runs this crate, gave them to the pipe
                // as `Engine::precompile_component` or `precompile_module` had given them, with an HMAC under a
                // key drawn for this one compilation, which was checked.
                #[allow(unsafe_code)]
                Some(answer.map(|code| unsafe { Genuine::vouch(code) }))
            }
        }
    }

    /// Compiles in this process.
    pub(crate) fn compile_here<T: Code + Send + 'static>(
        &self,
        engine: &wasmtime::Engine,
        job: &Job<'_>,
    ) -> Result<T> {
        match &self.place {
            Place::Here => here::compile(self, engine, job),
            Place::Unlimited | Place::Child { .. } => {
                T::compile(engine, job.bytes).map_err(|e| job.invalid(&e))
            }
        }
    }
}

/// What is to be compiled.
pub(crate) struct Job<'a> {
    /// The plugin it is for.
    pub(crate) plugin: &'a str,
    pub(crate) kind: Kind,
    pub(crate) bytes: &'a [u8],
    pub(crate) settings: Settings,
    /// What the code has to be compiled for; see [`outwit_cache::engine_digest`].
    pub(crate) engine: [u8; 32],
}

impl Job<'_> {
    /// What the compiler says of bytes that it does not take.
    pub(crate) fn invalid(&self, error: &wasmtime::Error) -> Error {
        Error::InvalidComponent {
            plugin: self.plugin.to_string(),
            message: format!("{error:#}"),
        }
    }

    fn over(&self, limit: LimitKind, used: u64, allowed: u64) -> Error {
        Error::Limit {
            plugin: self.plugin.to_string(),
            limit,
            used,
            allowed,
        }
    }

    fn failed(&self, message: String) -> Error {
        Error::Compile {
            plugin: self.plugin.to_string(),
            message,
        }
    }
}

/// This program, also if its file was replaced meanwhile.
fn this_program() -> PathBuf {
    if cfg!(target_os = "linux") {
        return PathBuf::from("/proc/self/exe");
    }
    // If this fails, so does starting the child, with an error that says so.
    std::env::current_exe().unwrap_or_default()
}

/// Lets no more compilations run at a time than there are processors: each may take all of its memory.
#[derive(Debug, Default)]
struct Turns {
    taken: Mutex<usize>,
    left: Condvar,
}

impl Turns {
    fn take(turns: &Arc<Turns>) -> Turn {
        let lock = turns.taken.lock().unwrap_or_else(|e| e.into_inner());
        let lock = turns.left.wait_while(lock, |taken| *taken >= most());
        *lock.unwrap_or_else(|e| e.into_inner()) += 1;
        Turn(turns.clone())
    }

    /// The same, if one is left in time.
    fn take_within(turns: &Arc<Turns>, time: Duration) -> Option<Turn> {
        let lock = turns.taken.lock().unwrap_or_else(|e| e.into_inner());
        let lock = turns
            .left
            .wait_timeout_while(lock, time, |taken| *taken >= most());
        let (mut lock, result) = lock.unwrap_or_else(|e| e.into_inner());
        if result.timed_out() {
            return None;
        }
        *lock += 1;
        drop(lock);
        Some(Turn(turns.clone()))
    }
}

fn most() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

struct Turn(Arc<Turns>);

impl Drop for Turn {
    fn drop(&mut self) {
        *self.0.taken.lock().unwrap_or_else(|e| e.into_inner()) -= 1;
        self.0.left.notify_one();
    }
}
