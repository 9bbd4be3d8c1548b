//! Maps, lists and sets.

use std::io;

use super::{Look, Renderer};
use crate::ui::diff::{Body, Diff, Edit, Style};
use crate::ui::text::{quoted, width};

impl Renderer<'_> {
    pub(super) fn map(
        &mut self,
        diff: &Diff<'_>,
        entries: &[(&str, Diff<'_>)],
        style: Style,
        indent: usize,
        look: Look,
    ) -> io::Result<()> {
        // A map of nested attributes passes the reason for the replacement on to its elements.
        let passes_on = style == Style::Nested;
        if entries.is_empty() {
            self.out.write_all(b"{}")?;
            self.null_suffix(diff.edit, look)?;
            return self.replaces(diff.replace && !passes_on, look);
        }
        self.out.write_all(b"{")?;
        self.replaces(diff.replace && !passes_on, look)?;
        self.out.write_all(b"\n")?;
        let inner = Look {
            hide_null: diff.edit == Edit::Remove || passes_on,
            replaces: diff.replace && passes_on,
            ..look
        };
        let keys: Vec<String> = entries.iter().map(|(key, _)| quoted(key)).collect();
        let columns = match style {
            Style::Plain => keys.iter().map(|key| width(key)).max().unwrap_or_default(),
            Style::Nested => 0,
        };
        let mut hidden = 0;
        for (key, (_, part)) in keys.iter().zip(entries) {
            if part.edit == Edit::Keep && !look.show_kept {
                hidden += 1;
                continue;
            }
            self.warnings(part, indent + 1)?;
            self.lead(part.edit, indent + 1, inner)?;
            let padding = columns.saturating_sub(width(key));
            write!(self.out, "{key}{:padding$} = ", "")?;
            self.diff(part, indent + 1, inner)?;
            let comma = if let Body::Object(..) = part.body { "," } else { "" };
            writeln!(self.out, "{comma}")?;
        }
        self.hidden(hidden, "element", indent + 1, look)?;
        self.lead(Edit::Keep, indent, look)?;
        self.out.write_all(b"}")?;
        self.null_suffix(diff.edit, look)
    }

    pub(super) fn list(
        &mut self,
        diff: &Diff<'_>,
        items: &[Diff<'_>],
        style: Style,
        indent: usize,
        look: Look,
    ) -> io::Result<()> {
        if items.is_empty() {
            self.out.write_all(b"[]")?;
            self.null_suffix(diff.edit, look)?;
            return self.replaces(diff.replace, look);
        }
        self.out.write_all(b"[")?;
        self.replaces(diff.replace, look)?;
        self.out.write_all(b"\n")?;
        // The elements next to a change show where in the list it is.
        let with_context = style == Style::Plain;
        let mut hidden: usize = 0;
        let mut last_hidden = None;
        let mut after_change = false;
        for item in items {
            if item.edit == Edit::Keep && !after_change && !look.show_kept {
                hidden += 1;
                last_hidden = Some(item);
                continue;
            }
            if with_context {
                if let Some(last) = last_hidden.take() {
                    self.hidden(hidden - 1, "element", indent + 1, look)?;
                    self.item(last, indent + 1, look.with_kept())?;
                    hidden = 0;
                }
                after_change = item.edit != Edit::Keep;
            }
            let kept_for_context = with_context && item.edit == Edit::Keep;
            let inner = if kept_for_context { look.with_kept() } else { look.without_null() };
            self.item(item, indent + 1, inner)?;
        }
        self.hidden(hidden, "element", indent + 1, look)?;
        self.lead(Edit::Keep, indent, look)?;
        self.out.write_all(b"]")?;
        self.null_suffix(diff.edit, look)
    }

    pub(super) fn set(
        &mut self,
        diff: &Diff<'_>,
        items: &[Diff<'_>],
        style: Style,
        indent: usize,
        look: Look,
    ) -> io::Result<()> {
        let passes_on = style == Style::Nested;
        if items.is_empty() {
            self.out.write_all(b"[]")?;
            self.null_suffix(diff.edit, look)?;
            return self.replaces(diff.replace && !passes_on, look);
        }
        self.out.write_all(b"[")?;
        self.replaces(diff.replace && !passes_on, look)?;
        self.out.write_all(b"\n")?;
        let inner = Look { hide_null: true, replaces: diff.replace && passes_on, ..look };
        let mut hidden = 0;
        for item in items {
            if item.edit == Edit::Keep && !look.show_kept {
                hidden += 1;
            } else {
                self.item(item, indent + 1, inner)?;
            }
        }
        self.hidden(hidden, "element", indent + 1, look)?;
        self.lead(Edit::Keep, indent, look)?;
        self.out.write_all(b"]")?;
        self.null_suffix(diff.edit, look)
    }

    fn item(&mut self, item: &Diff<'_>, indent: usize, look: Look) -> io::Result<()> {
        self.warnings(item, indent)?;
        self.lead(item.edit, indent, look)?;
        self.diff(item, indent, look)?;
        self.out.write_all(b",\n")
    }
}
