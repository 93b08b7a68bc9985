//! What came out of tests, for people and as JSON.

use super::snapshots::Counts;
use anyhow::Result;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::Duration;

/// What became of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Passed,
    Failed,
    Skipped,
    Todo,
}

impl Status {
    pub fn name(self) -> &'static str {
        match self {
            Status::Passed => "passed",
            Status::Failed => "failed",
            Status::Skipped => "skipped",
            Status::Todo => "todo",
        }
    }
}

/// One thing that went wrong in a test.
#[derive(Clone, Debug, Default)]
pub struct Failure {
    pub message: String,
    pub causes: Vec<String>,
    pub stack: String,
    /// The place, and the lines around it.
    pub frame: String,
    /// What was expected, and what was there.
    pub diff: Option<(String, String)>,
}

/// A test that was run, or could have been.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub path: Vec<String>,
    pub status: Status,
    pub duration: Duration,
    pub failures: Vec<Failure>,
}

/// A file of tests.
#[derive(Clone, Debug, Default)]
pub struct FileOutcome {
    pub name: String,
    pub tests: Vec<Outcome>,
    /// How many tests the filter left out.
    pub filtered: usize,
    pub duration: Duration,
    /// Why there are none: the file could not be built.
    pub error: Option<String>,
    pub snapshots: Counts,
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub files: Vec<FileOutcome>,
    pub duration: Duration,
    /// Whether the tests of the crate passed, if the plugin is one.
    pub crate_tests: Option<bool>,
}

impl Report {
    pub fn count(&self, status: Status) -> usize {
        let tests = self.files.iter().flat_map(|file| &file.tests);
        tests.filter(|test| test.status == status).count()
    }

    pub fn json(&self) -> Value {
        let failure = |failure: &Failure| {
            json!({
                "message": failure.message,
                "causes": failure.causes,
                "stack": failure.stack,
                "frame": failure.frame,
                "expected": failure.diff.as_ref().map(|(expected, _)| expected),
                "actual": failure.diff.as_ref().map(|(_, actual)| actual),
            })
        };
        let test = |test: &Outcome| {
            json!({
                "name": test.path.join(" > "),
                "path": test.path,
                "status": test.status.name(),
                "milliseconds": millis(test.duration),
                "failures": test.failures.iter().map(failure).collect::<Vec<_>>(),
            })
        };
        let files: Vec<Value> = self
            .files
            .iter()
            .map(|file| {
                json!({
                    "file": file.name,
                    "error": file.error,
                    "milliseconds": millis(file.duration),
                    "snapshots": {
                        "written": file.snapshots.written,
                        "updated": file.snapshots.updated,
                        "removed": file.snapshots.removed,
                        "obsolete": file.snapshots.obsolete,
                    },
                    "tests": file.tests.iter().map(test).collect::<Vec<_>>(),
                })
            })
            .collect();
        json!({
            "passed": self.count(Status::Passed),
            "failed": self.count(Status::Failed),
            "skipped": self.count(Status::Skipped),
            "todo": self.count(Status::Todo),
            "crate": self.crate_tests,
            "milliseconds": millis(self.duration),
            "files": files,
        })
    }
}

fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const PLAIN: &str = "\x1b[0m";

/// Writes to standard output, in colour where that is a terminal.
fn print(text: &str) -> Result<()> {
    use std::io::Write as _;
    match anstream::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Prints what came out of a file.
pub fn print_file(file: &FileOutcome) -> Result<()> {
    let mut text = format!("{BOLD}{}{PLAIN}\n", file.name);
    if let Some(error) = &file.error {
        let _ = writeln!(text, "  {RED}✗{PLAIN} the tests cannot be built");
        indented(&mut text, error, "    ");
    }
    for test in &file.tests {
        let (colour, mark) = match test.status {
            Status::Passed => (GREEN, "✓"),
            Status::Failed => (RED, "✗"),
            Status::Skipped => (YELLOW, "-"),
            Status::Todo => (YELLOW, "…"),
        };
        let took = match test.status {
            Status::Passed | Status::Failed => {
                format!(" {DIM}({:.0} ms){PLAIN}", test.duration.as_secs_f64() * 1e3)
            }
            Status::Skipped => format!(" {DIM}(skipped){PLAIN}"),
            Status::Todo => format!(" {DIM}(to do){PLAIN}"),
        };
        let _ = writeln!(
            text,
            "  {colour}{mark}{PLAIN} {}{took}",
            shown(&test.path.join(" > "))
        );
        for failure in &test.failures {
            write_failure(&mut text, failure);
        }
    }
    print(&text)
}

fn write_failure(text: &mut String, failure: &Failure) {
    let _ = write!(text, "{RED}");
    indented(text, &failure.message, "    ");
    let _ = write!(text, "{PLAIN}");
    for cause in &failure.causes {
        indented(text, &format!("caused by: {cause}"), "    ");
    }
    if let Some((expected, actual)) = &failure.diff
        && (expected.contains('\n') || actual.contains('\n'))
    {
        let _ = writeln!(text, "    {GREEN}- expected{PLAIN}  {RED}+ received{PLAIN}");
        for (side, line) in difference(expected, actual) {
            let (colour, mark) = match side {
                Side::Both => ("", ' '),
                Side::Expected => (GREEN, '-'),
                Side::Actual => (RED, '+'),
            };
            let _ = writeln!(text, "    {colour}{mark} {}{PLAIN}", shown(line));
        }
    }
    if failure.frame.is_empty() {
        indented(text, &failure.stack, "    ");
    } else {
        indented(text, &failure.frame, "    ");
    }
}

fn indented(text: &mut String, what: &str, by: &str) {
    for line in what.trim_end().lines() {
        let _ = writeln!(text, "{by}{}", shown(line));
    }
}

/// A line of what tests say, without what would move a terminal's cursor.
fn shown(line: &str) -> String {
    line.chars()
        .map(|c| {
            if c.is_control() && c != '\t' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Both,
    Expected,
    Actual,
}

/// The lines of two texts, those in common once.
fn difference<'a>(expected: &'a str, actual: &'a str) -> Vec<(Side, &'a str)> {
    const MOST: usize = 2000;
    let old: Vec<&str> = expected.lines().take(MOST).collect();
    let new: Vec<&str> = actual.lines().take(MOST).collect();
    // The longest common sequence of what follows each pair of positions.
    let width = new.len() + 1;
    let mut longest = vec![0u16; (old.len() + 1) * width];
    let at = |i: usize, j: usize| i * width + j;
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            longest[at(i, j)] = if old[i] == new[j] {
                longest[at(i + 1, j + 1)] + 1
            } else {
                longest[at(i + 1, j)].max(longest[at(i, j + 1)])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut lines = Vec::new();
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            lines.push((Side::Both, old[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len()
            || (i < old.len() && longest[at(i + 1, j)] >= longest[at(i, j + 1)])
        {
            lines.push((Side::Expected, old[i]));
            i += 1;
        } else {
            lines.push((Side::Actual, new[j]));
            j += 1;
        }
    }
    lines
}

/// Prints how many tests there were, and what became of them.
pub fn print_summary(report: &Report, filter: Option<&str>) -> Result<()> {
    let mut parts = Vec::new();
    for (status, colour) in [
        (Status::Failed, RED),
        (Status::Passed, GREEN),
        (Status::Skipped, YELLOW),
        (Status::Todo, YELLOW),
    ] {
        let count = report.count(status);
        if count > 0 {
            parts.push(format!("{colour}{count} {}{PLAIN}", status.name()));
        }
    }
    let broken = report.files.iter().filter(|file| file.error.is_some());
    let broken = broken.count();
    if broken > 0 {
        parts.push(format!("{RED}{broken} not built{PLAIN}"));
    }
    let filtered: usize = report.files.iter().map(|file| file.filtered).sum();
    if filtered > 0 {
        parts.push(format!("{filtered} left out by the filter"));
    }
    let mut text = String::new();
    if parts.is_empty() {
        parts.push("no tests".to_owned());
    }
    if let Some(filter) = filter
        && report.count(Status::Passed) + report.count(Status::Failed) == 0
        && filtered > 0
    {
        let _ = writeln!(text, "no test has `{}` in its name", shown(filter));
    }
    let snapshots = |count: fn(&Counts) -> usize| -> usize {
        report.files.iter().map(|file| count(&file.snapshots)).sum()
    };
    for (count, what) in [
        (snapshots(|counts| counts.written), "written"),
        (snapshots(|counts| counts.updated), "updated"),
        (snapshots(|counts| counts.removed), "removed"),
        (
            snapshots(|counts| counts.obsolete),
            "no test asks for: --update removes them",
        ),
    ] {
        if count > 0 {
            let plural = if count == 1 { "" } else { "s" };
            parts.push(format!("{count} snapshot{plural} {what}"));
        }
    }
    let seconds = report.duration.as_secs_f64();
    let _ = writeln!(text, "\n{} in {seconds:.2} s", parts.join(", "));
    print(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_texts_have_in_common_stands_once() {
        use Side::{Actual, Both, Expected};
        assert_eq!(
            difference("a\nb\nc", "a\nx\nc\nd"),
            [
                (Both, "a"),
                (Expected, "b"),
                (Actual, "x"),
                (Both, "c"),
                (Actual, "d")
            ]
        );
        assert_eq!(difference("", ""), []);
    }
}
