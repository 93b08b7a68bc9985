//! `wasi:cli`: standard streams, arguments, environment variables, exit.
//!
//! Granted without options, a plugin has an empty standard input, its output is discarded, it has no
//! arguments and no environment variables; exit ends its instance, never the host.

use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::cli::{StdinStream, StdoutStream, WasiCli, WasiCliView as _};
use wasmtime_wasi::p2::bindings::cli;
use wasmtime_wasi::p2::bindings::cli::environment::Host as _;
use wasmtime_wasi::p2::bindings::cli::exit::Host as _;
use wasmtime_wasi::p2::bindings::cli::stderr::Host as _;
use wasmtime_wasi::p2::bindings::cli::stdin::Host as _;
use wasmtime_wasi::p2::bindings::cli::stdout::Host as _;
use wasmtime_wasi::p2::bindings::cli::terminal_stderr::Host as _;
use wasmtime_wasi::p2::bindings::cli::terminal_stdin::Host as _;
use wasmtime_wasi::p2::bindings::cli::terminal_stdout::Host as _;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;

use super::gated::{Aim, Label, gated};
use super::{io, operations};
use crate::grants::Capability;
use crate::state::State;

/// Lets a plugin use `wasi:cli`. Each field gives it something of the process; by default nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Grant {
    /// Whether it reads the standard input of this process.
    pub stdin: bool,
    /// Whether it writes to the standard output of this process.
    pub stdout: bool,
    /// Whether it writes to the standard error of this process.
    pub stderr: bool,
    /// The arguments it gets.
    pub args: Args,
    /// The environment variables it gets: `NAME` takes the value from the host, `NAME=value` sets it.
    pub env: Vec<String>,
}

impl Grant {
    /// Standard input, output and error of this process, and the caller's arguments.
    #[must_use]
    pub fn terminal() -> Grant {
        Grant {
            stdin: true,
            stdout: true,
            stderr: true,
            args: Args::Caller,
            env: Vec::new(),
        }
    }
}

/// The arguments a plugin gets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Args {
    /// None.
    #[default]
    None,
    /// Those given to [`App::run`](crate::App::run).
    Caller,
    /// These.
    Fixed(Vec<String>),
}

/// The streams and variables of the process.
pub trait Terminal: Send + Sync + 'static {
    /// Standard input for `plugin`.
    fn stdin(&self, plugin: &str) -> Box<dyn StdinStream>;
    /// Standard output for `plugin`.
    fn stdout(&self, plugin: &str) -> Box<dyn StdoutStream>;
    /// Standard error for `plugin`.
    fn stderr(&self, plugin: &str) -> Box<dyn StdoutStream>;
    /// An environment variable.
    fn variable(&self, name: &str) -> Option<String>;
}

/// The streams and variables of this process.
#[derive(Debug, Clone, Copy, Default)]
pub struct Process;

#[allow(clippy::disallowed_methods)] // the backend that is the surroundings
impl Terminal for Process {
    fn stdin(&self, _: &str) -> Box<dyn StdinStream> {
        Box::new(wasmtime_wasi::cli::stdin())
    }

    fn stdout(&self, _: &str) -> Box<dyn StdoutStream> {
        Box::new(wasmtime_wasi::cli::stdout())
    }

    fn stderr(&self, _: &str) -> Box<dyn StdoutStream> {
        Box::new(wasmtime_wasi::cli::stderr())
    }

    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}

/// An empty standard input, output kept in memory, no variables: for tests.
#[derive(Debug, Clone)]
pub struct Captured {
    stdout: MemoryOutputPipe,
    stderr: MemoryOutputPipe,
}

impl Default for Captured {
    fn default() -> Captured {
        Captured {
            stdout: MemoryOutputPipe::new(16 << 20),
            stderr: MemoryOutputPipe::new(16 << 20),
        }
    }
}

impl Captured {
    /// What was written to standard output so far.
    #[must_use]
    pub fn stdout_text(&self) -> String {
        String::from_utf8_lossy(&self.stdout.contents()).into_owned()
    }

    /// What was written to standard error so far.
    #[must_use]
    pub fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr.contents()).into_owned()
    }
}

impl Terminal for Captured {
    fn stdin(&self, _: &str) -> Box<dyn StdinStream> {
        Box::new(tokio::io::empty())
    }

    fn stdout(&self, _: &str) -> Box<dyn StdoutStream> {
        Box::new(self.stdout.clone())
    }

    fn stderr(&self, _: &str) -> Box<dyn StdoutStream> {
        Box::new(self.stderr.clone())
    }

    fn variable(&self, _: &str) -> Option<String> {
        None
    }
}

pub(crate) fn configure(
    ctx: &mut WasiCtxBuilder,
    plugin: &str,
    grant: &Grant,
    backend: &dyn Terminal,
    args: &[String],
) {
    let Grant {
        stdin,
        stdout,
        stderr,
        args: which,
        env,
    } = grant;
    if *stdin {
        ctx.stdin(Stdin(backend.stdin(plugin)));
    }
    if *stdout {
        ctx.stdout(Stdout(backend.stdout(plugin)));
    }
    if *stderr {
        ctx.stderr(Stdout(backend.stderr(plugin)));
    }
    // The first argument is the name of the program, as everywhere.
    match which {
        Args::None => {}
        Args::Caller => {
            ctx.arg(plugin).args(args);
        }
        Args::Fixed(args) => {
            ctx.arg(plugin).args(args);
        }
    }
    for variable in env {
        match variable.split_once('=') {
            Some((name, value)) => {
                ctx.env(name, value);
            }
            None => {
                if let Some(value) = backend.variable(variable) {
                    ctx.env(variable, value);
                }
            }
        }
    }
}

pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    gated!(linker, "wasi:cli/environment" {
        GET_ENVIRONMENT |s| (Aim::Nothing) denied (Ok((Vec::new(),)))
            does Ok((s.cli().get_environment()?,));
        GET_ARGUMENTS |s| (Aim::Nothing) denied (Ok((Vec::new(),)))
            does Ok((s.cli().get_arguments()?,));
        INITIAL_CWD |s| (Aim::Nothing) denied (Ok((None,)))
            does Ok((s.cli().initial_cwd()?,));
    });
    gated!(linker, "wasi:cli/exit" {
        EXIT |s, status: Result<(), ()>| (Aim::Nothing) denied (Ok(()))
            does s.cli().exit(status);
        EXIT_WITH_CODE |s, code: u8| (Aim::Nothing) denied (Ok(()))
            does s.cli().exit_with_code(code);
    });
    gated!(linker, "wasi:cli/stdin" {
        GET_STDIN |s| (Aim::Nothing) denied ({ let stream = io::empty(&mut s.wasi.table)?; s.labelled(stream, false) })
            does { let stream = s.cli().get_stdin()?; s.labelled(stream, false) };
    });
    gated!(linker, "wasi:cli/stdout" {
        GET_STDOUT |s| (Aim::Nothing) denied ({ let stream = io::sink(&mut s.wasi.table)?; s.labelled(stream, false) })
            does { let stream = s.cli().get_stdout()?; s.labelled(stream, true) };
    });
    gated!(linker, "wasi:cli/stderr" {
        GET_STDERR |s| (Aim::Nothing) denied ({ let stream = io::sink(&mut s.wasi.table)?; s.labelled(stream, false) })
            does { let stream = s.cli().get_stderr()?; s.labelled(stream, true) };
    });
    cli::terminal_input::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    cli::terminal_output::add_to_linker::<State, WasiCli>(linker, State::cli)?;
    gated!(linker, "wasi:cli/terminal-stdin" {
        GET_TERMINAL_STDIN |s| (Aim::Nothing) denied (Ok((None,)))
            does Ok((s.cli().get_terminal_stdin()?,));
    });
    gated!(linker, "wasi:cli/terminal-stdout" {
        GET_TERMINAL_STDOUT |s| (Aim::Nothing) denied (Ok((None,)))
            does Ok((s.cli().get_terminal_stdout()?,));
    });
    gated!(linker, "wasi:cli/terminal-stderr" {
        GET_TERMINAL_STDERR |s| (Aim::Nothing) denied (Ok((None,)))
            does Ok((s.cli().get_terminal_stderr()?,));
    });
    Ok(())
}

impl State {
    /// A stream of the process, known as such.
    fn labelled<T: 'static>(
        &mut self,
        stream: Resource<T>,
        output: bool,
    ) -> wasmtime::Result<(Resource<T>,)> {
        let label = Label {
            capability: Capability::Cli,
            path: None,
            output,
        };
        self.wasi.labels.put(&stream, label);
        Ok((stream,))
    }
}

/// A boxed stream as a stream. Never a terminal: the plugin cannot ask for one.
struct Stdin(Box<dyn StdinStream>);

impl wasmtime_wasi::cli::IsTerminal for Stdin {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdinStream for Stdin {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncRead + Send + Sync> {
        self.0.async_stream()
    }

    fn p2_stream(&self) -> Box<dyn wasmtime_wasi::p2::InputStream> {
        self.0.p2_stream()
    }
}

struct Stdout(Box<dyn StdoutStream>);

impl wasmtime_wasi::cli::IsTerminal for Stdout {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Stdout {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        self.0.async_stream()
    }

    fn p2_stream(&self) -> Box<dyn wasmtime_wasi::p2::OutputStream> {
        self.0.p2_stream()
    }
}
