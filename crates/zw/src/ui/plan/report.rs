//! A plan as one HTML file for a review: summary, risk, the graph, and every change, with search and filters.
//!
//! Everything is in the file, so that it can be kept, sent and looked at anywhere. Changes that are alike are one entry with a
//! table of what differs between them. Of what is sensitive it holds nothing: it is made from the same differences
//! as what is shown on a terminal.

mod picture;
mod rows;

use std::collections::BTreeSet;
use std::io::{self, Write};

use zw_engine::{Change, PlanMode, Run};

use super::change::{self, Cause, what_happens};
use super::group::{Group, groups};
use super::risk::{self, Risk};
use super::{Shown, Values, changed_outputs, diff_of, is_shown};
use crate::ui::diff::render::{self, Look};
use crate::ui::diff::{Edit, Relevant};
use crate::ui::graph;
use crate::ui::style::Styles;
use crate::ui::text::{attribute_name, counted, escaped, timestamp_seconds};

const STYLE: &str = include_str!("report/report.css");
const SCRIPT: &str = include_str!("report/report.js");

/// Words for what a change does, in the order in which they are offered.
const ACTIONS: [(&str, &str); 7] = [
    ("delete", "Destroy"),
    ("replace", "Replace"),
    ("update", "Change"),
    ("create", "Create"),
    ("read", "Read"),
    ("forget", "Forget"),
    ("keep", "Import or move"),
];

/// Writes a plan as a page.
pub(crate) fn write(out: &mut dyn Write, run: &Run) -> io::Result<()> {
    let shown = Shown::of(&run.plan, run);
    let changes: Vec<&Change> = run.plan.changes.iter().filter(|change| is_shown(change)).collect();
    let mut found = groups(&changes, |change| diff_of(&shown, change, Relevant::All));
    found.sort_by_key(|group| risk::of(group.changes[0], run));
    let mut report = Report { out, shown: &shown, run };
    report.head()?;
    report.summary(&changes)?;
    report.losses(&found)?;
    report.graph()?;
    report.drift()?;
    report.changes(&found)?;
    report.outputs()?;
    report.deferred()?;
    report.end()
}

struct Report<'w, 'a> {
    out: &'w mut dyn Write,
    shown: &'a Shown<'a>,
    run: &'a Run,
}

/// The word for what a change does.
const fn action_word(change: &Change) -> &'static str {
    use zw_engine::Action as A;
    match change.action {
        A::Create => "create",
        A::Update => "update",
        A::Delete => "delete",
        A::DeleteThenCreate | A::CreateThenDelete | A::ForgetThenCreate => "replace",
        A::Read | A::Open => "read",
        A::Forget => "forget",
        A::NoOp => "keep",
    }
}

impl<'a> Report<'_, 'a> {
    fn head(&mut self) -> io::Result<()> {
        let what = match self.run.plan.mode {
            PlanMode::Normal => "Plan",
            PlanMode::Destroy => "Plan to destroy",
            PlanMode::RefreshOnly => "What others changed",
            PlanMode::Return(_) => "Plan to return to an earlier state",
        };
        let made = timestamp_seconds(self.run.plan_time());
        let (context, _) = self.run.context();
        let workspace = escaped(&context.workspace).into_owned();
        write!(
            self.out,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
             content=\"width=device-width, initial-scale=1\">\n<title>{what}: {workspace}</title>\n<style>\n\
             {graph}{STYLE}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#changes\">To the changes</a>\n<header \
             class=\"top\"><h1>{what}</h1><p>Workspace {workspace}, made {made} by zw {version}</p><button \
             id=\"theme\" type=\"button\">Light or dark</button></header>\n<main>\n",
            graph = graph::STYLE,
            version = env!("CARGO_PKG_VERSION"),
        )
    }

    fn summary(&mut self, changes: &[&Change]) -> io::Result<()> {
        self.out.write_all(b"<ul class=\"tiles\">\n")?;
        for (word, name) in ACTIONS {
            let count = changes.iter().filter(|change| action_word(change) == word).count();
            if count > 0 {
                writeln!(
                    self.out,
                    "<li class=\"{word}\"><strong>{count}</strong>{}</li>",
                    name.to_lowercase()
                )?;
            }
        }
        if changes.is_empty() {
            self.out.write_all(b"<li><strong>0</strong>changes</li>\n")?;
        }
        self.out.write_all(b"</ul>\n")
    }

    fn losses(&mut self, found: &[Group<'_>]) -> io::Result<()> {
        let lost: Vec<_> = found
            .iter()
            .filter(|group| risk::of(group.changes[0], self.run) == Risk::Loss)
            .collect();
        if lost.is_empty() {
            return Ok(());
        }
        let count: usize = lost.iter().map(|group| group.changes.len()).sum();
        write!(
            self.out,
            "<h2 id=\"risk\">Risk</h2>\n<div class=\"alarm\" role=\"note\"><strong>This plan destroys what cannot be \
             made again: {}.</strong>\n<ul>\n",
            counted(count, "object")
        )?;
        for group in lost {
            let first = group.changes[0];
            let holds = risk::loss(first, self.run).unwrap_or_default();
            let why = risk::forced_by(first).map_or_else(String::new, |paths| {
                format!(" It is {} that cannot be changed.", escaped(&paths))
            });
            writeln!(
                self.out,
                "<li><span class=\"address\">{}</span> {}{}: lost is {}.{why}</li>",
                escaped(&group.subject()),
                what_happens(first, Cause::Plan, Styles::plain()),
                group.times(),
                escaped(holds),
            )?;
        }
        self.out.write_all(b"</ul></div>\n")
    }

    fn graph(&mut self) -> io::Result<()> {
        let pictures = picture::of(self.run);
        if pictures.is_empty() {
            return Ok(());
        }
        self.out.write_all(
            b"<h2 id=\"graph\">Dependencies</h2>\n<fieldset class=\"tabs\"><legend class=\"hint\">What is used is left \
              of what uses it. Choose a node to see its changes alone.</legend>\n",
        )?;
        let default = picture::default(&pictures);
        for (at, (id, name, _)) in pictures.iter().enumerate() {
            let checked = if at == default { " checked" } else { "" };
            writeln!(
                self.out,
                "<label><input type=\"radio\" name=\"level\" value=\"graph-{id}\"{checked}> {name}</label>"
            )?;
        }
        self.out.write_all(b"</fieldset>\n")?;
        for (at, (id, name, picture)) in pictures.iter().enumerate() {
            let chosen = if at == default { " chosen" } else { "" };
            writeln!(
                self.out,
                "<div class=\"sheetbox{chosen}\" id=\"graph-{id}\" tabindex=\"0\" role=\"region\" \
                 aria-label=\"{name}\">\n{}</div>",
                picture.embedded()
            )?;
        }
        Ok(())
    }

    fn drift(&mut self) -> io::Result<()> {
        let drift: Vec<&Change> = self.run.plan.drift.iter().collect();
        if drift.is_empty() {
            return Ok(());
        }
        let shown = self.shown;
        self.out.write_all(
            b"<h2 id=\"drift\">Changed outside of zw</h2>\n<p class=\"hint\">Found since the last apply.</p>\n",
        )?;
        for group in groups(&drift, |change| diff_of(shown, change, Relevant::All)) {
            self.entry(&group, Cause::Drift)?;
        }
        Ok(())
    }

    fn changes(&mut self, found: &[Group<'a>]) -> io::Result<()> {
        self.out.write_all(b"<h2 id=\"changes\">Changes</h2>\n")?;
        self.bar(found)?;
        found.iter().try_for_each(|group| self.entry(group, Cause::Plan))
    }

    /// Search and filters.
    fn bar(&mut self, found: &[Group<'_>]) -> io::Result<()> {
        self.out.write_all(
            b"<div class=\"bar\" role=\"search\"><input id=\"search\" type=\"search\" placeholder=\"Search addresses and \
              values\" aria-label=\"Search\">\n<fieldset><legend hidden>Actions</legend>",
        )?;
        for (word, name) in ACTIONS {
            if found.iter().any(|group| action_word(group.changes[0]) == word) {
                write!(
                    self.out,
                    "<label><input type=\"checkbox\" name=\"action\" value=\"{word}\" checked> {name}</label> "
                )?;
            }
        }
        self.out.write_all(b"</fieldset>\n")?;
        let types = found.iter().map(|group| group.changes[0].address.resource().type_name.clone());
        self.choice("type", "All types", types.collect())?;
        let all = found.iter().flat_map(|group| &group.changes);
        self.choice(
            "region",
            "All regions",
            all.filter_map(|one| self.shown.region(one)).collect(),
        )?;
        self.out.write_all(
            b"<button id=\"open\" type=\"button\">Open or close all</button> <button id=\"unpick\" type=\"button\" \
              hidden>Leave the node</button><output id=\"found\" aria-live=\"polite\"></output></div>\n",
        )
    }

    fn choice(&mut self, id: &str, whole: &str, values: BTreeSet<zw_lang::Str>) -> io::Result<()> {
        let hidden = if values.len() < 2 { " hidden" } else { "" };
        write!(
            self.out,
            "<select id=\"{id}\" aria-label=\"{whole}\"{hidden}><option value=\"\">{whole}</option>"
        )?;
        for value in values {
            write!(self.out, "<option>{}</option>", escaped(&value))?;
        }
        self.out.write_all(b"</select>\n")
    }

    fn entry(&mut self, group: &Group<'a>, cause: Cause) -> io::Result<()> {
        let first = group.changes[0];
        let resource = first.address.resource();
        let word = action_word(first);
        let regions: BTreeSet<_> =
            group.changes.iter().filter_map(|one| self.shown.region(one)).collect();
        let listed: Vec<&str> = regions.iter().map(zw_lang::Str::as_str).collect();
        let count = if cause == Cause::Plan {
            format!(" data-count=\"{}\"", group.changes.len())
        } else {
            String::new()
        };
        write!(
            self.out,
            "<details class=\"change {word}\" data-action=\"{word}\" data-type=\"{}\" data-outer=\"{}\" \
             data-module=\"{}\" data-resource=\"{}\" data-regions=\"{}\"{count}>\n<summary><span class=\"address\">{}</span> <span \
             class=\"what\">{}{}</span>",
            escaped(&resource.type_name),
            escaped(&picture::outer_name(first)),
            escaped(&picture::module_name(first)),
            escaped(&first.address.config().to_string()),
            escaped(&listed.join("|")),
            escaped(&group.subject()),
            what_happens(first, cause, Styles::plain()),
            group.times(),
        )?;
        if regions.len() > 1 {
            write!(self.out, " <span class=\"chip\">{} regions</span>", regions.len())?;
        }
        if cause == Cause::Plan && risk::loss(first, self.run).is_some() {
            self.out.write_all(b" <span class=\"chip loss\">loses data</span>")?;
        }
        self.out.write_all(b"</summary>\n<div class=\"body\">")?;
        for reason in change::reasons_of_all(&group.changes) {
            write!(self.out, "<p>{}</p>", escaped(&reason))?;
        }
        self.difference(group)?;
        if group.changes.len() > 1 {
            let data = rows::of(self.shown, group).to_string().replace('<', "\\u003c");
            write!(
                self.out,
                "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Each of them\"></div><script \
                 type=\"application/json\">{data}</script>"
            )?;
        }
        self.out.write_all(b"</div></details>\n")
    }

    fn difference(&mut self, group: &Group<'_>) -> io::Result<()> {
        let mut text = Vec::new();
        let look = Look { show_kept: group.changes[0].importing.is_some(), ..Look::default() };
        render::write(&mut text, &group.diff, 0, look, Styles::colored())?;
        write!(self.out, "<pre>{}</pre>", colored(&String::from_utf8_lossy(&text)))
    }

    fn outputs(&mut self) -> io::Result<()> {
        let outputs = changed_outputs(&self.run.plan.outputs);
        if outputs.is_empty() {
            return Ok(());
        }
        self.out.write_all(b"<h2 id=\"outputs\">Outputs</h2>\n<pre>")?;
        for (output, values) in &outputs {
            let values: &Values = values;
            let diff = values.diff();
            if diff.edit == Edit::Keep {
                continue;
            }
            let mut text = Vec::new();
            render::write(&mut text, &diff, 0, Look::default(), Styles::colored())?;
            let name = attribute_name(&output.name);
            let text = colored(&String::from_utf8_lossy(&text));
            writeln!(self.out, "{} {} = {text}", render::symbol(diff.edit), escaped(&name))?;
        }
        self.out.write_all(b"</pre>\n")
    }

    fn deferred(&mut self) -> io::Result<()> {
        if self.run.plan.deferred.is_empty() {
            return Ok(());
        }
        self.out.write_all(
            b"<h2 id=\"deferred\">Put off</h2>\n<p class=\"hint\">Planned in a later round of the same apply.</p>\n<ul>\n",
        )?;
        for deferred in &self.run.plan.deferred {
            writeln!(
                self.out,
                "<li><span class=\"address\">{}</span>, because {}</li>",
                escaped(&deferred.address),
                escaped(&deferred.reason)
            )?;
        }
        self.out.write_all(b"</ul>\n")
    }

    fn end(&mut self) -> io::Result<()> {
        write!(
            self.out,
            "</main>\n<footer>Keys: <kbd>/</kbd> search, <kbd>j</kbd> and <kbd>k</kbd> from change to change, \
             <kbd>Enter</kbd> opens, <kbd>Esc</kbd> leaves a search or a node.</footer>\n<script>\n{SCRIPT}</script>\n\
             </body>\n</html>\n"
        )
    }
}

/// Text with the sequences that colour a terminal, as HTML. There are no others: what comes from outside is escaped
/// by the renderer.
fn colored(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let mut out = escaped(pieces.next().unwrap_or_default()).into_owned();
    let mut open = 0;
    for piece in pieces {
        let (code, rest) = piece.split_once('m').unwrap_or(("", piece));
        let class = match code {
            "1" => "b",
            "4" => "u",
            "31" => "del",
            "32" => "add",
            "33" => "chg",
            "36" => "note",
            "90" => "dim",
            _ => "",
        };
        if class.is_empty() {
            out.push_str(&"</span>".repeat(open));
            open = 0;
        } else {
            out.push_str("<span class=\"");
            out.push_str(class);
            out.push_str("\">");
            open += 1;
        }
        out.push_str(&escaped(rest));
    }
    out.push_str(&"</span>".repeat(open));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_become_classes_and_text_stays_text() {
        let text = "a \u{1b}[1m\u{1b}[31m<b>\u{1b}[0m & \u{1b}[32mc\u{1b}[0m";
        let expected = "a <span class=\"b\"><span class=\"del\">&lt;b&gt;</span></span> &amp; <span \
                        class=\"add\">c</span>";
        assert_eq!(colored(text), expected);
    }
}
