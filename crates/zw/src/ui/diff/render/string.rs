//! Differences of texts: in quotes on one line, line by line, or as the JSON that they hold.

use std::borrow::Cow;
use std::io;

use zw_lang::{Value, json_text_to_value};

use super::{Look, Renderer};
use crate::ui::diff::align::{Pair, align};
use crate::ui::diff::{Body, Diff, Edit, dynamic};
use crate::ui::style::styled;
use crate::ui::text::{quoted, without_controls};

/// What a text is, as far as it matters to how it is shown.
enum Form<'a> {
    /// There is none.
    Null,
    /// A document.
    Json(Value),
    /// Several lines.
    Lines(&'a str),
    /// One line.
    Line(&'a str),
}

impl<'a> Form<'a> {
    fn of(value: Option<&'a Value>) -> Self {
        let Some(text) = value.and_then(Value::as_str) else { return Self::Null };
        if text.starts_with(['{', '['])
            && let Ok(document) = json_text_to_value(text)
        {
            return Self::Json(document);
        }
        if text.contains('\n') { Self::Lines(text.trim()) } else { Self::Line(text) }
    }

    /// The text in lines.
    fn lines(&self) -> Vec<Cow<'a, str>> {
        match self {
            Self::Null => vec!["null".into()],
            Self::Json(_) => Vec::new(),
            Self::Lines(text) | Self::Line(text) => {
                text.split('\n').map(without_controls).collect()
            }
        }
    }
}

impl Renderer<'_> {
    pub(super) fn text(
        &mut self,
        diff: &Diff<'_>,
        before: Option<&Value>,
        after: Option<&Value>,
        indent: usize,
        look: Look,
    ) -> io::Result<()> {
        match diff.edit {
            Edit::Keep | Edit::Add => self.one_text(diff, &Form::of(after), indent, look),
            Edit::Remove => self.one_text(diff, &Form::of(before), indent, look),
            Edit::Change => match (Form::of(before), Form::of(after)) {
                (Form::Json(before), Form::Json(after)) => {
                    self.json(diff, Some(&before), Some(&after), indent, look)
                }
                (was @ Form::Json(_), is) | (was, is @ Form::Json(_)) => {
                    let goes = Diff::new(Edit::Remove, false, Body::Scalar(before, None));
                    let comes = Diff::new(Edit::Add, false, Body::Scalar(None, after));
                    self.one_text(&goes, &was, indent, look.without_null())?;
                    self.arrow()?;
                    self.one_text(&comes, &is, indent, look.without_null())?;
                    self.replaces(diff.replace, look)
                }
                (before @ Form::Lines(_), after) | (before, after @ Form::Lines(_)) => {
                    self.changed_lines(diff, &before, &after, indent, look)
                }
                (before, after) => {
                    self.single_line(&before)?;
                    self.arrow()?;
                    self.single_line(&after)?;
                    self.replaces(diff.replace, look)
                }
            },
        }
    }

    /// A text that comes, goes or stays.
    fn one_text(
        &mut self,
        diff: &Diff<'_>,
        form: &Form<'_>,
        indent: usize,
        look: Look,
    ) -> io::Result<()> {
        match form {
            Form::Json(document) => {
                let before = (diff.edit != Edit::Add).then_some(document);
                let after = (diff.edit != Edit::Remove).then_some(document);
                self.json(diff, before, after, indent, look)
            }
            Form::Lines(_) => {
                let lines: Vec<_> =
                    form.lines().into_iter().map(|line| (Edit::Keep, line)).collect();
                self.heredoc(diff, &lines, "", indent, look)
            }
            Form::Line(_) => {
                self.single_line(form)?;
                self.null_suffix(diff.edit, look)?;
                self.replaces(diff.replace, look)
            }
            Form::Null => {
                self.single_line(form)?;
                self.replaces(diff.replace, look)
            }
        }
    }

    fn single_line(&mut self, form: &Form<'_>) -> io::Result<()> {
        match form {
            Form::Line(text) => write!(self.out, "{}", quoted(text)),
            _ => write!(self.out, "{}", styled(self.styles.dim, "null")),
        }
    }

    fn changed_lines(
        &mut self,
        diff: &Diff<'_>,
        before: &Form<'_>,
        after: &Form<'_>,
        indent: usize,
        look: Look,
    ) -> io::Result<()> {
        let (before, after) = (before.lines(), after.lines());
        let pairs = align(&before, &after, |_, _| false);
        let lines: Vec<(Edit, Cow<'_, str>)> = pairs
            .into_iter()
            .map(|pair| match pair {
                Pair::Both(b, _) => (Edit::Keep, before[b].clone()),
                Pair::Before(b) => (Edit::Remove, before[b].clone()),
                Pair::After(a) => (Edit::Add, after[a].clone()),
            })
            .collect();
        // What differs can be white space at the ends, which is not shown.
        let same = lines.iter().all(|(edit, _)| *edit == Edit::Keep);
        let note = if same { whitespace_note(diff.replace) } else { "" };
        self.heredoc(diff, &lines, note, indent, look)
    }

    fn heredoc(
        &mut self,
        diff: &Diff<'_>,
        lines: &[(Edit, Cow<'_, str>)],
        note: &str,
        indent: usize,
        look: Look,
    ) -> io::Result<()> {
        write!(self.out, "<<-EOT{note}")?;
        self.replaces(diff.replace && note.is_empty(), look)?;
        self.out.write_all(b"\n")?;
        for (edit, line) in lines {
            self.lead(*edit, indent + 1, look)?;
            writeln!(self.out, "{line}")?;
        }
        self.lead(Edit::Keep, indent, look)?;
        self.out.write_all(b"EOT")?;
        self.null_suffix(diff.edit, look)
    }

    /// A document in a string, as the call that would make it.
    fn json(
        &mut self,
        diff: &Diff<'_>,
        before: Option<&Value>,
        after: Option<&Value>,
        indent: usize,
        look: Look,
    ) -> io::Result<()> {
        let inner = dynamic::document(before, after);
        let mut inner_look = look.without_null();
        let mut note = "";
        // What comes or goes shows that further in.
        let mut edit = if diff.edit == Edit::Change { Edit::Change } else { Edit::Keep };
        if inner.edit == Edit::Keep && diff.edit == Edit::Change {
            note = whitespace_note(diff.replace);
            inner_look = inner_look.with_kept();
            edit = Edit::Keep;
        }
        inner_look.replaces = false;
        let replaces = diff.replace && note.is_empty();
        if !has_several_lines(&inner) {
            self.out.write_all(b"jsonencode(")?;
            self.diff(&inner, indent + 1, inner_look)?;
            write!(self.out, "){note}")?;
            self.null_suffix(diff.edit, look)?;
            return self.replaces(replaces, look);
        }
        writeln!(self.out, "jsonencode({note}")?;
        self.lead(edit, indent + 1, look)?;
        self.diff(&inner, indent + 1, inner_look)?;
        self.replaces(replaces, look)?;
        self.out.write_all(b"\n")?;
        self.lead(Edit::Keep, indent, look)?;
        self.out.write_all(b")")?;
        self.null_suffix(diff.edit, look)
    }
}

const fn whitespace_note(replaces: bool) -> &'static str {
    if replaces { " # whitespace changes force replacement" } else { " # whitespace changes" }
}

fn has_several_lines(document: &Diff<'_>) -> bool {
    match &document.body {
        Body::Object(attributes, _) => !attributes.is_empty(),
        Body::List(items, _) => !items.is_empty(),
        Body::TypeChange(before, after) => has_several_lines(before) || has_several_lines(after),
        _ => false,
    }
}
