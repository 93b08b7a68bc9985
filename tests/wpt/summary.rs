//! The results as a table.

use crate::options::Options;
use crate::outcome::Outcome;
use std::collections::BTreeMap;

/// What Node 26 passes of the same tree, without a server: folder, passed, of how many.
const NODE: &[(&str, usize, usize)] = &[
    ("FileAPI", 304, 350),
    ("compression", 311, 320),
    ("dom/abort", 35, 36),
    ("dom/events", 39, 41),
    ("encoding", 11702, 11747),
    ("fetch/api/headers", 103, 161),
    ("html/webappapis/structured-clone", 134, 135),
    ("streams", 1179, 1192),
    ("url", 2113, 2124),
    ("urlpattern", 744, 803),
    ("xhr", 39, 39),
];
/// Of all `.any.js`.
const NODE_TOTAL: (usize, usize) = (57_773, 60_688);

/// Prints how many subtests pass, by folder.
pub fn print(outcomes: &[Outcome], options: &Options) {
    let is_verbose = options.is_verbose;
    for outcome in outcomes {
        let is_bad = outcome.status != "OK";
        if is_bad && (is_verbose || outcome.subtests.is_empty()) {
            let first = outcome.message.lines().next().unwrap_or_default();
            println!("{} {}: {first}", outcome.status, outcome.test);
        }
        if is_verbose {
            for subtest in outcome
                .subtests
                .iter()
                .filter(|subtest| !subtest.is_passed())
            {
                println!(
                    "  {} {}: {}: {}",
                    subtest.status, outcome.test, subtest.name, subtest.message
                );
            }
        }
    }
    let mut folders: BTreeMap<&str, Row> = BTreeMap::new();
    let mut total = Row::default();
    for outcome in outcomes {
        folders
            .entry(folder(&outcome.test))
            .or_default()
            .add(outcome);
        total.add(outcome);
    }
    let line = if options.is_table {
        Row::markdown
    } else {
        Row::plain
    };
    if options.is_table {
        println!(
            "| Folder | Passed | Of | Files | Whole | Node 26 |\n|---|---:|---:|---:|---:|---:|"
        );
    } else {
        println!(
            "{:<56} {:>7} {:>7} {:>7} {:>7}   Node 26",
            "folder", "passed", "of", "files", "whole"
        );
    }
    for (name, row) in &folders {
        let node = NODE
            .iter()
            .find(|(folder, ..)| folder == name && !options.has_server);
        let node = node.map_or(String::new(), |(_, passed, of)| format!("{passed} of {of}"));
        println!("{}", line(row, name, &node));
    }
    for kind in ["any", "window", "worker"] {
        let mut row = Row::default();
        let is_kind = |outcome: &&Outcome| path(&outcome.test).ends_with(&format!(".{kind}.js"));
        outcomes
            .iter()
            .filter(is_kind)
            .for_each(|outcome| row.add(outcome));
        let (passed, of) = NODE_TOTAL;
        let node = match kind {
            "any" if !options.has_server => format!("{passed} of {of}"),
            _ => String::new(),
        };
        println!("{}", line(&row, &format!("all .{kind}.js"), &node));
    }
    println!("{}", line(&total, "all of these", ""));
}

/// The folder a test counts for: two levels, three where the standards are large.
fn folder(test: &str) -> &str {
    let path = path(test);
    let levels = match path.split('/').next().unwrap_or_default() {
        "html" | "fetch" => 3,
        "dom" => 2,
        _ => 1,
    };
    let end = path
        .match_indices('/')
        .take(levels)
        .last()
        .map_or(0, |(at, _)| at);
    path.get(..end).unwrap_or_default()
}

/// Without the variant.
fn path(test: &str) -> &str {
    test.split('?').next().unwrap_or_default()
}

#[derive(Default)]
struct Row {
    passed: usize,
    of: usize,
    files: usize,
    whole: usize,
}

impl Row {
    fn add(&mut self, outcome: &Outcome) {
        let passed = outcome.passed();
        self.passed += passed;
        self.of += outcome.subtests.len();
        self.files += 1;
        self.whole += usize::from(outcome.status == "OK" && passed == outcome.subtests.len());
    }

    fn plain(&self, name: &str, node: &str) -> String {
        format!(
            "{name:<56} {:>7} {:>7} {:>7} {:>7}   {node}",
            self.passed, self.of, self.files, self.whole
        )
    }

    fn markdown(&self, name: &str, node: &str) -> String {
        format!(
            "| {name} | {} | {} | {} | {} | {node} |",
            self.passed, self.of, self.files, self.whole
        )
    }
}
