//! One debugging session: what the editor asks for and what the plugins tell is worked off one by one.

use super::agent::{Exchange, Wanted};
use super::breakpoints::Breakpoint;
use super::launch::{Launch, Loaded};
use super::threads::{Go, Thread};
use super::variables::References;
use super::wire::Writer;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Requests that wait while the session is busy; a client that sends more waits itself.
pub const MOST_WAITING: usize = 16;

/// What a client sends.
pub enum Request {
    Message(Value),
    /// It sent something else; nothing comes after it.
    Broken(String),
}

pub enum Event {
    Exchange(Exchange),
    /// For the output of the session: what kind, and the text.
    Printed(&'static str, String),
    /// The same, of a plugin's console.
    Console(&'static str, String),
    /// The instance of this number is no more.
    Left(u64),
    /// The calls have ended.
    Ended(Result<(), String>),
}

/// What a request is answered with; null where it is only acknowledged.
pub type Reply = Result<Value, String>;

/// How far the editor has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Connected,
    Initialized,
    Launched,
    Running,
    Ended,
}

pub struct Session {
    pub out: Writer,
    pub requests: mpsc::Receiver<Request>,
    pub events: mpsc::UnboundedReceiver<Event>,
    /// For what runs besides.
    pub sender: mpsc::UnboundedSender<Event>,
    /// What arrived while something else was waited for.
    pub later: VecDeque<Event>,
    pub later_requests: VecDeque<Request>,
    phase: Phase,
    pub launch: Launch,
    pub loaded: Loaded,
    /// The calls.
    pub running: Option<JoinHandle<()>>,
    pub wanted: Wanted,
    /// Bytes of plugins' consoles that have not been told yet.
    pub printed: Arc<AtomicUsize>,
    pub threads: BTreeMap<u64, Thread>,
    pub references: References,
    pub breakpoints: Vec<Breakpoint>,
    pub last_breakpoint: u64,
    /// Which exceptions stop a plugin: "", "uncaught" or "all".
    pub throws: &'static str,
    /// Plugins are to stop as soon as they do something.
    pub pauses: Option<&'static str>,
    pub lines_from_1: bool,
    pub columns_from_1: bool,
}

/// Works off what the editor asks for until it leaves.
pub fn run(launch: Launch, requests: mpsc::Receiver<Request>, out: Writer) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the asynchronous runtime")?;
    let (sender, events) = mpsc::unbounded_channel();
    let mut session = Session {
        out,
        requests,
        events,
        sender,
        later: VecDeque::new(),
        later_requests: VecDeque::new(),
        phase: Phase::Connected,
        launch,
        loaded: Loaded::default(),
        running: None,
        wanted: Wanted::default(),
        printed: Arc::default(),
        threads: BTreeMap::new(),
        references: References::default(),
        breakpoints: Vec::new(),
        last_breakpoint: 0,
        throws: "",
        pauses: None,
        lines_from_1: true,
        columns_from_1: true,
    };
    let outcome = runtime.block_on(session.work());
    runtime.shutdown_background();
    outcome.map(|()| ExitCode::SUCCESS)
}

impl Session {
    async fn work(&mut self) -> Result<()> {
        while !self.out.is_broken() {
            if let Some(event) = self.later.pop_front() {
                self.event(event).await;
                continue;
            }
            let request = match self.later_requests.pop_front() {
                Some(request) => Some(request),
                None => tokio::select! {
                    biased;
                    event = self.events.recv() => {
                        // there is always a sender: this session's own
                        if let Some(event) = event {
                            self.event(event).await;
                        }
                        continue;
                    }
                    request = self.requests.recv() => request,
                },
            };
            match request {
                None => return Ok(()),
                Some(Request::Broken(error)) => {
                    bail!("the client does not speak the Debug Adapter Protocol: {error}")
                }
                Some(Request::Message(request)) => {
                    if !self.request(&request).await {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    async fn event(&mut self, event: Event) {
        match event {
            Event::Exchange(exchange) => self.told(exchange).await,
            Event::Printed(category, text) => self.print(category, &text),
            Event::Console(category, text) => {
                self.printed.fetch_sub(text.len(), Ordering::Relaxed);
                self.print(category, &text);
            }
            Event::Left(instance) => self.leave_all(instance),
            Event::Ended(outcome) => {
                let code = i32::from(outcome.is_err());
                if let Err(error) = outcome {
                    self.print("stderr", &format!("error: {error}\n"));
                }
                self.end(Some(code));
            }
        }
    }

    /// Nothing runs any more.
    fn end(&mut self, code: Option<i32>) {
        if self.phase != Phase::Running {
            return;
        }
        self.phase = Phase::Ended;
        if let Some(running) = self.running.take() {
            running.abort();
        }
        let threads: Vec<u64> = self.threads.keys().copied().collect();
        for thread in threads {
            self.leave(thread);
        }
        if let Some(code) = code {
            self.out.event("exited", json!({ "exitCode": code }));
        }
        self.out.event("terminated", json!({}));
    }

    pub fn print(&mut self, category: &str, text: &str) {
        let body = json!({ "category": category, "output": text });
        self.out.event("output", body);
    }

    /// Answers a request; false if it is the last.
    async fn request(&mut self, request: &Value) -> bool {
        match request["type"].as_str() {
            Some("request") => {}
            // nothing is asked of clients, so there is nothing to answer
            _ => return true,
        }
        let command = request["command"].as_str().unwrap_or_default();
        let arguments = &request["arguments"];
        let reply = match self.admit(command) {
            Ok(()) => self.handle(command, arguments).await,
            Err(error) => Err(error),
        };
        let succeeded = reply.is_ok();
        self.out.response(request, reply);
        match command {
            // breakpoints can be set now
            "launch" | "attach" if succeeded => self.out.event("initialized", json!({})),
            "continue" if succeeded => self.go(thread_of(arguments), Go::On),
            "next" if succeeded => self.go(thread_of(arguments), Go::Over),
            "stepIn" if succeeded => self.go(thread_of(arguments), Go::In),
            "stepOut" if succeeded => self.go(thread_of(arguments), Go::Out),
            "terminate" if succeeded => self.end(None),
            "disconnect" => return false,
            _ => {}
        }
        true
    }

    /// Whether a request may come now.
    fn admit(&self, command: &str) -> Result<(), String> {
        let error = match (command, self.phase) {
            ("disconnect" | "cancel", _) => return Ok(()),
            ("initialize", Phase::Connected) => return Ok(()),
            ("initialize", _) => "the session is initialized already",
            (_, Phase::Connected) => "the first request has to be `initialize`",
            ("launch" | "attach", Phase::Initialized) => return Ok(()),
            ("launch" | "attach", _) => "it is launched already",
            ("configurationDone", Phase::Launched) => return Ok(()),
            ("configurationDone", Phase::Initialized) => "it was not launched",
            ("configurationDone", _) => "it is running already",
            _ => return Ok(()),
        };
        Err(error.to_owned())
    }

    async fn handle(&mut self, command: &str, arguments: &Value) -> Reply {
        match command {
            "initialize" => {
                self.lines_from_1 = arguments["linesStartAt1"] != json!(false);
                self.columns_from_1 = arguments["columnsStartAt1"] != json!(false);
                self.phase = Phase::Initialized;
                Ok(capabilities())
            }
            "launch" | "attach" => {
                self.prepare(arguments)
                    .map_err(|error| format!("{error:#}"))?;
                self.phase = Phase::Launched;
                Ok(Value::Null)
            }
            "configurationDone" => {
                self.start();
                self.phase = Phase::Running;
                Ok(Value::Null)
            }
            "continue" => {
                let thread = thread_of(arguments);
                self.must_be_stopped(thread)?;
                let mut others = self.threads.iter().filter(|(id, _)| **id != thread);
                let all = !others.any(|(_, other)| other.is_stopped());
                Ok(json!({ "allThreadsContinued": all }))
            }
            "next" | "stepIn" | "stepOut" => {
                self.must_be_stopped(thread_of(arguments))?;
                Ok(Value::Null)
            }
            "pause" => self.pause(arguments),
            "threads" => Ok(self.describe_threads()),
            "setBreakpoints" => Ok(self.set_breakpoints(arguments).await),
            "breakpointLocations" => Ok(self.breakpoint_locations(arguments)),
            "setExceptionBreakpoints" => self.set_exception_breakpoints(arguments).await,
            "exceptionInfo" => self.exception_info(arguments),
            "stackTrace" => self.stack(arguments),
            "scopes" => self.scopes(arguments).await,
            "variables" => self.variables(arguments).await,
            "evaluate" => self.evaluate(arguments).await,
            "setVariable" => self.set_variable(arguments).await,
            "setExpression" => self.set_expression(arguments).await,
            "completions" => self.complete(arguments).await,
            "loadedSources" => Ok(json!({ "sources": self.sources() })),
            "source" => self.source(arguments),
            // what is evaluated has been interrupted where this one was read
            "cancel" | "disconnect" | "terminate" => Ok(Value::Null),
            "" => Err("a request has to have a `command`".into()),
            other => Err(format!("`{other}` is not supported")),
        }
    }

    pub fn line_in(&self, line: u32) -> u32 {
        line.saturating_add(u32::from(!self.lines_from_1))
    }

    pub fn line_out(&self, line: u32) -> u32 {
        line.saturating_sub(u32::from(!self.lines_from_1))
    }

    pub fn column_out(&self, column: u32) -> u32 {
        column.saturating_sub(u32::from(!self.columns_from_1))
    }

    pub fn column_in(&self, column: u32) -> u32 {
        column.saturating_add(u32::from(!self.columns_from_1))
    }
}

/// The thread that a request is about; clients of one that has only one may leave it out.
pub fn thread_of(arguments: &Value) -> u64 {
    arguments["threadId"].as_u64().unwrap_or(1)
}

/// A number that a client sends.
pub fn number(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|number| u32::try_from(number).ok())
}

fn capabilities() -> Value {
    json!({
        "supportsConfigurationDoneRequest": true,
        "supportsFunctionBreakpoints": false,
        "supportsConditionalBreakpoints": true,
        "supportsHitConditionalBreakpoints": true,
        "supportsLogPoints": true,
        "supportsBreakpointLocationsRequest": true,
        "supportsEvaluateForHovers": true,
        "supportsCompletionsRequest": true,
        "completionTriggerCharacters": ["."],
        "supportsExceptionInfoRequest": true,
        "supportsLoadedSourcesRequest": true,
        "supportsSetVariable": true,
        "supportsSetExpression": true,
        "supportsTerminateRequest": true,
        "supportsCancelRequest": true,
        "supportsDelayedStackTraceLoading": true,
        "supportsSingleThreadExecutionRequests": true,
        "exceptionBreakpointFilters": [
            { "filter": "all", "label": "All exceptions", "default": false },
            { "filter": "uncaught", "label": "Uncaught exceptions", "default": true },
        ],
    })
}
