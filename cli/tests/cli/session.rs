//! The command while it runs: what it says and prints is waited for, and lines are typed.

use crate::folder::Folder;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Nothing takes this long but what never comes.
const NEVER: Duration = Duration::from_secs(60);

pub struct Session {
    child: Child,
    stdin: Option<ChildStdin>,
    said: Lines,
    printed: Lines,
}

/// The lines of a stream.
struct Lines {
    coming: Receiver<String>,
    seen: String,
}

impl Session {
    pub fn start(folder: &Folder, args: &[&str]) -> Session {
        Session::with(folder, args, &[])
    }

    pub fn with(folder: &Folder, args: &[&str], environment: &[(&str, &str)]) -> Session {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("outwit-cache");
        let mut child = Command::new(env!("CARGO_BIN_EXE_outwit"))
            .args(args)
            .current_dir(folder.path(""))
            .env("OUTWIT_CACHE", cache)
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        Session {
            stdin: child.stdin.take(),
            said: Lines::of(child.stderr.take().expect("a pipe")),
            printed: Lines::of(child.stdout.take().expect("a pipe")),
            child,
        }
    }

    /// Waits for a line of standard error that has this in it.
    #[track_caller]
    pub fn says(&mut self, part: &str) {
        self.said.wait(part, |line| line.contains(part));
    }

    /// Waits for a line of standard output.
    #[track_caller]
    pub fn prints(&mut self, expected: &str) {
        let said = &self.said.seen;
        let line = self.printed.coming.recv_timeout(NEVER);
        let line = line.unwrap_or_else(|_| panic!("no `{expected}` came; it said:\n{said}"));
        assert_eq!(line, expected);
    }

    pub fn types(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("it is open");
        writeln!(stdin, "{line}").expect("it listens");
    }

    /// Ends it; gives all that it said.
    pub fn ends(mut self) -> String {
        let _ = self.child.kill();
        while let Ok(line) = self.said.coming.recv_timeout(NEVER) {
            self.said.seen.push_str(&line);
        }
        std::mem::take(&mut self.said.seen)
    }
}

impl Lines {
    fn of(stream: impl Read + Send + 'static) -> Lines {
        let (sender, coming) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Lines {
            coming,
            seen: String::new(),
        }
    }

    #[track_caller]
    fn wait(&mut self, what: &str, is_it: impl Fn(&str) -> bool) {
        loop {
            let Ok(line) = self.coming.recv_timeout(NEVER) else {
                panic!("no `{what}` came; before:\n{}", self.seen);
            };
            self.seen.push_str(&line);
            self.seen.push('\n');
            if is_it(&line) {
                return;
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
