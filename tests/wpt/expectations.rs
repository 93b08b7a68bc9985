//! What is known to fail: a file for each folder of the first level.

use crate::outcome::Outcome;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What is expected of one test; of a test that is not mentioned, that all of it passes.
#[derive(Serialize, Deserialize, Default, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// The status of the whole, if not `OK`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    /// The subtests that do not pass.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    fail: BTreeSet<String>,
    /// Whether there are subtests and none of them passes, in place of their names.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    all_fail: bool,
}

type OfFolder = BTreeMap<String, Expected>;

/// All of it, by folder.
#[derive(Default)]
pub struct Expectations(BTreeMap<String, OfFolder>);

impl Expectations {
    /// Reads all files.
    pub fn read(folder: &Path) -> Result<Expectations, String> {
        let mut all = BTreeMap::new();
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let shown = path.display();
            let text =
                std::fs::read_to_string(&path).map_err(|error| format!("{shown}: {error}"))?;
            let of_folder =
                serde_json::from_str(&text).map_err(|error| format!("{shown}: {error}"))?;
            all.insert(name.into_owned(), of_folder);
        }
        Ok(Expectations(all))
    }

    /// Takes what happened for what is expected, of the tests that ran.
    pub fn bless(&mut self, outcomes: &[Outcome]) {
        for outcome in outcomes {
            let of_folder = self.0.entry(folder(outcome)).or_default();
            let found = Expected::of(outcome);
            if found == Expected::default() {
                of_folder.remove(&outcome.test);
            } else {
                of_folder.insert(outcome.test.clone(), found);
            }
        }
    }

    /// Writes all files.
    pub fn write(&self, folder: &Path) -> Result<(), String> {
        for (name, of_folder) in &self.0 {
            let path = folder.join(format!("{name}.json"));
            let text =
                serde_json::to_string_pretty(of_folder).map_err(|error| error.to_string())?;
            std::fs::write(&path, text + "\n")
                .map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(())
    }

    /// Where what happened is not what is expected, as lines to print.
    pub fn compare(&self, outcomes: &[Outcome]) -> Vec<String> {
        let none = Expected::default();
        let mut lines = Vec::new();
        for outcome in outcomes {
            let expected = self
                .0
                .get(&folder(outcome))
                .and_then(|of_folder| of_folder.get(&outcome.test))
                .unwrap_or(&none);
            let found = Expected::of(outcome);
            if expected.status != found.status {
                let name = |status: &Option<String>| status.as_deref().unwrap_or("OK").to_owned();
                lines.push(format!(
                    "{}: {}, expected {}: {}",
                    outcome.test,
                    name(&found.status),
                    name(&expected.status),
                    outcome.message
                ));
            }
            if found.status.as_deref() == Some("CRASH") {
                continue;
            }
            let failing = failing(outcome);
            let expected_to_fail = match expected.all_fail {
                true => outcome
                    .subtests
                    .iter()
                    .map(|subtest| subtest.name.clone())
                    .collect(),
                false => expected.fail.clone(),
            };
            for subtest in failing.difference(&expected_to_fail) {
                let shown = outcome.subtests.iter().find(|found| found.name == *subtest);
                let message = shown.map_or("", |shown| &*shown.message);
                lines.push(format!(
                    "regression: {}: {subtest}: {message}",
                    outcome.test
                ));
            }
            for subtest in expected_to_fail.difference(&failing) {
                lines.push(format!("unexpected pass: {}: {subtest}", outcome.test));
            }
        }
        lines
    }
}

impl Expected {
    fn of(outcome: &Outcome) -> Expected {
        let fail = failing(outcome);
        let all_fail = !fail.is_empty() && fail.len() == outcome.subtests.len();
        Expected {
            status: Some(outcome.status.clone()).filter(|status| status != "OK"),
            fail: if all_fail { BTreeSet::new() } else { fail },
            all_fail,
        }
    }
}

/// The names of the subtests that do not pass.
fn failing(outcome: &Outcome) -> BTreeSet<String> {
    let failing = outcome
        .subtests
        .iter()
        .filter(|subtest| !subtest.is_passed());
    failing.map(|subtest| subtest.name.clone()).collect()
}

fn folder(outcome: &Outcome) -> String {
    let first = outcome.test.split('/').next();
    first.unwrap_or_default().to_owned()
}
