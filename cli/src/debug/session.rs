//! One debugging session.

use super::agent::{Agent, Exchange};
use super::breakpoints::{Breakpoint, parts};
use super::places::Places;
use super::wire::{self, Writer};
use crate::grants::Grants;
use crate::target::Target;
use anyhow::{Context, Result};
use outwit::console::{Level, Sink};
use outwit::debug::Answer;
use outwit::{App, Host, Manifest};
use outwit_quickjs::source_map::SourceMaps;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{mpsc, oneshot};

/// What is to be debugged, as far as the command line says.
pub struct Launch {
    pub target: Option<PathBuf>,
    /// Of an app.
    pub plugin: Option<String>,
    pub sources: Vec<PathBuf>,
    pub calls: Vec<String>,
    pub grants: Grants,
}

/// How a stopped plugin goes on; the numbers are the agent's.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Go {
    On = 0,
    In = 1,
    Over = 2,
    Out = 3,
}

enum Event {
    Request(Value),
    Exchange(Exchange),
    Printed(&'static str, String),
    /// The calls have ended.
    Ended(Result<(), String>),
    /// The editor is gone.
    Gone,
}

/// Works off what the editor asks for until it leaves.
pub fn run(
    launch: Launch,
    mut input: impl BufRead + Send + 'static,
    out: Writer,
) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the asynchronous runtime")?;
    let (events, received) = mpsc::unbounded_channel();
    let requests = events.clone();
    std::thread::Builder::new()
        .name("outwit-debug-input".into())
        .spawn(move || {
            while let Some(request) = wire::read(&mut input) {
                if requests.send(Event::Request(request)).is_err() {
                    return;
                }
            }
            // nobody waits any more if this fails
            let _ = requests.send(Event::Gone);
        })?;
    let mut session = Session {
        launch: Some(launch),
        out,
        events,
        received,
        later: VecDeque::new(),
        wanted: Arc::default(),
        component: Vec::new(),
        plugin: None,
        folders: Vec::new(),
        places: None,
        breakpoints: Vec::new(),
        last_breakpoint: 0,
        throws: String::new(),
        stopped: None,
        frames: Vec::new(),
        exception: Value::Null,
        going: Go::On,
        pauses: false,
        lines_from_1: true,
        columns_from_1: true,
    };
    let outcome = runtime.block_on(session.work());
    runtime.shutdown_background();
    outcome.map(|()| ExitCode::SUCCESS)
}

struct Session {
    launch: Option<Launch>,
    out: Writer,
    events: mpsc::UnboundedSender<Event>,
    received: mpsc::UnboundedReceiver<Event>,
    /// What arrived while something else was waited for.
    later: VecDeque<Event>,
    /// Whether a plugin that computes is to ask.
    wanted: Arc<AtomicBool>,
    component: Vec<u8>,
    /// The plugin of an app that is debugged; others run.
    plugin: Option<String>,
    folders: Vec<PathBuf>,
    /// Known when the plugin has been instantiated.
    places: Option<Places>,
    breakpoints: Vec<Breakpoint>,
    last_breakpoint: u64,
    /// Which exceptions stop the plugin: "", "uncaught" or "all".
    throws: String,
    /// The way to let a stopped plugin go on.
    stopped: Option<oneshot::Sender<Answer>>,
    /// The frames of the stop.
    frames: Vec<Value>,
    /// What was thrown, if that is why it stopped.
    exception: Value,
    going: Go,
    pauses: bool,
    lines_from_1: bool,
    columns_from_1: bool,
}

impl Session {
    async fn work(&mut self) -> Result<()> {
        loop {
            let event = match self.later.pop_front() {
                Some(event) => Some(event),
                None => self.received.recv().await,
            };
            match event {
                None | Some(Event::Gone) => return Ok(()),
                Some(Event::Request(request)) => {
                    if !self.request(&request).await? {
                        return Ok(());
                    }
                }
                Some(Event::Exchange(exchange)) => self.told(exchange).await?,
                Some(Event::Printed(category, text)) => self.print(category, &text)?,
                Some(Event::Ended(outcome)) => {
                    self.stopped = None;
                    let code = i32::from(outcome.is_err());
                    if let Err(error) = outcome {
                        self.print("stderr", &format!("error: {error}\n"))?;
                    }
                    self.out.event("exited", json!({ "exitCode": code }))?;
                    self.out.event("terminated", json!({}))?;
                }
            }
        }
    }

    fn print(&mut self, category: &str, text: &str) -> Result<()> {
        let body = json!({ "category": category, "output": text });
        Ok(self.out.event("output", body)?)
    }

    // ---- the plugin ----------------------------------------------------------------------------

    /// Works off what the plugin tells.
    async fn told(&mut self, exchange: Exchange) -> Result<()> {
        let Ok(message) = serde_json::from_str::<Value>(&exchange.message) else {
            self.print(
                "stderr",
                &format!("the debugger's agent failed: {}\n", exchange.message),
            )?;
            return Ok(());
        };
        let debugged = self.plugin.as_ref();
        let other = debugged.is_some_and(|plugin| *plugin != exchange.plugin);
        match message["t"].as_str() {
            Some("hello") if other => answer(exchange.answer, &json!({}), false),
            Some("hello") => {
                let maps = SourceMaps::of(&self.component);
                let places = Places::new(maps, &message["functions"], &self.folders);
                self.places = Some(places);
                let breakpoints = self.place_breakpoints()?;
                let places = self.places.as_ref();
                let setup = json!({
                    "lines": places.map(Places::stops),
                    "breakpoints": breakpoints,
                    "throws": self.throws,
                    "polls": true,
                });
                answer(exchange.answer, &setup, true);
            }
            Some("stopped") => {
                self.stopped = Some(exchange.answer);
                self.stop(&message).await?;
            }
            Some("poll" | "idle") => {
                self.stopped = Some(exchange.answer);
                self.wanted.store(false, Ordering::Release);
                self.update().await?;
                self.go(if self.pauses { Go::In } else { self.going });
            }
            _ => {
                self.print(
                    "stderr",
                    &format!("the debugger's agent failed: {message}\n"),
                )?;
                answer(exchange.answer, &json!({}), false);
            }
        }
        Ok(())
    }

    /// Tells the plugin what changed while it ran.
    async fn update(&mut self) -> Result<()> {
        let places = self.place_breakpoints()?;
        self.ask(json!({ "breakpoints": places })).await?;
        let throws = self.throws.clone();
        self.ask(json!({ "throws": throws })).await?;
        Ok(())
    }

    /// The plugin stopped: goes on if that is not meant, or tells the editor.
    async fn stop(&mut self, message: &Value) -> Result<()> {
        let reason = message["reason"].as_str().unwrap_or_default();
        let mut hit = Vec::new();
        if reason == "breakpoint" {
            let place = message["f"].as_u64().zip(message["pc"].as_u64());
            for index in 0..self.breakpoints.len() {
                if self.hits(index, place).await? {
                    hit.extend(self.breakpoints.get(index).map(|breakpoint| breakpoint.id));
                }
            }
            if hit.is_empty() {
                self.go(self.going);
                return Ok(());
            }
        }
        let frames = self.ask(json!({ "frames": 0 })).await?;
        self.frames = frames.as_array().cloned().unwrap_or_default();
        self.exception = message.get("value").cloned().unwrap_or_default();
        if !self.exception.is_null() {
            self.exception["uncaught"] = message["uncaught"].clone();
        }
        let reason = match reason {
            "step" if self.pauses => "pause",
            reason => reason,
        };
        self.pauses = false;
        self.going = Go::On;
        let mut body = json!({ "reason": reason, "threadId": 1, "allThreadsStopped": true });
        if !hit.is_empty() {
            body["hitBreakpointIds"] = json!(hit);
        }
        if let Some(text) = self.exception["value"].as_str() {
            body["text"] = json!(text);
            body["description"] = json!("Paused on exception");
        }
        Ok(self.out.event("stopped", body)?)
    }

    /// Whether a breakpoint at this place stops the plugin.
    async fn hits(&mut self, index: usize, place: Option<(u64, u64)>) -> Result<bool> {
        let Some(breakpoint) = self.breakpoints.get(index).cloned() else {
            return Ok(false);
        };
        if breakpoint.place.map(|(function, pc)| (function as u64, pc)) != place {
            return Ok(false);
        }
        if let Some(condition) = &breakpoint.condition {
            let command = json!({ "evaluate": [0, format!("!!({condition})")] });
            let value = self.ask(command).await?;
            if value["ok"] == json!(false) {
                let error = value["value"].as_str().unwrap_or_default();
                self.print(
                    "stderr",
                    &format!("the condition `{condition}` fails: {error}\n"),
                )?;
            } else if value["value"] != json!("true") {
                return Ok(false);
            }
        }
        let hits = breakpoint.hits + 1;
        if let Some(breakpoint) = self.breakpoints.get_mut(index) {
            breakpoint.hits = hits;
        }
        if breakpoint.hit.is_some_and(|hit| !hit.stops(hits)) {
            return Ok(false);
        }
        let Some(log) = &breakpoint.log else {
            return Ok(true);
        };
        let mut text = String::new();
        for part in parts(log) {
            match part {
                Ok(part) => text.push_str(part),
                Err(expression) => {
                    let value = self.ask(json!({ "evaluate": [0, expression] })).await?;
                    let shown = value["value"].as_str().unwrap_or_default();
                    // strings as they are
                    let plain = serde_json::from_str::<String>(shown);
                    text.push_str(&plain.unwrap_or_else(|_| shown.to_owned()));
                }
            }
        }
        text.push('\n');
        self.print("console", &text)?;
        Ok(false)
    }

    /// Has the stopped plugin's engine do something.
    async fn ask(&mut self, command: Value) -> Result<Value> {
        let Some(stopped) = self.stopped.take() else {
            return Ok(Value::Null);
        };
        answer(stopped, &command, true);
        while let Some(event) = self.received.recv().await {
            match event {
                Event::Exchange(exchange) => {
                    let message: Value =
                        serde_json::from_str(&exchange.message).unwrap_or_default();
                    if message["t"] == json!("answer") {
                        self.stopped = Some(exchange.answer);
                        return Ok(message.get("value").cloned().unwrap_or_default());
                    }
                    self.later.push_back(Event::Exchange(exchange));
                }
                Event::Ended(_) | Event::Gone => {
                    self.later.push_back(event);
                    break;
                }
                event => self.later.push_back(event),
            }
        }
        Ok(Value::Null)
    }

    fn go(&mut self, how: Go) {
        self.frames.clear();
        if let Some(stopped) = self.stopped.take() {
            self.going = how;
            answer(stopped, &json!({ "go": how as u8 }), false);
        }
    }

    // ---- the editor ----------------------------------------------------------------------------

    /// Answers a request; false if it is the last.
    async fn request(&mut self, request: &Value) -> Result<bool> {
        let command = request["command"].as_str().unwrap_or_default();
        let arguments = &request["arguments"];
        let go = match command {
            "continue" => Some(Go::On),
            "next" => Some(Go::Over),
            "stepIn" => Some(Go::In),
            "stepOut" => Some(Go::Out),
            _ => None,
        };
        if let Some(go) = go {
            let is_stopped = self.stopped.is_some();
            let outcome = match is_stopped {
                true => Ok(json!({ "allThreadsContinued": true })),
                false => Err("the plugin is not stopped".to_owned()),
            };
            self.out.response(request, outcome)?;
            self.go(go);
            return Ok(true);
        }
        let outcome = match command {
            "initialize" => {
                self.lines_from_1 = arguments["linesStartAt1"] != json!(false);
                self.columns_from_1 = arguments["columnsStartAt1"] != json!(false);
                Ok(capabilities())
            }
            "launch" | "attach" => self
                .prepare(arguments)
                .map_err(|error| format!("{error:#}")),
            "configurationDone" => self.start().map_err(|error| format!("{error:#}")),
            "setBreakpoints" => self.set_breakpoints(arguments),
            "setExceptionBreakpoints" => {
                let filters = arguments["filters"].as_array();
                let has =
                    |name: &str| filters.is_some_and(|filters| filters.contains(&json!(name)));
                self.throws = match (has("all"), has("uncaught")) {
                    (true, _) => "all",
                    (_, true) => "uncaught",
                    _ => "",
                }
                .to_owned();
                self.changed().await?;
                Ok(json!({}))
            }
            "threads" => Ok(json!({ "threads": [{ "id": 1, "name": "plugin" }] })),
            "stackTrace" => Ok(self.stack(arguments)),
            "scopes" => self.scopes(arguments).await?,
            "variables" => self.variables(arguments).await?,
            "evaluate" => self.evaluate(arguments).await?,
            "setVariable" => self.set_variable(arguments).await?,
            "exceptionInfo" => self.exception_info(),
            "loadedSources" => {
                let sources = self.places.as_ref().map(Places::sources);
                Ok(json!({ "sources": sources.unwrap_or_default() }))
            }
            "source" => self.source(arguments),
            "pause" => {
                self.pauses = true;
                self.wanted.store(true, Ordering::Release);
                Ok(json!({}))
            }
            "disconnect" | "terminate" => {
                self.out.response(request, Ok(json!({})))?;
                if command == "terminate" {
                    self.out.event("terminated", json!({}))?;
                    return Ok(true);
                }
                return Ok(false);
            }
            other => Err(format!("`{other}` is not supported")),
        };
        let is_launched = command == "launch" || command == "attach";
        let succeeded = outcome.is_ok();
        self.out.response(request, outcome)?;
        if is_launched && succeeded {
            // breakpoints can be set now
            self.out.event("initialized", json!({}))?;
        }
        Ok(true)
    }

    /// Takes what the launch request says, where the command line says nothing.
    fn prepare(&mut self, arguments: &Value) -> Result<Value> {
        let launch = self.launch.as_mut().context("it is launched already")?;
        if launch.target.is_none() {
            launch.target = arguments["program"].as_str().map(PathBuf::from);
        }
        let texts = |key: &str| {
            let texts = arguments[key].as_array().into_iter().flatten();
            texts.filter_map(Value::as_str).map(str::to_owned)
        };
        if launch.calls.is_empty() {
            launch.calls.extend(texts("calls"));
        }
        launch.sources.extend(texts("sources").map(PathBuf::from));
        let target = launch.target.clone().context(
            "nothing says what to debug: name a component on the command line, or as `program` in the launch request",
        )?;
        self.folders.clone_from(&launch.sources);
        self.folders.push(std::env::current_dir()?);
        self.folders.extend(target.parent().map(PathBuf::from));
        if launch.plugin.is_none() {
            launch.plugin = arguments["plugin"].as_str().map(str::to_owned);
        }
        let component = match Target::of(&target)? {
            Target::App(manifest) => {
                let (plugin, path) = of_app(&manifest, launch.plugin.as_deref())?;
                self.plugin = Some(plugin);
                self.folders.extend(path.parent().map(PathBuf::from));
                path
            }
            _ => Target::component(&target)?,
        };
        self.component = std::fs::read(&component)
            .with_context(|| format!("cannot read {}", component.display()))?;
        if SourceMaps::of(&self.component).is_empty() {
            let text = "this component has no source map, so no breakpoint can be set: build it without --no-source-map\n";
            self.print("important", text)?;
        }
        Ok(json!({}))
    }

    /// Loads the plugin and calls it.
    fn start(&mut self) -> Result<Value> {
        let launch = self.launch.take().context("it is running already")?;
        let target = launch.target.clone().context("it was not launched")?;
        let (exchanges, mut received) = mpsc::unbounded_channel();
        let events = self.events.clone();
        tokio::spawn(async move {
            while let Some(exchange) = received.recv().await {
                if events.send(Event::Exchange(exchange)).is_err() {
                    return;
                }
            }
        });
        let agent = Agent {
            exchanges,
            wanted: self.wanted.clone(),
        };
        let host = Host::system()
            .with_debugger(Arc::new(agent))
            .with_console(Arc::new(Console(self.events.clone())));
        let events = self.events.clone();
        tokio::spawn(async move {
            let outcome = calls(target, launch, host, &events).await;
            let outcome = outcome.map_err(|error| format!("{error:#}"));
            // nobody listens any more if this fails
            let _ = events.send(Event::Ended(outcome));
        });
        Ok(json!({}))
    }

    fn line_in(&self, line: u32) -> u32 {
        if self.lines_from_1 {
            line
        } else {
            line.saturating_add(1)
        }
    }

    fn line_out(&self, line: u32) -> u32 {
        if self.lines_from_1 {
            line
        } else {
            line.saturating_sub(1)
        }
    }

    fn column_out(&self, column: u32) -> u32 {
        if self.columns_from_1 {
            column
        } else {
            column.saturating_sub(1)
        }
    }

    /// Finds the places of all breakpoints, and tells the editor about those that were not known.
    fn place_breakpoints(&mut self) -> Result<Vec<(usize, u64)>> {
        let Some(places) = &self.places else {
            return Ok(Vec::new());
        };
        let mut all = Vec::new();
        let mut changed = Vec::new();
        for breakpoint in &mut self.breakpoints {
            let found = places.breakpoint(&breakpoint.file, breakpoint.line);
            let place = found.map(|(_, place)| place);
            if breakpoint.place != place {
                breakpoint.place = place;
                let line = found.map(|(line, _)| line);
                changed.push((breakpoint.clone(), line));
            }
            all.extend(place);
        }
        for (breakpoint, line) in changed {
            let line = line.map(|line| self.line_out(line));
            let source = self.source_of(&breakpoint.file);
            let body =
                json!({ "reason": "changed", "breakpoint": breakpoint.describe(line, source) });
            self.out.event("breakpoint", body)?;
        }
        all.sort_unstable();
        all.dedup();
        Ok(all)
    }

    fn source_of(&self, file: &str) -> Value {
        match &self.places {
            Some(places) => places.source(file),
            None => json!({ "name": file }),
        }
    }

    /// What the plugin has to know has changed: it is told now, or when it asks.
    async fn changed(&mut self) -> Result<()> {
        if self.stopped.is_some() {
            self.update().await?;
        } else if self.places.is_some() {
            self.wanted.store(true, Ordering::Release);
        }
        Ok(())
    }

    fn set_breakpoints(&mut self, arguments: &Value) -> Result<Value, String> {
        let known = match &self.places {
            Some(places) => places.file(&arguments["source"]),
            // its functions are not known yet, and its files are
            None => {
                let maps = SourceMaps::of(&self.component);
                Places::new(maps, &Value::Null, &self.folders).file(&arguments["source"])
            }
        };
        let file = known.unwrap_or_default();
        self.breakpoints
            .retain(|breakpoint| breakpoint.file != file);
        let mut described = Vec::new();
        for wanted in arguments["breakpoints"].as_array().into_iter().flatten() {
            self.last_breakpoint += 1;
            let mut breakpoint = Breakpoint::new(self.last_breakpoint, &file, wanted);
            breakpoint.line = self.line_in(breakpoint.line);
            let places = self.places.as_ref();
            let found = places.and_then(|places| places.breakpoint(&file, breakpoint.line));
            breakpoint.place = found.map(|(_, place)| place);
            let line = found.map(|(line, _)| self.line_out(line));
            described.push(breakpoint.describe(line, arguments["source"].clone()));
            if !file.is_empty() {
                self.breakpoints.push(breakpoint);
            }
        }
        if self.places.is_some() {
            self.wanted.store(true, Ordering::Release);
        }
        Ok(json!({ "breakpoints": described }))
    }

    fn stack(&self, arguments: &Value) -> Value {
        let mut frames = Vec::new();
        for (index, frame) in self.frames.iter().enumerate() {
            let Some(file) = frame["file"].as_str() else {
                continue;
            };
            let number = |key: &str| {
                let number = frame[key].as_u64();
                number
                    .and_then(|number| u32::try_from(number).ok())
                    .unwrap_or_default()
            };
            let places = self.places.as_ref();
            let place =
                places.and_then(|places| places.original(file, number("line"), number("column")));
            let name = match frame["name"].as_str() {
                Some("") | None => "(anonymous)",
                Some(name) => name,
            };
            let waits = frame["waits"] == json!(true);
            let name = if waits {
                format!("await in {name}")
            } else {
                name.to_owned()
            };
            let mut described = json!({ "id": index + 1, "name": name, "line": 0, "column": 0 });
            if let Some((line, column)) = place {
                described["line"] = json!(self.line_out(line));
                described["column"] = json!(self.column_out(column));
                described["source"] = self.source_of(file);
            } else {
                // web APIs, and code that was made
                described["presentationHint"] = json!("subtle");
            }
            frames.push(described);
        }
        let total = frames.len();
        let number = |key: &str| {
            arguments[key]
                .as_u64()
                .and_then(|n| usize::try_from(n).ok())
        };
        let start = number("startFrame").unwrap_or(0);
        let levels = number("levels")
            .filter(|levels| *levels > 0)
            .unwrap_or(total);
        let shown: Vec<Value> = frames.into_iter().skip(start).take(levels).collect();
        json!({ "stackFrames": shown, "totalFrames": total })
    }

    async fn scopes(&mut self, arguments: &Value) -> Result<Result<Value, String>> {
        let Some(frame) = arguments["frameId"].as_i64().map(|id| id - 1) else {
            return Ok(Err("no such frame".into()));
        };
        let mut scopes = Vec::new();
        for (name, hint, command) in [
            ("Locals", "locals", json!({ "scope": [frame, 0] })),
            ("Closure", "closure", json!({ "scope": [frame, 1] })),
            ("Global", "globals", json!({ "global": 0 })),
        ] {
            let found = self.ask(command).await?;
            if let Some(reference) = found["ref"].as_u64().filter(|reference| *reference > 0) {
                scopes.push(json!({
                    "name": name,
                    "presentationHint": hint,
                    "variablesReference": scoped(reference, frame, name),
                    "expensive": name == "Global",
                }));
            }
        }
        Ok(Ok(json!({ "scopes": scopes })))
    }

    async fn variables(&mut self, arguments: &Value) -> Result<Result<Value, String>> {
        let (reference, frame) =
            unscoped(arguments["variablesReference"].as_u64().unwrap_or_default());
        let command = json!({ "expand": [reference, arguments["filter"], arguments["start"], arguments["count"]] });
        let found = self.ask(command).await?;
        let variables = found.as_array().into_iter().flatten().map(|variable| {
            let mut described = value_of(variable);
            described["name"] = variable["name"].clone();
            if frame.is_some() {
                described["evaluateName"] = variable["name"].clone();
            }
            if let Some(indexed) = variable["indexed"].as_u64() {
                described["indexedVariables"] = json!(indexed);
                described["namedVariables"] = json!(1);
            }
            described
        });
        Ok(Ok(json!({ "variables": variables.collect::<Vec<_>>() })))
    }

    async fn evaluate(&mut self, arguments: &Value) -> Result<Result<Value, String>> {
        if self.stopped.is_none() {
            return Ok(Err("the plugin runs; pause it first".into()));
        }
        let frame = arguments["frameId"].as_i64().map_or(-1, |id| id - 1);
        let text = arguments["expression"].as_str().unwrap_or_default();
        let found = self.ask(json!({ "evaluate": [frame, text] })).await?;
        if found["ok"] != json!(true) {
            let error = found["value"].as_str().or(found["failed"].as_str());
            return Ok(Err(error
                .unwrap_or("it cannot be evaluated here")
                .to_owned()));
        }
        let mut described = value_of(&found);
        described["result"] = described["value"].take();
        Ok(Ok(described))
    }

    /// Sets a variable of a frame.
    async fn set_variable(&mut self, arguments: &Value) -> Result<Result<Value, String>> {
        let (_, frame) = unscoped(arguments["variablesReference"].as_u64().unwrap_or_default());
        let Some(frame) = frame else {
            return Ok(Err(
                "only variables can be set here; assign properties in the debug console".into(),
            ));
        };
        let name = arguments["name"].as_str().unwrap_or_default();
        let value = arguments["value"].as_str().unwrap_or_default();
        let found = self
            .ask(json!({ "evaluate": [frame, format!("{name} = ({value})")] }))
            .await?;
        Ok(match found["ok"] == json!(true) {
            true => Ok(value_of(&found)),
            false => Err(found["value"]
                .as_str()
                .unwrap_or("it cannot be set")
                .to_owned()),
        })
    }

    fn exception_info(&self) -> Result<Value, String> {
        let text = self.exception["value"].as_str();
        let text = text.ok_or("it did not stop because of an exception")?;
        let mode = match self.exception["uncaught"] == json!(true) {
            true => "unhandled",
            false => "always",
        };
        let name = text.split(':').next().unwrap_or(text);
        Ok(json!({
            "exceptionId": name,
            "description": text,
            "breakMode": mode,
            "details": { "message": text, "typeName": name },
        }))
    }

    fn source(&self, arguments: &Value) -> Result<Value, String> {
        let reference = arguments["source"]["sourceReference"].as_u64();
        let reference = reference.or(arguments["sourceReference"].as_u64());
        let reference = reference.and_then(|number| usize::try_from(number).ok());
        let places = self.places.as_ref();
        let content = reference.and_then(|reference| places?.content(reference));
        let content = content.ok_or("there is no such source")?;
        Ok(json!({ "content": content, "mimeType": "text/typescript" }))
    }
}

/// Scopes of frames are told from objects by their reference, so that their variables can be set.
fn scoped(reference: u64, frame: i64, name: &str) -> u64 {
    match (name, u64::try_from(frame)) {
        ("Global", _) | (_, Err(_)) => reference,
        (_, Ok(frame)) => reference | ((frame + 1).min(0x7ff) << 20),
    }
}

fn unscoped(reference: u64) -> (u64, Option<u64>) {
    ((reference & 0xf_ffff), (reference >> 20).checked_sub(1))
}

fn value_of(variable: &Value) -> Value {
    json!({
        "value": variable["value"],
        "type": variable["type"],
        "variablesReference": variable["ref"],
    })
}

fn answer(to: oneshot::Sender<Answer>, command: &Value, stopped: bool) {
    let text = command.to_string();
    // the plugin has ended if nobody waits for it
    let _ = to.send(Answer { text, stopped });
}

fn capabilities() -> Value {
    json!({
        "supportsConfigurationDoneRequest": true,
        "supportsConditionalBreakpoints": true,
        "supportsHitConditionalBreakpoints": true,
        "supportsLogPoints": true,
        "supportsEvaluateForHovers": true,
        "supportsExceptionInfoRequest": true,
        "supportsLoadedSourcesRequest": true,
        "supportsSetVariable": true,
        "supportsTerminateRequest": true,
        "exceptionBreakpointFilters": [
            { "filter": "all", "label": "All exceptions", "default": false },
            { "filter": "uncaught", "label": "Uncaught exceptions", "default": true },
        ],
    })
}

/// The plugin of an app, and its component.
fn of_app(manifest: &Path, wanted: Option<&str>) -> Result<(String, PathBuf)> {
    let manifest = Manifest::load(manifest)?;
    let all: Vec<_> = manifest.plugins().collect();
    let found = match (wanted, all.as_slice()) {
        (None, [only]) => Some(only),
        (wanted, all) => all.iter().find(|entry| Some(entry.name()) == wanted),
    };
    let found = found.with_context(|| {
        let names: Vec<_> = all.iter().map(|entry| entry.name()).collect();
        format!("choose one of {} with --plugin", names.join(", "))
    })?;
    Ok((found.name().to_owned(), found.path().to_owned()))
}

/// Loads what is to be debugged, and makes the calls.
async fn calls(
    target: PathBuf,
    launch: Launch,
    host: Host,
    events: &mpsc::UnboundedSender<Event>,
) -> Result<()> {
    let Launch { calls, grants, .. } = launch;
    let load = move || crate::run::app_on(&target, &grants, &[], Some(host));
    let loaded = tokio::task::spawn_blocking(load).await??;
    let (app, single): (&App, bool) = (&loaded.app, loaded.single);
    if calls.is_empty() {
        let plugin = crate::run::command_of(app)
            .context("name a call behind `--`, or as `calls` in the launch request")?;
        let code = app.run(&plugin, &Vec::<String>::new()).await;
        code.map_err(|error| crate::run::explain(error, single))?;
    }
    for call in &calls {
        let results = crate::call::call(app, single, call).await?;
        let text = crate::call::wave(&results)?;
        // nobody listens any more if this fails
        let _ = events.send(Event::Printed("stdout", text));
    }
    Ok(())
}

/// Shows what the plugin prints.
struct Console(mpsc::UnboundedSender<Event>);

impl Sink for Console {
    fn write(&self, _: &str, level: Level, message: &str) {
        let category = match level {
            Level::Warn | Level::Error => "stderr",
            _ => "stdout",
        };
        // nobody listens any more if this fails
        let _ = self
            .0
            .send(Event::Printed(category, format!("{message}\n")));
    }
}
