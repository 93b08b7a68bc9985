//! How far it is.

use std::io::{IsTerminal, Write as _, stderr};
use std::sync::Mutex;

/// A bar on the terminal, or a line for every tenth elsewhere.
pub struct Progress {
    total: usize,
    done: Mutex<usize>,
}

impl Progress {
    /// Starts.
    pub fn new(total: usize) -> Progress {
        Progress {
            total,
            done: Mutex::new(0),
        }
    }

    /// One more is done.
    pub fn advance(&self, name: &str) {
        let Ok(mut done) = self.done.lock() else {
            return;
        };
        *done += 1;
        let (done, total) = (*done, self.total);
        let mut out = stderr().lock();
        // nothing depends on what is shown
        let _ = if out.is_terminal() {
            let width = 30;
            let filled = "█".repeat(width * done / total);
            let end = if done == total { "\n" } else { "" };
            let name: String = name.chars().take(60).collect();
            write!(out, "\r\x1b[2K{filled:░<width$} {done}/{total} {name}{end}")
        } else if done == total || done * 10 / total != (done - 1) * 10 / total {
            writeln!(out, "{done}/{total}")
        } else {
            Ok(())
        };
        let _ = out.flush();
    }
}
