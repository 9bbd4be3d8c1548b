//! Differences as text, as Terraform shows them.

mod string;

use std::io::{self, Write};

use zw_lang::{Value, ValueKind};

use super::{Block, Body, Diff, Edit, Group, Secrecy, Style};
use crate::ui::style::{Styles, styled};
use crate::ui::text::{attribute_name, counted, quoted, width};

/// Attributes that tell which object it is, shown even if they stay the same.
const IDENTIFYING: [&str; 3] = ["id", "name", "tags"];

/// What is shown, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is asked for on its own")]
pub(crate) struct Look {
    /// No symbols for what happens: it is a state, or an object that is let go.
    pub(crate) hide_symbols: bool,
    /// No `-> null` behind what goes away, because something around it says so already.
    pub(crate) hide_null: bool,
    /// Also show what stays the same.
    pub(crate) show_kept: bool,
    /// Everything at this level is a reason for the replacement.
    pub(crate) replaces: bool,
}

impl Look {
    const fn without_null(self) -> Self {
        Self { hide_null: true, ..self }
    }

    const fn with_kept(self) -> Self {
        Self { show_kept: true, ..self }
    }
}

/// Writes a diff. The cursor is behind what introduces it (`name = `), and is left behind its last
/// character; lines in between are indented by four columns a level.
pub(crate) fn write(
    out: &mut dyn Write,
    diff: &Diff<'_>,
    indent: usize,
    look: Look,
    styles: Styles,
) -> io::Result<()> {
    Renderer { out, styles }.diff(diff, indent, look)
}

/// The sign for what happens, three columns wide.
pub(crate) const fn symbol(edit: Edit) -> &'static str {
    match edit {
        Edit::Keep => "   ",
        Edit::Add => "  +",
        Edit::Change => "  ~",
        Edit::Remove => "  -",
    }
}

struct Renderer<'w> {
    out: &'w mut dyn Write,
    styles: Styles,
}

impl Renderer<'_> {
    fn diff(&mut self, diff: &Diff<'_>, indent: usize, look: Look) -> io::Result<()> {
        match &diff.body {
            Body::Scalar(before, after) => self.scalar(diff, *before, *after, indent, look),
            Body::Object(attributes, style) => self.object(diff, attributes, *style, indent, look),
            Body::Map(entries, style) => self.map(diff, entries, *style, indent, look),
            Body::List(items, style) => self.list(diff, items, *style, indent, look),
            Body::Set(items, style) => self.set(diff, items, *style, indent, look),
            Body::Unknown(before) => {
                if let Some(before) = before {
                    self.diff(before, indent, look.without_null())?;
                    self.arrow()?;
                }
                self.out.write_all(b"(known after apply)")?;
                self.replaces(diff.replace, look)
            }
            Body::Sensitive(_) => {
                self.out.write_all(b"(sensitive value)")?;
                self.null_suffix(diff.edit, look)?;
                self.replaces(diff.replace, look)
            }
            Body::SensitiveBlock(_) => self.sensitive_block(diff.replace, indent, look),
            Body::WriteOnly => {
                self.out.write_all(b"(write-only attribute)")?;
                self.null_suffix(diff.edit, look)?;
                self.replaces(diff.replace, look)
            }
            Body::TypeChange(before, after) => {
                self.diff(before, indent, look.without_null())?;
                self.arrow()?;
                self.diff(after, indent, look.without_null())
            }
            Body::Block(block) => self.block(diff, block, indent, look),
        }
    }

    /// Indentation and the sign for what happens.
    fn lead(&mut self, edit: Edit, indent: usize, look: Look) -> io::Result<()> {
        for _ in 0..indent {
            self.out.write_all(b"    ")?;
        }
        if look.hide_symbols {
            return Ok(());
        }
        let style = match edit {
            Edit::Keep => return self.out.write_all(b"    "),
            Edit::Add => self.styles.create,
            Edit::Change => self.styles.update,
            Edit::Remove => self.styles.delete,
        };
        write!(self.out, "{} ", styled(style, symbol(edit)))
    }

    fn arrow(&mut self) -> io::Result<()> {
        write!(self.out, " {} ", styled(self.styles.update, "->"))
    }

    fn null_suffix(&mut self, edit: Edit, look: Look) -> io::Result<()> {
        if edit == Edit::Remove && !look.hide_null {
            write!(self.out, " {}", styled(self.styles.dim, "-> null"))?;
        }
        Ok(())
    }

    fn replaces(&mut self, replaces: bool, look: Look) -> io::Result<()> {
        if replaces || look.replaces {
            write!(self.out, " {}", styled(self.styles.delete, "# forces replacement"))?;
        }
        Ok(())
    }

    fn hidden(&mut self, count: usize, noun: &str, indent: usize, look: Look) -> io::Result<()> {
        if count == 0 {
            return Ok(());
        }
        self.lead(Edit::Keep, indent, look)?;
        let text = format!("# ({} hidden)", counted_unchanged(count, noun));
        writeln!(self.out, "{}", styled(self.styles.dim, text))
    }

    /// What there is to say before something that becomes secret, or is one no more.
    fn warnings(&mut self, diff: &Diff<'_>, indent: usize) -> io::Result<()> {
        let (secrecy, what) = match diff.body {
            Body::Sensitive(secrecy) => (secrecy, "attribute value"),
            Body::SensitiveBlock(secrecy) => (secrecy, "block"),
            _ => return Ok(()),
        };
        let Secrecy { was, will_be, edit } = secrecy;
        if was == will_be || matches!(edit, Edit::Add | Edit::Remove) {
            return Ok(());
        }
        let margin = "    ".repeat(indent);
        let warning = styled(self.styles.update, "Warning");
        if was {
            writeln!(
                self.out,
                "{margin}  # {warning}: this {what} will no longer be marked as sensitive"
            )?;
            write!(self.out, "{margin}  # after applying this change.")?;
        } else {
            writeln!(
                self.out,
                "{margin}  # {warning}: this {what} will be marked as sensitive and will not"
            )?;
            write!(self.out, "{margin}  # display in UI output after applying this change.")?;
        }
        if edit == Edit::Keep && matches!(diff.body, Body::Sensitive(_)) {
            self.out.write_all(b" The value is unchanged.")?;
        }
        self.out.write_all(b"\n")
    }

    fn scalar(
        &mut self,
        diff: &Diff<'_>,
        before: Option<&Value>,
        after: Option<&Value>,
        indent: usize,
        look: Look,
    ) -> io::Result<()> {
        let is_text = |value: Option<&Value>| value.is_some_and(|value| value.as_str().is_some());
        if is_text(before) || is_text(after) {
            return self.text(diff, before, after, indent, look);
        }
        match diff.edit {
            Edit::Add => self.plain_scalar(after)?,
            Edit::Keep => self.plain_scalar(before)?,
            Edit::Remove => {
                self.plain_scalar(before)?;
                if before.is_some_and(|before| !before.is_null()) {
                    self.null_suffix(diff.edit, look)?;
                }
            }
            Edit::Change => {
                self.plain_scalar(before)?;
                self.arrow()?;
                self.plain_scalar(after)?;
            }
        }
        self.replaces(diff.replace, look)
    }

    fn plain_scalar(&mut self, value: Option<&Value>) -> io::Result<()> {
        match value.map(Value::kind) {
            Some(ValueKind::Bool(value)) => write!(self.out, "{value}"),
            Some(ValueKind::Number(number)) => write!(self.out, "{number}"),
            Some(ValueKind::String(text)) => write!(self.out, "{}", quoted(text)),
            _ => write!(self.out, "{}", styled(self.styles.dim, "null")),
        }
    }

    fn object(
        &mut self,
        diff: &Diff<'_>,
        attributes: &[(&str, Diff<'_>)],
        style: Style,
        indent: usize,
        look: Look,
    ) -> io::Result<()> {
        if attributes.is_empty() {
            self.out.write_all(b"{}")?;
            self.null_suffix(diff.edit, look)?;
            return self.replaces(diff.replace, look);
        }
        self.out.write_all(b"{")?;
        self.replaces(diff.replace, look)?;
        self.out.write_all(b"\n")?;
        let inner = Look { hide_null: style == Style::Plain, ..look };
        self.attributes(attributes, indent + 1, inner)?;
        self.lead(Edit::Keep, indent, look)?;
        self.out.write_all(b"}")?;
        self.null_suffix(diff.edit, look)
    }

    /// Lines of `name = value`, aligned, and how many there are besides.
    fn attributes(
        &mut self,
        attributes: &[(&str, Diff<'_>)],
        indent: usize,
        look: Look,
    ) -> io::Result<()> {
        let names: Vec<_> = attributes.iter().map(|(name, _)| attribute_name(name)).collect();
        let columns = names.iter().map(|name| width(name)).max().unwrap_or_default();
        let mut hidden = 0;
        for (shown_name, (name, part)) in names.iter().zip(attributes) {
            let identifying = IDENTIFYING.contains(name);
            if part.edit == Edit::Keep && !look.show_kept && !identifying {
                hidden += 1;
                continue;
            }
            if let Body::Scalar(None, None) = part.body {
                // An empty string that is as good as none.
                hidden += usize::from(!look.show_kept);
                continue;
            }
            let look = if identifying { look.with_kept() } else { look };
            self.warnings(part, indent)?;
            self.lead(part.edit, indent, look)?;
            let padding = columns - width(shown_name);
            write!(self.out, "{shown_name}{:padding$} = ", "")?;
            self.diff(part, indent, look)?;
            self.out.write_all(b"\n")?;
        }
        self.hidden(hidden, "attribute", indent, look)
    }

    fn map(
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

    fn list(
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

    fn set(
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

    fn block(
        &mut self,
        diff: &Diff<'_>,
        block: &Block<'_>,
        indent: usize,
        look: Look,
    ) -> io::Result<()> {
        if block.attributes.is_empty() && block.groups.is_empty() {
            self.out.write_all(b"{}")?;
            return self.replaces(diff.replace, look);
        }
        self.out.write_all(b"{")?;
        self.replaces(diff.replace, look)?;
        self.out.write_all(b"\n")?;
        self.attributes(&block.attributes, indent + 1, look)?;
        let mut hidden = 0;
        for group in &block.groups {
            let set_look = Look { replaces: diff.replace, ..look };
            let look = if group.is_set { set_look } else { look };
            hidden += self.group(group, !block.attributes.is_empty(), indent + 1, look)?;
        }
        if hidden > 0 {
            self.out.write_all(b"\n")?;
            self.hidden(hidden, "block", indent + 1, look)?;
        }
        self.lead(Edit::Keep, indent, look)?;
        self.out.write_all(b"}")
    }

    /// Writes the blocks of a type, and returns how many were not worth it.
    fn group(
        &mut self,
        group: &Group<'_>,
        set_apart: bool,
        indent: usize,
        look: Look,
    ) -> io::Result<usize> {
        let look = Look { replaces: group.replace, ..look };
        let name = attribute_name(group.name);
        let mut is_first = true;
        let mut begin = |renderer: &mut Self, edit| {
            if std::mem::take(&mut is_first) && set_apart {
                renderer.out.write_all(b"\n")?;
            }
            renderer.lead(edit, indent, look)?;
            write!(renderer.out, "{name}")
        };
        if let Some(edit) = group.unknown {
            begin(self, edit)?;
            self.out.write_all(b" (known after apply)")?;
            self.replaces(false, look)?;
            self.out.write_all(b"\n")?;
        }
        let mut hidden = 0;
        for (label, part) in &group.blocks {
            let concealed = group.secrecy.and_then(|group| conceal(group, part));
            let part = concealed.as_ref().unwrap_or(part);
            if part.edit == Edit::Keep && !look.show_kept {
                hidden += 1;
                continue;
            }
            self.warnings(part, indent)?;
            begin(self, part.edit)?;
            if let Some(label) = label {
                write!(self.out, " {}", quoted(label))?;
            }
            self.out.write_all(b" ")?;
            self.diff(part, indent, look)?;
            self.out.write_all(b"\n")?;
        }
        Ok(hidden)
    }

    fn sensitive_block(&mut self, replace: bool, indent: usize, look: Look) -> io::Result<()> {
        self.out.write_all(b"{")?;
        self.replaces(replace, look)?;
        self.out.write_all(b"\n")?;
        for line in [
            "  # At least one attribute in this block is (or was) sensitive,",
            "  # so its contents will not be displayed.",
        ] {
            self.lead(Edit::Keep, indent, look)?;
            writeln!(self.out, "{line}")?;
        }
        self.lead(Edit::Keep, indent, look)?;
        self.out.write_all(b"}")
    }
}

/// A block that is not shown because all blocks of its type are secret on the side where it exists.
fn conceal<'a>(group: Secrecy, part: &Diff<'a>) -> Option<Diff<'a>> {
    let secret = match part.edit {
        Edit::Add => group.will_be,
        Edit::Remove => group.was,
        Edit::Keep | Edit::Change => group.was || group.will_be,
    };
    if !secret {
        return None;
    }
    let edit = match part.edit {
        Edit::Keep if group.was != group.will_be => Edit::Change,
        edit => edit,
    };
    let secrecy = Secrecy { edit: part.edit, ..group };
    Some(Diff { edit, replace: part.replace, body: Body::SensitiveBlock(secrecy) })
}

fn counted_unchanged(count: usize, noun: &str) -> String {
    counted(count, &format!("unchanged {noun}"))
}
