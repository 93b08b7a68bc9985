//! Records in files, one JSON object per line.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{Record, Sink, Unrecorded};
use crate::performance::{Clock, SystemClock};
use crate::policy::Target;
use crate::text::{push_json, start};

/// How long the thread of a queue lets records gather.
const PAUSE: Duration = Duration::from_millis(1);
/// The most bytes of a target and of a reason in a record.
const TEXT: usize = 1024;

/// Writes records to a file, one JSON object per line:
///
/// ```json
/// {"time":"2026-03-01T12:00:00.000250Z","sequence":7,"plugin":"notes","capability":"storage","interface":"outwit:storage/local-storage","function":"set-item","target_kind":"key","target":"draft","outcome":"denied","by":"policy","reason":"not today"}
/// ```
///
/// Every character a plugin chose that would not be seen is written as an escape: line breaks, control
/// characters, those that turn the direction of text. So a line is a record, and a record is a line.
///
/// When the file has reached its size it becomes `NAME.1`, what was `NAME.1` becomes `NAME.2`, and so
/// on; the oldest goes.
pub struct JsonLines {
    shared: Arc<Shared>,
    clock: Arc<dyn Clock>,
    queue: Option<(u64, JoinHandle<()>)>,
}

/// When a record counts as kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// When the operating system has it: it survives the end of this process, however it ends.
    Written,
    /// When the disk has it: it survives the end of the machine. Takes milliseconds each.
    Synced,
    /// When it is in a queue of so many bytes, from which a thread writes. What is in the queue is lost
    /// when the process is killed. When the queue is full, records are dropped, and the file says how
    /// many.
    Queued {
        /// The size of the queue, in bytes.
        bytes: u64,
    },
}

/// Describes [`JsonLines`].
#[derive(Clone)]
#[must_use]
pub struct JsonLinesBuilder {
    path: PathBuf,
    max_bytes: u64,
    files: u32,
    durability: Durability,
    clock: Arc<dyn Clock>,
}

impl JsonLinesBuilder {
    /// The size at which a file is put aside, in bytes.
    ///
    /// # Default
    ///
    /// 16 MiB.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// How many files there are at most, with the one that is written to; at least 1.
    ///
    /// # Default
    ///
    /// 8.
    pub fn files(mut self, files: u32) -> Self {
        self.files = files.max(1);
        self
    }

    /// When a record counts as kept.
    ///
    /// # Default
    ///
    /// [`Durability::Written`].
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// The clock that records are dated by.
    ///
    /// # Default
    ///
    /// This machine's.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Opens the file, which is made if need be, for its owner only. What is in it stays.
    ///
    /// # Errors
    ///
    /// The file cannot be opened, or the thread of the queue cannot be started.
    pub fn open(self) -> io::Result<JsonLines> {
        let JsonLinesBuilder {
            path,
            max_bytes,
            files,
            durability,
            clock,
        } = self;
        let mut output = Output::open(path, max_bytes, files, durability)?;
        let mut line = Vec::with_capacity(2048);
        line.extend_from_slice(b"{\"time\":\"");
        push_time(&mut line, clock.wall());
        line.extend_from_slice(b"\",\"event\":\"opened\",\"process\":");
        push_number(&mut line, u64::from(std::process::id()));
        line.extend_from_slice(b"}\n");
        output.write(&line)?;
        let shared = Arc::new(Shared {
            output: Mutex::new((output, line)),
            queue: Mutex::new(Queue::default()),
            wake: Condvar::new(),
        });
        let queue = match durability {
            Durability::Queued { bytes } => {
                let thread = shared.clone();
                let clock = clock.clone();
                let builder = std::thread::Builder::new().name("outwit-audit".to_string());
                let handle = builder.spawn(move || thread.drain(clock.as_ref()))?;
                Some((bytes, handle))
            }
            Durability::Written | Durability::Synced => None,
        };
        Ok(JsonLines {
            shared,
            clock,
            queue,
        })
    }
}

impl JsonLines {
    /// Starts describing a file of records.
    pub fn builder(path: impl Into<PathBuf>) -> JsonLinesBuilder {
        JsonLinesBuilder {
            path: path.into(),
            max_bytes: 16 << 20,
            files: 8,
            durability: Durability::Written,
            clock: Arc::new(SystemClock::default()),
        }
    }

    /// Opens a file with the defaults of [`JsonLinesBuilder`].
    ///
    /// # Errors
    ///
    /// As [`JsonLinesBuilder::open`].
    pub fn open(path: impl Into<PathBuf>) -> io::Result<JsonLines> {
        JsonLines::builder(path).open()
    }

    /// Records that were dropped because the queue was full.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.shared.queue().dropped
    }
}

impl Sink for JsonLines {
    fn record(&self, record: &Record<'_>) -> Result<(), Unrecorded> {
        let time = self.clock.wall();
        match &self.queue {
            Some((limit, _)) => {
                let mut queue = self.shared.queue();
                let before = queue.bytes.len();
                let idle = before == 0 && queue.untold == 0 && !queue.pausing;
                push_record(&mut queue.bytes, record, time);
                if queue.bytes.len() as u64 > *limit {
                    queue.bytes.truncate(before);
                    queue.untold += 1;
                    queue.dropped += 1;
                }
                let full = queue.bytes.len() as u64 > *limit / 2 && !queue.hurry;
                queue.hurry |= full;
                drop(queue);
                // Otherwise the thread is at work already, or looks again by itself.
                if idle || full {
                    self.shared.wake.notify_one();
                }
                Ok(())
            }
            None => {
                let output = self.shared.output.lock();
                let mut output = output.unwrap_or_else(PoisonError::into_inner);
                let (output, line) = &mut *output;
                line.clear();
                push_record(line, record, time);
                output.write(line).map_err(|error| {
                    tracing::error!(%error, "an audit record could not be written");
                    Unrecorded
                })
            }
        }
    }
}

impl Drop for JsonLines {
    /// Writes what is in the queue.
    fn drop(&mut self) {
        if let Some((_, thread)) = self.queue.take() {
            self.shared.queue().closed = true;
            self.shared.wake.notify_one();
            // A thread that panicked has nothing more to write.
            let _ = thread.join();
        }
    }
}

impl std::fmt::Debug for JsonLines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JsonLines").finish_non_exhaustive()
    }
}

struct Shared {
    /// The file, and the line that is being made.
    output: Mutex<(Output, Vec<u8>)>,
    queue: Mutex<Queue>,
    wake: Condvar,
}

#[derive(Default)]
struct Queue {
    bytes: Vec<u8>,
    /// Records dropped since the file last said so.
    untold: u64,
    dropped: u64,
    /// Whether the thread pauses, and looks again by itself.
    pausing: bool,
    /// Whether it should not, since the queue fills up.
    hurry: bool,
    closed: bool,
}

impl Shared {
    fn queue(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what comes into the queue, until it is closed.
    fn drain(&self, clock: &dyn Clock) {
        let mut batch = Vec::new();
        loop {
            let (dropped, closed) = {
                let mut queue = self.queue();
                while queue.bytes.is_empty() && queue.untold == 0 && !queue.closed {
                    queue = self
                        .wake
                        .wait(queue)
                        .unwrap_or_else(PoisonError::into_inner);
                }
                std::mem::swap(&mut queue.bytes, &mut batch);
                queue.hurry = false;
                (std::mem::take(&mut queue.untold), queue.closed)
            };
            if dropped > 0 {
                batch.extend_from_slice(b"{\"time\":\"");
                push_time(&mut batch, clock.wall());
                batch.extend_from_slice(b"\",\"event\":\"dropped\",\"records\":");
                push_number(&mut batch, dropped);
                batch.extend_from_slice(b"}\n");
            }
            let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
            for line in batch.split_inclusive(|byte| *byte == b'\n') {
                if let Err(error) = output.0.write(line) {
                    tracing::error!(%error, "an audit record could not be written");
                    let mut queue = self.queue();
                    queue.dropped += 1;
                }
            }
            drop(output);
            batch.clear();
            let mut queue = self.queue();
            if closed && queue.bytes.is_empty() {
                return;
            }
            // Waking a thread costs whoever records something more than recording it.
            queue.pausing = true;
            let paused = self
                .wake
                .wait_timeout_while(queue, PAUSE, |queue| !queue.closed && !queue.hurry);
            paused.unwrap_or_else(PoisonError::into_inner).0.pausing = false;
        }
    }
}

/// The file that is written to.
struct Output {
    path: PathBuf,
    file: File,
    size: u64,
    max_bytes: u64,
    files: u32,
    sync: bool,
}

#[allow(clippy::disallowed_methods)] // the backend that is the surroundings
impl Output {
    fn open(
        path: PathBuf,
        max_bytes: u64,
        files: u32,
        durability: Durability,
    ) -> io::Result<Output> {
        let file = append(&path)?;
        let size = file.metadata()?.len();
        let mut output = Output {
            path,
            file,
            size,
            max_bytes,
            files,
            sync: durability == Durability::Synced,
        };
        // A process may have ended in the middle of a line.
        if output.size > 0 && last_byte(&mut output.file)? != Some(b'\n') {
            output.file.write_all(b"\n")?;
            output.size += 1;
        }
        Ok(output)
    }

    /// Writes one line, in one piece.
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        if self.size > 0 && self.size.saturating_add(line.len() as u64) > self.max_bytes {
            self.rotate()?;
        }
        if let Err(error) = self.file.write_all(line) {
            // Part of it may be there; the next line must not become part of it.
            self.size = self.file.metadata().map_or(self.size, |m| m.len());
            if last_byte(&mut self.file).is_ok_and(|last| last.is_some_and(|b| b != b'\n'))
                && self.file.write_all(b"\n").is_ok()
            {
                self.size += 1;
            }
            return Err(error);
        }
        self.size += line.len() as u64;
        if self.sync {
            self.file.sync_data()?;
        }
        Ok(())
    }

    fn rotate(&mut self) -> io::Result<()> {
        let numbered = |number: u32| {
            let mut name = self.path.clone().into_os_string();
            name.push(format!(".{number}"));
            PathBuf::from(name)
        };
        if self.sync {
            self.file.sync_all()?;
        }
        let oldest = self.files - 1;
        if oldest == 0 {
            self.file.set_len(0)?;
        } else {
            for number in (1..oldest).rev() {
                match std::fs::rename(numbered(number), numbered(number + 1)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
            std::fs::rename(&self.path, numbered(1))?;
            self.file = append(&self.path)?;
        }
        self.size = 0;
        Ok(())
    }
}

#[allow(clippy::disallowed_methods)] // the backend that is the surroundings
fn append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn last_byte(file: &mut File) -> io::Result<Option<u8>> {
    if file.metadata()?.len() == 0 {
        return Ok(None);
    }
    let mut byte = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut byte)?;
    Ok(byte.first().copied())
}

/// Appends a record and a line break.
pub(crate) fn push_record(out: &mut Vec<u8>, record: &Record<'_>, time: Duration) {
    let Record {
        sequence,
        call,
        outcome,
        by,
        reason,
    } = record;
    let field = |out: &mut Vec<u8>, name: &str, text: &str| {
        out.extend_from_slice(b",\"");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":");
        push_json(out, text);
    };
    out.extend_from_slice(b"{\"time\":\"");
    push_time(out, time);
    out.extend_from_slice(b"\",\"sequence\":");
    push_number(out, *sequence);
    field(out, "plugin", call.plugin);
    field(out, "capability", call.capability.name());
    field(out, "interface", call.interface);
    field(out, "function", call.function);
    let cut = |out: &mut Vec<u8>, name: &str, text: &str| {
        field(out, name, start(text, TEXT));
        if text.len() > TEXT {
            out.extend_from_slice(b",\"");
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"_bytes\":");
            push_number(out, text.len() as u64);
        }
    };
    let number = |out: &mut Vec<u8>, name: &str, value: u64| {
        out.extend_from_slice(b",\"");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":");
        push_number(out, value);
    };
    if call.target != Target::None {
        field(out, "target_kind", call.target.kind());
    }
    match call.target {
        Target::None => {}
        Target::Key(text) | Target::Path(text) | Target::Url(text) | Target::Name(text) => {
            cut(out, "target", text);
        }
        Target::Paths(from, to) => {
            cut(out, "target", from);
            cut(out, "target_to", to);
        }
        Target::Host(name, port) => {
            cut(out, "target", name);
            number(out, "target_port", port.into());
        }
        Target::Bytes(value) | Target::Millis(value) => number(out, "target", value),
    }
    field(out, "outcome", outcome.name());
    field(out, "by", by.name());
    if !reason.is_empty() {
        cut(out, "reason", reason);
    }
    out.extend_from_slice(b"}\n");
}

/// Appends a moment since 1970 as RFC 3339 writes it, to the microsecond.
fn push_time(out: &mut Vec<u8>, time: Duration) {
    let seconds = time.as_secs();
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Days to a date, by Howard Hinnant's algorithm; years start in March.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    // Writing to a vector cannot fail.
    let _ = write!(
        out,
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:06}Z",
        second / 3_600,
        second / 60 % 60,
        second % 60,
        time.subsec_micros()
    );
}

fn push_number(out: &mut Vec<u8>, number: u64) {
    let _ = write!(out, "{number}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_rfc_3339() {
        let written = |seconds: u64, micros: u32| {
            let mut out = Vec::new();
            push_time(&mut out, Duration::new(seconds, micros * 1000));
            String::from_utf8(out).unwrap()
        };
        assert_eq!(written(0, 0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(written(951_782_400, 1), "2000-02-29T00:00:00.000001Z");
        assert_eq!(
            written(1_772_366_399, 999_999),
            "2026-03-01T11:59:59.999999Z"
        );
        assert_eq!(written(4_107_542_400, 0), "2100-03-01T00:00:00.000000Z");
    }
}
