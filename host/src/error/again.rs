//! One fault, told to several callers.

use super::Error;

impl Error {
    /// The same error for another call that it ended; none if it says something about the first one only.
    pub(crate) fn again(&self, function: &str) -> Option<Error> {
        Some(match self {
            Error::Limit {
                plugin,
                limit,
                used,
                allowed,
            } => Error::Limit {
                plugin: plugin.clone(),
                limit: *limit,
                used: *used,
                allowed: *allowed,
            },
            Error::Denied {
                plugin,
                operation,
                reason,
            } => Error::Denied {
                plugin: plugin.clone(),
                operation: operation.clone(),
                reason: reason.clone(),
            },
            Error::Exception {
                plugin,
                function: _,
                message,
                frame,
                stack,
                backtrace,
            } => Error::Exception {
                plugin: plugin.clone(),
                function: function.to_string(),
                message: message.clone(),
                frame: frame.clone(),
                stack: stack.clone(),
                backtrace: backtrace.clone(),
            },
            Error::Trap {
                plugin,
                function: _,
                reason,
                backtrace,
            } => Error::Trap {
                plugin: plugin.clone(),
                function: function.to_string(),
                reason: reason.clone(),
                backtrace: backtrace.clone(),
            },
            Error::Exit { plugin, code } => Error::Exit {
                plugin: plugin.clone(),
                code: *code,
            },
            Error::Provider {
                plugin,
                provider,
                function,
                source,
            } => Error::Provider {
                plugin: plugin.clone(),
                provider: provider.clone(),
                function: function.clone(),
                source: Box::new(source.again(function)?),
            },
            Error::Down { plugin, reason } => Error::Down {
                plugin: plugin.clone(),
                reason: *reason,
            },
            Error::PoolExhausted {
                plugin,
                size,
                waited,
            } => Error::PoolExhausted {
                plugin: plugin.clone(),
                size: *size,
                waited: *waited,
            },
            Error::EngineFull { plugin } => Error::EngineFull {
                plugin: plugin.clone(),
            },
            Error::StaleResource { plugin } => Error::StaleResource {
                plugin: plugin.clone(),
            },
            Error::BrokenFuture { plugin, provider } => Error::BrokenFuture {
                plugin: plugin.clone(),
                provider: provider.clone(),
            },
            _ => return None,
        })
    }
}
