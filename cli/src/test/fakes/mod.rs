//! What tests make up: time that stands still, a network with the answers they give, storage that ends with them.

mod network;
mod quiet;
mod storage;
mod time;

pub use network::Client;
pub use quiet::Quiet;
pub use storage::{KeyValue, Storage};

use super::snapshots::Snapshots;
use network::{Network, Route};
use outwit::{async_trait, storage as area};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use time::Time;

/// The name of the component that asks.
pub const CONTROL: &str = "outwit-test";

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// All of it, for one file of tests.
pub struct Fakes {
    pub time: Arc<Time>,
    pub network: Arc<Network>,
    quiet: Arc<Quiet>,
    snapshots: Arc<Snapshots>,
}

/// A question of a test.
#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "kebab-case")]
enum Question {
    /// Waits so many milliseconds of the machine's, and then until nothing happens any more.
    Settle {
        pause: f64,
    },
    Now,
    Freeze {
        at: Option<f64>,
    },
    Thaw,
    Step {
        to: f64,
    },
    Route(Route),
    Requests,
    Reset,
    Snapshot {
        name: String,
        text: String,
    },
    InlineSnapshot {
        text: String,
        stack: String,
        #[serde(rename = "isThere")]
        is_there: bool,
    },
}

impl Fakes {
    pub fn new(quiet: Arc<Quiet>, snapshots: Arc<Snapshots>) -> Fakes {
        Fakes {
            time: Arc::default(),
            network: Arc::default(),
            quiet,
            snapshots,
        }
    }

    /// Answers a question, both in JSON.
    async fn answer(&self, question: &str) -> String {
        let answer = match serde_json::from_str(question) {
            Ok(Question::Settle { pause }) => {
                if pause > 0.0 {
                    tokio::time::sleep(time::duration(pause)).await;
                }
                self.quiet.comes().await;
                Value::Null
            }
            Ok(Question::Now) => self.time.now(),
            Ok(Question::Freeze { at }) => self.time.freeze(at),
            Ok(Question::Thaw) => self.time.thaw(),
            Ok(Question::Step { to }) => self.time.step(to),
            Ok(Question::Route(route)) => self.network.add(route),
            Ok(Question::Requests) => self.network.requests(),
            Ok(Question::Reset) => self.network.reset(),
            Ok(Question::Snapshot { name, text }) => {
                let (answer, expected) = self.snapshots.compare(&name, &text);
                json!({ "answer": answer, "expected": expected })
            }
            Ok(Question::InlineSnapshot {
                text,
                stack,
                is_there,
            }) => json!({ "answer": self.snapshots.inline(&text, &stack, is_there) }),
            Err(_) => Value::Null,
        };
        answer.to_string()
    }
}

/// An area in which the value of a question is its answer.
struct Control(Arc<Fakes>);

#[async_trait]
impl area::Area for Control {
    async fn length(&self, _: area::Allowed) -> Result<u32, area::Failure> {
        Ok(0)
    }

    async fn key(&self, _: area::Allowed, _: u32) -> Result<Option<String>, area::Failure> {
        Ok(None)
    }

    async fn get(&self, _: area::Allowed, key: String) -> Result<Option<String>, area::Failure> {
        Ok(Some(self.0.answer(&key).await))
    }

    async fn set(&self, _: area::Allowed, _: String, _: String) -> Result<(), area::Failure> {
        Ok(())
    }

    async fn remove(&self, _: area::Allowed, _: String) -> Result<(), area::Failure> {
        Ok(())
    }

    async fn clear(&self, _: area::Allowed) -> Result<(), area::Failure> {
        Ok(())
    }
}
