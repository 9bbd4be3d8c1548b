//! Plans of very many changes: those that are alike once, the riskiest first.

use std::io;

use zw_engine::Change;

use super::change::{self, Cause, what_happens};
use super::group::{Group, Places, groups, regions};
use super::risk::{self, Risk};
use super::view::Form;
use super::{Page, Shown, diff_of, write_change};
use crate::ui::diff::render::{self, Look};
use crate::ui::diff::{Diff, Relevant};
use crate::ui::style::styled;
use crate::ui::text::{counted, wrap};

/// Keys and regions that are named; of the others there is a count.
const NAMED_MAX: usize = 6;

impl<'a> Page<'_, 'a> {
    /// Says in words what is lost for good, if anything is.
    pub(super) fn losses(&mut self, changes: &[&'a Change]) -> io::Result<()> {
        let shown = self.shown;
        let lost: Vec<&Change> = changes
            .iter()
            .copied()
            .filter(|change| risk::loss(change, shown.schemas).is_some())
            .collect();
        if lost.is_empty() {
            return Ok(());
        }
        let warning = styled(self.styles.warning, "Warning:");
        let heading = format!("This plan destroys what cannot be made again ({})", lost.len());
        writeln!(self.out, "\n{warning} {}\n", styled(self.styles.bold, heading))?;
        for group in groups(&lost, |change| diff_of(shown, change, Relevant::All)) {
            self.loss(&group)?;
        }
        Ok(())
    }

    fn loss(&mut self, group: &Group<'_>) -> io::Result<()> {
        let first = group.changes[0];
        let what = what_happens(first, Cause::Plan, self.styles);
        let address = styled(self.styles.bold, group.subject());
        let holds = risk::loss(first, self.shown.schemas).unwrap_or_default();
        let why = risk::forced_by(first)
            .map_or_else(String::new, |paths| format!(" It is {paths} that cannot be changed."));
        let symbol = change::symbol(first.action, self.styles);
        let times = group.times();
        writeln!(self.out, "{symbol} {address} {what}{times}: lost is {holds}.{why}")
    }

    /// Changes that are alike once, the riskiest first, and what that means.
    pub(super) fn grouped(
        &mut self,
        changes: &[&'a Change],
        cause: Cause,
        diff_of: impl Fn(&'a Change) -> Diff<'a> + Sync,
    ) -> io::Result<()> {
        let shown = self.shown;
        if shown.view.form == Form::Compact {
            self.out.write_all(b"\n")?;
        }
        let mut groups = groups(changes, diff_of);
        groups.sort_by_key(|group| risk::of(group.changes[0], shown.schemas));
        for group in &groups {
            match (shown.view.form, group.changes.as_slice()) {
                (Form::Compact, _) => self.line(group, cause)?,
                (_, [change]) => write_change(self.out, change, &group.diff, cause, self.styles)?,
                _ => self.group(group, cause)?,
            }
        }
        Ok(())
    }

    fn line(&mut self, group: &Group<'_>, cause: Cause) -> io::Result<()> {
        let first = group.changes[0];
        let symbol = change::symbol(first.action, self.styles);
        let what = what_happens(first, cause, self.styles);
        let times = group.times();
        writeln!(self.out, "{symbol} {} {what}{times}", styled(self.styles.bold, group.subject()))
    }

    fn group(&mut self, group: &Group<'_>, cause: Cause) -> io::Result<()> {
        let first = group.changes[0];
        let places = Places::of(&group.changes);
        let what = what_happens(first, cause, self.styles);
        let subject = styled(self.styles.bold, format!("# {}", group.subject()));
        writeln!(self.out, "\n  {subject} {what}{}", group.times())?;
        for (name, keys) in &places.keys {
            writeln!(self.out, "  # ({name}: {})", named(keys))?;
        }
        let regions = regions(group.changes.iter().filter_map(|one| self.shown.region(one)));
        if regions.len() > 1 {
            let names: Vec<String> = regions.iter().map(|(region, _)| region.to_string()).collect();
            writeln!(self.out, "  # (in {}: {})", counted(names.len(), "region"), named(&names))?;
        }
        for reason in change::reasons_of_all(&group.changes) {
            writeln!(self.out, "  # ({reason})")?;
        }
        let resource = first.address.resource();
        let symbol = change::symbol(first.action, self.styles);
        let has_one_name =
            group.changes.iter().all(|change| change.address.resource().name == resource.name);
        let name = if has_one_name { &resource.name } else { "*" };
        let (keyword, type_name) = (resource.mode.keyword(), &resource.type_name);
        write!(self.out, "{symbol} {keyword} \"{type_name}\" \"{name}\" ")?;
        let look = Look { show_kept: first.importing.is_some(), ..Look::default() };
        render::write(self.out, &group.diff, 0, look, self.styles)?;
        self.out.write_all(b"\n")
    }

    /// How changes are put together, for whoever sees it for the first time.
    pub(super) fn how_grouped(&mut self) -> io::Result<()> {
        let text = match self.shown.view.form {
            Form::Compact => {
                "Changes that are alike are on one line, the riskiest first. Without -compact, their attributes are \
                 shown."
            }
            _ => {
                "Changes that are alike are shown once, the riskiest first; where a value is one of several, it says \
                 so. Use -full to see each, -compact for a line each, -filter to see some."
            }
        };
        writeln!(self.out, "\n{}", wrap(text, self.columns))
    }

    /// Says that more is planned than is shown, if it is.
    pub(super) fn left_out(&mut self, shown: usize, all: usize) -> io::Result<()> {
        if shown == all {
            return Ok(());
        }
        let text = format!(
            "Shown are {shown} of {}. Filters change what is shown, and nothing else: the plan is for all of them.",
            counted(all, "change")
        );
        writeln!(self.out, "\n{}", wrap(&text, self.columns))
    }

    /// How many changes there are of each risk that needs a look, in regions.
    pub(super) fn by_region(&mut self, changes: &[&Change]) -> io::Result<()> {
        let shown = self.shown;
        let of = |risks: &[Risk]| {
            let risky = |change: &&&Change| risks.contains(&risk::of(change, shown.schemas));
            regions(changes.iter().filter(risky).filter_map(|change| shown.region(change)))
        };
        let regions =
            of(&[Risk::Loss, Risk::Destruction, Risk::Replacement, Risk::Change, Risk::Creation]);
        if regions.len() < 2 {
            return Ok(());
        }
        let named: Vec<String> =
            regions.iter().map(|(region, count)| format!("{region} {count}")).collect();
        let text = format!("Changes by region: {}", self::named(&named));
        writeln!(self.out, "{}", wrap(&text, self.columns))
    }
}

impl Shown<'_> {
    /// The region of the object of a change.
    pub(super) fn region(&self, change: &Change) -> Option<zw_lang::Str> {
        self.schemas.region(change)
    }
}

/// The first of some names, and how many there are besides.
fn named(names: &[String]) -> String {
    if names.len() <= NAMED_MAX {
        return names.join(", ");
    }
    format!("{} and {} more", names[..NAMED_MAX].join(", "), names.len() - NAMED_MAX)
}
