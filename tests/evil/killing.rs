//! The process is ended, at any moment: what it said was done is done, and everything opens again.

use crate::arena::beside_others_blocking;
use outwit::{Engine, Lock, Plugin};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Numbers that look random, and are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % limit
    }
}

/// Starts a child at this number, and ends it after it has said a few more. Gives the last it said.
fn end(mode: &str, folder: &Path, start: u32, chance: &mut Chance) -> u32 {
    let mut child = Command::new(env!("CARGO_BIN_EXE_outwit-test-child"))
        .args([mode, folder.to_str().expect("a path"), &start.to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the child starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut last = start - 1;
    // Some end before they have done anything.
    let wanted = chance.below(4);
    let mut said = |last: &mut u32| match lines.next() {
        Some(line) => {
            *last = line.expect("a line").parse().expect("a number");
            true
        }
        None => false,
    };
    let mut alive = true;
    for _ in 0..wanted {
        alive = alive && said(&mut last);
    }
    // And then at a moment that has nothing to do with what it does.
    let moment = Instant::now() + Duration::from_micros(chance.below(3000));
    while Instant::now() < moment {
        std::hint::spin_loop();
    }
    child.kill().expect("it can be ended");
    while alive && said(&mut last) {}
    let mut error = String::new();
    let mut stderr = child.stderr.take().expect("a pipe");
    stderr.read_to_string(&mut error).expect("text");
    let status = child.wait().expect("it has ended");
    assert!(
        alive && status.code().is_none(),
        "{mode}: {status}: {error}"
    );
    last
}

const ROUNDS: u32 = 100;

#[test]
fn what_was_stored_survives() {
    let _guard = beside_others_blocking();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bytes = outwit_tests::js("evil/keeper.js", "evil/keeper.wit", "keeper");
    fs::write(folder.path().join("keeper.wasm"), bytes).expect("a file");
    let manifest = "[app]\nname = \"app\"\n[plugins.keeper]\npath = \"keeper.wasm\"\n\
                    [plugins.keeper.limits]\ncpu = \"10s\"\nwall = \"1min\"\nhost-calls = 1000000\n\
                    rates = { storage = 1000000 }\n\
                    [plugins.keeper.grant]\nstorage = { path = \"data\" }\n";
    fs::write(folder.path().join("outwit.toml"), manifest).expect("a file");
    let (mut chance, mut next) = (Chance(1), 1);
    for _ in 0..ROUNDS {
        next = end("store", folder.path(), next, &mut chance) + 1;
    }
    assert!(next > ROUNDS, "{next}");
}

#[test]
fn compiled_code_survives() {
    let _guard = beside_others_blocking();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (mut chance, mut next) = (Chance(2), 1);
    for round in 0..ROUNDS {
        // Each tenth begins without a folder.
        let code = folder.path().join(format!("code{}", round / 10));
        next = end("cache", &code, next, &mut chance) + 1;
        let engine = Engine::builder().cache_directory(&code).build();
        let engine = engine.expect("the engine starts");
        let plugin = wat::parse_str("(component (core module (func)))").expect("it is a component");
        let plugin = Plugin::from_bytes(&engine, "p", plugin);
        plugin.and_then(|p| p.compile()).expect("it compiles");
        assert_eq!(engine.cache_problem(), None);
    }
    assert!(next > ROUNDS, "{next}");
    // What was said to be kept is there, whole: none of it is written again.
    let entries = (0..ROUNDS / 10).map(|i| folder.path().join(format!("code{i}")));
    let entries: usize = entries
        .flat_map(|code| fs::read_dir(code).expect("a folder"))
        .filter(|item| {
            let path = item.as_ref().expect("a file").path();
            path.extension().is_some_and(|e| e == "code")
        })
        .count();
    assert!(entries >= next as usize - 1, "{entries} of {next}");
}

#[test]
fn lock_files_survive() {
    let _guard = beside_others_blocking();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let plugin = wat::parse_str("(component)").expect("it is a component");
    fs::write(folder.path().join("p.wasm"), plugin).expect("a file");
    let path = folder.path().join("outwit.lock");
    let (mut chance, mut next) = (Chance(3), 1);
    for _ in 0..ROUNDS {
        let last = end("lock", folder.path(), next, &mut chance);
        match Lock::load(&path) {
            Ok(lock) => {
                let names: Vec<_> = lock.plugins().map(|p| p.name().to_string()).collect();
                // The one that was said, or the next, of which nothing was said yet.
                let expected = [format!("p{last}"), format!("p{}", last + 1)];
                assert!(
                    matches!(&names[..], [name] if expected.contains(name)),
                    "{names:?}, {last}"
                );
            }
            Err(error) => assert_eq!(last, 0, "{error}"),
        }
        next = last + 1;
    }
    assert!(next > ROUNDS, "{next}");
}
