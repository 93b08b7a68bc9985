//! The command on a terminal, which `script` makes where there is one: progress, colour, and Ctrl+C.

use crate::folder::{Folder, texts};
use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const WIT: &str = "package demo:slow; world plugin { include outwit:console/imports@0.1.0; export answer: func() -> string; }";

/// Takes seconds to be evaluated, however fast the machine is.
const SLOW: &str = "let sum = 0;
for (let i = 0; i < 80_000_000; i++) sum = (sum + i) | 0;
export function answer() { console.warn('careful'); return `${sum}`; }
";

const APP: &str = "[app]
name = \"slow\"
[plugins.slow]
path = \"slow.wasm\"
build = { source = \"slow.js\", wit = \"slow.wit\" }
grant.console = true
";

fn folder() -> Folder {
    Folder::with(&[("slow.js", SLOW), ("slow.wit", WIT), ("outwit.toml", APP)])
}

struct Terminal {
    child: Child,
    stdin: ChildStdin,
    coming: Receiver<Vec<u8>>,
    seen: String,
}

impl Terminal {
    /// Runs a line of the shell on a terminal with so many columns. None where terminals cannot be made.
    fn start(folder: &Folder, columns: u32, line: &str) -> Option<Terminal> {
        let version = Command::new("script").arg("--version").output();
        if !cfg!(target_os = "linux") || version.is_err() {
            eprintln!("SKIPPED: there is no `script` to make a terminal with");
            return None;
        }
        let line = line.replace("outwit ", &format!("{} ", env!("CARGO_BIN_EXE_outwit")));
        let cache = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("outwit-cache");
        let mut child = Command::new("script")
            .args([
                "-qec",
                &format!("trap : INT; stty rows 24 cols {columns}; {line}"),
                "/dev/null",
            ])
            .current_dir(folder.path(""))
            .env("OUTWIT_CACHE", cache)
            .env("XDG_DATA_HOME", folder.path("data"))
            .env("TERM", "xterm")
            .env_remove("NO_COLOR")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut stdout = child.stdout.take().expect("a pipe");
        let (sender, coming) = channel();
        std::thread::spawn(move || {
            let mut some = [0; 4096];
            while let Ok(length @ 1..) = stdout.read(&mut some) {
                if sender.send(some[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        Some(Terminal {
            stdin: child.stdin.take().expect("a pipe"),
            child,
            coming,
            seen: String::new(),
        })
    }

    /// Waits for a text.
    #[track_caller]
    fn shows(&mut self, text: &str) {
        while !self.seen.contains(text) {
            let more = self.coming.recv_timeout(Duration::from_secs(120));
            let more = more.unwrap_or_else(|_| panic!("no {text:?} came: {:?}", self.seen));
            self.seen.push_str(&String::from_utf8_lossy(&more));
        }
    }

    /// Waits for the prompt of this number: what is typed before is not for it.
    #[track_caller]
    fn prompts(&mut self, number: usize) {
        while self.seen.matches("\u{1b}[?2004h").count() < number {
            let more = self.coming.recv_timeout(Duration::from_secs(120));
            let more = more.unwrap_or_else(|_| panic!("no prompt {number}: {:?}", self.seen));
            self.seen.push_str(&String::from_utf8_lossy(&more));
        }
    }

    fn types(&mut self, keys: &str) {
        self.stdin.write_all(keys.as_bytes()).expect("it listens");
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_build_that_takes_longer_shows_a_line_and_takes_it_back() {
    let folder = folder();
    for columns in [80, 20] {
        let line = "outwit build slow.js --wit slow.wit -o slow.wasm; echo ended";
        let Some(mut terminal) = Terminal::start(&folder, columns, line) else {
            return;
        };
        terminal.shows("ended");
        let seen = &terminal.seen;
        assert!(seen.contains("building slow"), "{seen:?}");
        // Cleared before anything else is said, and never longer than the terminal is wide.
        let (progress, said) = seen.rsplit_once("\u{1b}[2K").expect("it is cleared");
        assert!(said.contains("built"), "{seen:?}");
        let drawn = progress.split("\u{1b}[2K");
        for line in drawn.filter(|line| line.contains("building")) {
            let width = line.trim_matches('\r').chars().count();
            assert!(width <= columns as usize + 8, "{line:?}");
        }
    }
    // Who reads it by a pipe wants to know how it ended.
    let built = folder.outwit(&["build", "slow.js", "--wit", "slow.wit", "-o", "slow.wasm"]);
    let (_, stderr) = texts(&built);
    assert!(
        !stderr.contains("building") && !stderr.contains('\u{1b}'),
        "{stderr:?}"
    );
}

/// A terminal that is sane echoes what is typed, line by line.
const SANE: &str =
    "stty -a | grep -q ' icanon ' && stty -a | grep -q ' echo ' && echo it is s''ane";

#[test]
fn ctrl_c_ends_what_goes_on_and_leaves_the_terminal_as_it_was() {
    let folder = folder();
    for (command, waits_for, exit) in [
        ("outwit dev", "started", "\u{3}"),
        ("outwit dev --call 'answer()'", "careful", "\u{3}"),
        ("outwit build . --watch", "built", "\u{3}"),
        (
            "outwit repl slow.wasm --grant console",
            "\u{1b}[?2004h",
            "\u{4}",
        ),
    ] {
        let line = format!("{command}; {SANE}");
        let Some(mut terminal) = Terminal::start(&folder, 80, &line) else {
            return;
        };
        terminal.shows(waits_for);
        terminal.types(exit);
        terminal.shows("it is sane");
    }
}

#[test]
fn ctrl_c_in_a_line_ends_the_line() {
    let folder = folder();
    folder.outwit(&["build", "."]);
    for options in ["slow.wasm --grant console", ""] {
        let line = format!("outwit repl {options}; {SANE}");
        let Some(mut terminal) = Terminal::start(&folder, 80, &line) else {
            return;
        };
        terminal.prompts(1);
        terminal.types("console.warn('b' + 'usy'); while (true);\r");
        terminal.shows("busy");
        terminal.types("\u{3}");
        terminal.shows("given up");
        terminal.prompts(2);
        terminal.types("40 + 2 + 'again'\r");
        terminal.shows("\"42again\"");
        terminal.prompts(3);
        terminal.types("\u{4}");
        terminal.shows("it is sane");
    }
}

#[test]
fn a_terminal_has_colour() {
    let folder = folder();
    let Some(mut terminal) = Terminal::start(&folder, 80, "outwit dev --call 'answer()'") else {
        return;
    };
    terminal.shows("[slow]\u{1b}[0m \u{1b}[1m\u{1b}[33mwarning: ");
}
