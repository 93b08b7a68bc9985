//! The threads of a session: each is a component in JavaScript whose agent has said hello.

use super::agent::Exchange;
use super::breakpoints::Breakpoint;
use super::places::Places;
use super::session::{Event, MOST_WAITING, Reply, Request, Session, thread_of};
use outwit::debug::Answer;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::oneshot;

/// How long what is evaluated may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a stopped plugin goes on; the numbers are the agent's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Go {
    On = 0,
    In = 1,
    Over = 2,
    Out = 3,
}

pub struct Thread {
    pub plugin: String,
    instance: u64,
    component: usize,
    pub places: Places,
    /// The way to let it go on, if it waits for that.
    waits: Option<oneshot::Sender<Answer>>,
    /// Whether the editor knows that it is stopped.
    is_stopped: bool,
    /// The frames of the stop.
    pub frames: Vec<Value>,
    /// What was thrown, if that is why it stopped.
    pub exception: Value,
    going: Go,
    pauses: Option<&'static str>,
}

impl Thread {
    pub fn is_stopped(&self) -> bool {
        self.is_stopped
    }

    fn name(&self) -> String {
        match self.component {
            0 => self.plugin.clone(),
            component => format!("{}, component {}", self.plugin, component + 1),
        }
    }
}

impl Session {
    /// Works off what a plugin tells.
    pub async fn told(&mut self, exchange: Exchange) {
        let id = exchange.agent;
        match exchange.message["t"].as_str() {
            Some("hello") => self.meet(exchange),
            Some("stopped") if self.threads.contains_key(&id) => {
                let Exchange {
                    message, answer, ..
                } = exchange;
                self.wait(id, answer);
                self.stop(id, &message).await;
            }
            Some("poll" | "idle") if self.threads.contains_key(&id) => {
                self.wait(id, exchange.answer);
                self.wanted.poll(id, false);
                self.update(id).await;
                let thread = self.threads.get(&id);
                let going = thread.map_or(Go::On, |thread| match thread.pauses {
                    Some(_) => Go::In,
                    None => thread.going,
                });
                self.resume(id, going);
            }
            Some("failed") => {
                let error = exchange.message["error"].as_str().unwrap_or_default();
                let text = format!("the debugger's agent failed: {error}\n");
                self.print("stderr", &text);
                answer(exchange.answer, &json!({}), false);
            }
            // of a plugin that is not debugged, or an answer that nobody waits for any more
            _ => answer(exchange.answer, &json!({ "go": 0 }), false),
        }
    }

    fn wait(&mut self, id: u64, answer: oneshot::Sender<Answer>) {
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.waits = Some(answer);
        }
    }

    /// An instance has come into being.
    fn meet(&mut self, exchange: Exchange) {
        let Exchange {
            agent: id,
            plugin,
            instance,
            component,
            message,
            answer: back,
        } = exchange;
        let Some(places) = self
            .loaded
            .places(&plugin, component, &message["functions"])
        else {
            answer(back, &json!({}), false);
            return;
        };
        let thread = Thread {
            plugin,
            instance,
            component,
            places,
            waits: None,
            is_stopped: false,
            frames: Vec::new(),
            exception: Value::Null,
            going: Go::On,
            pauses: self.pauses.take(),
        };
        let setup = json!({
            "lines": thread.places.stops(),
            "throws": self.throws,
            "polls": true,
            "steps": thread.pauses.is_some(),
        });
        self.threads.insert(id, thread);
        let mut setup = setup;
        setup["breakpoints"] = json!(self.place_breakpoints(id));
        let body = json!({ "reason": "started", "threadId": id });
        self.out.event("thread", body);
        answer(back, &setup, true);
    }

    /// An instance has ended.
    pub fn leave_all(&mut self, instance: u64) {
        let threads = self.threads.iter();
        let ended = threads.filter(|(_, thread)| thread.instance == instance);
        let ended: Vec<u64> = ended.map(|(id, _)| *id).collect();
        for id in ended {
            self.leave(id);
        }
    }

    /// A thread has ended.
    pub fn leave(&mut self, id: u64) {
        if self.threads.remove(&id).is_some() {
            self.references.forget(id);
            self.wanted.poll(id, false);
            for breakpoint in &mut self.breakpoints {
                breakpoint.places.remove(&id);
            }
            let body = json!({ "reason": "exited", "threadId": id });
            self.out.event("thread", body);
        }
    }

    pub fn describe_threads(&self) -> Value {
        let threads = self.threads.iter();
        let threads = threads.map(|(id, thread)| json!({ "id": id, "name": thread.name() }));
        json!({ "threads": threads.collect::<Vec<_>>() })
    }

    /// Tells a waiting plugin what changed while it ran.
    async fn update(&mut self, id: u64) {
        let places = self.place_breakpoints(id);
        self.ask(id, json!({ "breakpoints": places })).await;
        let throws = self.throws;
        self.ask(id, json!({ "throws": throws })).await;
    }

    /// What plugins have to know has changed: they are told now, or when they ask.
    pub async fn changed(&mut self) {
        let threads: Vec<u64> = self.threads.keys().copied().collect();
        for id in threads {
            let waits = |thread: &Thread| thread.waits.is_some();
            if self.threads.get(&id).is_some_and(waits) {
                self.update(id).await;
            } else {
                self.wanted.poll(id, true);
            }
        }
    }

    /// A plugin stopped: goes on if that is not meant, or tells the editor.
    async fn stop(&mut self, id: u64, message: &Value) {
        let reason = message["reason"].as_str().unwrap_or_default();
        let mut hit = Vec::new();
        if reason == "breakpoint" {
            let place = message["f"].as_u64().zip(message["pc"].as_u64());
            for index in 0..self.breakpoints.len() {
                if self.hits(id, index, place).await {
                    hit.extend(self.breakpoints.get(index).map(|breakpoint| breakpoint.id));
                }
            }
            if hit.is_empty() {
                let going = self.threads.get(&id).map_or(Go::On, |thread| thread.going);
                self.resume(id, going);
                return;
            }
        }
        let frames = self.ask(id, json!({ "frames": 0 })).await;
        let Some(thread) = self.threads.get_mut(&id) else {
            return;
        };
        thread.is_stopped = true;
        self.wanted.step_in(false);
        thread.frames = frames.as_array().cloned().unwrap_or_default();
        thread.exception = message.get("value").cloned().unwrap_or_default();
        if !thread.exception.is_null() {
            thread.exception["uncaught"] = message["uncaught"].clone();
        }
        let reason = match (reason, thread.pauses.take()) {
            ("step", Some(pause)) => pause,
            (reason, _) => reason,
        };
        thread.going = Go::On;
        let text = thread.exception["value"].as_str().map(str::to_owned);
        let all = self.threads.values().all(Thread::is_stopped);
        let mut body = json!({ "reason": reason, "threadId": id, "allThreadsStopped": all });
        if !hit.is_empty() {
            body["hitBreakpointIds"] = json!(hit);
        }
        if let Some(text) = text {
            body["text"] = json!(text);
            body["description"] = json!("Paused on exception");
        }
        self.out.event("stopped", body);
    }

    /// Whether a breakpoint at this place stops the plugin.
    async fn hits(&mut self, id: u64, index: usize, place: Option<(u64, u64)>) -> bool {
        let Some(breakpoint) = self.breakpoints.get(index).cloned() else {
            return false;
        };
        let Breakpoint {
            condition,
            hit,
            log,
            places,
            ..
        } = breakpoint;
        let here = places
            .get(&id)
            .map(|(function, pc)| (*function as u64, *pc));
        if here.is_none() || here != place {
            return false;
        }
        if let Some(condition) = &condition {
            let command = json!({ "evaluate": [0, format!("!!({condition})")] });
            let value = self.ask(id, command).await;
            if value["ok"] != json!(true) {
                let error = value["value"].as_str().unwrap_or_default();
                let text = format!("the condition `{condition}` fails: {error}\n");
                self.print("stderr", &text);
            } else if value["value"] != json!("true") {
                return false;
            }
        }
        let Some(breakpoint) = self.breakpoints.get_mut(index) else {
            return false;
        };
        breakpoint.hits += 1;
        if hit.is_some_and(|hit| !hit.stops(breakpoint.hits)) {
            return false;
        }
        let Some(log) = &log else {
            return true;
        };
        let mut text = String::new();
        for part in super::conditions::parts(log) {
            match part {
                Ok(part) => text.push_str(part),
                Err(expression) => {
                    let value = self.ask(id, json!({ "evaluate": [0, expression] })).await;
                    let shown = value["value"].as_str().unwrap_or_default();
                    // strings as they are
                    let plain = serde_json::from_str::<String>(shown);
                    text.push_str(&plain.unwrap_or_else(|_| shown.to_owned()));
                }
            }
        }
        text.push('\n');
        self.print("console", &text);
        false
    }

    /// Has the engine of a waiting plugin do something. Null if it does not answer any more.
    pub async fn ask(&mut self, id: u64, command: Value) -> Value {
        let waits = |thread: &mut Thread| thread.waits.take();
        let Some(waits) = self.threads.get_mut(&id).and_then(waits) else {
            return Value::Null;
        };
        if waits.is_closed() {
            self.leave(id);
            return Value::Null;
        }
        answer(waits, &command, true);
        let mut patience = Box::pin(tokio::time::sleep(PATIENCE));
        let mut was_interrupted = false;
        loop {
            let has_room = self.later_requests.len() < MOST_WAITING;
            tokio::select! {
                biased;
                event = self.events.recv() => match event {
                    Some(Event::Exchange(exchange)) if exchange.agent == id => {
                        self.wanted.interrupt(id, false);
                        if exchange.message["t"] == json!("answer") {
                            self.wait(id, exchange.answer);
                            let value = exchange.message.get("value");
                            return value.cloned().unwrap_or_default();
                        }
                        self.later.push_back(Event::Exchange(exchange));
                        return Value::Null;
                    }
                    Some(Event::Left(instance)) => {
                        self.leave_all(instance);
                        if !self.threads.contains_key(&id) {
                            return Value::Null;
                        }
                    }
                    Some(event) => {
                        let ends = matches!(event, Event::Ended(_));
                        self.later.push_back(event);
                        if ends {
                            return Value::Null;
                        }
                    }
                    None => return Value::Null,
                },
                request = self.requests.recv(), if has_room => {
                    let ends = match &request {
                        Some(Request::Message(request)) => {
                            let command = request["command"].as_str();
                            matches!(command, Some("cancel" | "disconnect" | "terminate"))
                        }
                        _ => true,
                    };
                    if ends {
                        self.wanted.interrupt(id, true);
                    }
                    match request {
                        Some(request) => self.later_requests.push_back(request),
                        None => return Value::Null,
                    }
                }
                () = &mut patience => {
                    if was_interrupted {
                        // it is in something that cannot be interrupted
                        self.leave(id);
                        return Value::Null;
                    }
                    was_interrupted = true;
                    self.wanted.interrupt(id, true);
                    patience = Box::pin(tokio::time::sleep(PATIENCE));
                }
            }
        }
    }

    pub fn must_be_stopped(&self, id: u64) -> Result<(), String> {
        match self.threads.get(&id) {
            Some(thread) if thread.is_stopped => Ok(()),
            Some(_) => Err("the plugin is not stopped".into()),
            None if self.threads.is_empty() => Err("nothing runs".into()),
            None => Err(format!("there is no thread {id}")),
        }
    }

    /// Lets a plugin that the editor knows to be stopped go on.
    pub fn go(&mut self, id: u64, how: Go) {
        self.references.forget(id);
        self.wanted.step_in(how == Go::In);
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.frames.clear();
            thread.exception = Value::Null;
            thread.is_stopped = false;
        }
        self.resume(id, how);
    }

    fn resume(&mut self, id: u64, how: Go) {
        if let Some(thread) = self.threads.get_mut(&id)
            && let Some(waits) = thread.waits.take()
        {
            thread.going = how;
            answer(waits, &json!({ "go": how as u8 }), false);
        }
    }

    pub fn pause(&mut self, arguments: &Value) -> Reply {
        let id = thread_of(arguments);
        let nothing_runs = self.threads.is_empty();
        match self.threads.get_mut(&id) {
            Some(thread) if thread.is_stopped => {}
            Some(thread) => {
                thread.pauses = Some("pause");
                self.wanted.poll(id, true);
            }
            // it has not been instantiated yet
            None if nothing_runs => self.pauses = Some("pause"),
            None => return Err(format!("there is no thread {id}")),
        }
        Ok(Value::Null)
    }

    pub fn exception_info(&self, arguments: &Value) -> Reply {
        let thread = self.threads.get(&thread_of(arguments));
        let exception = thread.map(|thread| &thread.exception);
        let text = exception.and_then(|exception| exception["value"].as_str());
        let text = text.ok_or("it did not stop because of an exception")?;
        let mode = match exception.map(|exception| &exception["uncaught"]) {
            Some(Value::Bool(true)) => "unhandled",
            _ => "always",
        };
        let name = text.split(':').next().unwrap_or(text);
        Ok(json!({
            "exceptionId": name,
            "description": text,
            "breakMode": mode,
            "details": { "message": text, "typeName": name },
        }))
    }
}

fn answer(to: oneshot::Sender<Answer>, command: &Value, stopped: bool) {
    let text = command.to_string();
    // the plugin has ended if nobody waits for it
    let _ = to.send(Answer { text, stopped });
}
