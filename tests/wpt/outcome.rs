//! What tests say of themselves.

use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

/// One file, in one variant, after it ran.
#[derive(Serialize)]
pub struct Outcome {
    /// Its path and variant.
    pub test: String,
    /// `OK`, `ERROR` or `TIMEOUT`, as the harness says; `CRASH` if the call of the plugin failed.
    pub status: String,
    /// What the harness, or the host, has to say.
    pub message: String,
    /// Its subtests.
    pub subtests: Vec<Subtest>,
    /// How long it took.
    pub milliseconds: u128,
}

/// What the plugin returns.
#[derive(Deserialize)]
pub struct Returned {
    /// Of the harness.
    pub status: String,
    /// Of the harness.
    #[serde(default)]
    pub message: Option<String>,
    /// All of the file.
    pub tests: Vec<Subtest>,
}

/// One subtest.
#[derive(Serialize, Deserialize, Clone)]
pub struct Subtest {
    /// Unique in its file.
    pub name: String,
    /// `PASS`, `FAIL`, `TIMEOUT`, `NOTRUN` or `PRECONDITION_FAILED`.
    pub status: String,
    /// Why it does not pass.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

impl Outcome {
    /// How many subtests pass.
    pub fn passed(&self) -> usize {
        let is_passed = |subtest: &&Subtest| subtest.is_passed();
        self.subtests.iter().filter(is_passed).count()
    }
}

impl Subtest {
    /// Whether it passes.
    pub fn is_passed(&self) -> bool {
        self.status == "PASS"
    }
}

/// Writes all results.
pub fn write_json(path: &Path, outcomes: &[Outcome]) -> io::Result<()> {
    let file = BufWriter::new(File::create(path)?);
    serde_json::to_writer_pretty(file, outcomes).map_err(io::Error::other)
}
