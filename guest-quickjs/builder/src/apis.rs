//! The web APIs that are written in JavaScript, and the import that brings each of them.

/// One web API.
pub struct Api {
    /// The interface whose import makes it exist, without its version.
    pub interface: &'static str,
    /// The module's name in stack traces.
    pub name: &'static str,
    /// The ES module that installs its globals.
    pub source: &'static str,
}

macro_rules! api {
    ($interface:literal, $path:literal) => {
        Api {
            interface: $interface,
            name: concat!("outwit:", $path),
            source: include_str!(concat!("../../js/", $path)),
        }
    };
}

/// All of them, in the order in which they are evaluated.
pub const APIS: &[Api] = &[
    api!("outwit:performance/clock", "performance/performance.js"),
    api!("outwit:console/log", "console/inspect.js"),
    api!("outwit:console/log", "console/console.js"),
    api!("outwit:crypto/entropy", "crypto/crypto.js"),
    api!("outwit:timers/scheduler", "timers/timers.js"),
    api!("outwit:storage/local-storage", "storage/local-storage.js"),
];
