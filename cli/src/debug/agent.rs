//! The way to what runs in the plugins.

use super::session::Event;
use outwit::async_trait;
use outwit::debug::{Answer, Debugger, Teller};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, oneshot};

/// What runs in a plugin's engine while the plugin is stopped.
pub const AGENT: &str = include_str!("agent.js");

/// Something that an agent tells, and the way to answer; its plugin goes on when that has happened.
pub struct Exchange {
    pub agent: u64,
    pub plugin: String,
    pub instance: u64,
    /// Which component of the plugin, if it was composed of several.
    pub component: usize,
    pub message: Value,
    pub answer: oneshot::Sender<Answer>,
}

/// What is wanted of agents whose plugin computes, by their numbers.
#[derive(Clone, Default)]
pub struct Wanted {
    /// They are to tell where they are.
    polls: Arc<Mutex<BTreeSet<u64>>>,
    /// They are to give up what they evaluate.
    interrupts: Arc<Mutex<BTreeSet<u64>>>,
    /// Code that begins is to stop: a step goes into it.
    steps_in: Arc<AtomicBool>,
}

impl Wanted {
    pub fn poll(&self, agent: u64, is_wanted: bool) {
        set(&self.polls, agent, is_wanted);
    }

    pub fn step_in(&self, is_wanted: bool) {
        self.steps_in.store(is_wanted, Ordering::Release);
    }

    pub fn interrupt(&self, agent: u64, is_wanted: bool) {
        set(&self.interrupts, agent, is_wanted);
    }
}

fn set(of: &Mutex<BTreeSet<u64>>, agent: u64, is_wanted: bool) {
    let mut agents = lock(of);
    match is_wanted {
        true => agents.insert(agent),
        false => agents.remove(&agent),
    };
}

fn lock(of: &Mutex<BTreeSet<u64>>) -> MutexGuard<'_, BTreeSet<u64>> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Hands on what plugins tell.
pub struct Agents {
    events: mpsc::UnboundedSender<Event>,
    wanted: Wanted,
    last_instance: AtomicU64,
    last_agent: AtomicU64,
}

impl Agents {
    pub fn new(events: mpsc::UnboundedSender<Event>, wanted: Wanted) -> Self {
        Self {
            events,
            wanted,
            last_instance: AtomicU64::new(0),
            last_agent: AtomicU64::new(0),
        }
    }
}

#[async_trait]
impl Debugger for Agents {
    fn begin(&self, _: &str) -> u64 {
        self.last_instance.fetch_add(1, Ordering::Relaxed)
    }

    fn end(&self, instance: u64) {
        // nobody listens any more if this fails
        let _ = self.events.send(Event::Left(instance));
    }

    async fn exchange(&self, teller: &Teller<'_>, message: String) -> Answer {
        let stopped = |text: String| Answer {
            text,
            stopped: true,
        };
        if message == "attach" {
            let agent = self.last_agent.fetch_add(1, Ordering::Relaxed) + 1;
            // the engine wants a NUL behind it
            return stopped(format!("(native) => {AGENT}(native, {agent})\0"));
        }
        if let Some(agent) = message.strip_prefix("poll ") {
            let agent = agent.parse();
            return match agent.is_ok_and(|agent| lock(&self.wanted.polls).contains(&agent)) {
                true => stopped("poll".into()),
                false => Answer::default(),
            };
        }
        if message.starts_with("enter ") {
            let stops = self.wanted.steps_in.load(Ordering::Acquire);
            return Answer {
                text: String::from(if stops { "step" } else { "" }),
                stopped: false,
            };
        }
        if let Some(agent) = message.strip_prefix("busy ") {
            let agent = agent.parse();
            let ends = agent.is_ok_and(|agent| lock(&self.wanted.interrupts).remove(&agent));
            return stopped(if ends { "stop" } else { "" }.into());
        }
        let message: Value = serde_json::from_str(&message)
            .unwrap_or_else(|_| json!({ "t": "failed", "error": message }));
        let (answer, answered) = oneshot::channel();
        let exchange = Exchange {
            agent: message["id"].as_u64().unwrap_or_default(),
            plugin: teller.plugin.to_owned(),
            instance: teller.instance,
            component: teller.component,
            message,
            answer,
        };
        if self.events.send(Event::Exchange(exchange)).is_err() {
            return Answer::default();
        }
        answered.await.unwrap_or_default()
    }
}
