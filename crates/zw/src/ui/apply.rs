//! What came of an apply, in words.

use std::io::{self, Write};

use zw_engine::{ApplyReport, Counts};

use super::json::done_text;
use super::outputs;
use super::style::{Styles, styled};
use super::terminal::Ui;
use super::text::{counted, wrap};

/// Instances named of those that were not tried.
const SKIPPED_MAX: usize = 20;

/// Shows what was done, what was not and why, and the outputs.
pub(crate) fn summary(ui: &Ui, report: &ApplyReport, done: Counts, destroy: bool) {
    ui.out.render(|out| write(out, report, done, destroy, ui.out.styles, ui.out.columns));
}

fn write(
    out: &mut dyn Write,
    report: &ApplyReport,
    done: Counts,
    destroy: bool,
    styles: Styles,
    columns: usize,
) -> io::Result<()> {
    let what = if destroy { "Destroy" } else { "Apply" };
    if report.diagnostics.has_errors() || report.stopped {
        let how = if report.stopped { "stopped" } else { "incomplete" };
        let text = format!("{what} {how}. Resources: {}", done_text(&done));
        writeln!(out, "\n{}", styled(styles.error, text))?;
        return write_skipped(out, report, columns);
    }
    let text = if destroy {
        format!("Destroy complete! Resources: {} destroyed.", done.destroy)
    } else {
        format!("Apply complete! Resources: {}", done_text(&done))
    };
    writeln!(out, "\n{}", styled(styles.success, text))?;
    if destroy || report.outputs.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}\n", styled(styles.success, "Outputs:"))?;
    outputs::write(out, report.outputs.iter().map(|(name, value)| (name, Some(value))))
}

fn write_skipped(out: &mut dyn Write, report: &ApplyReport, columns: usize) -> io::Result<()> {
    if report.skipped.is_empty() {
        return Ok(());
    }
    let count = counted(report.skipped.len(), "more operation");
    let was = if report.skipped.len() == 1 { "was" } else { "were" };
    let why = if report.stopped {
        "because you asked to stop"
    } else {
        "because something that each depends on failed"
    };
    writeln!(out, "\n{}", wrap(&format!("{count} {was} not tried, {why}:"), columns))?;
    for address in report.skipped.iter().take(SKIPPED_MAX) {
        writeln!(out, "  - {address}")?;
    }
    if report.skipped.len() > SKIPPED_MAX {
        writeln!(out, "  - and {} more", report.skipped.len() - SKIPPED_MAX)?;
    }
    writeln!(
        out,
        "\n{}",
        wrap("What was done is written down. Run the command again to do the rest.", columns)
    )
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use zw_lang::{Diagnostic, Value};

    use super::*;
    use crate::ui::testing::rendered;

    fn text_of(report: &ApplyReport, done: Counts, destroy: bool) -> String {
        rendered(|out| write(out, report, done, destroy, Styles::plain(), 78))
    }

    const DONE: Counts = Counts { add: 3, change: 1, destroy: 2, import: 0, forget: 0 };

    #[test]
    fn success_is_counted_and_followed_by_the_outputs() {
        let mut report = ApplyReport::default();
        report.outputs.insert("vpc_id".into(), Value::from("vpc-1"));
        report.outputs.insert("token".into(), Value::from("hunter2").sensitive());
        assert_snapshot!(text_of(&report, DONE, false), @r#"

        Apply complete! Resources: 3 added, 1 changed, 2 destroyed.

        Outputs:

        token = <sensitive>
        vpc_id = "vpc-1"
        "#);
        let text = text_of(&report, DONE, true);
        assert_eq!(text, "\nDestroy complete! Resources: 2 destroyed.\n");
    }

    #[test]
    fn a_failure_says_what_was_not_tried() {
        let mut report = ApplyReport::default();
        report.diagnostics.push(Diagnostic::error("Cannot create aws_vpc.main", ""));
        report.skipped = (0..22).map(|at| format!("aws_subnet.a[{at}]").parse().unwrap()).collect();
        let text = text_of(&report, DONE, false);
        assert!(text.contains("22 more operations were not tried"), "{text}");
        assert!(text.contains("  - aws_subnet.a[19]\n  - and 2 more\n"), "{text}");
        report.skipped.truncate(1);
        report.stopped = true;
        assert_snapshot!(text_of(&report, DONE, true), @r"

        Destroy stopped. Resources: 3 added, 1 changed, 2 destroyed.

        1 more operation was not tried, because you asked to stop:
          - aws_subnet.a[0]

        What was done is written down. Run the command again to do the rest.
        ");
    }
}
