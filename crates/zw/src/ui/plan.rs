//! Plans, as people know them from Terraform.

mod change;
mod drift;
mod group;
mod grouped;
pub(crate) mod report;
pub(super) mod risk;
#[cfg(test)]
mod tests;
mod view;

use std::collections::HashMap;
use std::io::{self, Write};

use zw_engine::{Action, Change, Counts, OutputChange, Plan, PlanMode, RelevantAttribute, Run};
use zw_lang::addr::InstanceAddr;
use zw_lang::{ResourceMode, parallel};
use zw_state::RunId;

use super::diff::{self, Diff, Edit, Relevant};
use super::schemas::Schemas;
use super::style::{Styles, styled};
use super::terminal::Ui;
use super::text::{attribute_name, width, wrap};
use change::Cause;
pub(crate) use drift::{drifted, show_drift};
pub(crate) use view::{Filter, Form, View};

/// The line between what was found and what will be done, in columns.
const RULE_COLUMNS_MAX: usize = 77;

/// How many changes one core writes at a time.
const RENDERED_TOGETHER: usize = 200;

/// A plan with what is needed to show it.
#[derive(Clone, Copy)]
pub(crate) struct Shown<'a> {
    /// The plan.
    pub(crate) plan: &'a Plan,
    /// The schemas of the types in it.
    pub(crate) schemas: &'a dyn Schemas,
    /// The attributes that the plan was decided by: drift of others is not shown. `None` if that is not
    /// known; then all drift is shown.
    pub(crate) relevant: Option<&'a [RelevantAttribute]>,
    /// Whether planning ended with an error, so that there is more to do than it says.
    pub(crate) errored: bool,
    /// How much of it is shown.
    pub(crate) view: View<'a>,
}

impl<'a> Shown<'a> {
    /// A plan, as much of it as fits.
    pub(crate) fn of(plan: &'a Plan, schemas: &'a dyn Schemas) -> Self {
        Self { plan, schemas, relevant: None, errored: false, view: View::default() }
    }
}

/// Shows a plan.
pub(crate) fn show(ui: &Ui, run: &Run, view: View<'_>) {
    // It is looked for only where it matters.
    let has_drift = !run.plan.drift.is_empty() && run.plan.mode != PlanMode::RefreshOnly;
    let relevant = has_drift.then(|| run.relevant_attributes());
    let relevant = relevant.as_deref();
    let shown = Shown { relevant, view, ..Shown::of(&run.plan, run) };
    ui.out.render(|out| write(out, &shown, ui.out.styles, ui.out.columns));
}

/// Shows what was done to objects.
pub(crate) fn show_past(ui: &Ui, changes: &[Change], schemas: &dyn Schemas) {
    let plan = Plan::default();
    let shown = Shown::of(&plan, schemas);
    ui.out.render(|out| {
        let page = Page { out, shown: &shown, styles: ui.out.styles, columns: ui.out.columns };
        page.past(changes)
    });
}

/// Writes a plan: what others changed, what will be done, and what comes out of it.
pub(crate) fn write(
    out: &mut dyn Write,
    shown: &Shown<'_>,
    styles: Styles,
    columns: usize,
) -> io::Result<()> {
    let mut page = Page { out, shown, styles, columns };
    page.destination()?;
    let has_drift = page.drift()?;
    let changes: Vec<&Change> =
        shown.plan.changes.iter().filter(|change| is_shown(change)).collect();
    let outputs = changed_outputs(&shown.plan.outputs);
    let nothing = changes.is_empty() && outputs.is_empty() && shown.plan.deferred.is_empty();
    if nothing {
        return page.no_changes(has_drift);
    }
    if has_drift {
        page.rule()?;
    }
    page.legend(&changes)?;
    page.losses(&changes)?;
    page.changes(&changes)?;
    page.deferred()?;
    page.outputs(&outputs, &changes)
}

/// A change as it stands in a plan, without colours.
pub(crate) fn change_text(shown: &Shown<'_>, change: &Change) -> String {
    let diff = diff_of(shown, change, Relevant::All);
    text_of(|out| change::write(out, change, &diff, Cause::Plan, Styles::plain()))
}

/// The outputs that change, as they stand in a plan, without colours; empty if none does.
pub(crate) fn outputs_text(shown: &Shown<'_>) -> String {
    let outputs = changed_outputs(&shown.plan.outputs);
    text_of(|out| {
        let mut page = Page { out, shown, styles: Styles::plain(), columns: 0 };
        page.outputs_alone(&outputs)
    })
}

/// What a renderer writes, which cannot fail in memory.
fn text_of(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
    let mut text = Vec::new();
    let _ = write(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// Why a change is what it is, where the difference alone does not say it.
pub(crate) fn why(change: &Change) -> Vec<String> {
    let mut why = change::reasons(change);
    why.extend(change::replacement_reason(change));
    why
}

/// Whether there is anything to say about a change.
pub(crate) fn is_shown(change: &Change) -> bool {
    let is_data = change.address.resource().mode == ResourceMode::Data;
    match change.action {
        Action::NoOp => is_moved(change) || change.importing.is_some(),
        // That a data source is forgotten concerns nobody.
        Action::Delete => !is_data,
        _ => true,
    }
}

/// Whether an object has another address than before.
pub(crate) fn is_moved(change: &Change) -> bool {
    change.previous_address.as_ref().is_some_and(|previous| *previous != change.address)
}

/// `1 to import, 3 to add, 0 to change, 1 to destroy.`
pub(crate) fn counts_text(counts: &Counts) -> String {
    let Counts { add, change, destroy, import, forget } = *counts;
    let import = if import > 0 { format!("{import} to import, ") } else { String::new() };
    let forget = if forget > 0 { format!(", {forget} to forget") } else { String::new() };
    format!("{import}{add} to add, {change} to change, {destroy} to destroy{forget}.")
}

/// All outputs by name with what happens to each, if anything happens to any.
fn changed_outputs(outputs: &[OutputChange]) -> Vec<(&OutputChange, Values)> {
    let mut outputs: Vec<_> =
        outputs.iter().map(|output| (output, Values::of_output(output))).collect();
    outputs.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
    let changed = outputs.iter().any(|(_, values)| values.diff().edit != Edit::Keep);
    if changed { outputs } else { Vec::new() }
}

/// The values of an output, marked if the output is sensitive.
struct Values {
    before: zw_lang::Value,
    after: zw_lang::Value,
}

impl Values {
    fn of_output(output: &OutputChange) -> Self {
        let value = |value: &zw_lang::Value| {
            if output.sensitive { value.clone().sensitive() } else { value.clone() }
        };
        Self { before: value(&output.before), after: value(&output.after) }
    }

    fn diff(&self) -> Diff<'_> {
        diff::output(&self.before, &self.after)
    }
}

/// The difference that a change makes.
fn diff_of<'a>(shown: &Shown<'a>, change: &'a Change, relevant: Relevant<'a>) -> Diff<'a> {
    let schema = shown.schemas.schema(&change.provider, change.address.resource());
    let (before, mut after) = (&change.before, &change.after);
    if change.action == Action::Forget {
        // It goes from the state, but otherwise stays as it is.
        after = before;
    }
    match schema {
        Some(schema) => {
            diff::resource(before, after, &schema.block, &change.replace_paths, relevant)
        }
        None => diff::object_of_unknown_schema(before, after, &change.replace_paths),
    }
}

/// Writes what happens to which object, and why.
pub(crate) fn write_headline(
    out: &mut dyn Write,
    change: &Change,
    styles: Styles,
) -> io::Result<()> {
    out.write_all(b"\n")?;
    change::write_comments(out, change, Cause::Plan, styles)
}

fn write_change(
    out: &mut dyn Write,
    change: &Change,
    diff: &Diff<'_>,
    cause: Cause,
    styles: Styles,
) -> io::Result<()> {
    out.write_all(b"\n")?;
    change::write(out, change, diff, cause, styles)
}

struct Page<'w, 'a> {
    out: &'w mut dyn Write,
    shown: &'a Shown<'a>,
    styles: Styles,
    columns: usize,
}

impl<'a> Page<'_, 'a> {
    fn paragraph(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", wrap(text, self.columns))
    }

    /// Where a plan returns to, if it does.
    fn destination(&mut self) -> io::Result<()> {
        let PlanMode::Return(RunId(run)) = self.shown.plan.mode else { return Ok(()) };
        let note = styled(self.styles.note, "Note:");
        let heading = format!("This plan returns to what there was after run {run}");
        writeln!(self.out, "\n{note} {}\n", styled(self.styles.bold, heading))?;
        self.paragraph(
            "It takes the objects as the state had them then, and not the configuration, for what is wanted. The next \
             plan without -to compares them with the configuration again. Outputs stay as they are until then.",
        )
    }

    fn rule(&mut self) -> io::Result<()> {
        let columns = self.columns.min(RULE_COLUMNS_MAX);
        writeln!(self.out, "\n{}", styled(self.styles.dim, "─".repeat(columns)))
    }

    /// What was changed by others, if that has to do with this plan. Whether anything was.
    fn drift(&mut self) -> io::Result<bool> {
        let plan = self.shown.plan;
        let by_resource = self.relevant_by_resource();
        let relevant = |change: &'a Change| match &by_resource {
            None => Some(Relevant::All),
            Some(by_resource) => relevant_to(by_resource, &change.address).map(Relevant::Paths),
        };
        let shown = self.shown;
        let diff_of = |change| diff_of(shown, change, relevant(change).unwrap_or_default());
        let mut found: Vec<&Change> = Vec::new();
        for change in &plan.drift {
            let is_move = change.action == Action::NoOp;
            if is_move && plan.mode != PlanMode::RefreshOnly {
                // Moves alone are among the planned changes.
                continue;
            }
            if relevant(change).is_some() && (is_move || diff_of(change).edit != Edit::Keep) {
                found.push(change);
            }
        }
        if found.is_empty() || (plan.mode != PlanMode::RefreshOnly && self.is_quiet()) {
            return Ok(false);
        }
        self.drift_heading()?;
        if self.shown.view.is_together(found.len()) {
            self.grouped(&found, Cause::Drift, diff_of)?;
        } else {
            for change in found {
                write_change(self.out, change, &diff_of(change), Cause::Drift, self.styles)?;
            }
        }
        self.out.write_all(b"\n\n")?;
        if plan.mode == PlanMode::RefreshOnly {
            self.paragraph(
                "This is a refresh-only plan, so zw will not take any actions to undo these. If you were expecting \
                 these changes then you can apply this plan to record the updated values in the zw state without \
                 changing any remote objects.",
            )?;
        } else {
            self.paragraph(
                "Unless you have made equivalent changes to your configuration, or ignored the relevant attributes \
                 using ignore_changes, the following plan may include actions to undo or respond to these changes.",
            )?;
        }
        Ok(true)
    }

    fn drift_heading(&mut self) -> io::Result<()> {
        let note = styled(self.styles.note, "Note:");
        let heading = styled(self.styles.bold, "Objects have changed outside of zw");
        writeln!(self.out, "\n{note} {heading}\n")?;
        self.paragraph(
            "zw detected the following changes made outside of zw since the last \"zw apply\" which may have affected \
             this plan:",
        )
    }

    /// Whether nothing is going to happen, so that drift has no consequences.
    fn is_quiet(&self) -> bool {
        let plan = self.shown.plan;
        !plan.changes.iter().any(is_shown)
            && changed_outputs(&plan.outputs).is_empty()
            && plan.deferred.is_empty()
    }

    /// Attributes that the plan was decided by, by their resource without its key.
    fn relevant_by_resource(&self) -> Option<HashMap<InstanceAddr, Vec<&'a RelevantAttribute>>> {
        let mut by_resource: HashMap<_, Vec<_>> = HashMap::new();
        for attribute in self.shown.relevant? {
            by_resource.entry(attribute.resource.without_key()).or_default().push(attribute);
        }
        (self.shown.plan.mode != PlanMode::RefreshOnly).then_some(by_resource)
    }

    fn past(self, changes: &[Change]) -> io::Result<()> {
        for change in changes {
            let schema = self.shown.schemas.schema(&change.provider, change.address.resource());
            let (before, after) = (&change.before, &change.after);
            let diff = match schema {
                Some(schema) => diff::resource(before, after, &schema.block, &[], Relevant::All),
                None => diff::object_of_unknown_schema(before, after, &[]),
            };
            write_change(self.out, change, &diff, Cause::Past, self.styles)?;
        }
        Ok(())
    }

    fn no_changes(&mut self, has_drift: bool) -> io::Result<()> {
        let mode = self.shown.plan.mode;
        if self.shown.errored {
            if has_drift {
                self.rule()?;
            }
            let failed = styled(self.styles.error, "Planning failed.");
            let rest =
                styled(self.styles.bold, "zw encountered an error while generating this plan.");
            return writeln!(self.out, "\n{failed} {rest}\n");
        }
        if has_drift && mode == PlanMode::RefreshOnly {
            // What applying would do was said with the drift.
            return Ok(());
        }
        if has_drift {
            self.rule()?;
        }
        let (heading, text) = match mode {
            PlanMode::Return(_) => (
                "Your infrastructure is as it was then.",
                "zw has compared your real infrastructure with the objects of that run and found no differences, so \
                 no changes are needed.",
            ),
            PlanMode::RefreshOnly => (
                "Your infrastructure still matches the configuration.",
                "zw has checked that the real remote objects still match the result of your most recent changes, and \
                 found no differences.",
            ),
            PlanMode::Destroy => (
                "No objects need to be destroyed.",
                "Either you have not created any objects yet or the existing objects were already deleted outside of \
                 zw.",
            ),
            PlanMode::Normal => (
                "Your infrastructure matches the configuration.",
                "zw has compared your real infrastructure against your configuration and found no differences, so no \
                 changes are needed.",
            ),
        };
        let no_changes = styled(self.styles.success, "No changes.");
        writeln!(self.out, "\n{no_changes} {}\n", styled(self.styles.bold, heading))?;
        self.paragraph(text)
    }

    /// The symbols that occur.
    fn legend(&mut self, changes: &[&Change]) -> io::Result<()> {
        if changes.iter().all(|change| change.action == Action::NoOp) {
            return Ok(());
        }
        self.out.write_all(b"\n")?;
        self.paragraph(
            "zw used the selected providers to generate the following execution plan. Resource actions are indicated \
             with the following symbols:",
        )?;
        for action in [
            Action::Create,
            Action::Update,
            Action::Delete,
            Action::DeleteThenCreate,
            Action::CreateThenDelete,
            Action::Read,
            Action::Forget,
            Action::ForgetThenCreate,
        ] {
            if changes.iter().any(|change| change.action == action) {
                let text = match action {
                    Action::Create => "create",
                    Action::Update => "update in-place (current -> planned)",
                    Action::Delete => "destroy",
                    Action::DeleteThenCreate => "destroy and then create replacement",
                    Action::CreateThenDelete => "create replacement and then destroy",
                    Action::Read => "read (data resources)",
                    Action::Forget => "forget",
                    Action::ForgetThenCreate => "forget and then create replacement",
                    Action::NoOp | Action::Open => "",
                };
                writeln!(self.out, "{} {text}", change::symbol(action, self.styles))?;
            }
        }
        Ok(())
    }

    fn changes(&mut self, changes: &[&'a Change]) -> io::Result<()> {
        if changes.is_empty() {
            return Ok(());
        }
        let heading = if self.shown.errored {
            "zw planned the following actions, but then encountered a problem:"
        } else {
            "zw will perform the following actions:"
        };
        let all = changes;
        let shown = self.shown;
        let region = |change| shown.view.asks_for_regions().then(|| shown.region(change)).flatten();
        let changes: Vec<&Change> = all
            .iter()
            .copied()
            .filter(|change| shown.view.shows(change, region(change).as_deref()))
            .collect();
        let is_together = shown.view.is_together(changes.len());
        if is_together {
            self.how_grouped()?;
        }
        writeln!(self.out, "\n{heading}")?;
        if is_together {
            let diff_of = |change| diff_of(shown, change, Relevant::All);
            self.grouped(&changes, Cause::Plan, diff_of)?;
        } else {
            self.each(&changes)?;
        }
        self.left_out(changes.len(), all.len())?;
        let counts = Counts::of(all.iter().copied());
        writeln!(self.out, "\n{} {}", styled(self.styles.bold, "Plan:"), counts_text(&counts))?;
        if is_together { self.by_region(all) } else { Ok(()) }
    }

    /// Each change in full.
    fn each(&mut self, changes: &[&'a Change]) -> io::Result<()> {
        let (shown, styles) = (self.shown, self.styles);
        let rendered = |chunk: &&[&Change]| {
            let mut text = Vec::new();
            for change in *chunk {
                let diff = diff_of(shown, change, Relevant::All);
                write_change(&mut text, change, &diff, Cause::Plan, styles)?;
            }
            Ok::<_, io::Error>(text)
        };
        let mut written = Ok(());
        let chunks: Vec<&[&Change]> = changes.chunks(RENDERED_TOGETHER).collect();
        parallel::in_order(&chunks, rendered, |text| {
            if written.is_ok() {
                written = text.and_then(|text| self.out.write_all(&text));
            }
        });
        written
    }

    fn deferred(&mut self) -> io::Result<()> {
        if self.shown.plan.deferred.is_empty() {
            return Ok(());
        }
        self.out.write_all(b"\n")?;
        self.paragraph(
            "Not everything can be planned yet. The following is put off to a later round of the same apply:",
        )?;
        for deferred in &self.shown.plan.deferred {
            let address = styled(self.styles.bold, format!("# {}", deferred.address));
            writeln!(self.out, "\n  {address}\n  # (because {})", deferred.reason)?;
        }
        Ok(())
    }

    fn outputs(
        &mut self,
        outputs: &[(&OutputChange, Values)],
        changes: &[&Change],
    ) -> io::Result<()> {
        if outputs.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "\nChanges to Outputs:")?;
        self.outputs_alone(outputs)?;
        if changes.iter().all(|change| change.action == Action::NoOp) {
            self.out.write_all(b"\n")?;
            self.paragraph(
                "You can apply this plan to save these new output values to the zw state, without changing any real \
                 infrastructure.",
            )?;
        }
        Ok(())
    }

    /// The outputs that change, a line or more for each.
    fn outputs_alone(&mut self, outputs: &[(&OutputChange, Values)]) -> io::Result<()> {
        let names: Vec<_> =
            outputs.iter().map(|(output, _)| attribute_name(&output.name)).collect();
        let columns = names.iter().map(|name| width(name)).max().unwrap_or_default();
        for (name, (_, values)) in names.iter().zip(outputs) {
            let diff = values.diff();
            let style = match diff.edit {
                Edit::Keep => continue,
                Edit::Add => self.styles.create,
                Edit::Change => self.styles.update,
                Edit::Remove => self.styles.delete,
            };
            let symbol = styled(style, diff::render::symbol(diff.edit));
            let padding = columns - width(name);
            write!(self.out, "{symbol} {name}{:padding$} = ", "")?;
            diff::render::write(self.out, &diff, 0, diff::render::Look::default(), self.styles)?;
            self.out.write_all(b"\n")?;
        }
        Ok(())
    }
}

/// The paths that are relevant of an instance; `None` if nothing of it is.
fn relevant_to<'a>(
    by_resource: &HashMap<InstanceAddr, Vec<&'a RelevantAttribute>>,
    address: &InstanceAddr,
) -> Option<Vec<&'a [zw_lang::PathStep]>> {
    let paths: Vec<_> = by_resource
        .get(&address.without_key())?
        .iter()
        .filter(|attribute| {
            attribute.resource == *address || attribute.resource == address.without_key()
        })
        .map(|attribute| attribute.path.0.as_slice())
        .collect();
    (!paths.is_empty()).then_some(paths)
}
