//! Differences as text, as Terraform shows them.

mod block;
mod collections;
mod string;

use std::io::{self, Write};

use zw_lang::{Value, ValueKind};

use super::{Body, Diff, Edit, Secrecy, Style};
use crate::ui::style::{Styles, styled};
use crate::ui::text::{attribute_name, counted, quoted, width};

/// Attributes that tell which object it is, shown even if they stay the same.
pub(super) const IDENTIFYING: [&str; 3] = ["id", "name", "tags"];

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
                self.diff(after, indent, look.without_null())?;
                self.replaces(diff.replace, look)
            }
            Body::Block(block) => self.block(diff, block, indent, look),
            Body::OneOf(count, first) => {
                self.diff(first, indent, look)?;
                write!(self.out, " {}", styled(self.styles.note, format!("(1 of {count})")))
            }
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
        let inner = Look { hide_null: style == Style::Plain, replaces: false, ..look };
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
        // An empty string that is as good as none is nothing to show of a state.
        let nothing = |part: &Diff<'_>| matches!(part.body, Body::Scalar(None, None));
        let counted = || attributes.iter().filter(|(_, part)| !(look.show_kept && nothing(part)));
        let names: Vec<_> = counted().map(|(name, _)| attribute_name(name)).collect();
        let columns = names.iter().map(|name| width(name)).max().unwrap_or_default();
        let mut hidden = 0;
        for (shown_name, (name, part)) in names.iter().zip(counted()) {
            let identifying = IDENTIFYING.contains(name);
            if part.edit == Edit::Keep && !look.show_kept && (!identifying || nothing(part)) {
                hidden += 1;
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
}

fn counted_unchanged(count: usize, noun: &str) -> String {
    counted(count, &format!("unchanged {noun}"))
}
