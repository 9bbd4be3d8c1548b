//! What `zw doctor` found.

use serde_json::json;

use super::style::styled;
use super::terminal::Ui;
use super::text::{without_controls, wrap};
use crate::commands::doctor::{Check, Health};

/// Columns of what was looked at.
const WHAT_COLUMNS: usize = 14;

/// Columns of how it is.
const HEALTH_COLUMNS: usize = 9;

/// Shows the checks.
pub(crate) fn show(ui: &Ui, checks: &[Check], json: bool) {
    if json {
        let document = json!({ "format_version": "1.0", "checks": checks });
        ui.out.println(&format!("{document:#}"));
        return;
    }
    let styles = ui.out.styles;
    ui.out.render(|out| {
        for check in checks {
            let (word, style) = match check.health {
                Health::Good => ("ok", styles.success),
                Health::Odd => ("note", styles.warning),
                Health::Wrong => ("wrong", styles.error),
                Health::Unknown => ("unknown", styles.dim),
            };
            let indent = HEALTH_COLUMNS + WHAT_COLUMNS;
            let found =
                wrap(&without_controls(&check.found), ui.out.columns.saturating_sub(indent));
            let mut lines = found.lines();
            write!(out, "{}{:pad$}", styled(style, word), "", pad = HEALTH_COLUMNS - word.len())?;
            let first = lines.next().unwrap_or_default();
            writeln!(out, "{:WHAT_COLUMNS$}{first}", format!("{} ", check.what))?;
            for line in lines {
                writeln!(out, "{:indent$}{line}", "")?;
            }
        }
        Ok(())
    });
}
