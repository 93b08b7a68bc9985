//! Text for the people who run the plugin: `outwit:console`.
//!
//! ```no_run
//! use outwit_guest::console;
//!
//! console::log!("{} pages", 12);
//! console::warn!("page {} has no title", "notes.md");
//! console::write(console::Level::Debug, "finished text");
//! ```

mod bindings {
    #![allow(missing_docs, clippy::all)]
    wit_bindgen::generate!({
        path: "wit/deps/outwit-console.wit",
        world: "outwit:console/imports@0.1.0",
        generate_all,
    });
}

pub use bindings::outwit::console::log::Level;

#[doc(inline)]
pub use crate::{
    __console_debug as debug, __console_error as error, __console_info as info,
    __console_log as log, __console_warn as warn,
};

/// Writes one message, finished and without a line break at its end.
///
/// Never fails: a host that has no place for the message drops it.
pub fn write(level: Level, message: &str) {
    bindings::outwit::console::log::write(level, message);
}

/// Writes a message that only matters while looking for a fault. Takes what [`format!`] takes.
#[doc(hidden)]
#[macro_export]
macro_rules! __console_debug {
    ($($argument:tt)*) => {
        $crate::console::write($crate::console::Level::Debug, &::std::format!($($argument)*))
    };
}

/// Writes a message, the same as [`info!`]. Takes what [`format!`] takes.
#[doc(hidden)]
#[macro_export]
macro_rules! __console_log {
    ($($argument:tt)*) => {
        $crate::console::write($crate::console::Level::Info, &::std::format!($($argument)*))
    };
}

/// Writes something worth knowing. Takes what [`format!`] takes.
#[doc(hidden)]
#[macro_export]
macro_rules! __console_info {
    ($($argument:tt)*) => {
        $crate::console::write($crate::console::Level::Info, &::std::format!($($argument)*))
    };
}

/// Writes that something is off, though the work goes on. Takes what [`format!`] takes.
#[doc(hidden)]
#[macro_export]
macro_rules! __console_warn {
    ($($argument:tt)*) => {
        $crate::console::write($crate::console::Level::Warn, &::std::format!($($argument)*))
    };
}

/// Writes that something failed. Takes what [`format!`] takes.
#[doc(hidden)]
#[macro_export]
macro_rules! __console_error {
    ($($argument:tt)*) => {
        $crate::console::write($crate::console::Level::Error, &::std::format!($($argument)*))
    };
}
