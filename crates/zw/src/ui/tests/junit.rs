//! Reports in the format of `JUnit`, which pipelines read.
//!
//! What stands where is as in Terraform's reports: a suite for each file, a case for each run, errors in the body of a
//! failure, and warnings beside it.

use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};
use zw_lang::{Diagnostic, Severity};
use zw_test::{FileReport, Report, RunReport, Shown, Status};

use crate::ui::{diagnostic, text};

/// How wide problems are written, as nobody knows where they will be read.
const COLUMNS: usize = 78;

/// A report as XML.
///
/// # Errors
/// If it cannot be written down.
pub(crate) fn junit(report: &Report) -> Result<String, String> {
    let mut junit = Junit::new("zw test");
    for file in &report.files {
        let path = file.path.display().to_string();
        let mut suite = TestSuite::new(path.clone());
        for run in &file.runs {
            let mut case = TestCase::new(run.name.clone(), status(file, run));
            case.set_classname(path.clone());
            case.set_time(run.elapsed);
            if let Some(begun) = run.begun {
                let moment = text::timestamp_seconds(begun);
                case.extra.insert("timestamp".into(), moment.into());
            }
            let warnings = problems(&run.shown, Severity::Warning);
            if !warnings.is_empty() {
                case.set_system_err(warnings);
            }
            suite.add_test_case(case);
        }
        let of_file: String = file.shown.iter().map(all_problems).collect();
        if !of_file.is_empty() {
            suite.set_system_err(of_file);
        }
        junit.add_test_suite(suite);
    }
    junit.to_string().map_err(|error| error.to_string())
}

fn status(file: &FileReport, run: &RunReport) -> TestCaseStatus {
    let errors = problems(&run.shown, Severity::Error);
    let (kind, message) = match run.status {
        Status::Pass => return TestCaseStatus::success(),
        Status::Skip => return skipped(file, run),
        Status::Error => (NonSuccessKind::Error, "Encountered an error".to_owned()),
        Status::Fail => {
            let found = run.shown.diagnostics.iter();
            let failed: Vec<_> =
                found.filter(|problem| problem.severity == Severity::Error).collect();
            (NonSuccessKind::Failure, failure(&failed, run.assertions))
        }
    };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(message).set_description(errors);
    status
}

/// How many assertions failed, and what the first one says.
fn failure(failed: &[&Diagnostic], assertions: usize) -> String {
    let counts = format!("{} of {assertions} assertions failed", failed.len());
    match failed {
        [] => counts,
        [only] => format!("{counts}: {}", only.detail),
        [first, ..] => format!("{counts}, including: {}", first.detail),
    }
}

/// A run that was not begun, with the reason.
fn skipped(file: &FileReport, run: &RunReport) -> TestCaseStatus {
    let before = file.runs.iter().take_while(|other| other.name != run.name);
    let culprit = before.filter(|other| other.status == Status::Error).last();
    let (message, reason) = match culprit {
        Some(culprit) => (
            "Testcase skipped due to a previous testcase error",
            format!(
                "Previous testcase {:?} ended in error, which caused the remaining tests in the file to be skipped.",
                culprit.name
            ),
        ),
        None if !file.shown.is_empty() => (
            "Testcase skipped due to an error of the file",
            file.shown.iter().map(all_problems).collect(),
        ),
        None => (
            "Testcase skipped due to an interrupt",
            "The tests were interrupted, which caused all remaining ones to be skipped.".to_owned(),
        ),
    };
    let mut status = TestCaseStatus::skipped();
    status.set_message(message).set_description(reason);
    status
}

fn all_problems(shown: &Shown) -> String {
    problems(shown, Severity::Error) + &problems(shown, Severity::Warning)
}

/// What there is to say of a severity, as people read it.
fn problems(shown: &Shown, severity: Severity) -> String {
    let mut text = String::new();
    for problem in shown.diagnostics.iter().filter(|problem| problem.severity == severity) {
        text.push('\n');
        text.push_str(&diagnostic::plain(problem, &shown.sources, COLUMNS));
    }
    text
}
