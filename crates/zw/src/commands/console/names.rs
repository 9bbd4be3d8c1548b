//! The names that can be typed in the console.

use std::collections::BTreeSet;

use zw_config::model::{Config, Resource};
use zw_engine::Run;
use zw_lang::parse::{Text, is_unfinished};
use zw_lang::{SourceMap, Type, ValueKind};

use crate::app::Project;
use crate::ui::editor::{Assistant, Candidates};

/// The namespace under which every built-in function can be called too.
const CORE: &str = "core::";

/// Names that are always there, with their attributes.
const FIXED: [&str; 6] =
    ["path.cwd", "path.module", "path.root", "terraform.applying", "terraform.workspace", "type("];

/// Knows what can be typed.
pub(super) struct Names<'a> {
    config: &'a Config,
    run: &'a Run,
    /// Everything that an expression can begin with, up to where values have parts of their own; calls with their
    /// opening bracket.
    beginnings: BTreeSet<String>,
}

impl<'a> Names<'a> {
    /// What a project declares, and what the language has.
    pub(super) fn of(project: &'a Project, run: &'a Run) -> Self {
        let config = &**project.config();
        let root = config.root();
        let mut beginnings: BTreeSet<String> = FIXED.map(str::to_owned).into();
        for function in zw_lang::functions::all() {
            beginnings.insert(format!("{}(", function.name));
            beginnings.insert(format!("{CORE}{}(", function.name));
        }
        beginnings.extend(root.variables.iter().map(|one| format!("var.{}", one.name)));
        beginnings.extend(root.locals.iter().map(|one| format!("local.{}", one.name)));
        beginnings.extend(root.calls.iter().map(|one| format!("module.{}", one.name)));
        let resource =
            |one: &Resource| format!("{}{}.{}", one.mode.prefix(), one.type_name, one.name);
        beginnings.extend(root.resources.iter().map(resource));
        Self { config, run, beginnings }
    }

    /// The names of the parts of a value that is written in front of a dot.
    fn parts(&self, text: &str) -> Vec<String> {
        // It is not shown, so that nothing has to be known of where it is.
        let source = SourceMap::default().add("<console-input>", text);
        let text = Text::of_file(source, text);
        let Ok((expr, symbols)) = zw_config::expression(self.config.root(), text) else {
            return Vec::new();
        };
        let Ok(value) = self.run.evaluate(&expr, &symbols) else { return Vec::new() };
        match (value.kind(), value.ty()) {
            (ValueKind::Map(map), _) => {
                map.entries.iter().map(|(key, _)| key.to_string()).collect()
            }
            (_, Type::Object(object)) => {
                object.attrs().iter().map(|attr| attr.name.to_string()).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl Assistant for Names<'_> {
    fn complete(&self, text: &str) -> Candidates {
        let word = last_word(text);
        let start = text.len() - word.len();
        let mut found: BTreeSet<String> = BTreeSet::new();
        for name in self.beginnings.range(word.to_owned()..) {
            let Some(rest) = name.strip_prefix(word) else { break };
            // One part at a time: first `var.`, then what is in it.
            let end = rest.find('.').or_else(|| Some(rest.find("::")? + 1));
            found.insert(name[..word.len() + end.map_or(rest.len(), |end| end + 1)].to_owned());
        }
        if let Some(dot) = word.rfind('.')
            && found.is_empty()
        {
            let (whole, begun) = (&word[..dot], &word[dot + 1..]);
            let parts = self.parts(whole).into_iter().filter(|name| name.starts_with(begun));
            found.extend(parts.map(|name| format!("{whole}.{name}")));
        }
        (start, found.into_iter().collect())
    }

    fn is_unfinished(&self, text: &str) -> bool {
        is_unfinished(text)
    }
}

/// The name that a text ends with, with the indices in it: `aws_vpc.main["a"].i`.
fn last_word(text: &str) -> &str {
    let mut in_brackets = false;
    let start = text.char_indices().rev().find(|(_, char)| {
        match char {
            ']' if !in_brackets => in_brackets = true,
            '[' if in_brackets => in_brackets = false,
            '[' => return true,
            _ => {}
        }
        !in_brackets && !matches!(char, '[' | '.' | ':' | '_' | '-') && !char.is_alphanumeric()
    });
    start.map_or(text, |(at, char)| &text[at + char.len_utf8()..])
}

#[cfg(test)]
mod tests {
    use super::last_word;

    #[test]
    fn a_name_reaches_back_over_its_indices() {
        for (text, expected) in [
            ("var.a", "var.a"),
            ("1 + var.", "var."),
            ("f(core::le", "core::le"),
            ("\"${a.b[0].c", "a.b[0].c"),
            ("[a[\"x y\"].c", "a[\"x y\"].c"),
            ("[lo", "lo"),
            ("a + ", ""),
            ("ü.", "ü."),
        ] {
            assert_eq!(last_word(text), expected, "{text}");
        }
    }
}
