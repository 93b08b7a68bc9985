//! Outcomes in the form of JUnit, which servers of continuous integration read.

use super::report::{Failure, FileOutcome, Outcome, Report, Status};
use anyhow::{Context, Result};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

/// The document.
pub fn text(report: &Report) -> Result<String> {
    let mut document = quick_junit::Report::new("outwit test");
    document.set_time(report.duration);
    for file in &report.files {
        document.add_test_suite(suite(file));
    }
    document
        .to_string()
        .context("the outcome cannot be written as XML")
}

fn suite(file: &FileOutcome) -> TestSuite {
    let mut suite = TestSuite::new(&*file.name);
    suite.set_time(file.duration);
    if let Some(error) = &file.error {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message("the tests cannot be built");
        status.set_description(error);
        suite.add_test_case(TestCase::new("build", status));
    }
    for test in &file.tests {
        suite.add_test_case(case(file, test));
    }
    suite
}

fn case(file: &FileOutcome, test: &Outcome) -> TestCase {
    let status = match (test.status, test.failures.first()) {
        (Status::Skipped | Status::Todo, _) => TestCaseStatus::skipped(),
        (_, Some(failure)) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(&*failure.message);
            let texts: Vec<String> = test.failures.iter().map(described).collect();
            status.set_description(texts.join("\n\n"));
            status
        }
        (_, None) => TestCaseStatus::success(),
    };
    let mut case = TestCase::new(test.path.join(" > "), status);
    case.set_classname(&*file.name);
    case.set_time(test.duration);
    case
}

fn described(failure: &Failure) -> String {
    let mut text = failure.message.clone();
    for part in [&failure.frame, &failure.stack] {
        if !part.is_empty() {
            text.push('\n');
            text.push_str(part);
        }
    }
    text
}
