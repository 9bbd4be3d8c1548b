//! Reports in the format of `JUnit`, which pipelines read.

use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use crate::report::{Report, RunReport, Status};

/// A report as XML: a suite for each file, a case for each run.
///
/// # Errors
/// If it cannot be written down.
pub fn junit(report: &Report) -> Result<String, String> {
    let mut junit = Junit::new("zw test");
    for file in &report.files {
        let mut suite = TestSuite::new(file.path.display().to_string());
        for run in &file.runs {
            let mut case = TestCase::new(run.name.clone(), status(run));
            case.set_classname(file.path.display().to_string());
            case.set_time(run.elapsed);
            suite.add_test_case(case);
        }
        junit.add_test_suite(suite);
    }
    junit.to_string().map_err(|error| error.to_string())
}

fn status(run: &RunReport) -> TestCaseStatus {
    let kind = match run.status {
        Status::Pass => return TestCaseStatus::success(),
        Status::Skip => return TestCaseStatus::skipped(),
        Status::Fail => NonSuccessKind::Failure,
        Status::Error => NonSuccessKind::Error,
    };
    let mut status = TestCaseStatus::non_success(kind);
    let problems = &run.shown.diagnostics;
    if let Some(first) = problems.iter().next() {
        status.set_message(first.summary.clone());
    }
    let all: Vec<String> = problems
        .iter()
        .map(|problem| {
            let place = problem.span.and_then(|span| {
                let source = run.shown.sources.get(span.source)?;
                let line = source.text.get(..span.start as usize)?.matches('\n').count() + 1;
                Some(format!(" ({}:{line})", source.path.display()))
            });
            format!("{}{}: {}", problem.summary, place.unwrap_or_default(), problem.detail)
        })
        .collect();
    status.set_description(all.join("\n\n"));
    status
}
