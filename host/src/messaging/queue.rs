//! The messages that wait for one receiver: a bounded number, and of bounded size.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::value::{InvalidValue, Value};

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The plugin that sent it; none if it was the application.
    pub sender: Option<Arc<str>>,
    /// What was sent. From `BroadcastChannel` and `MessagePort` it is a value in the form of the structured clone algorithm.
    pub data: Arc<[u8]>,
}

impl Message {
    /// The value that a plugin in JavaScript posted.
    ///
    /// # Errors
    ///
    /// It is none: a plugin in another language sends bytes that mean something else.
    pub fn value(&self) -> Result<Value, InvalidValue> {
        Value::from_bytes(&self.data)
    }
}

/// Why a message was not sent or received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// A receiver does not keep up: so many messages wait for it already.
    #[error("a receiver has {0} messages waiting")]
    Full(u32),
    /// The other side is gone.
    #[error("the other side is gone")]
    Closed,
}

/// How many messages may wait for a receiver.
pub(super) const MOST: usize = 256;
/// How many bytes may wait for a receiver. One message may always be longer.
const MOST_BYTES: usize = 4 << 20;

#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Message>,
    bytes: usize,
    closed: bool,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is room for a message of this length.
    pub(super) fn has_room(&self, length: usize) -> bool {
        let state = self.state();
        state.waiting.is_empty()
            || (state.waiting.len() < MOST && state.bytes.saturating_add(length) <= MOST_BYTES)
    }

    /// Adds a message, whether there is room or not.
    pub(super) fn push(&self, message: Message) {
        let mut state = self.state();
        state.bytes = state.bytes.saturating_add(message.data.len());
        state.waiting.push_back(message);
        drop(state);
        self.changed.notify_one();
    }

    /// No message will come any more.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.changed.notify_waiters();
        self.changed.notify_one();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state().closed
    }

    /// The next message, once there is one.
    pub(super) async fn next(&self) -> Result<Message, Failure> {
        loop {
            let changed = self.changed.notified();
            {
                let mut state = self.state();
                if let Some(message) = state.waiting.pop_front() {
                    state.bytes = state.bytes.saturating_sub(message.data.len());
                    let more = !state.waiting.is_empty();
                    drop(state);
                    if more {
                        // Another receiver may wait as well.
                        self.changed.notify_one();
                    }
                    return Ok(message);
                }
                if state.closed {
                    drop(state);
                    self.changed.notify_one();
                    return Err(Failure::Closed);
                }
            }
            changed.await;
        }
    }
}
