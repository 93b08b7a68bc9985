//! `outwit:timers`: waiting for time to pass. WIT: `wit/deps/outwit-timers.wit`. Web: timers of HTML
//! (WHATWG).

mod backend;
mod grant;
mod host;
pub(crate) mod operations;

pub use backend::{Scheduler, TokioScheduler};
pub use grant::Grant;

pub(crate) use grant::Allowed;
pub(crate) use host::{Timers, Waits};
