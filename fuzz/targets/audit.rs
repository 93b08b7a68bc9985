//! Whatever a plugin chose: a record is one line, the line is JSON, and nothing in it hides.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use outwit::fuzzing::{Object, audit_line};
use std::time::Duration;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    plugin: &'a str,
    target: &'a str,
    other: &'a str,
    reason: &'a str,
    port: u16,
    kind: u8,
    time: Duration,
}

fuzz_target!(|input: Input<'_>| {
    let object = match input.kind % 5 {
        0 => Object::Key(input.target),
        1 => Object::Path(input.target),
        2 => Object::Paths(input.target, input.other),
        3 => Object::Host(input.target, input.port),
        _ => Object::Bytes(input.time.as_secs()),
    };
    let line = audit_line(input.plugin, object, input.reason, input.time);
    let text = std::str::from_utf8(&line).expect("it is text");
    let text = text.strip_suffix('\n').expect("it is a line");
    assert!(!text.contains(|c: char| c.is_control()), "{text:?}");
    assert!(!text.contains(['\u{202e}', '\u{2028}', '\u{200b}', '\u{feff}']), "{text:?}");
    let record: serde_json::Value = serde_json::from_str(text).expect("it is JSON");
    assert_eq!(record["plugin"], input.plugin);
    assert_eq!(record["outcome"], "denied");
    if input.target.len() <= 1024 && input.kind % 5 < 2 {
        assert_eq!(record["target"], input.target);
    }
    assert!(line.len() < 64 << 10 || input.plugin.len() > 1024);
});
