//! What was changed by others, without the plan that follows from it.

use std::io::{self, Write};

use zw_engine::{Action, Change, Run};

use super::change::Cause;
use super::{Shown, diff_of, write_change};
use crate::ui::diff::{Edit, Relevant};
use crate::ui::style::{Styles, styled};
use crate::ui::terminal::Ui;
use crate::ui::text::wrap;

/// Shows what was changed by others, and nothing else.
pub(crate) fn show_drift(ui: &Ui, run: &Run) {
    let shown = Shown::of(&run.plan, run);
    let moved = drifted(run);
    ui.out.render(|out| drift_alone(out, &shown, &moved, ui.out.styles, ui.out.columns));
}

/// The objects that were changed by others, in a way that can be seen.
pub(crate) fn drifted(run: &Run) -> Vec<&Change> {
    let shown = Shown::of(&run.plan, run);
    let is_visible = |change: &&Change| {
        change.action != Action::NoOp && diff_of(&shown, change, Relevant::All).edit != Edit::Keep
    };
    run.plan.drift.iter().filter(is_visible).collect()
}

fn drift_alone(
    out: &mut dyn Write,
    shown: &Shown<'_>,
    moved: &[&Change],
    styles: Styles,
    columns: usize,
) -> io::Result<()> {
    if moved.is_empty() {
        let text = "What exists is as the last apply left it.";
        let none = styled(styles.success, "No drift.");
        return writeln!(out, "\n{none} {}", styled(styles.bold, text));
    }
    writeln!(out, "\n{}", styled(styles.bold, "Objects have changed outside of zw:"))?;
    for change in moved {
        let diff = diff_of(shown, change, Relevant::All);
        write_change(out, change, &diff, Cause::Drift, styles)?;
    }
    let gone = moved.iter().filter(|change| change.action == Action::Delete).count();
    let counts = format!("{} changed, {gone} deleted.", moved.len() - gone);
    writeln!(out, "\n{} {counts}\n", styled(styles.bold, "Drift:"))?;
    let advice = "\"zw plan\" shows what an apply would do about it, and \"zw apply -refresh-only\" takes it over into the \
                  state.";
    writeln!(out, "{}", wrap(advice, columns))
}
