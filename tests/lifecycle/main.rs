//! When instances start and end: faults and pauses, pools, new versions, the end of an app.

mod guests;
mod pools;
mod reload;
mod restart;
mod shutdown;
