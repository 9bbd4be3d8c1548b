//! A plan as Markdown, for a comment on the request to merge it.
//!
//! Code hosts cut comments off, or refuse them, at a size of their own. So what matters most comes first: the counts, then
//! every change in a line, sorted by what it costs to be wrong about it, then the changes in full in the same order. What
//! does not fit any more is counted.

use std::fmt::Write as _;

use zw_engine::{Action, Change, Counts, PlanMode, Run};
use zw_state::RunId;

use super::plan::{self, Shown, risk};
use super::terminal::Ui;
use super::text::counted;

/// Where the comment is going to be, and so how long it may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Platform {
    /// 65,536 characters
    #[default]
    Github,
    /// 1,000,000 characters
    Gitlab,
}

impl Platform {
    /// The most bytes of a comment. The platforms count characters, which are never more than that.
    ///
    /// Source: "Body is too long (maximum is 65536 characters)", GitHub; "Maximum size of comments and descriptions", GitLab.
    const fn bytes_max(self) -> usize {
        match self {
            Self::Github => 65_536,
            Self::Gitlab => 1_000_000,
        }
    }
}

/// By this line a pipeline finds its earlier comment again, to write over it.
const MARKER: &str = "<!-- zw plan -->";

/// What is kept free for the sentence that says what is missing.
const FOOTER_BYTES: usize = 400;

/// Objects whose loss is told before everything else.
const LOSSES_MAX: usize = 20;

/// Shows a plan.
pub(crate) fn show(ui: &Ui, run: &Run, platform: Platform) {
    let shown = Shown::of(&run.plan, run);
    ui.out.print(&document(&shown, platform.bytes_max()));
}

/// The document, of at most as many bytes.
fn document(shown: &Shown<'_>, bytes_max: usize) -> String {
    let mut changes: Vec<&Change> =
        shown.plan.changes.iter().filter(|change| plan::is_shown(change)).collect();
    // It is stable: changes of one kind stay in the order of their addresses.
    changes.sort_by_key(|change| risk::of(change, shown.schemas));
    let mut page = Page { text: heading(shown, &changes), bytes_max };
    let listed = page.list(&changes);
    let detailed = page.details(shown, &changes);
    let rest_fits = page.rest(shown);
    page.footer(changes.len(), listed, detailed, rest_fits);
    page.text
}

fn heading(shown: &Shown<'_>, changes: &[&Change]) -> String {
    let plan = shown.plan;
    let counts = Counts::of(changes.iter().copied());
    let what = match plan.mode {
        PlanMode::Normal => "Plan".to_owned(),
        PlanMode::Destroy => "Plan to destroy everything".to_owned(),
        PlanMode::RefreshOnly => "Plan to record what was changed by others".to_owned(),
        PlanMode::Return(RunId(run)) => format!("Plan to return to what there was after run {run}"),
    };
    let has_outputs = plan.outputs.iter().any(|output| output.action != Action::NoOp);
    let mut text = if changes.is_empty() && plan.deferred.is_empty() && !has_outputs {
        format!("{MARKER}\n### {what}: no changes\n")
    } else {
        let counts = plan::counts_text(&counts);
        format!("{MARKER}\n### {what}: {}\n", counts.trim_end_matches('.'))
    };
    let lost: Vec<String> = changes
        .iter()
        .filter_map(|change| {
            let what = risk::loss(change, shown.schemas)?;
            let address = escaped(&change.address.to_string());
            Some(format!("> - <code>{address}</code>: {}", escaped(what)))
        })
        .collect();
    if !lost.is_empty() {
        text.push_str("\n> [!CAUTION]\n> What these hold is lost:\n");
        for line in lost.iter().take(LOSSES_MAX) {
            text.push_str(line);
            text.push('\n');
        }
        if lost.len() > LOSSES_MAX {
            let _ = writeln!(text, "> - and {} more", lost.len() - LOSSES_MAX);
        }
    }
    let destroyed = counts.destroy;
    if destroyed > 0 {
        let is = if destroyed == 1 { "is" } else { "are" };
        let _ = write!(
            text,
            "\n> [!WARNING]\n> {} {is} destroyed or replaced.\n",
            counted(destroyed, "object")
        );
    }
    if plan.targeted {
        text.push_str("\n> [!NOTE]\n> Only a part of the configuration was looked at.\n");
    }
    text
}

/// A document that grows while there is room.
struct Page {
    text: String,
    bytes_max: usize,
}

impl Page {
    /// How much more there may be, with the footer still to come.
    const fn room(&self) -> usize {
        self.bytes_max.saturating_sub(self.text.len() + FOOTER_BYTES)
    }

    /// Adds a text if it fits.
    fn add(&mut self, text: &str) -> bool {
        let fits = text.len() <= self.room();
        if fits {
            self.text.push_str(text);
        }
        fits
    }

    /// Every change in a line, in at most half of the room, so that the first ones are there in full. How many.
    fn list(&mut self, changes: &[&Change]) -> usize {
        if changes.is_empty() || !self.add("\n| | object |\n|---|---|\n") {
            return 0;
        }
        let whole = self.bytes_max;
        self.bytes_max = self.text.len() + FOOTER_BYTES + self.room() / 2;
        let listed = changes.iter().take_while(|change| self.add(&line(change))).count();
        self.bytes_max = whole;
        listed
    }

    /// The changes in full. How many.
    fn details(&mut self, shown: &Shown<'_>, changes: &[&Change]) -> usize {
        let fits = |change: &&&Change| {
            let body = plan::change_text(shown, change);
            let address = escaped(&change.address.to_string());
            let (word, fence) = (word(change), fence(&body));
            let text = format!(
                "\n<details><summary>{word} <code>{address}</code></summary>\n\n{fence}diff\n{}{fence}\n\n</details>\n",
                as_diff(&body)
            );
            self.add(&text)
        };
        changes.iter().take_while(fits).count()
    }

    /// What is put off, and outputs. Whether all of it is there.
    fn rest(&mut self, shown: &Shown<'_>) -> bool {
        let mut fits = true;
        if !shown.plan.deferred.is_empty() {
            fits &= self.add("\nPut off to a later round of the same apply:\n\n");
            for deferred in &shown.plan.deferred {
                let address = escaped(&deferred.address);
                fits &= self.add(&format!(
                    "- <code>{address}</code>, because {}\n",
                    escaped(&deferred.reason)
                ));
            }
        }
        let outputs = plan::outputs_text(shown);
        if !outputs.is_empty() {
            let fence = fence(&outputs);
            fits &= self.add(&format!(
                "\n<details><summary>outputs</summary>\n\n{fence}diff\n{}{fence}\n\n</details>\n",
                as_diff(&outputs)
            ));
        }
        fits
    }

    fn footer(&mut self, all: usize, listed: usize, detailed: usize, rest_fits: bool) {
        if detailed == all && rest_fits {
            return;
        }
        let mut missing = Vec::new();
        if listed < all {
            missing.push(format!("{} not named", counted(all - listed, "change")));
        }
        if detailed < all {
            missing.push(format!("{} not shown in full", counted(all - detailed, "change")));
        }
        if !rest_fits {
            missing.push("not all outputs and things put off are shown".to_owned());
        }
        let _ = write!(
            self.text,
            "\nThis was cut to {} characters: {}. The plan has all of it: <code>zw show PLAN</code>.\n",
            self.bytes_max,
            missing.join(", ")
        );
    }
}

fn line(change: &Change) -> String {
    let why = plan::why(change).join("; ");
    let why = if why.is_empty() { String::new() } else { format!(" <br> {}", escaped(&why)) };
    format!("| {} | <code>{}</code>{why} |\n", word(change), escaped(&change.address.to_string()))
}

/// What happens, in a word that cannot be overlooked where it should not be.
const fn word(change: &Change) -> &'static str {
    match change.action {
        Action::Delete => "<b>destroy</b>",
        Action::DeleteThenCreate | Action::CreateThenDelete => "<b>replace</b>",
        Action::ForgetThenCreate => "forget and create",
        Action::Forget => "forget",
        Action::Update => "change",
        Action::NoOp if change.importing.is_some() => "import",
        Action::NoOp => "move",
        Action::Create => "create",
        Action::Read | Action::Open => "read",
    }
}

/// Text that means itself in Markdown, in HTML, and in a cell of a table.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '|' => out.push_str("&#124;"),
            '*' | '_' | '`' | '[' | ']' | '\\' | '~' | '@' | '#' => {
                let _ = write!(out, "&#{};", u32::from(char));
            }
            '\n' => out.push(' '),
            char => out.push(char),
        }
    }
    out
}

/// A fence that nothing in the text closes.
fn fence(text: &str) -> String {
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or_default();
    "`".repeat(3.max(longest + 1))
}

/// A change as a difference in the sense of `diff`: its signs at the beginnings of lines.
fn as_diff(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for line in text.lines() {
        let body = line.trim_start();
        let sign = match body.split(' ').next().unwrap_or_default() {
            "+" => Some('+'),
            "-" => Some('-'),
            "~" | "-/+" | "+/-" | "./+" => Some('!'),
            _ => None,
        };
        // Without one, a space keeps a line from being taken for what its own first character says.
        out.push(sign.unwrap_or(' '));
        if sign.is_some() {
            let token = body.find(' ').unwrap_or(body.len());
            let indent = line.len() - body.len();
            out.extend(std::iter::repeat_n(' ', indent + token));
            out.push_str(&body[token..]);
        } else {
            out.push_str(line);
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use zw_engine::{Plan, Reason};
    use zw_lang::Value;

    use super::*;
    use crate::ui::schemas::Schemas;

    struct NoSchemas;

    impl Schemas for NoSchemas {
        fn schema(
            &self,
            _: &str,
            _: &zw_lang::addr::ResourceAddr,
        ) -> Option<&zw_provider::schema::Schema> {
            None
        }
    }

    fn change(address: &str, action: Action, text: &str) -> Change {
        let object = Value::object([("text", Value::from(text))]);
        let none = || Value::null(object.ty());
        Change {
            address: address.parse().expect("it is an address"),
            deposed: None,
            previous_address: None,
            provider: "provider[\"registry.terraform.io/hashicorp/null\"]".into(),
            action,
            reason: Reason::None,
            before: if action == Action::Create { none() } else { object.clone() },
            after: if action == Action::Delete { none() } else { object.clone() },
            replace_paths: Vec::new(),
            importing: None,
        }
    }

    fn text_of(changes: Vec<Change>, bytes_max: usize) -> String {
        let plan = Plan { changes: changes.into_iter().collect(), ..Plan::default() };
        let shown = Shown::of(&plan, &NoSchemas);
        document(&shown, bytes_max)
    }

    #[test]
    fn what_is_destroyed_comes_first() {
        let changes = vec![
            change("a_b.a", Action::Create, "x"),
            change("a_b.z[\"|<x>\"]", Action::Delete, "```"),
        ];
        insta::assert_snapshot!(text_of(changes, 65_536), @r#"
        <!-- zw plan -->
        ### Plan: 1 to add, 0 to change, 1 to destroy

        > [!WARNING]
        > 1 object is destroyed or replaced.

        | | object |
        |---|---|
        | <b>destroy</b> | <code>a&#95;b.z&#91;"&#124;&lt;x&gt;"&#93;</code> |
        | create | <code>a&#95;b.a</code> |

        <details><summary><b>destroy</b> <code>a&#95;b.z&#91;"&#124;&lt;x&gt;"&#93;</code></summary>

        ````diff
           # a_b.z["|<x>"] will be destroyed
        -    resource "a_b" "z" {
        -        text = "```" -> null
             }
        ````

        </details>

        <details><summary>create <code>a&#95;b.a</code></summary>

        ```diff
           # a_b.a will be created
        +    resource "a_b" "a" {
        +        text = "x"
             }
        ```

        </details>
        "#);
        insta::assert_snapshot!(text_of(Vec::new(), 65_536), @r"
        <!-- zw plan -->
        ### Plan: no changes
        ");
    }

    #[test]
    fn it_is_never_longer_than_it_may_be_and_says_what_is_missing() {
        let mut changes: Vec<Change> = (0..2_000)
            .map(|at| change(&format!("a_b.all[{at}]"), Action::Create, &"ä".repeat(at % 70)))
            .collect();
        changes.push(change("a_b.data", Action::Delete, "x"));
        for platform in [Platform::Github, Platform::Gitlab] {
            let text = text_of(changes.clone(), platform.bytes_max());
            assert!(text.len() <= platform.bytes_max(), "{}", text.len());
            let data = text.find("a&#95;b.data").expect("it is there");
            assert!(data < 700, "{data}");
        }
        let text = text_of(changes.clone(), Platform::Github.bytes_max());
        assert!(text.contains("This was cut to 65536 characters"), "{}", &text[text.len() - 600..]);
        assert!(text.len() > 60_000, "the room is used: {}", text.len());
        let counts = |word: &str| text.matches(word).count();
        assert_eq!(counts("<details>"), counts("</details>"));
        let listed = counts("\n| create |") + counts("\n| <b>destroy</b> |");
        assert!(text.contains(&format!("{} changes not named", 2_001 - listed)), "{listed}");
        let detailed = counts("<details>");
        assert!(text.contains(&format!("{} changes not shown in full", 2_001 - detailed)));
    }

    #[test]
    fn signs_stand_at_the_beginning_of_their_line() {
        let text = "  # a.b must be replaced\n-/+ resource \"a\" \"b\" {\n      + x = 1\n  ~ y = 2\n    - z\n}\n+ no\n";
        let wanted = "   # a.b must be replaced\n!    resource \"a\" \"b\" {\n+        x = 1\n!    y = 2\n-      z\n }\n+  no\n";
        assert_eq!(as_diff(text), wanted);
    }
}
