//! Why a plugin does not answer.

use std::fmt;
use std::time::Duration;

/// Why a plugin is down; see [`Error::Down`](crate::Error::Down).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DownReason {
    /// Its instance ended while the call ran or before: another call went wrong in it, or it was told to
    /// end. The next call may find a new one.
    Ended,
    /// It failed, and its [`Restart`](crate::Restart) is `Never`.
    Fault,
    /// It failed too often.
    Pause {
        /// After this time a call starts it again.
        retry_in: Duration,
    },
    /// The app is shutting down.
    Stopped,
}

impl fmt::Display for DownReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DownReason::Ended => f.write_str("its instance has ended"),
            DownReason::Fault => {
                f.write_str("it has failed, and is not to be started again by itself")
            }
            DownReason::Pause { retry_in } => {
                write!(
                    f,
                    "it failed too often; it can be called again in {retry_in:?}"
                )
            }
            DownReason::Stopped => f.write_str("the app is shutting down"),
        }
    }
}
