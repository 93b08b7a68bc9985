//! The way to what runs in the plugin.

use outwit::async_trait;
use outwit::debug::{Answer, Debugger};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{mpsc, oneshot};

/// What runs in the plugin's engine while the plugin is stopped.
pub const AGENT: &str = include_str!("agent.js");

/// Something that a plugin tells, and the way to answer; it goes on when that has happened.
pub struct Exchange {
    pub plugin: String,
    pub message: String,
    pub answer: oneshot::Sender<Answer>,
}

/// Hands on what plugins tell.
pub struct Agent {
    pub exchanges: mpsc::UnboundedSender<Exchange>,
    /// Whether a plugin that computes is to tell where it is.
    pub wanted: Arc<AtomicBool>,
}

#[async_trait]
impl Debugger for Agent {
    async fn exchange(&self, plugin: &str, message: String) -> Answer {
        match message.as_str() {
            // the engine wants a NUL behind it
            "attach" => {
                return Answer {
                    text: format!("{AGENT}\0"),
                    stopped: true,
                };
            }
            "poll" if !self.wanted.load(Ordering::Acquire) => return Answer::default(),
            "poll" => {
                return Answer {
                    text: String::from("poll"),
                    stopped: true,
                };
            }
            _ => {}
        }
        let (answer, answered) = oneshot::channel();
        let exchange = Exchange {
            plugin: plugin.to_owned(),
            message,
            answer,
        };
        if self.exchanges.send(exchange).is_err() {
            return Answer::default();
        }
        answered.await.unwrap_or_default()
    }
}
