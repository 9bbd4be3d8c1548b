//! `JUnit`, which every pipeline can show: a case for the command, and one for each finding.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Finding, Rule, Source};

/// The document of all findings. Warnings, and what a plan destroys, are said and fail nothing.
pub(super) fn document(findings: &[Finding], source: Source<'_>) -> Result<String, String> {
    let mut suite = TestSuite::new(source.command);
    let mut whole = TestCase::new(source.command, TestCaseStatus::success());
    whole.set_classname("zw");
    suite.add_test_case(whole);
    for finding in findings {
        let mut status = if finding.rule.is_failure() {
            let kind = match finding.rule {
                Rule::Error => NonSuccessKind::Error,
                _ => NonSuccessKind::Failure,
            };
            let mut status = TestCaseStatus::non_success(kind);
            status.set_description(text(finding));
            status
        } else {
            TestCaseStatus::success()
        };
        if finding.rule.is_failure() {
            status.set_message(finding.summary.clone());
            status.set_type(finding.rule.id());
        }
        let name = finding.address.clone().unwrap_or_else(|| finding.summary.clone());
        let mut case = TestCase::new(name, status);
        case.set_classname(format!("zw.{}", finding.rule.id()));
        if !finding.rule.is_failure() {
            case.set_system_out(text(finding));
        }
        suite.add_test_case(case);
    }
    let mut report = Report::new("zw");
    report.add_test_suite(suite);
    report.to_string().map_err(|error| error.to_string())
}

fn text(finding: &Finding) -> String {
    let mut text = finding.summary.clone();
    if let Some(place) = &finding.place {
        text = format!("{text} ({}:{})", place.file.display(), place.start.0);
    }
    if !finding.detail.is_empty() {
        text = format!("{text}\n\n{}", finding.detail);
    }
    text
}
