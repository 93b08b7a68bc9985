//! Records are kept, told apart from anything a plugin says, and survive.

#![allow(clippy::disallowed_methods)] // tests use files

mod common;

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use common::guest::{GET_ITEM, Guest, SET_ITEM};
use common::{engine, plugin};
use outwit::audit::{Durability, JsonLines, Outcome, Ring, Sink, Tee};
use outwit::performance::FixedClock;
use outwit::{App, Grants, Host, PluginConfig, storage};
use serde_json::Value;

/// An app whose plugin `guest` sets the key that `data` has in the place of `hello`.
fn app(wat: &str, host: Host) -> App {
    let engine = engine();
    let grants = Grants::none().with_storage(storage::Grant::default());
    App::builder(&engine)
        .host(host)
        .plugin(
            plugin(&engine, "guest", wat),
            PluginConfig::new().grants(grants),
        )
        .build()
        .unwrap()
}

/// A plugin that gets this key.
fn getter(key: &str) -> String {
    let bytes: String = key.bytes().map(|b| format!("\\{b:02x}")).collect();
    Guest {
        body: &format!(
            "(call $f (i32.const 16) (i32.const {}) (i32.const 4096)) (i32.const 4104)",
            key.len()
        ),
        ..GET_ITEM
    }
    .wat()
    .replace("hello from the guest", &bytes)
}

fn lines(path: impl AsRef<Path>) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect()
}

fn clock() -> Arc<FixedClock> {
    Arc::new(FixedClock::at(Duration::new(1_772_366_400, 250_000)))
}

#[tokio::test]
async fn a_record_is_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let sink = JsonLines::builder(&path).clock(clock()).open().unwrap();
    let set = app(&SET_ITEM.wat(), Host::system().with_audit(Arc::new(sink)));
    set.call("guest", None, "run", &[]).await.unwrap();
    let lines = lines(&path);
    assert_eq!(lines[0]["event"], "opened");
    assert_eq!(
        lines[1].to_string(),
        serde_json::json!({
            "time": "2026-03-01T12:00:00.000250Z",
            "sequence": 1,
            "plugin": "guest",
            "capability": "storage",
            "interface": "outwit:storage/local-storage",
            "function": "set-item",
            "target_kind": "key",
            "target": "hello",
            "outcome": "allowed",
            "by": "policy",
        })
        .to_string()
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test]
async fn a_plugin_cannot_forge_a_record() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let attacks = [
        "x\",\"outcome\":\"allowed\"}\n{\"sequence\":99}",
        "a\r\n{\"sequence\":99}\u{2028}{\"sequence\":98}\u{85}",
        "\u{1b}[2K\u{1b}[1A\u{9b}2J",
        "\u{202e}txt.exe\u{200b}\u{feff}\u{e0041}",
        "\\\" \\u000a",
    ];
    for attack in attacks {
        let sink = Arc::new(JsonLines::open(&path).unwrap());
        let get = app(&getter(attack), Host::system().with_audit(sink));
        get.call("guest", None, "run", &[]).await.unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            text.chars().all(|c| c == '\n' || !c.is_control()),
            "{text:?}"
        );
        assert!(!text.contains(['\u{202e}', '\u{200b}', '\u{2028}', '\u{feff}', '\u{e0041}']));
        let lines = lines(&path);
        let last = lines.last().unwrap();
        // It is told exactly, and it is one record.
        assert_eq!(last["target"], attack);
        assert_eq!(last["sequence"], 1);
        assert_eq!(last["outcome"], "allowed");
    }
    assert_eq!(lines(&path).len(), 2 * attacks.len());
}

#[tokio::test]
async fn secrets_are_not_recorded() {
    let ring = Arc::new(Ring::new(4));
    let host = || {
        Host::system()
            .with_audit(ring.clone())
            .with_secrets(["hunter2"])
    };
    for key in ["hunter2", "a?token=abc"] {
        let get = app(&getter(key), host());
        get.call("guest", None, "run", &[]).await.unwrap();
    }
    let targets: Vec<_> = ring.entries().into_iter().map(|e| e.target).collect();
    assert_eq!(targets, ["[redacted]", "a?token=[redacted]"]);
}

#[tokio::test]
async fn a_ring_keeps_the_latest() {
    let ring = Arc::new(Ring::with_clock(3, clock()));
    let set = app(&SET_ITEM.wat(), Host::system().with_audit(ring.clone()));
    assert!(ring.entries().is_empty());
    for _ in 0..5 {
        set.call("guest", None, "run", &[]).await.unwrap();
    }
    let entries = ring.entries();
    let numbers: Vec<_> = entries.iter().map(|e| e.sequence).collect();
    assert_eq!(numbers, [3, 4, 5]);
    assert_eq!(ring.overwritten(), 2);
    let entry = &entries[0];
    assert_eq!(
        (entry.plugin.as_str(), entry.function, entry.target.as_str()),
        ("guest", "set-item", "hello")
    );
    assert_eq!(entry.outcome, Outcome::Allowed);
    assert_eq!(entry.time, Duration::new(1_772_366_400, 250_000));
}

/// Records `count` operations through `sink`.
async fn flood(sink: Arc<dyn Sink>, count: u32) {
    let set = app(&SET_ITEM.wat(), Host::system().with_audit(sink));
    for _ in 0..count {
        set.call("guest", None, "run", &[]).await.unwrap();
    }
}

#[tokio::test]
async fn files_take_turns_and_the_oldest_goes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let sink = JsonLines::builder(&path).max_bytes(1000).files(3).open();
    flood(Arc::new(sink.unwrap()), 20).await;
    let mut names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["audit.jsonl", "audit.jsonl.1", "audit.jsonl.2"]);
    let mut numbers = Vec::new();
    for name in names.iter().rev() {
        let file = folder.path().join(name);
        assert!(std::fs::metadata(&file).unwrap().len() <= 1000);
        numbers.extend(lines(&file).iter().map(|l| l["sequence"].as_u64().unwrap()));
    }
    // The latest, without a gap.
    assert_eq!(numbers.last(), Some(&20));
    let first = numbers[0];
    assert!(first > 1);
    assert_eq!(numbers, (first..=20).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_line_that_was_cut_off_does_not_spoil_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    std::fs::write(&path, "{\"sequence\":1}\n{\"sequ").unwrap();
    flood(Arc::new(JsonLines::open(&path).unwrap()), 1).await;
    let text = std::fs::read_to_string(&path).unwrap();
    let whole: Vec<Value> = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    assert_eq!((text.lines().count(), whole.len()), (4, 3));
}

#[tokio::test]
async fn a_queue_says_what_it_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let queued = |bytes| {
        let builder = JsonLines::builder(&path).durability(Durability::Queued { bytes });
        Arc::new(builder.open().unwrap())
    };
    // Room for all of it: dropping the sink writes what is left.
    let sink = queued(1 << 20);
    flood(sink.clone(), 100).await;
    assert_eq!(sink.dropped(), 0);
    drop(sink);
    assert_eq!(lines(&path).len(), 101);
    std::fs::remove_file(&path).unwrap();
    // Room for nothing.
    let sink = queued(10);
    flood(sink.clone(), 100).await;
    assert_eq!(sink.dropped(), 100);
    drop(sink);
    let lines = lines(&path);
    let told: u64 = lines
        .iter()
        .filter(|line| line["event"] == "dropped")
        .map(|line| line["records"].as_u64().unwrap())
        .sum();
    assert_eq!(told, 100);
}

/// Where the process that is killed writes.
const VICTIM: &str = "OUTWIT_AUDIT_VICTIM";

/// Not a test by itself: what the next test kills.
#[tokio::test]
async fn victim() {
    let Ok(path) = std::env::var(VICTIM) else {
        return;
    };
    let ring = Arc::new(Ring::new(1));
    let file = JsonLines::builder(path)
        .max_bytes(20_000)
        .files(1000)
        .open();
    let sink = Tee(file.unwrap(), ring.clone());
    let set = app(&SET_ITEM.wat(), Host::system().with_audit(Arc::new(sink)));
    loop {
        set.call("guest", None, "run", &[]).await.unwrap();
        // What was done is told; each of it must be on record.
        println!("done {}", ring.entries()[0].sequence);
    }
}

#[test]
fn what_was_done_is_on_record_however_the_process_ends() {
    for round in 0..10 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "victim", "--nocapture"])
            .env(VICTIM, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut output = victim.stdout.take().unwrap();
        let mut text = String::new();
        let mut chunk = [0; 512];
        // Killed in the middle of its work, each time at another place.
        while text.matches("done").count() < 50 + 37 * round {
            let read = output.read(&mut chunk).unwrap();
            assert!(read > 0, "{text}");
            text.push_str(std::str::from_utf8(&chunk[..read]).unwrap());
        }
        victim.kill().unwrap();
        victim.wait().unwrap();
        output.read_to_string(&mut text).unwrap();
        let done = text
            .lines()
            .filter_map(|line| line.strip_prefix("done ")?.parse::<u64>().ok());
        // The last line may be cut off in the middle of its number.
        let done = done.rev().nth(1).unwrap();
        let mut recorded = Vec::new();
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            recorded.extend(text.lines().filter_map(|line| {
                let line: Value = serde_json::from_str(line).ok()?;
                line["sequence"].as_u64()
            }));
        }
        recorded.sort_unstable();
        assert!(
            recorded.len() as u64 >= done,
            "{} of {done}",
            recorded.len()
        );
        assert_eq!(recorded, (1..=recorded.len() as u64).collect::<Vec<_>>());
        // It opens again, whatever state it was left in.
        let mut file = std::fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .unwrap();
        file.write_all(b"{\"cut").unwrap();
        drop(JsonLines::open(&path).unwrap());
        let text = std::fs::read_to_string(&path).unwrap();
        let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        assert_eq!(last["event"], "opened");
    }
}
