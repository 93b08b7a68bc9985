//! Says what takes long.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

/// How long something may take before anybody asks what it is.
const PATIENCE: Duration = Duration::from_secs(1);

/// A line on the terminal that says what goes on, from when it has gone on for a second until this is dropped. Where
/// standard error is no terminal there is none.
pub struct Progress(Option<(mpsc::Sender<()>, JoinHandle<()>)>);

impl Progress {
    pub fn start(text: String) -> Progress {
        if !std::io::stderr().is_terminal() {
            return Progress(None);
        }
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            if stopped.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
                show(text, &stopped);
            }
        });
        Progress(Some((stop, thread)))
    }
}

/// Shows the line until the other side hangs up.
fn show(text: String, stopped: &mpsc::Receiver<()>) {
    // What does not fit into the line is cut off: a line that is broken cannot be taken back.
    let line = ProgressBar::new_spinner()
        .with_message(text)
        .with_elapsed(PATIENCE);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {wide_msg}") {
        line.set_style(style);
    }
    while stopped.recv_timeout(Duration::from_millis(100)) == Err(mpsc::RecvTimeoutError::Timeout) {
        line.tick();
    }
    line.finish_and_clear();
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.0.take() {
            drop(stop);
            // What else is printed comes after the line is gone.
            let _ = thread.join();
        }
    }
}
