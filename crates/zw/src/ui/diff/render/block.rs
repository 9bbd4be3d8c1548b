//! Blocks.

use std::io;

use super::{Look, Renderer};
use crate::ui::diff::{Block, Body, Diff, Edit, Group, Secrecy};
use crate::ui::text::{attribute_name, quoted};

impl Renderer<'_> {
    pub(super) fn block(
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
        let look = Look { replaces: false, ..look };
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
        let mut is_first = set_apart;
        let mut set_apart = |renderer: &mut Self| {
            if std::mem::take(&mut is_first) { renderer.out.write_all(b"\n") } else { Ok(()) }
        };
        if let Some(edit) = group.unknown {
            set_apart(self)?;
            self.lead(edit, indent, look)?;
            write!(self.out, "{name} (known after apply)")?;
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
            set_apart(self)?;
            self.warnings(part, indent)?;
            self.lead(part.edit, indent, look)?;
            write!(self.out, "{name}")?;
            if let Some(label) = label {
                write!(self.out, " {}", quoted(label))?;
            }
            self.out.write_all(b" ")?;
            self.diff(part, indent, look)?;
            self.out.write_all(b"\n")?;
        }
        Ok(hidden)
    }

    pub(super) fn sensitive_block(
        &mut self,
        replace: bool,
        indent: usize,
        look: Look,
    ) -> io::Result<()> {
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
