//! What fuzz targets need of this crate beyond its interface. It is there only in builds with `--cfg fuzzing`, as
//! cargo-fuzz makes them.

use std::time::Duration;

use crate::audit::{Outcome, Record, push_record};
use crate::fetch::{Grant, OriginPattern, Protocol, Target as Destination};
use crate::grants::Capability;
use crate::policy::{By, Call, Rules, Target};

pub use crate::app::{Slab, SlabKey};

/// What may be in the place of a target.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub enum Object<'a> {
    Key(&'a str),
    Path(&'a str),
    Paths(&'a str, &'a str),
    Host(&'a str, u16),
    Bytes(u64),
}

impl<'a> Object<'a> {
    fn call(self, plugin: &'a str) -> Call<'a> {
        Call {
            plugin,
            capability: Capability::Storage,
            interface: "outwit:storage/local-storage",
            function: "set-item",
            target: match self {
                Object::Key(text) => Target::Key(text),
                Object::Path(text) => Target::Path(text),
                Object::Paths(from, to) => Target::Paths(from, to),
                Object::Host(name, port) => Target::Host(name, port),
                Object::Bytes(number) => Target::Bytes(number),
            },
        }
    }
}

/// Whether rules deny an operation of `outwit:storage`, `set-item`, on this object.
#[must_use]
pub fn is_denied(rules: &Rules, object: Object<'_>) -> bool {
    rules.check(&object.call("plugin")).is_some()
}

/// The line that records such an operation.
#[must_use]
pub fn audit_line(plugin: &str, object: Object<'_>, reason: &str, time: Duration) -> Vec<u8> {
    let mut line = Vec::new();
    let record = Record {
        sequence: 1,
        call: object.call(plugin),
        outcome: Outcome::Denied,
        by: By::Policy,
        reason,
    };
    push_record(&mut line, &record, time);
    line
}

/// Where a request to a URL that a pattern allows goes: scheme, host and port. None if it is refused.
#[must_use]
pub fn destination(pattern: &str, url: &str) -> Option<(bool, String, u16)> {
    let grant = Grant {
        allow: vec![OriginPattern::http(pattern).ok()?],
        ..Grant::default()
    };
    let target = Destination::parse(Protocol::Http, url).ok()?;
    let allowed = Grant::check(Some(&grant), "GET", target).ok()?;
    let target = allowed.target();
    Some((target.is_secure(), target.host(), target.port()))
}

/// Whether a name of a channel fits a pattern of the grant.
#[must_use]
pub fn may_send(pattern: &str, name: &str) -> bool {
    let grant = crate::messaging::Grant::default().send(pattern);
    crate::messaging::Grant::check_send(Some(&grant), name, 0).is_ok()
}
