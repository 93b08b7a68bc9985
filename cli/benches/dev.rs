//! How long `outwit dev` takes from the change of a file to the answer of a call: `cargo xtask bench dev`.
//!
//! The time is counted from before the file is written until the line with the new answer has come. What the steps in between take is what
//! `outwit dev --timings` says.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Edits of each plugin.
const EDITS: usize = 30;
/// Nothing takes this long.
const NEVER: Duration = Duration::from_secs(300);

/// A plugin that needs nothing.
const SMALL: &str = "export function answer(): string { return 'answer 0'; }\n";

/// One with several packages inside.
const BIG: &str = "import dayjs from 'dayjs';
import * as diff from 'diff';
import { Hono } from 'hono';
import { produce } from 'immer';
import { marked } from 'marked';
import Papa from 'papaparse';
import peggy from 'peggy';
import { z } from 'zod';

export const all = [dayjs, diff, Hono, produce, marked, Papa, peggy, z];
export function answer(): string { return 'answer 0'; }
";

fn main() {
    if std::env::args().any(|arg| arg == "--list") {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let wit = "package bench:dev; world plugin { export answer: func() -> string; }";
    fs::write(folder.join("plugin.wit"), wit).expect("it can be written");
    println!("outwit dev: from the change of a file to the answer of a call, {EDITS} edits, in ms");
    measure(folder, "small", SMALL);
    match packages(folder) {
        Ok(()) => measure(folder, "big", BIG),
        Err(why) => println!("big      left out: {why}"),
    }
}

/// Puts packages of npm where the plugin finds them: those that `tests/npm` has.
fn packages(folder: &Path) -> Result<(), String> {
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/npm");
    let kept = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bench-dev");
    fs::create_dir_all(&kept).map_err(|error| error.to_string())?;
    for name in ["package.json", "package-lock.json"] {
        fs::copy(list.join(name), kept.join(name)).map_err(|error| error.to_string())?;
    }
    if !kept.join("node_modules/zod").is_dir() {
        let arguments = [
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--silent",
        ];
        let npm = Command::new("npm")
            .args(arguments)
            .current_dir(&kept)
            .status();
        if !npm.is_ok_and(|status| status.success()) {
            return Err("`npm ci` does not work here".to_owned());
        }
    }
    #[cfg(unix)]
    let linked = std::os::unix::fs::symlink(kept.join("node_modules"), folder.join("node_modules"));
    #[cfg(not(unix))]
    let linked =
        std::os::windows::fs::symlink_dir(kept.join("node_modules"), folder.join("node_modules"));
    linked.map_err(|error| error.to_string())
}

fn measure(folder: &Path, name: &str, source: &str) {
    let file = folder.join("plugin.ts");
    fs::write(&file, source).expect("it can be written");
    let manifest = format!(
        "[app]\nname = \"bench\"\n[plugins.{name}]\npath = \"{name}.wasm\"\nbuild = {{ source = \"plugin.ts\", wit = \"plugin.wit\" }}\n"
    );
    fs::write(folder.join("outwit.toml"), manifest).expect("it can be written");
    let mut dev = Dev::start(folder);
    dev.wait("\"answer 0\"");
    let mut times = Vec::new();
    for edit in 1..=EDITS {
        let text = source.replace("answer 0", &format!("answer {edit}"));
        let started = Instant::now();
        fs::write(&file, text).expect("it can be written");
        dev.wait(&format!("\"answer {edit}\""));
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    println!(
        "{name:<8} median {:.0}, p95 {:.0}, most {:.0}; the component has {:.2} MB",
        at(&times, 0.5),
        at(&times, 0.95),
        at(&times, 1.0),
        fs::metadata(folder.join(format!("{name}.wasm"))).map_or(0, |file| file.len()) as f64 / 1e6,
    );
    let mut steps = dev.steps();
    for times in steps.values_mut() {
        times.sort_by(f64::total_cmp);
    }
    let steps = steps
        .iter()
        .map(|(step, times)| format!("{step} {:.1}", at(times, 0.5)));
    println!(
        "         medians of the steps: {}",
        steps.collect::<Vec<_>>().join(", ")
    );
}

fn at(sorted: &[f64], share: f64) -> f64 {
    let index = ((sorted.len() as f64 * share).ceil() as usize).saturating_sub(1);
    sorted.get(index).copied().unwrap_or(f64::NAN)
}

/// The command while it runs.
struct Dev {
    child: Child,
    printed: Receiver<String>,
    said: Receiver<String>,
}

impl Dev {
    fn start(folder: &Path) -> Dev {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("outwit-cache");
        let mut child = Command::new(env!("CARGO_BIN_EXE_outwit"))
            .args(["dev", "--timings", "--call", "answer()"])
            .current_dir(folder)
            .env("OUTWIT_CACHE", cache)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        Dev {
            printed: lines(child.stdout.take().expect("a pipe")),
            said: lines(child.stderr.take().expect("a pipe")),
            child,
        }
    }

    fn wait(&mut self, line: &str) {
        loop {
            match self.printed.recv_timeout(NEVER) {
                Ok(printed) if printed == line => return,
                Ok(_) => {}
                Err(_) => {
                    let said: Vec<String> = self.said.try_iter().collect();
                    panic!("no {line} came; it said:\n{}", said.join("\n"));
                }
            }
        }
    }

    /// The milliseconds of each step that were told so far.
    fn steps(&self) -> BTreeMap<String, Vec<f64>> {
        let mut steps: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for line in self.said.try_iter() {
            let Some((_, all)) = line
                .trim()
                .strip_prefix("timings")
                .and_then(|l| l.split_once(": "))
            else {
                continue;
            };
            for step in all.split(", ") {
                if let Some((name, time)) = step.trim_end_matches(" ms").rsplit_once(' ')
                    && let Ok(time) = time.parse()
                {
                    steps.entry(name.to_owned()).or_default().push(time);
                }
            }
        }
        steps
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(stream: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    lines
}
