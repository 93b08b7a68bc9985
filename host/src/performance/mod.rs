//! `outwit:performance`: a monotonic clock. WIT: `wit/deps/outwit-performance.wit`. Web: High
//! Resolution Time (W3C).

mod backend;
mod grant;
mod host;
pub(crate) mod operations;

pub use backend::{Clock, FixedClock, SystemClock};
pub use grant::Grant;

pub(crate) use grant::Allowed;
pub(crate) use host::{Performance, in_millis};
