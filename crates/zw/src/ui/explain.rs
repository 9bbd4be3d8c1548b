//! Why a change is what it is, for `zw plan -explain`.

use std::io::{self, Write};

use zw_engine::{Action, Explained, Explanation, Origin, Source, Written};
use zw_lang::addr::InstanceAddr;
use zw_lang::{Marks, SourceMap, Span, Value, describe_value};

use super::plan;
use super::style::{Styles, styled};
use super::terminal::Ui;
use super::text::{counted, shortened, without_controls};

/// Characters of a quoted piece of the configuration.
const QUOTED_MAX: usize = 72;

/// How many of those who use an object are named.
const USERS_MAX: usize = 20;

/// Shows why a change is what it is.
pub(crate) fn show(ui: &Ui, found: &Explanation<'_>, sources: &SourceMap) {
    ui.out.render(|out| {
        let styles = ui.out.styles;
        let mut page = Page { out, styles, sources };
        page.explanation(found)
    });
}

struct Page<'w> {
    out: &'w mut dyn Write,
    styles: Styles,
    sources: &'w SourceMap,
}

impl Page<'_> {
    fn explanation(&mut self, found: &Explanation<'_>) -> io::Result<()> {
        plan::write_headline(self.out, found.change, self.styles)?;
        if let Some(drift) = found.drift {
            let what = match drift.action {
                Action::Delete => "It was deleted outside of zw.",
                _ => "It was changed outside of zw.",
            };
            writeln!(self.out, "\n  {what}")?;
        }
        let (written, decided): (Vec<_>, Vec<_>) =
            found.attributes.iter().partition(|one| !one.written.is_empty());
        for attribute in written {
            self.attribute(attribute)?;
        }
        if !decided.is_empty() {
            writeln!(
                self.out,
                "\n  Not given by the configuration, but by the provider, a default or what there was:"
            )?;
            for attribute in decided {
                self.headline(attribute)?;
            }
        }
        self.users(found)
    }

    fn headline(&mut self, attribute: &Explained) -> io::Result<()> {
        let Explained { name, before, after, replaces, .. } = attribute;
        let name = styled(self.styles.bold, name);
        let forces = if *replaces {
            format!(" {}", styled(self.styles.delete, "# forces replacement"))
        } else {
            String::new()
        };
        let arrow = styled(self.styles.update, "->");
        if before.is_null() {
            writeln!(self.out, "  {name}: {}{forces}", text(after))
        } else {
            writeln!(self.out, "  {name}: {} {arrow} {}{forces}", text(before), text(after))
        }
    }

    fn attribute(&mut self, attribute: &Explained) -> io::Result<()> {
        self.out.write_all(b"\n")?;
        self.headline(attribute)?;
        let is_secret = is_secret(&attribute.before) || is_secret(&attribute.after);
        attribute.written.iter().try_for_each(|written| self.written(written, 2, is_secret))
    }

    /// What is written of a secret may be the secret itself, and is not quoted.
    fn written(&mut self, written: &Written, indent: usize, is_secret: bool) -> io::Result<()> {
        let place = self.place(written.span);
        let quoted = if is_secret { "(sensitive)".to_owned() } else { self.quoted(written.span) };
        writeln!(self.out, "{:indent$}{place}: {quoted}", "", indent = indent * 2)?;
        written.origins.iter().try_for_each(|origin| self.origin(origin, indent + 1, is_secret))
    }

    fn origin(&mut self, origin: &Origin, indent: usize, is_secret: bool) -> io::Result<()> {
        let is_secret = is_secret || origin.value.as_ref().is_some_and(self::is_secret);
        let name = styled(self.styles.bold, without_controls(&origin.name));
        let value = origin
            .value
            .as_ref()
            .map_or_else(|| "has no value yet".to_owned(), |value| format!("is {}", text(value)));
        write!(self.out, "{:indent$}{name} {value}", "", indent = indent * 2)?;
        match &origin.source {
            Source::Written(written) => {
                self.out.write_all(b"\n")?;
                return self.written(written, indent + 1, is_secret);
            }
            Source::Given(Some(span)) => write!(self.out, ", given in {}", self.place(*span))?,
            Source::Given(None) => write!(self.out, ", given to this run")?,
            Source::Default(span) => {
                write!(self.out, ", the default in {}", self.place(*span))?;
            }
            Source::Object(address, action) => {
                write!(self.out, ", of {address}{}", happens(*action))?;
            }
            Source::Above => write!(self.out, ", as above")?,
            Source::Nowhere => {}
        }
        self.out.write_all(b"\n")
    }

    fn users(&mut self, found: &Explanation<'_>) -> io::Result<()> {
        if found.users.is_empty() {
            return writeln!(self.out, "\n  Nothing depends on it.");
        }
        let users = counted(found.users.len(), "object");
        let behind = match found.behind {
            0 => String::new(),
            behind => format!(", and {behind} more on those"),
        };
        let verb = if found.users.len() == 1 { "depends" } else { "depend" };
        writeln!(self.out, "\n  {users} {verb} on it{behind}:")?;
        for (address, action) in found.users.iter().take(USERS_MAX) {
            writeln!(self.out, "    {address}{}", happens(*action))?;
        }
        if found.users.len() > USERS_MAX {
            writeln!(self.out, "    and {} more", found.users.len() - USERS_MAX)?;
        }
        Ok(())
    }

    /// `main.tf:12`
    fn place(&self, span: Span) -> String {
        let Some(source) = self.sources.get(span.source) else { return String::new() };
        let (line, _) = source.line_column(span.start);
        format!("{}:{line}", source.path.display())
    }

    /// The line that a span begins in, from its first character that is no space.
    fn quoted(&self, span: Span) -> String {
        let Some(source) = self.sources.get(span.source) else { return String::new() };
        let start = source.text.get(..span.start as usize).unwrap_or_default();
        let from = start.rfind('\n').map_or(0, |at| at + 1);
        let line = source.text[from..].lines().next().unwrap_or_default().trim();
        shortened(&without_controls(line), QUOTED_MAX).into_owned()
    }
}

fn is_secret(value: &Value) -> bool {
    value.all_marks().contains(Marks::SENSITIVE)
}

fn text(value: &Value) -> String {
    let words = describe_value(value).unwrap_or_else(|| "(sensitive value)".to_owned());
    without_controls(&words).into_owned()
}

const fn happens(action: Action) -> &'static str {
    match action {
        Action::NoOp => "",
        Action::Create => " (will be created)",
        Action::Read => " (will be read)",
        Action::Open => " (will be opened)",
        Action::Update => " (will be updated)",
        Action::Delete => " (will be destroyed)",
        Action::DeleteThenCreate | Action::CreateThenDelete | Action::ForgetThenCreate => {
            " (will be replaced)"
        }
        Action::Forget => " (will be forgotten)",
    }
}

/// What to say where a plan has nothing of an address.
pub(crate) fn unknown(address: &InstanceAddr, run: &zw_engine::Run) -> zw_lang::Diagnostic {
    let known: Vec<String> =
        run.plan.changes.iter().map(|change| change.address.to_string()).collect();
    let wanted = address.to_string();
    let hint = zw_lang::suggest(&wanted, known.iter().map(String::as_str));
    zw_lang::Diagnostic::error(
        format!("The plan has nothing of {wanted}"),
        format!(
            "The address has to be that of an instance, as in the plan, with its keys.{hint} Data sources that were \
             read while planning are not in it."
        ),
    )
}
